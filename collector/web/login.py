"""GET and POST /login, POST /logout, GET and POST /setup/{code}: how a person comes in. No script.

A name and a password, or the folder's token, become a session. Every try takes as long, whoever it names; they are made
one at a time, and who fails is made to wait: by address, and by the name that is tried.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from collector.access.secret import hashed, named
from collector.journal import UnknownError
from collector.journal.access import Accept, AccessError, AddAccount, Invitation
from collector.web import entrance
from collector.web.ask import error
from collector.web.entrance import Saying
from collector.web.guard import COOKIE, Guard, bears, form, inside, near, ours, session_cookie
from collector.web.language import preferred
from collector.web.limits import Buckets, Proxies, network

RATE: Final = 20 / 60  # failed tries a second of one address; the usual bar is 20 a minute
BURST: Final = 10
_OF_A_NAME: Final = 5  # times as many for one name, or one address could keep somebody out for as long as it likes
_LONGEST_NAME: Final = 64


class Entrance:
    """The doors for persons, of one server."""

    def __init__(self, guard: Guard, proxies: Proxies, clock: Callable[[], float] = time.monotonic) -> None:
        self._guard, self._desk, self._proxies = guard, guard.desk, proxies
        self._turn = asyncio.Semaphore(1)
        self._tries = Buckets(RATE, BURST, clock)
        self._names = Buckets(_OF_A_NAME * RATE, _OF_A_NAME * BURST, clock)

    async def login(self, request: Request) -> Response:
        """The page, and what its forms say."""
        if request.method != "POST":
            return self._page(request)
        if not ours(request):
            return error(403, "origin", "expected a form of this page", "origin")
        if not near(request):
            return self._page(request, "plain", 400)
        given = await form(request)
        limits = [(self._tries, self._address(request))]
        if "token" not in given:  # which nobody guesses
            limits.append((self._names, given.get("name", "").strip()[:_LONGEST_NAME]))
        async with self._turn:
            wait = next((left for limit, key in limits if (left := limit.wait(key))), 0.0)
            if wait:
                answer = self._page(request, "wait", 429)
                answer.headers["Retry-After"] = str(math.ceil(wait))
                return answer
            account = await self._account(given)
        if account is None:
            return self._page(request, "token_wrong" if "token" in given else "wrong", 401)
        for limit, key in limits:
            limit.give_back(key)
        return await self._entered(request, account, given.get("next", ""))

    async def logout(self, request: Request) -> Response:
        """End the session."""
        await self._desk.leave(request.cookies.get(COOKIE, ""), self._guard.token)
        return _to(request, "/login", session_cookie(request, ""))

    async def proven(self, request: Request, name: str, password: str) -> bool | None:
        """Whether this is a user's password; None: there were too many tries, it was not looked at."""
        limits = [(self._tries, self._address(request)), (self._names, name)]
        async with self._turn:
            if any(limit.wait(key) for limit, key in limits):
                return None
            found = await asyncio.to_thread(self._desk.account, name, password)
        if found is not None:
            for limit, key in limits:
                limit.give_back(key)
        return found is not None

    async def setup(self, request: Request) -> Response:
        """The first user, by whoever has the link that was printed at the start."""
        code = request.path_params["code"]
        if (invitation := self._desk.invitation(code)) is not None:
            return await self._join(request, invitation) if request.method == "POST" else self._page(request)
        kind = self._desk.invited(code)
        if kind is None:
            return self._page(request, "over", 404)
        if kind == "login" and request.method == "GET":
            self._desk.used(code)
            return await self._entered(request, 0, "")
        if request.method != "POST":
            return self._page(request)
        return await self._set_up(request, code)

    async def _join(self, request: Request, invitation: Invitation) -> Response:
        """Somebody takes an invitation: its name is theirs, the password is what they choose."""
        if not ours(request):
            return error(403, "origin", "expected a form of this page", "origin")
        if not near(request):
            return self._page(request, "plain", 400)
        given = await form(request)
        try:
            async with self._turn:
                password = await asyncio.to_thread(hashed, given.get("password", ""))
            order = Accept(invitation.name, invitation.secret, password)
            number = await self._desk.settle(order, invitation.name)
        except AccessError as fault:
            return self._page(request, "over" if fault.taken else "password", 409 if fault.taken else 400)
        except UnknownError:
            return self._page(request, "over", 404)
        return await self._entered(request, number, "")

    async def _set_up(self, request: Request, code: str) -> Response:
        if not ours(request):
            return error(403, "origin", "expected a form of this page", "origin")
        if not near(request):
            return self._page(request, "plain", 400)
        given = await form(request)
        try:
            name = named(given.get("name", "").strip())
            async with self._turn:
                password = await asyncio.to_thread(hashed, given.get("password", ""))
            if self._desk.used(code) != "setup":
                return self._page(request, "over", 404)
            number = await self._desk.settle(AddAccount(name, password, "admin"), name)
        except AccessError as fault:
            return self._page(request, "name" if fault.field == "name" else "password", 400)
        return await self._entered(request, number, "")

    async def _account(self, given: dict[str, str]) -> int | None:
        """The number of whoever this form names; 0: whoever has the folder's token."""
        if "token" in given:
            return 0 if bears(f"Bearer {given['token'].strip()}", self._guard.token) else None
        found = await asyncio.to_thread(self._desk.account, given.get("name", "").strip(), given.get("password", ""))
        return found.number if found else None

    async def _entered(self, request: Request, account: int, after: str) -> Response:
        secret = await self._desk.enter(account, self._guard.token)
        there = _inside(after)
        return _to(request, self._desk.home() if there == "/" else there, session_cookie(request, secret))

    def _page(self, request: Request, fault: Saying | None = None, status: int = 200) -> Response:
        code, given = request.path_params.get("code"), getattr(request.state, "form", {})
        invitation = self._desk.invitation(code) if code else None
        kind: entrance.Kind = "login"
        if code:
            kind = "over" if fault == "over" else "join" if invitation else "setup"
        drawn = entrance.Drawn(
            kind=kind,
            language=language(request),
            root=request.scope.get("root_path", ""),
            path=request.scope.get("root_path", "") + inside(request.scope),
            after=_inside(given.get("next") or request.query_params.get("next", "")),
            name=invitation.name if invitation else given.get("name", "")[:_LONGEST_NAME],
            accounts=bool(self._desk.rows.accounts),
            fault=fault,
        )
        return HTMLResponse(entrance.page(drawn), status, headers=entrance.HEADERS)

    def _address(self, request: Request) -> str:
        """Who tries, as far as a rate goes; the machine itself is one more address here."""
        peer = request.client.host if request.client else "unknown"
        return network(self._proxies.sender(peer, dict(request.headers.raw))) or "local"


def language(request: Request) -> Literal["en", "fr"]:
    """The one asked for, else the one that the browser likes best."""
    asked = request.query_params.get("lang") or preferred(request.headers.get("accept-language", ""), ("en", "fr"))
    return "fr" if asked == "fr" else "en"


def _inside(path: str) -> str:
    """A path of this server to go on to, or its front page: nobody is led elsewhere."""
    plain = path.isascii() and path.isprintable() and "\\" not in path and len(path) <= 2_048
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"


def _to(request: Request, path: str, cookie: str) -> Response:
    headers = {"Cache-Control": "no-store", "Set-Cookie": cookie, "Referrer-Policy": "no-referrer"}
    return RedirectResponse(request.scope.get("root_path", "") + path, 303, headers)
