"""May this be looked at, and how much of it? The first question asked of a batch, answered from its envelope and
headers alone, by the table of rules in `profiles.json`, from which the snippet's build may take its rules too.

A profile says what is measured without a receipt and after a grant: nothing (null), the `reduced` measure (`exempt`),
or the `full` one. An explicit refusal is honoured whatever the profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from collector.event import Profile, Receipt, Site

Measure: TypeAlias = Literal["full", "reduced"]


class Network(Struct, frozen=True, forbid_unknown_fields=True):
    """How many leading bits of an address are used."""

    ipv4: Annotated[int, Meta(ge=8, le=32)]
    ipv6: Annotated[int, Meta(ge=16, le=128)]


class Reduced(Struct, frozen=True, forbid_unknown_fields=True):
    """The reduced measure. `forbidden` and `forbidden_names` (`*` ends a prefix) make an event be dropped; the rest
    says what is kept of a field that may be there."""

    forbidden: frozenset[Literal["visitor", "user", "revenue", "campaign"]]
    forbidden_names: tuple[str, ...]
    url: Literal["path"]
    referrer: Literal["host"]
    props: Literal["numbers"]
    network: Network


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """What a profile measures."""

    without: Measure | None
    granted: Measure


class Rules(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. `attach` names the event with which a grant brings campaign and referrer to the running visit."""

    profiles: dict[Profile, Rule]
    refused: dict[str, str]
    attach: str
    reduced: Reduced


RULES: Final = msgspec.json.decode(
    resources.files("collector.intake").joinpath("profiles.json").read_bytes(), type=Rules
)
OPT_OUT_COOKIE: Final = "m_optout"
_OPTED_OUT: Final = OPT_OUT_COOKIE.encode() + b"=1"
_DAY: Final = 86_400_000


def refusal(profile: Profile, receipt: Receipt | None, objection: str | None = None) -> str | None:
    """The reason why nothing of a batch may be read, or None if it may.

    An objection (Sec-GPC, DNT, opt-out) wins over everything, whatever the profile. A receipt that refuses is
    honoured even on a site whose profile is `off`.
    """
    if objection is not None:
        return objection
    if receipt is not None and receipt.state in RULES.refused:
        return RULES.refused[receipt.state]
    if receipt is not None and receipt.state == "pending" and profile == "off":
        return "no_consent"
    return None if measure(profile, receipt) else "no_consent"


def measure(profile: Profile, receipt: Receipt | None) -> Measure | None:
    """How much is measured under this receipt; None: nothing."""
    rule = RULES.profiles[profile]
    return rule.granted if receipt is not None and receipt.state == "granted" else rule.without


def void(site: Site, receipt: Receipt | None, received: int, sent_at: int | None = None) -> str | None:
    """Why a grant is none any more: `receipt_expired` (older than the site allows), `policy_changed` (given to another
    version of the notice than the site's); None if it holds.

    The sender's clock may be wrong, and the grant may have been noted by a better one: it is too old if it is by the
    sender's clock (`sent_at`, ms UTC, if it said so) and by ours.
    """
    if receipt is None or receipt.state != "granted":
        return None
    if site.policy is not None and receipt.policy != site.policy:
        return "policy_changed"
    age = min(received, received if sent_at is None else sent_at) - receipt.at
    return "receipt_expired" if site.receipt_days is not None and age > site.receipt_days * _DAY else None


def stale(receipt: Receipt, received: int, sent_at: int | None, withdrawn: int) -> bool:
    """Whether a grant is one that was taken back at `withdrawn` (ms UTC, our clock), not a later one.

    A batch that was under way for long looks like one of a clock that is behind: both are taken for the former, so that
    what was under way is never kept. A clock that is ahead is corrected.
    """
    ahead = 0 if sent_at is None else max(0, sent_at - received)
    return receipt.at - ahead <= withdrawn


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
