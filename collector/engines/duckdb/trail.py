"""How far units come, of many at once: from each entry always the earliest next event.

That is the reference's answer (`collector.reports.chains`): of all chains from one entry the one of the earliest events
ends first at every step, so that none comes further within the window. The deepest of a unit's, of these those that end
first, and of these the latest, is its own. An entry needs no look where another follows at once, which has the same
events behind it and is nearer to them, or where nothing of the unit follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from collector.engines.duckdb.marks import Marks, Numbers, changes


class Level(NamedTuple):
    """The starts that come to a step, in order, as their numbers; and the places of their events, one array a step."""

    starts: Numbers
    chain: list[Numbers]


def entries(marks: Marks) -> Numbers:
    """The places of events by which an attempt may begin."""
    return np.flatnonzero(marks.steps & 1 != 0)


def trails(marks: Marks, steps: int, window: int | None) -> list[list[Numbers]]:
    """For each depth from 1: the places of the events of all units that came so far and no further, one array a step.
    `window` in ms."""
    first, *levels = followed(marks, _followed_up(marks), steps, window)
    further = [*levels[1:], Level(first.starts[:0], [])]
    return [[_alone(marks, levels)], *(_chosen(marks, *its) for its in zip(levels, further, strict=False))]


def followed(marks: Marks, starts: Numbers, steps: int, window: int | None) -> Iterator[Level]:
    """For each step: the starts that come to it."""
    level = Level(np.arange(len(starts)), [starts])
    yield level
    for step in range(1, steps):
        level = _next(marks, level, step, window)
        yield level


def _next(marks: Marks, level: Level, step: int, window: int | None) -> Level:
    fitting = np.flatnonzero(marks.steps & (1 << step) != 0)
    at = np.searchsorted(fitting, level.chain[-1], side="right")
    goes = np.flatnonzero(at < len(fitting))
    after, before = fitting[at[goes]], level.chain[0][goes]
    same = marks.units[after] == marks.units[before]
    if window is not None:
        same &= marks.times[after] - marks.times[before] <= window
    goes = goes[same]
    return Level(level.starts[goes], [*(one[goes] for one in level.chain), after[same]])


def _followed_up(marks: Marks) -> Numbers:
    """The places of entries behind which something comes that is more than another entry."""
    found = marks.steps & 1 != 0
    found[:-1] &= ~marks.begins[1:] & (marks.steps[1:] != 1)
    found[-1:] = False
    return np.flatnonzero(found)


def _alone(marks: Marks, levels: list[Level]) -> Numbers:
    """The first entry of each unit that came no further."""
    found = entries(marks)
    found = found[np.flatnonzero(changes(marks.units[found]))]
    alone = np.ones(len(found), dtype=bool)
    for level in levels[:1]:
        alone[np.searchsorted(marks.units[found], marks.units[level.chain[0]])] = False
    return found[alone]


def _chosen(marks: Marks, level: Level, further: Level) -> list[Numbers]:
    """The chains of units of which no start comes further: the first to end, of these the last to begin."""
    starts, chain = level
    begins = np.flatnonzero(changes(marks.units[chain[0]]))
    if not len(begins):
        return chain
    goes = np.zeros(len(starts), dtype=bool)
    goes[np.searchsorted(starts, further.starts)] = True
    ends = np.repeat(chain[-1][begins], np.diff(begins, append=len(starts)))
    last = begins + np.add.reduceat(chain[-1] == ends, begins, dtype=np.intp) - 1
    last = last[~np.logical_or.reduceat(goes, begins)]
    return [one[last] for one in chain]
