"""The rules that need the link alone. Each takes a `Subject` and yields (parameter, what was found, corrected
link)."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote

from . import channel, destination, link, macros, personal, registry, sources
from .dictionary import RESERVED
from .query import EMPTY_TAGS, resplit, tags
from .subject import Fault, Pair, Subject

_CORE: Final = ("source", "medium", "campaign")
_MEDIUMS: Final = (
    "cpc",
    "ppc",
    "cpm",
    "paid_search",
    "paid_social",
    "paid_video",
    "retargeting",
    "display",
    "banner",
    "social",
    "video",
    "organic",
    "referral",
    "email",
    "affiliate",
    "audio",
    "sms",
    "push",
)
# Category of the source → what its visits cannot be.
_CONTRADICTIONS: Final = {
    "search": re.compile(r".*social.*|e-?mail|sm"),
    "social": re.compile(r"organic|e-?mail|.*search.*"),
    "video": re.compile(r"organic|e-?mail|.*search.*"),
    "email": re.compile(r"organic|.*social.*|.*search.*|cpc|ppc"),
}
_PAID_WORDS: Final = re.compile(
    r"(?:^|[^a-z])(?:paid|ads?|sponsored|sponso|remarketing|retargeting|pmax|boosted|sea|sem)(?:[^a-z]|$)|paid$"
)
_CP_WORDS: Final = frozenset(
    {
        "cpa",
        "cpc",
        "cpcv",
        "cpe",
        "cpf",
        "cpi",
        "cpl",
        "cpm",
        "cpo",
        "cps",
        "cpv",
        "vcpm",
        "ecpc",
        "ecpm",
        "dcpm",
    }
)
_TWICE: Final = re.compile(r"%25[0-9A-Fa-f]{2}")
_GOOGLE_IDS: Final = frozenset({"gclid", "gbraid", "wbraid", "gad_source", "gad_campaignid", "gclsrc"})
# Names that people give to a source and that no list of sources has.
_MISNOMERS: Final = {"meta": "facebook", "meta-ads": "facebook"}


def personal_data(s: Subject) -> Iterator[Fault]:
    """L02. What was found is the kind of thing, never the thing itself."""
    for pair in s.pairs:
        what = personal.kind(pair.value)
        if what or (pair.value and pair.name in personal.KEYS and not macros.found(pair.value)):
            yield pair.name, what or pair.name, None


def missing(s: Subject) -> Iterator[Fault]:
    """L03. An address from traffic is only held to it when it has some tag."""
    if not s.context.arrived or s.tags[:6] != EMPTY_TAGS[:6]:
        for field in _CORE:
            if not getattr(s.tags, field):
                yield f"utm_{field}", "", None


def capitals(s: Subject) -> Iterator[Fault]:
    """L04. Ids keep their case, and macros are not ours to rewrite."""
    for pair in s.campaign():
        if pair.name != "utm_id" and pair.value != pair.value.lower() and not macros.found(pair.value):
            yield pair.name, pair.value, _replaced(s, pair, pair.value.lower())


def spaces(s: Subject) -> Iterator[Fault]:
    """L05. Search terms are made of words: utm_term is left alone."""
    for pair in s.campaign():
        if pair.name != "utm_term" and re.search(r"\s", pair.value) and not macros.found(pair.value):
            yield pair.name, pair.value, _replaced(s, pair, re.sub(r"\s+", "-", pair.value))


def repeated(s: Subject) -> Iterator[Fault]:
    """L06. Repetitions of the same value can go; of several values, a person must choose."""
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in s.pairs:
        if pair.name in registry.CAMPAIGN_NAMES:
            groups[pair.name].append(pair)
    for name, pairs in groups.items():
        if len(pairs) > 1:
            values = list(dict.fromkeys(pair.value for pair in pairs))
            yield name, " | ".join(values), _once(s, name) if len(values) == 1 else None


def no_channel(s: Subject) -> Iterator[Fault]:
    """L07. The nearest medium that has a channel is the correction, when there is a near one."""
    medium = _lower(s.tags.medium)
    if not medium or macros.found(medium) or _PAID_WORDS.search(medium):
        return
    if _channel(s) == "Unassigned":
        close = difflib.get_close_matches(medium, _MEDIUMS, n=1, cutoff=0.8)
        yield "utm_medium", medium, _with(s, "utm_medium", close[0]) if close else None


def contradiction(s: Subject) -> Iterator[Fault]:
    """L08."""
    known = sources.named(_lower(s.tags.source))
    medium = _lower(s.tags.medium)
    if known and known.category in _CONTRADICTIONS and _CONTRADICTIONS[known.category].fullmatch(medium):
        yield "utm_medium", f"{known.name} + {medium}", None


def unrecognised_paid(s: Subject) -> Iterator[Fault]:
    """L09."""
    medium = _lower(s.tags.medium)
    if medium and not channel.is_paid(medium) and _PAID_WORDS.search(medium):
        turned = re.fullmatch(r"([a-z]+)([-_ ]?)paid", medium)
        yield "utm_medium", medium, _with(s, "utm_medium", f"paid_{turned.group(1)}") if turned else None


def accidental_paid(s: Subject) -> Iterator[Fault]:
    """L10."""
    medium = _lower(s.tags.medium)
    words = re.split(r"[^a-z]+", medium)
    if "cp" in medium and not medium.startswith("paid") and _CP_WORDS.isdisjoint(words):
        yield "utm_medium", medium, None


def accidental_shopping(s: Subject) -> Iterator[Fault]:
    """L11."""
    campaign = _lower(s.tags.campaign)
    known = sources.named(_lower(s.tags.source))
    if channel.is_shop(campaign) and "shopping" not in campaign and (not known or known.category != "shopping"):
        yield "utm_campaign", campaign, None


def other_name(s: Subject) -> Iterator[Fault]:
    """L12. A dictionary of sources has the last word."""
    source = _lower(s.tags.source)
    if not source or (s.context.dictionary and "source" in s.context.dictionary.fields):
        return
    known = sources.named(source)
    name = _MISNOMERS.get(source) or (known.name if known else source)
    if name != source:
        yield "utm_source", source, _with(s, "utm_source", name)


def reserved(s: Subject) -> Iterator[Fault]:
    """L14."""
    for pair in s.campaign():
        if pair.value.lower() in RESERVED:
            yield pair.name, pair.value, None


def macro(s: Subject) -> Iterator[Fault]:
    """L15. In traffic every macro is one too many; in a draft, one that is nearly a known one is misspelt."""
    for pair in s.campaign():
        for found in macros.found(pair.value):
            if s.context.arrived:
                yield pair.name, found, None
            elif not macros.known_anywhere(found) and (near := macros.nearest_anywhere(found)):
                yield pair.name, f"{found} ({near}?)", None


def encoded_twice(s: Subject) -> Iterator[Fault]:
    """L16."""
    for pair in s.campaign():
        if _TWICE.search(pair.raw):
            yield pair.name, pair.raw, s.rewritten({pair.text: pair.text.replace("%25", "%")})


def broken_query(s: Subject) -> Iterator[Fault]:
    """L17."""
    for pair in s.pairs:
        if pair.key.lower().startswith("amp;"):
            yield pair.name, pair.text, s.rewritten({pair.text: pair.text[4:]})
        elif "=" not in pair.text and (pair.name in registry.CAMPAIGN_NAMES):
            yield pair.name, pair.text, s.rewritten({pair.text: None})
        elif (split := resplit(pair.text)) != [pair.text]:
            yield pair.name, pair.text, s.rewritten({pair.text: "&".join(filter(None, split))})


def in_fragment(s: Subject) -> Iterator[Fault]:
    """L18. Only a fragment that is nothing but parameters can be moved."""
    if not s.fragment or tags(s.fragment) == EMPTY_TAGS:
        return
    body, _, fragment = s.url.partition("#")
    moved = None
    if fragment == s.fragment:
        moved = body + ("&" if "?" in body else "?") + fragment
    yield "#", s.fragment, moved


def too_long(s: Subject) -> Iterator[Fault]:
    """L19."""
    for pair in s.campaign():
        if len(pair.value) > link.LONG_VALUE:
            yield pair.name, str(len(pair.value)), None
    if len(s.url) > link.LONG_URL:
        yield "url", str(len(s.url)), None


def copied_click(s: Subject) -> Iterator[Fault]:
    """L20. In traffic a click id is where it belongs."""
    for pair in s.pairs:
        click = registry.click_id(pair.name)
        if click and click.privacy != "C" and not s.context.arrived:
            yield pair.name, click.vendor, s.rewritten({pair.text: None})


def tagged_twice(s: Subject) -> Iterator[Fault]:
    """L21."""
    google = next((pair.name for pair in s.pairs if pair.name in _GOOGLE_IDS), None)
    source, medium = _lower(s.tags.source), _lower(s.tags.medium)
    if google and source and (source != "google" or not channel.is_paid(medium)):
        yield "utm_source", f"{google} + {source} / {medium}", None


def untagged_click(s: Subject) -> Iterator[Fault]:
    """L22."""
    if s.context.arrived and s.tags.click_id and s.tags[:6] == EMPTY_TAGS[:6]:
        yield s.tags.click_id, registry.CLICK_IDS[s.tags.click_id].vendor, None


def not_https(s: Subject) -> Iterator[Fault]:
    """L24."""
    host = destination.host_of(s.url)
    if s.url.lower().startswith("http://") and host != "localhost" and not host.startswith("127."):
        yield "url", s.url[:7], None


def redirection(s: Subject) -> Iterator[Fault]:
    """L26."""
    if inner := destination.unwrap(s.url):
        yield "url", inner, None
    elif host := destination.shortener(s.url):
        yield "url", host, None


def lookalike(s: Subject) -> Iterator[Fault]:
    """L28. Names in capitals too: Google Analytics only reads small letters. Never renamed into a
    repetition."""
    present = {pair.name for pair in s.pairs}
    for pair in s.campaign():
        if pair.name in registry.CAMPAIGN_NAMES and pair.key.lower() == pair.name != pair.key:
            yield pair.name, pair.key, s.rewritten({pair.text: f"{pair.name}={pair.raw}"})
    for pair in s.pairs:
        name = re.sub(r"[\s.-]+", "_", pair.name)
        if pair.name in registry.CAMPAIGN_NAMES or registry.click_id(pair.name) or name[:2] != "ut":
            continue
        meant = difflib.get_close_matches(name, link.ORDER, n=1, cutoff=0.85)
        if meant:
            fix = s.rewritten({pair.text: f"{meant[0]}={pair.raw}"}) if meant[0] not in present else None
            yield pair.name, pair.key, fix
        elif name.startswith("utm_"):
            yield pair.name, pair.key, None


def secrets(s: Subject) -> Iterator[Fault]:
    """L29. The secret itself is not repeated."""
    if "@" in destination.authority(s.url):
        yield "url", "@", None
    if mark := destination.signed(frozenset(pair.name for pair in s.pairs)):
        yield mark, mark, None


RULES: Final[dict[str, Callable[[Subject], Iterator[Fault]]]] = {
    "L02": personal_data,
    "L03": missing,
    "L04": capitals,
    "L05": spaces,
    "L06": repeated,
    "L07": no_channel,
    "L08": contradiction,
    "L09": unrecognised_paid,
    "L10": accidental_paid,
    "L11": accidental_shopping,
    "L12": other_name,
    "L14": reserved,
    "L15": macro,
    "L16": encoded_twice,
    "L17": broken_query,
    "L18": in_fragment,
    "L19": too_long,
    "L20": copied_click,
    "L21": tagged_twice,
    "L22": untagged_click,
    "L24": not_https,
    "L26": redirection,
    "L28": lookalike,
    "L29": secrets,
}


def _lower(text: str | None) -> str:
    return (text or "").lower()


def _channel(s: Subject) -> str:
    source = _lower(s.tags.source) or channel.NOT_SET
    known = sources.named(source)
    facts = channel.Facts(
        source,
        _lower(s.tags.medium) or channel.NOT_SET,
        _lower(s.tags.campaign),
        known.name if known else source,
        known.category if known else "",
    )
    return channel.channel(facts).channel


def _replaced(s: Subject, pair: Pair, value: str) -> str:
    return s.rewritten({pair.text: f"{pair.key}={quote(value, safe='')}"})


def _with(s: Subject, name: str, value: str) -> str | None:
    """The link with the first `name` set to `value`; None when it stands in another family's parameter."""
    pair = next((pair for pair in s.campaign() if pair.name == name), None)
    return _replaced(s, pair, value) if pair else None


def _once(s: Subject, name: str) -> str:
    """The link with only the first of the parameters called `name`."""
    body, mark, fragment = s.url.partition("#")
    first = next(pair for pair in s.pairs if pair.name == name)
    kept = [pair.text for pair in s.pairs if pair.name != name or pair is first]
    return body.partition("?")[0] + "?" + "&".join(kept) + mark + fragment
