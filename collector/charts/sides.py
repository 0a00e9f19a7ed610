"""The same parts by several rules, side by side: what a rule does to a part is seen within its group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from collector.charts.bars import Bar, bar
from collector.charts.svg import LINE, Drawing, element, folded, image, lines, named, title, titled

_THICK: Final = 8
_SPACE: Final = 16  # pixels between two groups


class Group(NamedTuple):
    """A part, and a bar for each rule; shares are of the longest bar of all groups."""

    label: str
    bars: Sequence[Bar]


def sides(name: str, groups: Sequence[Group]) -> Drawing:
    """The groups from top to bottom."""
    room = max((_label(one) for group in groups for one in group.bars), default=LINE)
    high = sum(_head(group) + _row(room) * len(group.bars) + _SPACE for group in groups)
    return image(name, "sides", max(high, 1), *_placed(groups, room))


def _head(group: Group) -> int:
    return LINE * lines(named(group.label), "name") + 2


def _row(room: int) -> int:
    return room + _THICK + 4


def _label(one: Bar) -> int:
    """Pixels of a rule's name."""
    return LINE * lines(one.label, "tick", figure=one.told)


def _placed(groups: Sequence[Group], room: int) -> Iterator[Drawing]:
    """`room`: pixels of the rules' names, one for all: bars lie as far from each other in every group."""
    top = 0
    for group in groups:
        yield folded(named(group.label), "0", top, "100%", _head(group), "name")
        top += _head(group)
        for n, one in enumerate(group.bars):
            yield _bar(top + n * _row(room), one, room)
        top += len(group.bars) * _row(room) + _SPACE


def _bar(top: float, one: Bar, room: int) -> Drawing:
    y = top + room
    drawn = [
        title(f"{one.label} · {one.told}"),
        titled(one.label, one.told, top, room, "tick"),
        element("rect", class_="track", x="0", y=y, width="100%", height=_THICK, rx=2),
    ]
    if one.share is not None:
        drawn.append(bar(one.share, y, _THICK))
    return element("g", *drawn)
