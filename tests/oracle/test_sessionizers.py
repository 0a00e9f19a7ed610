"""The tables' own test: each wrong way to cut sessions, and to ask about them, fails a case, and the right one none.

`Way` is one plain sessionizer with a switch for each fault that programs in use have; it reads a case as it stands, so
what it is held against is what the tables expect and not what the product says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from collector.reports.experiments import two_prop
from tests.cases.comparing import difference
from tests.cases.spelling import spelt

_KNOWN = {"timeout_ms", "passive", "max_ms", "split_at_midnight", "tz_offset_min", "split_on_utm", "boundary"}
_DAY = 86_400_000
_AHEAD = 300_000  # ms that a clock may lie before the receipt
Hit = dict[str, Any]


class Way(NamedTuple):
    """How to cut; every switch at its default is right."""

    since_start: bool = False  # the timeout counts from the session's start
    arrival: bool = False  # a machine that goes on with the last session, in the order of arrival
    ties_by_row: bool = False  # equal times stay as the rows lie
    utc_days: bool = False  # days end at midnight in Greenwich
    every_day: bool = False  # the date is part of the session's key
    heartbeats: bool = False  # passive events are events
    spelling: bool = False  # campaigns are compared letter by letter
    null_equal: bool = False  # no campaign compared with one is neither equal nor unequal
    client_clock: bool = False  # the client's clock is the time
    receipt: bool = False  # the receipt is the time
    by_person: bool = False  # the person's events are cut, whatever device they came from

    def sessions(self, events: list[Hit], spec: dict[str, Any]) -> list[dict[str, Any]]:
        """The sessions of a case, as it expects them."""
        once = {event["id"]: self._read(event) for event in reversed(events)}
        hits = [once[key] for key in reversed(once)]
        if not self.arrival:
            hits.sort(key=lambda hit: (hit["t"], "" if self.ties_by_row else hit["id"]))
        key = "person" if self.by_person else "visitor"
        runs = [run for who in sorted({hit[key] for hit in hits}) for run in self._runs(hits, key, who, spec)]
        return [self._told(run, spec) for run in sorted(runs, key=lambda run: (run[0]["t"], run[0]["visitor"]))]

    def _read(self, event: Hit) -> Hit:
        received = event.get("recv", event.get("ts"))
        t = event.get("ts", received)
        if "client_ts" in event and "sent" in event:
            t = received - (event["sent"] - event["client_ts"])
            t = received if t > received + _AHEAD else t
        t = event.get("client_ts", t) if self.client_clock else received if self.receipt else t
        visitor = event.get("visitor", event.get("person"))
        return event | {"t": t, "visitor": visitor, "person": event.get("user_id", visitor)}

    def _runs(self, hits: list[Hit], key: str, who: str, spec: dict[str, Any]) -> Iterator[list[Hit]]:
        run: list[Hit] = []
        for hit in hits:
            if hit[key] != who:
                continue
            active = self._active(hit, spec)
            if not run or self._cuts(run, hit, active, spec):
                if run and self._active(run[0], spec):
                    yield run
                run = []
            run.append(hit)
        if run and self._active(run[0], spec):
            yield run

    def _active(self, hit: Hit, spec: dict[str, Any]) -> bool:
        return self.heartbeats or hit["name"] not in spec.get("passive", [])

    def _cuts(self, run: list[Hit], hit: Hit, active: bool, spec: dict[str, Any]) -> bool:
        if not self._active(run[0], spec):
            return True
        gap = hit["t"] - (run[0] if self.since_start else run[-1])["t"]
        late = gap >= spec.get("timeout_ms", 1_800_000) + (spec.get("boundary") == "gt")
        long = hit["t"] - run[0]["t"] >= spec.get("max_ms", _DAY)
        days = self.every_day or spec.get("split_at_midnight", False)
        return late or long or (days and self._day(hit, spec) != self._day(run[-1], spec)) or (
            active and spec.get("split_on_utm", True) and self._campaign_changes(run, hit)
        )  # fmt: skip

    def _day(self, hit: Hit, spec: dict[str, Any]) -> int:
        return int((hit["t"] + (0 if self.utc_days else spec.get("tz_offset_min", 0) * 60_000)) // _DAY)

    def _campaign_changes(self, run: list[Hit], hit: Hit) -> bool:
        before, after = self._tag(run[0]), self._tag(hit)
        if self.null_equal and before is None:
            return False
        return after is not None and after != before

    def _tag(self, hit: Hit) -> str | None:
        said = [(hit.get("utm") or {}).get(name) or "" for name in ("source", "medium", "campaign")]
        folded = "\x1f".join(said if self.spelling else [one.strip().lower() for one in said])
        return folded if folded.strip("\x1f ") else None

    def _told(self, run: list[Hit], spec: dict[str, Any]) -> dict[str, Any]:
        views = [hit for hit in run if hit["name"] == "pageview"]
        tags = run[:1] if spec.get("split_on_utm", True) else run
        sources = [(hit.get("utm") or {}).get("source") for hit in tags]
        return {
            "visitor": run[0]["visitor"], "start": run[0]["t"], "end": max(hit["t"] for hit in run),
            "pageviews": len(views), "entry": views[0].get("path") if views else None,
            "exit": views[-1].get("path") if views else None,
            "utm": next((source.strip().lower() for source in sources if source), None),
            "bounce_classic": sum(self._active(hit, spec) for hit in run) == 1,
        }  # fmt: skip


def _cases(kind: str) -> list[dict[str, Any]]:
    tables = sorted(Path(__file__).parents[1].joinpath("cases").glob("*.json"))
    return [spelt(case) for table in tables for case in json.loads(table.read_bytes()) if case["kind"] == kind]


def _failed(way: Way) -> list[str]:
    """The cases that a way fails, in either order of arrival; asked are those of the rules that it knows."""
    failed = []
    for case in _cases("sessions"):
        if not set(case["spec"]) <= _KNOWN or "now" in case or "sessions" not in case["expected"]:
            continue
        wanted = [{key: value for key, value in one.items() if key in _TOLD} for one in case["expected"]["sessions"]]
        orders = (case["events"], case["events"][::-1])
        if any(difference(wanted, way.sessions(events, case["spec"])) for events in orders):
            failed.append(case["id"])
    return failed


_TOLD = {"visitor", "start", "end", "pageviews", "entry", "exit", "utm", "bounce_classic"}


def test_the_right_way_fails_no_case() -> None:
    assert _failed(Way()) == []


@pytest.mark.parametrize("fault", Way._fields)
def test_a_wrong_way_to_cut_sessions_fails_a_case(fault: str) -> None:
    assert _failed(Way(**{fault: True}))


def _case(name: str) -> dict[str, Any]:
    return next(case for case in _cases("funnel") if case["id"] == name)


def _counts(names: list[list[str]], steps: list[str]) -> list[int]:
    """How many lists of events in order begin with the steps, one after another."""
    reached = [0] * len(steps)
    for line in names:
        at = 0
        for level, step in enumerate(steps):
            if step not in line[at:]:
                break
            at = line.index(step, at) + 1
            reached[level] += 1
    return reached


def test_a_campaign_filter_on_events_loses_the_steps_behind_the_landing() -> None:
    case = _case("own-funnel-session-where")
    tagged = [event["name"] for event in case["events"] if "utm" in event]
    assert _counts([tagged], ["A", "B"]) != case["expected"]["counts"]
    assert _counts([["A", "B"]], ["A", "B"]) == case["expected"]["counts"]


@pytest.mark.parametrize("fixed", [True, False])
def test_sessions_fixed_on_arrival_lose_a_chain_that_a_late_event_joins(fixed: bool) -> None:
    case = _case("own-funnel-scope-late-bridge")
    runs = Way(arrival=fixed).sessions(case["events"], {})
    units = [
        [
            event["name"]
            for event in sorted(case["events"], key=lambda one: one["ts"])
            if run["start"] <= event["ts"] <= run["end"]
        ]
        for run in runs
    ]
    assert (_counts(units, ["A", "B"]) == case["expected"]["counts"]) is not fixed


def test_a_segment_held_against_a_total_that_contains_it_looks_less_different() -> None:
    """100 of 1,000 against the other 130 of 1,000 is a finding; against 230 of 2,000, themselves among them, none."""
    assert (
        (two_prop(130, 1_000, 100, 1_000)["p_value"] or 1) < 0.05 < (two_prop(230, 2_000, 100, 1_000)["p_value"] or 0)
    )
