"""The dashboard: GET / leads to the first site, GET /sites/{site}/{page} draws a page, one panel after the other, and
GET /sites/{site}/{page}/{panel}/{file} hands out what one of its tables shows, as CSV or JSON.

A page is sent as it is counted: its head at once, each panel when its reports have answered. What goes wrong in a panel
is said in its place, and its neighbours are drawn.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from collector.control import Office
from collector.engines.duckdb import TooSlowError
from collector.event import Site
from collector.journal import UnknownSiteError
from collector.journal.segment import SegmentError
from collector.pages import builder, drawing, printed
from collector.pages.filters import Fault, Filters, read
from collector.pages.household import Told
from collector.pages.issued import Issued
from collector.pages.labels import BUILDS
from collector.pages.panel import Page, Panel
from collector.pages.period import day_of
from collector.pages.question import Question
from collector.pages.registry import PAGES
from collector.pages.sight import Facts, Sight, Tag
from collector.pages.words import LANGUAGES, Words, known, mark, words
from collector.reports.answer import Answer, as_csv, as_json
from collector.reports.spec import SpecError
from collector.web.ask import error
from collector.web.guard import who
from collector.web.household import Registry
from collector.web.language import preferred
from collector.web.pages_values import Values
from collector.web.presence import present
from collector.web.recent import Recent, Since
from collector.web.rendering import Renderer
from collector.web.snippet import fits, pinned_tag, tag
from collector.web.views import Views

log = logging.getLogger("balise")
LANGUAGE: Final = "balise_language"  # the cookie that remembers a choice; it says nothing of who chose
_YEAR: Final = 31_536_000  # seconds
SAFE: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # forms must say that they come from here; nobody else is told
    "Cache-Control": "no-store",
    "Vary": "Cookie, Accept-Language",
}
_OPTIONAL: Final = frozenset({"before_from", "before_to", "by", "is"})  # a form sends them all the same
_DAY: Final = re.compile("visitors are known for one day")  # a report's refusal, said in the page's language
_KNOWN: Final = mark(
    "Without consent visitors are known for one day only: choose a period of one day and a window of a day at most."
)
_TYPES: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


class _Asking:
    """The questions of one page: since when they are answered, and whether the view's conditions found any event, once
    somebody asked by them."""

    def __init__(self, since: Since) -> None:
        self.since = since
        self.met: bool | None = None


class Pages:
    """The pages of one server."""

    def __init__(
        self,
        office: Office,
        reports: Recent,
        prefix: str,
        registry: Registry,
        views: Views,
        renderer: Renderer,
        folder: Path,
    ) -> None:
        self._office, self._reports, self._prefix, self._registry = office, reports, prefix, registry
        self._draw, self._folder = renderer.draw, str(folder.absolute())
        self._views, self._values = views, Values(reports)
        self.links: Callable[[Request], Awaitable[Issued]] = _unknown  # until somebody keeps them

    async def first(self, request: Request) -> Response:
        """GET /: to the first site's overview; without a site, how to add one."""
        facts = self._facts(request)
        if facts.sites:
            there = f"{facts.root}/sites/{quote(facts.sites[0].name)}/overview"
            return RedirectResponse(there, 302, {"Cache-Control": "no-store"})
        said = spoken(request)
        sentence = said("There is no site yet. Add one with this command, then reload the page:")
        code = f"{facts.program} site add NAME --origin https://shop.example"
        return self._sent(request, drawing.plain(said, said("Welcome"), sentence, facts, code))

    async def page(
        self, request: Request, told: Told | None = None, status: int = 200, links: Issued | None = None
    ) -> Response:
        """GET /sites/{site}/{page}. `told`: what became of the form that was sent; `links`: what their page shows."""
        facts, said = self._facts(request), spoken(request)
        page = PAGES.get(request.path_params.get("page", "links"))
        if page is PAGES["links"] and (caller := who(request)) and caller.sites is None:
            facts = facts._replace(links=links or await self.links(request))
        site = _site(facts, request.path_params["site"])
        if page is None or site is None:
            return self._sent(
                request, drawing.plain(said, said("Page not found"), _nothing(request, said, site), facts), 404
            )
        if page.name == "settings":
            return await self.settings(request, _done(request))
        if there := _plainer(request) or self._first(request, page, site):
            return remembered(request, RedirectResponse(there, 302, {"Cache-Control": "no-store"}))
        listed = self._views.listed(site, who(request), page.name)
        facts = facts._replace(told=told or _done(request), views=listed)
        if page.name == "funnels":
            facts = facts._replace(funnels=self._saved(site.name))
        filters, faults = view(request, page, site)
        if faults:
            drawn = drawing.head(said, page, filters, facts, faults) + drawing.foot(said)
            return self._sent(request, drawn, 400)
        if filters.by and request.method == "GET" and request.query_params.get("is"):
            return remembered(request, _moved(await present(request, self._values.canonical(filters, filters.by))))
        if page.name == "funnels":
            filters = builder.opened(filters, facts.funnels)
        return self._stream(request, self._drawn(said, page, filters, facts), status)

    def _first(self, request: Request, page: Page, site: Site) -> str | None:
        """Where a page leads to whose address says nothing: the view that it opens with, if there is one."""
        caller = who(request)
        if request.method == "POST" or not (caller and caller.csrf) or set(request.query_params) - {"lang"}:
            return None
        query = self._views.first(site, caller, page.name)
        lang = known(request.query_params.get("lang", ""))
        path = f"{request.scope.get('root_path', '')}/sites/{quote(site.name)}/{page.name}"
        return f"{path}?{query}" + (f"&lang={lang}" if lang else "") if query else None

    async def settings(self, request: Request, told: Told, status: int = 200) -> Response:
        """The page Settings, and what became of the form that was sent."""
        page, site = PAGES["settings"], self._office.sites.get(request.path_params["site"])
        if site is None:
            raise UnknownSiteError(request.path_params["site"], list(self._office.sites))
        facts, now = self._facts(request), int(time.time() * 1000)
        facts = facts._replace(household=self._registry.of(site, facts.role, now), told=told, tags=self._tags(request))
        filters = Filters(site.name, site.timezone, now, day_of(now, site.timezone))
        return self._stream(request, self._drawn(spoken(request), page, filters, facts), status)

    async def report(self, request: Request) -> Response:
        """GET /sites/{site}/report: the view's main figures as one file, whole, to be printed or sent."""
        facts, said = self._facts(request)._replace(printed=True), spoken(request)
        site = _site(facts, request.path_params["site"])
        if site is None:
            return self._sent(
                request, drawing.plain(said, said("Page not found"), _nothing(request, said, site), facts), 404
            )
        filters, faults = view(request, PAGES["overview"], site)
        if faults:
            return error(400, "view", said(faults[0].sentence, **faults[0].values), faults[0].field)
        panels = await present(request, self._panels(said, filters, facts))
        file = f"{quote(site.name)}-{filters.today.isoformat()}.html"
        headers = SAFE | {
            "Content-Security-Policy": printed.policy(),
            "Content-Disposition": f'inline; filename="{file}"',
        }
        whole = await self._draw(partial(printed.printed, said, filters, panels))
        return Response(whole, 200, headers, "text/html")

    async def file(self, request: Request) -> Response:
        """GET /sites/{site}/{page}/{panel}/{file}: one question of a panel, `NAME.csv` or `NAME.json`."""
        facts, said = self._facts(request), spoken(request)
        page, site = PAGES.get(request.path_params["page"]), _site(facts, request.path_params["site"])
        name, _, kind = request.path_params["file"].rpartition(".")
        panel = _panel(page, request.path_params["panel"])
        if page is None or site is None or panel is None or kind not in _TYPES:
            return error(404, "not_found", "there is nothing at this path")
        filters, faults = view(request, page, site)
        if faults:
            return error(400, "view", said(faults[0].sentence, **faults[0].values), faults[0].field)
        question = panel.ask(filters).get(name)
        if question is None:
            return error(404, "not_found", "there is nothing at this path")
        try:
            found = await present(request, self._reports.answer(site.name, *question))
        except SpecError as fault:
            return error(400, "spec", said.fault(fault), fault.field)
        except (TooSlowError, SegmentError) as fault:
            return error(503, "too_slow" if isinstance(fault, TooSlowError) else "segment", said.fault(fault))
        file = f"{quote(site.name)}-{page.name}-{panel.name}.{kind}"
        headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{file}"'}
        return Response(
            as_csv(found) if kind == "csv" else as_json(said.told(found)), media_type=_TYPES[kind], headers=headers
        )

    async def _drawn(self, said: Words, page: Page, filters: Filters, facts: Facts) -> AsyncIterator[str]:
        """The page, piece by piece; all of it tells of one moment, where it can."""
        asking = _Asking(self._reports.since())
        yield await self._draw(partial(drawing.head, said, page, filters, facts))
        if filters.by and page.segmented:
            yield drawing.offers(said, filters, [await self._values.offer(filters, filters.by)])
        told, shown = not filters.where, page.shown(facts.role)
        for n, panel in enumerate(shown, 1):
            yield drawing.working(said, n, len(shown))
            drawn = await self._panel(said, page, panel, filters, facts, asking)
            if not told and asking.met is False:
                told = True
                yield drawing.offers(said, filters, await self._values.strange(filters))
            yield drawn
        yield drawing.foot(said)

    async def _panels(self, said: Words, filters: Filters, facts: Facts) -> list[str]:
        asking = _Asking(self._reports.since())
        return [await self._panel(said, page, panel, filters, facts, asking) for page, panel in printed.parts()]

    async def _panel(
        self, said: Words, page: Page, panel: Panel, filters: Filters, facts: Facts, asking: _Asking
    ) -> str:
        try:
            questions = panel.ask(filters)
            answers = await self._answers(filters.site, questions, asking)
            sight = Sight(said, filters, facts, page.name, panel.name, questions)
            return await self._draw(partial(drawing.panel, sight, panel, answers))
        except SpecError as fault:
            day = _DAY.search(str(fault)) is not None
            sentence = _KNOWN if day else mark("This cannot be answered:")
            return drawing.failed(said, panel, said(sentence), "" if day else said.fault(fault), said=True)
        except TooSlowError:
            return drawing.overdue(said, panel, filters, facts.printed)
        except SegmentError as fault:
            return drawing.failed(said, panel, said("A file of the data folder cannot be read:"), str(fault))
        except UnknownSiteError as fault:
            return drawing.failed(said, panel, said("This site no longer exists:"), str(fault))
        except Exception:  # the head is on its way already: what is left to do is to say so in the panel's place
            log.exception("the panel %s of the page %s cannot be drawn", panel.name, page.name)
            return drawing.failed(said, panel, said("Something went wrong here; the server log has the details."))

    async def _answers(self, site: str, questions: Mapping[str, Question], asking: _Asking) -> dict[str, Answer]:
        found = {name: await self._reports.answer(site, *one, asking.since) for name, one in questions.items()}
        chosen = [found[name] for name, one in questions.items() if "session_where" in one.spec]
        if asking.met is None and chosen:
            asking.met = any(answer.data.events for answer in chosen)
        return found

    async def values(self, request: Request) -> Response:
        """GET /sites/{site}/{page}/values: those that there are of the dimension `by`, to be chosen from."""
        page, site = PAGES.get(request.path_params["page"]), self.site(request)
        filters, faults = view(request, page, site) if page and site else (None, [])
        if filters is None or faults or not filters.by:
            return error(404, "not_found", "there is nothing at this path")
        offer = await present(request, self._values.offer(filters, filters.by))
        return self._sent(request, drawing.choices(spoken(request), offer))

    def sites(self, request: Request) -> Sequence[Site]:
        """The sites that the caller sees."""
        return self._facts(request).sites

    def site(self, request: Request) -> Site | None:
        """The site that the page is about, if the caller sees it."""
        return _site(self._facts(request), request.path_params["site"])

    def _facts(self, request: Request) -> Facts:
        caller = who(request)
        mine = [site for site in self._office.sites.values() if caller and caller.sees(site.name)]
        sites = sorted(mine, key=lambda site: site.number)
        return Facts(
            sites, f"{request.url.scheme}://{request.url.netloc}", request.scope.get("root_path", ""), self._prefix,
            csrf=caller.csrf if caller else "", user=caller.name if caller else "",
            role=caller.shown if caller else "viewer",
            folder=self._folder if caller and caller.shown == "admin" else "",
        )  # fmt: skip

    def _saved(self, site: str) -> dict[str, dict[str, Any]]:
        try:
            return self._reports.known(site)
        except SpecError as fault:  # the operator's file; the page does without, and the report says the same
            log.warning("the saved funnels of %s cannot be read: %s", site, fault)
            return {}

    def _tags(self, request: Request) -> list[Tag]:
        """The script tags of the site that the page is about, of every build that knows its profile."""
        site = self._office.sites[request.path_params["site"]]
        root, fitting = request.scope.get("root_path", ""), [build for build in BUILDS if fits(build, site.profile)]
        said = [(build, (site.name, root, self._prefix, site.profile, build, site.policy)) for build in fitting]
        return [Tag(build, BUILDS[build], tag(*one), pinned_tag(*one)) for build, one in said]

    def _sent(self, request: Request, text: str, status: int = 200) -> Response:
        return remembered(request, Response(text, status, SAFE, "text/html"))

    def _stream(self, request: Request, pieces: AsyncIterator[str], status: int = 200) -> Response:
        return remembered(request, StreamingResponse(pieces, status, SAFE, "text/html"))


def _moved(filters: Filters) -> Response:
    """To the address that says the view in stored words."""
    return RedirectResponse("?" + filters.query(), 303, {"Cache-Control": "no-store"})


def _plainer(request: Request) -> str | None:
    """The address without the fields of the bar that were left empty, if there are any."""
    said = request.query_params.multi_items()
    told = [pair for pair in said if pair[1] or pair[0] not in _OPTIONAL]
    return "?" + urlencode(told) if request.method == "GET" and told and told != said else None


def _done(request: Request) -> Told:
    """What was done before the page was opened, as its address says it in a word of ours."""
    panel, _, what = request.query_params.get("done", "").partition(":")
    return Told(panel, done=what)


async def _unknown(_: Request) -> Issued:
    return Issued()


def spoken(request: Request) -> Words:
    """The language of a page: the one that its address asks for, else the one chosen before, else the browser's."""
    asked = (request.query_params.get("lang", ""), request.cookies.get(LANGUAGE, ""))
    chosen = next((found for text in asked if (found := known(text))), None)
    wished = known(preferred(request.headers.get("accept-language", ""), list(LANGUAGES)))
    return words(chosen or wished or "en")


def remembered(request: Request, answer: Response) -> Response:
    """The answer with the language that was chosen, for the next pages."""
    chosen = known(request.query_params.get("lang", ""))
    if chosen:
        path = request.scope.get("root_path", "") or "/"
        answer.set_cookie(LANGUAGE, chosen, max_age=_YEAR, path=path, httponly=True, samesite="lax")
    return answer


def view(request: Request, page: Page, site: Site) -> tuple[Filters, list[Fault]]:
    """What the address asks for."""
    pairs = request.query_params.multi_items()
    return read(site.name, site.timezone, int(time.time() * 1000), pairs, page.own)


def _nothing(request: Request, said: Words, site: Site | None) -> str:
    if site is None:
        return said("There is no site named %(name)s.", name=request.path_params["site"])
    return said("There is no page named %(name)s.", name=request.path_params["page"])


def _site(facts: Facts, name: str) -> Site | None:
    return next((site for site in facts.sites if site.name == name), None)


def _panel(page: Page | None, name: str) -> Panel | None:
    return next((panel for panel in page.panels if panel.name == name), None) if page else None
