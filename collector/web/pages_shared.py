"""GET /share/{code}: a page of one site for whoever has its address, in charts and tables or as `?format=json`; small
counts hidden.

The address is the secret: it is sent to nobody as a referrer, kept by no cache, and wanted by no search engine. Whoever
looks is nobody whom we know, so there is a limit by address, as for events.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any, Final, Protocol

import orjson
from starlette.requests import Request
from starlette.responses import Response

from collector.access import Desk
from collector.control import Office
from collector.engines.duckdb import TooSlowError
from collector.event import Site
from collector.journal.access import Share
from collector.journal.segment import SegmentError
from collector.pages import drawing
from collector.pages.filters import Filters
from collector.pages.panel import Page, Panel
from collector.pages.question import Question
from collector.pages.shared import drawn, masked, page_of, part, questions, sums, view_of
from collector.pages.sight import Facts, Sight
from collector.pages.words import Language, Words, words
from collector.reports.answer import Answer
from collector.reports.spec import SpecError
from collector.web.ask import error
from collector.web.limits import Buckets, Proxies, network
from collector.web.options import Options
from collector.web.pages import SAFE, remembered, spoken
from collector.web.presence import CrowdedError, Together, present
from collector.web.rendering import Renderer

_AT_ONCE: Final = 4  # different shared pages that are counted; those who signed in have to wait behind them
_SOON: Final = 5  # seconds until somebody who came while as many were counted may try again
_SAFE: Final = SAFE | {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
_MINUTE: Final = 60_000  # ms: what a page says of now, it says to the minute


Asked = tuple[Panel, dict[str, Question]]
Told = tuple[Panel, dict[str, Question], dict[str, Answer]]


class Answers(Protocol):
    """Whoever answers reports."""

    async def answer(self, site: str, name: str, spec: dict[str, Any]) -> Answer:
        """See `Reports.answer`."""

    def remembered(self, site: str, name: str, spec: dict[str, Any]) -> Answer | None:
        """See `Recent.remembered`."""

    def decisions(self) -> int:
        """See `Recent.decisions`."""


class Shared:
    """The shared pages of one server."""

    def __init__(
        self, desk: Desk, office: Office, reports: Answers, renderer: Renderer, options: Options | None = None
    ) -> None:
        options = options or Options()
        self._desk, self._office, self._reports, self._renderer = desk, office, reports, renderer
        self._proxies = Proxies(options.trusted_proxies)
        self._by_address = Buckets(options.address_rate, options.address_burst, time.monotonic)
        self._counting: Together[list[Answer]] = Together(_AT_ONCE)

    async def page(self, request: Request) -> Response:
        """The page behind a shared address. What else its query says is nobody's."""
        said = spoken(request)
        if wait := self._wait(request):
            text = said("Too many requests came from your network: try again in a minute.")
            return self._later(request, 429, "too_many_requests", text, wait)
        found = self._desk.shared(request.path_params["code"])
        page = page_of(found[0].page) if found else None
        if found is None or page is None:
            return self._nothing(request, said("This link has been revoked or has expired."))
        await self._desk.looked(found[0])
        share, site = found[0], self._office.sites[next(iter(found[1].sites or ()))]
        try:
            body = await present(request, self._body(request, share, page, site))
        except (SpecError, TooSlowError, SegmentError, CrowdedError) as fault:
            return self._failed(request, fault)
        if _as_json(request):
            return Response(body, 200, _SAFE, "application/json")
        return remembered(request, Response(body, 200, _SAFE, "text/html"))

    async def _body(self, request: Request, share: Share, page: Page, site: Site) -> bytes:
        """What is sent of a share. Raises `CrowdedError`, and what a report does."""
        filters, _ = view_of(page, site, share.filters, int(time.time() * 1000))
        asked = questions(page, filters)
        answers = await self._answers(filters.site, [one for _, found in asked for one in found.values()])
        root, said = request.scope.get("root_path", ""), spoken(request)
        to_the_minute = filters._replace(now=filters.now // _MINUTE)
        if _as_json(request):
            key: tuple[object, ...] = ("json", share.number, to_the_minute)
            work = partial(_json, page, filters, asked, answers, share.least)
        else:
            key = (said.language, root, share.number, to_the_minute)
            work = partial(_html, said, Facts((), "", root, printed=True), page, filters, asked, answers, share.least)
        return await self._renderer.remembered(key, answers, work)

    async def _answers(self, site: str, asked: Sequence[Question]) -> list[Answer]:
        """One for each question; what is not remembered is counted once for all who wait, and a few at once."""
        known = [self._reports.remembered(site, *one) for one in asked]
        if None not in known:
            return [one for one in known if one is not None]
        key = orjson.dumps([site, self._reports.decisions(), [list(one) for one in asked]])
        return await self._counting.wait(key, partial(self._counted, site, asked))

    async def _counted(self, site: str, asked: Sequence[Question]) -> list[Answer]:
        return [await self._reports.answer(site, *one) for one in asked]

    def _failed(self, request: Request, fault: Exception) -> Response:
        said = spoken(request)
        match fault:
            case SpecError():  # a saved funnel that has been deleted since
                text = said("What this link showed no longer exists: ask whoever shared it for a new one.")
                return self._nothing(request, text)
            case CrowdedError():
                text = said("Many people are looking at shared pages just now: try again in a moment.")
                return self._later(request, 503, "busy", text, _SOON)
            case _:
                return error(503, "too_slow" if isinstance(fault, TooSlowError) else "segment", str(fault))

    def _wait(self, request: Request) -> float:
        """How long this address has to wait (seconds); the machine itself does not."""
        peer = request.client.host if request.client else "unknown"
        key = network(self._proxies.sender(peer, dict(request.scope["headers"])))
        return self._by_address.wait(key) if key is not None else 0.0

    def _nothing(self, request: Request, text: str) -> Response:
        said = spoken(request)
        return self._plain(request, 404, said("Page not found"), text)

    def _later(self, request: Request, status: int, code: str, text: str, seconds: float) -> Response:
        said = spoken(request)
        answer = (
            error(status, code, text) if _as_json(request)
            else self._plain(request, status, said("One moment, please"), text)
        )  # fmt: skip
        answer.headers["Retry-After"] = str(math.ceil(seconds))
        return answer

    def _plain(self, request: Request, status: int, title: str, text: str) -> Response:
        page = _sentence(spoken(request).language, request.scope.get("root_path", ""), title, text)
        return remembered(request, Response(page, status, _SAFE, "text/html"))


@lru_cache(maxsize=32)
def _sentence(language: Language, root: str, title: str, text: str) -> str:
    """A page that says it; there are few, and whoever asks too often gets nothing else."""
    return drawing.plain(words(language), title, text, Facts((), "", root))


def _as_json(request: Request) -> bool:
    return request.query_params.get("format") == "json"


def _masked(asked: Sequence[Asked], answers: Sequence[Answer], least: int) -> list[Told]:
    """The answers with their questions, small cells hidden; they are in the order of these."""
    given = iter(answers)
    return [(panel, found, {name: masked(panel, next(given), least) for name in found}) for panel, found in asked]


def _html(
    said: Words, facts: Facts, page: Page, filters: Filters, asked: Sequence[Asked], answers: Sequence[Answer],
    least: int,
) -> bytes:  # fmt: skip
    parts = [
        part(Sight(said, filters, facts, page.name, panel.name, found), panel, told)
        for panel, found, told in _masked(asked, answers, least)
    ]
    return drawn(said, page, filters, facts, parts, least).encode()


def _json(page: Page, filters: Filters, asked: Sequence[Asked], answers: Sequence[Answer], least: int) -> bytes:
    """Answers as JSON: no more than what the page says."""
    shown = ("report", "columns", "rows", "notes")
    parts = [
        {"title": panel.title, "name": name, **{field: getattr(one, field) for field in shown}, "totals": sums(one)}
        for panel, _, told in _masked(asked, answers, least)
        for name, one in told.items()
    ]
    return orjson.dumps({"site": filters.site, "page": page.name, "parts": parts})
