"""Drawings: sound XML whatever they are told, lengths in proportion, nothing outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup, escape

from collector.charts import (
    Bar,
    Column,
    Drawing,
    Flow,
    Group,
    Node,
    Point,
    Step,
    Tick,
    bars,
    flow,
    line,
    sides,
    steps,
)  # fmt: skip
from collector.charts.line import HEIGHT, height
from collector.charts.svg import LINE, NAMED, NARROWEST, element, lines, named

HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert('marker')</script>\" onload=\"marker()\x00\x1b\ud800<!--&"
texts = st.text(max_size=30) | st.just(HOSTILE)
shares = st.floats(0, 1)
counts = st.integers(0, 10**9)
quick = settings(max_examples=60, deadline=None)


def read(drawing: Drawing) -> ElementTree.Element:
    return ElementTree.fromstring(drawing)


def share(text: str) -> float:
    return float(text.removesuffix("%")) / 100


def all_of(root: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    return [one for one in root.iter() if kind in one.get("class", "").split()]


def extents(node: ElementTree.Element, top: float = 0, left: float = 0, wide: float = 1) -> Iterator[tuple[float, ...]]:
    """Left, right (shares of the width), top and bottom (pixels) of every rectangle, line, circle and inner room."""
    for child in node:
        a = child.attrib
        if child.tag in (SVG + "rect", SVG + "svg", SVG + "foreignObject"):
            x, y = share(a["x"]) if "%" in a["x"] else 0.0, float(a["y"])
            yield left + x * wide, left + (x + share(a["width"])) * wide, top + y, top + y + float(a["height"])
        elif child.tag == SVG + "line":
            x1, x2 = (share(a[key]) if "%" in a[key] else 0.0 for key in ("x1", "x2"))
            half = float(a.get("stroke-width", 0)) / 2
            yield left + x1, left + x2, top + float(a["y1"]) - half, top + float(a["y2"]) + half
        if child.tag == SVG + "g":
            yield from extents(child, top, left, wide)


def stays_inside(drawing: Drawing) -> None:
    root = read(drawing)
    for left, right, top, bottom in extents(root):
        assert -1e-6 <= left <= right + 1e-6 <= 1 + 2e-5, (left, right)
        assert -0.01 <= top <= bottom <= float(root.attrib["height"]) + 0.01, (top, bottom)


def test_hostile_texts_stay_texts_in_every_drawing() -> None:
    drawn = [
        bars(HOSTILE, [Bar(HOSTILE, 0.5, HOSTILE, 0.4, 0.6)]),
        steps(HOSTILE, [Step(HOSTILE, 1.0, HOSTILE, HOSTILE)]),
        line(HOSTILE, [Point(HOSTILE, 1.0, HOSTILE)], [Tick(1.0, HOSTILE)], [1.0], (HOSTILE, HOSTILE)),
        sides(HOSTILE, [Group(HOSTILE, [Bar(HOSTILE, 0.5, HOSTILE)])]),
        flow(HOSTILE, [Column(HOSTILE, [Node(HOSTILE, 2, 1, HOSTILE)]), Column("", [Node("", 1, 1, "")])],
             [Flow(0, 0, 0, 1, HOSTILE)]),
    ]  # fmt: skip
    for drawing in drawn:
        root = read(drawing)
        assert root.get("role") == "img"
        assert "marker" in root.attrib["aria-label"]
        kinds = {one.tag.removeprefix(SVG).removeprefix(HTML) for one in root.iter()}
        assert kinds <= {"svg", "g", "rect", "line", "path", "circle", "text", "title", "foreignObject", "div", "span"}
        names = {name for one in root.iter() for name in one.attrib}
        assert not any(name.startswith("on") or name in ("style", "href", "id") for name in names)
        assert escape(Markup(drawing)) == escape(drawing) == str(drawing)  # templates print it as it is


@quick
@given(texts)
def test_an_element_gives_back_the_text_that_was_put_in(text: str) -> None:
    found = ElementTree.fromstring(element("text", text, data_x=text))
    kept = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    assert (found.text or "") == kept.replace("\r\n", "\n").replace("\r", "\n")  # as XML reads ends of lines


@quick
@given(st.lists(st.tuples(texts, shares), max_size=8))
def test_bars_are_as_long_as_their_shares(listed: list[tuple[str, float]]) -> None:
    drawing = bars("x", [Bar(name, part, "1") for name, part in listed])
    stays_inside(drawing)
    drawn = [share(one.attrib["width"]) for one in all_of(read(drawing), "bar")]
    assert all(abs(one - part) < 1e-5 for one, (_, part) in zip(drawn, listed, strict=True))


@quick
@given(st.lists(shares, min_size=1, max_size=8).map(lambda found: sorted(found, reverse=True)))
def test_a_step_and_those_who_left_before_it_are_as_long_as_the_step_before(found: list[float]) -> None:
    drawing = steps("x", [Step("a", part, "1", "gone", part, part) for part in found])
    stays_inside(drawing)
    root = read(drawing)
    drawn = [share(one.attrib["width"]) for one in all_of(root, "bar")]
    assert all(abs(one - part) < 1e-5 for one, part in zip(drawn, found, strict=True))
    left = [share(one.attrib["x2"]) - share(one.attrib["x1"]) for one in all_of(root, "stripes")]
    fallen = [before - after for before, after in pairwise(found) if before > after]
    assert all(abs(one - part) < 2e-5 for one, part in zip(left, fallen, strict=True))


@quick
@given(st.lists(st.none() | counts, max_size=70), st.lists(st.none() | counts, max_size=70))
def test_a_line_is_as_high_as_its_values_and_has_a_hole_where_nothing_is_known(
    values: list[int | None], before: list[int | None]
) -> None:
    top = max([value for value in (*values, *before) if value is not None], default=0) or 1
    drawing = line("x", [Point("d", value, "t") for value in values], [Tick(0, "0"), Tick(top, "top")], before)
    stays_inside(drawing)
    strokes = [one.attrib["d"] for one in all_of(read(drawing), "area")]
    drawn = [float(y) for path in strokes for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path)]
    known = [value for value in values if value is not None]
    assert all(abs(y - height(value, top)) < 1e-3 for y, value in zip(drawn, known, strict=True))
    assert len(strokes) == sum(
        value is not None and (n == 0 or values[n - 1] is None) for n, value in enumerate(values)
    )
    assert all(0 <= y <= HEIGHT for y in drawn)


def test_what_is_not_over_yet_stands_on_hatching_and_is_no_fall_of_the_area() -> None:
    days = [Point("1", 5, "t"), Point("2", 6, "t"), Point("3", 1, "t", partial=True)]
    drawing = line("x", days, [], (), ("now", "before"), "hatched: today")
    stays_inside(drawing)
    root = read(drawing)
    room, swatch = all_of(root, "unfinished")
    assert (room.attrib["x1"], room.attrib["x2"], swatch.attrib["x2"]) == ("66.667%", "100%", "20")
    assert "hatched: today" in drawing
    (area,) = all_of(root, "area")
    assert re.findall(r"[ML]([\d.]+)", area.attrib["d"]) == ["166.667", "500"]
    strokes = [one.attrib for one in all_of(root, "stroke")]
    assert [one["class"] for one in strokes] == ["stroke", "stroke partial"]
    over = line("x", days[:2], [], (), ("now", "before"), "hatched: today")
    assert ("hatched" in over, all_of(read(over), "unfinished")) == (False, [])


@pytest.mark.parametrize("gone", [0, 3])
def test_the_names_of_two_lines_stand_clear_of_both(gone: int) -> None:
    days = [Point("d", 5.0, "x") for _ in range(8)] + [Point("d", 9.0, "x"), Point("d", 6.0, "x")]
    drawn = line("x", days, [Tick(10, "10")], [*[4.0] * 8, 1.0, 3.0][: 10 - gone], ("now", "before"))
    places = {one.text: float(one.attrib["y"]) for one in all_of(read(drawn), "name")}
    assert places["now"] < height(9.0, 10)
    assert places["before"] > height(1.0 if not gone else 4.0, 10)
    hole = line("x", [*days[:2], *[Point("d", None, "x")] * 8], [], [1.0], ("now", "before"))
    assert len(all_of(read(hole), "name")) == 2


@quick
@given(st.lists(st.lists(st.none() | shares, min_size=1, max_size=5), max_size=5))
def test_side_by_side_one_length_is_one_share_in_every_group(groups: list[list[float | None]]) -> None:
    drawing = sides("x", [Group("g", [Bar("m", part, "1") for part in listed]) for listed in groups])
    stays_inside(drawing)
    known = [part for listed in groups for part in listed if part is not None]
    drawn = [share(one.attrib["width"]) for one in all_of(read(drawing), "bar")]
    assert all(abs(one - part) < 2e-5 for one, part in zip(drawn, known, strict=True))


@quick
@given(st.lists(st.lists(counts, min_size=2, max_size=2), min_size=2, max_size=2))
def test_bands_leave_and_come_in_with_the_height_of_their_nodes(moves: list[list[int]]) -> None:
    """`moves[a][b]` went from node a to node b, and as many again went no further."""
    came = [sum(listed) for listed in zip(*moves, strict=True)]
    first = Column("1", [Node("a", 2 * sum(listed), sum(listed), "") for listed in moves])
    second = Column("2", [Node("b", n, n, "") for n in came])
    ways = [Flow(0, a, b, n, "") for a, listed in enumerate(moves) for b, n in enumerate(listed)]
    drawing = flow("x", [first, second], ways)
    stays_inside(drawing)
    root = read(drawing)
    nodes = [(float(one.attrib["y"]), float(one.attrib["height"])) for one in all_of(root, "node")]
    total = sum(map(sum, moves)) * 2 or 1
    for (_, high), n in zip(nodes, [2 * sum(listed) for listed in moves] + came, strict=True):
        assert abs(high - max(300 * n / total, 1)) < 0.01
    thick = [abs(float(one.attrib["d"].partition(" ")[2].partition("C")[0]) - float(
        re.search(r" ([\d.]+)Z$", one.attrib["d"]).group(1))) for one in all_of(root, "band")]  # fmt: skip
    assert all(abs(one - 300 * way.visits / total) < 0.01 for one, way in zip(thick, ways, strict=True))


def test_names_that_differ_at_one_end_are_drawn_differently_and_short_ones_whole() -> None:
    same = "/" + "x" * 200
    for one, other in ((f"a{same}", f"b{same}"), (f"{same}a", f"{same}b")):
        drawn = [
            [text for part in all_of(read(bars("n", [Bar(name, 1, "1")])), "folded") for text in part.itertext()]
            for name in (one, other)
        ]
        assert drawn[0] != drawn[1]
        assert len(drawn[0][0]) == NAMED
    assert named("a" * NAMED) == "a" * NAMED


@quick
@given(st.text("ab9_", min_size=1, max_size=NAMED), texts)
def test_a_label_has_a_line_for_all_that_a_narrow_window_has_no_room_for(text: str, figure: str) -> None:
    alone, beside = lines(text), lines(text, figure=figure)
    assert alone == -(-len(text) // 31)
    assert beside >= alone >= lines(text, room=2 * NARROWEST)
    (room,) = read(bars("n", [Bar(text, 1, figure)])).iter(SVG + "foreignObject")
    assert float(room.attrib["height"]) == LINE * lines(named(text), figure=figure)
