"""Journeys: the pages that sessions see one after the other."""

from __future__ import annotations

from collector.engines.duckdb.view import View
from collector.reports.answer import Answer
from collector.reports.caution import few, thin
from collector.reports.parts import glob
from collector.reports.questions import Journeys
from collector.reports.spec import filled
from collector.reports.statistics import ratio

_TOGETHER = 16  # parts whose journeys are summed: most parts have the same ones, 8 MB of them


def journeys(view: View, asked: Journeys) -> Answer:
    """One row per sequence of pages, most sessions first; `ended` went no further, `converted` had the conversion."""
    view.sessions(asked.session, [asked.conversion])
    through = glob(asked.through) if asked.through is not None else None
    before = asked.direction == "before"
    plain = not before and asked.event is None  # the usual question, by a statement that needs less
    file = "journeys" if plain else "journeys_around"
    view.rows("CREATE TEMP TABLE journey (journey VARCHAR, sessions BIGINT, ended BIGINT, converted BIGINT)")
    for n, part in enumerate(view.parts(), 1):
        whole = f"{part.events} AND {part.sessions}"
        view.ask_of(whole, file, length=asked.length, through=through, event=asked.event, before=before)
        if n % _TOGETHER == 0:
            view.ask("journeys_summed")
    rows = view.ask("journeys_rows", limit=asked.limit)
    every = view.ask("journeys_totals")[0]
    for row in rows:
        row["share"] = ratio(row["sessions"], every["sessions"])
        row["conversion_rate"] = ratio(row["converted"], row["sessions"])
    totals = every | {"shown": sum(row["sessions"] for row in rows)}
    columns = ["journey", "sessions", "share", "ended", "converted", "conversion_rate"]
    notes = few(every["sessions"], "sessions") + thin(rows, "sessions", "sessions")
    return Answer("journeys", filled(asked), columns, rows, totals, notes, view.data())
