"""A form with a file: multipart/form-data as browsers send it (RFC 7578), read once, to a cap."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from starlette.requests import Request

from collector.web.asked import AskedError, content

_BOUNDARY: Final = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=? -]{1,70})"?')  # RFC 2046, 5.1.1
_NAMED: Final = re.compile(rb'[;\s]name="([^"\r\n]*)"')
_FILE: Final = re.compile(rb'[;\s]filename="([^"\r\n]*)"')
_PARTS: Final = 50


class Part(NamedTuple):
    """A field: its bytes, and the name of the file where it is one."""

    body: bytes
    name: str = ""

    @property
    def text(self) -> str:
        """The field as text."""
        return self.body.decode("utf-8", errors="replace")


async def uploaded(request: Request, most: int) -> dict[str, Part]:
    """The fields by name, the last of each. Raises `AskedError` if they are too large, cut off or not a form."""
    if not hasattr(request.state, "upload"):
        boundary = _BOUNDARY.search(request.headers.get("content-type", ""))
        if boundary is None:
            raise AskedError(400, "form", "body: expected a form with a file, multipart/form-data")
        request.state.upload = parts(await content(request, most), boundary[1].encode())
    found: dict[str, Part] = request.state.upload
    return found


def parts(body: bytes, boundary: bytes) -> dict[str, Part]:
    """The fields of a body. Raises `AskedError`."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--") or len(pieces) > _PARTS:
        raise AskedError(400, "form", f"body: expected a form of 1 to {_PARTS} fields, whole")
    found: dict[str, Part] = {}
    for piece in pieces[1:-1]:
        head, _, inside = piece.partition(b"\r\n\r\n")
        if named := _NAMED.search(head):
            file = _FILE.search(head)
            found[named[1].decode("utf-8", "replace")] = Part(
                inside, file[1].decode("utf-8", "replace") if file else ""
            )
    return found
