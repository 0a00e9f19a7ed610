"""The intervals of a trend for many times at once, as `collector.reports.buckets` has them for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple

import numpy as np

from collector.engines.duckdb.marks import Numbers
from collector.reports.answer import Data
from collector.reports.buckets import Buckets

_DAY = 86_400_000
_LONGEST = 36_600 * _DAY  # a hundred years; what is longer is not looked through for changes of the clock


class Intervals(NamedTuple):
    """Intervals (ms) by a clock that is so far (ms) from UTC: each distance but the last up to a moment (ms UTC)."""

    interval: int
    untils: Sequence[int]
    shifts: Sequence[int]

    def numbers(self, times: Numbers) -> Numbers:
        """A number for the interval that holds each time (ms UTC); later ones may have less where a clock goes back."""
        shifts: Any = self.shifts[0]
        if self.untils:
            shifts = np.array(self.shifts)[np.searchsorted(np.array(self.untils), times, side="right")]
        numbers: Numbers = (times + shifts) // self.interval
        return numbers


def intervals(buckets: Buckets, data: Data) -> Intervals | None:
    """Those of the times that the data have; None if the clock changes by what is no whole interval, so that intervals
    overlap."""
    if data.start is None or data.stop is None:
        return Intervals(buckets.interval, [], [0])
    shifts = _shifts(buckets.zone, data.start, data.stop)
    if not shifts:
        return None
    if buckets.interval % _DAY:
        same = len({shift % buckets.interval for _, shift in shifts}) == 1
        return Intervals(buckets.interval, [], [shifts[-1][1]]) if same else None
    return Intervals(buckets.interval, [until for until, _ in shifts[:-1]], [shift for _, shift in shifts])


def _shifts(zone: tzinfo, start: int, stop: int) -> list[tuple[int, int]]:
    """The zone's distances from UTC (ms), each with the moment (ms UTC) that ends it; none for too long a time."""
    if stop - start > _LONGEST:
        return []
    found, at, shift = [], start, _shift(zone, start)
    while at <= stop:
        after = at + _DAY
        if _shift(zone, after) != shift:
            change = _change(zone, at, after)
            found.append((change, shift))
            shift = _shift(zone, after)
        at = after
    return [*found, (stop + 1, shift)]


def _change(zone: tzinfo, low: int, high: int) -> int:
    """The first moment of another distance than at `low`; at most one change lies between."""
    before = _shift(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _shift(zone, middle) == before else (low, middle)
    return high


def _shift(zone: tzinfo, t: int) -> int:
    offset = datetime.fromtimestamp(t / 1000, UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return round(offset.total_seconds() * 1000)
