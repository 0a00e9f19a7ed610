"""Where a visitor's next event starts a session: the reference of the rules, pure.

A session ends when the next event comes after the timeout or later, when a campaign appears that is not the session's,
when the session would grow to the maximum, or, if asked for, when the site's day changes. A passive event (a
heartbeat) lengthens the session it falls into and starts none. Order is (time, sequence on the page, id), never the
order of arrival, except in `online`, which is what programs that cut on arrival do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Beat(NamedTuple):
    """One event as sessions see it: when (ms), its folded campaign (None without one), whether it counts as activity,
    and the site's day, in any numbering, where the day cuts."""

    t: int
    tag: str | None = None
    active: bool = True
    day: int = 0


class Rule(NamedTuple):
    """`timeout` and `longest` in ms; a gap of the timeout or more cuts. `split`: a changed campaign cuts."""

    timeout: int
    longest: int
    split: bool = True


def cut(beats: Iterable[Beat], rule: Rule) -> list[int | None]:
    """For one visitor's events in order: the number of each one's session, from 0; None for a passive one outside."""
    numbers: list[int | None] = []
    number, opened = -1, False
    start, before, day, tag = 0, 0, 0, None
    for beat in beats:
        fresh = rule.split and beat.active and beat.tag is not None and beat.tag != tag
        over = beat.t - before >= rule.timeout or beat.t - start >= rule.longest or beat.day != day
        if not opened or over or fresh:
            opened = beat.active
            if opened:
                number, start, day, tag = number + 1, beat.t, beat.day, beat.tag
        before = beat.t
        numbers.append(number if opened else None)
    return numbers


def online(beats: Iterable[Beat], rule: Rule) -> list[int | None]:
    """The same for events in order of arrival, by a machine that knows only the visitor's current session.

    An event within the timeout of the current session, on either side, joins it; sessions never merge. The answer
    depends on the order of arrival: it is there to reconcile numbers with programs that work so.
    """
    numbers: list[int | None] = []
    number, current, start, stop, day, tag = -1, -1, 0, 0, 0, None
    for beat in beats:
        near = current >= 0 and start - rule.timeout < beat.t < stop + rule.timeout and beat.day == day
        fresh = rule.split and beat.active and beat.tag is not None and beat.tag != tag
        if near and not fresh and beat.t - start < rule.longest:
            start, stop = min(start, beat.t), max(stop, beat.t)
            numbers.append(current)
        elif not beat.active:
            numbers.append(None)
        else:
            number += 1
            numbers.append(number)
            if current < 0 or beat.t >= start:
                current, start, stop, day, tag = number, beat.t, beat.t, beat.day, beat.tag
    return numbers


def rekeyed(
    first: Mapping[str, int], previous: Mapping[str, str], times: Mapping[str, Sequence[int]], timeout: int
) -> dict[str, str]:
    """Visitors whose id changed at midnight while their session was open: new id → the id that the session began with.

    `first`: when each new id appears, `previous`: the hash it would have had the day before, `times`: the sorted times
    of the ids of the day before.
    """
    joined: dict[str, str] = {}
    for visitor in sorted(first, key=lambda one: first[one]):
        before = previous[visitor]
        last = max((t for t in times.get(before, ()) if t <= first[visitor]), default=None)
        if before != visitor and last is not None and first[visitor] - last < timeout:
            joined[visitor] = joined.get(before, before)
    return joined
