"""Hits and a site to take in, changed by keyword; times are fixed."""

from __future__ import annotations

from typing import Any

from collector.event import Drop, Event, Hit, Receipt, Sender, Sent, Site
from collector.intake import admit

NOW = 1_795_000_000_000  # 2026-11-18, ms UTC
DAY = 86_400_000
KEY = bytes(range(32))
GRANT = Receipt("granted", "api", NOW - 1_000)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
SENDER = set(Sender.__struct_fields__)


def a_site(**changes: Any) -> Site:
    """The shop."""
    return Site(**{"number": 1, "name": "shop", "key": KEY, "origins": ("https://shop.example",)} | changes)


def a_hit(**changes: Any) -> Hit:
    """A page view with a grant; each keyword goes to where its field is."""
    sender: dict[str, Any] = {"received": NOW, "receipt": GRANT, "visitor": "visitor-1", "agent": CHROME}
    sent: dict[str, Any] = {"id": "event-1", "name": "page_view", "t": NOW, "url": "https://shop.example/"}
    for key, value in changes.items():
        (sender if key in SENDER else sent)[key] = value
    return Hit(Sender(**sender), Sent(**sent))


def admitted(site: Site | None = None, **changes: Any) -> Event:
    """What is kept of a hit; fails if nothing is."""
    found = admit(a_hit(**changes), site or a_site())
    assert isinstance(found, Event), found
    return found


def dropped(site: Site | None = None, **changes: Any) -> Drop:
    """Why nothing is kept of a hit; fails if something is."""
    found = admit(a_hit(**changes), site or a_site())
    assert isinstance(found, Drop), found
    return found
