"""Questions answered by one statement each, and a little arithmetic."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from collector.engines.duckdb.matching import OF_SESSION
from collector.engines.duckdb.view import View
from collector.journal.reading import Balance
from collector.reports.answer import Answer
from collector.reports.caution import few, thin
from collector.reports.funnel import money
from collector.reports.questions import Campaigns, Channels, Events, Overview, Pages, Quality, Realtime, Sessions, Table
from collector.reports.remark import Remark, remark
from collector.reports.spec import filled
from collector.reports.statistics import ratio, wilson

_LATENESS = 86_400_000
_CLASSIC = remark("bounce")


def overview(view: View, asked: Overview) -> Answer:
    """One row per local day."""
    view.sessions(asked.session, labelled=False)
    sums = view.tally()
    rows = view.ask("overview", days=view.days(), unit=sums["unit"])
    for row in rows:
        row["day"] = view.local(row["day"])
    totals = view.ask("overview_totals")[0]
    totals |= {name: sums[name] for name in ("events", "page_views", "purchases")}
    totals["revenue"] = {row["currency"]: money(Decimal(row["revenue"])) for row in view.ask("revenue")}
    columns = [
        "day",
        "visitors",
        "sessions",
        "page_views",
        "events",
        "purchases",
        "bounce_rate",
        "engagement_rate",
        "avg_duration_ms",
    ]
    shown = rows[-asked.limit :]
    return _answer(view, asked, "overview", columns, shown, totals, _CLASSIC, *few(totals["sessions"], "sessions"))


def sessions(view: View, asked: Sessions) -> Answer:
    """One row per session."""
    view.sessions(asked.session)
    timeout = asked.session.timeout or view.site.session_timeout
    rows = view.ask("sessions", timeout=timeout, lateness=_LATENESS, limit=asked.limit)
    totals = view.ask("overview_totals")[0]
    columns = [
        "start",
        "entry",
        "exit",
        "pageviews",
        "events",
        "duration_ms",
        "source",
        "medium",
        "campaign",
        "channel",
    ]
    notes = [*_limited(len(rows), totals["sessions"], "sessions"), *few(totals["sessions"], "sessions")]
    return _answer(view, asked, "sessions", columns, rows, totals, _CLASSIC, *notes)


def pages(view: View, asked: Pages) -> Answer:
    """One row per page."""
    view.sessions(asked.session)
    rows = view.ask("pages", limit=asked.limit)
    paths = [row["path"] for row in rows]
    times = _dwelt(view, paths) if asked.times and rows else {}
    for row in rows:
        told = times.get(row["path"])
        row |= {"avg_time_ms": told["avg_time_ms"] if told else None, "timed": told["timed"] if told else None}
    return _answer(
        view,
        asked,
        "pages",
        list(rows[0]) if rows else ["path"],
        rows,
        _sums(rows, "views", "entrances", "exits"),
        _CLASSIC,
        *few(max((row["entrances"] for row in rows), default=0), "entrances"),
        *thin(rows, "entrances", "entrances"),
    )


def _dwelt(view: View, paths: list[str]) -> dict[str, dict[str, Any]]:
    """Time on these pages."""
    view.rows("CREATE TEMP TABLE dwelt (path VARCHAR, timed BIGINT, spent HUGEINT)")
    for part in view.parts():
        view.ask_of(part.events, "dwell", paths=paths)
    return {row["path"]: row for row in view.ask("dwelt")}


def campaigns(view: View, asked: Campaigns) -> Answer:
    """One row per source, medium and campaign of the session's touch, or per what else is asked for."""
    return _by(view, asked, "campaigns", list(dict.fromkeys(asked.by)), asked.conversion)


def channels(view: View, asked: Channels) -> Answer:
    """One row per channel of the session's touch."""
    return _by(view, asked, "channels", ["channel"], asked.conversion)


def events(view: View, asked: Events) -> Answer:
    """One row per name."""
    rows = view.ask("events", limit=asked.limit)
    return _answer(view, asked, "events", ["event", "events", "last"], rows, _sums(rows, "events"))


def realtime(view: View, asked: Realtime) -> Answer:
    """The last minutes' pages."""
    view.start = view.now - asked.minutes * 60_000
    rows = view.ask("realtime")
    seen = view.rows(
        "SELECT count(DISTINCT visitor) AS visitors, count(*) AS events FROM events WHERE t >= $from AND t <= $now",
        **{"from": view.start, "now": view.now},
    )
    return _answer(view, asked, "realtime", ["path", "views", "visitors"], rows, seen[0])


def quality(view: View, asked: Quality, books: list[Balance]) -> Answer:
    """What arrived and what became of it; received = accepted + duplicate + dropped + refused."""
    lines: Counter[tuple[str, str]] = Counter()
    for entry in books:
        if entry.site == view.site.number:
            lines[(entry.outcome, entry.reason)] += entry.n
    rows = [{"outcome": outcome, "reason": reason, "n": n} for (outcome, reason), n in sorted(lines.items())]
    view.see("everything")
    rows += [{"outcome": "flag", "reason": row["flag"], "n": row["n"]} for row in view.ask("flags")]
    rows += [{"outcome": "bot", "reason": row["bot"], "n": row["n"]} for row in view.ask("bots")]
    internal = view.ask("internal")[0]["n"]
    received = sum(n for (outcome, _), n in lines.items() if outcome == "received")
    settled = sum(n for (outcome, _), n in lines.items() if outcome != "received")
    totals = {
        "received": received,
        "settled": settled,
        "balanced": received == settled,
        "tags_on_internal_links": internal,
    }
    return _answer(view, asked, "quality", ["outcome", "reason", "n"], rows, totals)


def _by(view: View, asked: Table, name: str, keys: list[str], conversion: str) -> Answer:
    view.sessions(asked.session, [conversion])
    apart = "count(DISTINCT who) AS visitors," if getattr(asked, "visitors", True) else ""
    texts = {"keys": ", ".join(OF_SESSION[key] for key in keys), "visitors": apart}
    rows = view.ask_by("campaigns", texts, limit=asked.limit)
    rows = [dict(zip([*keys, *list(row)[len(keys) :]], row.values(), strict=True)) for row in rows]
    totals = _sums(rows, "sessions", "page_views", "converted", "conversions")
    every = view.ask("overview_totals")[0]["sessions"]
    limited = _limited(totals["sessions"], every, "sessions")
    for row in rows:
        row["low"], row["high"] = wilson(row["converted"], row["sessions"]) or (None, None)
    totals["conversion_rate"] = ratio(totals["converted"], totals["sessions"])
    totals["low"], totals["high"] = wilson(totals["converted"], totals["sessions"]) or (None, None)
    rates = ["bounce_rate", "engagement_rate", "converted", "conversions", "conversion_rate"]
    notes = [*limited, _CLASSIC, *few(totals["sessions"], "sessions"), *thin(rows, "sessions", "sessions")]
    return _answer(view, asked, name, [*keys, "sessions", "page_views", *rates], rows, totals, *notes)


def _sums(rows: list[dict[str, Any]], *names: str) -> dict[str, Any]:
    return {name: sum(row[name] for row in rows) for name in names}


def _limited(shown: int, every: int, what: str) -> list[Remark]:
    return [remark("limited", n=shown, all=every, what=what)] if shown < every else []


def _answer(
    view: View,
    asked: Any,
    name: str,
    columns: list[str],
    rows: list[dict[str, Any]],
    totals: dict[str, Any],
    *notes: Remark,
) -> Answer:
    return Answer(name, filled(asked), columns, rows, totals, list(notes), view.data())
