"""The wire between pages and the collector: a proxy that remembers every exchange, and can answer in its place."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

DEADLINE = 60.0  # seconds that a condition may take


class Exchange(NamedTuple):
    """One request and its answer; header names are lower-case."""

    method: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    answer: dict[str, str]
    said: str  # the answer's body


class Wire:
    """Listens on a free port of 127.0.0.1 and passes everything on to the collector's port."""

    def __init__(self, collector: int) -> None:
        self.exchanges: list[Exchange] = []
        self.faults: list[tuple[int, dict[str, str]]] = []  # answers for the next POSTs in the collector's place
        self.held: threading.Event | None = None  # while there is one that is not set, POSTs wait for it
        self.waiting = 0  # POSTs that wait
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self, collector))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def until(self, condition: Callable[[], Any], what: str = "the condition") -> Any:
        """Wait until the condition holds, and return what it gave. It may look elsewhere, too: at the log."""
        end = time.monotonic() + DEADLINE
        with self._changed:
            while not (held := condition()) and time.monotonic() < end:
                self._changed.wait(0.05)
        assert held, f"waited {DEADLINE:g} s for {what}; seen: {[(e.method, e.path, e.status) for e in self.exchanges]}"
        return held

    def changed(self, exchange: Exchange | None = None, waiting: int = 0) -> None:
        with self._changed:
            self.waiting += waiting
            if exchange is not None:
                self.exchanges.append(exchange)
            self._changed.notify_all()

    def posts(self, path: str = "/m/e") -> list[Exchange]:
        return [exchange for exchange in self.exchanges if exchange.method == "POST" and exchange.path == path]

    def sent(self) -> list[dict[str, Any]]:
        """The events the collector has accepted, as they were sent, in the order of their answers."""
        batches = [json.loads(exchange.body)["events"] for exchange in self.posts() if exchange.status == 202]
        return [event for batch in batches for event in batch]

    def events(self, name: str | None = None) -> list[dict[str, Any]]:
        """The same, each once: what is under way when a page is left comes again with the next. Engagement only if it
        is named: whether there is any depends on how long a test takes."""
        once = {event["id"]: event for event in reversed(self.sent())}
        return [
            event for event in reversed(once.values())
            if event["name"] == name or (name is None and event["name"] != "engagement")
        ]  # fmt: skip

    def arrived(self, count: int, name: str | None = None) -> list[dict[str, Any]]:
        """Wait for so many accepted events; more of them are a fault."""
        self.until(lambda: len(self.events(name)) >= count, f"{count} × {name or 'event'}")
        events = self.events(name)
        assert len(events) == count, events
        return events


def _allowed(origin: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": "Retry-After",
    }


def _handler(wire: Wire, collector: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._exchange()

        def do_POST(self) -> None:
            self._exchange()

        def do_OPTIONS(self) -> None:
            self._exchange()

        def _exchange(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sent = {name.lower(): value for name, value in self.headers.items()}
            if self.command == "POST" and wire.held is not None:
                wire.changed(waiting=1)
                wire.held.wait(DEADLINE)
                wire.changed(waiting=-1)
            if self.command == "POST" and wire.faults:
                status, extra = wire.faults.pop(0)
                answer, content = {**_allowed(sent.get("origin", "")), **extra}, b""
            else:
                status, answer, content = self._passed_on(sent, body)
            found = {name.lower(): value for name, value in answer.items()}
            wire.changed(
                Exchange(self.command, self.path, sent, body.decode(), status, found, content.decode(errors="replace"))
            )
            self._reply(status, answer, content)

        def _passed_on(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", collector, timeout=DEADLINE)
            try:
                connection.request(self.command, self.path, body, {**headers, "connection": "close"})
                answer = connection.getresponse()
                dropped = {"connection", "content-length", "transfer-encoding", "date", "server"}
                kept = {name: value for name, value in answer.getheaders() if name.lower() not in dropped}
                return answer.status, kept, answer.read()
            finally:
                connection.close()

        def _reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                self.close_connection = True  # the page has gone, or took its request back

        def log_message(self, *args: Any) -> None:
            pass

    return Handler
