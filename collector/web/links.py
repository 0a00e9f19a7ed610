"""/api/links…: the registry of issued links for whoever has the token."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from collector.control import Office
from collector.journal import Folder, snapshot
from collector.links import Desk, Options, Order, Refused, bulk, draft
from collector.links.listing import COLUMNS, as_csv, detailed, listed, told
from collector.links.order import Fault, Made
from collector.links.sheet import SheetError, rows
from collector.links.target import PATH, places
from collector.links.workbook import filled, headings, template
from collector.priority import yielding
from collector.utm.sentences import Language
from collector.utm.telling import previewed
from collector.web.ask import json_response
from collector.web.asked import AskedError, Drawn, Wanted, asked, content, language, whole
from collector.web.toolkit import Toolkit, agreed, building, image

_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")
_CSV: Final = "text/csv; charset=utf-8"
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST: Final = 10_000  # links in one answer
_T = TypeVar("_T")


class Links:
    """The registry over HTTP. Whole sheets are read one at a time, on a thread that yields to collecting."""

    def __init__(self, folder: Folder, office: Office, options: Options, toolkit: Toolkit) -> None:
        self._folder, self._office, self._options, self._toolkit = folder, office, options, toolkit
        self._turn = asyncio.Semaphore(1)

    async def all(self, request: Request) -> Response:
        """GET /api/links, as `?format=` json (default), csv or xlsx; `q` searches, `limit` caps, `removed` widens."""
        query = request.query_params
        kind = _among(query.get("format", "json"), "format", "json", "csv", "xlsx")
        most, removed = whole(query.get("limit", "500"), "limit", 1, _MOST), query.get("removed") == "true"
        found = await self.apart(self.listed, self.origin(request), removed, query.get("q", ""))
        if kind == "csv":
            return _file("links.csv", as_csv(found).encode(), _CSV)
        if kind == "xlsx":
            return _file("links.xlsx", await self.apart(filled, COLUMNS, found), _XLSX)
        return json_response({"links": found[:most], "total": len(found)})

    async def add(self, request: Request) -> Response:
        """POST /api/links: 201 for a new link, 200 for one that is known, changed or only tried (then also refused)."""
        wanted, speech = await asked(request, Wanted), language(request)
        order = Order(wanted.url, wanted.values(), wanted.code, wanted.note, wanted.author, wanted.expires,
                      building(wanted), tuple(wanted.ignore))  # fmt: skip
        try:
            made = draft(order, self.desk(request))
        except Refused as refused:
            return _refused(refused.faults, speech, 200 if wanted.dry_run else 400, self.landing(refused.target))
        outcome = await self.outcome(made, wanted.dry_run)
        if outcome.faults:
            return _refused(outcome.faults, speech, 200 if wanted.dry_run else 409, self.landing(made.draft.target))
        facts = self._facts(request, made, outcome, speech)
        return json_response(facts, 201 if outcome.outcome == "added" and not wanted.dry_run else 200)

    async def show(self, request: Request) -> Response:
        """GET /api/links/{code}."""
        with snapshot(self._folder) as view:
            return json_response(detailed(view, self.origin(request), request.path_params["code"].lower()))

    async def remove(self, request: Request) -> Response:
        """DELETE /api/links/{code}: 204, also when it was removed before."""
        await self._office.remove_link(request.path_params["code"].lower())
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    async def qr(self, request: Request) -> Response:
        """GET /api/links/{code}/qr: of the short address, or `?long=true` of the whole link."""
        query = request.query_params
        kind, scale = _among(query.get("format", "svg"), "format", "svg", "png"), query.get("scale", "8")
        size = whole(scale, "scale", 1, 40)
        with snapshot(self._folder) as view:
            link = view.link(request.path_params["code"].lower())
        text = link.target if query.get("long") == "true" else f"{self.origin(request)}{PATH}{link.code}"
        drawn = Drawn(text=text, format="png" if kind == "png" else "svg", scale=size)
        return image(drawn, language(request))

    async def sheet(self, request: Request) -> Response:
        """POST /api/links/bulk with a CSV or XLSX sheet as the body; `?dry_run=true` issues nothing."""
        speech, query = language(request), request.query_params
        dry, author = query.get("dry_run") == "true", query.get("author", "")
        body = await content(request, self._options.upload_bytes)
        settled = await self.settled(body, self.desk(request), author, dry, speech)
        told_rows = [bulk.told(line, self.origin(request), speech) for line in settled]
        counts = bulk.counted(settled)
        return json_response({"dry_run": dry, **counts, "rows": told_rows, "csv": as_csv(told_rows, bulk.COLUMNS)})

    async def template(self, request: Request) -> Response:
        """GET /api/links/template: an empty sheet, `?format=` xlsx (default) or csv."""
        if _among(request.query_params.get("format", "xlsx"), "format", "xlsx", "csv") == "csv":
            return _file("template.csv", headings(), _CSV)
        try:
            made = await self.apart(template, self._toolkit.names(), language(request))
        except SheetError as fault:
            raise AskedError(501, fault.remark.code, fault.say(language(request)), "format") from None
        return _file("template.xlsx", made, _XLSX)

    async def settled(self, body: bytes, desk: Desk, author: str, dry: bool, speech: Language) -> list[bulk.Line]:
        """What became of each row of a sheet, or would. Raises `AskedError` for one that cannot be read."""
        async with self._turn:
            try:
                lines = await self.apart(_drafted, body, desk, author)
            except SheetError as fault:
                raise AskedError(400, fault.remark.code, fault.say(speech), "sheet") from None
        if dry:
            return await self.apart(self.rehearsed, lines)
        return bulk.settled(lines, await self._office.add_links(bulk.drafts(lines)))

    @property
    def most(self) -> int:
        """Bytes of a sheet."""
        return self._options.upload_bytes

    def agreed(self) -> dict[str, dict[str, Any]]:
        """What the team's dictionary says of each field, if there is one."""
        return agreed(self._toolkit.names())

    async def remove_link(self, code: str) -> None:
        """Take a link back. Raises `UnknownLinkError`."""
        await self._office.remove_link(code)

    async def outcome(self, made: Made, dry_run: bool) -> bulk.Line:
        """The draft issued, or rehearsed."""
        line = bulk.Line(1, made, [])
        if dry_run:
            return self.rehearsed([line])[0]
        return bulk.settled([line], await self._office.add_links([made.draft]))[0]

    def _facts(self, request: Request, made: Made, line: bulk.Line, speech: Language) -> dict[str, Any]:
        warned = [{"code": w.code, "field": w.field, "message": w.say(speech)} for w in made.warnings]
        known: dict[str, Any] = {"code": line.code}
        if line.code:
            with snapshot(self._folder) as view:
                link = view.find_link(line.code)
            known |= told(link, self.origin(request)) if link else {}
        return {"outcome": line.outcome, **known, **self.landing(made.draft.target), "warnings": warned}

    def landing(self, target: str) -> dict[str, Any]:
        """A built link and the channels it lands in; nothing for none."""
        if not target:
            return {}
        channels = previewed(target, self._toolkit.names())
        return {"target": target, "channel": channels["ga4"], "channels": channels}

    def rehearsed(self, lines: list[bulk.Line]) -> list[bulk.Line]:
        """What would become of them."""
        with snapshot(self._folder) as view:
            known = view.related_links(bulk.drafts(lines))
        return bulk.rehearsal(lines, known)

    def listed(self, origin: str, removed: bool, text: str) -> list[dict[str, Any]]:
        with snapshot(self._folder) as view:
            found = listed(view, origin, removed)
        words = text.lower().split()
        return [one for one in found if all(word in _searched(one) for word in words)]

    def desk(self, request: Request) -> Desk:
        """What links are held against."""
        where = places(self._office.sites.values(), self._options, self.origin(request))
        return Desk(self._toolkit.names(), where, int(time.time() * 1000))

    def origin(self, request: Request) -> str:
        """Where short addresses live: as the settings say, else where this request was sent to."""
        if self._options.base:
            return self._options.base
        host = request.headers.get("host", "")
        root = request.scope.get("root_path", "")
        return f"{request.scope['scheme']}://{host}{root}" if _HOST.fullmatch(host) else ""

    async def apart(self, work: Callable[..., _T], *arguments: object) -> _T:
        """Work on a thread that yields to collecting."""
        return await asyncio.to_thread(yielding, work, *arguments)


def _drafted(body: bytes, desk: Desk, author: str) -> list[bulk.Line]:
    return [*bulk.drafted(rows(body), desk, author)]


def _searched(link: dict[str, Any]) -> str:
    return " ".join(str(link[name]) for name in ("code", "target", "note", "author")).lower()


def _refused(faults: list[Fault], speech: Language, status: int, landing: dict[str, Any]) -> Response:
    """The first fault as the error, all of them beside it, and the link as far as it could be built.

    Of a link that was only tried (200) this is what would become of it, and no error.
    """
    told_faults = [
        {"field": f.field, "value": f.value, "code": f.sentence.code, "message": f.sentence.say(speech)} for f in faults
    ]
    if status == 200:
        return json_response({"outcome": "refused", "faults": told_faults, "warnings": [], **landing})
    first = {key: told_faults[0][key] for key in ("code", "message", "field")}
    return json_response({"error": {**first, "faults": told_faults, **landing}}, status)


def _among(value: str, field: str, *known: str) -> str:
    if value not in known:
        raise AskedError(400, field, f"{field}: expected {' or '.join(known)}, not {value!r}", field)
    return value


def _file(name: str, body: bytes, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(body, headers={**headers, "Cache-Control": "no-store"}, media_type=kind)
