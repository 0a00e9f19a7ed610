"""A case in the one spelling that the rest reads: tables leave out what has a default, or write it as `null`, number
their ids, count time from 0, and write whole numbers as `1800000.0`."""

from __future__ import annotations

from typing import Any

_TIMES = ("ts", "recv", "sent", "client_ts")
_NAMED = ("visitor", "person", "user_id", "prev")
_LISTS = ("add", "remove", "touch", "purchase", "passive", "key_events", "own_hosts", "strict_ignores", "hold")
_SINGLE = ("conversion", "lead", "refund")  # one event's name, also where it is written as a step or alone in a list
_UNLIMITED = ("max_ms", "lookback_ms", "recover_ms")  # `null` is none at all, as `window_ms: null` is
_EVER = 10**13  # 317 years
_OLDEST = 946_684_800_000  # the year 2000: what lies before counts from 0, not from 1970
_ZERO = 1_772_409_600_000  # a midnight of Greenwich, and a Monday, as good as any
_POINTS = ("from", "to", "at", "start", "end")  # points in time wherever they stand in a spec or in what is expected


def spelt(case: dict[str, Any]) -> dict[str, Any]:
    """The case; raises `ValueError` for one that does not say what it asks or expects."""
    for key in ("kind", "expected"):
        if not isinstance(case.get(key), str if key == "kind" else dict):
            raise ValueError(f"the case has no {key}")
    if case["kind"] == "kpi":
        return {"id": "(unnamed)"} | case
    told = {"id": "(unnamed)", "spec": {}} | {key: value for key, value in case.items() if value is not None}
    events = [_event(event, n) for n, event in enumerate(case.get("events") or ())]
    times = [event[key] for event in events for key in _TIMES if isinstance(event.get(key), int)]
    later = _ZERO if times and max(times) < _OLDEST else 0
    told["events"] = [event | {key: event[key] + later for key in _TIMES if key in event} for event in events]
    told |= {"now": _whole(told["now"]) + later} if "now" in told else {}
    told |= {"spec": _shifted(told["spec"], later), "expected": _expected(case["expected"], later)}
    others = enumerate(case.get("alternatives") or (), 1)
    told["alternatives"] = [{"name": f"alternative {n}"} | _alternative(other, later) for n, other in others]
    return told


def _alternative(other: dict[str, Any], later: int) -> dict[str, Any]:
    delta, expected = _shifted(other["spec_delta"], later), _expected(other["expected"], later)
    return other | {"spec_delta": delta, "expected": expected}


def _shifted(value: Any, later: int) -> Any:
    """What a spec or a result says of points in time, so much later. Steps of an exclusion are no times."""
    if isinstance(value, list):
        return [_shifted(one, later) for one in value]
    if not isinstance(value, dict) or "match" in value:
        return value
    return {
        key: one + later if key in _POINTS and isinstance(one, int) else _shifted(one, later)
        for key, one in value.items()
    }


def asked(spec: dict[str, Any]) -> dict[str, Any]:
    """A spec without what is null, but for a limit that there shall not be."""
    found = {}
    for key, value in _whole(spec).items():
        if value is None and key in _UNLIMITED:
            found[key] = _EVER
        elif value is not None or key == "window_ms":
            found["path" if key == "page" else key] = _put(key, value)
    return found | ({"session": asked(spec["session"])} if spec.get("session") else {})


def _put(key: str, value: Any) -> Any:
    """A part of a spec: event names that are written as steps are names, and steps written as names or paths steps."""
    if key == "touch" and value in ("session", "event"):  # attribution's; carts have events of that name
        return value
    if key in _LISTS:
        return [_name(one) for one in (value if isinstance(value, list) else [value])]
    if key in _SINGLE:
        return _name(value[0] if isinstance(value, list) and len(value) == 1 else value)
    if key == "steps" and isinstance(value, list):
        return [_step(one) for one in value]
    return _step(value) if key == "complete" else value


def _name(told: Any) -> Any:
    return told["name"] if isinstance(told, dict) and set(told) == {"name"} else told


def _step(told: Any) -> Any:
    if isinstance(told, list):
        return {"any_of": [_step(one) for one in told]}
    return {"path" if told.startswith("/") else "name": told} if isinstance(told, str) else told


def _event(event: dict[str, Any], number: int) -> dict[str, Any]:
    """An event without a name is a page view, one without an id has that of its place, one without a time came when
    it was received."""
    told = {key: value for key, value in event.items() if value is not None}
    told |= {key: _whole(told[key]) for key in _TIMES if key in told}
    told |= {key: _text(told[key]) for key in _NAMED if key in told}
    if told.get("name") in ("$alias", "$merge"):
        told["props"] = {key: _text(value) for key, value in told["props"].items()}
    if "ts" not in told and "client_ts" not in told:
        told["ts"] = told.get("recv")
    return {"name": "pageview"} | told | {"id": _text(told.get("id", f"event-{number:06}"))}


def _expected(expected: dict[str, Any], later: int) -> dict[str, Any]:
    """Ids are texts there too."""
    told = {key: _texts(value) for key, value in expected.items() if key in ("persons", "refused", "erased")}
    shifted: dict[str, Any] = _shifted(expected | told, later)
    return shifted


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(one) for key, one in value.items()}
    return [_text(one) for one in value] if isinstance(value, list) else value


def _text(value: Any) -> Any:
    return str(_whole(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _whole(value: Any) -> Any:
    """Whole numbers as such, wherever they stand."""
    if isinstance(value, dict):
        return {key: _whole(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
