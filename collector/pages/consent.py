"""Consent: who granted and who took it back, by day, source and notice, and what was dropped for want of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from collector.pages import comparison
from collector.pages.filters import Filters
from collector.pages.listing import Listing, Rows, listing
from collector.pages.notes import many
from collector.pages.panel import Panel
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.timeline import timeline
from collector.pages.words import mark
from collector.reports.answer import Answer

SOURCES: Final = {  # those that are not named by the site
    "forget": mark("withdrawn on the site"), "api": mark("the site’s own script"), "gcm": mark("Google Consent Mode"),
    "tcf": mark("IAB TCF"), "gpp": mark("IAB GPP"), "event": mark("an event of the page"),
}  # fmt: skip


def _ask(filters: Filters) -> dict[str, Question]:
    return {"rows": Question("consent", filters.spec(limit=10_000))}


def _rates(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    words, found = sight.words, answers["rows"]
    before = comparison.earlier(answers, "rows")
    seen = any(one.totals["session_rate"] is not None for one in (found, before) if one)
    figures = comparison.facts(words, _facts(found, seen), _facts(before, seen) if before else ())
    days = by(found.rows, "day")
    caption = words(mark("Answers and kept events by day"))
    rows = Rows("rows", caption, ("day", "granted", "withdrawn", "events"), reversed(days))
    return {
        "rows": figures,
        "chart": timeline(sight, "granted", days, by(before.rows, "day") if before else ()) if len(days) > 1 else "",
        "notes": [words.note(note) for note in found.notes],  # one of them says why a share is left out
        "table": listing(sight, rows),
    }


def _facts(found: Answer, seen: bool) -> list[comparison.Fact]:
    """The figures; `seen`: whether there is a share of sessions with a grant, which needs some without."""
    totals = found.totals
    sessions = comparison.Fact(mark("sessions with a grant"), totals["session_rate"], share=True)
    return [
        comparison.Fact(many("grant", "grants"), totals["granted"]),
        comparison.Fact(many("withdrawal", "withdrawals"), totals["withdrawn"]),
        comparison.Fact(mark("withdrawal rate"), totals["withdrawal_rate"], share=True),
        *([sessions] if seen else []),
        comparison.Fact(mark("events with a grant"), totals["consented_share"], (totals["consented"], totals["events"]),
                        share=True),
        comparison.Fact(many("event dropped for lack of consent", "events dropped for lack of consent"),
                        sum(totals["dropped"].values())),
    ]  # fmt: skip


def _sources(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    return _split(sight, answers, "source", mark("Answers by source"))


def _policies(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    return _split(sight, answers, "policy", mark("Answers by version of the notice"))


def _bases(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    rows = [row for row in by(answers["rows"].rows, "state") if row["events"]]
    caption = sight.words(mark("Stored events by basis"))
    return {"table": listing(sight, Rows("rows", caption, ("state", "events"), rows, bars="events"))}


def _split(sight: Sight, answers: Mapping[str, Answer], key: str, caption: str) -> dict[str, Any]:
    before = comparison.earlier(answers, "rows")
    rows = _called(sight, by(answers["rows"].rows, key))
    earlier = None if before is None else _called(sight, by(before.rows, key))
    columns = comparison.columns((key, "granted", "withdrawn", "withdrawal_rate", "events"), before, "granted")
    beside = comparison.paired(sight.words, rows, earlier, (key,), "granted")
    told = Rows("rows", sight.words(caption), columns, beside, bars="granted")
    return {"table": listing(sight, told)}


def _called(sight: Sight, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows, where they came from in words."""
    named = {source: sight.words(title) for source, title in SOURCES.items()}
    return [
        {**row, "source": named.get(row["source"], row["source"])} if "source" in row else dict(row) for row in rows
    ]


def _told(sight: Sight, answers: Mapping[str, Answer]) -> list[Listing]:
    found = answers["rows"]
    return [
        listing(
            sight,
            Rows("rows", sight.words(mark("Answers")), found.columns, _called(sight, found.rows), notes=found.notes),
        )
    ]


def _dropped(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    dropped = answers["rows"].totals["dropped"]
    rows = [{"reason": reason, "n": n} for reason, n in sorted(dropped.items(), key=lambda item: -item[1])]
    caption = sight.words(mark("Events that were not kept, by reason"))
    return {"table": listing(sight, Rows("rows", caption, ("reason", "n"), rows, bars="n"))}


def _log(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:  # noqa: ARG001  it asks nothing
    site, program = sight.filters.site, sight.facts.program
    asked = ("verify", f"show --site {site} --visitor ID", f"export --site {site}")
    return {"commands": [f"{program} consent {one}" for one in asked]}


def by(rows: Iterable[Mapping[str, Any]], key: str) -> list[dict[str, Any]]:
    """The report's rows added up by one of their labels: grants, withdrawals, the withdrawals' rate, kept events."""
    sums: dict[Any, dict[str, int]] = defaultdict(lambda: {"granted": 0, "withdrawn": 0, "events": 0})
    for row in rows:
        found = sums[row[key]]
        found["events"] += row["events"]
        if row["state"] in found:
            found[row["state"]] += row["receipts"]
    listed = sorted(sums.items(), key=lambda item: item[0] or "")
    return [
        {key: label, **found, "withdrawal_rate": found["withdrawn"] / found["granted"] if found["granted"] else None}
        for label, found in listed
    ]


PANELS: Final = (
    Panel("rates", mark("Answers"), comparison.beside(_ask), _rates, "rates", told=_told),
    Panel("sources", mark("By source"), comparison.beside(_ask), _sources, "listed", half=True),
    Panel("policies", mark("By notice"), comparison.beside(_ask), _policies, "listed", half=True),
    Panel("bases", mark("Basis"), _ask, _bases, "listed", half=True),
    Panel("dropped", mark("Not stored for lack of consent"), _ask, _dropped, "listed", half=True),
    Panel("log", mark("The consent log"), lambda filters: {}, _log, "log"),
)
