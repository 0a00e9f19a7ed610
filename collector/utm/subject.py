"""A link under examination, and what is known around it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

from . import landing, query
from .dictionary import Dictionary
from .query import Tags
from .sentences import Notice

_NOTHING: Final[Mapping[str, Collection[str]]] = {}


class Context(NamedTuple):
    """What a link cannot say of itself. Everything is optional.

    `own_hosts`: the site's hosts; `page_host`: the host of the page the link stands on (L01).
    `dictionary`: the allowed values (L13). `used`: field → values already in use (L27).
    `arrived`: the address comes from traffic, not from a draft (L15, L20, L22, L30).
    `issued`: every link that was registered (L30). `clicks`, `hours`: clicks since the launch, hours ago
    (L31).
    `names_by_id`: campaign id → campaign names seen with it (L32).
    `hops`: the addresses of the redirections in order (L23); `status`: the last one's HTTP status (L25).
    """

    own_hosts: Collection[str] = ()
    page_host: str = ""
    dictionary: Dictionary | None = None
    used: Mapping[str, Collection[str]] = _NOTHING
    arrived: bool = False
    issued: Collection[str] | None = None
    clicks: int | None = None
    hours: float | None = None
    names_by_id: Mapping[str, Collection[str]] = _NOTHING
    hops: tuple[str, ...] = ()
    status: int | None = None


class Pair(NamedTuple):
    """One parameter: as typed (`key`, `raw`) and as meant (`name`, `value`). `text` is the whole of it."""

    text: str
    key: str
    name: str
    raw: str
    value: str


class Subject(NamedTuple):
    """A link as the rules see it."""

    url: str
    pairs: tuple[Pair, ...]
    fragment: str
    tags: Tags
    context: Context

    def campaign(self) -> Iterator[Pair]:
        """The utm parameters that have a value."""
        return (pair for pair in self.pairs if pair.name.startswith("utm_") and pair.value)

    def rewritten(self, change: Mapping[str, str | None]) -> str:
        """The link with some parameters' text replaced (text as typed → new text, None: removed)."""
        body, mark, fragment = self.url.partition("#")
        path, _, raw = body.partition("?")
        texts = [change.get(text, text) for text in raw.split("&")]
        kept = "&".join(text for text in texts if text is not None)
        return path + ("?" + kept if kept else "") + mark + fragment


Fault = tuple[str, str | Notice, str | None]
"""What a rule yields: the parameter, what was found (or a sentence about it), the corrected link where that is safe."""


def subject(url: str, context: Context) -> Subject:
    """`url` made ready for the rules."""
    url = url.strip()
    raw = landing.query_of(url)
    return Subject(
        url,
        tuple(_pair(text) for text in raw.split("&") if text),
        landing.fragment_query(url),
        query.tags(raw),
        context,
    )


def _pair(text: str) -> Pair:
    key, _, raw = text.partition("=")
    return Pair(text, key, query.fold(key), raw, query.decode(raw))
