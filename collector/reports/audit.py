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

A row's `where` are conditions on sessions (`session_where` of any report) that its sessions fulfil, and no others; null
where conditions cannot tell them apart.
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
Where = list[list[Any]]
_Spelt = Counter[tuple[str, str]]


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
    twins = Counter(_folded(key) for key in groups)
    rows = [
        {
            "finding": "campaign",
            "value": " / ".join(filter(None, key)),
            **_sums(group),
            "score": _score(group, dictionary),
            "where": _named(key) if twins[_folded(key)] == 1 and _plain(key) else _written(group, landings),
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
        row = {"field": link.code, "value": link.target, "clicks": link.clicks, "where": _same(link.tags[:6])}
        yield {"finding": "link", **row, **_sums(came)}
        yield from _lost(link, parts[link.code])
        if link.clicks and not came and not parts[link.code]:
            seen = sum(bare.get((link.page, day), 0) for day in link.days)
            found = {"finding": "lost_all" if seen else "no_session", "where": None}
            yield {**row, **found, **_sums([]), "sessions": seen}
    known = {one for came in parts.values() for one in came}
    for said, came in strangers.items():
        if issued and (left := [one for one in came if one not in known]):
            value, where = " / ".join(filter(None, said)), _same(said) if left == came else None
            yield {"finding": "unissued", "value": value, **_sums(left), "where": where}


def _lost(link: Issued, came: Sequence[Landing]) -> Iterator[Row]:
    """A row for each parameter that was missing when visits of the link arrived: its name, and what it said."""
    for field in FIELDS:
        value = getattr(link.tags, field)
        if lacking := [one for one in came if value and not getattr(one.said, field)]:
            row = {"finding": "lost", "field": link.code, "value": f"utm_{field}", "nearest": value}
            yield {**row, "clicks": link.clicks, **_sums(lacking), "where": None}


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
    every = _spelt(landings)
    return [
        _row(*key, n, _having(every, key[1], [key[2]], n))
        for key, n in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    ]


def _macros(landings: Sequence[Landing]) -> list[Row]:
    counted: Counter[tuple[str, str]] = Counter()
    raw: dict[tuple[str, str], set[str]] = defaultdict(set)
    for landing in landings:
        for field, value in _values(landing.said):
            for macro in macros(value):
                counted[(field, macro)] += landing.sessions
                raw[(field, macro)].add(value)
    every = _spelt(landings)
    return [
        _row("macro", field, macro, "", n, _having(every, field, raw[(field, macro)], n))
        for (field, macro), n in sorted(counted.items(), key=_often)
    ]


def _near_duplicates(landings: Sequence[Landing], dictionary: Dictionary | None) -> Iterator[Row]:
    """Values that differ from a more frequent one in case, separators or a letter or two."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    raw: dict[tuple[str, str], set[str]] = defaultdict(set)
    for landing in landings:
        said = dictionary.apply(landing.said) if dictionary else landing.said
        for field, value in _values(said):
            if field not in ("id", "term"):
                counted[field][value] += landing.sessions
                raw[(field, value)].add(getattr(landing.said, field))
    every = _spelt(landings)
    for field, values in counted.items():
        often = [value for value, _ in sorted(values.items(), key=_often)][:_COMPARED]
        for place, value in enumerate(often):
            if twin := next((other for other in often[:place] if alike(value, other)), None):
                where = _having(every, field, raw[(field, value)], values[value])
                yield _row("near_duplicate", field, value, twin, values[value], where)


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


def _row(finding: str, field: str, value: str, near: str, sessions: int, where: Where | None) -> Row:
    told = {"finding": finding, "field": field, "value": value, "nearest": near or None}
    return {**told, "sessions": sessions, "where": where}


def _spelt(landings: Iterable[Landing]) -> _Spelt:
    """How many sessions' links have a value in a field, letter by letter."""
    counted: _Spelt = Counter()
    for landing in landings:
        for pair in _values(landing.said):
            counted[pair] += landing.sessions
    return counted


def _having(every: _Spelt, field: str, raw: Iterable[str], n: int) -> Where | None:
    """The condition that the link has one of these values; None if other sessions than the `n` have one too."""
    values = sorted(set(raw))
    if not all(values) or sum(every[(field, value)] for value in values) != n:
        return None
    return [_one_of(field, values)]


def _named(key: tuple[str, str, str]) -> Where:
    """That a link began the session, and what it was taken to mean."""
    pairs = zip(("source", "medium", "campaign"), key, strict=True)
    return [["link", "exists", None], *([name, "eq", value] if value else [name, "missing", None]
                                        for name, value in pairs)]  # fmt: skip


def _written(group: Sequence[Landing], landings: Iterable[Landing]) -> Where | None:
    """That the link named source, medium and campaign as the links of this group do, letter by letter; None if links of
    other groups fulfil that too."""
    names = {field: {getattr(one.said, field) or "" for one in group} for field in _CORE}
    some = {field: values for field, values in names.items() if values == {""} or "" not in values}
    others = sum(one.sessions for one in landings if all((getattr(one.said, key) or "") in some[key] for key in some))
    if others != sum(one.sessions for one in group):
        return None
    return [["link", "exists", None], *(_one_of(field, values) for field, values in some.items())]


def _one_of(field: str, values: Iterable[str]) -> list[Any]:
    """That the link has one of these values in the field; of the empty one alone, that it has none."""
    first, *more = sorted(values)
    if more:
        return [f"link.{field}", "in", [first, *more]]
    return [f"link.{field}", "eq", first] if first else [f"link.{field}", "missing", None]


def _plain(key: tuple[str, str, str]) -> bool:
    """Whether both the engine and what asks it write these names alike in small letters: İ and a last Σ they do not."""
    return all(name.isascii() and name == name.strip() for name in key)


def _folded(key: tuple[str, str, str]) -> tuple[str, ...]:
    """What names have in common that `eq` takes for the same: letters in any case, and numbers, 01 and 1.0."""
    return tuple(_number(name) or "".join(letter.lower()[0] for letter in name) for name in key)


def _number(name: str) -> str:
    try:
        return repr(float(name.removeprefix("+")))
    except ValueError:
        return ""


def _same(said: Sequence[str | None]) -> Where:
    """That the link said this, and nothing else."""
    return [_one_of(field, [value or ""]) for field, value in zip(FIELDS, said, strict=True)]


def _often(item: tuple[Any, int]) -> tuple[int, Any]:
    return -item[1], item[0]
