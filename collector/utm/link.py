"""Campaign links: built and undone by splicing the text, never by taking the address apart and writing it
anew.

Libraries that parse and rewrite an address change what is not theirs: order, `%20` and `+`, bare keys,
macros, signed values. Here every byte outside the campaign parameters stays as it was typed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Final, Literal, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from . import destination, macros, personal, registry
from .dictionary import Dictionary
from .query import fold, tags
from .sentences import BuildError, Notice

MAX_VALUE: Final = 420  # a campaign name was seen cut there in a Google Analytics export ...
LONG_VALUE: Final = 100  # ... and several vendors document this
MAX_URL: Final = 2048
LONG_URL: Final = 1000  # GA4 keeps that many characters of page_location

ORDER: Final = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_id",
    "utm_term",
    "utm_content",
    "utm_source_platform",
    "utm_creative_format",
    "utm_marketing_tactic",
]
_CORE: Final = frozenset(ORDER[:3])
_RANK: Final = {name: place for place, name in enumerate([*ORDER, *sorted(registry.CAMPAIGN_NAMES - {*ORDER})])}
_LAST: Final = len(_RANK)
# What a parameter is called by → its name and its place.
_NAMES: Final = {
    **{name: (name, rank) for name, rank in _RANK.items()},
    **{name.removeprefix("utm_"): (name, rank) for name, rank in _RANK.items() if name[:4] == "utm_"},
}
_BARE: Final = [name.removeprefix("utm_") for name in _RANK if name[:4] == "utm_"]
_OWN_NAME: Final = re.compile(r"utm_[a-z0-9][a-z0-9_-]{0,58}")
_ENCODED: Final = re.compile(r"%[0-9A-Fa-f]{2}")
# Values with nothing to encode but spaces, a line each, and with too few digits for a phone or a card.
_PLAIN: Final = re.compile(r"(?:[A-Za-z._~ -]*(?:[0-9][A-Za-z._~ -]*){0,8}(?:\n|$))*")
_POLICIES: Final = ("replace", "keep", "error", "fill")


class Options(NamedTuple):
    """How to build.

    `existing`: what happens to the same parameters already in the link. "replace" (in place), "keep" (a link
    that has any is left as it is), "error" (refuse another value), "fill" (only what is missing).
    `platform`: whose macros the values may hold ("meta", "google", "mailchimp" …).
    `encoded`: whether the values are already percent-encoded: no, yes, or "auto" (and say so).
    `in_fragment`: put the parameters into the route after # (`#/page?utm_…`), for sites that only read that.
    `schemes`: what a link may begin with. `assume_https`: complete `shop.example/x` instead of refusing it.
    `dictionary`: values are written as it means them, and refused where it does not allow them.
    """

    existing: Literal["replace", "keep", "error", "fill"] = "replace"
    platform: str | None = None
    encoded: bool | Literal["auto"] = False
    in_fragment: bool = False
    schemes: tuple[str, ...] = ("https", "http")
    assume_https: bool = False
    dictionary: Dictionary | None = None


class Link(NamedTuple):
    """A built link and what is worth knowing about it."""

    url: str
    warnings: tuple[Notice, ...] = ()


_DEFAULTS: Final = Options()


def build(url: str, campaign: Mapping[str, str | None], options: Options = _DEFAULTS) -> Link:
    """`url` with the parameters of `campaign` ({"source": …} or {"utm_source": …}; empty values are skipped).

    Every byte outside these parameters stays; building twice changes nothing. New parameters come last in the
    query, in a fixed order, before the fragment. Raises BuildError, with one sentence, for what must not be
    sent out.
    """
    if options is not _DEFAULTS:
        _refuse_unknown(options)
    notices: list[Notice] = []
    url = destination.cleaned(url, options.schemes, options.assume_https)
    values = _named(campaign, notices)
    if options.dictionary:
        _agree(values, options.dictionary, notices)
    lines = "\n".join(values.values())
    if not _is_plain(lines) or lines.count("\n") >= len(values):
        values = {name: _written(name, value, options, notices) for name, value in values.items()}
    elif " " in lines:
        values = {name: value.replace(" ", "%20") for name, value in values.items()}
    before, query, after = _cut(url, options.in_fragment)
    pairs = query.split("&") if query else []
    if pairs and not pairs[-1]:  # a & at the end is used, not doubled
        pairs.pop()
    keys = [pair.partition("=")[0] for pair in pairs]
    names = [key.lower() if key.isalnum() else fold(key) for key in keys]
    known = frozenset(names)
    notices += destination.judged(url, known)
    merged = _merge(pairs, names, values, options.existing, notices)
    built = f"{before}?{'&'.join(merged)}{after}" if merged != pairs else url
    if options.dictionary:
        notices += _disagreements(merged, options.dictionary)
    if len(built) > LONG_URL:
        notices.append(_length(built))
    if not values.keys() >= _CORE:
        notices += _missing(values.keys() | known)
    return Link(built, tuple(notices))


def _refuse_unknown(options: Options) -> None:
    """Raises BuildError for a policy or a platform that there is not."""
    if options.existing not in _POLICIES:
        raise BuildError("option_unknown", "existing", allowed=", ".join(_POLICIES), found=repr(options.existing))
    if options.platform is not None and options.platform not in macros.platforms():
        known = ", ".join(macros.platforms())
        raise BuildError("option_unknown", "platform", allowed=known, found=repr(options.platform))


def _missing(there: Collection[str]) -> list[Notice]:
    return [Notice("core_missing", core) for core in ORDER[:3] if core not in there]


def _is_plain(text: str) -> bool:
    """Whether nothing in `text` needs another look: short, no macro, no token, no long number."""
    return len(text) <= LONG_VALUE and "__" not in text and "eyJ" not in text and bool(_PLAIN.fullmatch(text))


def strip(url: str, what: Literal["utm", "campaign", "clicks", "all"] = "utm") -> str:
    """`url` without its utm_* parameters; or without those of every family, without click ids, or without both.

    Looks into the query and into a fragment that carries parameters. Takes an emptied `?` away; nothing else
    moves. Never raises.
    """
    body, mark, fragment = url.partition("#")
    route, directive, text = fragment.partition(":~:")
    head, question, tail = route.rpartition("?")
    kept = _strip_tail(head, question, tail, what) + directive + text
    return _strip_query(body, what) + (mark + kept if kept or not fragment else "")


def _strip_query(body: str, what: str) -> str:
    path, question, query = body.partition("?")
    kept = _without(query, what)
    return body if kept == query else path + question + kept if kept else path


def _strip_tail(head: str, question: str, tail: str, what: str) -> str:
    kept = _without(tail, what)
    return head + question + tail if kept == tail else head + question + kept if kept else head


def _without(query: str, what: str) -> str:
    pairs = query.split("&")
    kept = [pair for pair in pairs if not _is_of(fold(pair.partition("=")[0]), what)]
    return query if len(kept) == len(pairs) else "&".join(kept)


def _is_of(name: str, what: str) -> bool:
    campaign = name in registry.CAMPAIGN_NAMES or name.startswith("utm_")
    click = registry.click_id(name) is not None
    return {
        "utm": name.startswith("utm_"),
        "campaign": campaign,
        "clicks": click,
        "all": campaign or click,
    }[what]


def _named(campaign: Mapping[str, str | None], notices: list[Notice]) -> dict[str, str]:
    """Parameter name → value to write, in the fixed order; empty ones left out."""
    found: dict[str, str] = {}
    place, sorted_already = -1, True
    for key, value in campaign.items():
        name, rank = _NAMES.get(key) or (_own_name(key), _LAST)
        if value is None:
            continue
        if not isinstance(value, str):
            raise BuildError("value_type", name, found=type(value).__name__)
        if trimmed := value.strip():
            if found.setdefault(name, trimmed) != trimmed:
                raise BuildError("field_twice", name, found=repr(found[name]), other=repr(trimmed))
            if rank <= place:
                sorted_already = False
            place = rank
            if rank == _LAST:
                notices.append(Notice("own_parameter", name))
    return found if sorted_already else {name: found[name] for name in sorted(found, key=_rank)}


def _rank(name: str) -> tuple[int, str]:
    return _RANK.get(name, _LAST), name


def _own_name(key: str) -> str:
    """A utm parameter that a team made up. Raises BuildError for anything else, a misspelt name or one that points to a
    person."""
    bare = key.removeprefix("utm_")
    close = difflib.get_close_matches(bare, _BARE, n=1, cutoff=0.8 if bare != key else 0.6)
    if bare == key or close or not _OWN_NAME.fullmatch(key) or registry.click_id(key):
        raise BuildError("field_unknown", key, nearest=f"utm_{close[0]}" if close else "")
    return key


def _agree(values: dict[str, str], dictionary: Dictionary, notices: list[Notice]) -> None:
    """Write `values` as the dictionary means them."""
    for name, value in values.items():
        field = name.removeprefix("utm_")
        meant = value if macros.found(value) else dictionary.canonical(field, value)
        if meant != value:
            values[name] = meant
            notices.append(Notice("written_as", name, {"found": value, "meant": meant}))


def _disagreements(pairs: list[str], dictionary: Dictionary) -> list[Notice]:
    """What the dictionary says of the finished query. Raises BuildError for what it does not allow."""
    found = tags("&".join(pairs))
    notices: list[Notice] = []
    for notice in dictionary.problems(found):
        if macros.found(getattr(found, notice.field) or ""):
            continue  # what the platform will write there is not known yet
        if notice.code not in ("discouraged", "not_canonical"):
            raise BuildError(notice.code, f"utm_{notice.field}", **notice.facts)
        notices.append(notice._replace(field=f"utm_{notice.field}"))
    return notices


def _written(name: str, value: str, options: Options, notices: list[Notice]) -> str:
    """`value` as it is written into the link. Raises BuildError for what must not stand there."""
    value = _as_meant(name, value, options.encoded, notices)
    if what := destination.value_intruder(value):
        raise BuildError("value_inside", name, what=what)
    # A campaign id may well pass for a card or a phone number; other values are not made of digits.
    if not (name == "utm_id" and value.isdigit()) and (what := personal.kind(value)):
        raise BuildError("value_personal", name, what=what)
    if len(value) > MAX_VALUE:
        raise BuildError("value_too_long", name, length=len(value), limit=MAX_VALUE)
    if len(value) > LONG_VALUE:
        notices.append(Notice("long_value", name, {"length": len(value), "limit": LONG_VALUE}))
    return _quoted(name, value, options.platform)


def _as_meant(name: str, value: str, encoded: bool | str, notices: list[Notice]) -> str:
    found = _ENCODED.search(value)
    if not found or not encoded:
        if found:
            notices.append(Notice("encoded_value", name, {"found": found.group()}))
        return value
    try:
        meant = unquote_to_bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        if encoded == "auto":
            return value
        raise BuildError("value_encoding", name, found=found.group()) from None
    if encoded == "auto":
        notices.append(Notice("decoded_value", name, {"found": meant}))
    return meant


def _quoted(name: str, value: str, platform: str | None) -> str:
    """Percent-encoded UTF-8 with %20 for a space, which every decoder reads; macros left as they are."""
    found = macros.found(value)
    for macro in found:
        _allow(name, macro, platform)
    written = ""
    for macro in found:
        literal, _, value = value.partition(macro)
        written += quote(literal, safe="") + macro
    return written + quote(value, safe="")


def _allow(name: str, macro: str, platform: str | None) -> None:
    known = macros.platforms()
    if platform is None:
        raise BuildError("macro_platform", name, macro=macro, platforms=", ".join(known))
    if not known[platform].knows(macro):
        raise BuildError("macro_unknown", name, macro=macro, platform=platform, nearest=known[platform].nearest(macro))


def _cut(url: str, in_fragment: bool) -> tuple[str, str, str]:
    """`url` as (before the ?, query, the rest from # on)."""
    body, mark, fragment = url.partition("#")
    if not in_fragment:
        path, _, query = body.partition("?")
        return path, query, mark + fragment
    route, directive, text = fragment.partition(":~:")
    if not route.startswith(("/", "!")):
        raise BuildError("fragment_route", "url")
    path, _, query = route.partition("?")
    return body + mark + path, query, directive + text


def _merge(
    pairs: list[str], names: list[str], values: dict[str, str], existing: str, notices: list[Notice]
) -> list[str]:
    """`pairs` with `values` in their place; of a repeated parameter only the first place is kept."""
    for name in names:
        if name in _RANK or name[:4] == "utm_":
            break
    else:
        return [*pairs, *map("=".join, values.items())]
    present = {name: pair.partition("=")[2] for pair, name in reversed(list(zip(pairs, names, strict=True)))}
    filled = {name for name, value in present.items() if value}
    if existing == "keep" and any(name.startswith("utm_") for name in filled):
        return pairs
    for name in filter(filled.__contains__, dict.fromkeys(names)):
        if name in values and existing == "error" and present[name] != values[name]:
            raise BuildError("tag_conflict", name, found=repr(present[name]))
        if name not in values and name.startswith("utm_"):
            notices.append(Notice("others_kept", name, {"found": present[name]}))
    left = {n: v for n, v in values.items() if not (existing == "fill" and n in filled)}
    ours, merged = frozenset(left), []
    for pair, name in zip(pairs, names, strict=True):
        if name not in ours:
            merged.append(pair)
        elif name in left:
            merged.append(f"{name}={left.pop(name)}")
    return merged + [f"{name}={value}" for name, value in left.items()]


def _length(url: str) -> Notice:
    if len(url) > MAX_URL:
        raise BuildError("url_too_long", "url", length=len(url), limit=MAX_URL)
    return Notice("long_url", "url", {"length": len(url), "limit": LONG_URL})
