"""A page as it is shared: its charts and tables, without links, without small counts, without anything of one person.

What a panel draws computes with every figure. Here small cells are hidden first, and all that is shown is made of what
is left: so what is hidden can lead nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from markupsafe import Markup

from collector.event import Site
from collector.pages import builder
from collector.pages.comparison import BEFORE
from collector.pages.drawing import draw
from collector.pages.filters import Fault, Filters, read
from collector.pages.listing import TITLES, Listing, Rows, listing, written
from collector.pages.masked import chart, titled
from collector.pages.panel import Page, Panel
from collector.pages.period import Span
from collector.pages.question import Question
from collector.pages.registry import PAGES, PAGES_SHARED
from collector.pages.sight import Facts, Sight
from collector.pages.words import Words, mark
from collector.reports.answer import Answer
from collector.reports.small import hidden
from collector.reports.spec import SpecError

_REPORTS: Final = frozenset({"overview", "pages", "campaigns", "channels", "funnel", "abandonment", "journeys",
                             "attribution", "consent", "quality", "utm_audit"})  # fmt: skip
_UNTOLD: Final = frozenset({"bounces", "step", "mean_ms"})  # columns that are said better by their neighbours
_TIMES: Final = frozenset({"avg_time_ms", "timed"})  # columns that are empty where the page does not ask for them
_SUMMED: Final = frozenset({"pages", "campaigns", "channels"})  # their totals are sums of their rows
VIEWS: Final = mark(
    "Page views are those of this period here. By source, channel, device or country they are those of the sessions "
    "that began in it."
)
_OF_ONE: Final = frozenset({"members", "explain", "sessions"})  # what asks for single persons


class Part(NamedTuple):
    """A panel as it is shared: its title, its sums as texts, its tables; `cut`: whether the sums are of the rows that
    are shown, and there may be more; `told`: what is to be known of the sums."""

    title: str
    totals: Sequence[tuple[str, str]]
    tables: Sequence[Listing]
    cut: bool = False
    told: str = ""


def page_of(name: str) -> Page | None:
    """The page of that name, if it may be shared."""
    return PAGES.get(name) if name in PAGES_SHARED else None


def view_of(page: Page, site: Site, filters: str, now: int) -> tuple[Filters, list[Fault]]:
    """The view that was shared, as of now (ms UTC)."""
    return read(site.name, site.timezone, now, parse_qsl(filters), page.own)


def chosen(name: str, site: Site, filters: str, now: int, saved: Mapping[str, Any] = MappingProxyType({})) -> str:
    """The view that is shared, as a page's query: that of `filters`, on the page Funnels with the first one of `saved`
    where it names none, as the page itself opens. Raises `SpecError` where there is no such page to share, no such view
    of it, or nothing that the view shows. A comparison is left out."""
    page = page_of(name)
    if page is None:
        pages = ", ".join(name for name in PAGES_SHARED if name in PAGES)
        raise SpecError(
            "page", "%(field)s: expected one of %(pages)s, not %(value)s", pages=pages, value=repr(name[:64])
        )
    view, faults = view_of(page, site, filters, now)
    for fault in faults:
        raise SpecError("filters", fault.sentence, **fault.values)
    if view.compare != "none":
        view = view._replace(compare="none", against=Span(None, None))  # no shared page shows it
        filters = view.query() or "range=30d"
    if page.name == "funnels":
        view, filters = _funnel(view, filters, saved)
    if not questions(page, view):
        raise SpecError("filters", "%(field)s: nothing would be shown; look at the page for what is wrong with it")
    return filters


def _funnel(view: Filters, filters: str, saved: Mapping[str, Any]) -> tuple[Filters, str]:
    """The view with a funnel in it, and its query."""
    opened = builder.opened(view, saved)
    first = opened.one("saved") if opened is not view else ""
    asked = builder.form(opened)
    if asked.saved and asked.saved not in saved:
        there = ", ".join(saved) or "none"
        raise SpecError("filters", "%(field)s: there is no saved funnel %(name)s; there are: %(there)s",
                        name=repr(asked.saved[:64]), there=there)  # fmt: skip
    if not asked.steps and not asked.saved:
        raise SpecError("filters", "%(field)s: there is no funnel to share: name its steps, as in "
                        "step=/cart&step=purchase, or save one first")  # fmt: skip
    return opened, "&".join(part for part in (filters, f"saved={first}" if first else "") if part)


def questions(page: Page, filters: Filters) -> list[tuple[Panel, dict[str, Question]]]:
    """What each panel asks that may be shared; once, whoever asks."""
    asked: list[tuple[Panel, dict[str, Question]]] = []
    known: list[Question] = []
    for panel in page.panels:
        if panel.name == "behind" and page.name not in ("consent", "quality"):
            continue  # events by day and notice: more than the page is about
        reports = {"funnel"} if page.name == "funnels" else _REPORTS  # beside it lists of what to choose from
        found = {
            name: question
            for name, question in panel.ask(filters).items()
            if question.report in reports and not _OF_ONE & set(question.spec) and not name.startswith(BEFORE)
        }
        if any(question not in known for question in found.values()):
            asked.append((panel, found))
            known += found.values()
    return asked


def masked(panel: Panel, answer: Answer, least: int) -> Answer:
    """An answer of a panel, its small cells hidden."""
    return hidden(panel.parted(answer) if panel.parted else answer, least)


def part(sight: Sight, panel: Panel, answers: Mapping[str, Answer]) -> Part:
    """A panel's answers, small cells hidden already, as they are shown: in the panel's own words."""
    words, first = sight.words, next(iter(answers.values()))
    tables = panel.told(sight, answers) if panel.told else [_plain(sight, panel, *one) for one in answers.items()]
    if not any(table.chart for table in tables):
        drawn = {
            name: (chart(sight, panel.title, answer), titled(sight, panel.title, answer))
            for name, answer in answers.items()
        }
        tables = [table._replace(chart=one[0], drawn=one[1]) if (one := drawn.pop(table.name, None)) else table
                  for table in tables]  # fmt: skip
    totals = [(words(TITLES[key]), written(words, key, value)) for key, value in sums(first).items()]
    cut = first.report in _SUMMED and len(first.rows) >= first.spec["limit"]
    return Part(words(panel.title), totals, tables, cut, words(VIEWS) if _spilt(first) else "")


def _spilt(answer: Answer) -> bool:
    """Whether the sessions that began in the period have other page views than there were in it."""
    views = answer.totals.get("page_views")
    return isinstance(views, int) and answer.totals.get("page_views_in_sessions", views) != views


def _plain(sight: Sight, panel: Panel, name: str, answer: Answer) -> Listing:
    """An answer's rows as they are."""
    known = [column for column in answer.columns if column in TITLES or any(row.get(column) for row in answer.rows)]
    columns = [column for column in known if column not in _UNTOLD]
    columns = [column for column in columns if column not in _TIMES or any(row.get(column) for row in answer.rows)]
    return listing(sight, Rows(name, sight.words(panel.title), columns, answer.rows, notes=answer.notes))


def sums(answer: Answer) -> dict[str, Any]:
    """The totals that are told. Others are parts or sums of cells, from which hidden ones could be worked out."""
    if answer.report in ("abandonment", "funnel"):
        return {}  # all of them are, or mean something else than on other pages
    return {key: value for key, value in answer.totals.items() if key in TITLES}


def drawn(words: Words, page: Page, filters: Filters, facts: Facts, parts: Sequence[Part], least: int) -> Markup:
    """The whole page."""
    return draw("shared", words, page=page, filters=filters, facts=facts, parts=parts, least=least)
