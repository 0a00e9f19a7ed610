"""Values of the filter bar: the word that is stored, how a page says it, and which one is meant by what was typed.

Addresses, reports and commands know stored words only (`desktop`, `FR`, `Email`); people type what they read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, get_args
from unicodedata import combining, normalize

from collector.pages.carts import label
from collector.pages.exact import SAID
from collector.pages.filters import MISSING, PATHS, Dimension
from collector.pages.listing import CHANNELS, DEVICES
from collector.pages.words import Language, Words, mark, words

_NAMED: Final[Mapping[Dimension, Mapping[str, str]]] = {"device": DEVICES, "channel": CHANNELS}
_ALSO: Final[Mapping[Dimension, Mapping[str, str]]] = {  # what people call them besides, without accents
    "device": {"computer": "desktop", "pc": "desktop", "phone": "mobile", "smartphone": "mobile",
               "telephone": "mobile", "tele": "tv"},
    "channel": {"mail": "Email", "courriel": "Email", "newsletter": "Email"},
    "medium": {"email": "email", "courriel": "email"},
}  # fmt: skip
_ABSENT: Final = ("aucune", "sans", "inconnu", "unknown", "notset")  # the same for what has no value
LISTED: Final = 12  # values that are offered at once


class Offer(NamedTuple):
    """Values of a dimension that there are, each with its stored word or None for those without one. `sought`: the one
    that was asked for and is not among them."""

    dimension: Dimension
    values: Sequence[str | None]
    sought: str | None = None


def spelt(said: Words, dimension: Dimension, value: str | None) -> str:
    """How a page says a stored word."""
    if dimension in SAID:
        return said(mark("yes")) if dimension == "link" else value or said.none
    return label(said, dimension, value or MISSING)


def folded(text: str) -> str:
    """Letters and digits alone, without accents and case: É-mail → email; all of it where there are none."""
    plain = "".join(sign for sign in normalize("NFKD", text.casefold()) if not combining(sign))
    return "".join(sign for sign in plain if sign.isalnum()) or plain.strip()


def meant(dimension: Dimension, typed: str, there: Sequence[str | None]) -> str:
    """The stored word that somebody meant who typed this: one of those that there are, by its own letters or by what a
    page calls it, else one that could be there; else what was typed."""
    typed = typed.strip()
    if dimension in PATHS and "*" in typed:
        return typed
    for known in (value for value in there if value is not None):
        if known.lower() == typed.lower():
            return known
    key, named = folded(typed), names(dimension)
    found = [value for value in there if value is not None and folded(value) == key]
    if len(found) == 1:
        return found[0]
    return named.get(key, typed)


def offered(typed: str, there: Sequence[str | None]) -> list[str | None]:
    """Those of the values that are listed: what is like the typed text first, the rest as they came."""
    key = folded(typed)
    like = [value for value in there if value is not None and key and (key in folded(value) or folded(value) in key)]
    return list(dict.fromkeys([*like, *there]))[:LISTED]


@lru_cache
def names(dimension: Dimension) -> Mapping[str, str]:
    """The stored word for what pages call it, folded, in every language."""
    known: dict[str, str] = {}
    for said in map(words, get_args(Language)):
        if dimension == "country":
            known |= {key: code for code, name in said.countries().items() for key in (folded(code), folded(name))}
        known |= {folded(said(name)): value for value, name in _NAMED.get(dimension, {}).items()}
        known |= dict.fromkeys((folded(said.none), folded(spelt(said, dimension, None)), *_ABSENT), MISSING)
    return {**known, **_ALSO.get(dimension, {})}
