"""A URL taken apart once, for validation and minimisation alike."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit


class Location(NamedTuple):
    """The parts of an absolute web URL. `host` is as it was written, without port or user; nothing is decoded."""

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
        usable = parts.hostname
        parts.port  # noqa: B018  raises on a port that cannot be
    except ValueError:  # a bracket missing, a port of 99999, a host that NFKC would change
        return None
    if parts.scheme not in ("http", "https") or not usable or len(usable) > 253:
        return None
    host = parts.netloc.rpartition("@")[2]
    host = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    return Location(host, parts.path or "/", parts.query, parts.fragment)


def ascii_host(host: str) -> str:
    """A host as browsers send it: lower case, in ASCII by UTS 46 and IDNA 2008 (`straße.example` is a name of its own,
    not `strasse.example`). Raises `UnicodeError` for what they allow in no name, such as a label of 64."""
    if host.isascii():
        return host.lower()
    from idna import alabel, uts46_remap  # noqa: PLC0415  few hosts need its tables

    labels = uts46_remap(host, std3_rules=False).split(".")
    return ".".join(label if label.isascii() else alabel(label).decode() for label in labels)
