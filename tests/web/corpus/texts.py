"""Texts: encodings, invisible characters, strings that mean something to somebody else. They harm nobody: kept."""

from __future__ import annotations

import json

from tests.make import a_batch, a_receipt, an_event
from tests.web.corpus.case import Case, between, event
from tests.web.wire import request

# Bytes inside a JSON text that are not UTF-8.
NOT_UTF8 = (
    b"\xff", b"\xfe", b"\x80", b"\xbf", b"\xc0\xaf", b"\xc1\xbf", b"\xc3", b"\xe0\x80\xaf", b"\xe2\x82",
    b"\xed\xa0\x80", b"\xed\xbf\xbf",
    b"\xf0\x80\x80\xaf", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80",
    b"caf\xe9", b"\xed\xa0\xbd\xed\xb8\x80",
)  # fmt: skip

# Half of a pair, left of an emoji cut in the middle. Browsers send them; the half becomes U+FFFD, the event is kept.
HALVES = (
    "\\ud83d",
    "\\ude00",
    "a\\ud83d",
    "\\ud83da",
    "\\ude00\\ud83d",
    "\\uD83D\\uD83D",
    "\\ud83d\\ud83d\\ude00",
    "\\ud83d\\n",
    "\\ud800",
    "\\udfff",
)

ODD = (
    "\x00", "\x01\x02\x1b[31m", "\x7f\x80\x9f", "\u200b\u200d\u2060", "\u202e\u2066gnp.exe", "\ufeffbom",
    "\ufffe\uffff", "\U0001f600", "\U0010ffff",
    "e\u0301", "\u00e9", "ﬁ", "İı", "ß", "العربية", "עברית", "中文", "한국어", "ไทย", "🇫🇷", "👩‍👩‍👧", "Z̷͎̐a̷l̷g̷o",
    "\t\r\n", " ", "\u3000", "\u2028\u2029",
    "%00", "%", "%zz", "%u0041", "%25%25", "%c0%af", "%ed%a0%80", "%F0%9F%98%80", "+", "&#x41;", "\\u0041", "\\",
    "\"'`",
)  # fmt: skip

# Of these nothing is seen: harmless in a value, no name for an event.
INVISIBLE = ("\x00", "\x7f\x80\x9f", "\u200b\u200d\u2060", "\t\r\n", " ", "\u3000", "\u2028\u2029")

INJECTIONS = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "javascript:alert(1)",
    "</title><script>",
    "{{7*7}}", "${7*7}", "<%= 7*7 %>", "{% raw %}", "#{7*7}", "' OR 1=1 --", "\"; DROP TABLE event; --",
    "1); DELETE FROM event WHERE (1=1",
    "' UNION SELECT key FROM site --", "x' || (SELECT 1) || '", "$1", "{p:String}", ":name", "?", "=cmd|' /C calc'!A0",
    "+1+1", "-1+1", "@SUM(1)",
    "\t=1", "＝1+1", "../../etc/passwd", "..\\..\\x", "/dev/null", "a\r\nSet-Cookie: x=1", "a\nERROR forged line",
    "\x1b]0;title\x07", "%0d%0aX: 1",
    "__proto__", "constructor", "toString", "null", "undefined", "NaN", "true", "0", "-1", "[object Object]", "$(id)",
    "`id`", "; id", "| id",
    "%s%n%x", "*)(uid=*", "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///x'>]>", "a" * 2_000,
)  # fmt: skip
FIELDS = ("user", "referrer", "props")
SHORT = ("id", "name", "page")  # at most 64 characters


def classes() -> dict[str, list[Case]]:
    """The classes of this room."""
    return {
        "an event's text that is not UTF-8": [between(f"{b!r}", _text(b), "event") for b in NOT_UTF8],
        "half of an emoji": _halves(),
        "odd characters": _everywhere(ODD),
        "strings that mean something elsewhere": _everywhere(INJECTIONS),
        "texts beside the events": _beside(),
    }


def _text(text: bytes) -> bytes:
    return json.dumps(an_event(props={"k": "HERE"})).encode().replace(b"HERE", text)


def _halves() -> list[Case]:
    cases = [between(f"in a value: {text}", _text(text.encode()), None) for text in HALVES]
    for text in HALVES:
        named = json.dumps(an_event(name="HERE")).replace("HERE", text)
        batch = json.dumps(a_batch(consent=a_receipt(policy="HERE"))).replace("HERE", text)
        cases.append(between(f"in a name: {text}", named.encode(), None))
        cases.append(Case(f"in the policy: {text}", request(batch.encode()), accepted=1))
    return cases


def _everywhere(texts: tuple[str, ...]) -> list[Case]:
    cases = []
    for text in texts:
        for field in FIELDS:
            cases.append(
                event(
                    f"{field} {text[:30]!r}",
                    None,
                    **{field: {"k": text, text[:40] or "k": "v"} if field == "props" else text[:256]},
                )
            )
        for field in SHORT:
            fault = "name" if field == "name" and text in INVISIBLE else None
            cases.append(event(f"{field} {text[:30]!r}", fault, **{field: text[:60]}))
        cases.append(
            event(f"url {text[:30]!r}", None, url=f"https://shop.example/{text}?utm_source={text}&q={text}#{text}")
        )
    return cases


def _beside() -> list[Case]:
    cases = []
    for text in (*ODD, *INJECTIONS):
        short = text[:60]
        raw = request(
            json.dumps(
                a_batch(visitor=short, tz=short, consent=a_receipt(source=short, policy=short, purposes=[short]))
            ).encode()
        )
        cases.append(Case(f"visitor, zone, receipt {short[:30]!r}", raw, accepted=1))
    return cases
