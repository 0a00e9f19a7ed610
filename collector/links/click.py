"""What kind of sender asked for a short address: a person, a preview, or a program; and whether it is a repeat.

Only a person's first request in a while counts as a click. Messengers, mail filters and search engines fetch links
too, often many times before anybody has seen them; they get the same answer and their own number.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final

from collector.intake.agents import families
from collector.journal.links import Kind

_MOST: Final = 100_000  # senders remembered; the least recently seen go first
_AHEAD: Final = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")  # a browser loads before anybody clicked
_EARLY: Final = (b"prefetch", b"prerender", b"preview")


def kind(method: str, headers: Mapping[bytes, bytes]) -> Kind:
    """What the head of a request says of its sender.

    HEAD is never a click: link checkers send it, some of them with a browser's user agent. Nor is a request for
    anything but a page, such as a picture: a browser says so in Sec-Fetch-Dest.
    """
    ahead = any(word in headers.get(name, b"").lower() for name in _AHEAD for word in _EARLY)
    if method == "HEAD" or ahead or headers.get(b"sec-fetch-dest", b"document") not in (b"document", b"iframe"):
        return "preview"
    program = families(headers.get(b"user-agent", b"").decode("latin-1")).bot
    if program is None:
        return "human"
    return "preview" if program == "preview" else "bot"


class Visitors:
    """Who clicked which link in the last `seconds`: keyed hashes in memory, under a key that dies with the process."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds, self._clock = seconds, clock
        self._key = secrets.token_bytes(32)
        self._seen: OrderedDict[bytes, float] = OrderedDict()

    def again(self, link: int, address: str, agent: bytes) -> bool:
        """Whether this sender clicked this link a moment ago. A moment is counted from the first click."""
        now = self._clock()
        sender = hashlib.blake2b(
            b"%d\0%s\0%s" % (link, address.encode(), agent), key=self._key, digest_size=16
        ).digest()
        since = self._seen.get(sender)
        if since is not None and now - since < self._seconds:
            return True
        self._seen[sender] = now
        self._seen.move_to_end(sender)
        if len(self._seen) > _MOST:
            self._seen.popitem(last=False)
        return False
