"""Reading a question: what may be asked, with every default, checked before anything runs.

A spec is a JSON object. Durations are milliseconds or texts such as `30m`, `7d`; times are milliseconds UTC or RFC
3339 (with an offset, or read in the question's `tz`). Keys may carry the suffix `_ms` where they hold milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from collector.reports.checks import sensible
from collector.reports.parts import DAY, SpecError, mark
from collector.reports.presets import with_preset
from collector.reports.questions import QUESTIONS, Question

__all__ = ["DAY", "LATER", "QUESTIONS", "SpecError", "duration", "filled", "moment", "question"]

_UNITS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": DAY, "w": 7 * DAY}
_DURATION: Final = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d|w)\s*$")
_DURATIONS: Final = frozenset(
    {"window", "timeout", "max", "engaged", "interval", "idle", "recover", "lookback", "half_life"}
)
_LONGEST: Final = 100 * 366 * DAY
_CONDITIONS: Final = frozenset(  # exists needs no value
    {"where", "entry_where", "event_where", "session_where", "conversion_where"}
)
_SAID: Final = ("Invalid enum value", "Object missing")  # sentences that name what they found, or found nothing
# What msgspec says of a value, and how it is said here: without the value, and with it.
_COMPLAINTS: Final = tuple(
    (re.compile(pattern, re.DOTALL), said, with_given)
    for pattern, said, with_given in (
        (r"Expected (?P<wanted>.+), got (?P<got>.+)", mark("%(field)s: expected %(wanted)s, got %(got)s"),
         mark("%(field)s: expected %(wanted)s, got %(got)s, not %(given)s")),
        (r"Expected (?P<wanted>.+)", mark("%(field)s: expected %(wanted)s"),
         mark("%(field)s: expected %(wanted)s, not %(given)s")),
        (r"Invalid enum value (?P<got>.+)", mark("%(field)s: invalid enum value %(got)s, expected %(words)s"), ""),
        (r"Object missing required field (?P<got>.+)", mark("%(field)s: object missing required field %(got)s"), ""),
    )
)  # fmt: skip
_SHOWN: Final = 80  # characters of a value that a refusal repeats
_TIMES: Final = frozenset({"from", "to", "now", "at"})
LATER: Final[tuple[str, ...]] = ()  # reports that are promised and not there yet


def question(name: str, spec: dict[str, Any]) -> Question:
    """Read a spec; raises `SpecError` with the field at fault, which its sentence names too."""
    if name in LATER:
        raise SpecError("report", "the report %(name)s is not available yet", name=name)
    if name not in QUESTIONS:
        near = get_close_matches(name, QUESTIONS, n=1, cutoff=0.0)
        raise SpecError(
            "report", "there is no report %(name)s; the nearest is %(value)s", name=repr(name), value=near[0]
        )
    timezone = spec.get("tz")
    if timezone is not None and (not isinstance(timezone, str) or timezone not in available_timezones()):
        raise SpecError(
            "tz", "%(field)s: expected a time zone such as Europe/Paris, not %(timezone)s", timezone=repr(timezone)
        )
    kind = QUESTIONS[name]
    try:
        plain = with_preset(_plain(spec, timezone or "UTC"))
        asked = msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:
        raise _unread(error, kind, plain) from None
    except RecursionError:
        raise SpecError("spec", "%(field)s: nested too deeply") from None
    sensible(asked)
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
        if key in _CONDITIONS:
            value = [[*item, None] if isinstance(item, list) and len(item) == 2 else item for item in value]
        return [_plain(item, timezone) for item in value]
    if isinstance(value, str) and key in _DURATIONS:
        found = duration(value)
        if found is None or found > _LONGEST:
            raise SpecError(key, "%(field)s: expected a duration such as 30m or 7d, not %(value)s", value=repr(value))
        return found
    if isinstance(value, str) and key in _TIMES:
        found = moment(value, timezone)
        if found is None:
            raise SpecError(
                key,
                "%(field)s: expected milliseconds or a time such as 2026-11-22T10:00:00Z, not %(value)s",
                value=repr(value),
            )
        return found
    return value


def _short(name: str) -> str:
    return name.removesuffix("_ms") if name.removesuffix("_ms") in _DURATIONS else name


def _unread(error: msgspec.ValidationError, kind: type[Question], spec: Any) -> SpecError:
    sentence, _, path = str(error).partition(" - at `$")
    field = path.rstrip("`").lstrip(".") or "spec"
    if unknown := re.search(r"unknown field `([^`]*)`", sentence):
        near = get_close_matches(unknown[1], [f.encode_name for f in msgspec.structs.fields(kind)], n=1, cutoff=0.0)
        if field != "spec":
            return SpecError(f"{field}.{unknown[1]}", "unknown key %(key)s", key=repr(unknown[1]))
        return SpecError(unknown[1], "unknown key %(key)s; the nearest is %(near)s", key=repr(unknown[1]), near=near[0])
    words = ", ".join(_words(kind, field)) if sentence.startswith("Invalid enum") else ""
    given = _given(spec, field, sentence)
    for pattern, said, with_given in _COMPLAINTS:
        if found := pattern.fullmatch(sentence):
            told = with_given if given else said
            return SpecError(field, told, **found.groupdict(), words=words, given=given)
    return SpecError(field, "%(field)s: %(error)s", error=sentence[0].lower() + sentence[1:])


def _given(spec: Any, path: str, sentence: str) -> str:
    """The value at a path, for the sentence that refuses it; nothing where it stands there already, is not there, or
    was told by its place among others."""
    value = spec
    for name, place in re.findall(r"([A-Za-z_]\w*)|\[(\d+)\]", path):
        try:
            value = value[name] if name else value[int(place)]
        except (KeyError, IndexError, TypeError):
            return ""
    if "..." in path or path == "spec" or isinstance(value, dict | list) or sentence.startswith(_SAID):
        return ""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _words(kind: type[Question], path: str) -> list[str]:
    """The words that the field at a path may be, where it is one of a list."""
    kinds: list[Any] = [kind]
    for name in re.findall(r"[A-Za-z_]\w*", path):
        structs = [one for one in kinds if isinstance(one, type) and issubclass(one, msgspec.Struct)]
        fields = [field for one in structs for field in msgspec.structs.fields(one) if field.encode_name == name]
        kinds = [part for field in fields for part in _parts(field.type)]
    return [one for one in kinds if isinstance(one, str)]


def _parts(kind: Any) -> Iterator[Any]:
    """A type and everything that it is made of; a list of words is made of its words."""
    yield kind
    for part in get_args(kind):
        yield from _parts(part)
