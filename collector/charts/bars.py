"""Parts of a whole, the label and the figure of each above its bar: a label has all the room that its figure leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from collector.charts.svg import LINE, Drawing, element, image, lines, named, percent, title, titled

ROW: Final = 20  # pixels of a bar, without its label
_THICK: Final = 10


class Bar(NamedTuple):
    """A part: its label, its share of the longest bar's room (0 to 1, None: not known), and its figure as text.

    `low`, `high`: an interval of the share; `hatched`: what did not come to pass.
    """

    label: str
    share: float | None
    told: str
    low: float | None = None
    high: float | None = None
    hatched: bool = False


def bars(name: str, parts: Sequence[Bar]) -> Drawing:
    """The parts from top to bottom, in the order given."""
    room = max((LINE * lines(named(part.label), figure=part.told) for part in parts), default=0)
    drawn = (_row(n * (room + ROW), part, room) for n, part in enumerate(parts))
    return image(name, "bars", max((room + ROW) * len(parts), 1), *drawn)


def _row(top: float, part: Bar, room: int) -> Drawing:
    """`room`: pixels of the labels, one for all: bars lie as far from each other."""
    y = top + room + 2
    drawn = [
        title(f"{part.label} · {part.told}"),
        titled(named(part.label), part.told, top, room),
        element("rect", class_="track", x="0", y=y, width="100%", height=_THICK, rx=2),
    ]
    if part.share is not None:
        drawn.append(stripes(0, part.share, y, _THICK) if part.hatched else bar(part.share, y, _THICK))
    if part.low is not None and part.high is not None:
        drawn.append(whisker(part.low, part.high, y + _THICK / 2, _THICK))
    return element("g", *drawn)


def bar(share: float, y: float, thick: float, start: float = 0) -> Drawing:
    """A full bar from `start` to `share`."""
    return element("rect", class_="bar", x=percent(start), y=y, width=percent(share - start), height=thick, rx=2)


def stripes(start: float, stop: float, y: float, thick: float) -> Drawing:
    """A hatched bar: a thick line, dashed, which needs no pattern and so no id."""
    middle = y + thick / 2
    return element(
        "line", class_="stripes", x1=percent(start), x2=percent(stop), y1=middle, y2=middle, stroke_width=thick,
        stroke_dasharray="2 4",
    )  # fmt: skip


def whisker(low: float, high: float, y: float, thick: float) -> Drawing:
    """An interval: a line with an end at each side."""
    half = thick / 2 - 1
    ends = (element("line", x1=percent(at), x2=percent(at), y1=y - half, y2=y + half) for at in (low, high))
    return element("g", element("line", x1=percent(low), x2=percent(high), y1=y, y2=y), *ends, class_="whisker")
