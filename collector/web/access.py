"""/api/users…, /api/tokens…, /api/history: who may ask, and who changed that, for admins; shares for whoever may save.

The forms of the page Settings do the same with the same orders: `pages_settings`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from collector.access.desk import told
from collector.access.granting import granted, invited
from collector.access.secret import hashed, named, new_secret
from collector.access.share import Sharing, shared
from collector.control import Office
from collector.event import Profile, Site
from collector.journal import Folder, SiteError, UnknownSiteError, snapshot
from collector.journal.access import (
    Action,
    AddAccount,
    ChangeAccount,
    RemoveAccount,
    RevokeShare,
    RevokeToken,
    Role,
    Share,
    SignOut,
    Uninvite,
)
from collector.journal.deeds import FOLDER
from collector.pages.shared import chosen
from collector.web.ask import error, json_response
from collector.web.asked import asked, whole
from collector.web.guard import who


class NewUser(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A user to be added; without a password, to be invited: the answer's path is good once, within a week."""

    name: str
    password: str | None = None
    role: Role = "viewer"


class ChangedUser(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Another password, another role, both or neither; all the user's sessions end."""

    password: str | None = None
    role: Role | None = None


class NewToken(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A token to be made. `sites`: null for all; `days`: how long it opens something, null: for good."""

    name: str
    actions: list[Literal["collect", "read", "links", "admin"]]
    sites: list[str] | None = None
    days: int | None = None


class ChangedSite(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Options of a site to be others, each whole; what is not named stays. `session_timeout` in ms. The profile `off`
    is chosen by command alone, as is what is not here."""

    origins: list[str] | None = None
    profile: Profile | None = None
    timezone: str | None = None
    session_timeout: int | None = None
    parameters: list[str] | None = None
    own_hosts: list[str] | None = None


class Access:
    """What changes who may ask, over HTTP. `sites` is looked at anew for every request; `funnels` tells a site's saved
    ones."""

    def __init__(self, office: Office, folder: Folder, funnels: Callable[[str], Mapping[str, Any]]) -> None:
        self._office, self._folder, self._funnels = office, folder, funnels
        self._desk, self._sites = office.access, office.sites

    async def users(self, request: Request) -> Response:
        """GET and POST /api/users."""
        if request.method != "POST":
            rows = self._desk.rows
            return json_response(
                {"users": list(map(told, rows.accounts)), "invited": list(map(told, rows.invitations))}
            )
        wish = await asked(request, NewUser)
        made = {"name": wish.name, "role": wish.role}
        if wish.password is None:
            code, order = invited(wish.name, wish.role, _now())
            await self._desk.settle(order, signature(request))
            made |= {"path": f"{request.scope.get('root_path', '')}/setup/{code}"}
        else:
            password = await asyncio.to_thread(hashed, wish.password)
            await self._desk.settle(AddAccount(named(wish.name), password, wish.role), signature(request))
        return json_response(made, 201)

    async def user(self, request: Request) -> Response:
        """PUT and DELETE /api/users/{name}."""
        name = request.path_params["name"]
        if request.method == "DELETE":
            await self._desk.settle(self._removal(name), signature(request))
            return _done()
        wish = await asked(request, ChangedUser)
        password = None if wish.password is None else await asyncio.to_thread(hashed, wish.password)
        nothing = password is None and wish.role is None
        order = SignOut(name) if nothing else ChangeAccount(name, password, wish.role)
        await self._desk.settle(order, signature(request))
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
        secret = await self.grant(request, wish.name, wish.actions, wish.sites, wish.days)
        return json_response({"name": wish.name, "token": secret}, 201)

    async def grant(
        self, request: Request, name: str, actions: Sequence[Action], sites: Sequence[str] | None, days: int | None
    ) -> str:
        """A new token. Raises `AccessError`, `UnknownSiteError`."""
        numbers = None if sites is None else [self._site(site).number for site in sites]
        secret, order = granted(name, actions, numbers, days, _now())
        await self._desk.settle(order, signature(request))
        return secret

    async def token(self, request: Request) -> Response:
        """DELETE /api/tokens/{name}."""
        await self._desk.settle(RevokeToken(request.path_params["name"]), signature(request))
        return _done()

    async def site(self, request: Request) -> Response:
        """PUT /api/sites/{site}: what the page Settings changes of a site, and nothing else."""
        site = self._site(request.path_params["site"])
        wish = await asked(request, ChangedSite)
        if wish.profile == "off" and site.profile != "off":
            command = f"balise site change {site.name} --profile off"
            raise SiteError("profile", f"profile: expected required, exempt or hybrid; off is chosen by `{command}`")
        given = {name: value for name, value in msgspec.structs.asdict(wish).items() if value is not None}
        await self._office.decide(site.name, given, signature(request))
        return _done()

    async def history(self, request: Request) -> Response:
        """GET /api/history: who changed users, tokens, shares and sites, newest first; `?most=` 1 to 10000."""
        most = whole(request.query_params.get("most", "50"), "most", 1, 10_000)
        with snapshot(self._folder) as view:
            return json_response({"history": [deed._asdict() for deed in view.deeds(most)]})

    async def shares(self, request: Request) -> Response:
        """GET and POST /api/sites/{site}/shares; the address of a new one is told this once."""
        site = self._site(request.path_params["site"])
        if request.method != "POST":
            mine = [share for share in self._desk.rows.shares if share.site == site.number]
            return json_response({"shares": [_shown(share, site) for share in mine]})
        number, path, expires = await self.give(request, site, await asked(request, Sharing))
        return json_response({"number": number, "path": path, "expires": expires}, 201)

    async def give(self, request: Request, site: Site, wish: Sharing) -> tuple[int, str, int]:
        """A new share: its number, its path, until when (ms UTC). Raises `AccessError`, `SpecError`."""
        secret, now, by = new_secret(), _now(), signature(request)
        view = chosen(wish.page, site, wish.filters.removeprefix("?"), now, self._funnels(site.name))
        order = shared(msgspec.structs.replace(wish, filters=view), secret, site.number, by, now)
        number = await self._desk.settle(order, by)
        return number, f"{request.scope.get('root_path', '')}/share/{secret}", order.expires

    async def share(self, request: Request) -> Response:
        """DELETE /api/sites/{site}/shares/{number}: of this site, and no other's."""
        site, number = self._site(request.path_params["site"]), request.path_params["number"]
        mine = {str(share.number): share for share in self._desk.rows.shares if share.site == site.number}
        if number not in mine:
            return error(404, "share", f"there is no share {number} on {site.name}", "number")
        await self._desk.settle(RevokeShare(mine[number].number), signature(request))
        return _done()

    def _removal(self, name: str) -> RemoveAccount | Uninvite:
        """A user goes; or an invitation that nobody took yet."""
        return Uninvite(name) if name in {one.name for one in self._desk.rows.invitations} else RemoveAccount(name)

    def _site(self, name: str) -> Site:
        if name not in self._sites:
            raise UnknownSiteError(name, list(self._sites))
        return self._sites[name]


def _shown(share: Share, site: Site) -> dict[str, Any]:
    return told(share) | {"site": site.name}


def signature(request: Request) -> str:
    """Whoever asks, as it is written down."""
    caller = who(request)
    return caller.known_as if caller else FOLDER


def _now() -> int:
    return int(time.time() * 1000)


def _done() -> Response:
    return Response(status_code=204, headers={"Cache-Control": "no-store"})
