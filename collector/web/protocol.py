"""Limits below ASGI: a request whose headers are too large or never end is answered and cut here.

The parser underneath takes a header of 8 MB without a word and waits for the rest of a head for ever.
What is refused or cut off here never becomes a request, so it is counted here: one each, whatever it might have held.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any, Final

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from collector.web.options import Options

_END = b"\r\n\r\n"
_FIELDS = 64  # header fields of a request
_LINE = 8_192  # bytes of one
_MOMENT = 0.3  # seconds that a quiet line stays open when the server stops
# Seconds between a timer and what it does, in which the loop reads what lies in the sockets: a loop that was held up
# looks at its timers first, and would blame those who sent in time.
_READ = 0.01
_HOST: Final = re.compile(rb"^[0-9A-Za-z._~%!$&'()*+,;=:\[\]-]*\s*$")  # RFC 9112, 3.2: one of these, or a 400


class Limited(HttpToolsProtocol):
    """The parser's protocol with a cap on the head and a deadline for it. `counted` is told why, once a refusal."""

    limits = Options()
    counted: Callable[[str], object] = staticmethod(lambda code: None)
    _deadline: asyncio.TimerHandle | None = None
    _in_head = True
    _in_body = False
    _begun = False  # a request has begun whose head is not whole yet
    _head = 0  # bytes of the head so far
    _stopping = False
    _tail = b""  # its last three: the end of a head may come in two pieces

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._arm()

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head += _head_bytes(self._tail, data)
            self._tail = (self._tail + data)[-3:]
            if self._head > self.limits.header_bytes:
                self._too_large()
                return
        super().data_received(data)
        if self._in_head and self._head and self._deadline is None:
            self._arm()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = self._begun = True

    def on_headers_complete(self) -> None:
        self._in_head, self._in_body, self._tail = False, True, b""
        self._disarm()
        if any(name == b"upgrade" for name, _ in self.headers):  # what follows may be another protocol
            self._refuse("400 Bad Request", "upgrade_not_supported", "expected no change to another protocol")
        elif len(self.headers) > _FIELDS or any(len(name) + len(value) > _LINE for name, value in self.headers):
            self._too_large()
        elif not self._named():
            self._refuse(
                "400 Bad Request", "host", "expected one header Host: a name or an address, and a port or none"
            )
        else:
            self._begun, self._head = False, 0
            super().on_headers_complete()
            self.cycle.keep_alive &= not self._stopping  # the answer says that it is the line's last

    def on_message_complete(self) -> None:
        self._in_body = False
        if self.transport.is_closing():
            return
        super().on_message_complete()
        self._in_head = True  # of the next request, if one comes

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._in_body and not self.transport.is_closing():
            self.transport.close()  # answered before its body was there: nobody will read the rest

    def _named(self) -> bool:
        """Whether the head names the server once and soundly; HTTP/1.0 may leave the name out."""
        hosts = [value for name, value in self.headers if name == b"host"]
        if not hosts:
            return bool(self.parser.get_http_version() == "1.0")
        return len(hosts) == 1 and _HOST.match(hosts[0]) is not None

    def shutdown(self) -> None:
        """What is on its way is answered, as the last on its line; a line that is quiet is closed a moment later.

        At once, a request that arrives in the same instant would be cut off without an answer.
        """
        self._stopping = True
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(_MOMENT, self.loop.call_later, _READ, super().shutdown)
        else:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  said better
        self._refuse("400 Bad Request", "not_http", "expected a request of HTTP/1.1")

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self._count("cut_off")
        super().connection_lost(exc)

    def _arm(self) -> None:
        self._deadline = self.loop.call_later(self.limits.header_seconds, self._late)

    def _late(self) -> None:
        self._deadline = self.loop.call_later(_READ, self._too_slow)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        seconds = f"{self.limits.header_seconds:g}"
        self._refuse("408 Request Timeout", "headers_too_slow", f"expected a whole head within {seconds} s")

    def _too_large(self) -> None:
        most = f"at most {_FIELDS} fields of {_LINE} bytes, {self.limits.header_bytes} bytes together"
        self._refuse("431 Request Header Fields Too Large", "headers_too_large", f"expected {most}")

    def _refuse(self, status: str, code: str, message: str) -> None:
        self._disarm()
        self._count(code)
        body = orjson.dumps({"error": {"code": code, "message": message, "field": "headers"}})
        head = "HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write((head % (status, len(body))).encode() + body)
            self.transport.close()

    def _count(self, code: str) -> None:
        """Once a request, and only of one that began: behind its head the endpoint counts, and an idle line is none."""
        if self._begun or self._head:
            self.counted(code)
        self._begun, self._head = False, 0


def _head_bytes(tail: bytes, data: bytes) -> int:
    """How many bytes of `data` belong to the head that `tail` ends so far."""
    end = (tail + data).find(_END)
    return end + len(_END) - len(tail) if end >= 0 else len(data)


def limited(options: Options, counted: Callable[[str], object] = lambda code: None) -> type[Limited]:
    """The protocol class for a server with these limits, which tells `counted` the code of each refusal."""
    return type("Limited", (Limited,), {"limits": options, "counted": staticmethod(counted)})
