"""A funnel from top to bottom: each step's bar is its share of those who entered; hatched is who left since the step
before, and the line between two steps says how many that are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from collector.charts.bars import bar, stripes, whisker
from collector.charts.svg import LINE, NARROWEST, Drawing, element, folded, image, lines, named, percent, title, titled

_THICK: Final = 26
_INDENT: Final = 0.02  # of the width


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
    tops = list(accumulate((_high(n, step) for n, step in enumerate(listed)), initial=0))
    before = [None, *(step.share for step in listed)]
    drawn = (_step(n, step, before[n], tops[n]) for n, step in enumerate(listed))
    return image(name, "steps", max(tops[-1], 1), *drawn)


def _high(n: int, step: Step) -> int:
    """Pixels of a step and of what is said below it."""
    return _label(n, step) + _THICK + _lost(step) + 10


def _label(n: int, step: Step) -> int:
    return LINE * lines(_numbered(n, step), "name", figure=step.told)


def _numbered(n: int, step: Step) -> str:
    return f"{n + 1}. {named(step.label)}"


def _lost(step: Step) -> int:
    return LINE * lines(f"↳ {step.lost}", "lost", NARROWEST * (1 - _INDENT)) if step.lost else 0


def _step(n: int, step: Step, before: float | None, top: int) -> Drawing:
    y = top + _label(n, step) + 2
    drawn = [
        title(f"{step.label} · {step.told}"),
        titled(_numbered(n, step), step.told, top, y - top - 2, "name"),
        element("rect", class_="track", x="0", y=y, width="100%", height=_THICK, rx=3),
    ]
    if step.share is not None:
        if before is not None and before > step.share:
            drawn.append(stripes(step.share, before, y, _THICK))
        drawn.append(bar(step.share, y, _THICK))
        if step.low is not None and step.high is not None:
            drawn.append(whisker(step.low, step.high, y + _THICK / 2, _THICK * 0.6))
    if step.lost:
        room = percent(_INDENT), y + _THICK + 2, percent(1 - _INDENT), _lost(step)
        drawn.append(folded(f"↳ {step.lost}", *room, "lost"))
    return element("g", *drawn)
