"""GET /sites/{site}/live/stream: a site's events as they are kept, as server-sent events.

Each is told by its time, name, page, source and place; who it was is not. It is looked twice a second, and only into
what the log has gained since; a stream that falls behind leaves out all but the newest of what it missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from collector.control import Office
from collector.engines.duckdb import stopping
from collector.event import Event
from collector.journal import Folder, Journal, snapshot
from collector.journal.rows import event
from collector.pages.words import Words
from collector.web.ask import error
from collector.web.asked import whole
from collector.web.pages import spoken

STREAMS: Final = 32  # at once
LONGEST: Final = 300  # seconds; then whoever looks is asked again who they are
_LOOK: Final = 0.5  # seconds between two looks
_MOST: Final = 20  # events told of one look
_BEAT: Final = 30  # looks without an event after which a comment says that the line is alive


class Live:
    """The streams of one server."""

    def __init__(self, folder: Folder, journal: Journal, office: Office) -> None:
        self._folder, self._journal, self._office = folder, journal, office
        self._open = 0

    async def stream(self, request: Request) -> Response:
        """Events from now on, `?seconds=` long (five minutes; browsers come back by themselves)."""
        site = self._office.sites.get(request.path_params["site"])
        if site is None:
            return error(404, "site", f"there is no site {request.path_params['site']!r}", "site")
        if self._open >= STREAMS:
            return error(503, "busy", f"{STREAMS} pages look at live events already: close one of them")
        seconds = request.query_params.get("seconds", str(LONGEST))
        looks = round(whole(seconds, "seconds", 0, LONGEST) / _LOOK)
        pieces = self._told(site.number, site.timezone, spoken(request), looks)
        return StreamingResponse(pieces, headers={"Cache-Control": "no-store"}, media_type="text/event-stream")

    async def _told(self, site: int, zone: str, words: Words, most: int) -> AsyncIterator[bytes]:
        self._open += 1
        try:
            seen, quiet = self._journal.last_seq, 0
            yield b"retry: 3000\n\n"
            for _ in range(most):
                await asyncio.sleep(_LOOK)
                if stopping():
                    return
                last, quiet = self._journal.last_seq, quiet + 1
                if last > seen:
                    for one in await asyncio.to_thread(_newest, self._folder, seen, site):
                        yield b"data: " + orjson.dumps(_moment(one, zone, words)) + b"\n\n"
                    seen, quiet = last, 0
                elif quiet >= _BEAT:
                    yield b": still here\n\n"
                    quiet = 0
        finally:
            self._open -= 1


def _newest(folder: Folder, after: int, site: int) -> list[Event]:
    with snapshot(folder) as view:
        start = max(after, view.last_seq() - 1_000)
        return [event(stored, body) for _, _, stored, body in view.rows(start, site=site)][-_MOST:]


def _moment(one: Event, zone: str, words: Words) -> dict[str, str]:
    """What is told of an event: texts, to be shown as they are."""
    came = [part for part in (one.source, one.medium, one.campaign) if part]
    place = [words.country(one.country) if one.country else "", one.device or ""]
    return {
        "at": words.clock(one.t, zone),
        "name": one.name,
        "page": one.path or words.none,
        "source": " / ".join(came) or one.referrer_host or "",
        "place": " · ".join(part for part in place if part),
    }
