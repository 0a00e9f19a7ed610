"""The funnel: SQL finds the events that fit a step, in order by unit; the kernel does the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain, groupby, pairwise
from operator import itemgetter
from typing import Any, NamedTuple

from collector.engines.duckdb.matching import Parameters, field, matcher
from collector.engines.duckdb.view import View, statement
from collector.reports.answer import Answer
from collector.reports.chains import Attempt, Mark, Rule, attempt
from collector.reports.spec import Funnel, Matcher, filled
from collector.reports.statistics import mean, quantile, ratio, wilson

_LOW_N = 30
_MAX_GROUPS = 25


class Outcome(NamedTuple):
    """What one pass over all units found. Times are ms."""

    depths: Counter[int]
    gaps: list[list[int]]  # per step but the first: the time since the step before
    totals: list[int]
    groups: dict[str, Counter[int]]
    pending: int


def funnel(view: View, asked: Funnel) -> Answer:
    """Answer the question; one row per step."""
    if asked.scope == "session":
        view.sessions(asked.session)
    else:
        view.persons()
    found = _walk(_units(view, asked), asked, view.now)
    counts = _counts(found.depths, len(asked.steps))
    rows = [_row(n, asked.steps[n], counts, found) for n in range(len(asked.steps))]
    return Answer(
        report="funnel",
        spec=filled(asked),
        columns=list(rows[0]),
        rows=rows,
        totals=_totals(counts, found, asked),
        notes=_notes(counts, found),
        data=view.data(),
    )


def _units(view: View, asked: Funnel) -> Iterator[tuple[list[Mark], list[Any]]]:
    """Per unit its marks in order of time, and their labels."""
    blocks = view.chunks(*_statement(view, asked))
    for _, rows in groupby(chain.from_iterable(blocks), key=itemgetter(0)):
        listed = list(rows)
        yield [Mark(t, mask, entry) for _, t, mask, _, entry in listed], [row[3] for row in listed]


def _statement(view: View, asked: Funnel) -> tuple[str, dict[str, object]]:
    bound = Parameters()
    conditions = [matcher(step, bound, f"steps[{n}]") for n, step in enumerate(asked.steps)]
    mask = " + ".join(
        f"CASE WHEN {condition} THEN {1 << n}::BIGINT ELSE 0 END" for n, condition in enumerate(conditions)
    )
    label = field(asked.breakdown.field, bound, "breakdown.field") if asked.breakdown else "NULL"
    unit, join = "coalesce(person.person, 'anon:' || e.visitor)", "LEFT JOIN person USING (seq)"
    if asked.scope == "session":
        unit, join = "e.visitor || ' ' || cut.island || ' ' || cut.part", "JOIN cut USING (seq)"
    sql = (
        statement("funnel_events")
        .replace("{unit}", unit)
        .replace("{mask}", mask)
        .replace("{label}", label)
        .replace("{entry}", f"e.t >= {view.start} AND e.t < {view.stop}")
        .replace("{join}", join)
        .replace("{any}", " OR ".join(conditions))
    )
    return sql, bound.values


def _walk(units: Iterator[tuple[list[Mark], list[Any]]], asked: Funnel, now: int) -> Outcome:
    steps = len(asked.steps)
    rule = Rule(steps, asked.window, asked.window_from, asked.ties, asked.entry)
    found = Outcome(Counter(), [[] for _ in range(steps - 1)], [], {}, 0)
    pending = 0
    for marks, labels in units:
        best = attempt(marks, rule)
        if not best.depth:
            continue
        found.depths[best.depth] += 1
        times = [marks[n].t for n in best.chain]
        for n, (before, after) in enumerate(pairwise(times)):
            found.gaps[n].append(after - before)
        if best.depth == steps:
            found.totals.append(times[-1] - times[0])
        elif asked.window is None or (best.entered is not None and best.entered + asked.window > now):
            pending += 1
        if asked.breakdown:
            found.groups.setdefault(_label(best, labels, asked.breakdown.attribution), Counter())[best.depth] += 1
    return found._replace(pending=pending)


def _label(best: Attempt, labels: list[Any], attribution: str) -> str:
    """The group of a unit: the first or last value along its chain, or that of one step (from 0)."""
    values = [labels[n] for n in best.chain]
    if attribution.startswith("step:"):
        step = int(attribution[5:])
        values = values[step : step + 1]
    elif attribution == "last_touch":
        values.reverse()
    return next((str(value) for value in values if value not in (None, "")), "(none)")


def _counts(depths: Counter[int], steps: int) -> list[int]:
    return [sum(n for depth, n in depths.items() if depth > step) for step in range(steps)]


def _row(n: int, step: Matcher, counts: list[int], found: Outcome) -> dict[str, Any]:
    before = counts[n - 1] if n else counts[0]
    low, high = wilson(counts[n], counts[0]) or (None, None)
    gaps = found.gaps[n - 1] if n else []
    return {
        "step": n + 1,
        "label": step.label or step.name or step.path or step.regex or f"step {n + 1}",
        "reached": counts[n],
        "dropped": before - counts[n],
        "rate_total": ratio(counts[n], counts[0]),
        "rate_step": ratio(counts[n], before),
        "low": low,
        "high": high,
        "p50_ms": quantile(gaps, 0.5),
        "p90_ms": quantile(gaps, 0.9),
        "mean_ms": mean(gaps),
    }


def _totals(counts: list[int], found: Outcome, asked: Funnel) -> dict[str, Any]:
    totals: dict[str, Any] = {
        "entered": counts[0],
        "converted": counts[-1],
        "rate": ratio(counts[-1], counts[0]),
        "pending": found.pending,
        "rate_closed": ratio(counts[-1], counts[0] - found.pending),
        "counts": counts,
        "time": {
            "n": len(found.totals),
            "mean_ms": mean(found.totals),
            "p50_ms": quantile(found.totals, 0.5),
        },
    }
    if asked.breakdown:
        ranked = sorted(found.groups.items(), key=lambda item: (-sum(item[1].values()), item[0]))
        kept, rest = ranked[:_MAX_GROUPS], ranked[_MAX_GROUPS:]
        groups = {label: _counts(depths, len(counts)) for label, depths in kept}
        if rest:
            groups["(other)"] = _counts(sum((depths for _, depths in rest), Counter()), len(counts))
        totals["groups"] = groups
    return totals


def _notes(counts: list[int], found: Outcome) -> list[str]:
    notes = []
    if 0 < counts[0] < _LOW_N:
        notes.append(f"only {counts[0]} entered: too few to compare rates")
    if found.pending:
        notes.append(f"{found.pending} are still inside their window: see rate_closed")
    return notes
