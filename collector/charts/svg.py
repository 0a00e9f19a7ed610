"""Elements of SVG as text, and lines of HTML in them. Whatever is put in is text: it neither ends an element nor begins
one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Final
from unicodedata import east_asian_width

_FOREIGN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # no characters of XML 1.0
_WORDS: Final = re.compile(r"[^ -]+[ -]*|[ -]+")  # browsers break lines behind a blank or a hyphen,
_PARTS: Final = re.compile(r"[^ /-]+[ /-]*|[ /-]+")  # and some behind a slash
_OPEN: Final = frozenset({"div", "span"})  # HTML knows no empty element of these
_MOST: Final = 160  # characters of a text that are drawn; its title and the table beside have all
NAMED: Final = 72  # of a name; what is left out lies between its ends, so that two look alike only if both ends do
LINE: Final = 20  # pixels of a line of text
NARROWEST: Final = 250  # pixels of a drawing in a window of 320
_GAP: Final = 16  # pixels between a text and the figure at the other end
_SIGN: Final = {"name": 8.7, "tick": 6.4, "lost": 7.3}  # pixels of a character in DejaVu Sans, a wide face
_USUAL: Final = 8.0


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


def lines(text: str, kind: str = "", room: float = NARROWEST, figure: str = "") -> int:
    """How many lines a text takes at most in so many pixels, beside its figure: where it is narrow nothing of it is
    cut, where it is wide it stands on the last of them."""
    sign = _SIGN.get(kind, _USUAL)
    left = room - (len(figure) * sign + _GAP if figure else 0)
    spread = "".join(one * 2 if east_asian_width(one) in "WF" else one for one in _shown(text))
    signs = max(int(left / sign), 3)
    return max(_broken(_WORDS.findall(spread), signs), _broken(_PARTS.findall(spread), signs))


def _broken(words: Iterable[str], signs: int) -> int:
    """Lines of so many characters that the words fill; one that is longer than a line is broken anywhere."""
    count, used = 1, 0
    for word in words:
        wide = len(word.rstrip(" "))
        if used and used + wide > signs:
            count, used = count + 1, 0
        more = max(wide - 1, 0) // signs
        count, used = count + more, used + len(word) - more * signs
    return count


def named(text: str) -> str:
    """A name as it is drawn: its ends, if it is long."""
    known = clean(text)
    return known if len(known) <= NAMED else f"{known[: NAMED // 2]}…{known[1 - NAMED // 2 :]}"


def folded(text: str, x: str, y: float, width: str, height: float, kind: str = "") -> Drawing:
    """A text in a room that has as many lines as it may need, as SVG's own text cannot have; on the last ones."""
    return _room(x, y, width, height, _part("div", _part("span", _shown(text), ""), f"folded {kind}".rstrip()))


def titled(text: str, figure: str, y: float, height: float, kind: str = "") -> Drawing:
    """A text as wide as the drawing, folded where it meets the figure at the other end."""
    parts = _part("span", _shown(text), ""), _part("span", _shown(figure), "amount")
    return _room("0", y, "100%", height, _part("div", Drawing("".join(parts)), f"folded titled {kind}".rstrip()))


def _room(x: str, y: float, width: str, height: float, inside: Drawing) -> Drawing:
    return element("foreignObject", inside, x=x, y=y, width=width, height=height)


def _part(name: str, inside: str, kind: str) -> Drawing:
    return element(name, inside, xmlns="http://www.w3.org/1999/xhtml", class_=kind or None)


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
