"""A landing page's address read whole, with the reasons: tags, touch and an explanation for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from . import registry, sources
from .channel import RuleSet, rule_set
from .destination import host_of, unwrap
from .dictionary import Dictionary
from .query import Tags, decode, fold, tags
from .sentences import Language, Notice
from .touch import Touch, classify, resolve, seen

MEDIUMS: Final = {"cpc": "paid", "ai-assistant": "chatbot"}
"""What a referrer's category is called where that is not the category's own name."""
_REMEMBERED: Final = 1_024  # letters of an address and its referrer that are read once and remembered
_WRAPPINGS: Final = 5  # a redirection in a redirection is seen; more of them are made to exhaust a reader


class Referrer(NamedTuple):
    """Who a referrer is: `medium` is search, social, email, paid, chatbot, shopping, video, affiliate, payment,
    internal (a page of the site itself) or unknown; None without a referrer. `term`: what was searched for, where it
    still tells."""

    medium: str | None = None
    source: str | None = None
    term: str | None = None


class Parsed(NamedTuple):
    """What an address and its referrer say. `tags` are as the link wrote them, `canonical` as the dictionary means
    them.

    `explain`: one sentence for each thing that was read, dropped or concluded, in reading order.
    """

    tags: Tags
    canonical: Tags
    touch: Touch
    referrer: Referrer
    explain: tuple[str, ...]


def parse(
    url: str,
    referrer: str | None = None,
    *,
    own_hosts: Collection[str] = (),
    rules: str | RuleSet = "ga4",
    dictionary: Dictionary | None = None,
    language: Language = "en",
) -> Parsed:
    """The campaign of a visit that landed on `url` coming from `referrer` (a full address, or
    android-app://…).

    Tags after the # are read too, where the query has none of that name; of a redirection or an AMP page, those of the
    page behind it. Forgiving: raises nothing but ValueError for an unknown rule set.
    """
    if dictionary or isinstance(rules, RuleSet) or len(url) + len(referrer or "") > _REMEMBERED:
        return _parsed(url, referrer, own_hosts, rules, dictionary, language)
    return _again(url, referrer, tuple(own_hosts), rules, None, language)


def _parsed(
    url: str,
    referrer: str | None,
    own_hosts: Collection[str],
    rules: str | RuleSet,
    dictionary: Dictionary | None,
    language: Language,
) -> Parsed:
    page, wrappers = _unwrapped(url)
    query, fragment = query_of(page), fragment_query(page)
    found = tags(f"{query}&{fragment}" if fragment else query)
    meant = dictionary.apply(found) if dictionary else found
    host, path, asked = split_referrer(referrer)
    touch = classify(meant, host, path, own_hosts, rules)
    step = resolve(seen(meant, rule_set(rules)), host, path, own_hosts).step
    notices = [
        *(Notice("unwrapped", "url", {"host": wrapper}) for wrapper in wrappers),
        *_parameters(f"{query}&{fragment}"),
        *_meant(found, meant, dictionary),
        *_conclusions(found, fragment, touch, step, rules),
    ]
    told = tuple(notice.say(language) for notice in notices)
    return Parsed(found, meant, touch, who(host, path, asked, own_hosts), told)


_again: Final = lru_cache(maxsize=2_048)(_parsed)


def who(host: str, path: str | None = None, query: str = "", own_hosts: Collection[str] = ()) -> Referrer:
    """Who stands behind a referrer's host, path and raw query."""
    bare = sources.bare_host(host)
    if not bare:
        return Referrer()
    bare, path = sources.amp_page(bare, path) or (bare, path)
    if sources.is_own(bare, [sources.bare_host(own) for own in own_hosts]):
        return Referrer("internal")
    known = sources.find(bare, path, query)
    if not known:
        return Referrer("unknown")
    return Referrer(MEDIUMS.get(known.category, known.category), known.label, known.term)


def _unwrapped(url: str) -> tuple[str, list[str]]:
    """The page that `url` leads to in the end, and the hosts that wrapped it."""
    wrappers: list[str] = []
    while len(wrappers) < _WRAPPINGS and (inner := unwrap(url)):
        wrappers.append(host_of(url))
        url = inner
    return url, wrappers


def _meant(found: Tags, meant: Tags, dictionary: Dictionary | None) -> Iterator[Notice]:
    if dictionary is None:
        return
    for field in registry.FIELDS:
        said, means = getattr(found, field), getattr(meant, field)
        if said != means:
            yield Notice("meant", field, {"found": said, "meant": means, "version": dictionary.version})
        if said and (columns := dictionary.columns(field, said)):
            yield Notice("columns", field, {"columns": ", ".join(f"{k} = {v}" for k, v in columns.items())})


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
    if not host.isprintable():  # no browser asks for such a host
        return "", "", ""
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


def _conclusions(found: Tags, fragment: str, touch: Touch, step: str, rules: str | RuleSet) -> Iterator[Notice]:
    if fragment and found != tags("") and tags(fragment) != tags(""):
        yield Notice("in_fragment", "#")
    yield Notice(f"step_{step.split(maxsplit=1)[0]}", "source", {"source": touch.source, "medium": touch.medium})
    yield verdict(touch, rules)


def verdict(touch: Touch, rules: str | RuleSet) -> Notice:
    """The channel, and the rule of the set that fired."""
    name = rules.name if isinstance(rules, RuleSet) else rules
    code = "channel" if touch.number else "channel_outside"
    return Notice(code, "channel", {"channel": touch.channel, "why": touch.rule, "rules": name, "number": touch.number})
