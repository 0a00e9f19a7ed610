"""One event to one row of the log and back.

Two times are stored as what lies between them and the event's own: the receipt after it (`r`), the consent before it
(`ct`). They are three or four digits instead of thirteen. A grant is told by its source (`cr`) alone: no event is kept
under any other receipt.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from collector.event import Event

Key: TypeAlias = bytes | str

_GRANTED: Final = "granted"
_UUID: Final = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Event)
_ID: Final = len(b'{"id":"",')


def key(identity: str) -> Key:
    """How an id is stored: a UUID in 16 bytes, anything else as it is."""
    return bytes.fromhex(identity.replace("-", "")) if _UUID.match(identity) else identity


def identity(stored: Key) -> str:
    """The id that `key` stored."""
    if isinstance(stored, str):
        return stored
    digits = stored.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def body(event: Event) -> bytes:
    """The event as JSON without its id, which has its own column (an admitted id needs no escapes)."""
    consented = None if event.consented_at is None else event.t - event.consented_at
    state = None if event.state == _GRANTED and event.consent_source else event.state
    near = replace(event, received=event.received - event.t, consented_at=consented, state=state)
    return b"{" + _ENCODER.encode(near)[_ID + len(event.id) :]


def line(site: int, stored: Key, stored_body: bytes, seq: int) -> bytes:
    """A row as one JSON object with its id, site and seq: a line for the engine."""
    return b'{"#":%d,"s":%d,"id":"%s",' % (seq, site, identity(stored).encode()) + stored_body[1:]


def event(stored: Key, stored_body: bytes) -> Event:
    """The event that `key` and `body` stored."""
    near = _DECODER.decode(b'{"id":"%s",' % identity(stored).encode() + stored_body[1:])
    consented = None if near.consented_at is None else near.t - near.consented_at
    state = _GRANTED if near.consent_source and near.state is None else near.state
    return replace(near, received=near.t + near.received, consented_at=consented, state=state)
