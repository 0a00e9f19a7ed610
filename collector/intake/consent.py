"""May this be looked at? The first question asked of a batch, answered from its envelope and headers alone."""

from __future__ import annotations

from collections.abc import Mapping

from collector.event import Profile, Receipt

OPT_OUT_COOKIE = "m_optout"
_OPTED_OUT = OPT_OUT_COOKIE.encode() + b"=1"
_REFUSED = {
    "denied": "denied",
    "withdrawn": "withdrawn",
    "objected": "opt_out",
    "pending": "no_consent",
}


def refusal(profile: Profile, receipt: Receipt | None, objection: str | None = None) -> str | None:
    """The reason why nothing of a batch may be read, or None if it may.

    An objection (Sec-GPC, DNT, opt-out) wins over everything, whatever the profile. A receipt that refuses is
    honoured even on a site whose profile is `off`.
    """
    if objection is not None:
        return objection
    if receipt is not None:
        return _REFUSED.get(receipt.state)
    return None if profile == "off" else "no_consent"


def objection(headers: Mapping[bytes, bytes]) -> str | None:
    """The browser's own signal, from a request's headers (lower-case names): `gpc`, `dnt`, `opt_out` or None.

    Blanks around a value and a list of values are what proxies make of a header sent twice: any `1` of it counts.
    """
    if b"1" in _parts(headers.get(b"sec-gpc", b""), b","):
        return "gpc"
    if b"1" in _parts(headers.get(b"dnt", b""), b","):
        return "dnt"
    return "opt_out" if _OPTED_OUT in _parts(headers.get(b"cookie", b""), b";") else None


def _parts(value: bytes, between: bytes) -> list[bytes]:
    return [part.strip() for part in value.split(between)] if value else []
