"""Data quality: the books, which balance or do not, and what was mended, late, repeated or sent by programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.pages import comparison
from collector.pages.filters import Filters
from collector.pages.listing import Rows, listing
from collector.pages.panel import Panel
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.words import mark
from collector.reports.answer import Answer

_BOOKS: Final = ("accepted", "duplicate", "dropped", "refused")


def _ask(filters: Filters) -> dict[str, Question]:
    return {"rows": Question("quality", filters.spec())}


def _books(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """What arrived and what became of it, since the site was added: the books know no range."""
    words, found = sight.words, answers["rows"]
    sums = {name: sum(row["n"] for row in found.rows if row["outcome"] == name) for name in _BOOKS}
    told = {name: words.number(n) for name, n in sums.items()} | {"received": words.number(found.totals["received"])}
    rest = found.totals["received"] - found.totals["settled"]
    rows = [row for row in found.rows if row["outcome"] in _BOOKS]
    caption = words(mark("What became of everything that arrived, since the site was added"))
    return {
        "balanced": found.totals["balanced"],
        "sum": words(
            mark("%(received)s received = %(accepted)s accepted + %(duplicate)s duplicates + %(dropped)s dropped "
                 "+ %(refused)s refused"), **told,
        ),
        "rest": words.many("%(n)s event is not accounted for.", "%(n)s events are not accounted for.", abs(rest)),
        "table": listing(sight, Rows("rows", caption, ("outcome", "reason", "n"), rows, bars="n")),
    }  # fmt: skip


def _mended(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    return _kind(sight, answers, "flag", mark("Late, corrected or shortened, in this period"))


def _programs(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    return _kind(
        sight, answers, "bot", mark("Bot events in this period; bots that identify themselves are in no report")
    )


def _kind(sight: Sight, answers: Mapping[str, Answer], kind: str, caption: str) -> dict[str, Any]:
    rows, before = _of(answers["rows"], kind), comparison.earlier(answers, "rows")
    told = comparison.paired(sight.words, rows, None if before is None else _of(before, kind), ("reason",), "n")
    columns = comparison.columns(("reason", "n"), before, "n")
    return {"table": listing(sight, Rows("rows", sight.words(caption), columns, told, bars="n"))}


def _of(found: Answer, kind: str) -> list[dict[str, Any]]:
    return [row for row in found.rows if row["outcome"] == kind]


def _internal(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    n = answers["rows"].totals["tags_on_internal_links"]
    return {
        "sentence": sight.words.many(
            "%(n)s event came by a campaign tag on a link between own pages: it starts no session here.",
            "%(n)s events came by a campaign tag on a link between own pages: they start no session here.",
            n,
        )
    }  # fmt: skip


PANELS: Final = (
    Panel("books", mark("Event balance"), _ask, _books, "books", rests=False),
    Panel("mended", mark("Late or corrected"), comparison.beside(_ask), _mended, "listed", half=True),
    Panel("programs", mark("Bots"), comparison.beside(_ask), _programs, "listed", half=True),
    Panel("internal", mark("Tags on internal links"), _ask, _internal, "sentence"),
)
