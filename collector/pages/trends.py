"""The trend of a share: by day or by week, as a chart with what is not over yet hatched, and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from collector.charts import Point, Tick, line
from collector.pages.filters import Filters
from collector.pages.listing import Cell, Head, Listing
from collector.pages.sight import Sight
from collector.pages.timeline import ticks
from collector.pages.words import mark
from collector.reports.answer import Answer

_LONG: Final = 15  # days of a range from which carts, of which there are few a day, are told by the week


def asked(filters: Filters) -> dict[str, str]:
    """The trend that a question asks for."""
    first, last = filters.span
    return {"interval": "1d" if first and last and (last - first).days < _LONG else "7d"}


def shown(sight: Sight, caption: str, found: Answer, before: Answer | None, question: str) -> dict[str, Any] | None:
    """The share that was given up in each interval; none where there is one interval, or none. `question`: the name of
    the one that it answers."""
    trend = found.totals.get("trend") or []
    if len(trend) < 2:
        return None
    words, zone = sight.words, ZoneInfo(sight.filters.zone)
    days = [datetime.fromtimestamp(one["start"] / 1000, zone).date() for one in trend]
    points = [_point(sight, day, one) for day, one in zip(days, trend, strict=True)]
    earlier = [one["rate_net"] for one in (before.totals.get("trend") or [] if before else [])]
    most = max((rate for rate in (*(one["rate_net"] for one in trend), *earlier) if rate), default=0)
    marks = [Tick(value, words.tick(value)) for value in ticks(most) if value <= 1]
    names = (words(mark("now")), words(mark("before")))
    titles = (mark("Since"), mark("Over"), mark("Abandoned"), mark("Share"), mark("State"))
    rows = [_row(sight, day, one) for day, one in zip(days, trend, strict=True)]
    heads = [Head(words(title), 0 < n < 4) for n, title in enumerate(titles)]
    return {
        "caption": caption,
        "chart": line(caption, points, marks, earlier, names, words(mark("hatched: some may still change"))),
        "table": Listing(caption, heads, rows, question, sight.questions[question]),
    }


def _gone(one: Mapping[str, Any]) -> int:
    return int(one["abandoned"] + one.get("lost", 0))


def _point(sight: Sight, day: date, one: Mapping[str, Any]) -> Point:
    words = sight.words
    values = {"gone": words.number(_gone(one)), "closed": words.number(one["closed"])}
    told = words.pair(words.day(day), words(mark("%(gone)s of %(closed)s"), **values))
    if one["rate_net"] is not None:
        told += f" ({words.percent(one['rate_net'])})"
    return Point(words.day(day, "short"), one["rate_net"], told, not one["complete"])


def _row(sight: Sight, day: date, one: Mapping[str, Any]) -> list[Cell]:
    words = sight.words
    state = mark("over") if one["complete"] else mark("some may still change")
    texts = (words.day(day), words.number(one["closed"]), words.number(_gone(one)), words.percent(one["rate_net"]))
    return [*map(Cell, texts), Cell(words(state))]
