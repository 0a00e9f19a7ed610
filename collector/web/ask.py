"""The reports as JSON, for whoever has the token: POST /api/sites/{site}/reports/{name} with the spec as the body.

Notes and errors are in the language that Accept-Language asks for; codes, fields and figures are the same in each.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from collector import saved
from collector.control import Office
from collector.engines.duckdb import Options, TooSlowError, UnwantedError, wanted
from collector.engines.duckdb.engine import answer
from collector.engines.duckdb.rollups import Moment, Rollups
from collector.journal import Folder, UnknownSiteError
from collector.journal.segment import SegmentError
from collector.pages.words import Words, mark, words
from collector.priority import yielding
from collector.reports.answer import Answer, as_csv, as_json
from collector.reports.spec import SpecError
from collector.reports.table import as_table
from collector.web.asked import AskedError, content, language
from collector.web.presence import present

MAX_SPEC = 65_536
_TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8", "table": "text/plain; charset=utf-8"}


_IDLE = 600.0  # seconds without a question before what is kept in memory is let go


class Reports:
    """Answers questions one at a time, so that collecting always keeps a core."""

    def __init__(self, folder: Folder, options: Options, office: Office) -> None:
        self._folder, self._options, self._office = folder, options, office
        self._turn = asyncio.Semaphore(1)
        self._rollups = Rollups(folder, options)
        self._letting_go: asyncio.TimerHandle | None = None
        self.working = 0  # questions that are worked on: one, or none

    async def answer(self, site: str, name: str, spec: dict[str, Any], since: float | None = None) -> Answer:
        """One answer, when it is its turn, as of the last event; or for all who name the same `since`
        (`time.monotonic`) as of one moment. Raises `SpecError`, `TooSlowError`, `SegmentError`, `UnknownSiteError`.

        Who is cancelled waits no more: the work is stopped, and its turn ends with it.
        """
        spec, gone = self.meant(site, name, spec), threading.Event()
        asking = asyncio.ensure_future(self._answer(site, name, spec, since, gone))
        try:
            await asyncio.wait((asking,))
        except asyncio.CancelledError:
            gone.set()
            asking.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody else looks at it
            raise
        return asking.result()

    async def _answer(
        self, site: str, name: str, spec: dict[str, Any], since: float | None, gone: threading.Event
    ) -> Answer:
        async with self._turn:
            if gone.is_set():
                raise UnwantedError("nobody waits for the answer")
            since = time.monotonic() if since is None else since
            moment, now = Moment(self._rollups, since), int(time.time() * 1000)
            work = partial(answer, self._folder, self._options, site, name, spec, now, moment)
            self.working += 1
            try:
                return await asyncio.to_thread(yielding, _unless, gone, work)
            finally:
                self.working -= 1
                self._keep()

    def _keep(self) -> None:
        """Keep what is in memory for a while longer."""
        if self._letting_go is not None:
            self._letting_go.cancel()
        self._letting_go = asyncio.get_running_loop().call_later(_IDLE, self._rollups.clear)

    def meant(self, site: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
        """The question with what the saved funnel says that it names. Raises `SpecError`, `UnknownSiteError`."""
        return saved.merged(spec, self._folder, site, self._options.funnels) if name == "funnel" else spec

    def known(self, site: str) -> dict[str, dict[str, Any]]:
        """Specs of a site's saved funnels; raises `SpecError` for a file that cannot be read, `UnknownSiteError`."""
        return {name: one.spec for name, one in saved.funnels(self._folder, site, self._options.funnels).items()}

    async def report(self, request: Request) -> Response:
        """One report, as `?format=` json (default), csv or table."""
        said = words(language(request))
        kind = request.query_params.get("format", "json")
        if kind not in _TYPES:
            return error(400, "format", said(mark("format: expected json, csv or table")), "format")
        try:
            spec = await _spec(request)
            asking = self.answer(request.path_params["site"], request.path_params["name"], spec)
            found = await present(request, asking)
        except SpecError as fault:
            return error(404 if fault.field == "report" else 400, "spec", said.fault(fault), fault.field)
        except TooSlowError as fault:
            return error(503, "too_slow", said.fault(fault))
        except SegmentError as fault:
            return error(503, "segment", said.fault(fault))
        except UnknownSiteError as fault:
            return error(404, "site", said.fault(fault), "site")
        return Response(_body(found, kind, said), media_type=_TYPES[kind], headers={"Cache-Control": "no-store"})

    async def funnels(self, request: Request) -> Response:
        """GET the saved funnels of a site; GET, PUT, DELETE one of them."""
        try:
            return await self._saved(request, request.path_params["site"], request.path_params.get("name"))
        except SpecError as fault:
            return error(400, "spec", words(language(request)).fault(fault), fault.field)
        except UnknownSiteError as fault:
            return error(404, "site", words(language(request)).fault(fault), "site")

    async def _saved(self, request: Request, site: str, name: str | None) -> Response:
        known = saved.funnels(self._folder, site, self._options.funnels)
        if name is None:
            return json_response({"funnels": [_told(found) for found in known.values()]})
        if request.method == "PUT":
            await self.keep(site, name, spec := await _spec(request))
            return json_response(_told(saved.Saved(name, "site", spec)))
        if name not in known:
            return error(404, "not_found", f"there is no saved funnel {name!r} on {site}", "name")
        if request.method != "DELETE":
            return json_response(_told(known[name]))
        if known[name].source == "file":
            return error(409, "file", f"{name} comes from the funnels file: take it out there", "name")
        await self._office.drop_funnel(site, name)
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    async def keep(self, site: str, name: str, spec: dict[str, Any]) -> None:
        """Save a funnel. Raises `SpecError` for one that cannot be, `AskedError` for one too many."""
        kept = saved.checked(name, spec)
        known = saved.funnels(self._folder, site, self._options.funnels)
        own = [found.name for found in known.values() if found.source == "site"]
        if name not in own and len(own) >= saved.MOST:
            raise AskedError(409, "full", f"{site} has {saved.MOST} saved funnels: delete one first", "name")
        await self._office.save_funnel(site, name, orjson.dumps(kept).decode())


def _unless(gone: threading.Event, work: Callable[[], Answer]) -> Answer:
    with wanted(gone):
        return work()


async def _spec(request: Request) -> dict[str, Any]:
    try:
        body = await content(request, MAX_SPEC)
    except AskedError as fault:  # whatever is wrong with a question is told as one that is not understood
        raise SpecError("body", "%(said)s", said=fault) from None
    if not body:
        return {}
    try:
        spec = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise SpecError("body", "%(field)s: expected JSON: %(fault)s", fault=fault) from None
    if not isinstance(spec, dict):
        raise SpecError("body", "%(field)s: expected a JSON object")
    return spec


def _told(found: saved.Saved) -> dict[str, Any]:
    return {"name": found.name, "from": found.source, "spec": found.spec}


def _body(found: Answer, kind: str, said: Words) -> bytes:
    if kind == "csv":
        return as_csv(found).encode()
    told = said.told(found)
    return as_json(told) if kind == "json" else as_table(told, say=said, titled=said.language != "en").encode()


def json_response(value: object, status: int = 200) -> Response:
    """A JSON answer that nobody keeps."""
    return Response(orjson.dumps(value), status, {"Cache-Control": "no-store"}, "application/json")


def error(status: int, code: str, message: str, field: str | None = None) -> Response:
    """An error in the house's shape."""
    return json_response({"error": {"code": code, "message": message, "field": field}}, status)
