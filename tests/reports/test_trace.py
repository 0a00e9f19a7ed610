"""One person's way through a funnel: as deep as the funnel counts it, and stopped by the rule that stopped it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.reports.marks import Mark
from collector.reports.questions import Funnel
from collector.reports.spec import SpecError, question
from collector.reports.tally import Seen, Tally
from collector.reports.trace import Found, trace
from tests.cases.store import store

_T0 = 1_772_409_600_000
_MINUTE = 60_000
_STEPS = [{"name": name} for name in "ABC"]
_SPECS: list[dict[str, Any]] = [
    {"window": 4},
    {"window": 4, "entry": "first"},
    {"window": 3, "window_from": "previous"},
    {"window": None, "exclusions": [{"match": {"name": "X"}}]},
    {"window": 9, "exclusions": [{"match": {"name": "X"}, "from": 1, "to": 2}], "exclusion_mode": "drop"},
    {"window": 6, "order": "strict"},
    {"window": 5, "order": "unordered"},
    {"window": 6, "hold": ["props.o"]},
    {"window": 6, "scope": "same_session", "ties": "strict"},
    {"window": 4, "count": "totals"},
]
_EVENTS = st.lists(
    st.tuples(
        st.integers(0, 12), st.integers(0, 7), st.booleans(), st.booleans(), st.sampled_from("ab"),
        st.sampled_from("12"), st.sampled_from([True, True, False]),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(_EVENTS, st.sampled_from(_SPECS))
def test_a_trace_is_as_deep_as_the_funnel_counts_the_unit(drawn: list[tuple[Any, ...]], spec: dict[str, Any]) -> None:
    asked = question("funnel", {"steps": _STEPS, **spec})
    assert isinstance(asked, Funnel)
    found = [
        Found(Mark(t, mask, entry, int(barred) if asked.exclusions else 0), part, hold, kept, f"e{n}", "", None)
        for n, (t, mask, entry, barred, part, hold, kept) in enumerate(sorted(drawn, key=lambda one: one[0]))
    ]
    found = [one._replace(mark=one.mark._replace(entry=True)) for one in found]  # no entry_where
    tally = Tally(asked, now=9)
    kept = [one for one in found if one.kept]
    parts = sorted({one.part for one in kept}) if asked.scope != "person" else [""]
    tally.add("u", [[Seen(o.mark, None, o.hold) for o in kept if part in ("", o.part)] for part in parts])
    depth = max(tally.depths, default=0)
    way = trace(asked, found, now=9)
    assert len(way.filled) == depth
    assert all(one.mark.mask >> step & 1 for step, one in way.filled.items())
    assert (way.stop is None) == (depth == 3)


def _event(who: str, minute: int, name: str, **more: Any) -> dict[str, Any]:
    return {"id": f"{who}-{minute}-{name}", "visitor": who, "t": _T0 + minute * _MINUTE, "name": name, **more}


STORIES: dict[str, tuple[str, dict[str, Any]]] = {
    "window": ("0 A; 5 B; 90 C", {}),
    "order": ("0 A; 5 C; 9 B", {}),
    "exclusion": ("0 A; 5 B; 6 X; 9 C", {"exclusions": [{"match": {"name": "X"}}]}),
    "neighbours": ("0 A; 5 B; 6 X; 9 C", {"order": "strict"}),
    "ties": ("0 A; 5 B; 5 C", {"ties": "strict"}),
    "entry": ("0 A; 50 A; 55 B; 70 C", {"entry": "first"}),
    "session": ("0 A; 5 B; 50 C", {"scope": "same_session"}),
    "condition": ("0 A; 5 B; 9 C", {"entry_where": [["props.plan", "eq", "pro"]]}),
    "range": ("0 A; 5 B; 9 C", {"range": {"from": _T0 + 3 * _MINUTE}}),
    "filter": ("0 A; 5 B; 9 C", {"event_where": [["path", "exists"]]}),
    "hold": ("0 A; 5 B; 9 C", {"hold": ["props.o"]}),
    "pending": ("0 A; 5 B", {"now": _T0 + 10 * _MINUTE}),
    "never": ("0 A; 5 B", {}),
    "several": ("0 C; 90 A; 95 B", {"window": "30m"}),
    "": ("0 A; 5 B; 9 C", {}),
}


async def test_the_reason_is_the_rule_without_which_the_person_gets_further(tmp_path: Path) -> None:
    async with store(tmp_path / "data", rows=1000) as opened:
        site = await opened.site("shop")
        rows = [
            _event(code or "done", int(minute), name)
            for code, (story, _) in STORIES.items()
            for minute, name in (one.split() for one in story.split("; "))
        ]
        await opened.take_at_once(site, rows)
        for code, (_, changes) in STORIES.items():
            spec = {"steps": _STEPS, "window": "1h", "explain": {"visitor": code or "done"}, **changes}
            found = opened.ask(site, "funnel", spec, _T0 + 10_000 * _MINUTE)
            assert (found["totals"]["stop"] or {"code": ""})["code"] == code, found
            depth = len([row for row in found["rows"] if row["reached"]])
            assert found["totals"]["depth"] == depth
            units = opened.ask(site, "funnel", {**spec, "explain": None, "units": True}, _T0 + 10_000 * _MINUTE)
            assert units["totals"]["units"].get(f"anon:{code or 'done'}", 0) == depth


async def test_a_trace_shows_the_events_and_those_that_nearly_did(tmp_path: Path) -> None:
    async with store(tmp_path / "data", rows=1000) as opened:
        site = await opened.site("shop")
        login = _event("v", 5, "B", user="c-1")
        await opened.take_at_once(site, [_event("v", 0, "A"), login, _event("v", 90, "C")])
        spec: dict[str, Any] = {"steps": _STEPS, "window": "1h", "explain": {"user": "c-1"}}
        found = opened.ask(site, "funnel", spec, _T0 + 10_000 * _MINUTE)
        assert [(row["event"], row["gap_ms"]) for row in found["rows"]] == [
            ("v-0-A", None), ("v-5-B", 5 * _MINUTE), (None, None)]  # fmt: skip
        assert found["rows"][2]["near"] == [{"event": "v-90-C", "at": _T0 + 90 * _MINUTE, "after_ms": 85 * _MINUTE}]
        assert found["notes"] == ["step 3 (C) was not reached: the window was over"]
        assert found["totals"]["stop"]["without"] == {"window": 3}
        unit = {**spec, "explain": {"unit": found["totals"]["unit"]}}
        assert opened.ask(site, "funnel", unit, _T0 + 10_000 * _MINUTE)["rows"] == found["rows"]
        for who, field in (({"visitor": "x"}, "explain.visitor"), ({"unit": "x"}, "explain.unit"), ({}, "explain")):
            with pytest.raises(SpecError) as told:
                opened.ask(site, "funnel", {**spec, "explain": who}, _T0)
            assert told.value.field == field


async def test_the_units_of_a_step_are_a_list_to_export(tmp_path: Path) -> None:
    async with store(tmp_path / "data", rows=1000) as opened:
        site = await opened.site("shop")
        ways = {"v1": "ABC", "v2": "AB", "v3": "A", "v4": "X"}
        rows = [_event(who, minute, name) for who, names in ways.items() for minute, name in enumerate(names)]
        await opened.take_at_once(site, rows)
        for chosen, expected in (
            ({"step": 2}, [("anon:v1", 3), ("anon:v2", 2)]),
            ({"step": 2, "what": "stopped"}, [("anon:v2", 2)]),
            ({"step": 3, "what": "stopped"}, [("anon:v1", 3)]),
        ):
            found = opened.ask(site, "funnel", {"steps": _STEPS, "members": chosen}, _T0 + 10_000 * _MINUTE)
            assert [(row["unit"], row["depth"]) for row in found["rows"]] == expected
            assert found["totals"]["counts"] == [3, 2, 1]
        with pytest.raises(SpecError, match="a step from 1 to 3"):
            opened.ask(site, "funnel", {"steps": _STEPS, "members": {"step": 4}}, _T0)


async def test_a_session_has_one_name_however_it_is_stored_and_is_found_by_it(tmp_path: Path) -> None:
    rows = [{"id": f"e{n}", "visitor": f"v{n * 7 % 11}", "t": _T0 + n * 1000, "name": "AB"[n % 2]} for n in range(40)]
    rows += [{"id": f"late{n}", "visitor": f"v{n}", "t": _T0 + 90 * _MINUTE, "name": "A"} for n in range(3)]
    spec = {"steps": _STEPS[:2], "scope": "session"}
    now = _T0 + 10_000 * _MINUTE
    async with store(tmp_path / "data", rows=10, compacted=40) as opened:
        site = await opened.site("shop")
        await opened.take_at_once(site, rows)
        started = {row["session"] for row in opened.ask(site, "sessions", {"limit": 100}, now)["rows"]}
        told = []
        for _ in range(3):
            depth = opened.ask(site, "funnel", {**spec, "units": True}, now)["totals"]["units"]
            ways = [opened.ask(site, "funnel", {**spec, "explain": {"unit": one}}, now) for one in ("e0", "late2")]
            told.append((depth, [(way["totals"], [row["event"] for row in way["rows"]]) for way in ways]))
            assert set(depth) == started
            assert [depth["e0"], depth["late2"]] == [way["totals"]["depth"] for way in ways] == [2, 1]
            await opened.seal()
            if len(told) == 2:
                assert await opened.compact()
        assert told[0] == told[1] == told[2]


@pytest.mark.parametrize("scope", ["session", "same_session"])
async def test_passive_events_of_no_session_are_in_no_funnel_of_sessions(tmp_path: Path, scope: str) -> None:
    rows = [_event(who, 0, "B") for who in ("v1", "v2")] + [_event("v3", 0, "A"), _event("v3", 1, "B")]
    spec: dict[str, Any] = {"steps": [{"name": "B"}, {"name": "A"}], "scope": scope, "session": {"passive": ["B"]}}
    async with store(tmp_path / "data", rows=1000) as opened:
        site = await opened.site("shop")
        await opened.take_at_once(site, rows)
        for units in (False, True):
            found = opened.ask(site, "funnel", spec | {"units": units}, _T0 + 10_000 * _MINUTE)["totals"]
            assert found["counts"] == [1, 0]
            assert list(found.get("units", {})) == (["v3-0-A" if scope == "session" else "anon:v3"] if units else [])
        alone = {**spec, "explain": {"visitor": "v1"}}
        assert opened.ask(site, "funnel", alone, _T0 + 10_000 * _MINUTE)["totals"]["depth"] == 0
