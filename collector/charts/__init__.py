"""Charts drawn on the server as SVG: pure functions of numbers and of texts that are formatted already.

line       a figure over time, beside an earlier time      steps      a funnel: who came, who left, in between
bars       parts of a whole                                flow       pages one after the other
sides      the same parts by several rules                 svg        elements, escaped

Why SVG from the server: it needs no script (pages can be read, printed and mailed without one) and no library. Geometry
is in per cent of the width, text in pixels of the page: the same drawing fits a phone and a wide screen, and text is
never scaled. Nothing is told by colour alone: parts are labelled
where they are, what is missing is hatched, what is not whole yet is dashed. Colours and sizes are those of
`static/pages.css`; no element carries a style of its own, as the pages' Content-Security-Policy wants.

Every drawing is one image with a name for those who cannot see it (`role="img"`); the table beside it has the figures.
"""

from __future__ import annotations

from collector.charts.bars import Bar, bars
from collector.charts.flow import Column, Flow, Node, flow
from collector.charts.line import Point, Tick, line
from collector.charts.sides import Group, sides
from collector.charts.steps import Step, steps
from collector.charts.svg import Drawing

__all__ = [
    "Bar", "Column", "Drawing", "Flow", "Group", "Node", "Point", "Step", "Tick",
    "bars", "flow", "line", "sides", "steps",
]  # fmt: skip
