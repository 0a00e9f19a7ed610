"""Marks of many units at once, as arrays: the events that fit a step, each unit's together, in order of time.

A unit's key and an event make 64 bits, the first of the key's before the event's, and are sorted as numbers: numpy
takes 23 ms for four million, where DuckDB takes 100. Units whose keys begin alike are sorted by both numbers, which
takes ten times as long, and is needed for one unit in a thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from collector.engines.duckdb.workers import Each

Numbers = NDArray[Any]
_PIECE = 1 << 18  # events: what is made of so many stays in a processor's own memory


class Found(NamedTuple):
    """Events in no order: each one's unit, by its key of 64 bits; its time (ms) above the bits of the steps that it
    fits, the first only where an attempt may begin; and the number of what it carries, 0 for nothing."""

    keys: Numbers
    events: Numbers
    codes: Numbers

    def only(self, places: Numbers | slice) -> Found:
        """Some of them."""
        return Found(self.keys[places], self.events[places], self.codes[places])


class Marks(NamedTuple):
    """Events in order: by unit, a number that says no more than which are one's (`begins`: at the first of a unit); by
    time; and, of one moment, by step. Units of which nobody can know what came first fit no step, and their keys are
    `odd`: of one moment one event fits two steps, or two fit the same and carry something else."""

    units: Numbers
    begins: Numbers
    times: Numbers
    steps: Numbers
    codes: Numbers
    odd: Numbers


class _Heads(NamedTuple):
    """Sorted events, the first bits of their units' keys above their own `width`; those of them that carry something,
    and what, in the same order; the sorted keys, and the first bits that several of these begin with."""

    events: Numbers
    width: np.uint64
    carrying: Numbers
    codes: Numbers
    keys: Numbers
    alike: Numbers


def in_order(found: Found, steps: int, each: Each = map) -> Iterator[Callable[[], Marks]]:
    """All of them, in pieces of whole units, each made when it is called for. `each` does several things as `map`
    does, or beside one another."""
    if not len(found.keys):
        return iter(())
    width = np.uint64(int(found.events.max()).bit_length())
    (both, few, codes), (keys, alike) = each(lambda work: work(found, width), (_sorted, _keys))
    return _in_pieces(found, _Heads(both, width, few, codes, keys, alike), steps)


def changes(numbers: Numbers) -> Numbers:
    """Whether a number differs from the one before it; the first one does."""
    found = np.ones(len(numbers), dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=found[1:])
    return found


def places_of(units: Numbers, few: Numbers) -> Numbers:
    """The places of a few units among those in order."""
    low, high = np.searchsorted(units, few), np.searchsorted(units, few, side="right")
    sizes = high - low
    return np.repeat(low - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())


def _in_pieces(found: Found, heads: _Heads, steps: int) -> Iterator[Callable[[], Marks]]:
    for piece in _pieces(heads.events, (np.uint64(1) << heads.width) - np.uint64(1)):
        yield partial(_by_head, heads, steps, piece)
    if len(heads.alike):
        yield from _by_key(found.only(_among(found.keys >> heads.width, heads.alike, heads.width)), steps)


def _sorted(found: Found, width: np.uint64) -> tuple[Numbers, Numbers, Numbers]:
    """`events`, `carrying` and `codes` of `_Heads`."""
    both = found.keys >> width << width
    both |= found.events
    carrying = np.flatnonzero(found.codes != 0)
    few = both[carrying]
    order = np.argsort(few)
    both.sort()
    return both, few[order], found.codes[carrying[order]]


def _keys(found: Found, width: np.uint64) -> tuple[Numbers, Numbers]:
    """The keys in order, and the first bits that several of them begin with."""
    keys = np.sort(found.keys)
    heads = keys >> width
    return keys, np.unique(heads[1:][(heads[1:] == heads[:-1]) & (keys[1:] != keys[:-1])])


def _among(heads: Numbers, few: Numbers, width: np.uint64) -> Numbers:
    """The places of heads that are among a few; most are ruled out by their first bits."""
    shift = np.uint64(max(64 - int(width) - 16, 0))
    slots = np.zeros(1 << 16, dtype=bool)
    slots[few >> shift] = True
    found = np.flatnonzero(slots[heads >> shift])
    return found[np.isin(heads[found], few)]


def _by_key(found: Found, steps: int) -> Iterator[Callable[[], Marks]]:
    """Of any units."""
    found = found.only(np.lexsort((found.events, found.keys)))
    begins = changes(found.keys)
    units, keys = np.cumsum(begins, dtype=np.uint64), found.keys[begins]
    for piece in _pieces(units, np.uint64(0)):
        marks = _marks(units[piece], found.events[piece], found.codes[piece], steps)
        yield partial(_told, marks, lambda odd: keys[odd - np.uint64(1)])


def _by_head(heads: _Heads, steps: int, piece: slice) -> Marks:
    """Of units that the first bits of their keys tell apart."""
    both = heads.events[piece]
    units = both >> heads.width
    marks = _marks(units, both - (units << heads.width), _codes(heads, both), steps)
    alike = places_of(units, heads.alike)
    marks.steps[alike], marks.codes[alike] = 0, 0
    return _told(marks, lambda odd: heads.keys[np.searchsorted(heads.keys, odd << heads.width)])


def _pieces(units: Numbers, low: np.uint64) -> Iterator[slice]:
    """Pieces of a sorted array that no unit stands in two of; its number lies above the bits `low`."""
    start = 0
    while start < len(units):
        last = min(start + _PIECE, len(units)) - 1
        stop = int(np.searchsorted(units, units[last] | low, side="right"))
        yield slice(start, stop)
        start = stop


def _codes(heads: _Heads, both: Numbers) -> Numbers:
    """What the events of a piece carry."""
    low, high = np.searchsorted(heads.carrying, both[0]), np.searchsorted(heads.carrying, both[-1], side="right")
    few = heads.carrying[low:high]
    begins = np.flatnonzero(changes(few))
    before = np.repeat(begins, np.diff(begins, append=len(few)))  # of equal ones each stands behind the other
    codes = np.zeros(len(both), dtype=heads.codes.dtype)
    codes[np.searchsorted(both, few) + np.arange(len(few)) - before] = heads.codes[low:high]
    return codes


def _marks(units: Numbers, events: Numbers, codes: Numbers, steps: int) -> Marks:
    mask = (1 << steps) - 1
    fitted = (events & np.uint64(mask)).astype(np.min_scalar_type(mask))
    times = (events >> np.uint64(steps)).view(np.int64)
    return Marks(units, changes(units), times, fitted, codes, units[:0])


def _told(marks: Marks, keys: Callable[[Numbers], Numbers]) -> Marks:
    """Without the units that are odd, and with their keys."""
    odd = np.unique(marks.units[_odd(marks)])
    marks.steps[places_of(marks.units, odd)] = 0
    return marks._replace(odd=keys(odd))


def _odd(marks: Marks) -> Numbers:
    """The places of events that stand beside another of their moment and fit two steps, or fit the same steps as the
    other and carry something else."""
    several = np.flatnonzero(marks.steps & (marks.steps - 1) != 0)
    carrying = np.flatnonzero(marks.codes != 0)
    found = [several[_tied(marks, several, side)] for side in (-1, 1)]
    found += [carrying[_tied(marks, carrying, side, unlike=True)] for side in (-1, 1)]
    return np.concatenate(found)


def _tied(marks: Marks, places: Numbers, side: int, unlike: bool = False) -> Numbers:
    """Whether the event beside is of the same unit and moment, and, if asked, fits the same and carries something
    else."""
    beside = np.clip(places + side, 0, len(marks.units) - 1)
    found = (marks.units[beside] == marks.units[places]) & (marks.times[beside] == marks.times[places])
    if unlike:
        found &= (marks.steps[beside] == marks.steps[places]) & (marks.codes[beside] != marks.codes[places])
    tied: Numbers = found & (beside != places)
    return tied
