"""Live: who is here, and events as they come. Without a script it shows the last half hour, as of now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.pages.filters import Filters
from collector.pages.listing import Rows, listing
from collector.pages.panel import Panel
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.words import mark
from collector.reports.answer import Answer

MINUTES: Final = 30


def _ask(filters: Filters) -> dict[str, Question]:  # noqa: ARG001  now is now
    return {"rows": Question("realtime", {"minutes": MINUTES}), "few": Question("realtime", {"minutes": 5})}


def _now(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    words, few, rows = sight.words, answers["few"].totals, answers["rows"]
    figures = [
        (
            words.many("visitor in the last 5 minutes", "visitors in the last 5 minutes", few["visitors"]),
            words.number(few["visitors"]),
        ),
        (
            words.many("visitor in the last 30 minutes", "visitors in the last 30 minutes", rows.totals["visitors"]),
            words.number(rows.totals["visitors"]),
        ),
        (
            words.many("event in the last 30 minutes", "events in the last 30 minutes", rows.totals["events"]),
            words.number(rows.totals["events"]),
        ),
    ]
    caption = words(mark("Pages of the last 30 minutes"))
    told = Rows("rows", caption, ("path", "views", "visitors"), rows.rows, bars="views", notes=rows.notes)
    return {"rows": figures, "table": listing(sight, told), "asof": words.clock(sight.filters.now, sight.filters.zone)}


def _stream(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:  # noqa: ARG001  it asks nothing
    return {"site": sight.filters.site}


PANELS: Final = (
    Panel("now", mark("Now"), _ask, _now, "now"),
    Panel("stream", mark("Live events"), lambda filters: {}, _stream, "stream"),
)
