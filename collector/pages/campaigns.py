"""Campaigns: what sessions came by, under the names that are counted and those that the links carried, and how sound
the tags are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from collector.charts import Bar, bars
from collector.pages import behind, comparison
from collector.pages.audit import COUNTS, held, way
from collector.pages.filters import Dimension, Filters
from collector.pages.listing import Rows, listing, written
from collector.pages.notes import many
from collector.pages.panel import Panel
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.words import Words, mark
from collector.reports.answer import Answer

ROWS: Final = 50
_DRAWN: Final = 8
_KEYS: Final[tuple[Dimension, ...]] = ("source", "medium", "campaign")
_LINKS: Final[dict[str, Dimension]] = {key: key for key in _KEYS}
_NAMES: Final = ("utm.source", "source", "utm.medium", "medium")
_RATES: Final = (
    "sessions",
    "bounce_rate",
    "engagement_rate",
    "converted",
    "conversions",
    "conversion_rate",
    "low",
    "high",
)

_SPARED: Final = ("bounce_rate", "converted")  # which leave their place to what was


def _ask_campaigns(filters: Filters) -> dict[str, Question]:
    return {"rows": Question("campaigns", filters.part(limit=ROWS))}


def _campaigns(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    words, found, before = sight.words, answers["rows"], comparison.earlier(answers, "rows")
    caption = words(mark("Sessions by source, medium and campaign"))
    rows = Rows("rows", caption, *_compared(sight, _KEYS, found, before), _LINKS, "sessions", found.notes)
    totals = found.totals
    told = words.many(
        "%(n)s of %(sessions)s sessions has a purchase: %(rate)s (%(low)s to %(high)s).",
        "%(n)s of %(sessions)s sessions have a purchase: %(rate)s (%(low)s to %(high)s).",
        totals["converted"], sessions=words.number(totals["sessions"]),
        rate=words.percent(totals["conversion_rate"]), low=words.percent(totals["low"]),
        high=words.percent(totals["high"]),
    ) if totals["sessions"] else ""  # fmt: skip
    if before is not None:
        told += " " + comparison.sentence(words, comparison.share(words, *map(_bought, (totals, before.totals))))
    return {"told": told, "chart": _chart(sight, found), "table": listing(sight, rows)}


def _compared(
    sight: Sight, keys: Sequence[Dimension], found: Answer, before: Answer | None
) -> tuple[list[str], list[dict[str, Any]]]:
    """The columns and the rows, with what they were where that is asked."""
    named = _RATES if before is None else [name for name in _RATES if name not in _SPARED]
    columns = comparison.columns((*keys, *named), before, "sessions", "high")
    return columns, comparison.rows(sight.words, found, before, keys, "sessions", ("converted", "sessions"))


def _bought(totals: Mapping[str, Any]) -> tuple[int, int]:
    return totals["converted"], totals["sessions"]


def _chart(sight: Sight, found: Answer) -> Any:
    """Conversion rates of the largest, with their intervals: whose whiskers overlap may be the same."""
    rows = found.rows[:_DRAWN]
    most = max((row["high"] or 0 for row in rows), default=0) or 1
    drawn = [
        Bar(
            " / ".join(written(sight.words, key, row[key]) for key in _KEYS if row[key]) or sight.words.none,
            row["conversion_rate"] / most, sight.words.percent(row["conversion_rate"]), row["low"] / most,
            row["high"] / most,
        )
        for row in rows if row["low"] is not None
    ]  # fmt: skip
    return bars(sight.words(mark("Conversion rate of the campaigns with most sessions")), drawn) if drawn else ""


def _ask_channels(filters: Filters) -> dict[str, Question]:
    return {"rows": Question("channels", filters.part(limit=ROWS))}


def _channels(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found, before = answers["rows"], comparison.earlier(answers, "rows")
    caption, told = sight.words(mark("Sessions by channel")), _compared(sight, ("channel",), found, before)
    rows = Rows("rows", caption, *told, {"channel": "channel"}, "sessions", found.notes)
    return {"table": listing(sight, rows)}


def _ask_names(filters: Filters) -> dict[str, Question]:
    return {"rows": Question("campaigns", filters.part(by=list(_NAMES), limit=ROWS))}


def _names(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found = answers["rows"]
    tagged = [row for row in found.rows if row["utm.source"] is not None or row["utm.medium"] is not None]
    caption = sight.words(mark("Names in the links beside those that they are counted under"))
    links: dict[str, Dimension] = {"utm.source": "utm.source", "source": "source", "utm.medium": "utm.medium"}
    return {"table": listing(sight, Rows("rows", caption, (*_NAMES, "sessions"), tagged, links, "sessions"))}


def _ask_score(filters: Filters) -> dict[str, Question]:
    return {"rows": Question("utm_audit", filters.part(limit=200))}


def _score(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    words, found, before = sight.words, answers["rows"], comparison.earlier(answers, "rows")
    figures = comparison.facts(words, _soundness(words, found), _soundness(words, before) if before else ())
    scored = [row for row in found.rows if row["finding"] == "campaign"]
    lowest = sorted(
        scored, key=lambda row: (row["score"] if row["score"] is not None else 101, -(row["sessions"] or 0))
    )
    caption = words(mark("Campaigns with the lowest score"))
    named = [{**row, "campaign": row["value"], "way": way(sight, row)} for row in lowest[:10]]
    rows = Rows(
        "rows", caption, ("campaign", "sessions", "converted", "score"), named, notes=found.notes, ways="sessions"
    )
    return {"rows": figures, "notes": (), "table": listing(sight, rows)}


def _soundness(words: Words, found: Answer) -> list[comparison.Fact]:
    totals = found.totals
    agreed, loose = mark("tag score, of 100"), mark("tag score, of 100, not held against a dictionary")
    return [
        comparison.Fact(agreed if totals["dictionary"] else loose, totals["score"]),
        comparison.Fact(mark("sessions without a channel"), totals["unassigned_rate"],
                        (totals["unassigned"], totals["sessions"]), share=True),
        comparison.Fact(many("name outside the dictionary", "names outside the dictionary"),
                        held(words, totals, "outside")),
        comparison.Fact(many("near-duplicate", "near-duplicates"), totals["near_duplicate"]),
        comparison.Fact(many("macro that was not filled in", "macros that were not filled in"), totals["macro"]),
        comparison.Fact(dict(COUNTS)["internal"], totals["internal"]),
    ]  # fmt: skip


PANELS: Final = (
    Panel("campaigns", mark("Campaigns"), comparison.beside(_ask_campaigns), _campaigns, "campaigns"),
    Panel("channels", mark("Channels"), comparison.beside(_ask_channels), _channels, "listed"),
    Panel("names", mark("Names in the links"), _ask_names, _names, "listed"),
    Panel("score", mark("Tagging quality"), comparison.beside(_ask_score), _score, "score"),
    behind.PANEL,
)
