"""A funnel's units added up: how far each got, how long it took, in which group and interval."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final, NamedTuple

from collector.reports.buckets import Buckets
from collector.reports.chains import Attempt, Bar, Mark, Rule, attempt, attempts
from collector.reports.marks import NOTHING
from collector.reports.questions import Funnel
from collector.reports.span import Span, span

NONE: Final = "(none)"
# Events of one unit that are looked at, so that none takes all memory and time: the kernel takes 1 to 20 µs and some
# 300 bytes for each; where each is held against each other, 2,000 take a second or two.
_MOST, _MOST_SQUARED = 100_000, 2_000


class Seen(NamedTuple):
    """One event of a unit as an engine hands it over: a mark, the value that labels, the values that must hold
    (None: one is missing), and its money."""

    mark: Mark
    label: Any = None
    hold: str | None = None
    currency: str | None = None
    amount: str | None = None


class Tally:
    """Adds units one by one; all figures are counts of units, or of attempts where the question counts those."""

    def __init__(self, asked: Funnel, now: int, buckets: Buckets | None = None) -> None:
        self.asked, self.now, self.buckets = asked, now, buckets
        self.rule = rule_of(asked)
        self.depths: Counter[int] = Counter()
        self.opened = [0] * self.rule.steps
        self.gaps: list[list[int]] = [[] for _ in range(self.rule.steps - 1)]
        self.totals: list[int] = []
        self.measured: list[Span] = []  # `spans`, where an engine has looked up all that they are made of
        self.groups: dict[str, Counter[int]] = defaultdict(Counter)
        self.trend: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        self.values: list[dict[str, Decimal]] = [defaultdict(Decimal) for _ in range(self.rule.steps)]
        self.units: dict[str, int] = {}
        self.pending = 0
        self.clipped = 0  # units that had more events than are looked at
        self.most = _MOST_SQUARED if _squared(asked) else _MOST

    @property
    def counts(self) -> list[int]:
        """How many came to each step."""
        if self.asked.open:
            return list(self.opened)
        return reaching(self.depths, self.rule.steps)

    def spans(self) -> list[Span]:
        """How long each step but the first took, and last the whole way."""
        return self.measured or [span(lengths) for lengths in (*self.gaps, self.totals)]

    def add(self, unit: str, parts: Sequence[list[Seen]]) -> None:
        """Add a unit's events in order of time, in one part, or in one for each of its sessions if it is to be judged
        by its best one."""
        found = [(seen, one) for seen in parts for one in self._found(seen)]
        if self.asked.count == "unique" and len(found) > 1:
            found = [max(found, key=_rank)]
        deepest = max((one.depth for _, one in found), default=0)
        if self.asked.open:
            deepest = self._open(parts)
        if self.asked.units:
            self.units[unit] = deepest
        for seen, one in found:
            if one.depth:
                self._count(seen, one)
        if self.asked.breakdown and self.asked.breakdown.attribution == "all_events":
            self._every_label(parts)
        if self.buckets and self.asked.count == "unique":
            self._by_interval(parts, self.buckets)

    def _found(self, seen: list[Seen]) -> list[Attempt]:
        """The attempts of a unit (one, or all that do not overlap), for each set of held values."""
        kernel: Callable[[list[Mark]], list[Attempt]]
        kernel = self._all if self.asked.count == "totals" else self._best
        if not self.asked.hold:
            return kernel([one.mark for one in seen])
        values = sorted({one.hold for one in seen if one.mark.mask and one.hold is not None})
        found = [one for value in values for one in kernel(_only(seen, lambda one: one.hold, value))]
        return found or [NOTHING]

    def _best(self, marks: list[Mark]) -> list[Attempt]:
        return [attempt(marks, self.rule)]

    def _all(self, marks: list[Mark]) -> list[Attempt]:
        return attempts(marks, self.rule)

    def _count(self, seen: list[Seen], one: Attempt) -> None:
        self.depths[one.depth] += 1
        chain = [seen[n] for n in one.chain]
        for n, (before, after) in enumerate(pairwise(chain)):
            self.gaps[n].append(after.mark.t - before.mark.t)
        if one.depth == self.rule.steps:
            self.totals.append(chain[-1].mark.t - chain[0].mark.t)
        elif self.rule.window is None or (one.alive is not None and one.alive + self.rule.window > self.now):
            self.pending += 1
        for n, event in enumerate(chain):
            if event.currency is not None and event.amount is not None:
                self.values[n][event.currency] += Decimal(event.amount)
        if self.asked.breakdown and self.asked.breakdown.attribution != "all_events":
            self.groups[_label(chain, self.asked.breakdown.attribution)][one.depth] += 1
        if self.buckets and self.asked.count == "totals":
            self._enter(self.buckets.start(chain[0].mark.t), one)

    def _every_label(self, parts: Sequence[list[Seen]]) -> None:
        """One attempt for each value that the unit's events have."""
        for label in {_said(one.label) for seen in parts for one in seen if one.mark.mask}:
            best = max(
                (attempt(_only(seen, lambda one: _said(one.label), label), self.rule) for seen in parts),
                key=lambda one: one.depth,
            )
            if best.depth:
                self.groups[label][best.depth] += 1

    def _by_interval(self, parts: Sequence[list[Seen]], buckets: Buckets) -> None:
        """One attempt for each interval in which the unit entered."""
        starts = {buckets.start(one.mark.t) for seen in parts for one in seen if one.mark.entry and one.mark.mask & 1}
        for start in starts:
            stop = buckets.after(start)
            best = NOTHING
            for seen in parts:
                within = [
                    one._replace(mark=one.mark._replace(entry=one.mark.entry and start <= one.mark.t < stop))
                    for one in seen
                ]
                best = max([best, *self._found(within)], key=lambda one: one.depth)
            self._enter(start, best)

    def _enter(self, start: int, one: Attempt) -> None:
        if one.depth:
            self.trend[start][0] += 1
            self.trend[start][1] += one.depth == self.rule.steps

    def _open(self, parts: Sequence[list[Seen]]) -> int:
        done = 0
        for seen in parts:
            for one in seen:
                done |= one.mark.mask
        for n in range(self.rule.steps):
            self.opened[n] += done >> n & 1
        return done.bit_length()


def _squared(asked: Funnel) -> bool:
    """Whether the kernel may run over a unit's events as often as it has some."""
    labels = asked.breakdown is not None and asked.breakdown.attribution == "all_events"
    attempts = asked.count == "totals" or asked.exclusion_mode == "drop" or asked.trend is not None
    return asked.order == "unordered" or attempts or labels or bool(asked.hold)


def rule_of(asked: Funnel) -> Rule:
    """The kernel's rule for a question."""
    last = len(asked.steps) - 1
    return Rule(
        steps=len(asked.steps),
        window=asked.window,
        window_from=asked.window_from,
        ties=asked.ties,
        entry=asked.entry,
        order=asked.order,
        bars=tuple(Bar(one.after, last if one.before is None else one.before) for one in asked.exclusions),
        bounds=asked.exclusion_bounds,
        mode=asked.exclusion_mode,
        anchor=asked.anchor_first,
    )


def reaching(depths: Counter[int], steps: int) -> list[int]:
    """Depths to counts: how many came at least to each step."""
    return [sum(n for depth, n in depths.items() if depth > step) for step in range(steps)]


def _rank(found: tuple[list[Seen], Attempt]) -> tuple[int, int, int]:
    """Deepest, then earliest end, then latest start."""
    seen, one = found
    if not one.chain:
        return (0, 0, 0)
    return (one.depth, -seen[one.chain[-1]].mark.t, seen[one.chain[0]].mark.t)


def _only(seen: list[Seen], value: Callable[[Seen], str | None], wanted: str) -> list[Mark]:
    """Marks of which only those with the wanted value may be steps; excluded events stay excluded."""
    return [one.mark if value(one) == wanted else one.mark._replace(mask=0) for one in seen]


def _label(chain: Sequence[Seen], attribution: str) -> str:
    """The group of an attempt: the first or last value along its chain, or that of one step (from 0)."""
    values = [one.label for one in chain]
    if attribution.startswith("step:"):
        step = int(attribution[5:])
        values = values[step : step + 1]
    elif attribution == "last_touch":
        values.reverse()
    return next((str(value) for value in values if value not in (None, "")), NONE)


def _said(label: Any) -> str:
    return NONE if label in (None, "") else str(label)
