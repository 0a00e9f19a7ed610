"""The collector as one ASGI application: every route, what it needs, and what an error looks like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Final, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from collector.control import Office
from collector.dictionary import Options as NameOptions
from collector.engines.duckdb import Options as EngineOptions
from collector.journal import Folder, Journal, SiteError, UnavailableError, UnknownError, UnknownLinkError, snapshot
from collector.journal.access import AccessError
from collector.links import Options as LinkOptions
from collector.pages.words import words
from collector.reports.spec import SpecError
from collector.salts import Salts
from collector.web import optout
from collector.web.access import Access
from collector.web.ask import Reports, error, json_response
from collector.web.asked import AskedError, language
from collector.web.collect import Collector
from collector.web.doors import need
from collector.web.guard import Guard, inside, local, token, who
from collector.web.household import Registry
from collector.web.limits import Proxies
from collector.web.links import Links
from collector.web.live import Live
from collector.web.login import Entrance
from collector.web.openapi import openapi
from collector.web.options import Options
from collector.web.pages import Pages
from collector.web.pages_desk import Tools
from collector.web.pages_links import Linking
from collector.web.pages_saved import Saving
from collector.web.pages_settings import Settings
from collector.web.pages_shared import Shared
from collector.web.recent import Recent
from collector.web.rendering import Renderer
from collector.web.short import Short
from collector.web.snippet import scripts
from collector.web.toolkit import Toolkit
from collector.web.views import Views

_SAFE: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_SHORT: Final = "public, max-age=3600"
_FOREVER: Final = "public, max-age=31536000, immutable"
_SCRIPT: Final = {  # any page may load our scripts, also with their integrity
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
_STATIC: Final = resources.files("collector.web").joinpath("static")
_TYPES: Final = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
_PAGES: Final = {  # what lies there and nothing else: a path cannot lead out
    entry.name: _TYPES[kind]
    for entry in _STATIC.iterdir()
    if (kind := entry.name.rpartition(".")[2]) in _TYPES and not entry.name.startswith("s.")
}
_BANNER: Final = _STATIC.joinpath("banner.js")
_Endpoint = Callable[[Request], Awaitable[Response]]


class Chosen(Protocol):
    """What an operator chose for these rooms."""

    @property
    def server(self) -> Options: ...
    @property
    def reports(self) -> EngineOptions: ...
    @property
    def links(self) -> LinkOptions: ...
    @property
    def utm(self) -> NameOptions: ...


class Web:
    """What the endpoints need of the house."""

    def __init__(
        self,
        folder: Folder,
        journal: Journal,
        office: Office,
        settings: Chosen,
        room: Callable[[], bool],
        salts: Salts | None = None,
    ) -> None:
        self.folder, self.journal, self.office, self.options = folder, journal, office, settings.server
        self.guard = Guard(token(folder.path), office.access, settings.links.upload_bytes)
        self.entrance = Entrance(self.guard, Proxies(self.options.trusted_proxies))
        self.collector = Collector(journal, office.sites, self.options, self.guard.bearer, room=room, salts=salts)
        self.reports = Reports(folder, settings.reports, office)
        self.access = Access(office, folder, self.reports.known)
        self.short = Short(folder, journal, office, self.options, settings.links)
        self.toolkit = Toolkit(settings.utm)
        self.links = Links(folder, office, settings.links, self.toolkit)
        recent = Recent(self.reports, lambda: (journal.last_seq, journal.decisions))
        renderer = Renderer()
        registry = Registry(office.access, office, folder, settings.utm)
        self.views = Views(folder, office)
        self.pages = Pages(office, recent, self.options.prefix, registry, self.views, renderer, folder.path)
        self.settings = Settings(self.pages, self.access, self.entrance, office)
        self.tools = Tools(self.pages, self.access, self.views, office)
        self.linking = Linking(folder, self.pages, self.links)
        self.saving = Saving(self.reports)
        self.shared = Shared(office.access, office, recent, renderer, self.options)
        self.live = Live(folder, journal, office)
        self.room = room

    async def sites(self, request: Request) -> Response:
        """GET /api/sites."""
        found = self.office.sites.values()
        mine = [s for s in found if (caller := who(request)) and caller.sees(s.name)]
        return json_response({"sites": [{"name": s.name, "timezone": s.timezone, "profile": s.profile} for s in mine]})

    async def describe(self, request: Request) -> Response:
        """GET /api/openapi.json."""
        return json_response(openapi())

    async def health(self, request: Request) -> Response:
        """GET /health: the process answers."""
        return json_response({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """GET /ready: events can be stored now."""
        if self.journal.healthy and self.room():
            return json_response({"status": "ready"})
        return error(503, "not_ready", "the log cannot be written now")

    async def metrics(self, request: Request) -> Response:
        """GET /metrics in Prometheus's text format: to the machine itself, or with the token."""
        caller = await self.guard.caller(request)
        if not local(request) and (caller is None or caller.sites is not None or "read" not in caller.actions):
            return error(401, "token", "expected the header Authorization: Bearer TOKEN; `balise token` prints it")
        with snapshot(self.folder) as view:
            books: Counter[tuple[str, str]] = Counter()
            for entry in view.counters():
                books[(entry.outcome, entry.reason)] += entry.n
            segments = len(view.segments())
        lines = ["# TYPE balise_events_total counter"]
        lines += [f'balise_events_total{{outcome="{o}",reason="{r}"}} {n}' for (o, r), n in sorted(books.items())]
        gauges = {
            "queued": self.journal.queued,
            "last_seq": self.journal.last_seq,
            "segments": segments,
            "segments_left": self.office.left,  # could not be made one with their neighbours, and are tried again
            "questions": self.reports.working,
        }
        for name, value in gauges.items():
            lines += [f"# TYPE balise_{name} gauge", f"balise_{name} {value}"]
        return PlainTextResponse("\n".join(lines) + "\n", headers={"Cache-Control": "no-store"})

    async def script(self, request: Request) -> Response:
        """GET /m/s.js and the other builds for an hour, /m/s.<hash>.js for ever."""
        found = scripts().get(request.path_params["file"])
        if found is None:
            return error(404, "not_found", "there is no such file")
        built, fixed = found
        headers = {"Cache-Control": _FOREVER if fixed else _SHORT, **_SCRIPT}
        return Response(built.code, headers=headers, media_type="text/javascript")

    async def banner(self, request: Request) -> Response:
        """GET /m/banner.js for an hour."""
        return Response(
            _BANNER.read_bytes(), headers={"Cache-Control": _SHORT, **_SCRIPT}, media_type="text/javascript"
        )

    async def optout(self, request: Request) -> Response:
        """GET /m/optout."""
        return optout.page(request, self.office.sites)

    async def choice(self, request: Request) -> Response:
        """POST /m/optout/choice."""
        return await optout.choice(request, self.office.sites)

    async def page(self, request: Request) -> Response:
        """The dashboard's own files."""
        name = request.path_params["file"]
        if name not in _PAGES:
            return error(404, "not_found", "there is no such page")
        body = _STATIC.joinpath(name).read_bytes()
        return Response(body, headers={**_SAFE, "Cache-Control": "no-cache"}, media_type=_PAGES[name])


def make_app(web: Web) -> ASGIApp:
    """The whole server as one ASGI application; what browsers send goes past the router."""
    prefix = web.options.prefix
    hot = {f"{prefix}/e": web.collector.events, f"{prefix}/forget": web.collector.forget}
    rest = Starlette(routes=routes(web, prefix), exception_handlers={404: _missing, 405: _method, 500: _broken})

    rest.router.redirect_slashes = False  # a redirect would be built from a Host that the sender chose

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = hot.get(inside(scope), rest)
        await endpoint(scope, receive, send)

    return app


def routes(web: Web, prefix: str) -> list[Route]:
    """Every route but the two hot ones, each behind the guard."""
    doors: list[tuple[str, str, _Endpoint]] = [
        ("GET", prefix + "/banner.js", web.banner),
        ("GET", prefix + "/optout", web.optout),
        ("POST", prefix + "/optout/choice", web.choice),
        ("GET", prefix + "/{file}", web.script),
        ("GET", "/l/{code}", web.short.follow),
        ("GET", "/health", web.health),
        ("GET", "/ready", web.ready),
        ("GET", "/metrics", web.metrics),
        ("GET POST", "/login", web.entrance.login),
        ("POST", "/logout", web.entrance.logout),
        ("GET POST", "/setup/{code}", web.entrance.setup),
        ("GET", "/api/openapi.json", web.describe),
        ("GET", "/api/sites", web.sites),
        ("PUT", "/api/sites/{site}", web.access.site),
        ("GET", "/api/sites/{site}/funnels", web.reports.funnels),
        ("GET PUT DELETE", "/api/sites/{site}/funnels/{name}", web.reports.funnels),
        ("POST", "/api/sites/{site}/reports/{name}", web.reports.report),
        ("GET POST", "/api/sites/{site}/views", web.views.all),
        ("PUT DELETE", "/api/sites/{site}/views/{number}", web.views.one),
        ("GET POST", "/api/sites/{site}/shares", web.access.shares),
        ("DELETE", "/api/sites/{site}/shares/{number}", web.access.share),
        ("GET POST", "/api/users", web.access.users),
        ("PUT DELETE", "/api/users/{name}", web.access.user),
        ("GET POST", "/api/tokens", web.access.tokens),
        ("DELETE", "/api/tokens/{name}", web.access.token),
        ("GET", "/api/history", web.access.history),
        *_links(web),
        ("GET", "/share/{code}", web.shared.page),
        ("GET", "/", web.pages.first),
        ("GET", "/sites/{site}/live/stream", web.live.stream),
        ("POST", "/sites/{site}/funnels/save", web.saving.save),
        ("GET POST", "/sites/{site}/settings/account", web.settings.account),
        ("GET POST", "/sites/{site}/settings/users", web.settings.users),
        ("GET POST", "/sites/{site}/settings/tokens", web.settings.tokens),
        ("GET POST", "/sites/{site}/settings/shares", web.settings.shares),
        ("GET POST", "/sites/{site}/settings/site", web.settings.site),
        ("GET", "/sites/{site}/report", web.pages.report),
        ("GET", "/links", web.linking.front),
        ("GET", "/sites/{site}/links", web.linking.page),
        ("POST", "/sites/{site}/links", web.tools.act),
        ("POST", "/sites/{site}/links/make", web.linking.make),
        ("POST", "/sites/{site}/links/remove", web.linking.remove),
        ("POST", "/sites/{site}/links/sheet", web.linking.sheet),
        ("GET", "/sites/{site}/{page}", web.pages.page),
        ("POST", "/sites/{site}/{page}", web.tools.act),
        ("GET", "/sites/{site}/{page}/values", web.pages.values),
        ("GET", "/sites/{site}/{page}/{panel}/{file}", web.pages.file),
        ("GET", "/static/{file}", web.page),
    ]
    guarded = [_door(web, methods.split(), path, endpoint, prefix) for methods, path, endpoint in doors]
    # no link's code and no page can be one of these words: their other methods are no links' and no pages'
    words = [("/sites/{site}/report", ["POST", "PUT", "PATCH", "DELETE"]),
             ("/api/links/bulk", ["GET", "PUT", "PATCH", "DELETE"]),
             ("/api/links/template", ["POST", "PUT", "PATCH", "DELETE"])]  # fmt: skip
    return [*(Route(path, _no_method, methods=methods) for path, methods in words), *guarded]


def _links(web: Web) -> list[tuple[str, str, _Endpoint]]:
    """The toolkit and the registry."""
    return [
        ("POST", "/api/utm/build", web.toolkit.build),
        ("POST", "/api/utm/parse", web.toolkit.parse),
        ("POST", "/api/utm/channel", web.toolkit.channel),
        ("POST", "/api/utm/check", web.toolkit.check),
        ("GET", "/api/utm/dictionary", web.toolkit.dictionary),
        ("POST", "/api/utm/qr", web.toolkit.qr),
        ("GET", "/api/links", web.links.all),
        ("POST", "/api/links", web.links.add),
        ("POST", "/api/links/bulk", web.links.sheet),
        ("GET", "/api/links/template", web.links.template),
        ("GET", "/api/links/{code}", web.links.show),
        ("DELETE", "/api/links/{code}", web.links.remove),
        ("GET", "/api/links/{code}/qr", web.links.qr),
    ]


def _door(web: Web, methods: list[str], path: str, endpoint: _Endpoint, prefix: str) -> Route:
    """A route that asks what the table says before its endpoint runs; HEAD asks what GET does."""
    needs = {method: need(path, method, prefix) for method in methods}

    async def behind(request: Request) -> Response:
        asked = needs["GET" if request.method == "HEAD" else request.method]
        try:
            return await web.guard.refusal(request, asked) or await endpoint(request)
        except (AskedError, AccessError, SiteError, SpecError, UnknownError, UnavailableError) as fault:
            return _faulty(request, fault)

    return Route(path, behind, methods=methods)


def _faulty(
    request: Request, fault: AskedError | AccessError | SiteError | SpecError | UnknownError | UnavailableError
) -> Response:
    """What could not be done, in the house's shape."""
    match fault:
        case AskedError():
            answer = error(fault.status, fault.code, str(fault), fault.field)
            if fault.status in (408, 413):
                answer.headers["Connection"] = "close"  # what is left of the body is nobody's next request
            return answer
        case AccessError():
            return error(409 if fault.taken else 400, "access", str(fault), fault.field)
        case SiteError():
            return error(400, "site", str(fault), fault.field)
        case SpecError():
            return error(400, "spec", words(language(request)).fault(fault), fault.field)
        case UnavailableError():
            answer = error(503, fault.code, str(fault))
            answer.headers["Retry-After"] = str(fault.retry_after)
            return answer
        case _:
            known = isinstance(fault, UnknownLinkError)
            return error(404, "link" if known else "unknown", str(fault), "code" if known else None)


async def _no_method(request: Request) -> Response:
    return error(405, "method_not_allowed", "this path does not answer that method")


async def _missing(request: Request, exc: Exception) -> Response:
    return error(404, "not_found", "there is nothing at this path")


async def _method(request: Request, exc: Exception) -> Response:
    return await _no_method(request)


async def _broken(request: Request, exc: Exception) -> Response:
    return error(500, "internal", "something went wrong here; the server's log says what")
