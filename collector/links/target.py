"""Where a link may lead. Looked at when it is issued, and again at every click: the rules may have become stricter.

Nothing here asks the network: a host is judged by its name. A public name that resolves to an inner address is the
visitor's browser's own business; the server never follows a link.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable
from typing import Annotated, Final, NamedTuple
from urllib.parse import quote, unquote, urlsplit

import msgspec
from msgspec import Meta

from collector.event import Site
from collector.intake.location import ascii_host
from collector.links.remark import Remark, Sentence
from collector.utm import BuildError, registry
from collector.utm.destination import authority, cleaned, host_of
from collector.utm.query import fold

SCHEMES: Final = ("https", "http")
PATH: Final = "/l/"

_INNER: Final = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".test", ".invalid", ".onion")
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")
_VALUE: Final = re.compile(r"[A-Za-z0-9._~*%+-]{1,512}")
_ORIGIN: Final = r"^(https?://[^/?#\s]+)?$"
_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Section [links]. Times are seconds, sizes bytes."""

    base: Annotated[str, Meta(pattern=_ORIGIN)] = ""
    hosts: tuple[str, ...] = ()
    wait_seconds: Annotated[float, Meta(gt=0, le=120)] = 0.25
    repeat_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 1_800
    upload_bytes: Annotated[int, Meta(ge=1_024, le=67_108_864)] = 8_388_608


class Places(NamedTuple):
    """Hosts by their part: `own` are the sites', `only` the operator's list (empty: any public host), `short` where
    short addresses live (host, with its port where it has one)."""

    own: frozenset[str] = frozenset()
    only: tuple[str, ...] = ()
    short: frozenset[str] = frozenset()


def places(sites: Iterable[Site], options: Options, *short: str) -> Places:
    """The places of these sites; `short` are further origins of short addresses, such as where the server listens."""
    own = {host_of(origin) for site in sites for origin in (*site.origins, *(f"https://{h}" for h in site.own_hosts))}
    bases = frozenset(authority(base).lower() for base in (options.base, *short) if base)
    return Places(frozenset(own), tuple(host.lower() for host in options.hosts), bases)


def objection(target: str, places: Places) -> Sentence | None:
    """Why `target` must not be a link's, or None. Never raises."""
    try:
        clean = cleaned(target, SCHEMES, assume_https=False)
    except BuildError as error:
        return error.notice
    if clean != target:
        return Remark("blank_edge", "url")
    place = authority(target).lower()
    if "@" in place:
        return Remark("credentials", "url")
    if place in places.short and urlsplit(target).path.lower().startswith(PATH):
        return Remark("own_link", "url")
    return _unwelcome(host_of(target).rstrip("."), places)


def _unwelcome(host: str, places: Places) -> Sentence | None:
    if _below(host, places.own):
        return None
    if not is_public(host):
        return Remark("unsafe_host", "url", {"host": host})
    if places.only and not _below(host, places.only):
        return Remark("foreign_host", "url", {"host": host, "allowed": ", ".join(places.only)})
    return None


def is_public(host: str) -> bool:
    """Whether a host, by its name alone, is on the public internet."""
    host = unquote(host).lower().rstrip(".")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
        return address.is_global and not address.is_multicast
    except ValueError:
        pass
    last = host.rpartition(".")[2]
    # WHATWG URL, "ends in a number": browsers read 127.1, 0x7f000001 and 2130706433 as addresses.
    return "." in host and not host.endswith(_INNER) and not _NUMBER.fullmatch(last)


def location(target: str, query: str) -> str:
    """`target` for a Location header, in ASCII, with the click ids that an advertising platform put on the short
    address. Nothing else of what was asked goes along, and nothing that the target says already is said again."""
    body, mark, fragment = target.partition("#")
    path, _, own = body.partition("?")
    there = {_name(pair) for pair in own.split("&")}
    brought = {_name(pair): pair for pair in reversed(query.split("&")) if _name(pair) not in there and _carried(pair)}
    ours = list(reversed(brought.values()))[:8]
    joined = "&".join([*([own] if own else []), *ours])
    return ascii_address(f"{path}?{joined}{mark}{fragment}" if ours else target)


def ascii_address(address: str) -> str:
    """An address as a header may carry it: the host in punycode, the rest percent-encoded."""
    if address.isascii() and " " not in address:
        return address
    scheme, colon, rest = address.partition("://")
    place = authority(address)
    try:
        host = ascii_host(place)
    except UnicodeError:
        host = quote(place, safe=_ASCII)
    return scheme + colon + host + quote(rest[len(place) :], safe=_ASCII)


def _carried(pair: str) -> bool:
    """Whether a parameter is a click id that names no person, with a harmless value."""
    known = registry.click_id(_name(pair))
    return bool(known and known.privacy != "P" and pair.isascii() and _VALUE.fullmatch(pair.partition("=")[2]))


def _name(pair: str) -> str:
    return fold(pair.partition("=")[0])


def _below(host: str, hosts: Collection[str]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in hosts)
