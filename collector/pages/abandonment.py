"""Where people give up: carts and what they were worth, checkouts, forms, pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.charts import Bar, bars
from collector.pages import behind, carts, checkout, comparison
from collector.pages.carts import ROWS
from collector.pages.filters import Filters
from collector.pages.listing import Cell, Head, Listing, length
from collector.pages.panel import Panel
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.words import UNKNOWN, mark
from collector.reports.answer import Answer

OWN: Final = ("group", "step", "per")
PAGES: Final = 15


def _ask_forms(filters: Filters) -> dict[str, Question]:
    return {"forms": Question("abandonment", filters.part(type="form"))}


def _forms(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found, words, before = answers["forms"], sight.words, comparison.earlier(answers, "forms")
    totals = found.totals
    parts = [
        Bar(row["field"], row["drop"], f"{words.percent(row['drop'])} · {words.number(row['last'])}", hatched=True)
        for row in sorted(found.rows, key=lambda row: -row["last"])[:ROWS]
    ]
    told = {"gone": words.number(totals["abandoned"]), "starters": words.number(totals["starters"]),
            "rate": words.percent(totals["abandon_rate"])}  # fmt: skip
    return {
        "empty": not totals["starters"] and not totals["views"],
        "summary": words(mark("%(gone)s of %(starters)s who began a form abandoned it (%(rate)s)."), **told),
        "compared": before and comparison.sentence(words, comparison.share(words, *map(_gone, (found, before)))),
        "chart": bars(words(mark("Last field before abandoning")), parts) if parts else None,
        "table": _fields(sight, found),
        "notes": [words.note(note) for note in found.notes],
    }


def _fields(sight: Sight, found: Answer) -> Listing:
    words = sight.words
    titles = (mark("Field"), mark("Touched"), mark("Last before abandoning"), mark("Share"), mark("Returned to it"),
              mark("Median hesitation"), mark("Median fill-in time"))  # fmt: skip
    rows = [
        [Cell(row["field"]), Cell(words.number(row["touched"])), Cell(words.number(row["last"])),
         Cell(words.percent(row["drop"])), Cell(words.number(row["returned"])),
         Cell(words.duration(row["hesitation_ms"])), Cell(words.duration(row["time_ms"]))]
        for row in found.rows
    ]  # fmt: skip
    caption = words(mark("Fields of forms"))
    heads = [Head(words(title), n > 0) for n, title in enumerate(titles)]
    return Listing(caption, heads, rows, "forms", sight.questions["forms"])


def _forms_told(sight: Sight, answers: Mapping[str, Answer]) -> list[Listing]:
    return [_fields(sight, answers["forms"])]


def _gone(found: Answer) -> tuple[int, int]:
    return found.totals["abandoned"], found.totals["starters"]


def _ask_pages(filters: Filters) -> dict[str, Question]:
    return {"pages": Question("abandonment", filters.part(type="page", limit=PAGES))}


def _pages(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    return {"table": _exits(sight, answers["pages"], comparison.earlier(answers, "pages"))}


def _exits(sight: Sight, found: Answer, before: Answer | None = None) -> Listing:
    words = sight.words
    shifts = comparison.rows(words, found, before, ("page",), "sessions", ("exits", "sessions"))
    titles = (mark("Page"), mark("Sessions"), mark("Exits"), mark("Share"),
              *([mark("Change of the rate, in points")] if before else []), mark("Entrances"),
              mark("Bounce rate"))  # fmt: skip
    rows = [
        [Cell(row["page"]), Cell(words.number(row["sessions"])), Cell(words.number(row["exits"])),
         Cell(words.percent(row["exit_rate"]), None, length(row["exit_rate"])),
         *([Cell(row["shift"] or UNKNOWN)] if before else []), Cell(words.number(row["entrances"])),
         Cell(words.percent(row["bounce_rate"]))]
        for row in shifts
    ]  # fmt: skip
    caption = words(mark("Pages by exits"))
    heads = [Head(words(title), n > 0) for n, title in enumerate(titles)]
    notes = [words.note(note) for note in found.notes]
    return Listing(caption, heads, rows, "pages", sight.questions["pages"], notes)


def _pages_told(sight: Sight, answers: Mapping[str, Answer]) -> list[Listing]:
    return [_exits(sight, answers["pages"])]


PANELS: Final = (
    Panel("carts", mark("Carts"), comparison.beside(carts.ask), carts.show, "carts", told=carts.told),
    Panel("by", mark("Where carts come from"), comparison.beside(carts.ask_by), carts.show_by, "losses",
          told=carts.told_by, parted=carts.parted),
    Panel("checkout", mark("Checkout"), comparison.beside(checkout.ask, 1), checkout.show, "checkout",
          told=checkout.told),
    Panel("forms", mark("Forms"), comparison.beside(_ask_forms), _forms, "forms", told=_forms_told),
    Panel("pages", mark("Exit pages"), comparison.beside(_ask_pages), _pages, "listed", told=_pages_told),
    behind.PANEL,
)  # fmt: skip
