"""Personal data that hides in texts: found by its shape, replaced by its kind, wherever it stands.

Patterns are the ones that reach analytics through paths, search words, form echoes and mail links: e-mail and network
addresses, phone numbers, long numbers (cards, accounts, national ids), JSON web tokens, and random keys (sessions,
resets).
They are shapes, not proofs: a name in a path cannot be recognised, and a nine-digit article number is masked.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_EMAIL: Final = re.compile(r"(?<![\w.+'-])[\w.+'-]+(?:@|%(?:25)*40)[\w-]+(?:(?:\.|%(?:25)*2[eE])[\w-]+)*")
_ADDRESS: Final = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"
    r"|(?<![\w:])(?=[0-9a-fA-F:]*::|(?:[0-9a-fA-F]{1,4}:){7})[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])"
)
_JWT: Final = re.compile(r"eyJ[\w-]{6,}(?:(?:\.|%(?:25)*2[eE])[\w-]*){0,4}", re.ASCII)
_UUID: Final = re.compile(r"(?<![0-9a-zA-Z])[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}(?![0-9a-zA-Z])")
# A run of 20 letters and digits mixed, or of 24 with _ and - in both cases: a random key, not a word or a slug.
_KEY: Final = re.compile(
    r"(?<![0-9A-Za-z])(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])(?=(?:[0-9A-Za-z]*?[0-9]){3})[0-9A-Za-z]{20,}"
    r"|(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=(?:[\w-]*?[0-9]){2})[\w-]{24,}",
    re.ASCII,
)
# Nine digits and more, alone or in groups as phone numbers, cards and national ids are written.
_NUMBER: Final = re.compile(r"(?<![0-9])(?:\+|%2[bB]|00)?(?:[0-9](?:[ .()/-]|%20|\+){0,2}){8,}[0-9]")
# What must be there for any of the above to match: most texts end here.
_SUSPECT: Final = re.compile(
    r"@|%(?:25)*40|eyJ|[0-9](?:[^0-9]{0,6}[0-9]){8}|[\w-]{20}|\d\.\d+\.\d+\.\d|[0-9a-fA-F]:[0-9a-fA-F:]*:",
    re.ASCII,
)
_DATE: Final = re.compile(r"^(?:19|20)\d\d[-./](?:0\d|1[0-2])[-./][0-3]\d")

_KINDS: Final = (
    (_JWT, "[token]"),
    (_EMAIL, "[email]"),
    (_ADDRESS, "[address]"),
    (_UUID, "[key]"),
    (_KEY, "[key]"),
)


@lru_cache(maxsize=8_192)
def masked(text: str) -> str:
    """The text with each recognised piece of personal data replaced by `[email]`, `[token]`, `[key]` or `[number]`."""
    if not _SUSPECT.search(text):
        return text
    for pattern, kind in _KINDS:
        text = pattern.sub(kind, text)
    return _NUMBER.sub(_number, text)


def _number(found: re.Match[str]) -> str:
    """A date with a time or a counter behind it is no phone number: `2026-11-22-1` stays."""
    return found[0] if _DATE.match(found[0]) and len(re.sub(r"\D", "", found[0])) < 12 else "[number]"


def masked_number(value: float) -> float | str:
    """A whole number of nine digits and more may be a phone, a card or an account; a smaller or broken one may not."""
    return "[number]" if abs(value) >= 100_000_000 and value == int(value) else value
