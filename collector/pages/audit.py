"""The audit of campaign links: how sound their tags are, what issued ones brought, what got lost, what is misspelt."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from collector.pages import behind, comparison
from collector.pages.filters import Filters
from collector.pages.listing import FINDINGS, Listing, Rows, length, listing
from collector.pages.notes import many
from collector.pages.panel import Panel
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.words import Words, mark
from collector.reports.answer import Answer
from collector.reports.remark import remark

LIMIT: Final = 2_000  # rows of the report, which has campaigns first
ROWS: Final = 100  # of a table
_FIELDS: Final = {
    "source": mark("Source"), "medium": mark("Medium"), "campaign": mark("Campaign"), "term": mark("Term"),
    "content": mark("Content"), "id": mark("Campaign id"), "path": mark("Page"),
}  # fmt: skip
_WAY: Final = ("lost", "lost_all", "no_session")
_APART: Final = (*_WAY, "campaign", "link", "unissued")  # which have tables of their own
_AGREED: Final = ("outside", "spelling")  # what only a dictionary tells
UNCHECKED: Final = mark("no dictionary")
_BEST: Final = 101  # behind every score
_TABLES: Final[tuple[tuple[str, str, Sequence[str], Sequence[str]], ...]] = (
    (
        mark("Campaigns, lowest score first"), mark("No session began with a tagged link."),
        ("campaign",), ("campaign", "sessions", "converted", "score"),
    ),
    (
        mark("Issued links"), mark("No link to this site has been issued: make one on the page Links."),
        ("link",), ("code", "target", "clicks", "sessions", "converted"),
    ),
    (
        mark("Between the short link and the page"), mark("Nothing was lost."),
        _WAY, ("finding", "code", "parameter", "expected", "clicks", "sessions"),
    ),
    (
        mark("Names and tags to correct"), mark("Nothing to correct."),
        [name for name in FINDINGS if name not in _APART], ("finding", "sessions", "field", "value", "nearest"),
    ),
    (
        mark("Names that no issued link has"),
        mark("Every tagged visit came by an issued link, or none has been issued."),
        ("unissued",), ("campaign", "sessions", "converted"),
    ),
)  # fmt: skip
_ASKED: Final = mark(
    "The score is the share, of 100, of these questions that a campaign’s sessions answer with yes: "
    "are source, medium and campaign there, are they written as agreed, does the dictionary allow them, "
    "do they lead to a channel, did the platform fill its placeholders in?"
)
SINCE: Final = mark(
    "Looked for since a first link to this site was issued here: visits by older links, or by others, are among them."
)
COUNTS: Final = (
    ("tagged", many("session that a tagged link began", "sessions that a tagged link began")),
    ("outside", many("value that the dictionary does not have", "values that the dictionary does not have")),
    ("spelling", many("value in another spelling", "values in another spelling")),
    ("near_duplicate", many("near-duplicate value", "near-duplicate values")),
    ("macro", many("placeholder left as it was", "placeholders left as they were")),
    (
        "internal",
        many("page reached by tagged links of its own site", "pages reached by tagged links of their own site"),
    ),
    (
        "lost",
        many("parameter lost between a short link and its page", "parameters lost between a short link and its page"),
    ),
    ("unissued", many("name that no issued link has", "names that no issued link has")),
)


STRANGERS: Final = many(  # where there are some: without a link none is looked for, and they seem to come all at once
    "name that no issued link has, looked for since the first one was issued",
    "names that no issued link has, looked for since the first one was issued",
)


def _ask(filters: Filters) -> dict[str, Question]:
    return {"rows": Question("utm_audit", filters.part(limit=LIMIT))}


def _show(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    words, found, before = sight.words, answers["rows"], comparison.earlier(answers, "rows")
    figures = comparison.facts(words, _facts(words, found), _facts(words, before) if before else ())
    version = found.totals["dictionary"] or words(UNCHECKED)
    figures.append((words(mark("version of the dictionary")), version, None))
    return {"figures": figures, "tables": _tables(sight, found), "notes": [words.note(note) for note in found.notes]}


def held(words: Words, totals: Mapping[str, Any], name: str) -> Any:
    """A count of the audit; of what only a dictionary tells, that there is none."""
    return totals[name] if totals["dictionary"] or name not in _AGREED else words(UNCHECKED)


def _facts(words: Words, found: Answer) -> list[comparison.Fact]:
    totals = found.totals
    agreed = mark("score of all tagged sessions, of 100")
    loose = mark("score of all tagged sessions, of 100, not held against a dictionary")
    return [
        comparison.Fact(agreed if totals["dictionary"] else loose, totals["score"]),
        comparison.Fact(mark("share of sessions without a channel"), totals["unassigned_rate"],
                        (totals["unassigned"], totals["sessions"]), share=True),
        *(comparison.Fact(STRANGERS if name == "unissued" and totals[name] else title, held(words, totals, name))
          for name, title in COUNTS),
    ]  # fmt: skip


def _tables(sight: Sight, found: Answer) -> list[tuple[Listing, str]]:
    """Each table, and what it says when it is empty."""
    return [
        (_table(sight, caption, columns, _of(found, kinds)), sight.words(empty))
        for caption, empty, kinds, columns in _TABLES
    ]


def _told(sight: Sight, answers: Mapping[str, Answer]) -> list[Listing]:
    """The tables that have rows."""
    found = answers["rows"]
    listed = [listing for listing, _ in _tables(sight, found) if listing.rows]
    notes = [sight.words.note(note) for note in found.notes]
    return [*listed[:-1], listed[-1]._replace(notes=[*listed[-1].notes, *notes])] if listed else []


def _of(found: Answer, kinds: Collection[str]) -> list[dict[str, Any]]:
    """The rows of these kinds, the least sound first; what a row says of a link stands under names of its own."""
    rows = [_named(row) for kind in kinds for row in found.rows if row["finding"] == kind]
    return sorted(rows, key=lambda row: row["score"] if length(row["score"]) is not None else _BEST)


def _named(row: dict[str, Any]) -> dict[str, Any]:
    lost = row["finding"] == "lost"
    parameter = {"parameter": row["value"], "expected": row["nearest"]} if lost else {}
    return {**row, "code": row["field"], "target": row["value"], "campaign": row["value"], **parameter}


def _field(name: str) -> str:
    """What the page calls a part of a link; a parameter keeps its name."""
    return _FIELDS.get(name, name)


def _table(sight: Sight, caption: str, columns: Sequence[str], rows: list[dict[str, Any]]) -> Listing:
    """The first rows, their findings and fields in words."""
    words = sight.words
    told = [{**row, "field": words(_field(row["field"])),
             "way": way(sight, row)} for row in rows[:ROWS]]  # fmt: skip
    notes: list[str] = [remark("more_rows", n=len(rows) - ROWS)] if len(rows) > ROWS else []
    notes += [_ASKED] if "score" in columns else []
    notes += [SINCE] if any(row["finding"] == "unissued" for row in rows) else []
    return listing(sight, Rows("rows", sight.words(caption), columns, told, notes=notes, ways="sessions"))


def way(sight: Sight, row: Mapping[str, Any]) -> str | None:
    """Where a row's sessions are looked at: the Overview of them alone."""
    query = sight.filters.chosen(row["where"]) if row.get("where") and row["sessions"] else None
    return None if query is None else f"{sight.facts.root}/sites/{quote(sight.filters.site)}/overview?{query}"


_TITLE: Final = mark("Tags found, and tags expected")
PANELS: Final = (Panel("audit", _TITLE, comparison.beside(_ask), _show, "audit", told=_told), behind.PANEL)
