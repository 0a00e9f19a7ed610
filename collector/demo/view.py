"""The shop's pages as text: templates, the two languages, drawings, and the pieces that pages share."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Final, NamedTuple

from collector.demo.catalogue import CATEGORIES, LANGUAGES, Article

PAGES: Final = Path(__file__).parent / "pages"


class View(NamedTuple):
    """One reader's shop: the language, and the path prefix that the shop is mounted under."""

    lang: str
    root: str

    def text(self, key: str) -> str:
        """One text in this language, ready for HTML."""
        return texts(self.lang)[key]

    def fill(self, name: str, /, **values: str) -> str:
        """A template with this language's texts under their keys (`.` and `-` read `_`) and more values."""
        keyed = {key.replace(".", "_").replace("-", "_"): text for key, text in texts(self.lang).items()}
        return template(name).substitute(keyed | {"lang": self.lang, "root": self.root} | values)

    def link(self, place: str) -> str:
        """The address of a page of this shop, in this language."""
        return f"{self.root}/{self.lang}{place}"

    def money(self, amount: Decimal) -> str:
        """A price in euro as this language writes it."""
        return f"{amount:.2f}\u00a0€".replace(".", ",") if self.lang == "fr" else f"€{amount:.2f}"

    def cards(self, articles: Iterable[Article]) -> str:
        """List items, each a link to one article."""
        return "".join(
            f'<li><a href="{self.link("/product/" + one.sku)}">{drawing(one.sku)}<strong>{self.text(one.sku)}'
            f'</strong><span class="price">{self.money(one.price)}</span></a></li>'
            for one in articles
        )

    def doors(self) -> str:
        """List items, each a link to one category."""
        return "".join(
            f'<li><a href="{self.link("/category/" + key)}"><strong>{self.text(f"category.{key}")}</strong>'
            f"<span>{self.text(f'category.{key}.text')}</span></a></li>"
            for key in CATEGORIES
        )

    def shelves(self, place: str) -> str:
        """Links to the categories, that of `place` marked."""
        return "".join(
            f'<a href="{self.link(at)}"{current(at == place)}>{self.text(f"category.{key}")}</a>'
            for key in CATEGORIES
            for at in ("/category/" + key,)
        )

    def languages(self, place: str) -> str:
        """Links to the same page in each language."""
        names = {"fr": "Français", "en": "English"}
        return "".join(
            f'<a href="{self.root}/{one}{place}" lang="{one}" hreflang="{one}"{current(one == self.lang)}'
            f' aria-label="{one.upper()}, {names[one]}">{one.upper()}</a>'
            for one in LANGUAGES
        )


@cache
def texts(lang: str) -> dict[str, str]:
    """All texts of one language, ready for HTML."""
    read: dict[str, str] = json.loads((PAGES / f"{lang}.json").read_text("utf-8"))
    return {key: escape(text) for key, text in read.items()}


@cache
def template(name: str) -> Template:
    """One page or part of a page."""
    return Template((PAGES / f"{name}.html").read_text("utf-8"))


@cache
def drawing(name: str, alt: str = "") -> str:
    """One drawing as an SVG element: an image with a name, or decoration without."""
    said = f'role="img" aria-label="{alt}"' if alt else 'aria-hidden="true" focusable="false"'
    return (PAGES / "art" / f"{name}.svg").read_text("utf-8").strip().replace("<svg ", f"<svg {said} ", 1)


def current(here: bool, what: str = "page") -> str:
    """The attribute that marks where one is, or nothing."""
    return f' aria-current="{what}"' if here else ""


def cents(amount: Decimal) -> str:
    """A price in whole cents, for the scripts."""
    return str(int(amount * 100))
