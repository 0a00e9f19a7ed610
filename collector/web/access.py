"""/api/users…, /api/tokens…, /api/sites/{site}/shares…: who may ask, for admins; shares for whoever may save."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from collector.access import Desk
from collector.access.desk import told
from collector.access.secret import hashed, named, new_secret, token
from collector.access.share import Sharing, shared
from collector.event import Site
from collector.journal import UnknownSiteError
from collector.journal.access import (
    AccessError,
    AddAccount,
    AddToken,
    ChangeAccount,
    RemoveAccount,
    RevokeShare,
    RevokeToken,
    Role,
    Share,
)
from collector.pages.shared import demand
from collector.web.ask import error, json_response
from collector.web.asked import asked
from collector.web.guard import who


class NewUser(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A user to be added."""

    name: str
    password: str
    role: Role = "viewer"


class ChangedUser(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Another password, another role, or both; all the user's sessions end."""

    password: str | None = None
    role: Role | None = None


class NewToken(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A token to be made. `sites`: null for all."""

    name: str
    actions: list[Literal["collect", "read", "links", "admin"]]
    sites: list[str] | None = None


class Access:
    """What changes who may ask, over HTTP. `sites` is looked at anew for every request."""

    def __init__(self, desk: Desk, sites: Mapping[str, Site]) -> None:
        self._desk, self._sites = desk, sites

    async def users(self, request: Request) -> Response:
        """GET and POST /api/users."""
        if request.method != "POST":
            return json_response({"users": [told(account) for account in self._desk.rows.accounts]})
        wish = await asked(request, NewUser)
        password = await asyncio.to_thread(hashed, wish.password)
        await self._desk.settle(AddAccount(named(wish.name), password, wish.role))
        return json_response({"name": wish.name, "role": wish.role}, 201)

    async def user(self, request: Request) -> Response:
        """PUT and DELETE /api/users/{name}."""
        name = request.path_params["name"]
        if request.method == "DELETE":
            await self._desk.settle(RemoveAccount(name))
            return _done()
        wish = await asked(request, ChangedUser)
        password = None if wish.password is None else await asyncio.to_thread(hashed, wish.password)
        await self._desk.settle(ChangeAccount(name, password, wish.role))
        return _done()

    async def tokens(self, request: Request) -> Response:
        """GET and POST /api/tokens; a new one is told this once."""
        if request.method != "POST":
            names = {site.number: site.name for site in self._sites.values()}
            shown = [
                told(found)
                | {"actions": sorted(found.actions)}
                | {"sites": None if found.sites is None else [names[n] for n in sorted(found.sites) if n in names]}
                for found in self._desk.rows.tokens
            ]
            return json_response({"tokens": shown})
        wish = await asked(request, NewToken)
        if not wish.actions or (wish.sites is not None and ("links" in wish.actions or not wish.sites)):
            raise AccessError("actions", "actions: expected one at least, and no links for a token of some sites only")
        numbers = None if wish.sites is None else tuple(self._site(name).number for name in wish.sites)
        secret, kept = token()
        await self._desk.settle(AddToken(named(wish.name), kept, numbers, tuple(wish.actions)))
        return json_response({"name": wish.name, "token": secret}, 201)

    async def token(self, request: Request) -> Response:
        """DELETE /api/tokens/{name}."""
        await self._desk.settle(RevokeToken(request.path_params["name"]))
        return _done()

    async def shares(self, request: Request) -> Response:
        """GET and POST /api/sites/{site}/shares; the address of a new one is told this once."""
        site = self._site(request.path_params["site"])
        if request.method != "POST":
            mine = [share for share in self._desk.rows.shares if share.site == site.number]
            return json_response({"shares": [_shown(share, site) for share in mine]})
        wish, caller = await asked(request, Sharing), who(request)
        secret, now = new_secret(), int(time.time() * 1000)
        demand(wish.page, site, wish.filters.removeprefix("?"), now)
        order = shared(wish, secret, site.number, caller.name if caller else "", now)
        number = await self._desk.settle(order)
        path = f"{request.scope.get('root_path', '')}/share/{secret}"
        return json_response({"number": number, "path": path, "expires": order.expires}, 201)

    async def share(self, request: Request) -> Response:
        """DELETE /api/sites/{site}/shares/{number}: of this site, and no other's."""
        site, number = self._site(request.path_params["site"]), request.path_params["number"]
        mine = {str(share.number): share for share in self._desk.rows.shares if share.site == site.number}
        if number not in mine:
            return error(404, "share", f"there is no share {number} on {site.name}", "number")
        await self._desk.settle(RevokeShare(mine[number].number))
        return _done()

    def _site(self, name: str) -> Site:
        if name not in self._sites:
            raise UnknownSiteError(name, list(self._sites))
        return self._sites[name]


def _shown(share: Share, site: Site) -> dict[str, Any]:
    return told(share) | {"site": site.name}


def _done() -> Response:
    return Response(status_code=204, headers={"Cache-Control": "no-store"})
