"""Sites as rows of the log's database: the same fields by name, checked once, wherever they come from."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import msgspec
from msgspec import Meta

from collector.event import Profile, Site
from collector.intake.location import ascii_host

_NAME: Final = re.compile(r"^[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?$")
_PARAMETER: Final = re.compile(r"^[^\s&=#?]{1,64}$")


class SiteError(ValueError):
    """A site's option cannot be. `field` names it; `value` is the one at fault, where there are several."""

    def __init__(self, field: str, message: str, value: str = "") -> None:
        super().__init__(message)
        self.field, self.value = field, value


class UnknownError(LookupError):
    """Nothing of that name; the sentence says what."""


class UnknownSiteError(UnknownError):
    """No site of this name."""

    def __init__(self, name: str, names: Sequence[str]) -> None:
        near = get_close_matches(name, names, n=1)
        hint = f"; did you mean {near[0]}?" if near else "; `balise site list` shows them all"
        super().__init__(f"there is no site named {name}{hint}")


class SiteOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator decides about a site; see `Site` for the meaning of each."""

    origins: tuple[str, ...]
    profile: Profile = "required"
    timezone: str = "UTC"
    session_timeout: Annotated[int, Meta(ge=60_000, le=86_400_000)] = 1_800_000
    parameters: tuple[str, ...] = ()
    hash_routes: bool = False
    own_hosts: tuple[str, ...] = ()
    policy: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    receipt_days: Annotated[int, Meta(ge=1, le=1_830)] | None = 390


def site_of(number: int, name: str, key: bytes, options: str | bytes) -> Site:
    """A row as a `Site`."""
    read = msgspec.json.decode(options, type=SiteOptions)
    return Site(number, name, key, **msgspec.structs.asdict(read))


def new_key() -> bytes:
    """A site's secret: 256 random bits."""
    return secrets.token_bytes(32)


def checked(name: str, options: SiteOptions) -> SiteOptions:
    """The options as they are stored; raises `SiteError` with the field and what was expected."""
    if not _NAME.match(name):
        raise SiteError("name", f"a site's name is 1 to 40 of a-z, 0-9, - and _, not {name!r}")
    if not options.origins:
        raise SiteError("origin", "a site needs at least one --origin, such as https://shop.example")
    if options.timezone not in zones():
        near = get_close_matches(options.timezone, zones(), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise SiteError("timezone", f"there is no time zone {options.timezone!r}{hint}")
    if wrong := next((name for name in options.parameters if not _PARAMETER.match(name)), None):
        raise SiteError("parameter", f"a parameter's name is 1 to 64 characters without blanks, not {wrong!r}", wrong)
    own = tuple(_host(host) for host in options.own_hosts)
    return msgspec.structs.replace(options, origins=tuple(origin(text) for text in options.origins), own_hosts=own)


@cache
def zones() -> frozenset[str]:
    """The names of all time zones; looking for them takes ten milliseconds."""
    return frozenset(available_timezones())


def _host(text: str) -> str:
    """A host as browsers send it."""
    try:
        return origin(f"https://{text}").removeprefix("https://")
    except SiteError:
        raise SiteError("own-host", f"an own host looks like pay.example, not {text!r}", text) from None


def origin(text: str) -> str:
    """An origin as browsers send it: scheme and host in lower case, the port only if it is not the scheme's own."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise SiteError("origin", f"an origin looks like https://shop.example, not {text!r}", text) from None
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
        or parts.username
    ):
        raise SiteError("origin", f"an origin looks like https://shop.example, not {text!r}", text)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    try:
        host = ascii_host(host)
    except UnicodeError:
        said = f"{host!r} is no host name by IDNA 2008: expected one, or its ASCII form, such as xn--caf-dma.example"
        raise SiteError("origin", said, text) from None
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != usual else "")
