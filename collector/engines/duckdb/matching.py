"""Matchers and conditions as SQL: values are always parameters, names of columns come from a fixed list."""

from __future__ import annotations

import re
from typing import Final

from collector.engines.duckdb.columns import ENRICHED, LOGGED
from collector.event import PAGE_VIEW
from collector.reports.spec import Condition, Matcher, SpecError

_ALIASES: Final = {
    "utm.source": "source",
    "utm.medium": "medium",
    "utm.campaign": "campaign",
    "utm.term": "term",
    "utm.content": "content",
    "utm.id": "campaign_id",
    "referrer": "referrer_host",
    "revenue": "amount",
}
_HIDDEN: Final = frozenset({"seq", "site", "extra", "props", "flags", "user_id", "device_id"})
_PLAIN: Final = frozenset({*LOGGED, *ENRICHED}) - _HIDDEN
_COMPARE: Final = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


class Parameters:
    """Values bound by name; each use gets its own."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}

    def bind(self, value: object) -> str:
        """Keep a value and return its placeholder."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"${name}"


def field(name: str, bound: Parameters, where: str = "field") -> str:
    """A field of an event as a text expression: a column, `utm.…`, or `props.…`; raises `SpecError`."""
    if name.startswith("props.") and len(name) > 6:
        return f"json_extract_string(e.props, {bound.bind('$.' + _quoted(name[6:]))})"
    column = _ALIASES.get(name, name)
    if column not in _PLAIN:
        raise SpecError(
            where, f"{where}: there is no field {name!r}; use props.NAME, utm.source, path, device, country …"
        )
    return f'e."{column}"::VARCHAR'


def matcher(step: Matcher, bound: Parameters, where: str) -> str:
    """One step as a condition that is true or false, never null."""
    parts = [_condition(condition, bound, f"{where}.where") for condition in step.where]
    if step.any_of:
        parts.append("(" + " OR ".join(matcher(inner, bound, f"{where}.any_of") for inner in step.any_of) + ")")
    if step.name is not None:
        parts.append(f"e.name = {bound.bind(step.name)}")
    elif step.path is not None or step.regex is not None:
        parts.append(f"e.name = '{PAGE_VIEW}'")
    if step.path is not None:
        parts.append(f"coalesce(regexp_full_match(e.path, {bound.bind(glob(step.path))}), false)")
    if step.regex is not None:
        parts.append(f"coalesce(regexp_matches(e.path, {bound.bind(step.regex)}), false)")
    return "(" + " AND ".join(parts) + ")"


def glob(pattern: str) -> str:
    """A path glob as an anchored regular expression: `*` is one or more characters but `/`, `**` is anything."""
    pieces = re.split(r"(\*\*|\*)", pattern)
    return "".join({"**": ".*", "*": "[^/]+"}.get(piece, re.escape(piece)) for piece in pieces)


def _condition(condition: Condition, bound: Parameters, where: str) -> str:
    name, operator, value = condition
    subject = field(name, bound, where)
    if operator == "exists":
        return f"({subject} IS NOT NULL)"
    if operator == "missing":
        return f"({subject} IS NULL)"
    if operator in ("in", "nin"):
        values = value if isinstance(value, list) else [value]
        inside = (
            f"coalesce({subject} IN (SELECT unnest({bound.bind([_text(item) for item in values])}::VARCHAR[])), false)"
        )
        return inside if operator == "in" else f"(NOT {inside})"
    if isinstance(value, list) or value is None:
        raise SpecError(where, f"{where}: {operator} compares with one value")
    return _comparison(subject, operator, value, bound)


def _comparison(subject: str, operator: str, value: str | float, bound: Parameters) -> str:
    text = bound.bind(_text(value))
    if operator in ("eq", "ne"):
        numbers = f"try_cast({subject} AS DOUBLE) = try_cast({text} AS DOUBLE)"
        equal = f"coalesce({subject} = {text} OR {numbers}, false)"
        return equal if operator == "eq" else f"(NOT {equal})"
    if operator == "contains":
        return f"coalesce(contains({subject}, {text}), false)"
    if operator == "regex":
        return f"coalesce(regexp_matches({subject}, {text}), false)"
    sign = _COMPARE[operator]
    numeric = f"try_cast({subject} AS DOUBLE) {sign} try_cast({text} AS DOUBLE)"
    return f"coalesce({numeric}, {subject} {sign} {text}, false)"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(key: str) -> str:
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
