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


class Span(NamedTuple):
    """Days from `first` to `last`, both in; None: without an end."""

    first: date | None
    last: date | None


def span_of(preset: Preset, today: date) -> Span:
    """The days of a preset."""
    day = timedelta(days=1)
    month = today.replace(day=1)
    spans: dict[Preset, Span] = {
        "today": Span(today, today),
        "yesterday": Span(today - day, today - day),
        "7d": Span(today - 6 * day, today),
        "30d": Span(today - 29 * day, today),
        "90d": Span(today - 89 * day, today),
        "month": Span(month, today),
        "last_month": Span((month - day).replace(day=1), month - day),
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
        bounds["to"] = midnight(span.last + timedelta(days=1), zone)
    return bounds


def year_before(day: date) -> date:
    """The same day a year before; for 29 February the 28th."""
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)
