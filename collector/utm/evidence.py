"""The rules that need facts from around the link: the site, the dictionary, traffic, redirections.

A rule whose facts the `Context` does not have yields nothing.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote

from . import landing, sources
from .destination import host_of
from .query import EMPTY_TAGS, Tags, tags
from .registry import CAMPAIGN_NAMES, FIELDS, click_id
from .subject import Fault, Subject, subject

_ALIKE: Final = 0.85
_QUIET_HOURS: Final = 48  # a campaign without any click two days after its launch is worth a look


def internal(s: Subject) -> Iterator[Fault]:
    """L01. The link and the page it stands on belong to the same site."""
    own = [sources.bare_host(host) for host in s.context.own_hosts]
    host, page = sources.bare_host(host_of(s.url)), sources.bare_host(s.context.page_host)
    relative = page and s.url.startswith(("/", "?", "."))
    if s.tags[:6] != EMPTY_TAGS[:6] and sources.is_own(page, own) and (relative or sources.is_own(host, own)):
        names = {pair.text: None for pair in s.campaign()}
        yield "url", host or page, s.rewritten(names)


def not_in_dictionary(s: Subject) -> Iterator[Fault]:
    """L13. A spelling that the dictionary knows is corrected."""
    known = s.context.dictionary
    if not known or (s.context.arrived and s.tags == EMPTY_TAGS):
        return
    for notice in known.problems(s.tags):
        fix = None
        pair = next((pair for pair in s.campaign() if pair.name == f"utm_{notice.field}"), None)
        if pair and notice.code == "not_canonical":
            meant = known.canonical(notice.field, pair.value)
            fix = s.rewritten({pair.text: f"{pair.key}={quote(meant, safe='')}"})
        yield f"utm_{notice.field}", notice, fix


def lost_on_the_way(s: Subject) -> Iterator[Fault]:
    """L23. The last redirection's address must still have every parameter, unchanged."""
    if not s.context.hops:
        return
    last = subject(s.context.hops[-1], s.context)
    arrived = {pair.name: pair.value for pair in last.pairs}
    for pair in s.pairs:
        known = pair.name in CAMPAIGN_NAMES or click_id(pair.name)
        if known and pair.value and arrived.get(pair.name) != pair.value:
            yield pair.name, arrived.get(pair.name, ""), None


def dead(s: Subject) -> Iterator[Fault]:
    """L25."""
    status = s.context.status
    if status is not None and not 200 <= status < 300:
        yield "url", str(status), None


def nearly_the_same(s: Subject) -> Iterator[Fault]:
    """L27. Values that differ in their digits are different on purpose (spring-1, spring-2)."""
    for field, used in s.context.used.items():
        value = getattr(s.tags, field, None) if field in FIELDS else None
        if not value or value in used:
            continue
        near = next((other for other in sorted(used) if alike(value, other)), None)
        if near:
            yield f"utm_{field}", f"{value} ({near}?)", None


def rogue(s: Subject) -> Iterator[Fault]:
    """L30. Compared by campaign parameters: the page may differ."""
    issued = s.context.issued
    if issued is None or not s.context.arrived or s.tags[:6] == EMPTY_TAGS[:6]:
        return
    if s.tags[:6] not in {_known(url)[:6] for url in issued}:
        yield "url", " / ".join(filter(None, s.tags[:3])), None


def no_click(s: Subject) -> Iterator[Fault]:
    """L31."""
    if s.context.clicks == 0 and (s.context.hours or 0) >= _QUIET_HOURS:
        yield "url", f"{s.context.hours:g} h", None


def two_names(s: Subject) -> Iterator[Fault]:
    """L32."""
    names = s.context.names_by_id.get(s.tags.id or "", ())
    other = next((name for name in sorted(names) if name != s.tags.campaign), None)
    if s.tags.campaign and other:
        yield "utm_id", f"{s.tags.id}: {s.tags.campaign} / {other}", None


RULES: Final[dict[str, Callable[[Subject], Iterator[Fault]]]] = {
    "L01": internal,
    "L13": not_in_dictionary,
    "L23": lost_on_the_way,
    "L25": dead,
    "L27": nearly_the_same,
    "L30": rogue,
    "L31": no_click,
    "L32": two_names,
}


def _known(url: str) -> Tags:
    return tags(landing.query_of(url))


def alike(value: str, other: str) -> bool:
    """Whether two values are the same but for case, separators and a letter or two. Other digits are another value."""
    if re.findall(r"\d+", value) != re.findall(r"\d+", other):
        return False
    one, two = (re.sub(r"[\s._+-]+", "", text).lower() for text in (value, other))
    if one == two:
        return True
    match = difflib.SequenceMatcher(None, one, two)  # the two bounds are quick, and nearly always enough
    return match.real_quick_ratio() >= _ALIKE and match.quick_ratio() >= _ALIKE and match.ratio() >= _ALIKE
