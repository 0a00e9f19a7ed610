"""A landing page's address read whole, with the reasons: tags, touch and an explanation for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import NamedTuple

from . import registry, sources
from .destination import host_of
from .query import Tags, decode, fold, tags
from .sentences import Language, Notice
from .touch import Touch, classify, resolve


class Parsed(NamedTuple):
    """What an address and its referrer say. `term`: what was searched for, where the referrer still tells.

    `explain`: one sentence for each thing that was read, dropped or concluded, in reading order.
    """

    tags: Tags
    touch: Touch
    term: str | None
    explain: list[str]


def parse(
    url: str,
    referrer: str | None = None,
    *,
    own_hosts: Collection[str] = (),
    rules: str = "ga4",
    language: Language = "en",
) -> Parsed:
    """The campaign of a visit that landed on `url` coming from `referrer` (a full address, or
    android-app://…).

    Tags after the # are read too, where the query has none of that name. Forgiving: raises nothing but
    ValueError for an unknown rule set.
    """
    query, fragment = query_of(url), fragment_query(url)
    found = tags(f"{query}&{fragment}" if fragment else query)
    host, path, asked = split_referrer(referrer)
    touch = classify(found, host, path, own_hosts, rules)
    known = sources.find(host, path, asked) if host else None
    step = resolve(found, host, path, own_hosts).step
    notices = [*_parameters(f"{query}&{fragment}"), *_conclusions(found, fragment, touch, step)]
    return Parsed(found, touch, known.term if known else None, [notice.say(language) for notice in notices])


def query_of(url: str) -> str:
    """The raw query of `url`, without its ?."""
    return url.partition("#")[0].partition("?")[2]


def fragment_query(url: str) -> str:
    """The parameters in the fragment of `url` (`#utm_…`, `#/route?utm_…`), text directives left aside."""
    fragment = url.partition("#")[2].partition(":~:")[0]
    route, question, query = fragment.partition("?")
    return query if question else route if "=" in route else ""


def split_referrer(referrer: str | None) -> tuple[str, str, str]:
    """Host, path and raw query of a referrer; ("", "", "") for none."""
    if not referrer or "://" not in referrer:
        return "", "", ""
    host = host_of(referrer)
    rest = referrer.partition("://")[2].partition("#")[0]
    place, _, query = rest.partition("?")
    _, slash, path = place.partition("/")
    return host, slash + path, query


def _parameters(query: str) -> Iterator[Notice]:
    """What is said about each known parameter, once."""
    pairs = [(fold(key), decode(raw)) for key, _, raw in (pair.partition("=") for pair in query.split("&"))]
    counts = Counter(name for name, value in pairs if value)
    seen: set[str] = set()
    for name, value in pairs:
        if not value or name in seen:
            continue
        seen.add(name)
        click = registry.click_id(name)
        if name in registry.CAMPAIGN_NAMES:
            yield Notice("read", name, {"found": value})
        elif click:
            code = {"P": "personal_dropped", "U": "click_name_only", "C": "click_kept"}[click.privacy]
            yield Notice(code, name, {"vendor": click.vendor})
        if counts[name] > 1 and (click or name in registry.CAMPAIGN_NAMES):
            yield Notice("repeated", name, {"count": counts[name]})


def _conclusions(found: Tags, fragment: str, touch: Touch, step: str) -> Iterator[Notice]:
    if fragment and found != tags("") and tags(fragment) != tags(""):
        yield Notice("in_fragment", "#")
    yield Notice(f"step_{step.split(maxsplit=1)[0]}", "source", {"source": touch.source, "medium": touch.medium})
    yield Notice("channel", "channel", {"channel": touch.channel, "why": touch.rule})
