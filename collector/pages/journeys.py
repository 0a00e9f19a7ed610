"""Journeys: which pages follow one another, as a picture and as a table; before or after a page or an event."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from collector.charts import Column, Drawing, Flow, Node, flow
from collector.pages import behind, comparison
from collector.pages.asked import faults
from collector.pages.filters import Fault, Filters
from collector.pages.listing import Cell, Head, Listing, length
from collector.pages.panel import Panel
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.words import UNKNOWN, Words, mark
from collector.reports.answer import Answer
from collector.reports.caution import thin
from collector.reports.statistics import ratio

OWN: Final = ("through", "event", "direction", "length")
MOST: Final = 1_000  # journeys that the picture is made of
ROWS: Final = 15
NODES: Final = 6  # of a column; the rest is one
LENGTHS: Final = ("2", "3", "4", "5", "6")
DIRECTIONS: Final = {"after": mark("what comes after it"), "before": mark("what led there")}
_NEXT: Final = re.compile(r" > (?=/)")


class Way(NamedTuple):
    """A journey: its pages, each with its place in the picture, how many took it, and how many went no further."""

    pages: tuple[tuple[int, str], ...]
    sessions: int
    ended: int


def _spec(filters: Filters) -> dict[str, Any]:
    asked: dict[str, Any] = {"limit": MOST, "length": _length(filters), "direction": filters.one("direction", "after")}
    asked |= {name: filters.one(name) for name in ("through", "event") if filters.one(name)}
    return filters.part(**asked)


def _length(filters: Filters) -> int | str:
    text = filters.one("length", "4")
    return int(text) if text.isdecimal() else text


def _faults(filters: Filters) -> dict[str, Fault]:
    return faults("journeys", _spec(filters))


def _ask_none(_: Filters) -> dict[str, Question]:
    return {}


def _form(sight: Sight, _: Mapping[str, Answer]) -> dict[str, Any]:
    filters = sight.filters
    length = filters.one("length", "4")
    return {
        "shared": filters._replace(own=()).pairs(),
        "held": {name: filters.one(name) for name in OWN} | {"length": length},
        "lengths": LENGTHS if length in LENGTHS else (*LENGTHS, length),
        "directions": DIRECTIONS,
        "faults": _faults(filters),
    }


def _ask(filters: Filters) -> dict[str, Question]:
    return {} if _faults(filters) else {"journeys": Question("journeys", _spec(filters))}


def _show(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found, words = answers.get("journeys"), sight.words
    if found is None:
        return {"found": None}
    totals, before = found.totals, found.spec["direction"] == "before"
    earlier = comparison.earlier(answers, "journeys")
    rest = totals["sessions"] - totals["shown"]
    return {
        "found": found,
        "empty": not totals["sessions"],
        "before": before,
        "summary": words.many("%(n)s session; %(converted)s with a purchase.",
                              "%(n)s sessions; %(converted)s of them with a purchase.", totals["sessions"],
                              converted=words.number(totals["converted"])),
        "compared": _compared(words, totals, earlier.totals) if earlier else "",
        "rest": words.many("%(n)s session on a rarer journey is not in the chart.",
                           "%(n)s sessions on rarer journeys are not in the chart.", rest) if rest else "",
        "chart": picture(words, ways(found.rows, found.spec["length"], before), before),
        "table": _table(sight, found, earlier),
        "notes": _notes(words, found),
    }  # fmt: skip


def _table(sight: Sight, found: Answer, earlier: Answer | None = None) -> Listing:
    """The most frequent journeys. Those of an earlier time leave no room for what became of them beside their rate."""
    words, before = sight.words, found.spec["direction"] == "before"
    fate = (mark("Entrances") if before else mark("Went no further"), mark("With a purchase"))
    shares = [title for title in comparison.PART if earlier is not None]
    titles = (mark("Journey"), mark("Sessions"), *shares[:2], mark("Share"), *shares[2:],
              *(() if earlier else fate), mark("Conversion rate"),
              *([mark("Change of the rate, in points")] if earlier is not None else []))  # fmt: skip
    heads = [Head(words(title), n > 0) for n, title in enumerate(titles)]
    caption = words(mark("The most frequent journeys"))
    rows = _rows(words, found.rows[:ROWS]) if earlier is None else _beside(words, found, earlier)
    notes = comparison.cut(words, earlier is None or _whole(earlier))
    return Listing(caption, heads, rows, "journeys", sight.questions["journeys"], notes)


def _whole(found: Answer) -> bool:
    """Whether its rows are all that there are."""
    return bool(found.totals["shown"] == found.totals["sessions"])


def _beside(words: Words, found: Answer, earlier: Answer) -> list[list[Cell]]:
    """The journeys with what each was. The rarest ones of an earlier time are cut off: then one that is not among
    those known is not known to have been none."""
    known = {row["journey"]: row for row in earlier.rows}
    wholes = found.totals["sessions"], earlier.totals["sessions"]
    nothing = {"sessions": 0, "converted": 0} if _whole(earlier) else None
    listed = []
    for row, cells in zip(found.rows, _rows(words, found.rows[:ROWS]), strict=False):
        was = known.get(row["journey"], nothing)
        then = None if was is None else (was["sessions"], wholes[1])
        before, change, shift = comparison.part(words, (row["sessions"], wholes[0]), then)
        rates = ((one["converted"], one["sessions"]) for one in (row, was or {"converted": 0, "sessions": 0}))
        rate = comparison.share(words, *rates).bare or UNKNOWN
        listed.append([*cells[:2], Cell(before), Cell(change), cells[2], Cell(shift), cells[-1], Cell(rate)])
    return listed


def _told(sight: Sight, answers: Mapping[str, Answer]) -> list[Listing]:
    found = answers["journeys"]
    return [_table(sight, found)._replace(notes=_notes(sight.words, found))]


def _notes(words: Words, found: Answer) -> list[str]:
    """What the report says of itself; of rows that rest on few, how many of those that stand in the table, as far as
    they are told."""
    told = [row for row in found.rows[:ROWS] if isinstance(row["sessions"], int)]
    said = [note for note in found.notes if note.code != "thin"]
    return [words.note(note) for note in (*said, *thin(told, "sessions", "sessions"))]


def _compared(words: Words, now: Mapping[str, Any], then: Mapping[str, Any]) -> str:
    """How many sessions there were, and the share of them with a purchase."""
    told = words.many("Before: %(n)s session (%(change)s).", "Before: %(n)s sessions (%(change)s).", then["sessions"],
                      change=comparison.number(words, now["sessions"], then["sessions"]).told)  # fmt: skip
    pairs = ((totals["converted"], totals["sessions"]) for totals in (now, then))
    shift = comparison.share(words, *pairs)
    return told + (" " + words(mark("With a purchase: %(told)s."), told=shift.told) if shift.told else "")


def _rows(words: Words, listed: Sequence[Mapping[str, Any]]) -> list[list[Cell]]:
    most = max((length(row["share"]) or 0 for row in listed), default=0) or 1
    return [
        [
            Cell(row["journey"]),
            Cell(words.number(row["sessions"])),
            Cell(words.percent(row["share"]), None, length(row["share"], most)),
            *(Cell(words.number(row[name])) for name in ("ended", "converted")),
            Cell(words.percent(row["conversion_rate"])),
        ]
        for row in listed
    ]


def ways(rows: Sequence[Mapping[str, Any]], length: int, before: bool) -> list[Way]:
    """The journeys of a report. Those before a page end in the last column, the others begin in the first one."""
    found = []
    for row in rows:
        pages = _NEXT.split(row["journey"])
        first = length - len(pages) if before else 0
        found.append(Way(tuple(enumerate(pages, max(first, 0))), row["sessions"], row["ended"]))
    return found


def picture(words: Words, found: Sequence[Way], before: bool = False) -> Drawing | None:
    """The journeys as columns of pages and the ways between them; the rarer pages of a column are one node."""
    length = max((place + 1 for way in found for place, _ in way.pages), default=0)
    seen: list[Counter[str]] = [Counter() for _ in range(length)]
    ended: Counter[tuple[int, str]] = Counter()
    for way in found:
        for place, page in way.pages:
            seen[place][page] += way.sessions
        ended[way.pages[-1]] += 0 if before else way.ended
    if not length:
        return None
    named = [
        [page for page, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:NODES]] for counts in seen
    ]
    columns = [_column(words, place, named[place], seen[place], ended) for place in range(length)]
    moved: Counter[tuple[int, int, int]] = Counter()
    for way in found:
        for (place, page), (_, after) in zip(way.pages, way.pages[1:], strict=False):
            moved[place, _index(named[place], page), _index(named[place + 1], after)] += way.sessions
    flows = [
        Flow(place, source, target, n, f"{columns[place].nodes[source].label} → "
             f"{columns[place + 1].nodes[target].label} · {words.number(n)}")
        for (place, source, target), n in sorted(moved.items())
    ]  # fmt: skip
    return flow(words(mark("Page flow")), columns, flows)


def _index(named: Sequence[str], page: str) -> int:
    """A page's node: the last one if it has none of its own."""
    return named.index(page) if page in named else len(named)


def _column(
    words: Words, place: int, named: Sequence[str], seen: Counter[str], ended: Counter[tuple[int, str]]
) -> Column:
    rest = [page for page in seen if page not in named]
    groups = [([page], page) for page in named]
    groups += [(rest, words.many("%(n)s other page", "%(n)s other pages", len(rest)))] if rest else []
    nodes = [
        Node(label, sum(seen[page] for page in pages), sum(ended[place, page] for page in pages),
             words.number(sum(seen[page] for page in pages)))
        for pages, label in groups
    ]  # fmt: skip
    whole, gone = sum(seen.values()), sum(ended[place, page] for page in seen)
    told = {"n": place + 1, "sessions": words.number(whole), "share": words.percent(ratio(gone, whole))}
    title = mark("Page %(n)s: %(sessions)s, %(share)s end") if gone else mark("Page %(n)s: %(sessions)s")
    return Column(words(title, **told), nodes)


PANELS: Final = (
    Panel("journey", mark("Which journeys"), _ask_none, _form, "journey"),
    Panel("journeys", mark("Paths visitors take"), comparison.beside(_ask), _show, "journeys", told=_told),
    behind.PANEL,
)
