"""A page as it is shared: its charts and tables, without links, without small counts, without anything of one person.

What a panel draws computes with every figure. Here small cells are hidden first, and all that is shown is made of what
is left: so what is hidden can lead nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from markupsafe import Markup

from collector.charts import Drawing
from collector.event import Site
from collector.pages.carts import STATES
from collector.pages.comparison import BEFORE
from collector.pages.drawing import draw
from collector.pages.filters import Fault, Filters, read
from collector.pages.listing import TITLES, Head, written
from collector.pages.masked import chart
from collector.pages.panel import Page
from collector.pages.question import Question
from collector.pages.registry import PAGES, PAGES_SHARED
from collector.pages.sight import Facts, Sight
from collector.pages.words import UNKNOWN, Words, mark
from collector.reports.answer import Answer
from collector.reports.small import HIDDEN
from collector.reports.spec import SpecError

_REPORTS: Final = frozenset({"overview", "pages", "campaigns", "channels", "funnel", "abandonment", "journeys",
                             "attribution", "consent", "quality", "utm_audit"})  # fmt: skip
# What reports call what their pages draw in other words; None: said better by its neighbours.
_TITLES: Final[dict[str, str | None]] = {
    "label": mark("Step"), "reached": mark("Reached"), "dropped": mark("Stopped before"), "abandoned": mark("Given up"),
    "rate_total": mark("Of the first step"), "rate_step": mark("Of the step before"), "p50_ms": mark("Half within"),
    "p90_ms": mark("Nine in ten within"), "rate": mark("Share"), "next": mark("Most often next"),
    "carts": mark("Carts"), "value": mark("Worth"), "revenue": mark("Worth"), "credit": mark("Conversions"),
    "assisted": mark("Assisted"), "assist_ratio": mark("Assists for each closed"), "touches": mark("Touches"),
    "days_p50": mark("Half within"), "days_p90": mark("Nine in ten within"), "journey": mark("Journey"),
    "ended": mark("Went no further"), "exit_rate": mark("Share"), "bounces": None,
    "step": None, "mean_ms": None,
}  # fmt: skip
_AUDITED: Final = ("utm_audit",)  # whose values are no worth
_OF_ONE: Final = frozenset({"members", "explain", "sessions"})  # what asks for single persons


class Table(NamedTuple):
    """An answer as texts."""

    caption: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[str]]
    totals: Sequence[tuple[str, str]]
    notes: Sequence[str]
    chart: Drawing | None = None


def page_of(name: str) -> Page | None:
    """The page of that name, if it may be shared."""
    return PAGES.get(name) if name in PAGES_SHARED else None


def view_of(page: Page, site: Site, filters: str, now: int) -> tuple[Filters, list[Fault]]:
    """The view that was shared, as of now (ms UTC)."""
    return read(site.name, site.timezone, now, parse_qsl(filters), page.own)


def demand(name: str, site: Site, filters: str, now: int) -> None:
    """Raise `SpecError` where there is no such page to share, or no such view of it."""
    page = page_of(name)
    if page is None:
        pages = ", ".join(name for name in PAGES_SHARED if name in PAGES)
        raise SpecError(
            "page", "%(field)s: expected one of %(pages)s, not %(value)s", pages=pages, value=repr(name[:64])
        )
    for fault in view_of(page, site, filters, now)[1]:
        raise SpecError("filters", "%(field)s: %(value)s", value=fault.sentence % fault.values)


def questions(page: Page, filters: Filters) -> dict[str, Question]:
    """What the page asks that may be shared, by the panel's title; once, whoever asks."""
    asked: dict[str, Question] = {}
    for panel in page.panels:
        if panel.name == "behind" and page.name not in ("consent", "quality"):
            continue  # events by day and notice: more than the page is about
        for name, question in panel.ask(filters).items():
            reports = {"funnel"} if page.name == "funnels" else _REPORTS  # beside it lists of what to choose from
            open_ = question.report in reports and not _OF_ONE & set(question.spec)
            if open_ and not name.startswith(BEFORE) and question not in asked.values():
                asked[panel.title if panel.title not in asked else f"{panel.title} {name}"] = question
    return asked


def table(sight: Sight, title: str, answer: Answer) -> Table:
    """An answer, small cells hidden already, as it is shown."""
    words, notes = sight.words, [sight.words.note(note) for note in answer.notes]
    titles = {**TITLES, **({} if answer.report in _AUDITED else _TITLES)}
    known = [column for column in answer.columns if column in titles or any(row.get(column) for row in answer.rows)]
    columns = [column for column in known if titles.get(column, column)]
    rows = [[_text(words, column, row.get(column)) for column in columns] for row in answer.rows]
    totals = [(words(TITLES[key]), _text(words, key, value)) for key, value in sums(answer).items()]
    told = [(column, [row.get(column) for row in answer.rows]) for column in columns]
    heads = [Head(words(titles.get(column) or column), _numeric(values)) for column, values in told]
    return Table(words(title), heads, rows, totals, notes, chart(sight, title, answer))


def sums(answer: Answer) -> dict[str, Any]:
    """The totals that are told. Others are parts or sums of cells, from which hidden ones could be worked out."""
    return {key: value for key, value in answer.totals.items() if key in TITLES}


def drawn(words: Words, page: Page, filters: Filters, facts: Facts, tables: Sequence[Table], least: int) -> Markup:
    """The whole page."""
    return draw("shared", words, page=page, filters=filters, facts=facts, tables=tables, least=least)


def _numeric(values: Sequence[Any]) -> bool:
    """Whether a column holds numbers, some of them hidden perhaps."""
    return any(isinstance(value, int | float) or value is HIDDEN for value in values)


def _text(words: Words, column: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(words.moneys({k: str(v) for k, v in value.items() if len(k) == 3})) or UNKNOWN
    if column == "state" and value in STATES:
        return words(STATES[value])
    if isinstance(value, float) and column.startswith("rate"):
        return words.percent(value)
    return UNKNOWN if isinstance(value, list) else written(words, column, value)
