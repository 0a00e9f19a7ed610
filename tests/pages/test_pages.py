"""The pages as they are sent: the figures are the reports', the address is the view, nothing stored is run."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from collector.intake.bots import SUSPECTED
from collector.pages.filters import Filters, read
from collector.pages.registry import PAGES
from collector.pages.words import words
from tests.conftest import command
from tests.make import a_batch, an_event
from tests.pages.place import TRAP, Place

LANGUAGES = ("en", "fr")
STRICT = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"


def view(place: Place, query: str = "", site: str = "shop") -> Filters:
    pairs = [tuple(pair.split("=", 1)) for pair in query.split("&") if pair]
    return read(site, "Europe/Paris", place.now, pairs)[0]  # type: ignore[arg-type]


def cells(html: str, panel: str) -> list[list[str]]:
    """The rows of a panel's first table, as texts."""
    part = (
        html.partition(f'<section id="{panel}"')[2]
        .partition("</section>")[0]
        .partition("<tbody>")[2]
        .partition("</tbody>")[0]
    )
    plain = [re.findall(r"<bdi>(.*?)</bdi>", row, re.DOTALL) for row in part.split("<tr>")[1:]]
    return [[unescape(cell) for cell in row] for row in plain]


def shown(html: str, figure: str) -> list[str]:
    """The values of a key figure."""
    part = html.partition(f'data-figure="{figure}"')[2].partition("</li>")[0]
    texts = re.findall(r'<p class="value[^"]*">(.*?)(?:<span class="unseen">.*?</span>)?</p>', part)
    return [unescape(text) for text in texts]


def sections(html: str) -> list[str]:
    return re.findall(r'<section id="([\w-]+)" class="panel', html)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", list(PAGES))
def test_every_page_says_all_its_panels_in_both_languages(place: Place, page: str, language: str) -> None:
    answer = place.get(f"/sites/shop/{page}", accept_language=language)
    html = answer.text
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in html
    assert html.rstrip().endswith("</html>")
    assert sections(html) == [panel.name for panel in PAGES[page].panels]
    assert 'class="error"' not in html
    assert f"<h1>{words(language)(PAGES[page].title)}</h1>" in unescape(html)
    assert html.count("<main") == html.count("<h1") == 1
    assert "style=" not in html


class Seen(HTMLParser):
    """What a browser would make of a page: its elements and their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("page", list(PAGES))
def test_hostile_text_is_text_on_every_page(place: Place, page: str) -> None:
    answer = place.get(f"/sites/trap/{page}?{urlencode({'range': 'all', 'where': 'entry:/' + TRAP, 'figure': TRAP})}")
    policy = answer.headers["content-security-policy"]
    assert STRICT in policy
    assert "unsafe" not in policy
    for html in (answer.text, place.get(f"/sites/trap/{page}?range=all").text):
        seen = Seen(html)
        assert [script["src"] for script in seen.all("script")] == ["/static/pages.js"]
        assert {image["src"] for image in seen.all("img")} == {"/static/mark.svg"}
        assert [
            name for _, attributes in seen.elements for name in attributes if name.startswith(("on", "style"))
        ] == []
        links = [link["href"] or "" for link in seen.all("a")]
        assert [link for link in links if not link.startswith(("/", "?", "#"))] == []


def test_the_figures_are_those_of_the_reports(place: Place) -> None:
    html = place.get(f"/sites/shop/overview?{place.days(90)}&compare=previous").text
    filters, said = view(place, place.days(90)), words("en")
    totals = place.ask("overview", filters.spec())["totals"]
    for name in ("visitors", "sessions", "page_views", "purchases"):
        assert shown(html, name) == [said.number(totals[name])]
    assert shown(html, "bounce_rate") == [said.percent(totals["bounce_rate"])]
    assert shown(html, "revenue") == (said.moneys(totals["revenue"]) or ["–"])
    pages = place.ask("pages", filters.spec(limit=10))["rows"]
    assert [row[:2] for row in cells(html, "pages")] == [[row["path"], said.number(row["views"])] for row in pages]
    devices = place.ask("campaigns", filters.spec(by=["device"], limit=10))["rows"]
    assert [row[1] for row in cells(html, "devices")] == [said.number(row["sessions"]) for row in devices]


def test_every_table_of_the_overview_is_its_report(place: Place) -> None:
    filters, said = view(place, place.days(30)), words("en")
    html = place.get(f"/sites/shop/overview?{place.days(30)}").text
    for panel, by in (("sources", ["source", "medium"]), ("channels", ["channel"]), ("countries", ["country"])):
        rows = place.ask("campaigns", filters.spec(by=by, limit=10))["rows"]
        told = [
            [said.number(row["sessions"]), said.percent(row["engagement_rate"]), said.percent(row["conversion_rate"])]
            for row in rows
        ]
        assert [row[len(by) :] for row in cells(html, panel)] == told != []
    days = place.ask("overview", filters.spec(limit=400))["rows"]
    counts = [[said.number(row[name]) for name in ("visitors", "sessions", "page_views")] for row in reversed(days)]
    assert [row[1:4] for row in cells(html, "figures")] == counts != []


def test_what_stands_behind_the_figures_is_what_consent_and_quality_report(place: Place) -> None:
    filters, said = view(place, place.days(90)), words("en")
    consent, quality = (place.ask(name, filters.spec()) for name in ("consent", "quality"))
    dropped, kept = consent["totals"]["dropped"], consent["totals"]
    counted = [(row["outcome"], row["reason"], row["n"]) for row in quality["rows"]]
    programs = Counter({reason: n for outcome, reason, n in counted if outcome == "bot"})
    suspected = sum(programs[kind] for kind in SUSPECTED)
    told = {
        "with consent": kept["consented"],
        "kept without, under an exemption": kept["events"] - kept["consented"],
        "pending: not answered yet, not kept": dropped.get("no_consent", 0),
        "refused, withdrawn, objected or expired, not kept": sum(dropped.values()) - dropped.get("no_consent", 0),
        "from bots that identify themselves, in no figure": programs.total() - suspected,
        "from suspected bots, among the events kept above": suspected,
        "late: arrived more than a day after they happened": sum(n for *one, n in counted if one == ["flag", "late"]),
    }
    for page in ("overview", "campaigns"):
        part = place.text(f"/sites/shop/{page}?{place.days(90)}").partition('<section id="behind"')[2]
        assert dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", part)) == {k: said.number(n) for k, n in told.items()}
    assert told["with consent"] > 0


def test_a_segment_is_that_of_the_report_and_its_file(place: Place) -> None:
    query = "range=all&where=device:mobile"
    html = place.get(f"/sites/shop/overview?{query}").text
    asked = {"session_where": [["device", "eq", "mobile"]]}
    totals = place.ask("overview", asked)["totals"]
    assert shown(html, "sessions") == [words("en").number(totals["sessions"])]
    file = place.get(f"/sites/shop/overview/pages/rows.csv?{query}")
    rows = place.ask("pages", {**asked, "limit": 10, "times": False})["rows"]
    assert file.headers["content-disposition"] == 'attachment; filename="shop-overview-pages.csv"'
    assert [line.split(",")[0] for line in file.text.splitlines()[1:]] == [row["path"] for row in rows]
    assert place.get(f"/sites/shop/overview/pages/rows.json?{query}").json()["rows"] == rows


def test_campaigns_are_those_of_the_report_under_both_names(place: Place) -> None:
    html = place.get(f"/sites/shop/campaigns?{place.days(90)}").text
    filters, said = view(place, place.days(90)), words("en")
    rows = place.ask("campaigns", filters.spec(limit=50))["rows"]
    shown_rows = [(row[0], row[1], row[2], row[3]) for row in cells(html, "campaigns")]
    assert shown_rows == [
        (r["source"], said.named(r["medium"]), r["campaign"] or "(none)", said.number(r["sessions"])) for r in rows
    ]
    names = [row[:4] for row in cells(html, "names")]
    assert ["google", "google", "cpc", "cpc"] in names


def test_the_books_balance_on_the_page(place: Place) -> None:
    html, said = place.text("/sites/shop/quality?range=all"), words("en")
    totals = place.ask("quality", {})["totals"]
    assert "Balanced: everything that arrived is accounted for." in html
    assert f"{said.number(totals['received'])} received = " in html
    rows = [row for row in place.ask("quality", {})["rows"] if row["outcome"] == "flag"]
    assert [row[1] for row in cells(html, "mended")] == [said.number(row["n"]) for row in rows]


def test_consent_adds_up_by_day_source_and_notice(place: Place) -> None:
    html, said = place.get("/sites/shop/consent?range=all").text, words("en")
    totals = place.ask("consent", {"limit": 10_000})["totals"]
    for panel in ("sources", "policies"):
        rows = cells(html, panel)
        assert len(rows) >= 2
        assert sum(int(row[1].replace(",", "")) for row in rows) == totals["granted"]
    assert len(cells(html, "rates")) > 30
    unseen = "Who refuses or does not answer leaves no trace here: the share who grant cannot be known."
    assert unseen in html.partition('<section id="rates"')[2].partition("<details")[0]  # beside the dash, not folded
    assert [row[1] for row in cells(html, "dropped")] == [
        said.number(n) for n in sorted(totals["dropped"].values(), reverse=True)
    ]


def test_a_report_is_one_file_that_leads_nowhere(place: Place) -> None:
    answer = place.get(f"/sites/shop/report?{place.days(90)}&compare=previous&lang=fr")
    seen, policy = Seen(answer.text), answer.headers["content-security-policy"]
    style = answer.text.partition("<style>")[2].partition("</style>")[0]
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{hashed}'" in policy
    assert "unsafe" not in policy
    assert {tag for tag, _ in seen.elements} & {"script", "link", "img", "form", "button", "input"} == set()
    assert [link["href"] for link in seen.all("a") if not (link["href"] or "").startswith("#")] == []
    totals = place.ask("overview", view(place, place.days(90)).spec())["totals"]
    assert shown(answer.text, "sessions") == [words("fr").number(totals["sessions"])]
    hostile = Seen(place.get("/sites/trap/report?range=all").text)
    assert hostile.all("img") == hostile.all("script") == []
    assert place.get("/sites/shop/report?range=9d").status_code == 400
    assert place.get("/sites/gone/report").status_code == 404


def test_settings_show_the_tag_and_nothing_secret(place: Place) -> None:
    html = place.text("/sites/shop/settings")
    assert '<script defer src="/m/s.js" data-site="shop"' in html
    assert 'integrity="sha384-' in html
    assert place.token not in html


def test_the_live_page_rests_on_the_half_hour_that_it_shows(place: Place) -> None:
    row = {"t": int(time.time() * 1000) - 600_000, "name": "page_view", "path": "/ten-minutes-ago", "visitor": "late"}
    command(place.server.data, "import", "-", "--site", "shop", "--quiet", stdin=json.dumps(row).encode())
    html = place.text("/sites/shop/live")
    events = re.search(r"<dt>events? in the last 30 minutes</dt><dd>([\d,]+)</dd>", html)
    assert events is not None
    assert int(events[1].replace(",", "")) >= 1
    assert f"Based on {events[1]} event" in html


def test_events_are_told_as_they_are_kept_without_who_it_was(place: Place) -> None:
    sent = {"Authorization": f"Bearer {place.token}"}
    with httpx2.stream(
        "GET", f"{place.server.url}/sites/shop/live/stream?seconds=120", headers=sent, timeout=120
    ) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("retry:")
        batch = a_batch(an_event(name="signup", url="https://shop.example/join?utm_source=news&utm_medium=email"))
        assert place.server.post(batch).json()["accepted"] == 1
        told = json.loads(next(line for line in lines if line.startswith("data:")).removeprefix("data:"))
    assert (told["name"], told["page"], told["source"]) == ("signup", "/join", "news / email")
    assert set(told) == {"at", "name", "page", "source", "place"}
    assert place.get("/sites/gone/live/stream").status_code == 404
    for wrong in ("soon", "301", "9" * 5_000):
        assert place.get(f"/sites/shop/live/stream?seconds={wrong}").status_code == 400


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("range=9d", "Period: expected one of Today, Yesterday, 7 days, 30 days,"),
        ("from=yesterday", "From: expected a day such as 2026-11-22, not yesterday"),
        ("from=2026-02-02&to=2026-01-01", "From: expected a day up to 1 Jan 2026, not 2 Feb 2026"),
        (
            "compare=us",
            "Compare with: expected one of No comparison, Previous period, Previous year, Custom dates, not us",
        ),
        ("compare=own&before_from=2026-01-01", "up to: expected a day to compare with"),
        ("where=colour:red", "not colour:red"),
        ("where=source", "not source"),
    ],
)
def test_what_an_address_cannot_ask_is_a_sentence_that_names_it(place: Place, query: str, said: str) -> None:
    answer = place.get(f"/sites/shop/overview?{query}")
    assert answer.status_code == 400
    assert said in unescape(answer.text)
    assert sections(answer.text) == []
    assert place.get(f"/sites/shop/overview/pages/rows.csv?{query}").status_code == 400


def test_a_choice_of_language_is_remembered(place: Place) -> None:
    answer = place.get("/sites/shop/overview?range=today&lang=fr", accept_language="en")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert '<html lang="fr">' in answer.text
    again = place.get("/sites/shop/overview?range=today", accept_language="en", cookie=cookie.partition(";")[0])
    assert '<html lang="fr">' in again.text


def test_what_is_not_there_is_said(place: Place) -> None:
    assert "There is no page named nowhere." in place.get("/sites/shop/nowhere").text
    gone = place.get("/sites/gone/overview")
    assert (gone.status_code, "There is no site named gone." in gone.text) == (404, True)
    assert place.get("/sites/shop/overview/pages/rows.xml").status_code == 404
    assert place.get("/sites/shop/overview/pages/other.csv").status_code == 404
    empty: Any = place.get("/sites/shop/overview?from=2001-01-01&to=2001-01-02").text
    assert "No event in this period." in empty


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_panel_says_what_its_figures_rest_on(place: Place, language: str) -> None:
    query, said = place.days(30), words(language)  # type: ignore[arg-type]
    html = place.text(f"/sites/shop/overview?{query}", accept_language=language)
    data = place.ask("overview", view(place, query).spec())["data"]
    numbers = said.number(data["events"]), said.number(data["consented"])
    for panel in PAGES["overview"].panels:
        part = html.partition(f'<section id="{panel.name}"')[2].partition("</section>")[0]
        line = part.partition('<details class="provenance"><summary>')[2].partition("<")[0]
        assert [number for number in numbers if number in line] == (list(numbers) if panel.rests else [])
        assert ('href="#behind"' in part) == panel.rests
