"""A funnel's `explain`: one unit's events, all that fit something, for `collector.reports.trace`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from collector.engines.duckdb.kinship import who
from collector.engines.duckdb.matching import Parameters, condition, field, matcher, session_condition
from collector.engines.duckdb.view import View
from collector.reports.answer import Answer
from collector.reports.funnel import label
from collector.reports.marks import Mark
from collector.reports.parts import SpecError, Who
from collector.reports.questions import Funnel
from collector.reports.remark import Remark, remark
from collector.reports.spec import filled
from collector.reports.trace import Found, Stop, rows, trace

_MOST = 10_000  # events of one unit that are looked at
_SQL = (
    "SELECT e.t, {mask} AS mask, {entry} AS entry, {bars} AS bars, coalesce(s.first_seq, 0)::VARCHAR AS part, "
    "{hold} AS hold, {kept} AS kept, e.id, e.name, e.path "
    "FROM sessioned e LEFT JOIN person USING (seq) {session} JOIN session s USING (number) "
    "WHERE {unit} AND ({where}) ORDER BY e.t, {order} LIMIT {most}"
)


_NEXT = 5  # events behind the last step that are shown
_AFTER = (
    "SELECT CASE WHEN e.name = 'page_view' THEN coalesce(e.path, e.name) ELSE e.name END AS what, e.t "
    "FROM sessioned e LEFT JOIN person USING (seq) LEFT JOIN session s USING (number) WHERE {unit} = $unit "
    "AND e.t >= $from AND e.id <> $last ORDER BY e.t, e.page_seq, e.id LIMIT $most"
)


def traced(view: View, asked: Funnel) -> Answer:
    """One row per step; totals tell how deep the unit came and why no further. Raises `SpecError` for nobody."""
    assert asked.explain is not None
    told = view.stitched(asked.identity, asked.erase, asked.frozen)
    view.sessions(asked.session)
    view.persons(asked.identity, asked.erase, asked.frozen)
    unit = asked.explain.unit
    if unit is None:
        unit = who(view, Who(visitor=asked.explain.visitor, user=asked.explain.user), told.signs, told.told)
    found = _found(view, asked, unit)
    if asked.explain.unit is not None and not found:
        raise SpecError("explain.unit", "%(field)s: no event of %(unit)s fits a step of this funnel", unit=repr(unit))
    way = trace(asked, found, view.now)
    totals: dict[str, Any] = {
        "unit": unit,
        "depth": len(way.filled),
        "converted": way.stop is None,
        "stop": way.stop._asdict() if way.stop else None,
        "pending_until": way.pending_until,
    }
    said = [_stopped(asked, way.stop, way.filled) if way.stop else remark("reached_all")]
    said += [remark("first_only", most=_MOST)] if len(found) == _MOST else []
    columns = ["step", "label", "reached", "at", "event", "gap_ms"]
    return Answer("funnel", filled(asked), columns, rows(asked, way, found), totals, said, view.data())


def _stopped(asked: Funnel, stop: Stop, filled: Collection[int]) -> Remark:
    missing = next(n for n in range(len(asked.steps)) if n not in filled)
    where = {"step": missing + 1, "label": label(asked.steps[missing], missing)}
    return remark("stopped", code=stop.code, says=stop.says, **where)


def sampled(view: View, asked: Funnel, units: Sequence[str]) -> Answer:
    """One row for each of the first of these units: how deep it came, why no further, and what it did next."""
    assert asked.members is not None
    view.sessions(asked.session)
    view.persons(asked.identity, asked.erase, asked.frozen)
    listed = []
    for unit in units[: asked.members.samples]:
        way = trace(asked, _found(view, asked, unit), view.now)
        last = max((one for one in way.filled.values()), key=lambda one: one.mark.t, default=None)
        listed.append({
            "depth": len(way.filled),
            "code": way.stop.code if way.stop else None,
            "why": way.stop.says if way.stop else None,
            "next": _next(view, asked, unit, last) if last else [],
        })  # fmt: skip
    return Answer("funnel", filled(asked), ["depth", "why", "next"], listed, {"units": len(units)}, [], view.data())


def _next(view: View, asked: Funnel, unit: str, last: Found) -> list[dict[str, Any]]:
    """Pages and events behind the last step, and how long after it; of a session no further than itself."""
    whole = asked.scope == "session"
    name = "s.first_seq::VARCHAR" if whole else "coalesce(person.person, 'anon:' || e.visitor)"
    told = {"unit": last.part if whole else unit, "last": last.id, "most": _NEXT, "from": last.mark.t}
    listed = view.rows(_AFTER.replace("{unit}", name), **told)
    return [{"what": row["what"], "after_ms": row["t"] - last.mark.t} for row in listed]


def _found(view: View, asked: Funnel, unit: str) -> list[Found]:
    bound = Parameters()
    steps = [matcher(step, bound, f"steps[{n}]") for n, step in enumerate(asked.steps)]
    barred = [matcher(one.match, bound, f"exclusions[{n}].match") for n, one in enumerate(asked.exclusions)]
    kept = [condition(one, bound, "event_where") for one in asked.event_where]
    kept += [session_condition(one, bound, "session_where") for one in asked.session_where]
    name = bound.bind(unit)
    person = f"coalesce(person.person, 'anon:' || e.visitor) = {name}"
    where = " OR ".join([*steps, *barred])
    if asked.order == "strict":
        where = (
            f"e.name NOT IN (SELECT unnest({bound.bind([*asked.strict_ignores, *asked.session.passive])}::VARCHAR[]))"
        )
    texts = {
        "mask": _bits(steps),
        "entry": " AND ".join(condition(one, bound, "entry_where") for one in asked.entry_where) or "true",
        "bars": _bits(barred),
        "hold": " || chr(31) || ".join(field(one, bound, "hold") for one in asked.hold) or "NULL",
        "kept": " AND ".join(kept) or "true",
        "session": "LEFT" if asked.scope == "person" else "INNER",
        "unit": f"(s.first_seq IN (SELECT seq FROM events WHERE id = {name}) OR {person})"
        if asked.scope == "session"
        else person,
        "where": where,
        "order": "e.seq" if asked.ties == "arrival" else "e.page_seq, e.id",
        "most": str(_MOST),
    }
    sql = _SQL
    for key, text in texts.items():
        sql = sql.replace("{" + key + "}", text)
    return [
        Found(Mark(t, mask, entry, bars), part, hold, bool(kept), event, event_name, path)
        for block in view.chunks(sql, bound.values)
        for t, mask, entry, bars, part, hold, kept, event, event_name, path in block
    ]


def _bits(conditions: list[str]) -> str:
    """Bit i of the number: the i-th condition holds."""
    bits = (f"CASE WHEN {text} THEN {1 << n}::BIGINT ELSE 0 END" for n, text in enumerate(conditions))
    return " + ".join(bits) or "0::BIGINT"
