"""The funnel: SQL finds the events that fit a step, in order by unit; the kernel does the rest. Plain questions are
answered by joins alone (`pursuit`)."""

from __future__ import annotations

from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import msgspec

from collector.engines.duckdb.matching import Parameters, condition, field, matcher, session_condition
from collector.engines.duckdb.pursuit import plain, pursue
from collector.engines.duckdb.statements import statement
from collector.engines.duckdb.view import FOREVER, View
from collector.reports import funnel as answers
from collector.reports.answer import Answer
from collector.reports.buckets import Buckets
from collector.reports.marks import Mark
from collector.reports.parts import Range
from collector.reports.questions import Funnel
from collector.reports.spec import filled
from collector.reports.tally import Seen, Tally

_SESSION = "c.stream || ' ' || c.island || ' ' || c.part"
_PERSON = "coalesce(person.person, 'anon:' || e.visitor)"


def funnel(view: View, asked: Funnel) -> Answer:
    """Answer the question; one row per step."""
    if asked.scope != "person" or asked.session_where:
        view.sessions(asked.session)
    if asked.scope != "session":
        view.persons(asked.identity, asked.erase, asked.frozen)
    tally = _tallied(view, asked)
    other = None
    if asked.compare is not None:
        other = _tallied(view, msgspec.structs.replace(asked, range=asked.compare.range, trend=None, units=False))
    rows = answers.rows(tally)
    totals = answers.totals(tally, other)
    columns = [name for name in rows[0] if name != "revenue" or any(row["revenue"] for row in rows)]
    return Answer("funnel", filled(asked), columns, rows, totals, answers.notes(tally), view.data())


def _tallied(view: View, asked: Funnel) -> Tally:
    buckets = None
    if asked.trend is not None:
        buckets = Buckets(asked.trend.interval, view.zone(asked.trend.tz_offset_min))
    tally = Tally(asked, view.now, buckets)
    if plain(asked) and pursue(view, *_statement(asked, "step_events"), tally):
        return tally
    sql, bound = _statement(asked, "funnel_events")
    rows = chain.from_iterable(view.chunks(sql, bound))
    for unit, listed in groupby(rows, key=itemgetter(0)):
        parts = [[_seen(row) for row in part] for _, part in groupby(listed, key=itemgetter(1))]
        tally.add(unit, parts)
    if asked.units:
        sql, bound = _everyone(asked)
        for block in view.chunks(sql, bound):
            for (unit,) in block:
                tally.units.setdefault(unit, 0)
    return tally


def _seen(row: tuple[Any, ...]) -> Seen:
    _, _, t, mask, entry, bars, label, hold, currency, amount = row
    return Seen(Mark(t, mask, entry, bars), label, hold, currency, amount)


def _unit(asked: Funnel) -> str:
    return _SESSION if asked.scope == "session" else _PERSON


def _joins(asked: Funnel) -> str:
    joins = "" if asked.scope == "session" else "LEFT JOIN person USING (seq)"
    if asked.scope != "person" or asked.session_where:
        joins += " JOIN cut c USING (seq)"
    if asked.session_where:
        joins += " JOIN session s ON (s.stream, s.island, s.part) = (c.stream, c.island, c.part)"
    return joins


def _statement(asked: Funnel, file: str) -> tuple[str, dict[str, object]]:
    bound = Parameters()
    steps = [matcher(step, bound, f"steps[{n}]") for n, step in enumerate(asked.steps)]
    barred = [matcher(one.match, bound, f"exclusions[{n}].match") for n, one in enumerate(asked.exclusions)]
    texts = {
        "unit": _unit(asked),
        "part": _SESSION if asked.scope == "same_session" else "''",
        "mask": _bits(steps),
        "entry": _entry(asked, bound),
        "bars": _bits(barred),
        "label": field(asked.breakdown.field, bound, "breakdown.field") if asked.breakdown else "NULL",
        "hold": _hold(asked, bound),
        "joins": _joins(asked),
        "where": _where(asked, [*steps, *barred], bound),
        "order": "e.seq" if asked.ties == "arrival" else "e.page_seq, e.id",
    }
    sql = statement(file)
    for name, text in texts.items():
        sql = sql.replace("{" + name + "}", text)
    return sql, bound.values


def _everyone(asked: Funnel) -> tuple[str, dict[str, object]]:
    """Every unit that has an event the question does not filter out, entered or not."""
    bound = Parameters()
    filters = " AND ".join(_filters(asked, bound)) or "true"
    return f"SELECT DISTINCT {_unit(asked)} AS unit FROM events e {_joins(asked)} WHERE {filters}", bound.values


def _filters(asked: Funnel, bound: Parameters) -> list[str]:
    texts = [condition(one, bound, "event_where") for one in asked.event_where]
    return texts + [session_condition(one, bound, "session_where") for one in asked.session_where]


def _bits(conditions: list[str]) -> str:
    """Bit i of the number: the i-th condition holds."""
    bits = (f"CASE WHEN {text} THEN {1 << n}::BIGINT ELSE 0 END" for n, text in enumerate(conditions))
    return " + ".join(bits) or "0::BIGINT"


def _entry(asked: Funnel, bound: Parameters) -> str:
    """Whether an attempt may begin with the event: the range, and what the question demands of entries."""
    start, stop = _range(asked.range)
    texts = [f"e.t >= {start} AND e.t < {stop}"]
    texts += [condition(one, bound, "entry_where") for one in asked.entry_where]
    return " AND ".join(texts)


def _hold(asked: Funnel, bound: Parameters) -> str:
    """The held values as one text; null if one of them is missing."""
    return " || chr(31) || ".join(field(name, bound, "hold") for name in asked.hold) or "NULL"


def _where(asked: Funnel, wanted: list[str], bound: Parameters) -> str:
    """The events the kernel must see: those that fit something, or every active one where neighbours count. What lies
    before the range, or behind it by more than the window, can be part of no attempt."""
    start, stop = _range(asked.range)
    if asked.range.end == "entry":
        ends = asked.window if asked.window is not None and asked.window_from == "first" else FOREVER
        stop = min(stop + ends, FOREVER)
    texts = [f"e.t >= {start} AND e.t < {stop}"]
    if asked.order == "strict":
        ignored = bound.bind([*asked.strict_ignores, *asked.session.passive])
        texts.append(f"e.name NOT IN (SELECT unnest({ignored}::VARCHAR[]))")
    else:
        texts.append("(" + " OR ".join(wanted) + ")")
    return " AND ".join([*texts, *_filters(asked, bound)])


def _range(asked: Range) -> tuple[int, int]:
    return asked.start or 0, asked.stop if asked.stop is not None else FOREVER
