"""/api/sites/{site}/views…: saved views. Whoever may save changes their own and those that all of the site's users see;
private ones are seen by nobody else.
"""

from __future__ import annotations

import time

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from collector.access import Caller
from collector.control import Office
from collector.event import Site
from collector.journal import Folder, UnknownError, UnknownSiteError, snapshot
from collector.journal.views import View
from collector.pages import views
from collector.pages.household import View as Shown
from collector.web.access import signature
from collector.web.ask import json_response
from collector.web.asked import asked
from collector.web.guard import who


class NewView(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A view to be saved. `query`: what stands behind the `?` of the page's address; `private`: for whoever saves it
    alone; `first`: the page opens with it."""

    page: str
    name: str
    query: str = ""
    private: bool = False
    first: bool = False


class ChangedView(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is to be another one of a saved view."""

    name: str | None = None
    query: str | None = None
    first: bool | None = None


class Views:
    """The saved views of one server."""

    def __init__(self, folder: Folder, office: Office) -> None:
        self._folder, self._office = folder, office

    def seen(self, site: Site, caller: Caller | None, page: str = "") -> list[View]:
        """Those that somebody sees, of a page or of all."""
        name = caller.known_as if caller else ""
        with snapshot(self._folder) as view:
            found = view.views(site.number)
        return [one for one in found if one.owner in ("", name) and page in ("", one.page)]

    def listed(self, site: Site, caller: Caller | None, page: str) -> list[Shown]:
        """The same as a page shows them."""
        return [
            Shown(one.number, one.name, one.query, bool(one.owner), one.first, one.author)
            for one in self.seen(site, caller, page)
        ]

    def first(self, site: Site, caller: Caller | None, page: str) -> str | None:
        """The view that a page opens with: one's own choice, else that for everybody."""
        firsts = [one for one in self.seen(site, caller, page) if one.first]
        return max(firsts, key=lambda one: one.owner).query if firsts else None

    async def all(self, request: Request) -> Response:
        """GET and POST /api/sites/{site}/views."""
        site = self._site(request)
        if request.method != "POST":
            return json_response({"views": [_told(one) for one in self.seen(site, who(request))]})
        number = await self.save(request, site, await asked(request, NewView))
        return json_response({"number": number}, 201)

    async def one(self, request: Request) -> Response:
        """PUT and DELETE /api/sites/{site}/views/{number}: of those that whoever asks sees."""
        site, number = self._site(request), request.path_params["number"]
        if request.method == "DELETE":
            await self.drop(request, site, number)
        else:
            await self.change(request, site, number, await asked(request, ChangedView))
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    async def save(self, request: Request, site: Site, wish: NewView) -> int:
        """Keep a new view; its number. Raises `SpecError`, `AccessError`."""
        by, now = signature(request), int(time.time() * 1000)
        query = views.canonical(wish.page, site, wish.query, now)
        owner = by if wish.private else ""
        view = View(0, site.number, wish.page, views.named(wish.name), query, owner, by, wish.first, now)
        return await self._office.save_view(view)

    async def change(self, request: Request, site: Site, number: str, wish: ChangedView) -> None:
        """Another name, another view under it, the page opens with it. Raises `UnknownError`, `SpecError`,
        `AccessError`."""
        known = self._known(request, site, number)
        given = {name: value for name, value in msgspec.structs.asdict(wish).items() if value is not None}
        if wish.query is not None:
            given["query"] = views.canonical(known.page, site, wish.query, int(time.time() * 1000))
        if wish.name is not None:
            given["name"] = views.named(wish.name)
        await self._office.save_view(msgspec.structs.replace(known, **given))

    async def drop(self, request: Request, site: Site, number: str) -> None:
        """Forget a view. Raises `UnknownError`."""
        await self._office.drop_view(site.name, self._known(request, site, number).number)

    def _known(self, request: Request, site: Site, number: str) -> View:
        found = next((one for one in self.seen(site, who(request)) if str(one.number) == number), None)
        if found is None:
            raise UnknownError(f"there is no view {number[:16]} on {site.name}")
        return found

    def _site(self, request: Request) -> Site:
        name = request.path_params["site"]
        if name not in self._office.sites:
            raise UnknownSiteError(name, list(self._office.sites))
        return self._office.sites[name]


def _told(view: View) -> dict[str, object]:
    return {"number": view.number, "page": view.page, "name": view.name, "query": view.query,
            "private": bool(view.owner), "first": view.first, "author": view.author}  # fmt: skip
