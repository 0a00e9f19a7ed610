"""The reports as JSON, for whoever has the token: POST /api/sites/{site}/reports/{name} with the spec as the body."""

from __future__ import annotations

import asyncio
import time

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from collector.engines.duckdb import Options, TooSlowError
from collector.engines.duckdb.engine import SegmentError, answer
from collector.journal import Folder, UnknownSiteError
from collector.priority import yielding
from collector.reports.answer import Answer, as_csv, as_json
from collector.reports.spec import QUESTIONS, SpecError
from collector.reports.table import as_table

MAX_SPEC = 65_536
_TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8", "table": "text/plain; charset=utf-8"}


class Reports:
    """Answers questions one at a time, so that collecting always keeps a core."""

    def __init__(self, folder: Folder, options: Options) -> None:
        self._folder, self._options = folder, options
        self._turn = asyncio.Semaphore(1)

    async def report(self, request: Request) -> Response:
        """One report, as `?format=` json (default), csv or table."""
        kind = request.query_params.get("format", "json")
        if kind not in _TYPES:
            return error(400, "format", "format: expected json, csv or table", "format")
        try:
            spec = await _spec(request)
            async with self._turn:
                found = await asyncio.to_thread(
                    yielding, answer, self._folder, self._options,
                    request.path_params["site"], request.path_params["name"], spec, int(time.time() * 1000),
                )  # fmt: skip
        except SpecError as fault:
            return error(404 if fault.field == "report" else 400, "spec", str(fault), fault.field)
        except TooSlowError as fault:
            return error(503, "too_slow", str(fault))
        except SegmentError as fault:
            return error(503, "segment", str(fault))
        except UnknownSiteError as fault:
            return error(404, "site", str(fault), "site")
        return Response(_body(found, kind), media_type=_TYPES[kind], headers={"Cache-Control": "no-store"})

    async def describe(self, request: Request) -> Response:
        """GET /api/openapi.json."""
        return json_response(openapi())


async def _spec(request: Request) -> dict[str, object]:
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_SPEC:
                raise SpecError("body", f"body: expected at most {MAX_SPEC} bytes")
    except ClientDisconnect:
        raise SpecError("body", "body: the request ended early") from None
    if not body:
        return {}
    try:
        spec = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise SpecError("body", f"body: expected JSON: {fault}") from None
    if not isinstance(spec, dict):
        raise SpecError("body", "body: expected a JSON object")
    return spec


def _body(found: Answer, kind: str) -> bytes:
    if kind == "json":
        return as_json(found)
    return (as_csv(found) if kind == "csv" else as_table(found)).encode()


def json_response(value: object, status: int = 200) -> Response:
    """A JSON answer that nobody keeps."""
    return Response(orjson.dumps(value), status, {"Cache-Control": "no-store"}, "application/json")


def error(status: int, code: str, message: str, field: str | None = None) -> Response:
    """An error in the house's shape."""
    return json_response({"error": {"code": code, "message": message, "field": field}}, status)


def openapi() -> dict[str, object]:
    """What the API offers, as OpenAPI 3.1; the specs' schemas come from their types."""
    import msgspec  # noqa: PLC0415  only this page needs the schema machinery

    kinds = list(QUESTIONS.values())
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    paths: dict[str, object] = {
        f"/api/sites/{{site}}/reports/{name}": {
            "post": {
                "summary": (kind.__doc__ or "").strip().splitlines()[0],
                "parameters": [{"name": "site", "in": "path", "required": True, "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": schema}}},
                "responses": {
                    "200": {"description": "the answer"},
                    "400": {"description": "the field at fault, and what was expected"},
                },
            }
        }
        for (name, kind), schema in zip(QUESTIONS.items(), schemas, strict=True)
    }
    paths["/api/sites"] = {
        "get": {"summary": "The sites.", "responses": {"200": {"description": "names and time zones"}}}
    }
    security = {"bearer": {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Balise", "version": "1"},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": security},
        "security": [{"bearer": []}],
    }
