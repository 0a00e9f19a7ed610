"""One bad input, the answer it must get, and where an answer differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.make import a_batch, an_event
from tests.web.wire import Answer, request

_SLOT = '"slot for the bytes of one event"'


class Fault(NamedTuple):
    """What the answer must say about one event. `field` ending in * is a beginning."""

    index: int
    field: str


class Case(NamedTuple):
    """One request, and what must come back. For 202 the counts and faults; else the error's code and field."""

    name: str
    raw: bytes
    status: int = 202
    code: str | None = None
    field: str | None = None
    accepted: int = 0
    duplicate: int = 0
    dropped: Mapping[str, int] = {}
    faults: tuple[Fault, ...] = ()


def differences(case: Case, answer: Answer) -> list[str]:
    """Where an answer is not what the case expects; empty when all is well."""
    if answer.status != case.status:
        return [f"status {answer.status}, expected {case.status}: {answer.body[:200]!r}"]
    if case.status == 202:
        return list(_counts(case, answer.json()))
    if case.status == 204:
        return [f"a body: {answer.body!r}"] if answer.body else []
    return list(_error(case, answer))


def good() -> str:
    """A good event as JSON text, new each time."""
    return json.dumps(an_event())


def between(name: str, event: bytes, field: str | None, **headers: str) -> Case:
    """An event's bytes between two good ones. `field` is what is wrong with it, None if it is to be kept."""
    top, bottom = (
        json.dumps(a_batch(events=[0])).replace("[0]", f"[{good()},{_SLOT},{good()}]").encode().split(_SLOT.encode())
    )
    raw = request(top + event + bottom, headers=headers)
    if field is None:
        return Case(name, raw, accepted=3)
    return Case(name, raw, accepted=2, dropped={"invalid": 1}, faults=(Fault(1, field),))


def event(title: str, field: str | None, /, **changes: Any) -> Case:
    """A changed event between two good ones; a change to `...` leaves the key out."""
    changed = {key: value for key, value in an_event(**changes).items() if value is not ...}
    return between(title, json.dumps(changed).encode(), field)


def refused(name: str, body: bytes, field: str = "body", code: str = "malformed", status: int = 400) -> Case:
    """A body that no event of is read."""
    return Case(name, request(body), status, code, field)


def _counts(case: Case, said: dict[str, Any]) -> Iterator[str]:
    for key in ("accepted", "duplicate", "dropped"):
        if said.get(key) != getattr(case, key):
            yield f"{key} {said.get(key)}, expected {getattr(case, key)}: {said}"
    faults = said.get("faults", [])
    if [fault["index"] for fault in faults] != [fault.index for fault in case.faults]:
        yield f"faults {faults}, expected {case.faults}"
        return
    for fault, expected in zip(faults, case.faults, strict=True):
        if not _names(fault["field"], expected.field):
            yield f"field {fault['field']!r} ({fault['expected']!r}), expected {expected.field!r}"
        if not fault["expected"]:
            yield f"no sentence: {fault}"


def _error(case: Case, answer: Answer) -> Iterator[str]:
    if answer.error() != case.code:
        yield f"code {answer.error()!r}, expected {case.code!r}: {answer.body!r}"
    if not _names(answer.error("field"), case.field):
        yield f"field {answer.error('field')!r}, expected {case.field!r}: {answer.error('message')}"
    if not answer.error("message") and answer.body:
        yield "no sentence"


def _names(said: str | None, expected: str | None) -> bool:
    if expected is not None and expected.endswith("*"):
        return said is not None and said.startswith(expected[:-1])
    return said == expected
