"""POST /sites/{site}/settings/{panel}: the forms of the page Settings, without a script.

What is wrong is said beside its field, on the page that is drawn again with what was typed (passwords are not). What is
done leads back to the page; a secret that was just made is shown on the answer, this once. GET leads to the page.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from collector.access import ROLES
from collector.access.granting import DAYS, invited
from collector.access.role import ACTIONS
from collector.access.secret import hashed, kept
from collector.control import Office
from collector.journal import SiteError, UnavailableError, UnknownError
from collector.journal.access import (
    AccessError,
    ChangeAccount,
    RemoveAccount,
    RevokeShare,
    RevokeToken,
    Role,
    SignOut,
    Uninvite,
)
from collector.pages.filters import Fault
from collector.pages.household import Told
from collector.pages.labels import FAULTS, PROFILES
from collector.web.access import Access, signature
from collector.web.guard import COOKIE, form, who
from collector.web.login import Entrance
from collector.web.pages import Pages

_SECRET: Final = frozenset({"csrf", "old", "password"})  # what is not shown again
_OF_SITES: Final = {"origin": "origins", "own-host": "own_hosts", "parameter": "parameters", "options": "minutes"}
_MAIN: Final = frozenset({"invite", "add", "password", "change"})  # forms with fields; the others are single buttons
Given = Mapping[str, str]


class Done(NamedTuple):
    """What was done, as `labels.DONE` says it, and the secret that was made."""

    what: str
    secret: str = ""


class WrongError(ValueError):
    """A field that cannot be; `why` is one of `labels.FAULTS`, `value` what is at fault, if not what was typed."""

    def __init__(self, field: str, why: str, value: str = "") -> None:
        super().__init__(why)
        self.field, self.why, self.value = field, why, value


_Work = Callable[[Request, Given], Awaitable[Done]]


class Settings:
    """The forms of one server's page Settings."""

    def __init__(self, pages: Pages, access: Access, entrance: Entrance, office: Office) -> None:
        self._pages, self._access, self._entrance, self._office = pages, access, entrance, office
        self._desk = office.access

    async def account(self, request: Request) -> Response:
        """One's own password, and one's other sessions."""
        return await self._act(request, "account", {"password": self._password, "sign_out": self._sign_out})

    async def users(self, request: Request) -> Response:
        """Invitations, roles, sessions, removal."""
        works: dict[str, _Work] = {"invite": self._invite, "role": self._role, "sign_out": self._end,
                                   "remove": self._remove, "uninvite": self._uninvite}  # fmt: skip
        return await self._act(request, "users", works)

    async def tokens(self, request: Request) -> Response:
        """Tokens of programs."""
        return await self._act(request, "tokens", {"add": self._grant, "revoke": self._revoke})

    async def shares(self, request: Request) -> Response:
        """Shared pages are taken back here, and made on their pages."""
        return await self._act(request, "shares", {"revoke": self._unshare})

    async def site(self, request: Request) -> Response:
        """The site's options."""
        return await self._act(request, "site", {"change": self._change})

    async def _act(self, request: Request, panel: str, works: Mapping[str, _Work]) -> Response:
        here = f"{request.scope.get('root_path', '')}/sites/{quote(request.path_params['site'])}/settings"
        if request.method != "POST":
            lang = request.query_params.get("lang", "")
            return RedirectResponse(f"{here}?lang={quote(lang)}#{panel}" if lang else f"{here}#{panel}", 302)
        given = await form(request)
        do = given.get("do", "")
        try:
            if do not in works:
                raise WrongError("", "do")
            done = await works[do](request, given)
        except (WrongError, AccessError, SiteError, UnknownError, UnavailableError) as error:
            fault, status = _fault(error, given)
            held = {name: value for name, value in given.items() if name not in _SECRET}
            return await self._pages.settings(request, Told(panel, do if do in _MAIN else "row", fault, held), status)
        if done.secret:
            return await self._pages.settings(request, Told(panel, do, done=done.what, secret=done.secret), 201)
        return RedirectResponse(f"{here}?done={panel}:{done.what}#{panel}", 303)

    async def _password(self, request: Request, given: Given) -> Done:
        name = _own_name(request)
        proven = await self._entrance.proven(request, name, given.get("old", ""))
        if not proven:
            raise WrongError("old", "wait" if proven is None else "old")
        password = await asyncio.to_thread(hashed, given.get("password", ""))
        await self._desk.settle(ChangeAccount(name, password, stays=_session(request)), name)
        return Done("password")

    async def _sign_out(self, request: Request, _: Given) -> Done:
        name = _own_name(request)
        await self._desk.settle(SignOut(name, _session(request)), name)
        return Done("signed_out")

    async def _invite(self, request: Request, given: Given) -> Done:
        code, order = invited(given.get("name", "").strip(), _role(given), int(time.time() * 1000))
        await self._desk.settle(order, signature(request))
        return Done("invited", f"{_origin(request)}/setup/{code}")

    async def _role(self, request: Request, given: Given) -> Done:
        await self._desk.settle(ChangeAccount(_other(request, given), role=_role(given)), signature(request))
        return Done("role")

    async def _end(self, request: Request, given: Given) -> Done:
        await self._desk.settle(SignOut(given.get("name", "")), signature(request))
        return Done("user_signed_out")

    async def _remove(self, request: Request, given: Given) -> Done:
        await self._desk.settle(RemoveAccount(_other(request, given)), signature(request))
        return Done("removed")

    async def _uninvite(self, request: Request, given: Given) -> Done:
        await self._desk.settle(Uninvite(given.get("name", "")), signature(request))
        return Done("removed")

    async def _grant(self, request: Request, given: Given) -> Done:
        actions = [action for action in ACTIONS if f"action-{action}" in given]
        sites = [field.removeprefix("site-") for field in given if field.startswith("site-")] or None
        if gone := [site for site in sites or () if site not in self._office.sites]:
            raise WrongError("sites", "gone", gone[0])  # left out, it would leave a token for all
        days = whole(given.get("days", ""), "days", DAYS) if given.get("days") else None
        secret = await self._access.grant(request, given.get("name", "").strip(), actions, sites, days)
        return Done("token", secret)

    async def _revoke(self, request: Request, given: Given) -> Done:
        await self._desk.settle(RevokeToken(given.get("name", "")), signature(request))
        return Done("revoked")

    async def _unshare(self, request: Request, given: Given) -> Done:
        site = self._office.sites[request.path_params["site"]]
        mine = {str(share.number): share for share in self._desk.rows.shares if share.site == site.number}
        number = given.get("number", "")
        if number not in mine:
            raise UnknownError(number)
        await self._desk.settle(RevokeShare(mine[number].number), signature(request))
        return Done("revoked")

    async def _change(self, request: Request, given: Given) -> Done:
        name = request.path_params["site"]
        before = self._office.sites[name]
        profile = given.get("profile", "")
        if profile not in PROFILES or (profile == "off" and before.profile != "off"):
            raise WrongError("profile", "profile")
        options: dict[str, Any] = {
            "origins": given.get("origins", "").split(),
            "profile": profile,
            "timezone": given.get("timezone", "").strip(),
            "session_timeout": 60_000 * whole(given.get("minutes", ""), "minutes", 1_440),
            "parameters": given.get("parameters", "").split(),
            "own_hosts": given.get("own_hosts", "").split(),
        }
        await self._office.decide(name, options, signature(request))
        return Done("changed" if profile == before.profile else "profile")


def _fault(error: Exception, given: Given) -> tuple[Fault, int]:
    """What is wrong, in the page's words, and the answer's status."""
    value = ""
    match error:
        case WrongError(field=field, why=why, value=value):
            status = 429 if why == "wait" else 400
        case AccessError(field=field, taken=taken):
            why, status = ("taken", 409) if taken else (field, 400)
        case SiteError(field=named, value=at_fault):
            field, status = _OF_SITES.get(named, named), 400
            why, value = field, at_fault
        case UnavailableError():
            field, why, status = "", "storage", 503
        case _:
            field, why, status = "", "gone", 404
            value = given.get("number", "")
    said = {"value": (value or given.get(field or "name", ""))[:64], "most": str(DAYS)}
    return Fault(field, FAULTS.get(why, FAULTS["do"]), said), status


def _own_name(request: Request) -> str:
    """Whose session it is; a program and the folder's token have no password."""
    caller = who(request)
    if caller is None or not caller.csrf or not caller.name:
        raise WrongError("", "do")
    return caller.name


def _session(request: Request) -> bytes:
    return kept(request.cookies.get(COOKIE, ""))


def _other(request: Request, given: Given) -> str:
    """Somebody's name, but not one's own: the last admin cannot lock the door from outside."""
    caller, name = who(request), given.get("name", "")
    if caller is not None and caller.csrf and name == caller.name:
        raise WrongError("", "own")
    return name


def _role(given: Given) -> Role:
    found = next((role for role in ROLES if role == given.get("role")), None)
    if found is None:
        raise WrongError("role", "role")
    return found


def whole(text: str, field: str, most: int) -> int:
    """A whole number from 1 to `most`; raises `WrongError`."""
    if not re.fullmatch("[0-9]{1,5}", text.strip()) or not 1 <= int(text) <= most:
        raise WrongError(field, field)
    return int(text)


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
