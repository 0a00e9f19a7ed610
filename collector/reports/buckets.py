"""Intervals of a trend: whole days begin at local midnight, shorter ones are counted from it by the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

_DAY: Final = 86_400_000
_EPOCH: Final = date(1970, 1, 1).toordinal()
MAX: Final = 1_000


class Buckets(NamedTuple):
    """Intervals (ms) in a time zone. Several days are counted from 1970-01-01, as weeks from a Thursday."""

    interval: int
    zone: tzinfo

    def start(self, t: int) -> int:
        """The beginning (ms UTC) of the interval that holds `t`."""
        local = datetime.fromtimestamp(t / 1000, self.zone)
        if self.interval % _DAY == 0:
            days = self.interval // _DAY
            ordinal = (local.date().toordinal() - _EPOCH) // days * days + _EPOCH
            return self._midnight(date.fromordinal(ordinal))
        offset = round((local.utcoffset() or timedelta()).total_seconds() * 1000)
        return (t + offset) // self.interval * self.interval - offset

    def after(self, start: int) -> int:
        """The beginning of the next interval."""
        if self.interval % _DAY:
            return start + self.interval
        day = datetime.fromtimestamp(start / 1000, self.zone).date()
        return self._midnight(day + timedelta(days=self.interval // _DAY))

    def between(self, first: int, stop: int) -> Iterator[int]:
        """The beginnings from the interval that holds `first` to the last before `stop`, at most `MAX`."""
        start = self.start(first)
        for _ in range(MAX):
            if start >= stop:
                return
            yield start
            start = self.after(start)

    def _midnight(self, day: date) -> int:
        return round(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp() * 1000)
