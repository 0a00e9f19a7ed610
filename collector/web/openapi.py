"""What the API offers, as OpenAPI 3.1; the schemas come from the types that requests are read into."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from collector.access.share import Sharing
from collector.reports.spec import QUESTIONS
from collector.web.access import ChangedSite, ChangedUser, NewToken, NewUser
from collector.web.asked import Campaign, Drawn, Examined, Landed, Tagged, Wanted
from collector.web.views import ChangedView, NewView

_FAULT: Final = "the field at fault, and what was expected"
_SHEET: Final = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_FUNNEL: Final = "/api/sites/{site}/funnels/{name}"
_ISSUED: Final = (
    ("201", "issued"),
    ("200", "known, changed or only tried"),
    ("400", _FAULT),
    ("409", "the code leads elsewhere, or was removed"),
)
_MADE: Final = (("201", "made"), ("400", _FAULT), ("409", "the name is taken"))
_GONE: Final = (("204", "done"), ("400", _FAULT), ("404", "no such"))


class _Door(NamedTuple):
    """One operation: what it does, the type of its body, its query parameters, its answers."""

    method: str
    path: str
    summary: str
    body: type[msgspec.Struct] | tuple[str, ...] | None = None
    query: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = (("200", "the answer"), ("400", _FAULT))


_DOORS: Final = (
    _Door("get", "/api/sites", "The sites.", answers=(("200", "names and time zones"),)),
    _Door(
        "put",
        "/api/sites/{site}",
        "Change options of a site, as far as the page Settings does.",
        ChangedSite,
        answers=_GONE,
    ),
    _Door(
        "get",
        "/api/sites/{site}/funnels",
        "The funnels that the site can ask by name: its own, and those of the funnels file.",
        answers=(("200", "name, from (site or file; the site's goes first) and spec of each"),),
    ),
    _Door("get", _FUNNEL, "One saved funnel.", answers=(("200", "its spec as it was written"), ("404", "no such"))),
    _Door(
        "put",
        _FUNNEL,
        "Save a funnel under a name, in place of an earlier one.",
        QUESTIONS["funnel"],
        answers=(("200", "saved"), ("400", _FAULT)),
    ),
    _Door(
        "delete",
        _FUNNEL,
        "Forget a saved funnel.",
        answers=(("204", "gone"), ("409", "it comes from the funnels file")),
    ),
    _Door("get", "/api/sites/{site}/views", "The saved views of the site's pages."),
    _Door("post", "/api/sites/{site}/views", "Save a view of a page.", NewView, answers=_MADE),
    _Door("put", "/api/sites/{site}/views/{number}", "Change a saved view.", ChangedView, answers=_GONE),
    _Door("delete", "/api/sites/{site}/views/{number}", "Forget a saved view.", answers=_GONE),
    _Door("get", "/api/sites/{site}/shares", "The pages of the site that are shared."),
    _Door("post", "/api/sites/{site}/shares", "Share a page; its path is told this once.", Sharing, answers=_MADE),
    _Door("delete", "/api/sites/{site}/shares/{number}", "Share no longer.", answers=_GONE),
    _Door("get", "/api/users", "Who may sign in."),
    _Door("post", "/api/users", "Add a user, or invite somebody to become one.", NewUser, answers=_MADE),
    _Door(
        "put", "/api/users/{name}", "Another password or role, or neither; sessions end.", ChangedUser, answers=_GONE
    ),
    _Door("delete", "/api/users/{name}", "Remove a user, or take an invitation back.", answers=_GONE),
    _Door("get", "/api/tokens", "The tokens of programs, without what they are."),
    _Door("post", "/api/tokens", "Make a token; it is told this once.", NewToken, answers=_MADE),
    _Door("delete", "/api/tokens/{name}", "Revoke a token.", answers=_GONE),
    _Door("get", "/api/history", "Who changed users, tokens, shares and sites.", None, ("most",)),
    _Door("post", "/api/utm/build", "A link built, its channel under every rule set, warnings.", Campaign),
    _Door("post", "/api/utm/parse", "What a landing page's address and its referrer say of the visit.", Landed),
    _Door("post", "/api/utm/channel", "The channel of a source and a medium.", Tagged),
    _Door("post", "/api/utm/check", "Every fault of some addresses.", Examined),
    _Door("get", "/api/utm/dictionary", "What the team agreed on."),
    _Door("post", "/api/utm/qr", "A text as a QR code.", Drawn),
    _Door("get", "/api/links", "The issued links and their clicks.", None, ("format", "q", "limit", "removed")),
    _Door("post", "/api/links", "Issue a link, or try.", Wanted, answers=_ISSUED),
    _Door("post", "/api/links/bulk", "Issue a sheet of links, or try.", _SHEET, ("dry_run", "author")),
    _Door("get", "/api/links/template", "An empty sheet.", None, ("format",)),
    _Door("get", "/api/links/{code}", "A link and its clicks by day.", answers=(("200", "the link"), ("404", "none"))),
    _Door("delete", "/api/links/{code}", "Take a link back.", answers=(("204", "done"), ("404", "none"))),
    _Door("get", "/api/links/{code}/qr", "Its QR code.", None, ("format", "scale", "long")),
)


def openapi() -> dict[str, object]:
    """The whole description."""
    asked = [door.body for door in _DOORS if isinstance(door.body, type)]
    bodies = list(dict.fromkeys([*QUESTIONS.values(), *asked]))
    schemas, components = msgspec.json.schema_components(bodies, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(bodies, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for name, kind in QUESTIONS.items():
        summary = (kind.__doc__ or "").strip().splitlines()[0]
        door = _Door("post", f"/api/sites/{{site}}/reports/{name}", summary, kind)
        paths[door.path] = {"post": _operation(door, schema_of)}
    for door in _DOORS:
        paths.setdefault(door.path, {})[door.method] = _operation(door, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Balise", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"bearer": []}],
    }


def _operation(door: _Door, schema_of: dict[type[msgspec.Struct], dict[str, Any]]) -> dict[str, Any]:
    inside = [part[1:-1] for part in door.path.split("/") if part.startswith("{")]
    text = {"schema": {"type": "string"}}
    parameters = [{"name": name, "in": "path", "required": True, **text} for name in inside]
    parameters += [{"name": name, "in": "query", "required": False, **text} for name in door.query]
    operation: dict[str, Any] = {
        "summary": door.summary,
        "responses": {status: {"description": told} for status, told in door.answers},
    }
    if parameters:
        operation["parameters"] = parameters
    if isinstance(door.body, tuple):
        binary = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(door.body, binary)}
    elif door.body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": schema_of[door.body]}}}
    return operation
