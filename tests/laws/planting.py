"""Secrets that cannot be met by chance, and events that carry them in every field a sender can fill.

A secret's `core` is the part that must not be found: random, so that any 12 characters of it in a file are a leak.
Secrets with a shape (an e-mail address, a card number) may stand anywhere; the others are secret by where they stand.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote

from hypothesis import strategies as st

LOWER = "bcdfghjklmnpqrstvwxz"
MIXED = "BCDFGHJKLMNPQRSTVWXZbcdfghjklmnpqrstvwxz"
DIGITS = "0123456789"
HEX = "0123456789abcdef"


class Secret(NamedTuple):
    """How it stands in a text, and which part of it must not be kept."""

    kind: str
    text: str
    core: str


def word(letters: str, size: int) -> st.SearchStrategy[str]:
    """A random word of this size."""
    return st.text(letters, min_size=size, max_size=size)


def _dense(text: str) -> bool:
    """Enough different characters that chance cannot repeat it."""
    return len(set(text)) > min(6, len(text) // 2)


def _jwt(core: str) -> Secret:
    payload = base64.urlsafe_b64encode(f'{{"sub":"{core}"}}'.encode()).decode().rstrip("=")
    return Secret("jwt", f"eyJhbGciOiJIUzI1NiJ9.{payload}.{core[::-1]}", core[::-1])


EMAIL = word(LOWER, 16).filter(_dense).map(lambda core: Secret("email", f"{core}@mail.example", core))
PHONE = st.tuples(word("12346789", 11), st.sampled_from(["+49 {} {} {}", "0049{}{}{}", "+49-{}-{}-{}"])).map(
    lambda drawn: Secret("phone", drawn[1].format(drawn[0][:3], drawn[0][3:7], drawn[0][7:]), "49" + drawn[0])
)
CARD = st.tuples(word(DIGITS, 15).filter(_dense), st.sampled_from(["", " ", "-"])).map(
    lambda drawn: Secret("card", _grouped("4" + drawn[0], drawn[1]), "4" + drawn[0])
)
PLAIN_CARD = CARD.map(lambda secret: secret._replace(text=secret.core))
JWT = word(MIXED, 20).filter(_dense).map(_jwt)
SESSION = st.tuples(word(MIXED, 12).filter(_dense), word(DIGITS, 6), word(MIXED, 10).filter(_dense)).map(
    lambda drawn: Secret("session", "".join(drawn) + "7xQ", "".join(drawn))
)
RESET = (
    word(HEX, 40)
    .filter(lambda text: _dense(text) and any(c in text for c in "abcdef"))
    .map(lambda core: Secret("reset", core, core))
)
IPV4 = st.tuples(*[st.integers(100, 255)] * 4).map(
    lambda parts: Secret("ipv4", ".".join(map(str, parts)), ".".join(map(str, parts)))
)
IPV6 = st.lists(word(HEX, 4).filter(lambda part: part[0] != "0"), min_size=7, max_size=7).map(
    lambda parts: Secret("ipv6", "2001:" + ":".join(parts), ":".join(parts))
)
SHAPED = st.one_of(EMAIL, PHONE, CARD, JWT, SESSION, RESET, IPV4, IPV6)
SHAPES = ("email", "phone", "card", "jwt", "session", "reset", "ipv4", "ipv6")
PLACED = word(LOWER, 14).filter(_dense).map(lambda core: Secret("placed", core, core))


def _grouped(digits: str, mark: str) -> str:
    return mark.join(digits[at : at + 4] for at in range(0, 16, 4))


# How a secret stands among other text. Separators are those that careless sites put there.
AROUND: tuple[str, ...] = ("{}", "hello {} bye", "id={}", "a/{}/b", "({})", "é{}", "«{}»", "x:{},", "{} {}", "x_{}_y")

Place = Callable[[str], dict[str, Any]]


def _url(text: str) -> dict[str, Any]:
    return {"url": f"https://shop.example{text}"}


def _once(text: str) -> str:
    return quote(text, safe="")


# Where a shaped secret is planted: every field of an event that holds a text.
EVENT_PLACES: dict[str, Place] = {
    "path": lambda text: _url("/a/" + text.replace("?", "").replace("#", "")),
    "path, encoded": lambda text: _url("/a/" + _once(text)),
    "path, encoded twice": lambda text: _url("/a/" + _once(_once(text))),
    "path, where it is cut": lambda text: _url("/" + "a/" * 505 + _once(text)),
    "query": lambda text: _url("/?q=" + _once(text)),
    "query, raw": lambda text: _url("/?" + text),
    "query, a parameter the site keeps": lambda text: _url("/?kept=" + _once(text)),
    "query, its name": lambda text: _url("/?" + _once(text) + "=1"),
    "fragment": lambda text: _url("/#" + text),
    "fragment, a route": lambda text: _url("/#/route/" + _once(text)),
    "user of the URL": lambda text: {"url": f"https://{_once(text)}@shop.example/"},
    "host": lambda text: {"url": f"https://{_once(text)}.example/"},
    "utm_source": lambda text: _url("/?utm_source=" + _once(text)),
    "utm_medium": lambda text: _url("/?utm_medium=" + _once(text)),
    "utm_campaign": lambda text: _url("/?utm_campaign=" + _once(text)),
    "utm_campaign, encoded twice": lambda text: _url("/?utm_campaign=" + _once(_once(text))),
    "utm_term": lambda text: _url("/?utm_term=" + _once(text)),
    "utm_content": lambda text: _url("/?utm_content=" + _once(text)),
    "utm_id": lambda text: _url("/?utm_id=" + _once(text)),
    "utm_source_platform": lambda text: _url("/?utm_source_platform=" + _once(text)),
    "gad_source": lambda text: _url("/?gad_source=" + _once(text)),
    "srsltid": lambda text: _url("/?srsltid=" + _once(text)),
    "gclid": lambda text: _url("/?gclid=" + _once(text)),
    "referrer path": lambda text: {"referrer": "https://other.example/" + quote(text, safe="/")},
    "referrer query": lambda text: {"referrer": "https://other.example/?q=" + _once(text)},
    "referrer host": lambda text: {"referrer": f"https://{_once(text)}.example/"},
    "referrer app": lambda text: {"referrer": f"android-app://{text}/"},
    "props value": lambda text: {"props": {"note": text}},
    "props key": lambda text: {"props": {text: 1}},
    "name": lambda text: {"name": text},
    "id": lambda text: {"id": text},
    "page": lambda text: {"page": text},
    "user": lambda text: {"user": text},
}
# Where nothing is kept, whatever it looks like.
EVENT_SECRETS: dict[str, Place] = {
    "click id's value": lambda text: _url(f"/?gclid={text}&fbclid={text}&msclkid={text}&ttclid={text}"),
    "unknown parameter": lambda text: _url("/?q=" + text),
    "fragment's value": lambda text: _url("/#access_token=" + text),
    "user and password of the URL": lambda text: {"url": f"https://{text}:{text}@shop.example/"},
    "referrer's whole query": lambda text: {"referrer": "https://other.example/mail?search=" + text},
    "a customer's id": lambda text: {"user": text},
}
# Where a number goes that is a card's.
NUMBER_PLACES: dict[str, Place] = {
    "props number": lambda text: {"props": {"n": int(text)}},
    "seq": lambda text: {"seq": int(text)},
}
# What is planted beside the events, in the batch.
BATCH_PLACES: dict[str, Place] = {
    "consent source": lambda text: {"consent": {"source": text[:64]}},
    "consent policy": lambda text: {"consent": {"policy": text[:64]}},
    "consent purposes": lambda text: {"consent": {"purposes": [text[:64]]}},
    "consent tcf": lambda text: {"consent": {"tcf": text}},
    "consent gpp": lambda text: {"consent": {"gpp": text}},
    "consent snippet": lambda text: {"consent": {"snippet": text[:32]}},
    "visitor": lambda text: {"visitor": text},
    "time zone": lambda text: {"tz": text[:64]},
    "unknown key": lambda text: {text: text},
}
# What is planted in the head of a request. A program's name is all that an agent may leave behind.
HEAD_PLACES: dict[str, Place] = {
    "agent, a program's name": lambda text: {"user-agent": f"{text}Bot/1.0"},
    "agent, an app's name": lambda text: {"user-agent": f"{text}/1.2 CFNetwork/808.2 Darwin/16.3.0"},
    "agent, a comment": lambda text: {"user-agent": f"Mozilla/5.0 (X11; {text}) Chrome/131.0 Safari/537.36"},
    "forwarded for": lambda text: {"x-forwarded-for": text, "forwarded": f"for={text}", "x-real-ip": text},
    "cookie": lambda text: {"cookie": f"session={text}; m_shop={text}; m_optout=0"},
    "referer": lambda text: {"referer": f"https://shop.example/{text}?{text}"},
    "authorization": lambda text: {"authorization": f"Bearer {text}"},
    "country": lambda text: {"x-country": text},
    "any other": lambda text: {"x-user": text},
}
Plant = tuple[str, Secret, dict[str, Any]]


@st.composite
def planted(draw: st.DrawFn, places: dict[str, Place], secrets: st.SearchStrategy[Secret]) -> Plant:
    """A place, a secret, and the fields that carry it there."""
    where = draw(st.sampled_from(sorted(places)))
    secret = draw(secrets)
    around = draw(st.sampled_from(AROUND)) if secret.kind in SHAPES and places is not NUMBER_PLACES else "{}"
    return where, secret, places[where](around.replace("{}", secret.text))


IN_EVENTS = st.one_of(planted(EVENT_PLACES, SHAPED), planted(EVENT_SECRETS, PLACED), planted(NUMBER_PLACES, PLAIN_CARD))
IN_BATCHES = planted(BATCH_PLACES, SHAPED)
IN_HEADS = planted(HEAD_PLACES, SHAPED)


def as_json(value: object) -> bytes:
    """The way pages write it: not ASCII only."""
    return json.dumps(value, ensure_ascii=False).encode()
