"""Journeys and attribution: the tables are the reports', the picture adds up, a fault is said beside its field."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.pages.journeys import picture, ways
from collector.pages.words import words
from tests.pages.place import TRAP, Place
from tests.pages.test_funnels import panel, tables

SAID = words("en")
MODELS = ("first", "last_non_direct", "linear", "position")


@pytest.mark.parametrize(
    ("query", "spec"),
    [
        ("", {"length": 4}),
        ("&through=/*/cart&direction=before&length=3", {"through": "/*/cart", "direction": "before", "length": 3}),
        ("&event=add_to_cart", {"event": "add_to_cart", "length": 4}),
    ],
)
def test_journeys_are_those_of_the_report(place: Place, query: str, spec: dict[str, Any]) -> None:
    html = panel(place.get(f"/sites/shop/journeys?range=all{query}").text, "journeys")
    found = place.ask("journeys", {"limit": 1000, **spec})
    assert [row[:2] for row in tables(html)[0]] == [
        [row["journey"], SAID.number(row["sessions"])] for row in found["rows"][:15]
    ]
    assert [row[3] for row in tables(html)[0]] == [SAID.number(row["ended"]) for row in found["rows"][:15]]
    assert f"{SAID.number(found['totals']['sessions'])} sessions;" in html
    drawn = re.search(r"<svg.*</svg>", html, re.DOTALL)
    assert drawn
    ElementTree.fromstring(drawn[0].partition("</figure>")[0])


pages = st.lists(st.sampled_from([f"/{name}" for name in "abcdefghij"]), min_size=1, max_size=4)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(pages, st.integers(1, 50), st.integers(0, 50)), min_size=1, max_size=20), st.booleans())
def test_all_who_came_to_a_page_went_on_or_are_hatched(told: list[tuple[list[str], int, int]], before: bool) -> None:
    rows = [
        {"journey": " > ".join(listed), "sessions": n, "ended": n if len(listed) < 4 else min(ended, n)}
        for listed, n, ended in told
    ]
    found = ways(rows, 4, before)
    assert sum(way.sessions for way in found) == sum(n for _, n, _ in told)
    drawn = picture(SAID, found, before)
    assert drawn is not None
    svg = "{http://www.w3.org/2000/svg}"
    root = ElementTree.fromstring(drawn)
    nodes = [float(one.attrib["height"]) for one in root.iter(svg + "rect")]
    largest = max(sum(way.sessions for way in found if any(at == place for at, _ in way.pages)) for place in range(4))
    scale = 300 / largest
    came = sum(way.sessions * len(way.pages) for way in found)
    assert abs(sum(nodes) - came * scale) < 1 + len(nodes)  # a node is at least a pixel high


def named(name: str) -> str:
    """A source and its medium, or a path of them, as pages say them."""
    parts = ["(direct) / (none)" if part == "direct" else part for part in name.split(" > ")]
    return " > ".join(SAID.named(part) for part in parts)


def channel(name: str) -> str:
    return name.replace("direct", "Direct")


def test_every_model_gives_each_channel_what_the_report_gives_it(place: Place) -> None:
    html = panel(place.get("/sites/shop/attribution?range=all&currency=EUR").text, "models")
    credit, worth = tables(html)
    for n, model in enumerate(MODELS):
        spec = {"model": model, "currency": "EUR", "by": "source_medium"}
        totals = place.ask("attribution", spec)["totals"]
        assert {row[0]: row[n + 1] for row in credit if row[n + 1] != "0.0"} == {
            named(name): SAID.tenths(value) for name, value in totals["credit"].items() if round(value, 1)
        }
        assert {row[0]: row[n + 1] for row in worth if row[n + 1] != "€0.00"} == {
            named(name): SAID.money(f"{value:.2f}", "EUR") for name, value in totals["value"].items() if round(value, 2)
        }
    assert totals["conversions"] > 0
    assert html.count('class="bar"') <= 4 * 8


@pytest.mark.parametrize(
    ("language", "per", "head", "captions"),
    [
        ("en", "source", "Source / medium",
         ("Conversions by source / medium and model", "Value by source / medium and model")),
        ("fr", "source", "Source / support",
         ("Conversions par source / support et modèle", "Valeur par source / support et modèle")),
        ("en", "channel", "Channel", ("Conversions by channel and model", "Value by channel and model")),
        ("fr", "channel", "Canal", ("Conversions par canal et modèle", "Valeur par canal et modèle")),
    ],
)  # fmt: skip
def test_what_conversions_are_owed_to_bears_the_name_that_it_has_on_other_pages(
    place: Place, language: str, per: str, head: str, captions: tuple[str, str]
) -> None:
    query = f"range=all&per={per}&currency=EUR"
    html = place.get(f"/sites/shop/attribution?{query}", accept_language=language).text
    models = panel(html, "models")
    assert re.findall(r"<caption>(.*?)</caption>", models) == list(captions)
    assert captions[0] in models.partition("</svg>")[0], "and so is the picture"
    for name, first in (("models", head), ("assists", head), ("paths", words(language)("Path"))):  # type: ignore[arg-type]
        assert re.search(rf'<th scope="col"[^>]*>{first}<', panel(html, name)), name
    other = tables(panel(place.get("/sites/shop/campaigns?range=all", accept_language=language).text,
                         "campaigns" if per == "source" else "channels"))[0]  # fmt: skip
    known = {" / ".join(row[:2]) if per == "source" else row[0] for row in other}
    owed = {row[0] for name in ("models", "assists") for table in tables(panel(html, name)) for row in table}
    owed |= {one for row in tables(panel(html, "paths"))[0] for one in row[0].split(" > ")}
    assert len(owed) > 5
    assert owed <= known


def test_rows_that_rest_on_few_are_counted_as_they_are_shown(place: Place) -> None:
    for query in ("range=all&length=2", "range=all&length=6"):
        html = panel(place.get(f"/sites/shop/journeys?{query}").text, "journeys")
        (rows,) = tables(html)
        few = sum(int(row[1].replace(",", "")) < 30 for row in rows)
        told = re.findall(r"fewer than 30 sessions: ([\d,]+) of ([\d,]+)", html)
        assert told == ([(str(few), str(len(rows)))] if few else []), query


def test_assists_and_paths_are_those_of_the_report(place: Place) -> None:
    html = place.get("/sites/shop/attribution?range=all&per=channel&model=linear&lookback=30d").text
    spec = {"by": "channel", "lookback": "30d"}
    rows = place.ask("attribution", spec)["rows"]
    assert {row[0]: row[2:] for row in tables(panel(html, "assists"))[0]} == {
        row["channel"].replace("direct", "Direct"): [
            SAID.number(row[name], 2) for name in ("assisted", "last", "assist_ratio")
        ]
        for row in rows
    }
    assert all(row["assist_ratio"] == pytest.approx(row["assisted"] / row["last"]) for row in rows if row["last"])
    paths = place.ask("attribution", {**spec, "rows": "paths", "limit": 15})["rows"]
    assert [row[:2] for row in tables(panel(html, "paths"))[0]] == [
        [channel(row["path"]), SAID.number(row["conversions"], 2)] for row in paths
    ]


@pytest.mark.parametrize(
    ("page", "query", "field", "sentence"),
    [
        ("journeys", "direction=before", "direction", "expected through (a page) or event beside before"),
        ("journeys", "length=99", "length", "length"),
        ("journeys", "through=/a&event=b", "event", "expected either through (a page) or event, not both"),
        ("attribution", "lookback=9x", "lookback", "expected a duration such as 30m or 7d"),
        ("attribution", "model=best", "model", "expected one of first, last"),
        ("attribution", "per=moon", "per", "by"),
    ],
)
def test_a_fault_stands_beside_its_field(place: Place, page: str, query: str, field: str, sentence: str) -> None:
    html = place.get(f"/sites/shop/{page}?range=all&{query}").text
    form = unescape(html)
    assert sentence in form.partition(f'id="fault-{field}"')[2].partition("</p>")[0]
    assert html.count("Correct the form above.") >= 1
    assert html.count('class="error"') == 1


@pytest.mark.parametrize("page", ["journeys", "attribution"])
def test_hostile_pages_and_channels_are_text_in_the_pictures(place: Place, page: str) -> None:
    html = place.get(f"/sites/trap/{page}?range=all&conversion={quote(TRAP)}").text
    assert "<img src=x" not in html
    assert "<script>" not in html
    assert "<svg" in html
    assert 'class="error"' not in html
