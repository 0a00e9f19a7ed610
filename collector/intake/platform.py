"""Is this text a consent platform's string? Told by the first bits of the IAB's formats, so that a receipt
holds proof and no other text that a page put there.

Transparency & Consent String: "TCF: Technical specification v2.2", core string: version 2 (6 bits), created and last
updated (36 bits each, tenths of a second since 1970), CMP's id, version and screen (12, 12, 6 bits), language (two
letters of 6 bits), vendor list (12 bits), policy version (6 bits). Global Privacy Platform: "Consent String
Specification", header: type 3, version 1. Neither was read anew for this: the widths are those in wide use.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from typing import Final

_FIRST, _LAST = 15_147_648_000, 41_024_448_000  # tenths of a second: 2018, when the format appeared, and 2100
_CORE: Final = re.compile(r"[A-Za-z0-9_-]{30}")  # what is looked at is in the first 24
_LETTERS: Final = 26


def consent_string(text: str) -> bool:
    """Whether a text begins as a Transparency & Consent String of version 2 does."""
    if not _CORE.match(text):
        return False
    bits = int.from_bytes(urlsafe_b64decode(text[:24]), "big")

    def field(start: int, width: int) -> int:
        return (bits >> (144 - start - width)) & ((1 << width) - 1)

    times = (field(6, 36), field(42, 36))
    language = (field(108, 6), field(114, 6))
    return (
        field(0, 6) == 2
        and all(_FIRST <= time <= _LAST for time in times)
        and times[0] <= times[1]
        and all(letter < _LETTERS for letter in language)
        and 2 <= field(132, 6) <= 15
    )


def privacy_string(text: str) -> bool:
    """Whether a text begins as a string of the Global Privacy Platform does."""
    return text.startswith("DB") and "~" in text
