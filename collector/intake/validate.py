"""Bytes to typed values: sizes, types and clocks. A fault names the field and what was expected; it never raises."""

from __future__ import annotations

import re
from typing import Annotated, Final, get_args

import msgspec
from msgspec import Meta, Struct

from collector.event import YEAR_2000, YEAR_2100, Drop, Hit, Millis, Receipt, Sent, State
from collector.intake.location import location
from collector.intake.mask import masked, visible
from collector.intake.salvage import MAX_DEPTH, brackets, salvage, too_deep

MAX_EVENTS: Final = 500
LATE: Final = 86_400_000  # one day: an offline queue lives no longer
AHEAD: Final = 300_000  # a clock may be five minutes ahead before it is distrusted

# Ids that broken senders give to everybody: they would make one giant person of all visitors.
_PLACEHOLDER: Final = re.compile(
    r"^(?:[0\s-]*|-1|null|undefined|none|nil|nan|n/a|na|false|true|anonymous|anon|guest|unknown|user|test"
    r"|\[object object\]|\(not set\))$",
    re.IGNORECASE,
)


class Batch(Struct, frozen=True):
    """The envelope of a browser's batch; the events stay unread bytes until consent is settled."""

    site: Annotated[str, Meta(min_length=1, max_length=64)]
    events: list[msgspec.Raw]
    v: int = 1
    sent_at: Millis | None = None
    tz: Annotated[str, Meta(max_length=64)] | None = None
    consent: Receipt | None = None
    visitor: Annotated[str, Meta(max_length=128)] | None = None
    ip: None = None  # an address is what the connection says; a body that claims one is refused


class Forget(Struct, frozen=True):
    """A withdrawal: which site shall forget its cookie, and whom, where the page itself knew the visitor."""

    site: Annotated[str, Meta(min_length=1, max_length=64)]
    v: int = 1
    visitor: Annotated[str, Meta(max_length=128)] | None = None


_FORGET = msgspec.json.Decoder(Forget)
_BATCH = msgspec.json.Decoder(Batch)
_SENT = msgspec.json.Decoder(Sent)
_WHERE = re.compile(r"^(?P<what>.*?)(?: - at (?:`key` in )?`\$?\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_MISSING = re.compile(r"missing required field `([^`]*)`")
_QUOTES = ("Invalid enum value", "Object contains unknown field")  # sentences that repeat what was sent
_MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def batch(body: bytes) -> Batch | Drop:
    """Decode the envelope. One event that is not JSON is set apart (`salvage`) so that its neighbours are read."""
    try:
        return _checked(_BATCH.decode(body), body)
    except msgspec.ValidationError as error:
        return fault(error)
    except _MALFORMED as error:
        return _mended(body, error)


def forget(body: bytes) -> Forget | Drop:
    """Decode a withdrawal."""
    try:
        return _FORGET.decode(body)
    except msgspec.ValidationError as error:
        return fault(error)
    except _MALFORMED as error:
        return Drop("malformed", "body", f"one JSON object: {_reason(error)}")


def sent(raw: bytes | msgspec.Raw) -> Sent | Drop:
    """Decode one event of a batch; what nests deeper than an event needs is no event, whatever its keys."""
    if too_deep(bytes(raw), MAX_DEPTH - 2):
        return Drop("invalid", "event", f"nested at most {MAX_DEPTH} deep, the batch included")
    try:
        return _SENT.decode(raw)
    except msgspec.ValidationError as error:
        return fault(error, "event")
    except _MALFORMED as error:
        return Drop("invalid", "event", f"one JSON object: {_reason(error)}")


def fault(error: msgspec.ValidationError, whole: str = "body") -> Drop:
    """A decoder's complaint as a Drop: `field` is its path, or `whole`; `expected` is its sentence.

    A sentence that quotes what was sent is masked: it ends up on a screen, or in the log of a nightly import.
    """
    found = _WHERE.match(str(error))
    assert found is not None
    what, path = found["what"], found["path"] or ""
    if missing := _MISSING.search(what):
        path = f"{path}.{missing[1]}".strip(".")
    if what.startswith("Invalid enum value"):  # a receipt's state is the one word out of a list
        what += f", expected {', '.join(get_args(State))}"
    return Drop("invalid", path or whole, masked(what) if what.startswith(_QUOTES) else what)


def fault_of(hit: Hit) -> Drop | None:
    """What types alone cannot say: a usable URL or path, and a time that can be one."""
    event = hit.sent
    if not visible(event.name):
        return Drop("invalid", "name", "a name of at least one visible character")
    if event.url is not None and location(event.url) is None:
        return Drop("invalid", "url", "an absolute http or https URL")
    if event.path is not None and not event.path.startswith("/"):
        return Drop("invalid", "path", "a path that starts with /")
    if not YEAR_2000 <= clock(hit)[0] <= YEAR_2100:
        return Drop("invalid", "t", "milliseconds since 1970-01-01 UTC, after the year 2000")
    if not YEAR_2000 <= hit.sender.received <= YEAR_2100:
        return Drop("invalid", "received", "a time between 2000 and 2100")
    return None


def clock(hit: Hit) -> tuple[int, str | None]:
    """When it happened (ms UTC), and `late` or `clamped` if that deserves a flag.

    With the sender's own sending time, a skewed clock cancels out: received − (sent − t). Without it the event's time
    is believed. A time more than five minutes ahead of the receipt becomes the receipt's; one more than a day before
    it is kept as it is and flagged.
    """
    received, sent_at, t = hit.sender.received, hit.sender.sent_at, hit.sent.t
    if sent_at is not None:
        t = received - (sent_at - t)
    if t > received + AHEAD:
        return received, "clamped"
    return t, "late" if t < received - LATE else None


def usable(user: str | None) -> str | None:
    """A user id that can tell people apart, trimmed; None for empty ones and for placeholders."""
    if user is None or _PLACEHOLDER.match(user.strip()):
        return None
    return user.strip()


def _checked(envelope: Batch, body: bytes) -> Batch | Drop:
    if envelope.v != 1:
        return Drop("invalid", "v", "1, the version of this format")
    if len(envelope.events) > MAX_EVENTS:
        return Drop("invalid", "events", f"at most {MAX_EVENTS} events in one batch")
    many = brackets(body)
    if many > MAX_DEPTH and many - sum(brackets(bytes(event)) for event in envelope.events) > MAX_DEPTH:
        parts = salvage(body)
        if parts is None or too_deep(parts.envelope, MAX_DEPTH):
            return Drop("malformed", "body", f"nested at most {MAX_DEPTH} deep")
    return envelope


def _mended(body: bytes, error: Exception) -> Batch | Drop:
    parts = salvage(body)
    malformed = Drop("malformed", "body", f"one JSON object: {_reason(error)}")
    if parts is None:
        return malformed
    try:
        envelope = _BATCH.decode(parts.envelope)
    except msgspec.ValidationError as invalid:
        return fault(invalid)
    except _MALFORMED:
        return malformed
    return _checked(msgspec.structs.replace(envelope, events=[msgspec.Raw(part) for part in parts.events]), body)


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error).removeprefix("JSON is malformed: ")
