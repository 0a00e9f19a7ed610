"""Campaigns: what sessions came by, under the names that are counted and those that the links carried, and how sound
the tags are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.charts import Bar, bars
from collector.pages.filters import Dimension, Filters
from collector.pages.listing import Rows, listing, written
from collector.pages.panel import Panel
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.words import UNKNOWN, mark
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


def _ask_campaigns(filters: Filters) -> dict[str, Question]:
    return {"rows": Question("campaigns", filters.part(limit=ROWS))}


def _campaigns(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    words, found = sight.words, answers["rows"]
    caption = words(mark("Sessions by source, medium and campaign"))
    rows = Rows("rows", caption, (*_KEYS, *_RATES), found.rows, _LINKS, "sessions", found.notes)
    totals = found.totals
    told = words(
        mark("%(converted)s of %(sessions)s sessions have a purchase: %(rate)s (%(low)s to %(high)s)."),
        converted=words.number(totals["converted"]), sessions=words.number(totals["sessions"]),
        rate=words.percent(totals["conversion_rate"]), low=words.percent(totals["low"]),
        high=words.percent(totals["high"]),
    ) if totals["sessions"] else ""  # fmt: skip
    return {"told": told, "chart": _chart(sight, found), "table": listing(sight, rows)}


def _chart(sight: Sight, found: Answer) -> Any:
    """Conversion rates of the largest, with their intervals: whose whiskers overlap may be the same."""
    rows = found.rows[:_DRAWN]
    most = max((row["high"] or 0 for row in rows), default=0) or 1
    drawn = [
        Bar(
            " / ".join(written(sight.words, key, row[key]) for key in _KEYS if row[key]) or UNKNOWN,
            row["conversion_rate"] / most, sight.words.percent(row["conversion_rate"]), row["low"] / most,
            row["high"] / most,
        )
        for row in rows if row["low"] is not None
    ]  # fmt: skip
    return bars(sight.words(mark("Conversion rate of the campaigns with most sessions")), drawn) if drawn else ""


def _ask_channels(filters: Filters) -> dict[str, Question]:
    return {"rows": Question("channels", filters.part(limit=ROWS))}


def _channels(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found = answers["rows"]
    caption = sight.words(mark("Sessions by channel"))
    rows = Rows("rows", caption, ("channel", *_RATES), found.rows, {"channel": "channel"}, "sessions", found.notes)
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
    words, found = sight.words, answers["rows"]
    totals = found.totals
    figures = [
        (words(mark("tag score, of 100")), words.number(totals["score"])),
        (words(mark("sessions without a channel")), words.percent(totals["unassigned_rate"])),
        (words(mark("names outside the dictionary")), words.number(totals["outside"])),
        (words(mark("near-duplicates")), words.number(totals["near_duplicate"])),
        (words(mark("macros that were not filled in")), words.number(totals["macro"])),
        (words(mark("tags on internal links")), words.number(totals["internal"])),
    ]
    scored = [row for row in found.rows if row["finding"] == "campaign"]
    lowest = sorted(
        scored, key=lambda row: (row["score"] if row["score"] is not None else 101, -(row["sessions"] or 0))
    )
    caption = words(mark("Campaigns with the lowest score"))
    rows = Rows("rows", caption, ("value", "sessions", "converted", "score"), lowest[:10], notes=found.notes)
    return {"rows": figures, "notes": (), "table": listing(sight, rows)}


PANELS: Final = (
    Panel("campaigns", mark("Campaigns"), _ask_campaigns, _campaigns, "campaigns"),
    Panel("channels", mark("Channels"), _ask_channels, _channels, "listed"),
    Panel("names", mark("Names in the links"), _ask_names, _names, "listed", half=True),
    Panel("score", mark("Soundness of the tags"), _ask_score, _score, "score", half=True),
)
