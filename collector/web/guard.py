"""Who may ask: whoever carries the folder's token (one bearer token in a file of the data folder, compared in constant
time), a program's token, or the cookie of a session of the pages.

Every request comes by here before its endpoint runs; `doors` says what each asks. An endpoint learns `who(request)`
asks. A request with an Authorization header is what that says, whatever its cookies.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from collector.access import Caller, Desk
from collector.access.role import MAY
from collector.journal import UnknownSiteError
from collector.web.ask import error
from collector.web.asked import FORM_SECONDS, AskedError, content
from collector.web.doors import Need
from collector.web.limits import network
from collector.web.upload import uploaded

TOKEN_FILE = "token"  # noqa: S105  a file's name
COOKIE: Final = "balise_session"
_PROXIED: Final = frozenset({"x-forwarded-for", "x-forwarded-proto", "x-real-ip", "via", "forwarded"})
_FORM: Final = 65_536  # bytes of a form of ours
_LOCAL: Final = re.compile(r"^(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]+)?$")
_SAFE: Final = frozenset({"GET", "HEAD"})


class Guard:
    """Stands before every door of one server. `most`: bytes of a form with a file."""

    def __init__(self, token: str, desk: Desk, most: int = 65_536) -> None:
        self.token, self.desk, self._most = token, desk, most

    async def caller(self, request: Request) -> Caller | None:
        """Who asks; None for somebody who shows nothing, or nothing that is good."""
        header = request.headers.get("authorization")
        if header is not None:
            return self.bearer(header)
        cookie = request.cookies.get(COOKIE)
        return await self.desk.stay(cookie, self.token) if cookie else None

    def bearer(self, header: str) -> Caller | None:
        """Who is behind an Authorization header."""
        if bears(header, self.token):
            return Caller("", "admin", None, MAY["admin"])
        scheme, _, given = header.partition(" ")
        return self.desk.program(given.strip()) if scheme.lower() == "bearer" else None

    async def refusal(self, request: Request, need: Need) -> Response | None:
        """Why this request may not come in, as an answer; None if it may. `who` knows from then on."""
        if need.role is None:
            return None
        request.state.caller = caller = await self.caller(request)
        if caller is None:
            return _stranger(request)
        if not caller.reaches(need.role) or not need.actions & caller.actions:
            return error(403, "forbidden", f"this asks for the role {need.role}, or a token that may do it")
        if need.everywhere and caller.sites is not None:
            return error(403, "forbidden", "this belongs to no one site: a token for all sites may ask it", "site")
        site = request.path_params.get("site")
        if site is not None and not caller.sees(site):
            return error(404, "site", str(UnknownSiteError(site, sorted(caller.sites or ()))), "site")
        return await _forged(request, need, caller, self._most)


def who(request: Request) -> Caller | None:
    """Who asks, behind a door that lets nobody in unknown; None behind an open one."""
    caller: Caller | None = getattr(request.state, "caller", None)
    return caller


async def form(request: Request) -> dict[str, str]:
    """The fields of a form, read once. Raises `AskedError` if it is too large, was cut off or is one with files."""
    if not hasattr(request.state, "form"):
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise AskedError(415, "form", "body: expected a form without files, application/x-www-form-urlencoded")
        body = (await content(request, _FORM, FORM_SECONDS)).decode("utf-8", errors="replace")
        try:
            read = parse_qs(body, keep_blank_values=True, max_num_fields=200)
        except ValueError:
            raise AskedError(400, "form", "body: expected at most 200 fields") from None
        request.state.form = {name: values[-1] for name, values in read.items()}
    found: dict[str, str] = request.state.form
    return found


def ours(request: Request) -> bool:
    """Whether a request that changes something comes from a page of this server, as far as its browser says.

    Sec-Fetch-Site cannot be set by a page, and holds also where a proxy names another host than the browser did.
    """
    told = request.headers.get("sec-fetch-site")
    if told is not None:
        return told == "same-origin"
    origin = request.headers.get("origin")
    return origin is None or came_from(origin).netloc == request.headers.get("host", "")


def came_from(origin: str) -> SplitResult:
    """An Origin header in its parts; one that is no address is nobody's."""
    try:
        return urlsplit(origin)
    except ValueError:
        return urlsplit("null")


def near(request: Request) -> bool:
    """Whether a session can be kept from others on the way: by TLS, or because the page does not leave the machine."""
    origin = came_from(request.headers.get("origin", ""))
    return origin.scheme != "http" or _LOCAL.match(origin.netloc) is not None


def session_cookie(request: Request, secret: str) -> str:
    """The header that begins a session, or ends it (no secret). Only on the machine itself it may go without TLS."""
    origin = came_from(request.headers.get("origin", ""))
    direct = not _PROXIED & set(request.headers)
    plain = origin.scheme == "http" if origin.scheme else direct and request.scope["scheme"] == "http"
    here = _LOCAL.match(origin.netloc or request.headers.get("host", "")) is not None
    secure = "" if plain and here else "; Secure"
    age = "" if secret else "; Max-Age=0"
    return f"{COOKIE}={secret}; Path={request.scope.get('root_path') or '/'}; HttpOnly; SameSite=Lax{secure}{age}"


def inside(scope: Scope) -> str:
    """The path as this server knows it, without that under which another application has mounted it."""
    path, root = str(scope.get("path", "")), str(scope.get("root_path", ""))
    return path.removeprefix(root) if path.startswith(f"{root}/") else path


def _stranger(request: Request) -> Response:
    """A page asks who is there; everything else says what was expected."""
    root = request.scope.get("root_path", "")
    path = inside(request.scope)
    if path.startswith("/api/") or "authorization" in request.headers:
        return error(401, "token", "expected the header Authorization: Bearer TOKEN; `balise token` prints it")
    query = request.scope["query_string"].decode("latin-1")
    asked = f"{path}?{query}" if query else path
    back = f"?next={quote(asked, safe='/')}" if request.method in _SAFE else ""
    return RedirectResponse(f"{root}/login{back}", 303, {"Cache-Control": "no-store"})


async def _forged(request: Request, need: Need, caller: Caller, most: int) -> Response | None:
    """A cookie is sent along whoever made the form: it must come from here, and what changes something must say so."""
    if not caller.csrf or request.method in _SAFE:
        return None
    if not ours(request):
        return error(403, "origin", "expected a request of this server's own pages", "origin")
    if not need.changes:
        return None
    given = request.headers.get("x-csrf-token")
    if given is None and request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        given = (await form(request)).get("csrf")
    elif given is None and request.headers.get("content-type", "").startswith("multipart/form-data"):
        csrf = (await uploaded(request, most)).get("csrf")
        given = csrf.text if csrf else None
    if given is None or not hmac.compare_digest(given.encode(), caller.csrf.encode()):
        return error(403, "csrf", "expected the page's own field csrf, or the header X-CSRF-Token", "csrf")
    return None


def token(folder: Path) -> str:
    """The folder's token; made at first use, readable by the owner only. Raises `OSError` if it cannot be made."""
    path = folder / TOKEN_FILE
    if not _read(path):
        _make(path)
    return _read(path)


def _make(path: Path) -> None:
    """Whole or not at all, and never in the place of another's: a full disk would leave an empty token."""
    made = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
        if not _read(path):
            path.unlink(missing_ok=True)
        with suppress(FileExistsError):
            os.link(made, path)
    finally:
        made.unlink(missing_ok=True)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return ""


def local(request: Request) -> bool:
    """Whether the machine itself asks, with no proxy in between that said otherwise."""
    direct = not _PROXIED & set(request.headers)
    return direct and request.client is not None and network(request.client.host) is None


def allowed(request: Request, expected: str) -> bool:
    """Whether the request carries the token."""
    return bears(request.headers.get("authorization", ""), expected)


def bears(header: str, expected: str) -> bool:
    """Whether an Authorization header carries the token; an empty one opens nothing."""
    scheme, _, given = header.partition(" ")
    return (
        bool(expected) and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), expected.encode())
    )
