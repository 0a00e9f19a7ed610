from __future__ import annotations

import re
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest

from collector.demo.comparison import compare, table
from collector.demo.traffic import ORIGIN, simulate
from collector.demo.truth import Truth, depth

NOW = 1_795_000_000_000


MACHINE = re.compile(r"bot|headless|python-requests", re.IGNORECASE)
TIMEOUT, DAY, WEEK = 1_800_000, 86_400_000, 604_800_000
PAGES = (r"/[^/]+", r"/[^/]+/product/[^/]+", r"/[^/]+/cart", r"/[^/]+/checkout/address")


class Seen(NamedTuple):
    """One kept event: its true time, its normalised tag, its funnel step, its row."""

    t: int
    id: str
    tag: tuple[str, ...] | None
    step: int | None
    row: dict[str, Any]


class Recount(NamedTuple):
    """What the rows of people say."""

    visitors: int
    sessions: int
    people: int
    funnel: list[int]
    campaign_sessions: Counter[str]
    campaign_purchases: Counter[str]


def kept(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with consent, each id once."""
    return list({row["id"]: row for row in reversed(rows) if _granted(row)}.values())


def recount(rows: list[dict[str, Any]], origin: str) -> Recount:
    """The traffic counted again from its rows alone, by another road than the simulation's own.

    Sessions by gap, campaign and length, people by sign-in, the funnel by a table of latest starts.
    """
    browsers: dict[str, list[Seen]] = defaultdict(list)
    for row in kept(rows):
        if not MACHINE.search(row["ua"]):
            browsers[row["visitor"]].append(_seen(row, origin))
    sessions, purchases = Counter[str](), Counter[str]()
    people: dict[str, list[Seen]] = defaultdict(list)
    for visitor, events in browsers.items():
        events.sort()
        _cut(events, sessions, purchases)
        people[next((one.row["user"] for one in events if "user" in one.row), visitor)] += events
    depths = [_depth(sorted(events)) for events in people.values()]
    funnel = [sum(depth > step for depth in depths) for step in range(5)]
    return Recount(len(browsers), sessions.total(), len(people), funnel, sessions, purchases)


def _granted(row: dict[str, Any]) -> bool:
    return "id" in row and row["consent"]["state"] == "granted"


def _seen(row: dict[str, Any], origin: str) -> Seen:
    url = urlsplit(row["url"])
    query = {key.lower(): value.strip().lower() for key, value in parse_qsl(url.query)}
    own = row.get("referrer", "").startswith(origin)
    tagged = "utm_source" in query and not own
    tag = tuple(query.get("utm_" + part, "") for part in ("source", "medium", "campaign")) if tagged else None
    step = next((n for n, page in enumerate(PAGES) if re.fullmatch(page, url.path)), None)
    if row["name"] != "page_view":
        step = 4 if row["name"] == "purchase" else None
    return Seen(row["received"] - (row["sent"] - row["t"]), row["id"], tag, step, row)


def _cut(events: list[Seen], sessions: Counter[str], purchases: Counter[str]) -> None:
    start = last = tag = None
    for one in events:
        changed = one.tag is not None and one.tag != tag
        if last is None or changed or one.t - last >= TIMEOUT or one.t - start >= DAY:
            start, tag = one.t, one.tag
            sessions[tag[2] if tag else ""] += 1
        last = one.t
        purchases[tag[2] if tag else ""] += one.row["name"] == "purchase"


def _depth(events: list[Seen]) -> int:
    latest: list[int | None] = [None] * 5
    for one in events:
        start = one.t if one.step == 0 else latest[one.step - 1] if one.step else None
        if one.step is not None and start is not None and one.t - start <= WEEK:
            latest[one.step] = max(start, latest[one.step] or start)
    return max((step + 1 for step, start in enumerate(latest) if start is not None), default=0)


@pytest.fixture(scope="module", params=[1, 2, 3])
def played(request: pytest.FixtureRequest) -> tuple[list[dict], Truth]:
    """Enough people for a screen that reloads for more than a day to be among them."""
    made = simulate(request.param, NOW, 60, 3000, bad=25)
    return list(made.rows), made.truth


def test_received_is_accepted_and_repeats_and_drops(played) -> None:
    rows, known = played
    assert known.received == len(rows) == known.accepted + known.duplicate + known.dropped.total()


def test_rows_are_dropped_for_the_reasons_that_they_show(played) -> None:
    rows, known = played
    states = Counter(row["consent"]["state"] for row in rows if "id" in row)
    expected = {"denied": states["denied"], "withdrawn": states["withdrawn"], "no_consent": states["pending"]}
    assert known.dropped == {**expected, "invalid": 25}
    assert known.accepted == len(kept(rows))
    assert known.consented == pytest.approx(states["granted"] / states.total())


def test_machines_are_counted_apart(played) -> None:
    rows, known = played
    assert known.bots == sum(bool(MACHINE.search(row["ua"])) for row in kept(rows)) > 0


def test_visitors_sessions_people_and_funnel_are_those_of_a_recount_from_the_rows(played) -> None:
    rows, known = played
    again = recount(rows, ORIGIN)
    assert (known.visitors, known.sessions, known.people) == (again.visitors, again.sessions, again.people)
    assert known.funnel == again.funnel


def test_campaigns_have_the_sessions_and_purchases_of_a_recount_from_the_rows(played) -> None:
    rows, known = played
    again = recount(rows, ORIGIN)
    sessions, purchases = Counter[str](), Counter[str]()
    for name, credit in known.campaigns.items():
        sessions[name.lower()] += credit.sessions
        purchases[name.lower()] += credit.purchases
    assert sessions == Counter({name: n for name, n in again.campaign_sessions.items() if name})
    assert +purchases == +Counter({name: n for name, n in again.campaign_purchases.items() if name})


def test_money_is_the_sum_of_the_kept_purchases_by_currency(played) -> None:
    rows, known = played
    sums: dict[str, Decimal] = {}
    bought = [row["revenue"] for row in kept(rows) if "revenue" in row]
    for money in bought:
        sums[money["currency"]] = sums.get(money["currency"], Decimal(0)) + Decimal(money["amount"])
    assert known.revenue == sums
    assert known.purchases == len(bought)


def test_a_visitor_may_be_a_person_but_people_are_never_more(played) -> None:
    _, known = played
    assert 0 < known.people < known.visitors < known.sessions < known.page_views
    assert known.funnel == sorted(known.funnel, reverse=True)
    assert known.funnel[-1] > 0


def test_late_and_internally_tagged_events_are_those_in_the_rows(played) -> None:
    rows, known = played
    assert known.late == sum(row["sent"] - row["t"] > DAY for row in kept(rows)) > 0
    assert known.internal == sum("utm_source=home" in row["url"] for row in kept(rows)) > 0


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([], 0),
        ([(5, 1), (9, 2)], 0),
        ([(0, 0), (1, 2), (2, 1)], 2),
        ([(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)], 5),
        ([(0, 0), (7 * DAY, 1)], 2),
        ([(0, 0), (7 * DAY + 1, 1)], 1),
        ([(0, 0), (1, 1), (6 * DAY, 0), (6 * DAY + 1, 1), (8 * DAY, 2)], 3),
        ([(0, 0), (1, 1), (6 * DAY, 0), (7 * DAY, 2)], 3),
    ],
)
def test_the_fullest_card_says_how_far_somebody_got(marks: list[tuple[int, int]], expected: int) -> None:
    assert depth(marks) == expected
    assert depth(reversed(marks)) == expected


def answers(known: Truth) -> dict[str, Any]:
    """Answers that agree with the truth in every figure."""
    people = {name: getattr(known, name) for name in ("visitors", "sessions", "purchases", "page_views")}
    visits = {"visitors": len(known.programs), "sessions": len(known.programs), "page_views": sum(known.programs)}
    overview = {name: n + visits.get(name, 0) for name, n in people.items()}
    revenue = {currency: f"{amount}0000" for currency, amount in known.revenue.items()}
    campaigns = [
        {"campaign": name, "sessions": credit.sessions, "conversions": credit.purchases}
        for name, credit in known.campaigns.items()
    ]
    return {
        "import": {name: getattr(known, name) for name in ("received", "accepted", "duplicate", "dropped")},
        "overview": {"totals": {**overview, "revenue": revenue}},
        "people": {"totals": people},
        "funnel": {"rows": [{"reached": count} for count in known.funnel]},
        "campaigns": {"rows": campaigns},
        "quality": {
            "rows": [
                {"outcome": "bot", "reason": "search", "n": known.bots},
                {"outcome": "flag", "reason": "late", "n": known.late},
            ],
            "totals": {"tags_on_internal_links": known.internal},
        },
    }


def test_reports_that_agree_agree_in_every_line(played) -> None:
    known = played[1]
    lines = compare(known, answers(known))
    assert len(lines) > 40
    assert [line for line in lines if not line.agrees] == []


def test_one_wrong_figure_is_one_line_that_disagrees(played) -> None:
    known = played[1]
    told = answers(known)
    told["overview"]["totals"]["sessions"] += 1
    assert [line.what_en for line in compare(known, told) if not line.agrees] == ["Sessions"]


def test_a_figure_that_a_report_lacks_disagrees_and_a_report_not_asked_has_no_lines(played) -> None:
    known = played[1]
    lines = compare(known, {"funnel": {"rows": []}})
    assert len(lines) == 5
    assert not any(line.agrees for line in lines)
    assert {line.report for line in lines} == {None}


@pytest.mark.parametrize(("lang", "word"), [("en", "Visitors (browsers)"), ("fr", "Visiteurs (navigateurs)")])
def test_the_table_is_eighty_columns_wide_in_both_languages(played, lang: str, word: str) -> None:
    known = played[1]
    shown = table(compare(known, answers(known)), lang)
    assert word in shown
    assert max(map(len, shown.splitlines())) == 80
