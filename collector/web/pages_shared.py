"""GET /share/{code}: a page of one site for whoever has its address, in charts and tables or as `?format=json`; small
counts hidden.

The address is the secret: it is sent to nobody as a referrer, kept by no cache, and wanted by no search engine.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final, Protocol

from starlette.requests import Request
from starlette.responses import Response

from collector.access import Desk
from collector.control import Office
from collector.engines.duckdb import TooSlowError
from collector.journal.segment import SegmentError
from collector.pages import drawing
from collector.pages.filters import Filters
from collector.pages.panel import Page, Panel
from collector.pages.question import Question
from collector.pages.shared import drawn, masked, page_of, part, questions, sums, view_of
from collector.pages.sight import Facts, Sight
from collector.reports.answer import Answer
from collector.reports.spec import SpecError
from collector.web.ask import error, json_response
from collector.web.pages import SAFE, remembered, spoken
from collector.web.presence import present

_AT_ONCE: Final = 4  # shared pages that are counted; those who signed in have to wait behind them
_SAFE: Final = SAFE | {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


Asked = tuple[Panel, dict[str, Question], dict[str, Answer]]


class Answers(Protocol):
    """Whoever answers reports."""

    async def answer(self, site: str, name: str, spec: dict[str, Any]) -> Answer:
        """See `Reports.answer`."""


class Shared:
    """The shared pages of one server."""

    def __init__(self, desk: Desk, office: Office, reports: Answers) -> None:
        self._desk, self._office, self._reports = desk, office, reports
        self._asking = 0

    async def page(self, request: Request) -> Response:
        """The page behind a shared address. What else its query says is nobody's."""
        found, said = self._desk.shared(request.path_params["code"]), spoken(request)
        facts = Facts((), "", request.scope.get("root_path", ""))
        page = page_of(found[0].page) if found else None
        if found is None or page is None:
            text = said("This link has been taken back, or its time is up.")
            return self._sent(request, drawing.plain(said, said("Nothing here"), text, facts), 404)
        await self._desk.looked(found[0])
        share, site = found[0], self._office.sites[next(iter(found[1].sites or ()))]
        filters, _ = view_of(page, site, share.filters, int(time.time() * 1000))
        if self._asking >= _AT_ONCE:
            return error(503, "busy", "many look at shared pages now: try again in a moment")
        self._asking += 1
        try:
            told = await present(request, self._answers(page, filters, share.least))
        except SpecError:  # a saved funnel that has been deleted since
            text = said("What this link showed is not there any more: ask whoever shared it for another one.")
            return self._sent(request, drawing.plain(said, said("Nothing here"), text, facts), 404)
        except (TooSlowError, SegmentError) as fault:
            return error(503, "too_slow" if isinstance(fault, TooSlowError) else "segment", str(fault))
        finally:
            self._asking -= 1
        if request.query_params.get("format") == "json":
            answer = json_response({"site": site.name, "page": page.name, "parts": _told(told)})
            answer.headers.update(_SAFE)
            return answer
        facts = facts._replace(printed=True)
        parts = [part(Sight(said, filters, facts, page.name, panel.name, asked), panel, answers)
                 for panel, asked, answers in told]  # fmt: skip
        return self._sent(request, drawn(said, page, filters, facts, parts, share.least))

    async def _answers(self, page: Page, filters: Filters, least: int) -> list[Asked]:
        return [
            (panel, asked, {name: masked(panel, await self._reports.answer(filters.site, *one), least)
                            for name, one in asked.items()})
            for panel, asked in questions(page, filters)
        ]  # fmt: skip

    def _sent(self, request: Request, text: str, status: int = 200) -> Response:
        return remembered(request, Response(text, status, _SAFE, "text/html"))


def _told(told: Sequence[Asked]) -> list[dict[str, Any]]:
    """Answers as JSON: no more than what the page says."""
    shown = ("report", "columns", "rows", "notes")
    return [
        {"title": panel.title, "name": name, **{field: getattr(one, field) for field in shown}, "totals": sums(one)}
        for panel, _, answers in told
        for name, one in answers.items()
    ]
