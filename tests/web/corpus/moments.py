"""Times and ids."""

from __future__ import annotations

import json
import uuid

from tests.make import a_batch, an_event, now
from tests.web.corpus.case import Case, Fault, event
from tests.web.wire import request

DAY = 86_400_000
# Times that no event can have, and odd ones that are mended or believed. ms, as integers, before 2000 and above 2^53.
NEVER = (
    0,
    1,
    7,
    1_000,
    1_763_000_000,
    631_152_000_000,
    946_684_700_000,
    -1,
    -(2**53),
    2**53 + 1,
    1_763_000_000_000_000_000,
    2**63,
)
WRITTEN = (
    "2026-11-22",
    "2026-11-22T10:00:00Z",
    "now",
    "1763000000000",
    "",
    "Sun, 22 Nov 2026 10:00:00 GMT",
    "23:59:60",
)
AGO = (-(2**52), -DAY * 400, -DAY, -300_001, -299_000, -1, 0, 1, DAY - 1, DAY + 1, DAY * 30, DAY * 365, DAY * 3_650)


def classes() -> dict[str, list[Case]]:
    """The classes of this room."""
    moment = now()
    never = [event(f"t {t}", "t", t=t) for t in NEVER] + [event(f"t {text!r}", "t", t=text) for text in WRITTEN]
    some = [event(f"{ago} ms ago", None, t=moment - ago) for ago in AGO]
    some += [_sent(f"sent {ago} ms ago", moment - ago) for ago in AGO if 0 <= moment - ago <= 2**53]
    return {
        "a time that cannot be": never,
        "a time that is odd": [*some, event("microseconds", None, t=moment * 1_000)],
        "ids": _ids(),
    }


def _sent(name: str, at: int) -> Case:
    """A sender whose clock is wrong, by however much, cancels out: its event happened at its sending."""
    return Case(name, request(json.dumps(a_batch(an_event(t=at), sent_at=at)).encode()), accepted=1)


def _ids() -> list[Case]:
    ids = (
        "a", "1", "not-a-uuid", "00000000-0000-0000-0000-000000000000", str(uuid.uuid4()).upper(), uuid.uuid4().hex,
        f"{{{uuid.uuid4()}}}",
        f"urn:uuid:{uuid.uuid4()}", str(uuid.uuid1()), "someone@shop.example", "0123456789" * 12, "a" * 128,
            "\x00\x01", "è", "💥", "../../x",
        "1e5", "a b", "\n", "a\nb", "a,b", "a;b", "%01", "<b>",
    )  # fmt: skip
    cases = [event(f"{id_[:40]!r}", None, id=id_) for id_ in ids]
    for text, field in (("", "id"), ("a" * 129, "id"), ("a" * 10_000, "id")):
        cases.append(event(f"{len(text)} characters", field, id=text))
    twin, again = an_event(), an_event()
    return [
        *cases,
        Case("twice in a batch", request(json.dumps(a_batch(twin, twin, again)).encode()), accepted=2, duplicate=1),
        Case("the same batch again", request(json.dumps(a_batch(twin, again, twin)).encode()), duplicate=3),
        Case("the first of twins is bad", request(json.dumps(a_batch({**again, "id": "twin-1", "t": 0}, {**again,
            "id": "twin-1"})).encode()),
             accepted=1, dropped={"invalid": 1}, faults=(Fault(0, "t"),)),
    ]  # fmt: skip
