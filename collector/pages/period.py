"""The days that a page is about: presets, days of one's own, and where they begin and end in the site's time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from collector.pages.words import mark

Preset = Literal["today", "yesterday", "7d", "30d", "90d", "month", "last_month", "year", "all", "custom"]
PRESETS: Final[dict[Preset, str]] = {
    "today": mark("Today"), "yesterday": mark("Yesterday"), "7d": mark("7 days"), "30d": mark("30 days"),
    "90d": mark("90 days"), "month": mark("This month"), "last_month": mark("Last month"),
    "year": mark("This year"), "all": mark("All"),
}  # fmt: skip

_DAY: Final = timedelta(days=1)


class Span(NamedTuple):
    """Days from `first` to `last`, both in; None: without an end."""

    first: date | None
    last: date | None


class Earlier(NamedTuple):
    """Days to compare with, from `first` to `last`, both in. `short`: their month has no such day as the last one."""

    first: date
    last: date
    short: bool = False


def span_of(preset: Preset, today: date) -> Span:
    """The days of a preset."""
    month = today.replace(day=1)
    spans: dict[Preset, Span] = {
        "today": Span(today, today),
        "yesterday": Span(today - _DAY, today - _DAY),
        "7d": Span(today - 6 * _DAY, today),
        "30d": Span(today - 29 * _DAY, today),
        "90d": Span(today - 89 * _DAY, today),
        "month": Span(month, today),
        "last_month": Span((month - _DAY).replace(day=1), month - _DAY),
        "year": Span(today.replace(month=1, day=1), today),
    }
    return spans.get(preset, Span(None, None))


def same_time(day: date, now: int, zone: str) -> int:
    """The moment (ms UTC) at which the clocks of the zone show on that day what they show now."""
    clock = datetime.fromtimestamp(now / 1000, ZoneInfo(zone))
    return round(clock.replace(year=day.year, month=day.month, day=day.day).timestamp() * 1000)


def day_of(now: int, zone: str) -> date:
    """The local day of a moment (ms UTC)."""
    return datetime.fromtimestamp(now / 1000, ZoneInfo(zone)).date()


def midnight(day: date, zone: str) -> int:
    """The beginning of a local day, in ms UTC."""
    return round(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def moments(span: Span, zone: str) -> dict[str, int]:
    """When it begins and ends (ms UTC, the end out), as the `range` of a spec says it."""
    bounds = {}
    if span.first is not None:
        bounds["from"] = max(midnight(span.first, zone), 0)
    if span.last is not None:
        bounds["to"] = midnight(span.last + _DAY, zone)
    return bounds


def before(first: date, last: date, over: bool, preset: Preset) -> Earlier:
    """The days before: whole months of the calendar have as many before them; all else has as many days. `over`: the
    last day is; a month or a year that is not has the one before it down to the same day."""
    if preset == "year":
        return year_before(first, last, over)
    if preset == "month" or (preset in {"last_month", "custom"} and _whole(first, last)):
        return _shifted(first, last, over, (last.year - first.year) * 12 + last.month - first.month + 1)
    days = timedelta(days=(last - first).days + 1)
    return Earlier(first - days, last - days)


def year_before(first: date, last: date, over: bool) -> Earlier:
    """The same days a year before, of whole months the same months."""
    return _shifted(first, last, over, 12)


def _shifted(first: date, last: date, over: bool, months: int) -> Earlier:
    then = _months_before(last, months)
    if over and _whole(first, last):
        then = _month_end(then)
    return Earlier(_months_before(first, months), then, then.day < last.day)


def _whole(first: date, last: date) -> bool:
    """Whether these are whole months of the calendar."""
    return first.day == 1 and last == _month_end(last)


def _months_before(day: date, months: int) -> date:
    """The same day so many months before, or the last one that there is."""
    month = day.year * 12 + day.month - 1 - months
    first = date(month // 12, month % 12 + 1, 1)
    return min(first + (day.day - 1) * _DAY, _month_end(first))


def _month_end(day: date) -> date:
    return (day.replace(day=28) + 4 * _DAY).replace(day=1) - _DAY
