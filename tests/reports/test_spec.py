"""What may be asked, and what is said of what may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from collector.reports.spec import SpecError, duration, filled, moment, question
from tests.cases.store import store

_T0 = 1_772_409_600_000
_HOUR = 3_600_000


@pytest.mark.parametrize(
    ("text", "ms"),
    [("30m", 1_800_000), ("7d", 604_800_000), ("1.5h", 5_400_000), ("2 w", 1_209_600_000), ("soon", None)],
)
def test_durations_are_read_as_people_write_them(text: str, ms: int | None) -> None:
    assert duration(text) == ms


def test_a_time_without_an_offset_is_local_to_the_question() -> None:
    assert moment("2026-03-02", "UTC") == _T0
    assert moment("2026-03-02", "Europe/Paris") == _T0 - _HOUR
    assert moment("2026-03-02T00:00:00+05:30", "UTC") == _T0 - 19_800_000
    assert moment("yesterday", "UTC") is None


def test_durations_carry_their_unit_or_none() -> None:
    asked = question("abandonment", {"idle_ms": 5, "recover": "1h"})
    assert (filled(asked)["idle"], filled(asked)["recover"]) == (5, _HOUR)


@pytest.mark.parametrize(
    ("name", "spec", "field"),
    [
        ("funnell", {}, "report"),
        ("funnel", {}, "spec"),
        ("funnel", {"steps": [{"name": "A"}], "windows": 5}, "windows"),
        ("funnel", {"steps": [{"nam": "A"}]}, "steps[0].nam"),
        ("funnel", {"steps": [{"name": "A"}], "window": "soon"}, "window"),
        ("funnel", {"steps": [{"name": "A"}], "order": "unordered", "window_from": "previous"}, "window_from"),
        ("funnel", {"steps": [{"name": "A"}], "order": "unordered", "count": "totals"}, "count"),
        ("funnel", {"steps": [{"name": "A"}], "anchor_first": True}, "anchor_first"),
        ("funnel", {"steps": [{"name": "A"}], "breakdown": {"field": "device", "attribution": "step:1"}},
         "breakdown.attribution"),
        ("funnel", {"steps": [{"name": "A"}], "compare": {"range": {"from": 5, "to": 4}}}, "compare.range"),
        ("funnel", {"steps": [{"name": "A"}], "event_where": [["props.v", "regex", "("]]}, "event_where[0]"),
        ("funnel", {"steps": [{"name": "A"}], "entry_where": [["path", "eq", "/"], ["path", "regex", "(?=a)"]]},
         "entry_where[1]"),
        ("funnel", {"steps": [{"regex": "a++"}]}, "steps[0].regex"),
        ("funnel", {"steps": [{"regex": "(?>a)"}]}, "steps[0].regex"),
        ("funnel", {"steps": [{"regex": "a\\Z"}]}, "steps[0].regex"),
        ("funnel", {"steps": [{"name": "A", "where": [["props.v", "exists", "no"]]}]}, "steps[0].where[0]"),
        ("overview", {"session_where": [["source", "regex", "["]]}, "session_where[0]"),
        ("overview", {"session_where": [["link", "exists"], ["link", "eq", "x"]]}, "session_where[1]"),
        ("funnel", {"steps": [{"name": "A"}], "session_where": [["link", "in", ["x"]]]}, "session_where[0]"),
        ("attribution", {"conversion_where": [["props.v", "missing", False]]}, "conversion_where[0]"),
        ("attribution", {"model": "markov", "paths": [{"path": []}]}, "paths[0].path"),
        ("attribution", {"model": "shapley", "paths": [{"path": "a > "}]}, "paths[0].path"),
        ("overview", {"tz": "Europe/Pariss"}, "tz"),
        ("overview", {"range": {"from": "yesterday"}}, "from"),
        ("attribution", {"model": "best"}, "model"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_names_its_field(name: str, spec: dict[str, Any], field: str) -> None:
    with pytest.raises(SpecError) as told:
        question(name, spec)
    assert told.value.field == field
    said = str(told.value)  # on the command line there is nothing else
    assert field.rpartition(".")[2] in said
    assert "invalid enum" not in said or "expected" in said


@pytest.mark.parametrize(
    ("name", "spec", "field"),
    [
        ("funnel", {"steps": [{"name": "A", "where": [["shoe", "eq", "x"]]}]}, "steps[0].where"),
        ("funnel", {"steps": [{"name": "A"}], "session_where": [["props.x", "eq", "x"]]}, "session_where"),
        ("funnel", {"steps": [{"name": "A"}], "breakdown": {"field": "user_id"}}, "breakdown.field"),
    ],
)
async def test_a_field_that_is_not_there_is_named(name: str, spec: dict[str, Any], field: str, tmp_path: Path) -> None:
    async with store(tmp_path / "data") as opened:
        site = await opened.site("shop")
        with pytest.raises(SpecError) as told:
            opened.ask(site, name, spec, _T0)
    assert told.value.field == field


async def test_every_report_answers_about_a_site_without_events(tmp_path: Path) -> None:
    async with store(tmp_path / "data") as opened:
        site = await opened.site("shop")
        for name in ("overview", "sessions", "pages", "campaigns", "channels", "persons", "attribution", "journeys",
                     "realtime", "quality", "abandonment"):  # fmt: skip
            answer = opened.ask(site, name, {}, _T0)
            assert answer["data"] == {"events": 0, "from": None, "to": None, "consented": 0, "through_seq": 0}
        for kind in ("checkout", "form", "page"):
            spec = {"type": kind, "steps": [{"path": "/cart"}], "form": "signup"}
            assert opened.ask(site, "abandonment", spec, _T0)["totals"].get("rate_net") is None


async def test_frozen_persons_follow_only_links_known_at_the_end_of_the_range(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "t": _T0, "name": "page_view", "visitor": "d", "received": _T0},
        {"id": "b", "t": _T0 + 5, "name": "login", "visitor": "d", "user": "U1", "received": _T0 + 24 * _HOUR},
    ]
    async with store(tmp_path / "data") as opened:
        site = await opened.site("shop")
        await opened.take(site, rows)
        spec = {"range": {"from": _T0, "to": _T0 + _HOUR}, "events": True}
        known = opened.ask(site, "persons", spec, _T0 + 30 * _HOUR)["rows"]
        frozen = opened.ask(site, "persons", spec | {"frozen": True}, _T0 + 30 * _HOUR)["rows"]
    assert [row["ids"] for row in known] == [["a", "b"]]
    assert "anon:d" in [row["person"] for row in frozen]


async def test_journeys_count_repeated_pages_once_and_say_who_went_no_further(tmp_path: Path) -> None:
    pages = {"v1": "/ /a /a /b", "v2": "/ /a", "v3": "/ /a /b /c"}
    rows = [
        {"id": f"{visitor}{n}", "t": _T0 + n, "name": "page_view", "visitor": visitor, "path": path}
        for visitor, paths in pages.items()
        for n, path in enumerate(paths.split())
    ]
    rows.append({"id": "x", "t": _T0 + 9, "name": "purchase", "visitor": "v1"})
    async with store(tmp_path / "data") as opened:
        site = await opened.site("shop")
        await opened.take(site, rows)
        found = opened.ask(site, "journeys", {"length": 3}, _T0 + _HOUR)["rows"]
        after = opened.ask(site, "journeys", {"length": 2, "through": "/b"}, _T0 + _HOUR)["rows"]
        before = opened.ask(site, "journeys", {"length": 2, "through": "/b", "direction": "before"}, _T0 + _HOUR)[
            "rows"
        ]
        bought = opened.ask(site, "journeys", {"length": 9, "event": "purchase", "direction": "before"}, _T0 + _HOUR)
        with pytest.raises(SpecError, match="through \\(a page\\) or event"):
            opened.ask(site, "journeys", {"direction": "before"}, _T0)
        pages = opened.ask(site, "pages", {}, _T0 + _HOUR)["rows"]
    told = [(row["journey"], row["sessions"], row["ended"], row["converted"]) for row in found]
    assert told == [("/ > /a > /b", 2, 1, 1), ("/ > /a", 1, 1, 0)]
    assert [row["journey"] for row in after] == ["/b", "/b > /c"]
    assert [(row["journey"], row["sessions"], row["ended"]) for row in before] == [("/a > /b", 2, 0)]
    assert [(row["journey"], row["sessions"]) for row in bought["rows"]] == [("/ > /a > /b", 1)]
    assert {row["path"]: (row["avg_time_ms"], row["timed"]) for row in pages} == {
        "/": (1, 3), "/a": (1, 3), "/b": (1, 1), "/c": (None, 0)}  # fmt: skip
