"""A mail as its reader sees it: its pages and texts, out of quoted-printable and base64.

What such an encoding wraps cannot be corrected where it stands, so a link found in it is placed at the line of the file
where its part begins.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from email import message_from_bytes
from email.message import Message
from typing import Final, NamedTuple

from .documents import Fault, Kind, examined, links
from .subject import Context

_ENCODED: Final = re.compile(
    rb"^content-transfer-encoding:[ \t]*(quoted-printable|base64)", re.IGNORECASE | re.MULTILINE
)
# Of a mail inside a mail inside a mail …, the reader of the standard library goes as deep as the interpreter lets it.
_UNREADABLE: Final = (RecursionError, LookupError, ValueError, AttributeError, TypeError)


class Part(NamedTuple):
    """A text of a mail, decoded, and the line of the file (from 1) where it begins."""

    kind: Kind
    text: str
    line: int


def is_encoded(data: bytes) -> bool:
    """Whether some part of the mail is written as quoted-printable or base64."""
    return _ENCODED.search(data) is not None


def parts(data: bytes) -> list[Part]:
    """The pages and texts of a mail, in order. Raises ValueError for what cannot be read as one."""
    try:
        return list(_parts(message_from_bytes(data), data))
    except _UNREADABLE as error:
        raise ValueError(f"not a mail that can be read: {type(error).__name__}") from None


def count(found: Collection[Part]) -> int:
    """How many links are checked in these parts."""
    return sum(1 for part in found for _ in links(part.text, part.kind))


def faults(found: Collection[Part], context: Context, ignore: Collection[str] = ()) -> list[Fault]:
    """Every fault of every link in these parts, each placed where its part begins."""
    return [
        Fault(fault.link._replace(start=0, end=0, line=part.line, column=1), fault.finding)
        for part in found
        for fault in examined(part.text, part.kind, context, ignore)
    ]


def _parts(mail: Message, data: bytes) -> Iterator[Part]:
    at = 0
    for part in mail.walk():
        body = part.get_payload(decode=True)
        if part.get_content_maintype() != "text" or not isinstance(body, bytes) or not body:
            continue
        raw = str(part.get_payload()).partition("\n")[0].rstrip("\r").encode("ascii", "surrogateescape")
        found = data.find(raw, at) if raw else -1
        at = found if found >= 0 else at
        kind: Kind = "html" if part.get_content_subtype() in ("html", "x-amp-html") else "text"
        yield Part(kind, _decoded(body, part.get_content_charset()), data.count(b"\n", 0, at) + 1)


def _decoded(body: bytes, charset: str | None) -> str:
    try:
        return body.decode(charset or "utf-8", "replace")
    except LookupError:  # a name that is no character set
        return body.decode("cp1252", "replace")
