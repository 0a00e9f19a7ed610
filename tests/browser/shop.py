"""The pages of a site: every path is a page with the snippet, unless a test puts another one there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

STUB = "window.balise=window.balise||function(){(balise.q=balise.q||[]).push(arguments)}"


class Page(NamedTuple):
    html: str
    headers: dict[str, str]


class Shop:
    """A web server on a free port of 127.0.0.1: the same site as the collector's port, another origin."""

    def __init__(self) -> None:
        self.tag = ""
        self.pages: dict[str, Page] = {}
        self.moved: dict[str, Callable[[str], str]] = {}  # path → where a query is sent on to
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def place(self, path: str, body: str = "", *, head: str | None = None, **headers: str) -> None:
        """Put a page at a path; its head is the stub and the tag unless it is given. Header names with _ for -."""
        self.pages[path] = Page(
            self._html(body, head), {name.replace("_", "-"): text for name, text in headers.items()}
        )

    def page(self, path: str) -> Page:
        return self.pages.get(path) or Page(self._html(f"<p>{path}</p>"), {})

    def _html(self, body: str, head: str | None = None) -> str:
        head = f"<script>{STUB}</script>{self.tag}" if head is None else head
        head = f'<meta charset="utf-8"><title>Shop</title>{head}'
        return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'


def _handler(shop: Shop) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            if path in shop.moved:
                self.send_response(302)
                self.send_header("Location", shop.moved[path](query))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            found = shop.page(path)
            content = found.html.encode()
            self.send_response(200)
            for name, value in {"Content-Type": "text/html", "Cache-Control": "no-cache", **found.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.do_GET()

        def log_message(self, *args: Any) -> None:
            pass

    return Handler
