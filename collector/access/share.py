"""A page as it may be shared."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from collector.access.secret import kept
from collector.journal.access import AccessError, AddShare

DAYS: Final = 366  # the longest that a share is open
LEAST: Final = 5  # counts under this say too much about single persons, where nothing else was decided
_DAY: Final = 86_400_000
_FILTERS: Final = re.compile(r"[A-Za-z0-9%&=._~+:,*/()!'@-]{0,2000}")


class Sharing(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A page to be shared, open for so many days. `filters`: its view, as it stands in its address behind the `?`;
    `least`: counts under it are not shown (0: all are)."""

    page: str
    filters: str = ""
    days: int = 30
    least: int = LEAST
    note: str = ""


def shared(wish: Sharing, secret: str, site: int, author: str, now: int) -> AddShare:
    """The order that shares a page, which must be one that can be, from `now` on (ms UTC); raises `AccessError`."""
    filters = wish.filters.removeprefix("?")
    if not _FILTERS.fullmatch(filters):
        raise AccessError("filters", f"filters: expected a page's query such as range=30d, not {filters[:64]!r}")
    if not 1 <= wish.days <= DAYS:
        raise AccessError("days", f"days: expected 1 to {DAYS}, not {wish.days}")
    if not 0 <= wish.least <= 1_000:
        raise AccessError("least", f"least: expected 0 to 1000, not {wish.least}")
    if len(wish.note) > 200 or not wish.note.isprintable():
        raise AccessError("note", "note: expected one line of 200 characters at most")
    expires = now + wish.days * _DAY
    return AddShare(kept(secret), site, wish.page, filters, wish.note, author, wish.least, expires)
