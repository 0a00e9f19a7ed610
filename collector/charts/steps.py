"""A funnel from top to bottom: each step's bar is its share of those who entered; hatched is who left since the step
before, and the line between two steps says how many that are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from collector.charts.bars import bar, stripes, whisker
from collector.charts.svg import Drawing, cut, element, image, percent, title, titled

ROW: Final = 76  # pixels of a step and of what is said below it
_THICK: Final = 26


class Step(NamedTuple):
    """A step: its label, its share of those who entered (None: not known) with an interval, the figure as text.
    `lost`: what is said of the way to the next step, empty if nothing is."""

    label: str
    share: float | None
    told: str
    lost: str = ""
    low: float | None = None
    high: float | None = None


def steps(name: str, listed: Sequence[Step]) -> Drawing:
    """The steps in their order."""
    height = ROW * len(listed) - (ROW - 54 if listed and not listed[-1].lost else 0)
    before = [None, *(step.share for step in listed)]
    drawn = (_step(n, step, before[n]) for n, step in enumerate(listed))
    return image(name, "steps", max(height, 1), *drawn)


def _step(n: int, step: Step, before: float | None) -> Drawing:
    top = n * ROW
    y = top + 22
    drawn = [
        title(f"{step.label} · {step.told}"),
        titled(f"{n + 1}. {step.label}", step.told, top, 20, "name"),
        element("rect", class_="track", x="0", y=y, width="100%", height=_THICK, rx=3),
    ]
    if step.share is not None:
        if before is not None and before > step.share:
            drawn.append(stripes(step.share, before, y, _THICK))
        drawn.append(bar(step.share, y, _THICK))
        if step.low is not None and step.high is not None:
            drawn.append(whisker(step.low, step.high, y + _THICK / 2, _THICK * 0.6))
    if step.lost:
        drawn.append(cut(f"↳ {step.lost}", percent(0.02), y + _THICK, percent(0.98), 22, "lost"))
    return element("g", *drawn)
