"""Personal data that hides in texts: found by its shape, replaced by its kind, wherever it stands.

Patterns are the ones that reach analytics through paths, search words, form echoes and mail links: e-mail and network
addresses, phone numbers, long numbers (cards, accounts, national ids), JSON web tokens, and random keys (sessions,
resets).
They are shapes, not proofs: a name in a path cannot be recognised, and a nine-digit article number is masked.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_AT: Final = r"(?:@|%(?:25)*40|&#64;)"
_DOT: Final = r"(?:\.|%(?:25)*2[eE])"
_COLON: Final = r"(?::|%(?:25)*3[aA])"
_HEX: Final = "[0-9a-fA-F]"
_EMAIL: Final = re.compile(rf"""(?:"[^"@]{{1,64}}"|(?<![\w.+'-])[\w.+'-]+){_AT}[\w-]+(?:{_DOT}[\w-]+)*""")
# Version 4; version 6 with a gap (::), between what is no letter or digit; version 6 or a hardware address written out.
_ADDRESS: Final = re.compile(
    rf"(?<!\d)(?<!\d\.)(?:\d{{1,3}}{_DOT}){{3}}\d{{1,3}}(?!{_DOT}?\d)"
    rf"|(?<!{_HEX})(?=(?:{_HEX}|{_COLON}){{0,45}}?{_COLON}{{2}})(?:{_HEX}{{1,4}}{_COLON}{{1,2}}){{1,7}}{_HEX}{{0,4}}(?![0-9A-Za-z])"
    rf"|(?<!{_HEX})(?:{_HEX}{{1,4}}{_COLON}){{4,7}}{_HEX}{{1,4}}(?!{_HEX})"
)
_JWT: Final = re.compile(r"eyJ[\w-]{6,}(?:(?:\.|%(?:25)*2[eE])[\w-]*){0,4}", re.ASCII)
_UUID: Final = re.compile(r"(?<![0-9a-zA-Z])[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}(?![0-9a-zA-Z])")
# A run of 20 letters and digits mixed, or of 24 with _ and - in both cases: a random key, not a word or a slug.
_KEY: Final = re.compile(
    r"(?<![0-9A-Za-z])(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])(?=(?:[0-9A-Za-z]*?[0-9]){3})[0-9A-Za-z]{20,}"
    r"|(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=(?:[\w-]*?[0-9]){2})[\w-]{24,}",
    re.ASCII,
)
# Nine digits and more, alone or in groups as phone numbers, cards and national ids are written, in any script's digits.
_GAP: Final = r"[ \u00a0\u2009\u202f.()/\-\u2010-\u2014]|%20|%2[dD]|%C2%A0|\+"
_NUMBER: Final = re.compile(rf"(?<!\d)(?:\+|%2[bB]|00)?(?:\d(?:{_GAP}){{0,2}}){{8,}}\d")
# What must be there for any of the above to match: most texts end here.
_SUSPECT: Final = re.compile(
    rf"{_AT}|eyJ|\d(?:\D{{0,8}}\d){{8}}|[\w-]{{20}}|\d{_DOT}\d+{_DOT}\d+{_DOT}\d|{_HEX}{_COLON}(?:{_HEX}|{_COLON})*{_COLON}"
)
_DATE: Final = re.compile(
    r"^(?:(?:19|20)\d\d[-./](?:0\d|1[0-2])[-./][0-3]\d|[0-3]\d[-./](?:0\d|1[0-2])[-./](?:19|20)\d\d)"
)
_CACHED: Final = 512  # characters: longer texts are rare and would fill the memory

_KINDS: Final = (
    (_JWT, "[token]"),
    (_EMAIL, "[email]"),
    (_ADDRESS, "[address]"),
    (_UUID, "[key]"),
    (_KEY, "[key]"),
)


def visible(text: str) -> str:
    """A text without control, invisible and direction-changing characters, trimmed."""
    return _INVISIBLE.sub("", text).strip() if not text.isascii() or not text.isprintable() else text.strip()


def masked(text: str) -> str:
    """The text with each recognised piece of personal data replaced by its kind in brackets.

    Kinds: `[email]`, `[address]`, `[token]`, `[key]`, `[number]`.
    """
    return _masked_short(text) if len(text) <= _CACHED else _masked(text)


def _masked(text: str) -> str:
    """A text that is percent-encoded once more, or twice, is kept as it came if it is clean decoded too."""
    if (
        not text.isascii()
        and (plain := unicodedata.normalize("NFKC", text)) != text
        and (clean := _swept(plain)) != plain
    ):
        return clean  # written in full-width or other look-alike characters
    if "%" in text and (plain := unquote(unquote(text))) != text and (clean := _swept(plain)) != plain:
        return clean
    return _swept(text)


def _swept(text: str) -> str:
    if not _SUSPECT.search(text):
        return text
    for pattern, kind in _KINDS:
        text = pattern.sub(kind, text)
    return _NUMBER.sub(_number, text)


_masked_short: Final = lru_cache(maxsize=8_192)(_masked)


def _number(found: re.Match[str]) -> str:
    """A date with a time or a counter behind it is no phone number: `2026-11-22-1` stays."""
    return found[0] if _DATE.match(found[0]) and len(re.sub(r"\D", "", found[0])) < 12 else "[number]"


def masked_number(value: float) -> float | str:
    """A number of nine digits and more before the point may be a phone, a card or an account."""
    return "[number]" if abs(value) >= 100_000_000 else value
