"""The nouns of the house: what arrives (`Hit`), what may be kept (`Event`), and what was not kept (`Drop`).

A `Hit` may hold an address, a raw user agent and full URLs; it lives in memory only. An `Event` has no field that
could hold one. `collector.intake.admit` is the only function that turns the one into the other.
All times are integer milliseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

Scalar: TypeAlias = str | int | float | bool
Profile: TypeAlias = Literal["required", "exempt", "hybrid", "off"]
State: TypeAlias = Literal["granted", "denied", "withdrawn", "objected", "pending"]

PAGE_VIEW: Final = "page_view"
EXEMPT: Final = "exempt"  # the state of an event that was measured without a grant, by the reduced measure
MAX_INTEGER: Final = 2**53  # beyond it a browser cannot count exactly either
YEAR_2000: Final = 946_684_800_000
YEAR_2100: Final = 4_102_444_800_000

_PORT: Final = re.compile(r":\d+$")

Id = Annotated[str, Meta(min_length=1, max_length=128)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Key = Annotated[str, Meta(min_length=1, max_length=64)]
Text = Annotated[str, Meta(max_length=2_048)]
Integer = Annotated[int, Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]
Millis = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Url = Annotated[str, Meta(min_length=1, max_length=16_384)]
Token = Annotated[str, Meta(max_length=8_192, pattern=r"^[A-Za-z0-9_.~-]*\Z")]
Props = Annotated[dict[Key, Text | Integer | float | bool | None], Meta(max_length=64)]


class Receipt(Struct, frozen=True):
    """What the visitor answered, who says so, under which version of the notice, and when (ms UTC).

    `tcf` and `gpp` are the strings of a consent platform, `snippet` the version that sent it.
    """

    state: State
    source: Annotated[str, Meta(min_length=1, max_length=64)]
    at: Annotated[int, Meta(ge=YEAR_2000, le=YEAR_2100)]
    policy: Annotated[str, Meta(max_length=64)] | None = None
    purposes: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=32)] | None = None
    tcf: Token | None = None
    gpp: Token | None = None
    snippet: Annotated[str, Meta(max_length=32)] | None = None


class Revenue(Struct, frozen=True):
    """Money as a decimal string, never a float: `12.50`, `-3`, at most 12 digits before the point and 6 after it."""

    amount: Annotated[str, Meta(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,6})?\Z")]
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")]


class Sent(Struct, frozen=True):
    """One event as a page, a server or a file sent it. `seq` counts within one page, `page` is that page view's id."""

    id: Id
    name: Name
    t: Millis
    url: Url | None = None
    path: Url | None = None
    referrer: Annotated[str, Meta(max_length=16_384)] | None = None
    seq: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    page: Id | None = None
    props: Props | None = None
    revenue: Revenue | None = None
    user: Annotated[str, Meta(max_length=256)] | None = None
    ip: None = None  # an address is what the connection says; a sender that claims one is told so


class Daily(Struct, frozen=True):
    """The visitor of the reduced measure: the hash under today's salt and, while it still exists, that under
    yesterday's. `midnight` (ms UTC) is where today began."""

    today: str
    before: str | None = None
    midnight: int = 0


class Sender(Struct, frozen=True):
    """The circumstances that the events of one batch share. Memory only."""

    received: int
    sent_at: int | None = None
    receipt: Receipt | None = None
    visitor: str | None = None
    agent: str | None = None  # None: nobody said; empty: the sender names itself nothing
    country: str | None = None  # from a proxy that the operator trusts
    zone: str | None = None  # the browser's time zone
    objection: str | None = None  # "gpc", "dnt" or "opt_out": a signal that forbids reading further
    daily: Daily | None = None  # who it is where no id may be used


class Hit(Struct, frozen=True):
    """One event and its circumstances, before anything was decided. Memory only."""

    sender: Sender
    sent: Sent


class Drop(Struct, frozen=True):
    """Why one event was not kept. `field` and `expected` are there when the sender can mend it."""

    reason: str
    field: str | None = None
    expected: str | None = None


class Site(Struct, frozen=True):
    """One site and its own rules. `key` hashes what must not be stored as it came; it never leaves the data folder."""

    number: int
    name: str
    key: bytes
    origins: tuple[str, ...]
    profile: Profile = "required"
    timezone: str = "UTC"
    session_timeout: int = 1_800_000
    parameters: tuple[str, ...] = ()  # query parameters kept beside the campaign's
    hash_routes: bool = False
    own_hosts: tuple[str, ...] = ()  # hosts that are never a referrer: linked sites, payment pages
    policy: str | None = None  # the version of the notice in force; a grant to another one is void
    receipt_days: int | None = 390  # a grant older than that is void
    hosts: frozenset[str] = frozenset()  # every host that is the site itself: of its origins, and its own hosts

    def __post_init__(self) -> None:
        hosts = {_PORT.sub("", origin.split("://", 1)[1]) for origin in self.origins}
        force_setattr(self, "hosts", frozenset(hosts | set(self.own_hosts)))


class Event(
    Struct,
    frozen=True,
    omit_defaults=True,
    rename={
        "name": "n", "received": "r", "visitor": "v", "user": "u", "page": "g", "seq": "q",
        "host": "h", "path": "p", "query": "y", "referrer_host": "rh", "referrer_path": "rp",
        "source": "us", "medium": "um", "campaign": "uc", "term": "ut", "content": "uo", "campaign_id": "ui",
        "extra": "ux", "click_id": "k", "browser": "b", "system": "o", "device": "d", "bot": "z",
        "country": "c", "props": "x", "amount": "a", "currency": "m", "state": "cs", "consent_source": "cr",
        "policy": "cp", "consented_at": "ct", "flags": "f",
    },
):  # fmt: skip
    """What is kept of one event: one row of the log. The short names are the log's, to keep a row under 400 bytes.

    `source` … `campaign_id` and `extra` are the campaign's parameters as they came; the channel is derived later from
    them and the dictionary of the day. `user` is a keyed hash. `amount` is a decimal string. `flags` says what was
    mended: `late`, `clamped` (times), `truncated` (the length of a path, a referrer or a campaign's value).
    """

    id: str
    t: int
    name: str
    received: int
    visitor: str | None = None
    user: str | None = None
    page: str | None = None
    seq: int | None = None
    host: str | None = None
    path: str | None = None
    query: str | None = None
    referrer_host: str | None = None
    referrer_path: str | None = None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    term: str | None = None
    content: str | None = None
    campaign_id: str | None = None
    extra: dict[str, str] | None = None
    click_id: str | None = None
    browser: str | None = None
    system: str | None = None
    device: str | None = None
    bot: str | None = None
    country: str | None = None
    props: dict[str, Scalar] | None = None
    amount: str | None = None
    currency: str | None = None
    state: str | None = None
    consent_source: str | None = None
    policy: str | None = None
    consented_at: int | None = None
    flags: list[str] | None = None
