"""A case's spec as a report and its spec: the same vocabulary, but for sessions (nested) and the page view's name."""

from __future__ import annotations

from typing import Any, get_args

from collector.reports.parts import Operator
from tests.cases.rows import named

_YEAR = 366 * 86_400_000
_REPORTS = {
    "sessions": "sessions",
    "stitching": "persons",
    "funnel": "funnel",
    "abandonment": "abandonment",
    "attribution": "attribution",
    "journeys": "journeys",
}
_NAMES = frozenset(
    {"passive", "key_events", "add", "remove", "touch", "purchase", "strict_ignores", "conversion", "lead", "name"}
)
_OPERATORS = get_args(Operator)
_OWN = frozenset(
    {"name", "path", "host", "device", "source", "medium", "campaign", "revenue", "currency"}
)  # the event's


def question(case: dict[str, Any], spec: dict[str, Any]) -> tuple[str, dict[str, Any], int]:
    """The report, its spec, and the time of asking; raises `LookupError` for a kind that no report answers."""
    kind = case["kind"]
    if kind not in _REPORTS:
        raise LookupError(f"there is no report for cases of the kind {kind}")
    body = _fielded(_renamed(spec), {name for event in case["events"] for name in event.get("props") or ()})
    if kind == "sessions":
        body = {"session": _unnamed(case["events"]) | body, "limit": 100_000}
    elif kind == "stitching":
        body = {**body, "events": True}
    elif kind == "funnel":
        body = {"window": None, **body, "units": True} if "window_ms" not in body else {**body, "units": True}
    last = max((event.get("recv", event.get("ts", 0)) for event in case["events"]), default=0)
    return _REPORTS[kind], {**body, "bots": "include"}, case.get("now", last + _YEAR)


def own_hosts(case: dict[str, Any]) -> list[str]:
    """Hosts that are the site's own whatever the spec says: those from which its own pages link to themselves."""
    return sorted(
        {event["host"] for event in case["events"] if event.get("host") and event["host"] == event.get("ref")}
    )


def _unnamed(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The format has no passive and no key events of its own; said only where a case's events have the names that ours
    have, so that all other cases take the way of the usual rule."""
    names = {event["name"] for event in events}
    return ({"passive": []} if "engagement" in names else {}) | ({"key_events": []} if "purchase" in names else {})


def _fielded(value: Any, props: set[str]) -> Any:
    """The spec with our names of fields: of the referrer, and of properties that a table names as they are."""
    if isinstance(value, dict):
        held = {"hold": [_field(name, props) for name in value["hold"]]} if "hold" in value else {}
        said = {"field": _field(value["field"], props)} if "field" in value else {}
        return {name: _fielded(item, props) for name, item in value.items()} | held | said
    if not isinstance(value, list):
        return value
    if len(value) == 3 and value[1] in _OPERATORS:
        return [_field(value[0], props), *value[1:]]
    return [_fielded(item, props) for item in value]


def _field(name: str, props: set[str]) -> str:
    return "referrer" if name == "ref" else f"props.{name}" if name in props - _OWN else name


def _renamed(value: Any, key: str = "") -> Any:
    """The spec with our name of a page view wherever an event is named."""
    if isinstance(value, dict):
        return {name: _renamed(item, name) for name, item in value.items()}
    if isinstance(value, list):
        if len(value) == 3 and value[0] == "name":
            return [*value[:2], _renamed(value[2], "name")]
        return [_renamed(item, key) for item in value]
    return named(value) if isinstance(value, str) and key in _NAMES else value
