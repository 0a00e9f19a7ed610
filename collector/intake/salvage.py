"""Take a broken batch apart by its brackets alone, so that one bad event does not cost its neighbours.

The fast path never comes here: only a body that a JSON decoder refused. Such bodies exist in the wild: a text cut in
the middle of an emoji leaves a lone surrogate, which browsers send and strict decoders refuse.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

MAX_DEPTH: Final = 8  # brackets inside brackets, the batch's own two included; a sound event needs four
# Possessive, and an unfinished string is one too: a body of escaped quotes would otherwise be read again and again.
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[{}\[\],]', re.DOTALL)
_LONE: Final = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_BACKSLASH: Final = rb"\\"  # an escaped one: the u behind it is a letter


class Parts(NamedTuple):
    """The batch with its events taken out, and each event's bytes, not yet known to be JSON."""

    envelope: bytes
    events: list[bytes]


def brackets(text: bytes) -> int:
    """How many brackets open in a text, those inside strings included: no fewer than it nests deep."""
    return text.count(b"{") + text.count(b"[")


def too_deep(text: bytes, most: int) -> bool:
    """Whether a JSON text nests brackets in brackets deeper than that."""
    if brackets(text) <= most:
        return False
    depth = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        depth += (mark in b"[{") - (mark in b"]}")
        if depth > most:
            return True
    return False


def salvage(body: bytes) -> Parts | None:
    """Split a batch; None if its brackets do not even balance. Lone surrogates become U+FFFD."""
    body = _LONE.sub(lambda found: found[0] if found[0] == _BACKSLASH else rb"\ufffd", body)
    found = _events(body)
    if found is None:
        return None
    start, end, events = found
    return Parts(body[:start] + b"[]" + body[end:], events)


def _events(body: bytes) -> tuple[int, int, list[bytes]] | None:
    """Where the array under the key "events" of the outermost object begins and ends, and its elements."""
    depth = 0
    start = item = -1
    key = b""
    events: list[bytes] = []
    for token in _TOKEN.finditer(body):
        mark, at = token[0], token.start()
        if mark[0] == 0x22:
            key = mark if depth == 1 else key
            continue
        if mark in b"[{":
            depth += 1
            if start < 0 and depth == 2 and mark == b"[" and key == b'"events"':
                start, item = at, at + 1
        elif mark in b"]}":
            depth -= 1
        if start < 0 or depth > 2:
            continue
        closes = depth == 1 and mark == b"]"
        if closes or (mark == b"," and depth == 2):
            text = body[item:at].strip()
            if text or not closes or events:
                events.append(text)
            item = at + 1
        if closes:
            return start, at + 1, events
    return None
