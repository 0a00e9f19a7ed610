"""The overview: key figures, their days, where sessions come from, on what, and what stands behind all that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from collector.pages import behind, comparison
from collector.pages.comparison import NO_BREAK
from collector.pages.filters import Dimension, Filters
from collector.pages.listing import TITLES, Rows, listing, written
from collector.pages.panel import Panel
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.timeline import timeline
from collector.pages.words import UNKNOWN, Words, mark
from collector.reports.answer import Answer
from collector.reports.statistics import newcombe, wilson

DAYS: Final = 400  # rows of the chart at most
ROWS: Final = 10
_RATES: Final = {"bounce_rate": "bounces", "engagement_rate": "engaged_sessions"}  # and how many they are a share of
FIGURES: Final = (
    "visitors", "sessions", "page_views", "purchases", "bounce_rate", "engagement_rate", "avg_duration_ms"
)  # fmt: skip


class Figure(NamedTuple):
    """A key figure: what it is, in texts. `told`: its interval, or what it rests on; `changed`: against the
    time before, `sure` if that is more than chance would do."""

    name: str
    title: str
    values: Sequence[str]
    told: str = ""
    changed: str = ""
    before: str = ""
    sure: bool = False
    link: str = ""
    chosen: bool = False


def _ask_figures(filters: Filters) -> dict[str, Question]:
    asked = {"days": Question("overview", filters.part(limit=DAYS))}
    if earlier := filters.earlier():
        asked["before"] = Question("overview", earlier.part(limit=DAYS))
    return asked


def _figures(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    now, before = answers["days"], answers.get("before")
    chosen = sight.filters.one("figure", "visitors")
    chosen = chosen if chosen in FIGURES else "visitors"
    totals, earlier = now.totals, before.totals if before else None
    figures = [_figure(sight, name, totals, earlier, chosen) for name in FIGURES]
    figures.insert(4, _revenue(sight, totals, earlier))
    caption = sight.words(mark("Key figures by day"))
    columns = [column for column in now.columns if column in TITLES]
    return {
        "figures": figures,
        "empty": now.data.events == 0,
        "chart": timeline(sight, chosen, now.rows, before.rows if before else ()),
        "chosen": sight.words(TITLES[chosen]),
        "table": listing(sight, Rows("days", caption, columns, reversed(now.rows), notes=now.notes)),
        "against": sight.filters.compared(sight.words),
    }


def _figure(
    sight: Sight, name: str, totals: Mapping[str, Any], before: Mapping[str, Any] | None, chosen: str
) -> Figure:
    words, value = sight.words, totals.get(name)
    changed, told, sure = "", _interval(sight, name, totals), False
    if before is not None:
        changed, sure = _change(sight, name, totals, before)
    if name == "page_views":
        told = begun(words, totals)
    if name == "avg_duration_ms":
        told = words.many("of %(n)s session", "of %(n)s sessions", totals["sessions_with_duration"])
    return Figure(
        name, words(TITLES[name]), [written(words, name, value)], told, changed,
        written(words, name, before.get(name)) if before is not None else "", sure,
        "" if sight.facts.printed else sight.filters.with_own(figure=name), name == chosen,
    )  # fmt: skip


def begun(words: Words, totals: Mapping[str, Any]) -> str:
    """How many page views the sessions have that began in the period, as tables by source, channel and campaign count
    them; empty if they are as many as there were in it."""
    n = totals["page_views_in_sessions"]
    told = mark("%(n)s in sessions that began in this period")
    return "" if n == totals["page_views"] else words(told, n=words.number(n))


def _revenue(sight: Sight, totals: Mapping[str, Any], before: Mapping[str, Any] | None) -> Figure:
    words = sight.words
    told = words.moneys(totals["revenue"]) or [UNKNOWN]
    earlier = ", ".join(words.moneys(before["revenue"])) or UNKNOWN if before is not None else ""
    changed = _turnover(words, totals["revenue"], before["revenue"]) if before is not None else ""
    return Figure("revenue", words(mark("Revenue")), told, changed=changed, before=earlier, sure=bool(changed))


def _turnover(words: Words, now: Mapping[str, str], then: Mapping[str, str]) -> str:
    """The change of each currency that there was, the largest number first; a single one is not named."""
    known = sorted(((name, Decimal(text)) for name, text in then.items()), key=lambda item: -item[1])
    changes = [(name, words.change(float(Decimal(now.get(name, "0")) / was - 1))) for name, was in known if was > 0]
    several = len({*now, *then}) > 1
    return ", ".join(f"{name}{NO_BREAK}{change}" if several else change for name, change in changes)


def _interval(sight: Sight, name: str, totals: Mapping[str, Any]) -> str:
    """In what interval a rate lies, as far as so few sessions tell."""
    bounds = wilson(totals[_RATES[name]], totals["sessions"]) if name in _RATES else None
    if bounds is None:
        return ""
    low, high = (sight.words.percent(bound) for bound in bounds)
    return sight.words(mark("%(low)s to %(high)s"), low=low, high=high)


def _change(sight: Sight, name: str, totals: Mapping[str, Any], before: Mapping[str, Any]) -> tuple[str, bool]:
    """The change, in points for rates; and whether it is more than chance would do."""
    now, then = totals.get(name), before.get(name)
    if now is None or then is None:
        return "", False
    if name in _RATES:
        bounds = newcombe(before[_RATES[name]], before["sessions"], totals[_RATES[name]], totals["sessions"])
        sure = bounds is not None and (bounds[0] > 0 or bounds[1] < 0)
        return sight.words(mark("%(points)s points"), points=sight.words.points(now - then)), sure
    return (sight.words.change((now - then) / then), True) if then else ("", False)


def _by(*labels: Dimension, title: str) -> tuple[Any, Any]:
    """Sessions by some of their labels: what is asked, and what is shown."""

    def ask(filters: Filters) -> dict[str, Question]:
        return {"rows": Question("campaigns", filters.part(by=list(labels), limit=ROWS, visitors=False))}

    def show(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
        found, before = answers["rows"], comparison.earlier(answers, "rows")
        named = [*labels, "sessions", *(["engagement_rate"] if before is None else []), "conversion_rate"]
        columns = comparison.columns(named, before, "sessions", "conversion_rate")
        told = comparison.rows(sight.words, found, before, labels, "sessions", ("converted", "sessions"))
        links: dict[str, Dimension] = {label: label for label in labels}
        rows = Rows("rows", sight.words(title), columns, told, links, "sessions", found.notes)
        return {"table": listing(sight, rows)}

    return comparison.beside(ask), show


def _ask_pages(filters: Filters) -> dict[str, Question]:
    return {"rows": Question("pages", filters.part(limit=ROWS, times=False))}


def _pages(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found, before = answers["rows"], comparison.earlier(answers, "rows")
    columns = comparison.columns(["path", "views", "visitors", "entrances", "exits"], before, "views")
    caption = sight.words(mark("Pages by views"))
    told = comparison.rows(sight.words, found, before, ("path",), "views")
    rows = Rows("rows", caption, columns, told, {"path": "entry"}, "views", found.notes)
    return {"table": listing(sight, rows)}


_SOURCES: Final = _by("source", "medium", title=mark("Sessions by source and medium"))
_CHANNELS: Final = _by("channel", title=mark("Sessions by channel"))
_DEVICES: Final = _by("device", title=mark("Sessions by device"))
_COUNTRIES: Final = _by("country", title=mark("Sessions by country"))
PANELS: Final = (
    Panel("figures", mark("Key figures"), _ask_figures, _figures, "figures"),
    Panel("sources", mark("Sources"), *_SOURCES, "listed", half=True),
    Panel("channels", mark("Channels"), *_CHANNELS, "listed", half=True),
    Panel("pages", mark("Pages"), comparison.beside(_ask_pages), _pages, "listed"),
    Panel("devices", mark("Devices"), *_DEVICES, "listed", half=True),
    Panel("countries", mark("Countries"), *_COUNTRIES, "listed", half=True),
    behind.PANEL,
)
