"""Pages one after the other: a column for each place in a journey, bands as wide as the visits that went that way.

Who went no further has no band: the part of a node from which none leaves is hatched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from collector.charts.bars import stripes
from collector.charts.svg import LINE, Drawing, element, folded, image, lines, named, number, percent, title

BODY: Final = 300  # pixels that the largest column's nodes share
GAP: Final = 6  # pixels between a node and the label of the next one
_NARROW: Final = 704  # pixels of the drawing where it is narrow, as `static/pages.css` has it
_ROOM: Final = 0.96  # of a column, for labels
_NODE: Final = 0.012  # of the width
_UNIT: Final = 1_000


class Node(NamedTuple):
    """A page at a place: its label, how many came, how many of them went no further, and the figures as text."""

    label: str
    visits: float
    ended: float
    told: str


class Column(NamedTuple):
    """A place in the journey: its heading, and its nodes from top to bottom."""

    label: str
    nodes: Sequence[Node]


class Flow(NamedTuple):
    """How many went from a node of a column to a node of the next one, both by their place in their column."""

    column: int
    source: int
    target: int
    visits: float
    told: str


class _Place(NamedTuple):
    """Where a node lies: its column, its top and its height, in pixels."""

    column: int
    top: float
    high: float


def flow(name: str, columns: Sequence[Column], flows: Sequence[Flow]) -> Drawing:
    """The columns from left to right. All heights are one scale: pixels a visit."""
    most = max((sum(node.visits for node in column.nodes) for column in columns), default=0) or 1
    scale = BODY / most
    places = [_column(n, column, scale, columns) for n, column in enumerate(columns)]
    high = max((place.top + place.high for listed in places for place in listed), default=0) + GAP
    return image(
        name, "flow", high,
        *_bands(places, flows, scale, len(columns)),
        *(part for n, column in enumerate(columns) for part in _drawn(n, column, places[n], scale, columns)),
    )  # fmt: skip


def _head(columns: Sequence[Column]) -> int:
    """Pixels of the columns' headings."""
    room = _NARROW / len(columns) * _ROOM
    return LINE * max(lines(column.label, "tick", room) for column in columns)


def _label(node: Node, columns: Sequence[Column]) -> int:
    """Pixels of a node's label."""
    return LINE * lines(_said(node), "lost", _NARROW / len(columns) * _ROOM)


def _said(node: Node) -> str:
    return f"{node.told} · {named(node.label)}"


def _column(n: int, column: Column, scale: float, columns: Sequence[Column]) -> list[_Place]:
    top, found = float(_head(columns)), []
    for node in column.nodes:
        top += GAP + _label(node, columns)
        found.append(_Place(n, top, node.visits * scale))
        top += node.visits * scale
    return found


def _drawn(
    n: int, column: Column, places: Sequence[_Place], scale: float, columns: Sequence[Column]
) -> Iterator[Drawing]:
    left, room = n / len(columns), 1 / len(columns)
    yield folded(column.label, percent(left), 0, percent(room * _ROOM), _head(columns), "tick")
    for node, place in zip(column.nodes, places, strict=True):
        high = _label(node, columns)
        gone = min(node.ended * scale, place.high)
        drawn = [
            title(f"{node.label} · {node.told}"),
            folded(_said(node), percent(left), place.top - high, percent(room * _ROOM), high),
            element(
                "rect", class_="node", x=percent(left), y=place.top, width=percent(_NODE), height=max(place.high, 1)
            ),
        ]
        if gone > 0:
            drawn.append(stripes(left + _NODE, left + 3 * _NODE, place.top + place.high - gone, gone))
        yield element("g", *drawn)


def _bands(places: Sequence[Sequence[_Place]], flows: Sequence[Flow], scale: float, width: int) -> Iterator[Drawing]:
    """Bands leave a node, and come into the next one, from top to bottom in the order of what they lead to, or come
    from: they cross as little as they can."""
    leaving, coming = defaultdict[tuple[int, int], float](float), defaultdict[tuple[int, int], float](float)
    for one in sorted(flows, key=lambda one: (one.column, one.source, one.target)):
        source, target = places[one.column][one.source], places[one.column + 1][one.target]
        thick = one.visits * scale
        start = source.top + leaving[one.column, one.source]
        stop = target.top + coming[one.column, one.target]
        leaving[one.column, one.source] += thick
        coming[one.column, one.target] += thick
        yield _band(one, start, stop, thick, width)


def _band(one: Flow, start: float, stop: float, thick: float, width: int) -> Drawing:
    top, foot = min(start, stop), max(start, stop) + thick
    left, room = one.column / width + _NODE, 1 / width - _NODE
    a, b, half = number(start - top), number(stop - top), _UNIT // 2
    c, d = number(start - top + thick), number(stop - top + thick)
    shape = f"M0 {a}C{half} {a} {half} {b} {_UNIT} {b}V{d}C{half} {d} {half} {c} 0 {c}Z"
    return element(
        "svg", element("path", title(one.told), class_="band", d=shape), x=percent(left), y=top, width=percent(room),
        height=max(foot - top, 1), viewBox=f"0 0 {_UNIT} {number(max(foot - top, 1))}", preserveAspectRatio="none",
    )  # fmt: skip
