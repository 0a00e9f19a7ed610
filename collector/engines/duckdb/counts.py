"""A funnel's figures of many units at once, in numbers: what `collector.reports.tally` adds up for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple

import numpy as np

from collector.engines.duckdb.intervals import Intervals
from collector.engines.duckdb.marks import Found, Marks, Numbers, changes, in_order, places_of
from collector.engines.duckdb.packing import Packing
from collector.engines.duckdb.trail import entries, followed, trails
from collector.engines.duckdb.workers import Each
from collector.reports.span import placed, places
from collector.reports.tally import NONE, Tally

_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ by the golden ratio


class Asked(NamedTuple):
    """A question in numbers. `window` in ms; the window of an entry behind `late` (ms since the packing's base) is
    still open; `attribution` is that of a breakdown, `intervals` are those of a trend."""

    packing: Packing
    window: int | None
    late: int
    attribution: str | None
    intervals: Intervals | None


class Counts:
    """Of units: `depths`, how many came how far; how many are `pending`; the times (ms) from each step to the next, and
    last of the whole way; how often which number of money stood at a step; how many of a label's number came how far;
    how many entered in the interval of a number, and converted from there, and a time in it. Units that only the
    reference can judge are left to it: `odd` are their keys."""

    def __init__(self, steps: int) -> None:
        self.odd: list[int] = []
        self._steps = steps
        self._depths: Counter[int] = Counter()
        self._pending = 0
        self._lengths: list[list[Numbers]] = [[] for _ in range(steps)]
        self._moneys: Counter[tuple[int, int]] = Counter()
        self._groups: Counter[tuple[int, int]] = Counter()
        self._trend: Counter[tuple[int, int]] = Counter()
        self._times: dict[int, int] = {}

    def merge(self, other: Counts) -> None:
        """Add those of other units."""
        self.odd += other.odd
        self._depths.update(other._depths)
        self._pending += other._pending
        for mine, its in zip(self._lengths, other._lengths, strict=True):
            mine.extend(its)
        self._moneys.update(other._moneys)
        self._groups.update(other._groups)
        self._trend.update(other._trend)
        self._times |= other._times

    def put(self, tally: Tally, base: int, labels: Sequence[str], moneys: Sequence[str]) -> None:
        """Add all to a tally, with the texts of labels and money, from number 1 on; `base` is the packing's."""
        tally.depths.update(self._depths)
        tally.pending += self._pending
        for (step, number), n in self._moneys.items():
            currency, _, amount = moneys[number - 1].partition(" ")
            tally.values[step][currency] += Decimal(amount) * n
        called = [NONE, *labels]
        for (number, depth), n in self._groups.items():
            tally.groups[called[number]][depth] += n
        for (number, which), n in self._trend.items():
            assert tally.buckets is not None
            tally.trend[tally.buckets.start(self._times[number] + base)][which] += n
        self._put_lengths(tally)

    def _put_lengths(self, tally: Tally) -> None:
        """Of all lengths only a few are looked up if no more will come."""
        lengths = [np.sort(np.concatenate([np.empty(0, dtype=np.int64), *parts])) for parts in self._lengths]
        if self._steps == 1:
            tally.totals += [0] * self._depths[1]
        elif self.odd:
            for kept, its in zip((*tally.gaps, tally.totals), lengths, strict=True):
                kept.extend(its.tolist())
        else:
            for its in lengths:
                told = {place: int(its[place]) for place in places(len(its))}
                tally.measured.append(placed(len(its), int(its.sum()), told))

    def count(self, asked: Asked, marks: Marks) -> None:
        """Add the units of these marks."""
        self.odd += marks.odd.tolist()
        chains = trails(marks, self._steps, asked.window)
        self._wait(asked, marks, marks.units[chains[-1][0]])
        for depth, chain in enumerate(chains, 1):
            self._depths[depth] += len(chain[0])
            self._time(marks, chain)
            self._value(asked.packing, marks, chain)
            if asked.attribution not in (None, "all_events"):
                self.group(_label(asked, marks, chain), depth)
        if asked.intervals is not None:
            self._enter(asked, asked.intervals, marks, marks.units[chains[-1][0]])

    def group(self, labels: Numbers, depth: int) -> None:
        """Add so many units' labels that came so far."""
        self._groups.update({(number, depth): n for number, n in _numbers(labels)})

    def _wait(self, asked: Asked, marks: Marks, won: Numbers) -> None:
        """Add those that may still come further: the window of their last entry is open."""
        late = np.flatnonzero((marks.steps & 1 != 0) & (marks.times > asked.late))
        units = marks.units[late][changes(marks.units[late])]
        self._pending += len(units) - len(places_of(units, won))

    def _time(self, marks: Marks, chain: list[Numbers]) -> None:
        times = [marks.times[its] for its in chain]
        for n in range(1, len(times)):
            self._lengths[n - 1].append(times[n] - times[n - 1])
        if len(times) == self._steps:
            self._lengths[-1].append(times[-1] - times[0])

    def _value(self, packing: Packing, marks: Marks, chain: list[Numbers]) -> None:
        """What the events of chains brought."""
        for step, its in enumerate(chain if packing.moneys else []):
            found = _numbers(packing.money(marks.codes[its]))
            self._moneys.update({(step, number): n for number, n in found if number})

    def _enter(self, asked: Asked, intervals: Intervals, marks: Marks, won: Numbers) -> None:
        """Add who entered in which interval, and converted from there: with entries of that interval alone."""
        entered = entries(marks)
        numbers = intervals.numbers(marks.times[entered] + asked.packing.base)
        likely = places_of(marks.units[entered], won)
        *_, last = followed(marks, entered[likely], self._steps, asked.window)
        self._enter_into(marks, 0, entered, numbers)
        self._enter_into(marks, 1, last.chain[0], numbers[likely[last.starts]])

    def _enter_into(self, marks: Marks, which: int, entered: Numbers, numbers: Numbers) -> None:
        """Count each unit once in each interval."""
        if not len(entered):
            return
        low, span = int(numbers.min()), int(np.ptp(numbers)) + 1
        times = np.zeros(span, dtype=np.int64)
        times[numbers - low] = marks.times[entered]
        both = np.cumsum(changes(marks.units[entered])) * span + (numbers - low)
        both = both[np.flatnonzero(changes(both))]
        if (both[1:] < both[:-1]).any():  # a clock went back over midnight
            both = np.unique(both)
        for place, n in _numbers(both % span):
            self._trend[low + place, which] += n
            self._times.setdefault(low + place, int(times[place]))


def counted(asked: Asked, found: Found, each: Each = map) -> Counts:
    """The figures of these events' units. `each` does several things as `map` does, or beside one another."""
    counts = Counts(asked.packing.steps)
    for part in each(partial(_counted, asked), in_order(found, asked.packing.steps, each)):
        counts.merge(part)
    if asked.attribution == "all_events":
        left = ~np.isin(found.keys, np.array(counts.odd, dtype=np.uint64))
        _count_labels(counts, asked, found.only(np.flatnonzero(left)))
    return counts


def _counted(asked: Asked, piece: Callable[[], Marks]) -> Counts:
    counts = Counts(asked.packing.steps)
    counts.count(asked, piece())
    return counts


def _count_labels(counts: Counts, asked: Asked, found: Found) -> None:
    """One attempt for each label of each unit."""
    labels = asked.packing.label(found.codes)
    apart = Found(found.keys ^ (labels.astype(np.uint64) * _SPREAD), found.events, labels)
    for piece in in_order(apart, asked.packing.steps):
        marks = piece()
        for depth, chain in enumerate(trails(marks, asked.packing.steps, asked.window), 1):
            counts.group(marks.codes[chain[0]], depth)


def _label(asked: Asked, marks: Marks, chain: list[Numbers]) -> Numbers:
    """The number of each chain's label."""
    labels = [asked.packing.label(marks.codes[its]) for its in chain]
    if asked.attribution == "last_touch":
        labels.reverse()
    elif asked.attribution != "first_touch":
        step = int(str(asked.attribution)[5:])
        return labels[step] if step < len(labels) else np.zeros_like(labels[0])
    found: Numbers = labels[0]
    for its in labels[1:]:
        found = np.where(found, found, its)
    return found


def _numbers(found: Numbers) -> list[tuple[int, int]]:
    """The different numbers, none of which is below 0, and how often each is there."""
    n = np.bincount(found.astype(np.intp))
    return [(number, int(n[number])) for number in np.flatnonzero(n).tolist()]
