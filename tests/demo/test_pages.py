"""What the dashboard shows of the demo is what the reports say, and that is the truth: page by page."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from html import unescape
from typing import Any, NamedTuple
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from collector.app import running
from collector.charts.line import height
from collector.demo.catalogue import FUNNEL
from collector.demo.comparison import compare, questions
from collector.demo.losses import STEPS, Losses, losses
from collector.demo.stage import Run, Stage
from collector.demo.truth import Truth
from collector.journal import Folder
from collector.pages.audit import COUNTS
from collector.pages.registry import PAGES
from collector.pages.words import words
from collector.reports.statistics import wilson
from collector.settings import Settings
from tests.conftest import Server, command
from tests.pages.place import Place
from tests.pages.test_funnels import panel, tables
from tests.pages.test_pages import cells, shown, view

HOUR = 3_600_000
ENDED = 1_735_000_000_000  # 2024-12-24 00:26 UTC: the same traffic on every day that this is run
MONTH = "from=2024-11-25&to=2024-12-24"
SAID = words("en")


class Demo(NamedTuple):
    """The dashboard over a demo whose traffic ended long ago: nothing of it can still go on."""

    place: Place
    truth: Truth
    losses: Losses

    def html(self, page: str) -> str:
        return self.place.get(f"/sites/demo/{page}").text


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = Folder(tmp_path_factory.mktemp("demo") / "data")
    stage = Stage(folder, Run(ENDED, 500, 90))

    async def seed() -> None:
        async with running(folder, Settings()) as house:
            await stage.seed(house, ("http://127.0.0.1:1",), lambda done: None)

    with folder.held():
        asyncio.run(seed())
    truth = stage.traffic()[1]
    server = Server(folder.path)
    yield Demo(
        Place(server, command(folder.path, "token").strip(), ENDED),
        truth,
        losses(truth.passages, truth.units, ENDED + HOUR),
    )
    server.stop()


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_overview(demo: Demo) -> None:
    known, html = demo.truth, demo.html("overview?range=all")
    told = demo.place.ask("overview", {**questions(ENDED)["overview"].spec}, "demo")
    totals, printed = told["totals"], compare(known, {"overview": told})
    for name, line in zip(("visitors", "sessions", "page_views", "purchases"), printed, strict=False):
        assert (line.agrees, shown(html, name)) == (True, [SAID.number(line.truth)])
    assert {name: Decimal(amount) for name, amount in totals["revenue"].items()} == known.revenue
    assert shown(html, "revenue") == SAID.moneys({name: str(amount) for name, amount in known.revenue.items()})
    behind = [number(n) for n in re.findall(r"<dd>([\d,]+)</dd>", panel(html, "behind"))]
    refused = known.dropped["denied"] + known.dropped["withdrawn"]
    suspected = sum(known.programs)
    assert behind[2:] == [known.dropped["no_consent"], refused, known.bots - suspected, suspected, known.late]
    assert behind[0] == known.accepted - behind[4]  # whose part the suspected ones are


def test_campaigns(demo: Demo) -> None:
    truth = Counter[str]()
    for name, credit in demo.truth.campaigns.items():
        truth[name.lower()] += credit.sessions
    report, page = Counter[str](), Counter[str]()
    for row in demo.place.ask("campaigns", {"limit": 50}, "demo")["rows"]:
        report[(row["campaign"] or "").lower()] += row["sessions"]
    for _, _, campaign, sessions, *_ in cells(demo.html("campaigns?range=all"), "campaigns"):
        page["" if campaign == "(none)" else campaign.lower()] += number(sessions)
    assert truth == Counter({name: n for name, n in report.items() if name})
    assert report == page


def test_funnels(demo: Demo) -> None:
    report = [row["reached"] for row in demo.place.ask("funnel", FUNNEL, "demo")["rows"]]
    page = tables(panel(demo.html("funnels?range=all&saved=shop"), "funnel"))[0]
    assert demo.truth.funnel == report == [number(row[1]) for row in page]
    assert report[-1] > 0


def drawings(html: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(one) for one in re.findall(r'<figure class="chart">(.*?)</figure>', html, re.DOTALL)]


def texts(drawing: ElementTree.Element, kind: str) -> list[list[str]]:
    """What stands in each label."""
    return [list(one.itertext()) for one in drawing.iter() if kind in one.get("class", "").split()]


def widths(drawing: ElementTree.Element) -> list[float]:
    """The bars' shares of the width."""
    drawn = (one.attrib["width"] for one in drawing.iter() if one.get("class") == "bar")
    return [float(width.removesuffix("%")) / 100 for width in drawn]


def near(found: Sequence[float], wanted: Sequence[float]) -> bool:
    return len(found) == len(wanted) and all(abs(one - other) < 2e-5 for one, other in zip(found, wanted, strict=True))


@pytest.fixture(scope="module")
def parted(demo: Demo) -> tuple[dict[str, Any], list[ElementTree.Element], list[list[list[str]]]]:
    """The demo's funnel by device and week: as the command tells it, its drawings, and its tables."""
    asked = ["--saved", "shop", "--set", 'breakdown={"field":"device"}', "--set", 'trend={"interval":"7d"}']
    told = command(demo.place.server.data, "report", "funnel", "--site", "demo", *asked, "--format", "json")
    html = panel(demo.html("funnels?range=all&saved=shop&breakdown=device&trend=week"), "funnel")
    return json.loads(told), drawings(html), tables(html)


def test_the_funnel_is_drawn_as_the_command_tells_it(
    parted: tuple[dict[str, Any], list[ElementTree.Element], list[list[list[str]]]],
) -> None:
    found, (steps, _, _), (table, _, _) = parted
    rows = found["rows"]
    percents = ("rate_total", "low", "high", "rate_step")
    assert table == [
        [f"{row['step']}. {row['label']}", SAID.number(row["reached"]), SAID.number(row["dropped"]),
         *(SAID.percent(row[name]) for name in percents), *(SAID.duration(row[name]) for name in ("p50_ms", "p90_ms"))]
        for row in rows
    ]  # fmt: skip
    assert near(widths(steps), [row["rate_total"] for row in rows])
    assert [(label, figure.partition(" ")[0]) for label, figure in texts(steps, "titled")] == [
        (f"{row['step']}. {row['label']}", SAID.number(row["reached"])) for row in rows
    ]
    lost = [number(told[0].split()[1]) for told in texts(steps, "lost")]
    assert lost == [row["dropped"] for row in rows[1:]]


def test_the_breakdown_is_drawn_as_the_command_tells_it(
    parted: tuple[dict[str, Any], list[ElementTree.Element], list[list[list[str]]]],
) -> None:
    found, (_, bars, _), (_, table, _) = parted
    groups = found["totals"]["groups"]
    assert len(groups) > 2
    rates = [counts[-1] / counts[0] for counts in groups.values()]
    bounds = [wilson(counts[-1], counts[0]) for counts in groups.values()]
    assert table == [
        [name, *map(SAID.number, counts), *map(SAID.percent, (rate, *(bound or ())))]
        for (name, counts), rate, bound in zip(groups.items(), rates, bounds, strict=True)
    ]
    assert near(widths(bars), rates)
    assert texts(bars, "titled") == [
        [name, f"{SAID.percent(rate)} of {SAID.number(counts[0])}"]
        for (name, counts), rate in zip(groups.items(), rates, strict=True)
    ]
    ends = [one.find("{*}line") for one in bars.iter() if one.get("class") == "whisker"]
    drawn = [float(end.attrib[x].removesuffix("%")) / 100 for end in ends if end is not None for x in ("x1", "x2")]
    assert near(drawn, [bound for pair in bounds for bound in pair or ()])


def test_the_trend_is_drawn_as_the_command_tells_it(
    parted: tuple[dict[str, Any], list[ElementTree.Element], list[list[list[str]]]],
) -> None:
    found, (_, _, line), (_, _, table) = parted
    trend, zone = found["totals"]["trend"], ZoneInfo("Europe/Paris")
    days = [SAID.day(datetime.fromtimestamp(one["start"] / 1000, zone).date()) for one in trend]
    assert len(trend) > 10
    assert table == [
        [day, SAID.number(one["entered"]), SAID.number(one["converted"]), SAID.percent(one["rate"]), "over"]
        for day, one in zip(days, trend, strict=True)
    ]
    told = [slot.findtext("{*}title") for slot in line.iter() if slot.get("class") == "slot"]
    assert told == [f"{day}: {row[2]} of {row[1]}, {row[3]}" for day, row in zip(days, table, strict=True)]
    top = max(float(tick[0].removesuffix("%")) / 100 for tick in texts(line, "tick") if tick[0].endswith("%"))
    strokes = [one.attrib["d"] for one in line.iter() if one.get("class") == "stroke"]
    drawn = [float(y) for path in strokes for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path)]
    wanted = [height(one["rate"], max(top, *(one["rate"] or 0 for one in trend))) for one in trend
              if one["rate"] is not None]  # fmt: skip
    assert all(abs(one - other) < 1e-3 for one, other in zip(drawn, wanted, strict=True))


def test_abandonment(demo: Demo) -> None:
    html = demo.html("abandonment?range=all&per=device")
    spec = {"type": "checkout", "steps": [{"path": f"/*{path}"} for path in STEPS], "group_by": "device"}
    rows = demo.place.ask("abandonment", spec, "demo")["rows"]
    page = {(row[0], row[1].rpartition("*")[2]): row[2:4] for row in tables(panel(html, "checkout"))[1]}
    for row in rows:
        at = row["device"], row["step"] - 1
        reached, left = demo.losses.reached[at], demo.losses.left[at]
        assert (row["reached"], row["abandoned"]) == (reached, left)
        assert page[row["device"], STEPS[at[1]]] == [SAID.number(reached), SAID.number(left)]
    assert len(rows) == len(page)
    forms = demo.place.ask("abandonment", {"type": "form"}, "demo")["totals"]
    known = demo.losses
    assert (forms["starters"], forms["abandoned"], forms["completed"]) == (known.begun, known.unsent, known.sent)
    assert forms["last_field"] == known.stopped
    fields = {row[0]: (number(row[1]), number(row[2])) for row in tables(panel(html, "forms"))[0]}
    assert fields == {name: (n, known.stopped[name]) for name, n in known.touched.items()}
    longest = max(tables(panel(html, "forms"))[0], key=lambda row: float(row[5].split()[0].replace("–", "0")))
    assert longest[0] == "email"


def test_journeys_and_attribution(demo: Demo) -> None:
    asked = {name: demo.place.ask(name, {}, "demo")["totals"] for name in ("journeys", "attribution", "persons")}
    sessions, people = (n + len(demo.truth.programs) for n in (demo.truth.sessions, demo.truth.people))
    assert (asked["journeys"]["sessions"], asked["persons"]["persons"]) == (sessions, people)
    assert asked["attribution"]["conversions"] == demo.truth.purchases
    assert SAID.number(sessions) in demo.html("journeys?range=all")
    assert SAID.number(demo.truth.purchases) in demo.html("attribution?range=all")


def test_consent(demo: Demo) -> None:
    truth = {name: Counter[str]() for name in ("granted", "withdrawn")}
    for (state, source, policy), n in demo.truth.receipts.items():
        truth[state].update({source: n, policy: n})
    answer, html = demo.place.ask("consent", {"limit": 100_000}, "demo"), demo.html("consent?range=all")
    for state, counts in truth.items():
        report = Counter[str]()
        for row in answer["rows"]:
            if row["state"] == state:
                report.update({row["source"]: row["receipts"], row["policy"]: row["receipts"]})
        assert +report == +counts
    for name in ("sources", "policies"):
        for said, granted, withdrawn, *_ in cells(html, name):
            key = {"withdrawn on the site": "forget"}.get(said, said)
            assert (number(granted), number(withdrawn)) == (truth["granted"][key], truth["withdrawn"][key])
    assert {key for key, *_ in cells(html, "policies")} == {"demo-1", "demo-2"}
    assert {key for key, *_ in cells(html, "sources")} == {"banner", "privacy", "withdrawn on the site"}
    assert truth["withdrawn"].total() > 0
    assert "<dt>sessions with a grant</dt>" not in html, "all have one here"
    assert "the share who grant cannot be known" in html


def test_data_quality(demo: Demo) -> None:
    known, answer = demo.truth, demo.place.ask("quality", {}, "demo")
    sums = f"{known.received:,} received = {known.accepted:,} accepted + {known.duplicate:,} duplicates + "
    html = demo.html("quality?range=all")
    assert f"{sums}{known.dropped.total():,} dropped + 0 refused" in unescape(html)
    told = {(row["outcome"], row["reason"]): row["n"] for row in answer["rows"]}
    assert {reason: n for (outcome, reason), n in told.items() if outcome == "dropped"} == +known.dropped
    assert told["flag", "late"] == known.late
    assert ["arrived late", str(known.late)] in cells(html, "mended")
    assert answer["totals"]["tags_on_internal_links"] == known.internal
    pages = demo.place.ask("utm_audit", {}, "demo")["totals"]["internal"]
    named = SAID.counted(dict(COUNTS)["internal"], pages)
    for page in ("campaigns", "audit"):
        assert f"<dt>{named}</dt><dd>{pages}</dd>" in re.sub(r">\s+<", "><", demo.html(f"{page}?range=all"))
    assert f"{known.internal} events came by a campaign tag on a link between own pages" in html


def test_the_books_are_the_truth_day_by_day(demo: Demo) -> None:
    since = min(demo.truth.books)[0]
    halves = [(since, since + 45), (since + 45, since + 100)]
    for first, last in halves:
        spec = {"range": {"from": first * 24 * HOUR, "to": last * 24 * HOUR}, "limit": 100_000}
        dropped = demo.place.ask("consent", spec, "demo")["totals"]["dropped"]
        truth = Counter[str]()
        for (day, outcome, reason), n in demo.truth.books.items():
            truth[reason] += n if outcome == "dropped" and first <= day < last and reason != "invalid" else 0
        assert dropped == +truth
        assert dropped["denied"] > 0


def test_four_questions_of_a_newcomer_are_answered_on_the_pages(demo: Demo) -> None:
    """Which campaign lost most value in the cart last month, where do mobile visitors leave the checkout, which links
    are mistagged, how many refused consent?"""
    month = view(demo.place, MONTH, "demo").spec()["range"]
    lost = demo.losses.lost(month["from"])
    currency = max({key[1] for key in lost}, key=lambda name: sum(n for key, n in lost.items() if key[1] == name))
    amount, name = max((n, key[0]) for key, n in lost.items() if key[0] and key[1] == currency)
    html = unescape(demo.html(f"abandonment?{MONTH}&group=campaign&per=device"))
    worst = re.search(rf"In {currency}, most was lost by (\w+): (\S+)\.<", html)
    assert worst
    assert (worst[1].lower(), worst[2]) == (name, SAID.money(amount, currency))
    page = [row for row in tables(panel(demo.html("abandonment?range=all"), "checkout"))[1] if row[0] == "mobile"]
    leave = max(range(len(STEPS)), key=lambda step: demo.losses.left["mobile", step])
    assert max(page, key=lambda row: number(row[3]))[1].endswith(STEPS[leave])
    audit = demo.html("audit?range=all")
    rows = [row for part in audit.split("<table>")[1:] for row in cells(f'<section id="audit"{part}', "audit")]
    misspelt = [row for row in rows if row[0] == "nearly the same as another name"]
    assert (len(misspelt), sum(number(row[1]) for row in misspelt)) == demo.truth.misspelt()
    refused = {row[0]: number(row[1]) for row in cells(demo.html("consent?range=all"), "dropped")}
    assert refused["refused by the visitor"] == demo.truth.dropped["denied"] > 0


# Whole texts that would tell in a third way that there is no value.
OTHERWISE = {
    "", "-", "—", "?", "n/a", "null", "none", "undefined", "unknown", "without one", "not set", "(not set)", "(null)",
    "sans", "aucun", "aucune", "inconnu", "inconnue", "absent", "absente", "non défini", "(unknown)", "(left)",
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "asked"),
    [
        *(("fr", f"{name}?range=all") for name in PAGES if name not in ("campaigns", "abandonment")),
        ("fr", f"campaigns?{MONTH}&compare=previous"), ("fr", "abandonment?range=all&group=country"),
        ("fr", "funnels?range=all&step=page_view&step=purchase&breakdown=touch_medium"),
        ("fr", "audit?range=all&where=medium:(none)&where=source:newsletter&where=country:(none)"),
        ("en", "campaigns?range=all"),
    ],
)  # fmt: skip
def test_that_there_is_no_value_is_told_in_two_ways_alone(demo: Demo, language: str, asked: str) -> None:
    html = demo.place.get(f"/sites/demo/{asked}", accept_language=language).text
    read = re.sub(r"<(pre|script|style)\b.*?</\1>", "", html.partition("<main")[2], flags=re.DOTALL)
    cells = re.findall(r"<(bdi|text|tspan|dd|td|th|b)\b[^>]*>([^<]*)</\1>", read)
    told = [unescape(text).strip() for _, text in cells]
    assert len(told) > 8 or asked.startswith(("live", "links"))  # where nothing is going on, and none is issued
    parts = {part for text in told for place in text.split(" > ") for part in place.split(" / ")}
    other = {"fr": "(none)", "en": "(aucun)"}[language]
    assert parts & (OTHERWISE | {other}) == set()
    dashes = re.findall(r'<bdi>–</bdi>(?:</a>)?(<span class="unseen">)?', read)
    assert all(dashes), "each is read out"


@pytest.mark.parametrize("medium", ["(none)", "email"])
def test_a_click_on_a_word_shows_all_that_it_stands_for(demo: Demo, medium: str) -> None:
    report = Counter[str]()
    for row in demo.place.ask("campaigns", {"by": ["medium"]}, "demo")["rows"]:
        report["(none)" if row["medium"] in {"(none)", "(not set)"} else row["medium"]] += row["sessions"]
    link = next(link for link, text in re.findall(r'<a href="([^"]*)"><bdi>([^<]*)</bdi></a>', demo.html(
        "campaigns?range=all")) if text == medium)  # fmt: skip
    found = cells(demo.html(f"overview{unescape(link)}"), "sources")
    assert {row[1] for row in found} == {medium}
    assert sum(number(row[2]) for row in found) == report[medium]


def test_the_command_says_what_the_page_shows(demo: Demo) -> None:
    said = command(demo.place.server.data, "report", "overview", "--site", "demo", "--format", "json")
    assert json.loads(said)["totals"] == demo.place.ask("overview", {}, "demo")["totals"]


def test_each_row_of_the_audit_leads_to_its_sessions(demo: Demo) -> None:
    links = re.findall(r'<a href="/sites/demo/(overview[^"]+)"><bdi>([\d,]+)</bdi>', demo.html("audit?range=all"))
    rows = [row for row in demo.place.ask("utm_audit", {"limit": 2_000}, "demo")["rows"] if row["where"]]
    assert len(links) == len(rows) > 20
    link, n = links[-1]
    assert shown(demo.html(unescape(link)), "sessions") == [n]
    for link, n in links[::3]:
        query = unescape(link).partition("?")[2]
        figures = demo.place.get(f"/sites/demo/overview/figures/days.json?{query}").json()["totals"]
        assert figures["sessions"] == number(n), link
