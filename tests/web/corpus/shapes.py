"""JSON that is none, or whose shape is another."""

from __future__ import annotations

import json

from tests.make import a_batch, a_receipt, an_event
from tests.web.corpus.case import Case, Fault, between, good, refused
from tests.web.wire import request

# One event that is not JSON; its brackets and quotes balance, so its neighbours can be told from it.
BROKEN = (
    b"{id:1}", b"{'id':'x'}", b"undefined", b"NaN", b"Infinity", b"-Infinity", b"nul", b"True", b"None", b"01", b"+1",
    b".5",
    b"1.", b"0x10", b"1e", b"--1", b"1_000", b'{"id":"x",}', b'{"id":"x" "name":"y"}', b'{"id" "x"}', b'{"id":}',
    b'{:"x"}',
    b'{"id":"x";"name":"y"}', b'{"id":"x",,"name":"y"}', b'{,"id":"x"}', b'{"id"="x"}', b"{}{}", b"[1 2]", b"(1)",
    b"<a/>",
    b"// comment", b"/* comment */ {}", b"{} # comment", b'{"id":"\\x41"}', b'{"id":"\\u12"}', b'{"id":"\\uZZZZ"}',
    b'{"id":"line\nbreak"}', b'{"id":"tab\tin"}', b'{"id":"nul\x00in"}', b"\x00", b"{}\x00", b"\xef\xbb\xbf{}",
    b"{}abc",
    b'{"t":1e}', b'{"t":0.}', b'{"t":-}', b'{"t":1-1}', b'{"t":NaN}', b'{"t":Infinity}', b'{"t":0b1}', b'{"t":1f}',
    b"`{}`",
    b'"a" "b"', b"new Date()", b"{...x}", b"{[1]:2}", b"", b" ", b"\xa0{}", b"{}\xe2\x80\xa8x", b"@", b"~", b"\\", b"*",
)  # fmt: skip

# One event that is JSON and not an object.
OTHER = (b"null", b"true", b"false", b"0", b"-1", b"1.5", b"1e9", b'"text"', b'""', b"[]", b"[[]]", b"[{}]")

BODIES = {
    "nothing": b"",
    "a space": b" ",
    "a NUL": b"\x00",
    "a word": b"hello",
    "a form": b"site=shop&v=1",
    "a comment before": b"/* x */ %s",
    "a comment behind": b"%s // x",
    "two batches": b"%s%s",
    "two batches on lines": b"%s\n%s",
    "a bracket more": b"%s}",
    "an assignment": b"x=%s",
    "a guard": b")]}'\n%s",
    "a callback": b"f(%s)",
    "a NUL behind": b"%s\x00",
    "a brace unclosed": b'{"v":1,"site":"shop","events":[{"id":"a"]}',
    "a list unclosed": b'{"v":1,"site":"shop","events":[{"id":"a"}}',
    "only braces": b'{"a":' * 10_000,
    "a deep unknown key": b'{"v":1,"site":"shop","events":[],"x":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "an envelope with a comma": b'{"v":1,"site":"shop","events":[],}',
    "an envelope with bare keys": b"{v:1,site:'shop',events:[]}",
    "an envelope with NaN": b'{"v":1,"site":"shop","sent_at":NaN,"events":[]}',
}
# JSON, as far as it was read, and no object.
SCALARS = (
    b"null",
    b"true",
    b"0",
    b"-1",
    b"1.5",
    b'"shop"',
    b"[]",
    b"[1]",
    b'[{"v":1}]',
    b"[" * 30_000,
    b"[" * 30_000 + b"]" * 30_000,
)


def classes() -> dict[str, list[Case]]:
    """The classes of this room."""
    return {
        "every truncation": list(_truncations()),
        "one event that is not JSON": [
            between(f"{bytes_!r}", bytes_, "id" if bytes_.startswith(b"{}") else "event") for bytes_ in BROKEN
        ],
        "one event that is no object": [between(f"{bytes_!r}", bytes_, "event") for bytes_ in OTHER],
        "bodies that are no batch": _bodies(),
        "shapes that are odd and allowed": _odd(),
    }


def _truncations() -> list[Case]:
    rich = an_event(
        props={"size": "XL", "n": 3, "gift": True},
        revenue={"amount": "12.50", "currency": "EUR"},
        referrer="https://a.example/?q=1",
    )
    bodies = [json.dumps(batch).encode() for batch in (a_batch(), a_batch(rich, an_event()))]
    return [_truncated(body, length) for body in bodies for length in range(len(body))]


def _truncated(body: bytes, length: int) -> Case:
    """What is left is no JSON; where it ends inside the receipt's time, that is too early to be one as well."""
    name, digits = f"{length} of {len(body)} bytes", body.index(b'"at": ') + 6
    if digits < length < digits + 13:
        return refused(name, body[:length], "consent.at", "invalid")
    return refused(name, body[:length])


def _bodies() -> list[Case]:
    batch = json.dumps(a_batch()).encode()
    cases = [refused(name, body.replace(b"%s", batch)) for name, body in BODIES.items()]
    cases += [refused(f"top level {body[:20]!r}", body, code="invalid") for body in SCALARS]
    cases += [
        refused(f"in {codec}", batch.decode().encode(codec))
        for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
    ]
    return [*cases, refused("a UTF-8 mark", b"\xef\xbb\xbf" + batch)]


def _odd() -> list[Case]:
    first, second = good(), good()
    broken_too = json.dumps(a_batch(events=[0])).replace("[0]", f"[{{x}},{first},1 2,{second},[}},]]")
    two = {"accepted": 2}
    return [
        _batch("no event", "", accepted=0),
        _batch("spaces", f" \n\t {good()} \r\n,\n {good()} \n", **two),
        _batch("a comma more", f"{good()},{good()},", **two, dropped={"invalid": 1}, faults=(Fault(2, "event"),)),
        _batch("a comma first", f",{good()}", accepted=1, dropped={"invalid": 1}, faults=(Fault(0, "event"),)),
        _batch("two commas", f"{good()},,{good()}", **two, dropped={"invalid": 1}, faults=(Fault(1, "event"),)),
        _batch("three broken, two good", broken_too, whole=True, status=400, code="malformed", field="body"),
        _batch("twelve broken", ",".join(["{x}"] * 12 + [good()]), accepted=1, dropped={"invalid": 12},
               faults=tuple(Fault(n, "event") for n in range(10))),
        _batch("brackets in texts", f'{{"id":"]}}],[","name":"{{[","t":1,}},{good()}', accepted=1,
            dropped={"invalid": 1}, faults=(Fault(0, "event"),)),
        _batch("quotes in texts", f'{{"id":"\\"]","name":"\\\\","t":1,}},{good()}', accepted=1, dropped={"invalid": 1},
            faults=(Fault(0, "event"),)),
        _envelope("a key twice, the last counts", '"site":"nobody","site":"shop"', accepted=1),
        _envelope("a key twice, the last is bad", '"site":"shop","site":"nobody"', status=403,
            code="origin_not_allowed", field="site"),
        _envelope("an unknown key", '"site":"shop","constructor":{"prototype":[1]}', accepted=1),
        _envelope("the word events as a value", '"x":"events","site":"shop"', accepted=1),
        *[_deep(depth, None) for depth in (1, 4, 5)],
        *[_deep(depth, "event") for depth in (6, 8, 50, 2_000, 5_000, 20_000)],
    ]  # fmt: skip


def _batch(name: str, events: str, whole: bool = False, **expected: object) -> Case:
    body = events if whole else json.dumps(a_batch(events=[0])).replace("[0]", f"[{events}]")
    return Case(name, request(body.encode()), **expected)  # type: ignore[arg-type]


def _envelope(name: str, site: str, **expected: object) -> Case:
    body = f'{{"v":1,{site},"consent":{json.dumps(a_receipt())},"events":[{good()}]}}'
    return Case(name, request(body.encode()), **expected)  # type: ignore[arg-type]


def _deep(depth: int, field: str | None) -> Case:
    nested = good()[:-1].encode() + b',"x":' + b"[" * depth + b"]" * depth + b"}"
    return between(f"{depth} brackets deep", nested, field)
