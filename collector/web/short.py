"""GET /l/{code}: to a link's stored target, and nowhere else.

The click is on the disk before the redirect is sent, as long as the disk takes no more than `links.wait_seconds`; after
that the visitor goes ahead and the click follows with the next round that reaches the disk. Nothing of the sender is
kept: not an address, not a user agent, not the page it came from.
"""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import suppress
from html import escape
from importlib import resources
from string import Template
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from collector.control import Office
from collector.journal import Click, Folder, Journal, Link, UnavailableError, snapshot
from collector.journal.links import Kind
from collector.links.click import Visitors, kind
from collector.links.target import Options, Places, location, objection, places
from collector.utm.sentences import printed
from collector.web.language import preferred
from collector.web.limits import Buckets, Proxies, network
from collector.web.options import Options as ServerOptions

_LONGEST: Final = 64  # characters of a code
_HEADERS: Final = {
    "Cache-Control": "private, no-store",  # a kept redirect is a click that nobody counts
    "X-Robots-Tag": "noindex",
    # What the landing page may learn: the site where the link stood, as channels need it, and not the page.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
}
_PAGE: Final = Template(resources.files("collector.web").joinpath("gone.html").read_text(encoding="utf-8"))
_WORDS: Final = {
    "en": {
        "unknown": ("This link leads nowhere", "Check its spelling, or ask whoever gave it to you."),
        "expired": ("This link is over", "What it led to has ended. Thank you for your interest."),
        "removed": ("This link is gone", "It was taken back by those who had made it."),
        "unsafe": ("This link is closed", "The page it led to can no longer be reached from here."),
        "limit": ("One moment, please", "Too many requests came from your network. Try again in a minute."),
    },
    "fr": {
        "unknown": ("Ce lien ne mène nulle part", "Vérifiez son écriture, ou demandez à qui vous l'a donné."),
        "expired": ("Ce lien a expiré", "Ce à quoi il menait est terminé. Merci de votre intérêt."),
        "removed": ("Ce lien n'existe plus", "Il a été retiré par ceux qui l'avaient créé."),
        "unsafe": ("Ce lien est fermé", "La page où il menait n'est plus accessible par ici."),
        "limit": (
            "Un instant, s'il vous plaît",
            "Trop de demandes viennent de votre réseau. Réessayez dans une minute.",
        ),
    },
}


class Short:
    """The short addresses of one server."""

    def __init__(
        self, folder: Folder, journal: Journal, office: Office, server: ServerOptions, options: Options
    ) -> None:
        self._folder, self._journal, self._office, self._options = folder, journal, office, options
        self._proxies = Proxies(server.trusted_proxies)
        self._by_address = Buckets(server.address_rate, server.address_burst, time.monotonic)
        self._visitors = Visitors(options.repeat_seconds, time.monotonic)

    async def follow(self, request: Request) -> Response:
        """302 to the target · 404 unknown · 410 expired, removed or no longer safe · 429."""
        address = self._address(request)
        key = network(address)
        if key is not None and (wait := self._by_address.wait(key)):
            return _page(request, 429, "limit", {"Retry-After": str(math.ceil(wait))})
        code = request.path_params["code"].lower()
        link = self._found(code) if len(code) <= _LONGEST else None
        if link is None:
            return _page(request, 404, "unknown")
        seen = self._kind(request, link, address)
        over = "removed" if link.removed is not None else "expired" if link.over(int(time.time() * 1000)) else ""
        await self._count(Click(link.number, "late" if over and seen in ("human", "repeat") else seen))
        if over or objection(link.target, self._places(request)) is not None:
            return _page(request, 410, over or "unsafe")
        headers = {"Location": location(link.target, request.url.query), **_HEADERS}
        return Response(status_code=302, headers=headers)

    def _address(self, request: Request) -> str:
        peer = request.client.host if request.client else "unknown"
        return self._proxies.sender(peer, dict(request.scope["headers"]))

    def _found(self, code: str) -> Link | None:
        with snapshot(self._folder) as view:
            return view.find_link(code)

    def _kind(self, request: Request, link: Link, address: str) -> Kind:
        headers = dict(request.scope["headers"])
        seen = kind(request.method, headers)
        if seen == "human" and self._visitors.again(link.number, address, headers.get(b"user-agent", b"")):
            return "repeat"
        return seen

    def _places(self, request: Request) -> Places:
        return places(self._office.sites.values(), self._options, f"http://{request.headers.get('host', '')}")

    async def _count(self, click: Click) -> None:
        """On the disk, or given up waiting for it: the journal carries the click to its next round."""
        with suppress(TimeoutError, UnavailableError):
            async with asyncio.timeout(self._options.wait_seconds):
                await self._journal.click(click)


def _page(request: Request, status: int, what: str, headers: dict[str, str] | None = None) -> Response:
    language = preferred(request.headers.get("accept-language", ""), tuple(_WORDS))
    title, text = (printed(said, language) for said in _WORDS[language][what])
    root = escape(request.scope.get("root_path", ""))  # where another application has mounted us
    body = _PAGE.substitute(language=language, title=title, text=text, root=root)
    extra = {"Vary": "Accept-Language", "Content-Language": language, **(headers or {})}
    return Response(body, status, {**_HEADERS, **extra}, "text/html")
