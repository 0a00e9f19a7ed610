"""Elements of SVG as text. Whatever is put in is text: it can neither end an element nor begin one."""

from __future__ import annotations

import re
from html import escape
from typing import Final

_FOREIGN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # no characters of XML 1.0
_MOST: Final = 160  # characters of a label that are drawn; its title and the table beside have all


class Drawing(str):
    """SVG that is whole; a template prints it as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        """What template engines ask for before they escape."""
        return str(self)


def element(name: str, /, *children: str, **attributes: str | float | None) -> Drawing:
    """`element("rect", width="50%")`. Children that are no drawings are escaped; an attribute without a value is left
    out, `class_` is class and `text_anchor` text-anchor."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(child if isinstance(child, Drawing) else escape(clean(child)) for child in children)
    return Drawing(f"<{name}{said}>{inside}</{name}>" if inside else f"<{name}{said}/>")


def image(name: str, kind: str, height: float, *children: str) -> Drawing:
    """A whole drawing: as wide as its place, `height` pixels high, and `name` for those who do not see it."""
    return element(
        "svg", *children, xmlns="http://www.w3.org/2000/svg", class_=f"chart-drawing {kind}", role="img",
        aria_label=name, width="100%", height=height,
    )  # fmt: skip


def cell(x: str, y: float, width: str, height: float, *children: str) -> Drawing:
    """A part of the drawing that nothing in it leaves."""
    return element("svg", *children, x=x, y=y, width=width, height=height, overflow="hidden")


def label(text: str, x: str, y: float, kind: str = "", anchor: str | None = None) -> Drawing:
    """A line of text on its baseline; `anchor`: middle or end."""
    drawn = clean(text)
    drawn = drawn if len(drawn) <= _MOST else drawn[: _MOST - 1] + "…"
    return element("text", drawn, class_=kind or None, x=x, y=y, text_anchor=anchor)


def title(text: str) -> Drawing:
    """What the pointer is told."""
    return element("title", text)


def percent(share: float) -> str:
    """A share of the width, at least nothing and at most all."""
    return f"{number(100 * min(1.0, max(0.0, share)))}%"


def number(value: float) -> str:
    """A number as attributes take it, to a thousandth."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def clean(text: str) -> str:
    """The text with what XML cannot hold replaced."""
    return _FOREIGN.sub("\ufffd", text)


def _text(value: str | float) -> str:
    return clean(value) if isinstance(value, str) else number(value)
