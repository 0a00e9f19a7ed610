"""Matchers and conditions as SQL: values are always parameters, names of columns come from a fixed list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from collector.engines.duckdb.columns import ENRICHED, LOGGED
from collector.event import PAGE_VIEW
from collector.reports.parts import Condition, Matcher, SpecError, glob

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
OF_SESSION: Final = {
    "utm.source": "utm",
    "utm.medium": "utm_medium",
    "utm.campaign": "utm_campaign",
    "referrer": "referrer",
    **{name: name for name in ("source", "medium", "campaign", "channel", "device", "browser", "country")},
    "entry": "entry",
    "exit": "exit",
}
SAID: Final = {  # of the link that began a session, letter by letter
    "link.source": "source", "link.medium": "medium", "link.campaign": "campaign", "link.term": "term",
    "link.content": "content", "link.id": "campaign_id",
}  # fmt: skip
_HIDDEN: Final = frozenset({"seq", "site", "extra", "props", "flags", "user_id", "device_id"})
_PLAIN: Final = frozenset({*LOGGED, *ENRICHED}) - _HIDDEN
_COMPARE: Final = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


SESSION: Final = "c.stream || ' ' || c.island || ' ' || c.part"  # a session as a funnel names it, of the table `cut`


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
            where,
            "%(field)s: there is no field %(name)s; use props.NAME, utm.source, path, device, country …",
            name=repr(name),
        )
    return f'e."{column}"::VARCHAR'


def matcher(step: Matcher, bound: Parameters, where: str) -> str:
    """One step as a condition that is true or false, never null."""
    parts = [condition(one, bound, f"{where}.where") for one in step.where]
    if step.any_of:
        parts.append("(" + " OR ".join(matcher(inner, bound, f"{where}.any_of") for inner in step.any_of) + ")")
    if step.path is not None:  # first: a path is found once for all events of a segment that have it
        fits, unless = paths(step.path, bound)
        parts.append(f"coalesce({fits}{f' AND NOT {unless}' if unless else ''}, false)")
    if step.name is not None:
        parts.append(f"e.name = {bound.bind(step.name)}")
    elif step.path is not None or step.regex is not None:
        parts.append(f"e.name = '{PAGE_VIEW}'")
    if step.regex is not None:
        parts.append(f"coalesce(regexp_matches(e.path, {bound.bind(step.regex)}), false)")
    return "(" + " AND ".join(parts) + ")"


def paths(pattern: str, bound: Parameters) -> tuple[str, str]:
    """A path glob as two conditions: the one that a path must fit, and the one that it must not, if any. The usual ones
    do without a regular expression, which costs six times as much."""
    head, stars = re.fullmatch(r"([^*]*)(.*)", pattern, re.DOTALL).groups()  # type: ignore[union-attr]
    if not stars:
        return f"e.path = {bound.bind(head)}", ""
    if stars == "**":
        return f"starts_with(e.path, {bound.bind(head)})", ""
    if stars == "*":
        one, more = bound.bind(f"{_escaped(head)}_%"), bound.bind(f"{_escaped(head)}%/%")
        return f"e.path LIKE {one} ESCAPE '\\'", f"e.path LIKE {more} ESCAPE '\\'"
    return f"regexp_full_match(e.path, {bound.bind(glob(pattern))})", ""


def _escaped(text: str) -> str:
    """A text as LIKE finds it."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def apart(one: Matcher, other: Matcher) -> bool:
    """Whether certainly no event fits both: other names, or pages of other paths. False if that is not plain to see."""
    if one.any_of:
        rest = msgspec.structs.replace(one, any_of=None)
        return apart(rest, other) or all(apart(inner, other) for inner in one.any_of)
    if other.any_of:
        return apart(other, one)
    names = [PAGE_VIEW if step.name is None and (step.path or step.regex) else step.name for step in (one, other)]
    if None not in names and names[0] != names[1]:
        return True
    if one.path is None or other.path is None:
        return False
    literal, pattern = (one.path, other.path) if "*" not in one.path else (other.path, one.path)
    return "*" not in literal and re.fullmatch(glob(pattern), literal, re.DOTALL) is None


def condition(asked: Condition, bound: Parameters, where: str) -> str:
    """A condition on an event's field, true or false, never null; raises `SpecError`."""
    return _tested(field(asked[0], bound, where), asked, bound, where)


def session_condition(asked: Condition, bound: Parameters, where: str) -> str:
    """The same on a session: its campaign (`utm.source`, in lower case), source, channel, device, pages; and, letter by
    letter, the link that began it (`link.source`), or whether one did (`link`)."""
    if asked[0] == "link" or asked[0] in SAID:
        return _said(asked, bound, where)
    column = OF_SESSION.get(asked[0])
    if column is None:
        raise SpecError(
            where,
            "%(field)s: a session has no %(value)s; use one of %(names)s",
            value=repr(asked[0]),
            names=", ".join((*OF_SESSION, "link", *SAID)),
        )
    name, operator, value = asked
    folded = [_folded(item) for item in value] if isinstance(value, list) else _folded(value)
    if operator == "regex":
        folded = f"(?i:{value})"  # folded it would mean something else: \D is no digit, \d is one
    return _tested(f"lower(s.{column}::VARCHAR)", (name, operator, folded), bound, where)


def _said(asked: Condition, bound: Parameters, where: str) -> str:
    """A condition on what the link said. Equal is what is written alike: 01 is not 1."""
    name, operator, value = asked
    if name == "link":
        return _tested("s.tag_seq", asked, bound, where)
    told = f"SELECT any_value(l.{SAID[name]}) FROM everything l WHERE l.seq = s.tag_seq"
    subject = f"nullif(({told}), '')"
    if operator in ("eq", "in"):
        values = value if isinstance(value, list) else [value]
        return f"coalesce(list_contains({bound.bind([_text(item) for item in values])}::VARCHAR[], {subject}), false)"
    return _tested(subject, asked, bound, where)


def sessions_asked(asked: Iterable[Condition], bound: Parameters) -> str:
    """`session_where` on the session `s`: true or false, never null; true where nothing is asked."""
    return " AND ".join(session_condition(one, bound, "session_where") for one in asked) or "true"


def _folded(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _tested(subject: str, asked: Condition, bound: Parameters, where: str) -> str:
    _, operator, value = asked
    if operator == "exists":
        return f"({subject} IS NOT NULL)"
    if operator == "missing":
        return f"({subject} IS NULL)"
    if operator in ("in", "nin"):
        values = value if isinstance(value, list) else [value]
        inside = _inside(subject, bound.bind([_text(item) for item in values]))
        return inside if operator == "in" else f"(NOT {inside})"
    if isinstance(value, list) or value is None:
        raise SpecError(where, "%(field)s: %(operator)s compares with one value", operator=operator)
    return _comparison(subject, operator, value, bound)


def _inside(subject: str, texts: str) -> str:
    """Whether one of the texts equals it, as `eq` would say."""
    numbers = f"[{_number('one')} FOR one IN {texts}::VARCHAR[]]"
    same = f"list_contains({texts}::VARCHAR[], {subject}) OR list_contains({numbers}, {_number(subject)})"
    return f"coalesce({same}, false)"


def _number(text: str) -> str:
    """A text as a number, null if it spells none; NaN and infinity are no numbers."""
    return f"(CASE WHEN isfinite(try_cast({text} AS DOUBLE)) THEN try_cast({text} AS DOUBLE) END)"


def _comparison(subject: str, operator: str, value: str | float, bound: Parameters) -> str:
    text = bound.bind(_text(value))
    if operator in ("eq", "ne"):
        numbers = f"{_number(subject)} = {_number(text)}"
        equal = f"coalesce({subject} = {text} OR {numbers}, false)"
        return equal if operator == "eq" else f"(NOT {equal})"
    if operator == "contains":
        return f"coalesce(contains({subject}, {text}), false)"
    if operator == "regex":
        return f"coalesce(regexp_matches({subject}, {text}), false)"
    sign = _COMPARE[operator]
    numeric = f"{_number(subject)} {sign} {_number(text)}"
    return f"coalesce({numeric}, {subject} {sign} {text}, false)"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(key: str) -> str:
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
