"""HTTP by hand: a test says every byte of a request, and sees every byte of its answer."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.conftest import ORIGIN

PATIENCE = 60.0  # seconds that an answer may take


class Answer(NamedTuple):
    """Status, headers (lower-case names, in order) and body of one answer; status 0 is a cut without an answer."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header of this name."""
        return next((value for key, value in self.headers if key == name), None)

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def error(self, key: str = "code") -> Any:
        """A part of the error, None if the answer is none."""
        try:
            return self.json()["error"][key]
        except (ValueError, KeyError, TypeError):
            return None


CUT = Answer(0)


def head(method: str = "POST", path: str = "/m/e", headers: Mapping[str, str | None] | None = None) -> bytes:
    """A request's head as a page of the shop sends it; a header that is None is left out."""
    all_headers: dict[str, str | None] = {"Host": "collector.example", "Origin": ORIGIN, "Content-Type": "text/plain"}
    lines = [f"{name}: {value}" for name, value in (all_headers | dict(headers or {})).items() if value is not None]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode("latin-1")


def request(
    body: bytes = b"", method: str = "POST", path: str = "/m/e", headers: Mapping[str, str | None] | None = None
) -> bytes:
    """A whole request with its length."""
    return head(method, path, {"Content-Length": str(len(body)), **(headers or {})}) + body


class Line:
    """One connection, kept alive and opened again when the other side closed it."""

    def __init__(self, port: int, host: str = "127.0.0.1", patience: float = PATIENCE) -> None:
        self.place, self.patience = (host, port), patience
        self._rest = b""
        self.socket = socket.create_connection(self.place, patience)

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, raw: bytes) -> Answer:
        """Send bytes and read one answer. A connection that was closed before is opened again, once."""
        try:
            self.send(raw)
            answer = self.answer(raw.startswith(b"HEAD "))
        except ConnectionError:
            answer = CUT
        if answer.header("connection") == "close" or answer is CUT:
            self._again()
        return answer

    def send(self, raw: bytes) -> None:
        """Only send."""
        self.socket.sendall(raw)

    def answer(self, bodiless: bool = False) -> Answer:
        """Read one answer; `CUT` if the connection ends first. Raises TimeoutError after the patience."""
        while b"\r\n\r\n" not in self._rest:
            if not self._more():
                return CUT
        top, _, self._rest = self._rest.partition(b"\r\n\r\n")
        first, *lines = top.decode("latin-1").split("\r\n")
        pairs = tuple((k.lower(), v.strip()) for k, _, v in (line.partition(":") for line in lines))
        status = int(first.split()[1])
        body = b"" if bodiless or status in (100, 204, 304) else self._body(dict(pairs))
        return Answer(status, pairs, body)

    def ended(self) -> bool:
        """Whether the other side closes (waits for it, at most the patience). What it still says is thrown away."""
        try:
            while self.socket.recv(65_536):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True

    def _body(self, headers: dict[str, str]) -> bytes:
        if "content-length" not in headers and headers.get("transfer-encoding") == "chunked":
            return self._chunks()
        if "content-length" not in headers:
            while self._more():
                pass
            body, self._rest = self._rest, b""
            return body
        return self._take(int(headers["content-length"]))

    def _chunks(self) -> bytes:
        body = b""
        while True:
            while b"\r\n" not in self._rest:
                if not self._more():
                    return body
            size, _, self._rest = self._rest.partition(b"\r\n")
            chunk = self._take(int(size, 16) + 2)
            if len(chunk) <= 2:
                return body
            body += chunk[:-2]

    def _take(self, length: int) -> bytes:
        while len(self._rest) < length and self._more():
            pass
        taken, self._rest = self._rest[:length], self._rest[length:]
        return taken

    def _more(self) -> bool:
        got = self.socket.recv(65_536)
        self._rest += got
        return bool(got)

    def _again(self) -> None:
        self.socket.close()
        self._rest = b""
        self.socket = socket.create_connection(self.place, self.patience)


def once(port: int, raw: bytes, host: str = "127.0.0.1", patience: float = PATIENCE) -> Answer:
    """One request on a connection of its own."""
    with Line(port, host, patience) as line:
        return line.ask(raw)
