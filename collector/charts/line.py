"""A figure over time as a line over its area, an earlier time dashed beneath it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Final, NamedTuple

from collector.charts.svg import Drawing, element, image, label, number, percent, title

HEIGHT: Final = 220
_TOP, _BOTTOM = 24, 192  # pixels between which lines lie; below are the dates
_LEGEND: Final = 20  # pixels of a line below the dates
_UNIT: Final = 1_000  # the stretched room in which lines are drawn
_DOTS: Final = 45  # more points than these are a line without dots
_DATES: Final = 4
_BESIDE: Final = 0.25  # of the width, which a name takes on a phone


class Point(NamedTuple):
    """A moment: its date as text, its value (None: not known), and what is said of it; `partial`: not over yet."""

    label: str
    value: float | None
    told: str
    partial: bool = False


class Tick(NamedTuple):
    """A line across the chart, and its figure as text."""

    value: float
    label: str


def line(
    name: str,
    points: Sequence[Point],
    ticks: Sequence[Tick],
    before: Sequence[float | None] = (),
    names: tuple[str, str] = ("", ""),
    unfinished: str = "",
) -> Drawing:
    """The points from left to right, against the highest tick or value. `before`: the values of an earlier time, from
    left to right too; `names`: what the two lines are called, written beside them. `unfinished`: what is said, below,
    of partial points: they stand on hatching, and the line there is dotted, so that nobody reads a fall in them."""
    known = [value for value in (*(point.value for point in points), *before) if value is not None]
    top = max([*known, *(tick.value for tick in ticks), 0]) or 1
    slots = max(len(points), len(before), 1)
    rows = [point.value for point in points]
    drawn = [
        *_hatched(points, slots),
        *(_rule(tick, top) for tick in ticks),
        _room(*_before(before, slots, top), *_line(points, slots, top)),
        *_names(rows, before, slots, top, names),
        *_dots(points, slots, top),
        *_dates(points, slots),
        *_slots(points, slots),
    ]
    legend = list(_legend(unfinished)) if any(point.partial for point in points) else []
    return image(name, "line", HEIGHT + (_LEGEND if legend else 0), *drawn, *legend)


def height(value: float, top: float) -> float:
    """Pixels from above: nothing lies at the bottom, `top` at the top."""
    return _BOTTOM - (_BOTTOM - _TOP) * min(1.0, max(0.0, value / top))


def _rule(tick: Tick, top: float) -> Drawing:
    y = height(tick.value, top)
    return element(
        "g", element("line", class_="rule", x1="0", x2="100%", y1=y, y2=y), label(tick.label, "0", y - 5, "tick")
    )


def _room(*children: str) -> Drawing:
    """The room of lines, stretched to the width; strokes are not (`vector-effect` in the style sheet)."""
    return element(
        "svg", *children, x="0", y=0, width="100%", height=HEIGHT, viewBox=f"0 0 {_UNIT} {HEIGHT}",
        preserveAspectRatio="none",
    )  # fmt: skip


def _at(n: int, slots: int) -> float:
    return (n + 0.5) / slots


def _runs(values: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    """What is known, in stretches without a hole."""
    for known, listed in groupby(enumerate(values), key=lambda item: item[1] is not None):
        if known:
            yield [(n, value) for n, value in listed if value is not None]


def _path(run: Sequence[tuple[int, float]], slots: int, top: float) -> str:
    return "M" + "L".join(f"{number(_UNIT * _at(n, slots))} {number(height(value, top))}" for n, value in run)


def _line(points: Sequence[Point], slots: int, top: float) -> Iterator[Drawing]:
    for run in _runs([point.value for point in points]):
        whole = [(n, value) for n, value in run if not points[n].partial]
        if whole:
            start = number(_UNIT * _at(whole[0][0], slots))
            yield element("path", class_="area", d=f"{_path(whole, slots, top)}V{_BOTTOM}H{start}Z")
        for over, pairs in groupby(pairwise(run), key=lambda pair: not points[pair[1][0]].partial):
            listed = list(pairs)
            part = [listed[0][0], *(pair[1] for pair in listed)]
            yield element("path", class_="stroke" if over else "stroke partial", d=_path(part, slots, top))


def _hatched(points: Sequence[Point], slots: int) -> Iterator[Drawing]:
    """The room of each run of partial points, from top to bottom."""
    for partial, listed in groupby(enumerate(points), key=lambda item: item[1].partial):
        if partial:
            run = [n for n, _ in listed]
            yield _hatching(percent(run[0] / slots), percent((run[-1] + 1) / slots), _TOP, _BOTTOM - _TOP)


def _hatching(start: str, stop: str, y: float, thick: float) -> Drawing:
    middle = y + thick / 2
    return element(
        "line", class_="stripes unfinished", x1=start, x2=stop, y1=middle, y2=middle, stroke_width=thick,
        stroke_dasharray="2 4",
    )  # fmt: skip


def _legend(unfinished: str) -> Iterator[Drawing]:
    if unfinished:
        yield _hatching("0", "20", HEIGHT + 4, 12)
        yield label(unfinished, "28", HEIGHT + 14, "tick")


def _before(values: Sequence[float | None], slots: int, top: float) -> Iterator[Drawing]:
    for run in _runs(values):
        yield element("path", class_="before", d=_path(run, slots, top))


def _names(
    rows: Sequence[float | None], before: Sequence[float | None], slots: int, top: float, names: tuple[str, str]
) -> Iterator[Drawing]:
    """Each line's name at its end: above the higher one, below the lower one, clear of both where it stands."""
    ends = [next(((n, row) for n, row in reversed([*enumerate(listed)]) if row is not None), None)
            for listed in (rows, before)]  # fmt: skip
    if ends[0] is None or ends[1] is None:
        return
    higher = ends[0][1] >= ends[1][1]
    last = int(slots * (1 - _BESIDE))
    near = [ends[0][1], ends[1][1], *(row for listed in (rows, before) for row in listed[last:] if row is not None)]
    for (n, _), name, above, kind in zip(
        (ends[0], ends[1]), names, (higher, not higher), ("name", "name earlier"), strict=True
    ):
        y = height(max(near) if above else min(near), top) + (-9 if above else 17)
        yield label(name, percent(min(1.0, _at(n, slots))), min(max(y, 12.0), _BOTTOM - 4.0), kind, "end")


def _dots(points: Sequence[Point], slots: int, top: float) -> Iterator[Drawing]:
    """Where there are few; a point that stands alone always has one, or nobody would see it."""
    rows = [point.value for point in points]
    alone = {run[0][0] for run in _runs(rows) if len(run) == 1}
    for n, value in enumerate(rows):
        if value is not None and (len(rows) <= _DOTS or n in alone):
            kind = "dot partial" if points[n].partial else "dot"
            yield element("circle", class_=kind, cx=percent(_at(n, slots)), cy=height(value, top), r=3)


def _dates(points: Sequence[Point], slots: int) -> Iterator[Drawing]:
    """A few dates, the last one among them."""
    every = -(-len(points) // _DATES) or 1
    for n, point in enumerate(points):
        if (len(points) - 1 - n) % every == 0:
            at = _at(n, slots)
            anchor = "start" if at < 0.08 else "end" if at > 0.92 else "middle"
            x = 0.0 if anchor == "start" else 1.0 if anchor == "end" else at
            spare = (len(points) - 1 - n) // every % 2  # of which a narrow window has no room for all
            yield label(point.label, percent(x), HEIGHT - 6, "tick spare" if spare else "tick", anchor)


def _slots(points: Sequence[Point], slots: int) -> Iterator[Drawing]:
    """What the pointer is told above each moment."""
    for n, point in enumerate(points):
        yield element(
            "rect",
            title(point.told),
            class_="slot",
            x=percent(n / slots),
            y=0,
            width=percent(1 / slots),
            height=_BOTTOM,
        )
