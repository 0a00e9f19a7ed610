"""Elements of SVG as text, and lines of HTML in them. Whatever is put in is text: it neither ends an element nor begins
one."""

from __future__ import annotations

import re
from html import escape
from typing import Final

_FOREIGN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # no characters of XML 1.0
_OPEN: Final = frozenset({"div", "span"})  # HTML knows no empty element of these
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
    return Drawing(f"<{name}{said}>{inside}</{name}>" if inside or name in _OPEN else f"<{name}{said}/>")


def image(name: str, kind: str, height: float, *children: str) -> Drawing:
    """A whole drawing: as wide as its place, `height` pixels high, and `name` for those who do not see it."""
    return element(
        "svg", *children, xmlns="http://www.w3.org/2000/svg", class_=f"chart-drawing {kind}", role="img",
        aria_label=name, width="100%", height=height,
    )  # fmt: skip


def cut(text: str, x: str, y: float, width: str, height: float, kind: str = "") -> Drawing:
    """A line of text in a room that it may be too long for: then it ends in an ellipsis, as SVG's own text cannot."""
    return _room(x, y, width, height, _part("div", _shown(text), f"cut {kind}".rstrip()))


def titled(text: str, figure: str, y: float, height: float, kind: str = "") -> Drawing:
    """A line as wide as the drawing: a text, cut where it meets the figure at the other end."""
    parts = _part("span", _shown(text), f"cut {kind}".rstrip()), _part("span", _shown(figure), "amount")
    return _room("0", y, "100%", height, _part("div", Drawing("".join(parts)), "titled"))


def _room(x: str, y: float, width: str, height: float, inside: Drawing) -> Drawing:
    return element("foreignObject", inside, x=x, y=y, width=width, height=height)


def _part(name: str, inside: str, kind: str) -> Drawing:
    return element(name, inside, xmlns="http://www.w3.org/1999/xhtml", class_=kind)


def _shown(text: str) -> str:
    drawn = clean(text)
    return drawn if len(drawn) <= _MOST else drawn[: _MOST - 1] + "…"


def label(text: str, x: str, y: float, kind: str = "", anchor: str | None = None) -> Drawing:
    """A line of text on its baseline; `anchor`: middle or end."""
    return element("text", _shown(text), class_=kind or None, x=x, y=y, text_anchor=anchor)


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
