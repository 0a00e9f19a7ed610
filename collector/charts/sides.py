"""The same parts by several rules, side by side: what a rule does to a part is seen within its group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from collector.charts.bars import Bar, bar
from collector.charts.svg import Drawing, cut, element, image, label, percent, title

HEAD: Final = 28  # pixels of a group's label
ROW: Final = 18
_SPACE: Final = 12
_LEFT, _RIGHT = 0.34, 0.84  # the bars' room; left of it their names, right of it their figures


class Group(NamedTuple):
    """A part, and a bar for each rule; shares are of the longest bar of all groups."""

    label: str
    bars: Sequence[Bar]


def sides(name: str, groups: Sequence[Group]) -> Drawing:
    """The groups from top to bottom."""
    return image(name, "sides", max(sum(map(_high, groups)), 1), *_placed(groups))


def _high(group: Group) -> float:
    return HEAD + ROW * len(group.bars) + _SPACE


def _placed(groups: Sequence[Group]) -> Iterator[Drawing]:
    top = 0.0
    for group in groups:
        yield cut(group.label, "0", top, "100%", HEAD, "name")
        for n, one in enumerate(group.bars):
            yield _bar(top + HEAD + n * ROW, one)
        top += _high(group)


def _bar(top: float, one: Bar) -> Drawing:
    drawn = [
        title(f"{one.label} · {one.told}"),
        cut(one.label, "0", top, percent(_LEFT - 0.02), ROW, "tick"),
        label(one.told, "100%", top + 13, "figure", "end"),
    ]
    if one.share is not None:
        drawn.insert(1, bar(_LEFT + (_RIGHT - _LEFT) * one.share, top + 3, ROW - 6, _LEFT))
    return element("g", *drawn)
