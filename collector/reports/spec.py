"""Questions: what may be asked, with every default, checked before anything runs.

A spec is a JSON object. Durations are milliseconds or texts such as `30m`, `7d`; times are milliseconds UTC or RFC
3339 (with an offset, or read in the question's `tz`). Keys may carry the suffix `_ms` where they hold milliseconds.
"""

from __future__ import annotations

import re
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from msgspec import Meta, Struct

DAY: Final = 86_400_000
_UNITS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": DAY, "w": 7 * DAY}
_DURATION: Final = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d|w)\s*$")
_DURATIONS: Final = frozenset({"window", "timeout", "max", "engaged", "interval"})
_TIMES: Final = frozenset({"from", "to", "now"})
MAX_STEPS: Final = 32

Scalar: TypeAlias = str | int | float | bool
Operator: TypeAlias = Literal[
    "eq", "ne", "in", "nin", "contains", "gt", "gte", "lt", "lte", "exists", "missing", "regex"
]
Condition: TypeAlias = tuple[Annotated[str, Meta(max_length=128)], Operator, Scalar | list[Scalar] | None]
Millis: TypeAlias = Annotated[int, Meta(ge=0)]


class SpecError(ValueError):
    """A question that cannot be asked; `field` is its path, the sentence says what was expected."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class _Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Range(_Part, frozen=True, rename={"start": "from", "stop": "to"}):
    """A half-open range of time. `end` says whether it bounds entries only, or every event."""

    start: Millis | None = None
    stop: Millis | None = None
    end: Literal["entry", "all"] = "entry"


class Matcher(_Part, frozen=True):
    """Which events make a step: a name, a page's path (glob or regex), one of several, and conditions on fields."""

    name: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    path: Annotated[str, Meta(min_length=1, max_length=1_024)] | None = None
    regex: Annotated[str, Meta(min_length=1, max_length=256)] | None = None
    any_of: list[Matcher] | None = None
    where: list[Condition] = []
    label: Annotated[str, Meta(max_length=128)] | None = None


class SessionRule(_Part, frozen=True):
    """When a visitor's next event starts a session. Null takes the site's timeout."""

    timeout: Annotated[int, Meta(ge=1)] | None = None
    split_on_utm: bool = True
    max: Annotated[int, Meta(ge=1)] = DAY
    passive: list[str] = []
    engaged: int = 10_000


class Question(_Part, frozen=True):
    """What every question has. `tz` null takes the site's; `now` null takes the moment of asking.

    `bots`: `declared` leaves out programs that say they are crawlers, `exclude` also what only looks automated
    (headless browsers, HTTP libraries), `include` nothing, `only` everything but bots.
    """

    range: Range = Range()
    tz: str | None = None
    now: Millis | None = None
    bots: Literal["declared", "exclude", "include", "only"] = "declared"


class Table(Question, frozen=True):
    """A question answered by a table of limited length."""

    limit: Annotated[int, Meta(ge=1, le=100_000)] = 100
    session: SessionRule = SessionRule()


class Overview(Table, frozen=True):
    """Visitors, sessions, views, bounces, durations and revenue, in all and by day."""


class Sessions(Table, frozen=True):
    """One row per session, by start."""


class Pages(Table, frozen=True):
    """Views, visitors, entrances, exits and bounces by page."""


class Campaigns(Table, frozen=True):
    """Sessions and what they brought, by source, medium and campaign. `conversion` names the event that counts."""

    conversion: str = "purchase"


class Channels(Table, frozen=True):
    """The same by channel."""

    conversion: str = "purchase"


class Realtime(Question, frozen=True):
    """The last half hour."""

    minutes: Annotated[int, Meta(ge=1, le=1_440)] = 30


class Quality(Question, frozen=True):
    """What arrived, what became of it, and what was mended."""


class Breakdown(_Part, frozen=True):
    """A field, and which event of the attempt gives its value."""

    field: Annotated[str, Meta(min_length=1, max_length=128)]
    attribution: Annotated[str, Meta(pattern=r"^(first_touch|last_touch|step:\d{1,2})$")] = "first_touch"


class Funnel(Question, frozen=True, kw_only=True):
    """How far people get. See the module `chains` for what an attempt is."""

    steps: Annotated[list[Matcher], Meta(min_length=1, max_length=MAX_STEPS)]
    order: Literal["ordered"] = "ordered"
    window: Annotated[int, Meta(ge=1)] | None = 7 * DAY
    window_from: Literal["first", "previous"] = "first"
    ties: Literal["any", "strict"] = "any"
    entry: Literal["best", "first"] = "best"
    scope: Literal["person", "session"] = "person"
    session: SessionRule = SessionRule()
    breakdown: Breakdown | None = None
    times: bool = True
    pending: bool = True


QUESTIONS: Final[dict[str, type[Question]]] = {
    "overview": Overview,
    "sessions": Sessions,
    "pages": Pages,
    "campaigns": Campaigns,
    "channels": Channels,
    "funnel": Funnel,
    "realtime": Realtime,
    "quality": Quality,
}
LATER: Final = ("abandonment", "journeys")


def question(name: str, spec: dict[str, Any]) -> Question:
    """Read a spec; raises `SpecError` with the field at fault."""
    if name in LATER:
        raise SpecError("report", f"the report {name} is not available yet")
    if name not in QUESTIONS:
        near = get_close_matches(name, QUESTIONS, n=1, cutoff=0.0)
        raise SpecError("report", f"there is no report {name!r}; the nearest is {near[0]}")
    timezone = spec.get("tz")
    if timezone is not None and timezone not in available_timezones():
        raise SpecError("tz", f"expected a time zone such as Europe/Paris, not {timezone!r}")
    kind = QUESTIONS[name]
    try:
        asked = msgspec.convert(_plain(spec, timezone or "UTC"), kind)
    except msgspec.ValidationError as error:
        raise _unread(error, kind) from None
    _sensible(asked)
    return asked


def filled(asked: Question) -> dict[str, Any]:
    """The question as JSON with every default filled in."""
    return dict(msgspec.to_builtins(asked))


def duration(text: str) -> int | None:
    """`30m` → 1800000 ms; None if it is not a duration."""
    found = _DURATION.match(text)
    return round(float(found[1]) * _UNITS[found[2]]) if found else None


def moment(text: str, timezone: str) -> int | None:
    """RFC 3339, or a date, to ms UTC; without an offset it is local to the zone. None if it is neither."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=ZoneInfo(timezone))
    return round(parsed.timestamp() * 1000)


def _plain(value: Any, timezone: str, key: str = "") -> Any:
    """The spec with durations and times as milliseconds and without `_ms`."""
    if isinstance(value, dict):
        return {_short(name): _plain(item, timezone, _short(name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, timezone) for item in value]
    if isinstance(value, str) and key in _DURATIONS:
        found = duration(value)
        if found is None:
            raise SpecError(key, f"expected a duration such as 30m or 7d, not {value!r}")
        return found
    if isinstance(value, str) and key in _TIMES:
        found = moment(value, timezone)
        if found is None:
            raise SpecError(key, f"expected milliseconds or a time such as 2026-11-22T10:00:00Z, not {value!r}")
        return found
    return value


def _short(name: str) -> str:
    return name.removesuffix("_ms") if name.removesuffix("_ms") in _DURATIONS else name


def _unread(error: msgspec.ValidationError, kind: type[Question]) -> SpecError:
    sentence, _, path = str(error).partition(" - at `$")
    field = path.rstrip("`").lstrip(".") or "spec"
    unknown = re.search(r"unknown field `([^`]*)`", sentence)
    if unknown:
        near = get_close_matches(unknown[1], [f.encode_name for f in msgspec.structs.fields(kind)], n=1, cutoff=0.0)
        where = unknown[1] if field == "spec" else f"{field}.{unknown[1]}"
        return SpecError(
            where, f"unknown key {unknown[1]!r}" + (f"; the nearest is {near[0]}" if field == "spec" else "")
        )
    return SpecError(field, f"{field}: {sentence[0].lower()}{sentence[1:]}")


def _sensible(asked: Question) -> None:
    start, stop = asked.range.start, asked.range.stop
    if start is not None and stop is not None and start >= stop:
        raise SpecError("range", "range: expected from to lie before to")
    if isinstance(asked, Funnel):
        for index, step in enumerate(asked.steps):
            _matcher(step, f"steps[{index}]")


def _matcher(step: Matcher, where: str) -> None:
    if not (step.name or step.path or step.regex or step.any_of):
        raise SpecError(where, f"{where}: expected name, path, regex or any_of")
    if step.regex is not None:
        try:
            re.compile(step.regex)
        except re.error as error:
            raise SpecError(f"{where}.regex", f"{where}.regex: {error}") from None
    for index, inner in enumerate(step.any_of or []):
        _matcher(inner, f"{where}.any_of[{index}]")
