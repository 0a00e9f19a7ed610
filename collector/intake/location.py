"""A URL taken apart once, for validation and minimisation alike."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit


class Location(NamedTuple):
    """The parts of an absolute web URL. `host` is lower-case, without port or user; nothing is decoded."""

    host: str
    path: str
    query: str
    fragment: str


@lru_cache(maxsize=4_096)
def location(url: str) -> Location | None:
    """Take an http or https URL apart; None if it is not one.

    The cache is small and lives in memory: pages repeat, and a page's URL is what most events carry.
    """
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
        parts.port  # noqa: B018  raises on a port that cannot be
    except ValueError:  # a bracket missing, a port of 99999, a host that NFKC would change
        return None
    if parts.scheme not in ("http", "https") or not host or len(host) > 253:
        return None
    return Location(host, parts.path or "/", parts.query, parts.fragment)
