"""One row of an import file to a hit. An operator answers for the file: a row without `consent` is taken as it is (and
counted as not consented); a row that says no is dropped. An unknown key is that row's error, not the file's."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from collector.event import (
    YEAR_2000,
    YEAR_2100,
    Drop,
    Hit,
    Id,
    Millis,
    Name,
    Props,
    Receipt,
    Revenue,
    Sender,
    Sent,
    State,
    Url,
)
from collector.intake.validate import fault

Time = Millis | Annotated[str, Meta(max_length=64)]


class Said(Struct, frozen=True, forbid_unknown_fields=True):
    """A row's consent: like a browser's receipt, with a source and a time of its own if it has none."""

    state: State
    source: Annotated[str, Meta(min_length=1, max_length=64)] = "import"
    at: Time | None = None
    policy: Annotated[str, Meta(max_length=64)] | None = None
    purposes: list[str] | None = None


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    """One JSON object a line. Times are ms UTC or RFC 3339; `sent` counts only together with `received`."""

    t: Time
    name: Name
    id: Id | None = None
    sent: Time | None = None
    received: Time | None = None
    visitor: Annotated[str, Meta(min_length=1, max_length=256)] | None = None
    user: Annotated[str, Meta(max_length=256)] | None = None
    url: Url | None = None
    referrer: Annotated[str, Meta(max_length=16_384)] | None = None
    path: Url | None = None
    page: Id | None = None
    seq: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    props: Props | None = None
    revenue: Revenue | None = None
    ua: Annotated[str, Meta(max_length=4_096)] | None = None
    country: Annotated[str, Meta(pattern=r"^[A-Za-z]{2}\Z")] | None = None
    consent: Said | None = None


_LEAP = re.compile(r"^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:)60(?=\D)", re.ASCII)
_ROW = msgspec.json.Decoder(Row)


class _Dated(Struct, frozen=True):
    """A row of which nothing is wanted but when it was received."""

    received: Time | None = None


_DATED = msgspec.json.Decoder(_Dated)


def row(line: bytes, now: int, occurrence: Callable[[bytes], int] = lambda content: 0) -> Hit | Drop:
    """Read a line. `now` (ms UTC) is the receipt of a row that names none.

    A row without an id gets one from its content and from `occurrence`, which is asked how often the same content (its
    digest) came before in the file: importing the file again adds nothing.
    """
    if not line.lstrip().startswith(b"{"):
        return Drop("malformed", "row", "one JSON object")
    try:
        read = _ROW.decode(line)
    except msgspec.ValidationError as error:
        return fault(error, "row")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Drop("malformed", "row", f"one JSON object: {str(error).removeprefix('JSON is malformed: ')}")
    times = {name: _moment(getattr(read, name)) for name in ("t", "sent", "received")}
    for name, value in times.items():
        if isinstance(value, Drop):
            return Drop("invalid", name, value.expected)
    return _hit(read, times, line, now, occurrence)


def received(line: bytes, now: int) -> int:
    """When a row says it was received (ms UTC), also one that is no good otherwise; `now` where it does not."""
    try:
        at = _moment(_DATED.decode(line).received)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return now
    return at if isinstance(at, int) and YEAR_2000 <= at <= YEAR_2100 else now


def _hit(read: Row, times: dict[str, Any], line: bytes, now: int, occurrence: Callable[[bytes], int]) -> Hit | Drop:
    receipt = None
    if read.consent is not None:
        at = _moment(read.consent.at if read.consent.at is not None else times["t"])
        if isinstance(at, Drop):
            return Drop("invalid", "consent.at", at.expected)
        if at is not None and not YEAR_2000 <= at <= YEAR_2100:
            return Drop("invalid", "consent.at", "a time between 2000 and 2100")
        said = read.consent
        receipt = Receipt(said.state, said.source, at or 0, said.policy, said.purposes)
    received = times["received"]
    sender = Sender(
        received=received if received is not None else now,
        sent_at=times["sent"] if received is not None else None,
        receipt=receipt,
        visitor=read.visitor,
        agent=read.ua,
        country=read.country.upper() if read.country else None,
    )
    identity = read.id or _content(line, occurrence)
    sent = Sent(
        identity,
        read.name,
        times["t"],
        read.url,
        read.path,
        read.referrer,
        read.seq,
        read.page,
        read.props,
        read.revenue,
        read.user,
    )
    return Hit(sender, sent)


def _content(line: bytes, occurrence: Callable[[bytes], int]) -> str:
    digest = hashlib.blake2b(line.strip(), digest_size=16)
    digest.update(b"#%d" % occurrence(digest.digest()))
    return digest.hexdigest()


def _moment(value: int | str | None) -> int | Drop | None:
    """Milliseconds of a time; RFC 3339 also has small letters and a leap second, which is the next minute's first."""
    if value is None or isinstance(value, int):
        return value
    text, leap = _LEAP.subn(r"\g<1>59", value.upper())
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None:
        return Drop("invalid", "t", "milliseconds since 1970-01-01 UTC, or RFC 3339 such as 2026-11-22T10:00:00Z")
    return round(parsed.timestamp() * 1000) + 1_000 * leap
