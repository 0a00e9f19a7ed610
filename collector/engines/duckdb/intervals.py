"""The intervals of a trend in SQL, as `collector.reports.buckets` has them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from collector.reports.answer import Data
from collector.reports.buckets import Buckets

_DAY = 86_400_000
_LONGEST = 36_600 * _DAY  # a hundred years; what is longer is not looked through for changes of the clock


def interval(buckets: Buckets, data: Data) -> str | None:
    """A number for the interval that holds the time `{t}` (ms UTC), for times that the data have; None if the clock
    changes by what is no whole interval, so that intervals overlap."""
    if data.start is None or data.stop is None:
        return "0"
    shifts = _shifts(buckets.zone, data.start, data.stop)
    if not shifts or (buckets.interval % _DAY and len({shift % buckets.interval for _, shift in shifts}) > 1):
        return None
    cases = "".join(f"WHEN {{t}} < {until} THEN {shift} " for until, shift in shifts[:-1])
    shift = f"CASE {cases}ELSE {shifts[-1][1]} END" if cases and not buckets.interval % _DAY else str(shifts[-1][1])
    ahead = -(-_DAY // buckets.interval) * buckets.interval  # so that no dividend is negative: SQL rounds to zero
    return f"(({{t}} + {shift} + {ahead}) // {buckets.interval})"


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
