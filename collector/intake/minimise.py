"""The one place where what arrived becomes what is kept. A lawyer can read it from `event` downwards.

Kept of a URL: its host, its path (masked), the campaign's parameters, the names of click ids, and the parameters the
site asked for. Kept of a referrer: its host and path, never its query. Kept of a user agent: families. Kept of the
sender: a country. A known customer's id is kept as a keyed hash. Nothing here looks at an address.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode

from msgspec import json

from collector.event import Event, Hit, Receipt, Scalar, Site
from collector.intake.agents import NOBODY, families
from collector.intake.country import country
from collector.intake.location import ascii_host, location
from collector.intake.mask import masked, masked_number, visible
from collector.intake.platform import consent_string, privacy_string
from collector.intake.validate import clock, usable
from collector.utm import EMPTY_TAGS, Tags, tags

MAX_PATH: Final = 1_024
MAX_REFERRER: Final = 2_048
MAX_URL: Final = 16_384
MAX_VALUE: Final = 128
MAX_PROP: Final = 2_048

# Which properties of an event that joins people name a customer; what an alias comes from is a browser's own id.
_LINKS: Final = {"$alias": ("to",), "$merge": ("from", "to")}
_ORDERS: Final = ("order_id", "transaction_id", "order")  # which properties name an order; reports know them by these
_PLAIN_ID: Final = re.compile(r"^[0-9A-Za-z_.:-]{1,64}$")
_UUID: Final = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
_HOST: Final = re.compile(r"^(?:[0-9a-z_-]{1,63}\.)*[0-9a-z_-]{1,63}\.?$")


class Page(NamedTuple):
    """What is kept of the page's URL."""

    host: str | None = None
    path: str | None = None
    query: str | None = None
    tags: Tags = EMPTY_TAGS
    flags: tuple[str, ...] = ()


class Referrer(NamedTuple):
    """What is kept of the referrer's URL."""

    host: str | None = None
    path: str | None = None
    flags: tuple[str, ...] = ()


def event(hit: Hit, site: Site) -> Event:
    """Reduce a valid hit to what may be kept of it."""
    sent, sender = hit.sent, hit.sender
    page = _page_of(hit, site)
    referrer = _referrer(sent.referrer, site.hosts) if sent.referrer else Referrer()
    agent = families(sender.agent) if sender.agent is not None else NOBODY
    t, clock_flag = clock(hit)
    props = _props(sent.props, site) if sent.props else None
    if props and sent.name in _LINKS:
        props = {key: _linked(value, site) if key in _LINKS[sent.name] else value for key, value in props.items()}
    user = usable(sent.user)
    receipt, campaign = sender.receipt, page.tags
    flags = [flag for flag in (clock_flag, *(page.flags or referrer.flags)) if flag]
    return Event(
        id=kept_id(sent.id, site),
        t=t,
        name=_text(sent.name),
        received=sender.received,
        visitor=kept_id(sender.visitor, site) if sender.visitor else None,
        user=keyed(user, site.key) if user else None,
        page=kept_id(sent.page, site) if sent.page else None,
        seq=sent.seq,
        host=page.host,
        path=page.path,
        query=page.query,
        referrer_host=referrer.host,
        referrer_path=referrer.path,
        source=_value(campaign.source),
        medium=_value(campaign.medium),
        campaign=_value(campaign.campaign),
        term=_value(campaign.term),
        content=_value(campaign.content),
        campaign_id=_value(campaign.id),
        extra={key: _text(value)[:MAX_VALUE] for key, value in campaign.extra} or None,
        click_id=campaign.click_id,
        browser=agent.browser,
        system=agent.system,
        device=agent.device,
        bot=agent.bot,
        country=country(sender.country, sender.zone),
        props=props,
        amount=sent.revenue.amount if sent.revenue else None,
        currency=sent.revenue.currency if sent.revenue else None,
        state=receipt.state if receipt else None,
        consent_source=_text(receipt.source) if receipt else None,
        policy=_text(receipt.policy) if receipt and receipt.policy else None,
        consented_at=receipt.at if receipt else None,
        flags=flags or None,
    )


def proof(receipt: Receipt | None) -> str:
    """What is kept of a receipt beside what each of its events says: JSON, empty for nothing. Texts are masked; a
    platform's string is kept if it is one, by its own first bytes, and shows nothing else."""
    if receipt is None:
        return ""
    said = {
        "purposes": [_text(purpose) for purpose in receipt.purposes or ()] or None,
        "tcf": receipt.tcf if receipt.tcf and consent_string(receipt.tcf) else None,
        "gpp": receipt.gpp if receipt.gpp and privacy_string(receipt.gpp) else None,
        "snippet": _text(receipt.snippet)[:32] if receipt.snippet else None,
    }
    kept = {name: value for name, value in said.items() if value}
    return json.encode(kept).decode() if kept else ""


def _linked(value: Scalar, site: Site) -> Scalar:
    """A customer's id in an event that joins people: hashed as the events' own are."""
    user = usable(str(value))
    return keyed(user, site.key) if user else ""


def keyed(value: str, key: bytes) -> str:
    """A keyed hash of an id: the same for the same site, useless without the site's key (BLAKE2b, 128 bits)."""
    return hashlib.blake2b(value.encode("utf-8", "replace"), key=key, digest_size=16).hexdigest()


def pseudonym(value: str, key: bytes) -> str:
    """A visitor's id made of something else: a keyed hash of 128 bits, in two parts. In one run it would look like a
    random key, which is masked."""
    digits = b32encode(bytes.fromhex(keyed(value, key))).decode().rstrip("=").lower()
    return f"{digits[:13]}-{digits[13:]}"


def kept_id(value: str, site: Site) -> str:
    """An id as it came if it is a UUID or plainly an id; hashed if it could be, or hide, personal data."""
    if _UUID.match(value) or (_PLAIN_ID.match(value) and masked(value) == value):
        return value
    lower = value.lower()
    return lower if _UUID.match(lower) else keyed(value, site.key)


def landing(url: str, site: Site) -> Page:
    """What would be kept of a visit to `url` after a grant: host, path and campaign, as an event has them."""
    page = _page(url, site.parameters, site.hash_routes, site.hosts)
    source, medium, campaign, term, content, number = map(_value, _values(page.tags))
    return page._replace(tags=Tags(source, medium, campaign, term, content, number, *page.tags[6:]))


def _page_of(hit: Hit, site: Site) -> Page:
    sent = hit.sent
    if sent.url is not None:
        return _page(sent.url, site.parameters, site.hash_routes, site.hosts)
    if sent.path is None:
        return Page()
    path, flags = _path(sent.path)
    return Page(path=path, flags=flags)


@lru_cache(maxsize=4_096)
def _page(url: str, parameters: tuple[str, ...], hash_routes: bool, hosts: frozenset[str]) -> Page:
    parts = location(url)
    if parts is None:
        return Page()
    path, flags = _path(parts.path)
    if hash_routes and parts.fragment.startswith(("/", "!/")):
        route, _, _ = parts.fragment.partition("?")
        path = f"{path}#{_path(route)[0]}"
    found = tags(parts.query) if parts.query else EMPTY_TAGS
    if not flags and any(value is not None and len(value) > MAX_VALUE for value in _values(found)):
        flags = ("truncated",)
    return Page(_host(parts.host, hosts), path, _query(parts.query, parameters), found, flags)


def _values(found: Tags) -> tuple[str | None, ...]:
    return (found.source, found.medium, found.campaign, found.term, found.content, found.id)


@lru_cache(maxsize=4_096)
def _referrer(url: str, hosts: frozenset[str]) -> Referrer:
    if url.startswith("android-app://"):
        return Referrer(_host(url[len("android-app://") :].partition("/")[0], hosts))
    parts = location(url)
    return Referrer(_host(parts.host, hosts), *_path(parts.path, MAX_REFERRER)) if parts else Referrer()


def _path(path: str, limit: int = MAX_PATH) -> tuple[str, tuple[str, ...]]:
    """A path that is safe to keep, and what was done to it."""
    kept = _text(unquote(path) if "%" in path else path, MAX_URL)
    flags = ("truncated",) if len(kept) > limit else ()
    return kept[:limit], flags


def _query(query: str, parameters: tuple[str, ...]) -> str | None:
    """The parameters that the site asked for, in their order, values masked."""
    if not query or not parameters:
        return None
    wanted = [(key, _text(value)) for key, value in parse_qsl(query) if key in parameters]
    return urlencode(wanted)[:MAX_PROP] or None


def _host(host: str, own: frozenset[str]) -> str | None:
    """A host in lower case; None for what cannot be one, and for one that shows personal data, an address included.

    The site's own hosts are facts about the site, even where they are addresses.
    """
    if host.lower() in own:
        return host.lower()
    plain = unquote(host)
    if masked(plain) != plain:
        return None
    try:
        written = ascii_host(plain)
    except UnicodeError:
        return None
    return written if _HOST.match(written) else None


def _value(value: str | None) -> str | None:
    return _text(value)[:MAX_VALUE] if value else None


def _props(props: dict[str, Scalar | None], site: Site) -> dict[str, Scalar] | None:
    """Properties with their texts masked; one that is null is one that is absent."""
    kept = {
        _text(key): _order(value, site) if key in _ORDERS else _prop(value)
        for key, value in props.items()
        if value is not None
    }
    kept.pop("", None)  # a key of invisible characters
    return kept or None


def _order(value: Scalar, site: Site) -> Scalar:
    """An order's id. Masked, all long ones would look the same, and all orders be one: it is hashed instead."""
    if isinstance(value, str):
        return kept_id(value, site) if visible(value) else ""
    return keyed(str(value), site.key) if _prop(value) != value else value


def _prop(value: Scalar) -> Scalar:
    if isinstance(value, str):
        return _text(value)
    return value if isinstance(value, bool) else masked_number(value)


def _text(text: str, limit: int = MAX_PROP) -> str:
    """A text's visible characters, masked before it is cut.

    Cut first, the half of an e-mail address that is left would not be recognised.
    """
    return _short(text)[:limit] if len(text) <= MAX_VALUE else masked(visible(text))[:limit]


@lru_cache(maxsize=8_192)
def _short(text: str) -> str:
    """Short texts repeat from event to event, names and receipts above all: they are looked at once."""
    return masked(visible(text))
