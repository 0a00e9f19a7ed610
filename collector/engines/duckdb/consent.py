"""The report `consent`: from the consent log, the books and the events, by local day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from collector.engines.duckdb.view import View
from collector.intake.consent import RULES
from collector.journal.reading import Balance
from collector.journal.receipts import GRANTED, WITHDRAWN, Answers
from collector.reports.answer import Answer
from collector.reports.caution import few
from collector.reports.parts import SessionRule
from collector.reports.questions import Consent
from collector.reports.remark import remark
from collector.reports.spec import filled
from collector.reports.statistics import ratio

_DAY: Final = 86_400_000
_REASONS: Final = frozenset(
    {"no_consent", "gpc", "dnt", "opt_out", "not_exempt", "policy_changed", "receipt_expired", *RULES.refused.values()}
)
_COLUMNS: Final = ["day", "state", "source", "policy", "receipts", "events", "share"]


def consent(view: View, asked: Consent, told: Iterable[Answers], books: list[Balance]) -> Answer:
    """One row per day, state, source and policy: receipts written, events kept, and their share of the day's events."""
    receipts: Counter[tuple[str, ...]] = Counter()
    for line in told:
        receipts[(view.local(line.received), line.state, line.source, line.policy)] += line.n
    events: Counter[tuple[str, ...]] = Counter()
    for row in view.ask("consent", **_days(view)):
        events[(view.local(row["day"]), row["state"], row["source"], row["policy"])] += row["n"]
    by_day: Counter[str] = Counter()
    for key, n in events.items():
        by_day[key[0]] += n
    rows = [_row(key, receipts[key], events[key], by_day[key[0]]) for key in sorted({*receipts, *events})]
    sums = {state: sum(n for key, n in receipts.items() if key[1] == state) for state in (GRANTED, WITHDRAWN)}
    totals = sums | {"withdrawal_rate": ratio(sums[WITHDRAWN], sums[GRANTED])} | _kept(events) | _sessions(view)
    totals["dropped"] = _dropped(view, books)
    notes = [remark("dropped_days")] if totals["dropped"] else []
    notes += few(totals["sessions"] or 0, "sessions") + few(sums[GRANTED], "grants")
    notes += [] if totals["session_rate"] is not None else [remark("unseen")]
    return Answer("consent", filled(asked), _COLUMNS, rows[-asked.limit :], totals, notes, view.data())


def _row(key: tuple[str, ...], receipts: int, events: int, whole: int) -> dict[str, Any]:
    day, state, source, policy = key
    said = {"day": day, "state": state or None, "source": source or None, "policy": policy or None}
    return said | {"receipts": receipts, "events": events, "share": ratio(events, whole)}


def _kept(events: Counter[tuple[str, ...]]) -> dict[str, Any]:
    """Events by their basis, and how many of them were consented to."""
    states: Counter[str] = Counter()
    for key, n in events.items():
        states[key[1]] += n
    whole = states.total()
    return {
        "events": whole,
        "consented": states[GRANTED],
        "consented_share": ratio(states[GRANTED], whole),
        "without_consent": {state or "unasked": n for state, n in sorted(states.items()) if state != GRANTED},
    }


def _sessions(view: View) -> dict[str, Any]:
    """Sessions, those with a grant, and their share, in all and by day; it can be known where sessions without a grant
    are measured too."""
    rows = view.ask("consent_sessions", **_days(view)) if _measured(view) else []
    days = [
        {"day": view.local(row["day"]), "sessions": row["sessions"], "granted": row["granted"],
         "rate": ratio(row["granted"], row["sessions"])}
        for row in rows
    ]  # fmt: skip
    sessions, granted = (sum(row[name] for row in rows) for name in ("sessions", "granted"))
    return {"sessions": sessions if rows else None, "session_rate": ratio(granted, sessions), "days": days}


def _days(view: View) -> dict[str, object]:
    """The starts of the local days, and slots of time (ms) that lie within one each: quarters of an hour, where days
    begin with one, as they all do today."""
    days = view.days()
    return {"days": days, "unit": 900_000 if all(day % 900_000 == 0 for day in days) else 1_000}


def _measured(view: View) -> bool:
    if not view.nameless()[0] and not view.joins():
        return False
    view.sessions(SessionRule(), labelled=False)
    return True


def _dropped(view: View, books: list[Balance]) -> dict[str, int]:
    """Events that consent kept out, by reason, on the UTC days that the range touches."""
    found: Counter[str] = Counter()
    for line in books:
        inside = (line.day + 1) * _DAY > view.start and line.day * _DAY < view.stop
        if line.site == view.site.number and line.outcome == "dropped" and line.reason in _REASONS and inside:
            found[line.reason] += line.n
    return dict(sorted(found.items()))
