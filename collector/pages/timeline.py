"""A report's days as a chart over time: round figures at its lines, an earlier time beneath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import floor, log10
from typing import Any, Final

from collector.charts import Drawing, Point, Tick, line
from collector.pages.listing import TITLES, written
from collector.pages.sight import Sight
from collector.pages.words import mark

_STEPS: Final = (1, 2, 2.5, 5, 10)
_LINES: Final = 3
_TIMES: Final = (60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000)  # ms


def timeline(
    sight: Sight, column: str, rows: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]] = ()
) -> Drawing:
    """One column of rows by day; `before`: those of the time compared with, day beside day."""
    words, today = sight.words, sight.filters.today.isoformat()
    title = words(TITLES[column])
    points = [
        Point(
            words.day(row["day"], "short"), row[column],
            words.pair(words.day(row["day"], "long"), f"{written(words, column, row[column])} {title}"),
            row["day"] == today,
        )
        for row in rows
    ]  # fmt: skip
    earlier = [row[column] for row in before]
    most = max([*(point.value or 0 for point in points), *(value or 0 for value in earlier), 0])
    tell = words.tick if column.endswith("rate") else partial(written, words, column)
    marks = [Tick(value, tell(value)) for value in ticks(most, column.endswith("_ms"))]
    name = words(mark("%(figure)s by day"), figure=title)
    names = (words(mark("now")), words(mark("before")))
    return line(name, points, marks, earlier, names, words(mark("hatched: today, which is not over yet")))


def ticks(most: float, time: bool = False) -> list[float]:
    """Round figures from above nothing to at least `most`, about three of them; times (ms) by minutes and hours."""
    if most <= 0:
        return []
    step = _time(most) if time else _round(most / _LINES)
    found: list[float] = []
    while not found or found[-1] < most:
        value = step * (len(found) + 1)
        found.append(int(value) if value == int(value) else value)
    return found


def _round(least: float) -> float:
    size = 10.0 ** floor(log10(least))
    return next(step * size for step in _STEPS if step * size >= least * 0.999)


def _time(most: float) -> float:
    return next((float(step) for step in _TIMES if step * _LINES >= most), _round(most / _LINES))
