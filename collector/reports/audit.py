"""Campaign links as they arrive, judged: which names nobody agreed on, which are nearly the same, which links nobody
issued, and how far a campaign's figures can be trusted.

The score of a campaign is the share, in hundredths, of these questions that its sessions answer with yes, each asked of
each session: are source, medium and campaign there? are they written as agreed (without a dictionary: in small letters,
without blanks)? does the dictionary allow them? do they lead to a channel? did the platform fill its macros in?

Which parameters got lost between a short link and its page is told without following anybody: a visit that says less
than an issued link, and nothing else, is taken for one of that link's when it landed on the link's page or still names
its campaign (`lost`, for each parameter that is missing). Of links that fit alike the one with the most clicks is
named. Where all parameters are gone, nothing ties a visit to a link: then it is told that there were clicks, and on the
same days visits on the link's page without any campaign, and none with (`lost_all`); or no visit at all (`no_session`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from collector.utm import Dictionary, Tags
from collector.utm.dictionary import nearest
from collector.utm.evidence import alike
from collector.utm.macros import found as macros
from collector.utm.registry import FIELDS

_COMPARED: Final = 200  # of a field, so many of its most frequent values are compared with each other
_CORE: Final = ("source", "medium", "campaign")
_SPELLING: Final = frozenset({"not_canonical", "discouraged"})

_NONE: Final[Mapping[tuple[str, int], int]] = {}

Row = dict[str, Any]


class Landing(NamedTuple):
    """Sessions that began with the same parameters: as the link said them, and as they were taken.

    `page`: host and path where they began, if an issued link leads there.
    """

    said: Tags
    source: str
    medium: str
    campaign: str | None
    channel: str
    sessions: int
    converted: int
    page: str | None = None


class Issued(NamedTuple):
    """A link that was issued: its code, its address, its parameters, how often people clicked it, the page (host and
    path) where it leads, and the UTC days (since 1970) on which it was clicked."""

    code: str
    target: str
    tags: Tags
    clicks: int
    page: str = ""
    days: frozenset[int] = frozenset()


Bare = Mapping[tuple[str, int], int]
"""Page (host and path) and UTC day → sessions that began there without a campaign."""


def findings(
    landings: Sequence[Landing], issued: Sequence[Issued], dictionary: Dictionary | None, bare: Bare = _NONE
) -> tuple[list[Row], int | None]:
    """Every row of the report but those about internal links, and the score of all sessions (None without any)."""
    rows = [
        *_campaigns(landings, dictionary),
        *_links(landings, issued, bare),
        *(_outside(landings, dictionary) if dictionary else ()),
        *_macros(landings),
        *_near_duplicates(landings, dictionary),
    ]
    return rows, _score(landings, dictionary)


def _campaigns(landings: Sequence[Landing], dictionary: Dictionary | None) -> list[Row]:
    groups: dict[tuple[str, str, str], list[Landing]] = defaultdict(list)
    for landing in landings:
        groups[(landing.source, landing.medium, landing.campaign or "")].append(landing)
    rows = [
        {
            "finding": "campaign",
            "value": " / ".join(filter(None, key)),
            **_sums(group),
            "score": _score(group, dictionary),
        }
        for key, group in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row["sessions"], row["value"]))


def _links(landings: Sequence[Landing], issued: Sequence[Issued], bare: Bare) -> Iterator[Row]:
    """Links and what came of them: what got lost on the way, clicks without a session, sessions without a link."""
    arrived: dict[tuple[str | None, ...], list[Landing]] = defaultdict(list)
    for landing in landings:
        arrived[landing.said[:6]].append(landing)
    strangers = {said: came for said, came in arrived.items() if said not in {link.tags[:6] for link in issued}}
    parts = shortened([one for came in strangers.values() for one in came], issued)
    for link in issued:
        came = arrived.get(link.tags[:6], [])
        row = {"field": link.code, "value": link.target, "clicks": link.clicks}
        yield {"finding": "link", **row, **_sums(came)}
        yield from _lost(link, parts[link.code])
        if link.clicks and not came and not parts[link.code]:
            seen = sum(bare.get((link.page, day), 0) for day in link.days)
            yield {"finding": "lost_all" if seen else "no_session", **row, **_sums([]), "sessions": seen}
    known = {one for came in parts.values() for one in came}
    for said, came in strangers.items():
        if issued and (left := [one for one in came if one not in known]):
            yield {"finding": "unissued", "value": " / ".join(filter(None, said)), **_sums(left)}


def _lost(link: Issued, came: Sequence[Landing]) -> Iterator[Row]:
    """A row for each parameter that was missing when visits of the link arrived: its name, and what it said."""
    for field in FIELDS:
        value = getattr(link.tags, field)
        if lacking := [one for one in came if value and not getattr(one.said, field)]:
            row = {"finding": "lost", "field": link.code, "value": f"utm_{field}", "nearest": value}
            yield {**row, "clicks": link.clicks, **_sums(lacking)}


def shortened(landings: Sequence[Landing], issued: Sequence[Issued]) -> dict[str, list[Landing]]:
    """Code → the landings that are the link's, but say less than it does."""
    holders: dict[tuple[str, str], set[int]] = defaultdict(set)
    for place, link in enumerate(issued):
        for pair in _values(link.tags):
            holders[pair].add(place)
    found: dict[str, list[Landing]] = defaultdict(list)
    for landing in landings:
        if not (sets := sorted((holders.get(pair, set()) for pair in _values(landing.said)), key=len)):
            continue
        fitting = [issued[place] for place in sets[0].intersection(*sets[1:])]
        named = landing.said.campaign or landing.said.id
        if likely := [link for link in fitting if named or link.page == landing.page]:
            best = min(likely, key=lambda link: (link.page != landing.page, -link.clicks, link.code))
            found[best.code].append(landing)
    return found


def _outside(landings: Sequence[Landing], dictionary: Dictionary) -> list[Row]:
    """Values that the dictionary does not have, with the nearest it has, and those it writes another way."""
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for landing in landings:
        for notice in dictionary.problems(landing.said):
            value = getattr(landing.said, notice.field) or ""
            if notice.code == "not_canonical":
                counted[("spelling", notice.field, value, dictionary.canonical(notice.field, value))] += (
                    landing.sessions
                )
            elif notice.code not in _SPELLING:
                near = nearest(dictionary, notice.field, value)
                counted[("outside", notice.field, value, near)] += landing.sessions
    return [_row(*key, n) for key, n in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]


def _macros(landings: Sequence[Landing]) -> list[Row]:
    counted: Counter[tuple[str, str]] = Counter()
    for landing in landings:
        for field, value in _values(landing.said):
            for macro in macros(value):
                counted[(field, macro)] += landing.sessions
    return [_row("macro", field, macro, "", n) for (field, macro), n in sorted(counted.items(), key=_often)]


def _near_duplicates(landings: Sequence[Landing], dictionary: Dictionary | None) -> Iterator[Row]:
    """Values that differ from a more frequent one in case, separators or a letter or two."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for landing in landings:
        said = dictionary.apply(landing.said) if dictionary else landing.said
        for field, value in _values(said):
            if field not in ("id", "term"):
                counted[field][value] += landing.sessions
    for field, values in counted.items():
        often = [value for value, _ in sorted(values.items(), key=_often)][:_COMPARED]
        for place, value in enumerate(often):
            if twin := next((other for other in often[:place] if alike(value, other)), None):
                yield _row("near_duplicate", field, value, twin, values[value])


def _score(landings: Iterable[Landing], dictionary: Dictionary | None) -> int | None:
    passed = asked = 0
    for landing in landings:
        answers = _answers(landing, dictionary)
        passed += sum(answers) * landing.sessions
        asked += len(answers) * landing.sessions
    return round(100 * passed / asked) if asked else None


def _answers(landing: Landing, dictionary: Dictionary | None) -> list[bool]:
    said = landing.said
    codes = {notice.code for notice in dictionary.problems(said)} if dictionary else set()
    spelt = "not_canonical" not in codes
    if dictionary is None:
        spelt = all(value == value.lower() and " " not in value for _, value in _values(Tags(*said[:3])))
    return [
        all(getattr(said, field) for field in _CORE),
        spelt,
        codes <= _SPELLING,
        landing.channel != "Unassigned",
        not any(macros(value) for _, value in _values(said)),
    ]


def _values(said: Tags) -> Iterator[tuple[str, str]]:
    return ((field, value) for field in FIELDS if (value := getattr(said, field)))


def _sums(landings: Sequence[Landing]) -> Row:
    return {"sessions": sum(one.sessions for one in landings), "converted": sum(one.converted for one in landings)}


def _row(finding: str, field: str, value: str, near: str, sessions: int) -> Row:
    return {"finding": finding, "field": field, "value": value, "nearest": near or None, "sessions": sessions}


def _often(item: tuple[Any, int]) -> tuple[int, Any]:
    return -item[1], item[0]
