"""What questions are made of: ranges, matchers, rules; each checked by its type when a spec is read."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct, field

DAY: Final = 86_400_000
MAX_STEPS: Final = 32

Scalar: TypeAlias = str | int | float | bool
Operator: TypeAlias = Literal[
    "eq", "ne", "in", "nin", "contains", "gt", "gte", "lt", "lte", "exists", "missing", "regex"
]
Condition: TypeAlias = tuple[Annotated[str, Meta(max_length=128)], Operator, Scalar | list[Scalar] | None]
Millis: TypeAlias = Annotated[int, Meta(ge=0)]
Span: TypeAlias = Annotated[int, Meta(ge=1)]  # a duration in ms
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=128)]
Offset: TypeAlias = Annotated[int, Meta(ge=-840, le=840)]  # minutes east of UTC


def mark(sentence: str) -> str:
    """The sentence itself: marked for the catalogues where it stands as data."""
    return sentence


def glob(pattern: str) -> str:
    """A path glob as an anchored regular expression: `*` is one or more characters but `/`, `**` is anything."""
    pieces = re.split(r"(\*\*|\*)", pattern)
    return "".join({"**": ".*", "*": "[^/]+"}.get(piece, re.escape(piece)) for piece in pieces)


class SpecError(ValueError):
    """A question that cannot be asked; `field` is its path, the sentence says what was expected.

    The sentence is English and a key of the catalogues, with its values by name (`%(field)s` is the path), so that it
    can be said in another language.
    """

    def __init__(self, field: str, sentence: str, /, **values: object) -> None:
        self.field, self.sentence = field, sentence
        self.values: dict[str, object] = {"field": field} | values
        super().__init__(sentence % self.values)


class Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A JSON object that refuses keys it does not know."""


class Range(Part, frozen=True, rename={"start": "from", "stop": "to"}):
    """A half-open range of time. `end` says whether it bounds entries only, or every event."""

    start: Millis | None = None
    stop: Millis | None = None
    end: Literal["entry", "all"] = "entry"


class Matcher(Part, frozen=True):
    """Which events make a step: a name, a page's path (glob or regex), one of several, and conditions on fields."""

    name: Name | None = None
    path: Annotated[str, Meta(min_length=1, max_length=1_024)] | None = None
    regex: Annotated[str, Meta(min_length=1, max_length=256)] | None = None
    any_of: list[Matcher] | None = None
    where: list[Condition] = []
    label: Annotated[str, Meta(max_length=128)] | None = None


class SessionRule(Part, frozen=True):
    """When a visitor's next event starts a session. Null takes the site's timeout; `boundary` says whether a gap of
    exactly the timeout cuts (`gte`) or only a longer one.

    `passive` events lengthen a session and start none; by default the snippet's `engagement`. `engaged`: longer than
    that, a key event, or two views.
    `own_hosts` are never a source, beside the site's own. `internal_utm`: what a tag on a link between own pages does.
    `lateness`: `full` cuts the events in order of time; `online` on arrival, as some programs do.
    `prev_salt`: a visitor whose daily hash changed within a session, as the property `$prev` tells, goes on with it.
    """

    timeout: Span | None = None
    boundary: Literal["gte", "gt"] = "gte"
    split_on_utm: bool = True
    split_at_midnight: bool = False
    tz_offset_min: Offset | None = None
    max: Span = DAY
    passive: list[str] = field(default_factory=lambda: ["engagement"])
    key_events: list[str] | None = None
    engaged: Millis = 10_000
    own_hosts: list[str] = []
    internal_utm: Literal["ignore", "split"] = "ignore"
    lateness: Literal["full", "online"] = "full"
    prev_salt: bool = False


class Erasure(Part, frozen=True):
    """A known customer whose events up to a moment (ms UTC) are left out, back-filled anonymous ones included."""

    user: Annotated[str, Meta(min_length=1, max_length=256)]
    at: Millis


class Who(Part, frozen=True):
    """One person, by a browser's pseudonymous id or a customer's id (as it is, or its hash as reports show it)."""

    visitor: Annotated[str, Meta(min_length=1, max_length=256)] | None = None
    user: Annotated[str, Meta(min_length=1, max_length=256)] | None = None


class Traced(Who, frozen=True):
    """The same, or a unit as the funnel names it: a person, or with `scope` session a session's id."""

    unit: Annotated[str, Meta(min_length=1, max_length=256)] | None = None


class Listing(Part, frozen=True):
    """The units to list: those that `reached` a step (counted from 1), or that `stopped` there. `samples`: instead of
    their names, of so many of them why they came no further and what they did next; nothing says who they are."""

    step: Annotated[int, Meta(ge=1, le=MAX_STEPS)]
    what: Literal["reached", "stopped"] = "reached"
    samples: Annotated[int, Meta(ge=0, le=20)] = 0


class Breakdown(Part, frozen=True):
    """A field, and which event of the attempt gives its value. `all_events`: one attempt for each value that the
    unit's events have, so that a unit may be in several groups and groups do not add up."""

    field: Name
    attribution: Annotated[str, Meta(pattern=r"^(first_touch|last_touch|all_events|step:\d{1,2})$")] = "first_touch"


class Exclusion(Part, frozen=True, rename={"after": "from", "before": "to"}):
    """Events that end an attempt between two of its steps, counted from 0. `to` null is the last step."""

    match: Matcher
    after: Annotated[int, Meta(ge=0)] = 0
    before: Annotated[int, Meta(ge=1)] | None = None


class Trend(Part, frozen=True):
    """Entries by interval: at least a minute, at most 1,000 in the range. Whole days begin at local midnight."""

    interval: Annotated[int, Meta(ge=60_000)] = DAY
    tz_offset_min: Offset | None = None


class Comparison(Part, frozen=True):
    """The same question about another range."""

    range: Range
