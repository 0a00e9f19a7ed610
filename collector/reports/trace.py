"""One unit's way through a funnel, and why it ended where it did.

The reason is found by asking again without one rule at a time: the rule without which the unit gets further is what
stopped it. So the reason is as exact as the funnel itself; where only several rules together explain it, that is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from collector.reports.assignment import assigned
from collector.reports.chains import Attempt, Mark, attempt, attempts
from collector.reports.funnel import label
from collector.reports.marks import NOTHING
from collector.reports.questions import Funnel
from collector.reports.tally import rule_of

_NEAR: Final = 5  # events of the missing step that are shown
_RULES: Final = {
    "exclusion": "an excluded event came between",
    "window": "the window was over",
    "order": "the steps came in another order",
    "neighbours": "other events came between neighbouring steps",
    "ties": "the steps fell into one moment",
    "entry": "only the first entry counts",
    "hold": "the held values differ or are missing",
    "session": "the next step came in another session",
    "condition": "the entry does not meet entry_where",
    "range": "the events lie outside the range",
    "filter": "the events are filtered out",
}


class Found(NamedTuple):
    """One event of the unit that fits a step or an exclusion: what the kernel sees of it (`mark.entry` is what
    `entry_where` says), its session, the held values, whether the filters leave it, and how to find it again."""

    mark: Mark
    part: str
    hold: str | None
    kept: bool
    id: str
    name: str
    path: str | None


class Stop(NamedTuple):
    """Why a unit came no further. `without`: rule → how deep the unit gets without it, for each that helps."""

    code: str
    says: str
    without: dict[str, int]


class Trace(NamedTuple):
    """Step (from 0) → the event that fills it, why no further (None: converted), and until when the unit is still
    pending (ms UTC)."""

    filled: dict[int, Found]
    stop: Stop | None
    pending_until: int | None


def trace(asked: Funnel, found: Sequence[Found], now: int) -> Trace:
    """Follow one unit. `found` are its events in order of time, those outside the range included."""
    one, chain = _best(asked, found)
    last = len(asked.steps)
    alive = None
    if one.depth < last and asked.window is not None and one.alive is not None and one.alive + asked.window > now:
        alive = one.alive + asked.window
    filled = _filled(asked, chain)
    missing = next((n for n in range(last) if n not in filled), None)
    return Trace(filled, None if missing is None else _stop(asked, found, one.depth, missing, alive), alive)


def rows(asked: Funnel, way: Trace, found: Sequence[Found]) -> list[dict[str, Any]]:
    """One row per step: the event that fills it; where it is missing, `near` are events that fit it and did not."""
    listed = []
    last: Found | None = None
    for n, step in enumerate(asked.steps):
        event = way.filled.get(n)
        due = event is None and (n == len(way.filled) or asked.order == "unordered")
        listed.append({
            "step": n + 1,
            "label": label(step, n),
            "reached": event is not None,
            "at": event.mark.t if event else None,
            "event": event.id if event else None,
            "gap_ms": event.mark.t - last.mark.t if event and last and asked.order != "unordered" else None,
            "near": _near(found, n, way.filled, last) if due else [],
        })  # fmt: skip
        last = event or last
    return listed


def _filled(asked: Funnel, chain: Sequence[Found]) -> dict[int, Found]:
    """Which step each event of the chain fills."""
    if asked.order != "unordered":
        return dict(enumerate(chain))
    # the first event fills one of its steps, the others are matched to the rest: as many steps as there are events
    found = assigned([one.mark for one in chain], range(len(asked.steps)), begin=None)
    return {step: chain[n] for step, n in sorted(found.items())}


def _near(found: Sequence[Found], step: int, filled: Mapping[int, Found], last: Found | None) -> list[dict[str, Any]]:
    """Events that fit the missing step, the nearest to the last one first."""
    since = last.mark.t if last else None
    fitting = [one for one in found if one.mark.mask >> step & 1 and one not in filled.values()]
    fitting.sort(key=lambda one: (abs(one.mark.t - (since or 0)), one.mark.t))
    return [
        {"event": one.id, "at": one.mark.t, "after_ms": None if since is None else one.mark.t - since}
        for one in fitting[:_NEAR]
    ]


def _stop(asked: Funnel, found: Sequence[Found], depth: int, missing: int, alive: int | None) -> Stop:
    without = {
        rule: deeper
        for rule, other, events in _relaxed(asked, found, missing)
        if (deeper := _best(other, events)[0].depth) > depth
    }
    step = f"step {missing + 1} ({label(asked.steps[missing], missing)})"
    if without:
        code = next(iter(without))
        return Stop(code, f"{step} was not reached: {_RULES[code]}", without)
    if alive is not None:
        return Stop("pending", f"{step} has not come yet: the window is still open", {})
    if any(one.mark.mask >> missing & 1 and one not in _best(asked, found)[1] for one in found):
        return Stop("several", f"{step} was not reached: several rules stand in the way", {})
    return Stop("never", f"{step} never came", {})


def _relaxed(asked: Funnel, found: Sequence[Found], missing: int) -> Iterator[tuple[str, Funnel, Sequence[Found]]]:
    """The question, or its events, without one rule at a time. In any order only the steps up to the missing one are
    asked for: those behind it say nothing of its order."""
    change = msgspec.structs.replace
    whole = change(asked.range, start=None, stop=None, end="entry")
    looser: list[tuple[str, bool, dict[str, Any]]] = [
        ("exclusion", bool(asked.exclusions), {"exclusions": ()}),
        ("entry", asked.entry == "first", {"entry": "best"}),
        ("window", asked.window is not None, {"window": None}),
        ("neighbours", asked.order == "strict", {"order": "ordered"}),
        ("ties", asked.ties != "any", {"ties": "any"}),
        ("hold", bool(asked.hold), {"hold": ()}),
        ("session", asked.scope != "person", {"scope": "person"}),
        ("condition", bool(asked.entry_where), {"entry_where": ()}),
        ("order", asked.order == "ordered", {"order": "unordered", "window_from": "first", "exclusions": (),
                                             "count": "unique", "steps": asked.steps[: missing + 1]}),
        ("range", (asked.range.start, asked.range.stop) != (None, None), {"range": whole}),
    ]  # fmt: skip
    for rule, there, changes in looser:
        if there:
            yield rule, change(asked, **changes), found
    if not all(one.kept for one in found):
        yield "filter", asked, [one._replace(kept=True) for one in found]


def _best(asked: Funnel, found: Sequence[Found]) -> tuple[Attempt, list[Found]]:
    """The attempt that counts, and its events."""
    rule, best = rule_of(asked), (NOTHING, list[Found]())
    for events in _units(asked, [one for one in _clipped(asked, found) if one.kept]):
        marks = [one.mark for one in events]
        for one in attempts(marks, rule) if asked.count == "totals" else [attempt(marks, rule)]:
            chain = [events[n] for n in one.chain]
            if _rank(one, chain) > _rank(*best):
                best = (one, chain)
    return best


def _rank(one: Attempt, chain: Sequence[Found]) -> tuple[int, int, int]:
    return (one.depth, -chain[-1].mark.t, chain[0].mark.t) if chain else (0, 0, 0)


def _units(asked: Funnel, found: Sequence[Found]) -> Iterator[list[Found]]:
    """The events of each session, if sessions are judged, and of each set of held values."""
    parts = sorted({one.part for one in found}) if asked.scope != "person" else [None]
    for part in parts:
        inside = [one for one in found if part is None or one.part == part]
        values = sorted({one.hold for one in inside if one.mark.mask and one.hold is not None})
        for value in values if asked.hold else [None]:
            yield [
                one if value is None or one.hold == value else one._replace(mark=one.mark._replace(mask=0))
                for one in inside
            ]


def _clipped(asked: Funnel, found: Sequence[Found]) -> Iterator[Found]:
    """The events that the question lets take part, with what may begin an attempt."""
    start = asked.range.start or 0
    stop = asked.range.stop if asked.range.stop is not None else 2**62
    for one in found:
        if one.mark.t < start or (asked.range.end == "all" and one.mark.t >= stop):
            continue
        entry = (one.mark.entry or not asked.entry_where) and one.mark.t < stop
        yield one._replace(mark=one.mark._replace(entry=entry))
