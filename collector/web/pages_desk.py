"""POST /sites/{site}/{page}: what a page's own forms do with the view that its address says: save it, share it.

The page is drawn again with what is wrong beside its field, or with the link that was made, which is shown this once.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from collector.access.share import DAYS, Sharing
from collector.control import Office
from collector.event import Site
from collector.journal import UnavailableError, UnknownError
from collector.journal.access import AccessError
from collector.pages.filters import Fault
from collector.pages.household import Told
from collector.pages.labels import FAULTS
from collector.pages.panel import Page
from collector.pages.registry import PAGES
from collector.pages.shared import page_of
from collector.pages.views import address
from collector.reports.spec import SpecError
from collector.web.access import Access
from collector.web.ask import error
from collector.web.guard import form
from collector.web.pages import Pages, view
from collector.web.pages_settings import WrongError, whole
from collector.web.views import ChangedView, NewView, Views

_PLACES = {"share": "share", "view": "views", "views": "views"}  # a form, and the place that it opens at


class Tools:
    """The forms below the title of a page."""

    def __init__(self, pages: Pages, access: Access, views: Views, office: Office) -> None:
        self._pages, self._access, self._views, self._office = pages, access, views, office

    async def act(self, request: Request) -> Response:
        """Carry out what a form of a page asks."""
        page, site = (
            PAGES.get(request.path_params.get("page", "links")),
            self._office.sites.get(request.path_params["site"]),
        )
        if page is not None and not page.ranged:
            return error(405, "method_not_allowed", f"the page {page.name} has no view that could be saved or shared")
        if page is None or site is None or view(request, page, site)[1]:
            return await self._pages.page(request)
        given = await form(request)
        do = given.get("do", "")
        try:
            if do == "share":
                return await self._share(request, page, site, given)
            if do not in _PLACES:
                raise WrongError("", "do")
            what = await (
                self._save(request, page, site, given) if do == "view" else self._change(request, site, given)
            )
        except (WrongError, AccessError, SpecError, UnknownError, UnavailableError) as wrong:
            fault, status = _fault(wrong, given)
            held = {name: value for name, value in given.items() if name != "csrf"}
            return await self._pages.page(request, Told("tools", do if do in _PLACES else "view", fault, held), status)
        there = address(view(request, page, site)[0])
        path = f"{request.scope.get('root_path', '')}/sites/{quote(site.name)}/{page.name}"
        return RedirectResponse(f"{path}?{there}&done=tools:{what}#{_PLACES[do]}", 303)

    async def _share(self, request: Request, page: Page, site: Site, given: Mapping[str, str]) -> Response:
        if page_of(page.name) is None:
            raise WrongError("", "do")
        days = whole(given.get("days", ""), "days", DAYS)
        query = view(request, page, site)[0].query()
        wish = Sharing(page=page.name, filters=query, days=days, note=given.get("note", "").strip())
        _, path, expires = await self._access.give(request, site, wish)
        origin = f"{request.url.scheme}://{request.url.netloc}"
        told = Told("tools", "share", done="shared", secret=origin + path, held={"until": str(expires)})
        return await self._pages.page(request, told, 201)

    async def _save(self, request: Request, page: Page, site: Site, given: Mapping[str, str]) -> str:
        query = address(view(request, page, site)[0])
        private, first = given.get("seen") == "me", "first" in given
        name = given.get("name", "").strip()
        await self._views.save(
            request, site, NewView(page=page.name, name=name, query=query, private=private, first=first)
        )
        return "view"

    async def _change(self, request: Request, site: Site, given: Mapping[str, str]) -> str:
        number = given.get("number", "")
        if "delete" in given:
            await self._views.drop(request, site, number)
            return "view_gone"
        wish = ChangedView(name=given.get("name", "").strip(), first="first" in given)
        await self._views.change(request, site, number, wish)
        return "changed"


def _fault(error: Exception, given: Mapping[str, str]) -> tuple[Fault, int]:
    """What is wrong, in the page's words, and the answer's status."""
    most = DAYS
    match error:
        case WrongError(field=field, why=why):
            status = 400
        case AccessError(field=field, most=full) if full:
            why, status, most = "full", 409, full
        case AccessError(field=field, taken=taken):
            why, status = ("taken", 409) if taken else (field, 400)
        case SpecError(field=field):
            why, status = {"name": "view_name", "filters": "nothing"}.get(field, "do"), 400
            field = "" if why == "nothing" else field
        case UnavailableError():
            field, why, status = "", "storage", 503
        case _:
            field, why, status = "", "gone", 404
    said = {"value": given.get(field or "number", "")[:64], "most": str(most)}
    return Fault(field, FAULTS.get(why, FAULTS["do"]), said), status
