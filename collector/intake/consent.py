"""May this be looked at? The first question asked of a batch, answered from its envelope and headers alone."""

from __future__ import annotations

from collections.abc import Mapping

from collector.event import Profile, Receipt

OPT_OUT_COOKIE = "m_optout"
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
    """The browser's own signal, from a request's headers (lower-case names): `gpc`, `dnt`, `opt_out` or None."""
    if headers.get(b"sec-gpc") == b"1":
        return "gpc"
    if headers.get(b"dnt") == b"1":
        return "dnt"
    if OPT_OUT_COOKIE.encode() + b"=1" in headers.get(b"cookie", b""):
        return "opt_out"
    return None
