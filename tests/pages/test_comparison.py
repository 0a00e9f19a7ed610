"""A view beside another time: each figure and its change are those of the two reports."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from collector.pages import comparison
from collector.pages.period import day_of
from collector.pages.registry import PAGES
from collector.pages.words import Language, words
from collector.reports.statistics import newcombe
from tests.pages.place import ZONE, Place
from tests.pages.test_funnels import panel, tables
from tests.pages.test_journeys import named
from tests.pages.test_pages import view

SAID = words("en")


def own(place: Place) -> tuple[str, str, str]:
    """Thirty days beside thirty chosen ones: the page's query, and the days of each."""
    now, then = place.days(30), place.days(30, until=45)
    return f"{now}&compare=own&{then.replace('from', 'before_from').replace('to=', 'before_to=')}", now, then


def asked(place: Place, query: str, report: str, **more: Any) -> dict[str, Any]:
    return place.ask(report, view(place, query).spec(**more))


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if page.compared])
def test_every_page_of_figures_tells_what_they_were(place: Place, name: str) -> None:
    query, _, then = own(place)
    steps = "&step=/*/cart&step=purchase" if name == "funnels" else ""
    html = place.text(f"/sites/shop/{name}?{query}{steps}", accept_language="fr")
    assert 'class="error"' not in html
    assert "Par rapport à la période du" in html
    assert any(word in html for word in ("contre ", "Écart", "Avant"))
    assert "contre aucun dictionnaire" not in html
    assert f"&compare=own&before_from={then.partition('=')[2].partition('&')[0]}" in html


def test_rows_stand_beside_what_they_were_with_the_interval_of_the_difference(place: Place) -> None:
    query, now, then = own(place)
    html = place.get(f"/sites/shop/overview?{query}").text
    rows, was = (asked(place, days, "campaigns", by=["device"], limit=1_000)["rows"] for days in (now, then))
    before = {row["device"]: row for row in was}
    told = {row[0]: row for row in tables(panel(html, "devices"))[0]}
    assert {"mobile", "desktop"} <= set(told)
    for row in rows:
        if row["device"] not in before:
            continue
        old = before[row["device"]]
        shares = ((row["converted"], row["sessions"]), (old["converted"], old["sessions"]))
        low, high = newcombe(*shares[1], *shares[0]) or (0, 0)
        line = told[row["device"] or "–"]
        assert line[1:4] == [
            SAID.number(row["sessions"]), SAID.number(old["sessions"]),
            comparison.number(SAID, row["sessions"], old["sessions"]).told,
        ]  # fmt: skip
        assert line[-1] == comparison.share(SAID, *shares).bare
        assert SAID.number(abs(low) * 100, 1) in line[-1]
        assert SAID.number(abs(high) * 100, 1) in line[-1]


def test_carts_given_up_are_told_by_week_as_the_report_has_them(place: Place) -> None:
    query, now, _ = own(place)
    html, trend = "", list[dict[str, Any]]()
    for _ in range(20):  # a cart may be given up while one looks: the page stands between two reports that agree
        trend, before = asked(place, now, "abandonment", trend={"interval": "7d"})["totals"]["trend"], trend
        if trend == before:
            break
        html = panel(unescape(place.get(f"/sites/shop/abandonment?{query}").text), "carts")
    assert len(trend) > 2
    assert [row[1:4] for row in tables(html)[1]] == [
        [SAID.number(one["closed"]), SAID.number(one["abandoned"] + one["lost"]), SAID.percent(one["rate_net"])]
        for one in trend
    ]


def beside(now: tuple[int, int], then: tuple[int, int]) -> tuple[str, str, str]:
    """What a row tells of a part of a whole, made anew of the two reports' figures."""
    change = SAID.change((now[0] - then[0]) / then[0]) if then[0] else "new" if now[0] else "±0"
    if not now[1] or not then[1]:
        return SAID.number(then[0]), change, "–"
    low, high = newcombe(*then, *now) or (0, 0)
    shifts = [round(n * 100, 1) for n in (now[0] / now[1] - then[0] / then[1], low, high)]
    points = [(n < 0) * "\N{MINUS SIGN}" + (n > 0) * "+" + (n == 0) * "±" + SAID.tenths(abs(n)) for n in shifts]
    return SAID.number(then[0]), change, f"{points[0]} ({points[1]}\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}{points[2]})"


def test_journeys_channels_and_paths_stand_beside_what_they_were(place: Place) -> None:
    query, now, then = own(place)
    reports = [asked(place, days, "journeys", limit=1_000, length=4, direction="after") for days in (now, then)]
    wholes = [one["totals"]["sessions"] for one in reports]
    known = {row["journey"]: row["sessions"] for row in reports[1]["rows"]}
    listed = tables(panel(place.get(f"/sites/shop/journeys?{query}").text, "journeys"))[0]
    assert reports[1]["totals"]["shown"] == wholes[1]
    assert [(row[0], *row[2:4], row[5]) for row in listed] == [
        (row["journey"], *beside((row["sessions"], wholes[0]), (known.get(row["journey"], 0), wholes[1])))
        for row in reports[0]["rows"][:15]
    ]

    html = place.get(f"/sites/shop/attribution?{query}").text
    assert "Only the total is compared by model" in html
    for name, key, count, more in (("assists", "channel", "credit", {}), ("paths", "path", "conversions",
                                   {"rows": "paths", "limit": 1_000})):  # fmt: skip
        reports = [
            asked(place, days, "attribution", by="source_medium", lookback="90d", **more) for days in (now, then)
        ]
        wholes = [one["totals"]["conversions"] for one in reports]
        before = {row[key]: row[count] for row in reports[1]["rows"]}
        told = {row[0]: row for row in tables(panel(html, name))[0]}
        for row in reports[0]["rows"] if name == "assists" else reports[0]["rows"][:15]:
            line = told[named(row[key])]
            was = beside((row[count], wholes[0]), (before.get(row[key], 0), wholes[1]))
            assert (line[2], line[3], line[4] if name == "assists" else line[5]) == was, row


def test_what_is_cut_off_of_the_earlier_time_is_not_taken_for_none() -> None:
    assert comparison.part(SAID, (3, 30), None) == ("–", "–", "–")
    assert comparison.part(SAID, (2.5, 30), (1, 20)) == ("1", "+150.0%", "–")  # no interval holds for parts


def test_a_step_that_cannot_be_is_told_beside_its_field(place: Place) -> None:
    html = panel(place.text("/sites/shop/abandonment?range=all&step=/*/cart&step=" + "x" * 300), "checkout")
    field = html.partition(f'value="{"x" * 300}"')[2].partition("</li>")[0]
    assert 'aria-describedby="checkout-help fault-checkout-1" aria-invalid="true"' in field
    assert 'id="fault-checkout-1" role="alert"' in field
    assert 'value="/*/cart"' in html
    assert 'class="failed"' not in html


@pytest.mark.parametrize(
    ("language", "said"), [("en", "No event was kept in"), ("fr", "Aucun événement n’a été gardé")]
)
def test_a_time_without_data_is_said_to_have_none_once(place: Place, language: str, said: str) -> None:
    for page in ("overview", "quality"):
        for query, n in ((f"{place.days(30)}&compare=year", 1), (own(place)[0], 0), (place.days(30), 0)):
            html = unescape(place.text(f"/sites/shop/{page}?{query}", accept_language=language))
            assert html.count(said) == n


@pytest.mark.parametrize(
    ("language", "said"), [("en", "has events since %s only"), ("fr", "n’a d’événements qu’à partir du %s")]
)
def test_a_time_with_data_in_part_is_said_to_begin_late(place: Place, language: Language, said: str) -> None:
    query = f"{place.days(60)}&compare=previous"  # the sixty days before it began a month before there was anything
    earlier = view(place, query).earlier()
    assert earlier is not None
    first = day_of(place.ask("overview", earlier.spec())["data"]["from"], ZONE)
    assert earlier.span.first is not None
    assert first > earlier.span.first
    html = unescape(place.text(f"/sites/shop/overview?{query}", accept_language=language))
    assert html.count(said % words(language).day(first)) == 1
    whole = place.text(f"/sites/shop/overview?{place.days(30)}&compare=own&before_from={first}&before_to={first}")
    assert "has events since" not in whole


def test_revenue_changes_by_currency(place: Place) -> None:
    query, *days = own(place)
    now, then = (asked(place, one, "overview")["totals"]["revenue"] for one in days)
    html = panel(unescape(place.get(f"/sites/shop/overview?{query}").text), "figures")
    told = re.findall(r'data-figure="revenue".*?<b>(.*?)</b>', html, re.DOTALL)
    assert len({*now, *then}) > 1
    assert told[0].split(", ") == [
        f"{name}\N{NO-BREAK SPACE}{SAID.change(float(now.get(name, 0)) / float(was) - 1)}"
        for name, was in sorted(then.items(), key=lambda item: -float(item[1]))
    ]
