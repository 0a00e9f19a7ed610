"""What the API offers, as OpenAPI 3.1; the schemas come from the types that requests are read into."""

from __future__ import annotations

from typing import Final

import msgspec

from collector.reports.spec import QUESTIONS

_NAMED: Final = [
    {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in ("site", "name")
]
_SPEC: Final = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Funnel"}}}}
_SAVED_PATHS: Final[dict[str, object]] = {
    "/api/sites/{site}/funnels": {
        "parameters": _NAMED[:1],
        "get": {
            "summary": "The funnels that the site can ask by name: its own, and those of the funnels file.",
            "responses": {"200": {"description": "name, from (site or file; the site's goes first) and spec of each"}},
        },
    },
    "/api/sites/{site}/funnels/{name}": {
        "parameters": _NAMED,
        "get": {
            "summary": "One saved funnel.",
            "responses": {"200": {"description": "its spec as it was written"}, "404": {"description": "no such"}},
        },
        "put": {
            "summary": "Save a funnel under a name, in place of an earlier one.",
            "requestBody": _SPEC,
            "responses": {"200": {"description": "saved"}, "400": {"description": "the field at fault"}},
        },
        "delete": {
            "summary": "Forget a saved funnel.",
            "responses": {"204": {"description": "gone"}, "409": {"description": "it comes from the funnels file"}},
        },
    },
}


def openapi() -> dict[str, object]:
    """What the API offers, as OpenAPI 3.1; the specs' schemas come from their types."""
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
    paths |= _SAVED_PATHS
    security = {"bearer": {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Balise", "version": "1"},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": security},
        "security": [{"bearer": []}],
    }
