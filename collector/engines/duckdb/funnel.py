"""The funnel: SQL finds the events that fit a step, in order by unit; the kernel does the rest. Plain questions are
answered by arrays (`pursuit`), but for the units that these leave to the kernel."""

from __future__ import annotations

from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec

from collector.engines.duckdb.matching import SESSION, Parameters, apart, condition, field, matcher, session_condition
from collector.engines.duckdb.pursuit import Sought, bits, plain, pursue
from collector.engines.duckdb.scores import score
from collector.engines.duckdb.seeing import FOREVER
from collector.engines.duckdb.statements import filled_in
from collector.engines.duckdb.view import View
from collector.reports import funnel as answers
from collector.reports.answer import Answer
from collector.reports.buckets import Buckets
from collector.reports.caution import guessed
from collector.reports.marks import Mark
from collector.reports.parts import Matcher, Range
from collector.reports.questions import Funnel
from collector.reports.spec import filled
from collector.reports.tally import NONE, Seen, Tally


class Unit(NamedTuple):
    """Whom a funnel follows: its name and its key of 64 bits as expressions, and the joins with sessions and with
    persons that they need."""

    name: str
    key: str
    sessions: str
    persons: str = ""

    @property
    def joins(self) -> str:
        """All of them."""
        return self.persons + self.sessions


def funnel(view: View, asked: Funnel) -> Answer:
    """Answer the question; one row per step."""
    if asked.scope != "person" or asked.session_where:
        view.sessions(asked.session)
    if asked.scope != "session":
        view.persons(asked.identity, asked.erase, asked.frozen, each=False)
    tally = _tallied(view, asked)
    other = None
    if asked.compare is not None:
        other = _tallied(view, msgspec.structs.replace(asked, range=asked.compare.range, trend=None, units=False))
    rows = answers.rows(tally)
    totals = answers.totals(tally, other) | (view.guesses() if asked.scope != "session" else {})
    paid = any(row["revenue"] for row in rows)
    columns = [name for name in rows[0] if name not in ("step_low", "step_high") and (paid or name != "revenue")]
    return Answer(
        "funnel", filled(asked), columns, rows, totals, [*answers.notes(tally), *guessed(totals)], view.data()
    )


def _tallied(view: View, asked: Funnel) -> Tally:
    buckets = None
    if asked.trend is not None:
        buckets = Buckets(asked.trend.interval, view.zone(asked.trend.tz_offset_min))
    tally = Tally(asked, view.now, buckets)
    unit, bound = _unit(view, asked), Parameters()
    left, rest = pursue(view, _sought(asked, unit, bound), tally) if plain(asked) else None, "true"
    if left == 0:
        return tally
    if left:
        rest = f"({unit.key} IN (SELECT key FROM odd)"
        rest += f" OR {view.key()} IN (SELECT key FROM odd))" if unit.persons else ")"  # a user's only device
    sql, bound = _statement(asked, unit, rest)
    rows = chain.from_iterable(view.chunks(sql, bound.values))
    for name, listed in groupby(rows, key=itemgetter(0)):
        seen = list(islice(listed, tally.most + 1))
        tally.clipped += len(seen) > tally.most
        del seen[tally.most :]
        tally.add(name, [[_seen(row) for row in part] for _, part in groupby(seen, key=itemgetter(1))])
    if asked.units:
        sql, bound = _everyone(asked, unit)
        for block in view.chunks(sql, bound.values):
            for (name,) in block:
                tally.units.setdefault(name, 0)
    if asked.units and asked.scope == "session":
        sql = f"SELECT {SESSION} AS unit, e.id FROM session c JOIN events e ON e.seq = c.first_seq"
        ids = {row["unit"]: row["id"] for row in view.rows(sql)}  # its own name changes when the tail is sealed
        tally.units = {ids[name]: depth for name, depth in tally.units.items()}
    return tally


def _seen(row: tuple[Any, ...]) -> Seen:
    _, _, t, mask, entry, bars, label, hold, currency, amount = row
    return Seen(Mark(t, mask, entry, bars), label, hold, currency, amount)


def _unit(view: View, asked: Funnel) -> Unit:
    joins = ""
    if asked.scope != "person" or asked.session_where:
        joins += " JOIN cut c USING (seq)"
    if asked.session_where or (asked.scope != "person" and _lonely(asked)):
        joins += " JOIN session s ON (s.stream, s.island, s.part) = (c.stream, c.island, c.part)"
    if asked.scope == "session":
        return Unit(SESSION, "hash(c.stream, c.island, c.part)", joins)
    if not view.known.devices:
        return Unit("'anon:' || e.visitor", view.key(), joins)
    person = "coalesce(p.person, k.person)"
    return Unit(
        f"coalesce({person}, 'anon:' || e.visitor)",
        f"CASE WHEN {person} IS NULL THEN {view.key()} ELSE hash({person}, 1) END",
        joins,
        " LEFT JOIN person p USING (seq) LEFT JOIN known k ON k.visitor = e.visitor AND NOT k.tangled",
    )


def _lonely(asked: Funnel) -> bool:
    """Whether the question may see events outside of any session: passive ones that follow no other."""
    passive = [Matcher(name=name) for name in asked.session.passive]
    return asked.units or not all(apart(step, one) for step in asked.steps for one in passive)


def _sought(asked: Funnel, unit: Unit, bound: Parameters) -> Sought:
    """The same for `pursue`, which makes persons of devices by itself."""
    entry = _entry(asked, bound)
    return Sought(
        steps=[score(step, bound, f"steps[{n}]", "true" if n else entry) for n, step in enumerate(asked.steps)],
        where=" AND ".join([_times(asked), *_filters(asked, bound)]),
        times=_times(asked),
        label=_told(asked, bound),
        unit=unit.key,
        joins=unit.sessions,
        persons=bool(unit.persons),
        values=bound.values,
    )


def _statement(asked: Funnel, unit: Unit, rest: str) -> tuple[str, Parameters]:
    bound = Parameters()
    steps = [matcher(step, bound, f"steps[{n}]") for n, step in enumerate(asked.steps)]
    barred = [matcher(one.match, bound, f"exclusions[{n}].match") for n, one in enumerate(asked.exclusions)]
    texts = {
        "unit": unit.name,
        "part": SESSION if asked.scope == "same_session" else "''",
        "mask": bits(steps),
        "entry": _entry(asked, bound),
        "bars": bits(barred),
        "label": _label(asked, bound),
        "hold": _hold(asked, bound),
        "joins": unit.joins,
        "where": _where(asked, [*steps, *barred], bound),
        "rest": rest,
        "order": "e.seq" if asked.ties == "arrival" else "e.page_seq, e.id",
    }
    return filled_in("funnel_events", texts), bound


def _everyone(asked: Funnel, unit: Unit) -> tuple[str, Parameters]:
    """Every unit that has an event the question does not filter out, entered or not."""
    bound = Parameters()
    filters = " AND ".join(_filters(asked, bound)) or "true"
    return f"SELECT DISTINCT {unit.name} AS unit FROM events e {unit.joins} WHERE {filters}", bound


def _filters(asked: Funnel, bound: Parameters) -> list[str]:
    texts = [condition(one, bound, "event_where") for one in asked.event_where]
    return texts + [session_condition(one, bound, "session_where") for one in asked.session_where]


def _entry(asked: Funnel, bound: Parameters) -> str:
    """Whether an attempt may begin with the event: the range, and what the question demands of entries."""
    texts = [condition(one, bound, "entry_where") for one in asked.entry_where]
    return " AND ".join([_between(*_range(asked.range)), *texts])


def _label(asked: Funnel, bound: Parameters) -> str:
    return field(asked.breakdown.field, bound, "breakdown.field") if asked.breakdown else "NULL"


def _told(asked: Funnel, bound: Parameters) -> str:
    """The label, null if there is none; where each is an attempt of its own, none is one too, and has a name."""
    if not asked.breakdown:
        return "NULL"
    label = f"nullif({_label(asked, bound)}, '')"
    return f"nullif({label}, '{NONE}')" if asked.breakdown.attribution == "all_events" else label


def _hold(asked: Funnel, bound: Parameters) -> str:
    """The held values as one text; null if one of them is missing."""
    return " || chr(31) || ".join(field(name, bound, "hold") for name in asked.hold) or "NULL"


def _where(asked: Funnel, wanted: list[str], bound: Parameters) -> str:
    """The events the kernel must see: those that fit something, or every active one where neighbours count."""
    if asked.order == "strict":
        ignored = bound.bind([*asked.strict_ignores, *asked.session.passive])
        seen = f"e.name NOT IN (SELECT unnest({ignored}::VARCHAR[]))"
    else:
        seen = "(" + " OR ".join(wanted) + ")"
    return " AND ".join([_times(asked), seen, *_filters(asked, bound)])


def _times(asked: Funnel) -> str:
    """What lies before the range, or behind it by more than the window, can be part of no attempt."""
    start, stop = _range(asked.range)
    if asked.range.end == "entry":
        ends = asked.window if asked.window is not None and asked.window_from == "first" else FOREVER
        stop = min(stop + ends, FOREVER)
    return _between(start, stop)


def _between(start: int, stop: int) -> str:
    texts = [f"e.t >= {start}"] if start > 0 else []
    texts += [f"e.t < {stop}"] if stop < FOREVER else []
    return " AND ".join(texts) or "true"


def _range(asked: Range) -> tuple[int, int]:
    return asked.start or 0, asked.stop if asked.stop is not None else FOREVER
