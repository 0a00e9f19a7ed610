"""The audit of campaign links: how sound their tags are, what issued ones brought, what got lost, what is misspelt."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from collector.pages.filters import Filters
from collector.pages.listing import Listing, Rows, listing
from collector.pages.panel import Panel
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.words import mark
from collector.reports.answer import Answer

LIMIT: Final = 2_000  # rows of the report, which has campaigns first
ROWS: Final = 100  # of a table
FINDINGS: Final = {
    "lost": mark("a parameter was lost on the way"),
    "lost_all": mark("visits on its page, none with its parameters"),
    "no_session": mark("clicks, and no visit"),
    "outside": mark("not in the dictionary"),
    "spelling": mark("not written as the dictionary has it"),
    "near_duplicate": mark("nearly the same as another name"),
    "macro": mark("a placeholder that nobody filled in"),
    "internal": mark("a tag on a link inside the site"),
    "unissued": mark("no link was issued with these names"),
}
_WAY: Final = ("lost", "lost_all", "no_session")
_COUNTS: Final = (
    ("tagged", mark("sessions that a tagged link began")),
    ("outside", mark("values that the dictionary does not have")),
    ("spelling", mark("values in another spelling")),
    ("near_duplicate", mark("values nearly the same")),
    ("macro", mark("placeholders left as they were")),
    ("internal", mark("pages reached by tagged links of their own site")),
    ("lost", mark("parameters lost between a short link and its page")),
    ("unissued", mark("names that no issued link has")),
)


def _ask(filters: Filters) -> dict[str, Question]:
    return {"rows": Question("utm_audit", filters.part(limit=LIMIT))}


def _show(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    words, found = sight.words, answers["rows"]
    totals = found.totals
    figures = [
        (words(mark("score of all tagged sessions, of 100")), words.number(totals["score"])),
        (words(mark("share of sessions that no channel fits")), words.percent(totals["unassigned_rate"])),
        *((words(title), words.number(totals[name])) for name, title in _COUNTS),
        (words(mark("version of the dictionary")), totals["dictionary"] or words(mark("no dictionary"))),
    ]
    return {"figures": figures, "tables": _tables(sight, found), "notes": [words.note(note) for note in found.notes]}


def _tables(sight: Sight, found: Answer) -> list[tuple[Listing, str]]:
    """Each table, and what it says when it is empty."""
    words = sight.words
    scored = [row for row in found.rows if row["finding"] == "campaign"]
    scored.sort(key=lambda row: (row["score"] if row["score"] is not None else 101, -(row["sessions"] or 0)))
    links = [_named(row, target=row["value"]) for row in found.rows if row["finding"] == "link"]
    way = [
        _named(row, parameter=row["value"] if row["nearest"] else None, expected=row["nearest"])
        for row in _of(found, _WAY)
    ]
    names = [name for name in FINDINGS if name not in _WAY]
    return [
        (
            _table(
                sight, mark("Campaigns, the least sound first"), ("value", "sessions", "converted", "score"), scored
            ),
            words(mark("No session began with a tagged link.")),
        ),
        (
            _table(sight, mark("Issued links"), ("code", "target", "clicks", "sessions", "converted"), links),
            words(mark("No link to this site has been issued: make one on the page Links.")),
        ),
        (
            _table(
                sight,
                mark("Between the short link and the page"),
                ("finding", "code", "parameter", "expected", "clicks", "sessions"),
                way,
            ),
            words(mark("Nothing got lost.")),
        ),
        (
            _table(
                sight,
                mark("Names and tags to mend"),
                ("finding", "field", "value", "nearest", "sessions"),
                _of(found, names),
            ),
            words(mark("Nothing to mend.")),
        ),
    ]


def _named(row: dict[str, Any], **columns: Any) -> dict[str, Any]:
    """A row about a link, with its columns under their own names."""
    return {**row, "code": row["field"], **columns}


def _of(found: Answer, kinds: Collection[str]) -> list[dict[str, Any]]:
    return [row for kind in kinds for row in found.rows if row["finding"] == kind]


def _table(sight: Sight, caption: str, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> Listing:
    """The first rows, their findings in words."""
    told = [{**row, "finding": sight.words(FINDINGS.get(row["finding"], ""))} for row in rows[:ROWS]]
    more = [f"{len(rows) - ROWS} more rows"] if len(rows) > ROWS else []
    return listing(sight, Rows("rows", sight.words(caption), columns, told, notes=more))


PANELS: Final = (Panel("audit", mark("What the links said, and what they should have"), _ask, _show, "audit"),)
