"""The reduced measure of `exempt`, and of `hybrid` before a grant: who, how often and what, for one day, and no more.

A hit that says what this measure must not know (a campaign, a customer, an id of its own, money, a form) is dropped
with the field's name: a page that sends it is not the page that the visitor was promised. Of the rest the path, the
referrer's host and numbers are kept. The visitor is a hash of the day, made of the sender's network and user agent
under a salt that lives for a day (`collector.salts`); nothing else goes into it.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from collector.event import EXEMPT, Drop, Event, Hit, Scalar, Sent, Site
from collector.intake import minimise
from collector.intake.consent import RULES
from collector.intake.location import location
from collector.intake.validate import clock
from collector.utm import EMPTY_TAGS, tags

REASON: Final = "not_exempt"
_EXPECTED: Final = {
    "visitor": "no visitor: without a grant the visitor is a hash of the day",
    "user": "no user: a customer is known after a grant only",
    "revenue": "no revenue: it is measured after a grant only",
    "campaign": "an address without campaign parameters and click ids: they are read after a grant only",
}
_FIELDS: Final = {"campaign": "url"}
_RULES: Final = RULES.reduced


def event(hit: Hit, site: Site) -> Event | Drop:
    """Reduce a valid hit to what may be kept of it without a grant."""
    breach = _breach(hit)
    if breach is not None:
        return breach
    sender = replace(hit.sender, receipt=None, visitor=_visitor(hit))
    return replace(minimise.event(Hit(sender, _reduced(hit.sent, site)), site), state=EXEMPT, referrer_path=None)


@lru_cache(maxsize=4_096)
def coarse(address: str) -> str:
    """The network that an address is in: as much of it as this measure uses; "unknown" for what is none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    bits = _RULES.network.ipv4 if parsed.version == 4 else _RULES.network.ipv6
    return str(ipaddress.ip_network((parsed, bits), strict=False))


def _breach(hit: Hit) -> Drop | None:
    sent = hit.sent
    if any(
        sent.name == name or (name.endswith("*") and sent.name.startswith(name[:-1])) for name in _RULES.forbidden_names
    ):
        return Drop(REASON, "name", "a page view, the use of a feature or engagement: other events need a grant")
    said = {
        "visitor": hit.sender.visitor is not None,
        "user": bool(sent.user),
        "revenue": sent.revenue is not None,
        "campaign": sent.url is not None and _tagged(sent.url),
    }
    for name, there in said.items():
        if there and name in _RULES.forbidden:
            return Drop(REASON, _FIELDS.get(name, name), _EXPECTED[name])
    return None


@lru_cache(maxsize=4_096)
def _tagged(url: str) -> bool:
    parts = location(url)
    return parts is not None and bool(parts.query) and tags(parts.query) != EMPTY_TAGS


def _visitor(hit: Hit) -> str | None:
    """The hash of the day on which it happened, as far as that day's salt is still there."""
    daily = hit.sender.daily
    if daily is None:
        return None
    return daily.before if daily.before is not None and clock(hit)[0] < daily.midnight else daily.today


def _reduced(sent: Sent, site: Site) -> Sent:
    return replace(
        sent,
        url=_without_query(sent.url, site.hash_routes) if sent.url else None,
        referrer=_origin(sent.referrer) if sent.referrer else None,
        props={key: value for key, value in sent.props.items() if _number(value)} if sent.props else None,
        user=None,
        revenue=None,
    )


def _without_query(url: str, hash_routes: bool) -> str:
    """The query is not even read; a fragment only where pages are told apart by it."""
    front, _, fragment = url.partition("#")
    return front.partition("?")[0] + (f"#{fragment}" if fragment and hash_routes else "")


def _origin(url: str) -> str | None:
    """The referrer without its path; an app's is its name alone already."""
    if url.startswith("android-app://"):
        return url
    parts = location(url)
    return f"https://{parts.host}/" if parts else None


def _number(value: Scalar | None) -> bool:
    return isinstance(value, int | float)
