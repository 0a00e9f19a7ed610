"""The page of funnels: the form is the question, the figures are the report's, a fault is said beside its field."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from collector.pages.words import words
from tests.pages.place import TRAP, Place

STEPS = ("/*", "/*/product/*", "/*/cart", "/*/checkout/address", "purchase")
SPEC = [{"path": step} if step.startswith("/") else {"name": step} for step in STEPS]
SAID = words("en")


def address(site: str = "shop", **fields: str) -> str:
    pairs = [("range", "all"), *(("step", step) for step in STEPS), *fields.items()]
    return f"/sites/{site}/funnels?{urlencode(pairs)}"


def panel(html: str, name: str) -> str:
    return html.partition(f'<section id="{name}"')[2].partition("</section>")[0]


def tables(html: str) -> list[list[list[str]]]:
    """The rows of each table, as texts."""
    bodies = re.findall(r"<tbody>(.*?)</tbody>", html, re.DOTALL)
    return [[[unescape(cell) for cell in re.findall(r"<bdi>(.*?)</bdi>", row)] for row in body.split("<tr>")[1:]]
            for body in bodies]  # fmt: skip


def test_the_funnel_is_that_of_the_report(place: Place) -> None:
    html = panel(place.get(address(breakdown="device", trend="week")).text, "funnel")
    asked = {"steps": SPEC, "breakdown": {"field": "device"}, "trend": {"interval": "7d"}}
    found = place.ask("funnel", asked)
    whole, groups, trend = tables(html)
    assert [row[:3] for row in whole] == [
        [f"{row['step']}. {row['label']}", SAID.number(row["reached"]), SAID.number(row["dropped"])]
        for row in found["rows"]
    ]
    assert [row[3] for row in whole] == [SAID.percent(row["rate_total"]) for row in found["rows"]]
    assert [row[1:6] for row in groups] == [
        [SAID.number(n) for n in counts] for counts in found["totals"]["groups"].values()
    ]
    assert [row[1:3] for row in trend] == [
        [SAID.number(one["entered"]), SAID.number(one["converted"])] for one in found["totals"]["trend"]
    ]
    assert html.count('role="img"') == 3
    assert found["rows"][0]["reached"] > found["rows"][-1]["reached"] > 0


@pytest.mark.parametrize("window", ["30d", "365d"])
def test_who_still_has_time_makes_no_rate_of_a_hundred_percent(place: Place, window: str) -> None:
    html, totals = "", dict[str, Any]()
    for _ in range(20):  # somebody's time may end while one looks: the page stands between two reports that agree
        before, totals = totals, place.ask("funnel", {"steps": SPEC, "window": window})["totals"]
        if before == totals:
            break
        html = panel(place.text(address(window=window)), "funnel")
    entered, converted, pending = (totals[name] for name in ("entered", "converted", "pending"))
    assert 1 < pending <= entered - converted
    low, high = SAID.percent(converted / entered), SAID.percent((converted + pending) / entered)
    assert f"{SAID.number(pending)} still have time: the rate will end between {low} and {high}.</p>" in html
    assert window == "30d" or (high, totals["rate_closed"]) == ("100.0%", 1)  # nobody’s time is up: it says nothing


def test_a_form_with_a_fault_comes_back_with_a_sentence_beside_the_field(place: Place) -> None:
    for fields, sentence, field in (
        ({"window": "8x"}, "Window: expected a duration such as 30m or 7d, not 8x", "window"),
        ({"order": "up"}, "order: expected one of ordered, strict, unordered, not up", "order"),
        ({"step": "b" * 200}, "steps[5].name", "step-5"),
    ):
        html = place.get(address(**fields)).text
        form = unescape(panel(html, "builder"))
        fault = form.partition(f'id="fault-{field}"')[2].partition("</p>")[0]
        assert sentence in fault
        assert f"fault-{field}" in form.partition(sentence)[0]
        assert 'value="/*/cart"' in form
        assert "Correct the form above." in panel(html, "funnel")


def test_without_steps_names_are_offered_and_each_adds_a_step(place: Place) -> None:
    html = place.get("/sites/shop/funnels?range=all&step=/*").text
    assert "<svg" in panel(html, "funnel")
    names = panel(html, "names")
    events = {row["event"]: row["events"] for row in place.ask("events", {})["rows"]}
    assert dict(tables(names)[0]) == {name: SAID.number(n) for name, n in events.items() if name != "page_view"}
    link = next(link for link in re.findall(r'href="([^"]+)"', names) if "step=purchase" in link)
    more = place.get("/sites/shop/funnels" + unescape(link).partition("#")[0]).text
    assert [row[0] for row in tables(panel(more, "funnel"))[0]] == ["1. /*", "2. purchase"]
    assert '<option value="/fr/cart">' in names


def test_samples_say_why_and_not_who(place: Place) -> None:
    html = panel(place.get(address(sample="3")).text, "why")
    listed = {"step": 3, "what": "stopped"}
    units = [row["unit"] for row in place.ask("funnel", {"steps": SPEC, "members": listed})["rows"]]
    assert units
    assert html.count("<b>Person ") == min(5, len(units))
    assert not any(unit in html or unit.removeprefix("anon:") in html for unit in units)


def test_a_saved_funnel_is_opened_as_it_was_saved(place: Place) -> None:
    steps = [{"path": "/*/cart", "label": "basket"}, {"name": "purchase", "where": [["country", "eq", "FR"]]}]
    place.put("/api/sites/shop/funnels/buyers", {"steps": steps, "window": "1d"})
    html = place.get("/sites/shop/funnels?range=all&saved=buyers").text
    assert re.search(r'saved=buyers" aria-current="true"><bdi>buyers</bdi>', html)
    assert "conditions that the form cannot show" in panel(html, "builder")
    rows = place.ask("funnel", {"saved": "buyers"})["rows"]
    assert [row[:2] for row in tables(panel(html, "funnel"))[0]] == [
        [f"{row['step']}. {row['label']}", SAID.number(row["reached"])] for row in rows
    ]
    gone = place.get("/sites/shop/funnels?saved=nothing").text
    assert "there is no saved funnel" in panel(gone, "funnel")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_hostile_names_are_text_in_charts_and_forms(place: Place, language: str) -> None:
    query = f"range=all&step={quote('/' + TRAP)}&step={quote(TRAP)}&breakdown=touch_campaign&sample=1&trend=week"
    html = place.get(f"/sites/trap/funnels?{query}", accept_language=language).text
    assert "<svg" in panel(html, "funnel")
    assert TRAP in unescape(html)
    assert "<img src=x" not in html
    assert "<script>" not in html
