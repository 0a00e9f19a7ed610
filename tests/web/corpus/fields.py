"""Each field of batch, receipt and event: each wrong type, each cap at one less, at and one more."""

from __future__ import annotations

import json
from typing import Any

from tests.make import a_batch, a_receipt, an_event, now
from tests.web.corpus.case import Case, between, event
from tests.web.wire import request

INTEGER = 2**53
VALUES: dict[str, Any] = {
    "null": None, "true": True, "false": False, "an integer": 7, "a negative": -1, "a float": 1.5, "a text": "x",
    "no text": "",
    "a list": [], "an object": {}, "a list of null": [None], "an object of null": {"x": None},
    "a text of a number": "7",
    "a nested list": [[[]]], "a list of texts": ["x"],
}  # fmt: skip
_TEXTS = {"a text", "a text of a number"}

# What each field of an event takes of these; everything else is that field's fault.
EVENT = {
    "id": _TEXTS,
    "name": _TEXTS,
    "t": set(),  # 7 ms after 1970 is no time an event can have
    "url": {"null"},
    "path": {"null"},
    "referrer": {"null", "no text", *_TEXTS},
    "seq": {"null", "an integer"},
    "page": {"null", *_TEXTS},
    "props": {"null", "an object", "an object of null"},
    "revenue": {"null"},
    "user": {"null", "no text", *_TEXTS},
}
ENVELOPE = {
    "v": set(),
    "sent_at": {"null", "an integer"},
    "tz": {"null", "no text", *_TEXTS},
    "visitor": {"null", "no text", *_TEXTS},
}
RECEIPT = {
    "state": set(),
    "source": _TEXTS,
    "at": set(),  # 7 ms after 1970 is no time of an answer
    "policy": {"null", "no text", *_TEXTS},
    "purposes": {"null", "a list", "a list of texts"},
}
REQUIRED = ("id", "name", "t")


def classes() -> dict[str, list[Case]]:
    """The classes of this room."""
    return {
        "an event's field of a wrong type": _events(),
        "the batch's field of a wrong type": _envelopes(),
        "the receipt's field of a wrong type": _receipts(),
        "each cap": _caps(),
        "properties": _properties(),
        "money": _money(),
        "numbers": _numbers(),
    }


def batch(name: str, status: int = 202, code: str | None = None, field: str | None = None, **changes: Any) -> Case:
    """A batch with one good event, changed; a change to `...` leaves the key out."""
    body = {key: value for key, value in a_batch(**changes).items() if value is not ...}
    accepted = len(body["events"]) if status == 202 and isinstance(body.get("events"), list) else 0
    return Case(name, request(json.dumps(body).encode()), status, code, field, accepted=accepted)


def bad(name: str, field: str, **changes: Any) -> Case:
    """A batch refused for one field."""
    return batch(name, 400, "invalid", field, **changes)


def _events() -> list[Case]:
    cases = [
        event(f"{field}: {name}", None if name in taken else f"{field}*", **{field: value})
        for field, taken in EVENT.items()
        for name, value in VALUES.items()
    ]
    return [*cases, *(event(f"no {field}", field, **{field: ...}) for field in REQUIRED)]


def _envelopes() -> list[Case]:
    cases = [
        batch(f"{field}: {name}", **{field: value})
        if name in taken
        else bad(f"{field}: {name}", field, **{field: value})
        for field, taken in ENVELOPE.items()
        for name, value in VALUES.items()
    ]
    for name, value in VALUES.items():
        if name in _TEXTS:
            cases.append(batch(f"site: {name}", 403, "origin_not_allowed", "site", site=value))
        else:
            cases.append(bad(f"site: {name}", "site", site=value))
        if not isinstance(value, list):
            cases.append(bad(f"events: {name}", "events", events=value))
        if name != "null":
            cases.append(bad(f"consent: {name}", "consent*", consent=value))
    cases += [bad(f"no {field}", field, **{field: ...}) for field in ("site", "events")]
    return [*cases, *(bad(f"v: {v}", "v", v=v) for v in (0, 2, 10**6, -1))]


def _receipts() -> list[Case]:
    cases = []
    for field, taken in RECEIPT.items():
        for name, value in VALUES.items():
            changed = {"consent": a_receipt(**{field: value})}
            what = f"{field}: {name}"
            cases.append(batch(what, **changed) if name in taken else bad(what, f"consent.{field}*", **changed))
    for field in ("state", "source", "at"):
        receipt = {key: value for key, value in a_receipt().items() if key != field}
        cases.append(bad(f"no {field}", f"consent.{field}", consent=receipt))
    return [
        *cases,
        *(
            bad(f"state {s!r}", "consent.state", consent=a_receipt(state=s))
            for s in ("GRANTED", "yes", "granted ", "1")
        ),
    ]


def _caps() -> list[Case]:
    cases = []
    for field, cap in {"id": 128, "name": 64, "referrer": 16_384, "page": 128, "user": 256}.items():
        for n in (cap - 1, cap, cap + 1):
            cases.append(event(f"{field} of {n}", None if n <= cap else field, **{field: ("ab-" * n)[:n]}))
            if cap <= 256:  # a longer one would be a body over its cap
                cases.append(event(f"{field} of {n} é", None if n <= cap else field, **{field: "é" * n}))
    for n in (16_383, 16_384, 16_385):
        kept = n <= 16_384
        cases.append(event(f"url of {n}", None if kept else "url", url="https://shop.example/".ljust(n, "a")))
        cases.append(event(f"path of {n}", None if kept else "path", url=..., path="/".ljust(n, "a")))
    for field, cap in {"visitor": 128, "tz": 64}.items():
        cases += [
            (batch if n <= cap else _bad_at(field))(f"{field} of {n}", **{field: "a" * n})
            for n in (cap - 1, cap, cap + 1)
        ]
    for field, cap in {"source": 64, "policy": 64}.items():
        cases += [
            (batch if n <= cap else _bad_at(f"consent.{field}"))(
                f"{field} of {n}", consent=a_receipt(**{field: "a" * n})
            )
            for n in (cap - 1, cap, cap + 1)
        ]
    cases += [
        (batch if n <= 32 else _bad_at("consent.purposes"))(f"{n} purposes", consent=a_receipt(purposes=["a"] * n))
        for n in (31, 32, 33)
    ]
    cases += [
        (batch if n <= 64 else _bad_at("consent.purposes*"))(
            f"a purpose of {n}", consent=a_receipt(purposes=["b", "a" * n])
        )
        for n in (63, 64, 65)
    ]
    cases += [batch(f"a site's name of {n}", 403, "origin_not_allowed", "site", site="s" * n) for n in (63, 64)]
    cases.append(bad("a site's name of 65", "site", site="s" * 65))
    return [*cases, *_counts(), *_sizes()]


def _bad_at(field: str) -> Any:
    return lambda name, **changes: bad(name, field, **changes)


def _counts() -> list[Case]:
    cases = []
    for n in (499, 500, 501):
        many = [{"id": f"many-{n}-{index}", "name": "a", "t": now()} for index in range(n)]
        cases.append(batch(f"{n} events", events=many) if n <= 500 else bad(f"{n} events", "events", events=many))
    return cases


def _sizes() -> list[Case]:
    """A body at the cap is read, one byte more is not; spaces are JSON too."""
    cases = []
    for n in (65_535, 65_536, 65_537):
        body, again = (json.dumps(a_batch()).encode().ljust(n) for _ in range(2))
        kept = n <= 65_536
        expected: dict[str, Any] = {"accepted": 1} if kept else {"status": 413, "code": "too_large", "field": "body"}
        cases.append(Case(f"a body of {n}", request(body), **expected))
        chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (n, again)
        unsized = {"Content-Length": None, "Transfer-Encoding": "chunked"}
        cases.append(Case(f"a body of {n} in a chunk", request(chunked, headers=unsized), **expected))
    return cases


def _properties() -> list[Case]:
    cases = [
        event(f"{n} properties", None if n <= 64 else "props", props={f"k{i}": i for i in range(n)})
        for n in (63, 64, 65)
    ]
    cases += [
        event(f"a key of {n}", None if 1 <= n <= 64 else "props*", props={"k" * n: 1})
        for n in (0, 1, 63, 64, 65, 5_000)
    ]
    cases += [
        event(f"a text of {n}", None if n <= 2_048 else "props*", props={"k": "é" * n})
        for n in (2_047, 2_048, 2_049, 9_000)
    ]
    cases += [
        event(f"a value {value!r}", "props*", props={"k": value})
        for value in ([], {}, [1], {"a": 1}, [[]], {"a": {"b": {}}})
    ]
    return [
        *cases,
        *(
            event(f"a value {value!r}", None, props={"k": value})
            for value in (None, True, 0, -1, 1.5, "", "é", -INTEGER, INTEGER)
        ),
    ]


def _money() -> list[Case]:
    amounts = {
        "12.50": True, "-3": True, "0": True, "0.000001": True, "999999999999.999999": True, "-0": True, "00.5": True,
        "": False, "12,50": False, "1 000": False, "1e3": False, "12.": False, ".5": False, "+1": False, "€5": False,
        "NaN": False,
        "Infinity": False, "0x10": False, "1234567890123": False, "1.1234567": False, "--1": False, " 1": False,
        "1 ": False,
        "1\n": False, "12.50\n": False, "١٢": False, "१२.५": False, "１２": False, "1\u0000": False, "1;DROP": False,
        "=1+1": False,
    }  # fmt: skip
    cases = [
        event(f"amount {text!r}", None if ok else "revenue.amount", revenue={"amount": text, "currency": "EUR"})
        for text, ok in amounts.items()
    ]
    cases += [
        event(f"amount {value!r}", "revenue.amount", revenue={"amount": value, "currency": "EUR"})
        for value in (1, 1.5, None, True, [], {})
    ]
    currencies = {
        "EUR": True, "USD": True, "XXX": True, "eur": False, "EU": False, "EURO": False, "": False, "€": False,
        "E R": False, "EUR\n": False,
        "ÉUR": False, "E1R": False, "ＥＵＲ": False,
    }  # fmt: skip
    cases += [
        event(f"currency {text!r}", None if ok else "revenue.currency", revenue={"amount": "1", "currency": text})
        for text, ok in currencies.items()
    ]
    return [
        *cases,
        *(
            event(f"revenue without {key}", f"revenue.{key}", revenue=rest)
            for key, rest in (("amount", {"currency": "EUR"}), ("currency", {"amount": "1"}))
        ),
    ]


def _numbers() -> list[Case]:
    """Numbers as they are written: where a whole one is expected (`seq`), and where any may stand (a property)."""
    whole = {
        "0": True, "-0": True, "1000000": True, "1000001": False, str(INTEGER): False, str(INTEGER + 1): False,
        str(2**63 - 1): False, str(2**63): False,
        str(2**64): False,
        str(-(2**63)): False, "-1": False, "1e3": False, "1.0": False, "1e-1": False, "1e400": False, "-1e400": False,
            "1" + "0" * 400: False,
        "9" * 5_000: False, "1e999": False, "1E5": False, "1.5": False, "0.1": False, "1e-400": False,
    }  # fmt: skip
    any_number = {
        "1.5": True, "1e3": True, "1e-400": True, "1e308": True, "-1e308": True, "1e309": False, "1e999": False,
        "-1e999": False,
        str(INTEGER): True, str(INTEGER + 1): False, str(-INTEGER): True, str(-INTEGER - 1): False, str(2**63): False,
            str(2**64): False,
        "1" + "0" * 400: False, "9" * 5_000: False, "0." + "1" * 5_000: True, "123456789012345678.5": True,
    }  # fmt: skip
    cases = [between(f"seq {text[:30]}", _raw("seq", text), None if ok else "seq") for text, ok in whole.items()]
    return [
        *cases,
        *(
            between(f"a property {text[:30]}", _raw("props", f'{{"k":{text}}}'), None if ok else "props*")
            for text, ok in any_number.items()
        ),
    ]


def _raw(field: str, text: str) -> bytes:
    return json.dumps(an_event(**{field: 0})).replace(f'"{field}": 0', f'"{field}": {text}').encode()
