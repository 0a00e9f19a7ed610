"""A funnel's answer from its tallies: rows, totals, notes. Rates are null where nobody entered."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any, Final

import msgspec

from collector.reports.answer import Answer
from collector.reports.caution import few, thin
from collector.reports.parts import Matcher, Range
from collector.reports.questions import Funnel
from collector.reports.remark import Remark, remark
from collector.reports.span import NONE, Span
from collector.reports.statistics import newcombe, ratio, wilson
from collector.reports.tally import Tally, reaching

_MAX_GROUPS: Final = 25
_PENDING_APART: Final = 0.10  # pending shares further apart than this make two ranges incomparable


def rows(tally: Tally) -> list[dict[str, Any]]:
    """One row per step."""
    counts, spans = tally.counts, [NONE, *tally.spans()]
    return [_row(n, step, counts, spans[n], tally) for n, step in enumerate(tally.asked.steps)]


def totals(tally: Tally, other: Tally | None = None) -> dict[str, Any]:
    """The funnel as a whole. `other` is the tally of the range to compare with."""
    counts, asked = tally.counts, tally.asked
    *steps, whole = tally.spans()
    closed = counts[0] - tally.pending
    found: dict[str, Any] = {
        "entered": counts[0],
        "converted": counts[-1],
        "rate": None if asked.open else ratio(counts[-1], counts[0]),
        "pending": tally.pending if asked.pending else None,
        "rate_closed": None if asked.open or asked.window is None else ratio(counts[-1], closed),
        "counts": counts,
        "time": whole._asdict(),
        "times": {"steps": [one._asdict() for one in steps], "total": whole._asdict()},
    }
    if asked.breakdown:
        found["groups"] = _groups(tally)
    if tally.buckets:
        found["trend"] = _trend(tally)
    if other is not None:
        found["compare"] = comparison(tally, other)
    if asked.units:
        found["units"] = tally.units
        found["never_entered"] = sum(not depth for depth in tally.units.values())
    return found


def notes(tally: Tally) -> list[Remark]:
    """What a reader must know before believing the figures."""
    counts, asked = tally.counts, tally.asked
    said: list[Remark] = []
    said += few(counts[0], "entered")
    if tally.pending and asked.pending:
        said.append(remark("pending", n=tally.pending))
    if asked.open:
        said.append(remark("open_funnel"))
    if asked.breakdown and asked.breakdown.attribution == "all_events":
        said.append(remark("groups_overlap"))
    if tally.clipped:
        said.append(remark("clipped", n=tally.clipped, most=tally.most))
    said += thin(
        [{"entered": sum(depths.values()) - depths[0]} for depths in tally.groups.values()], "entered", "entered"
    )
    if len(tally.groups) > _MAX_GROUPS:
        said.append(remark("groups_folded", n=len(tally.groups), most=_MAX_GROUPS))
    return said


def listed(asked: Funnel, answer: Answer) -> Answer:
    """The answer, or, where the question wants that, one row per unit instead of one per step."""
    if asked.members is None:
        return answer
    step, stopped = asked.members.step, asked.members.what == "stopped"
    units = sorted(answer.totals["units"].items())
    rows = [{"unit": unit, "depth": n} for unit, n in units if (n == step if stopped else n >= step)]
    rest = {key: value for key, value in answer.totals.items() if key != "units"}
    return msgspec.structs.replace(answer, columns=["unit", "depth"], rows=rows, totals=rest)


def comparison(tally: Tally, other: Tally) -> dict[str, Any]:
    """This range against another: the other's counts and rate, the difference in percentage points with its interval
    (Newcombe), and the relative change; null, with a reason, where too many of one are still inside their window."""
    mine, theirs = tally.counts, other.counts
    rate, before = ratio(mine[-1], mine[0]), ratio(theirs[-1], theirs[0])
    found: dict[str, Any] = {"counts": theirs, "rate": before, "pending": other.pending}
    shares = [ratio(one.pending, one.counts[0]) or 0.0 for one in (tally, other)]
    empty = {"delta_pp": None, "relative": None, "low_pp": None, "high_pp": None}
    if abs(shares[0] - shares[1]) > _PENDING_APART:
        return found | empty | {"refused": "the shares still inside their window differ by more than 10 points"}
    if rate is None or before is None:
        return found | empty | {"refused": "nobody entered in one of the ranges"}
    low, high = newcombe(theirs[-1], theirs[0], mine[-1], mine[0]) or (None, None)
    return found | {
        "delta_pp": (rate - before) * 100,
        "relative": ratio(rate - before, before),
        "low_pp": None if low is None else low * 100,
        "high_pp": None if high is None else high * 100,
        "refused": None,
    }


def _row(n: int, step: Matcher, counts: list[int], took: Span, tally: Tally) -> dict[str, Any]:
    closed = not tally.asked.open
    before = counts[n - 1] if n else counts[0]
    low, high = (wilson(counts[n], counts[0]) if closed else None) or (None, None)
    step_low, step_high = (wilson(counts[n], before) if closed else None) or (None, None)
    return {
        "step": n + 1,
        "label": label(step, n),
        "reached": counts[n],
        "dropped": before - counts[n] if closed else None,
        "rate_total": ratio(counts[n], counts[0]) if closed else None,
        "rate_step": ratio(counts[n], before) if closed else None,
        "low": low,
        "high": high,
        "step_low": step_low,
        "step_high": step_high,
        "p50_ms": took.p50_ms,
        "p90_ms": took.p90_ms,
        "mean_ms": took.mean_ms,
        "revenue": {currency: money(value) for currency, value in sorted(tally.values[n].items())} or None,
    }


def label(step: Matcher, n: int) -> str:
    """What a step is called."""
    return step.label or step.name or step.path or step.regex or f"step {n + 1}"


def money(value: Decimal) -> str:
    """A sum as a decimal text of two decimals, more where they say something."""
    whole, _, decimals = format(value.normalize(), "f").partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"


def _groups(tally: Tally) -> dict[str, list[int]]:
    """The largest groups, and the rest as one."""
    steps = tally.rule.steps
    ranked = sorted(tally.groups.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    groups = {name: reaching(depths, steps) for name, depths in ranked[:_MAX_GROUPS]}
    if rest := ranked[_MAX_GROUPS:]:
        groups["(other)"] = reaching(sum((depths for _, depths in rest), Counter()), steps)
    return groups


def _trend(tally: Tally) -> list[dict[str, Any]]:
    """Every interval of the range, or from the first entry to the last; `complete` when its window is over."""
    buckets, asked = tally.buckets, tally.asked
    assert buckets is not None
    first, stop = _bounds(tally, asked.range)
    if first is None or stop is None:
        return []
    found = []
    for start in buckets.between(first, stop):
        entered, converted = tally.trend.get(start, [0, 0])
        over = buckets.after(start)
        complete = asked.window is not None and over + asked.window <= tally.now
        found.append(
            {"start": start, "entered": entered, "converted": converted, "rate": ratio(converted, entered),
             "complete": complete}
        )  # fmt: skip
    return found


def _bounds(tally: Tally, asked: Range) -> tuple[int | None, int | None]:
    first = asked.start if asked.start is not None else min(tally.trend, default=None)
    if asked.stop is not None:
        return first, min(asked.stop, tally.now + 1)
    last = max(tally.trend, default=None)
    return first, None if last is None else last + 1
