"""Chains in order, exactly, in one pass: O(events × steps).

Per level it is enough to keep the latest start of any chain that reaches it (for gaps: the latest event). Events of
one millisecond are matched to steps together, so that no order among them is assumed and none serves two steps.
An excluded event clears the levels inside its span; a chain that it meets still counts as having come that far.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from collector.reports.assignment import run_length
from collector.reports.marks import NEVER, NOTHING, Attempt, Mark, Rule, moments


class Reached(NamedTuple):
    """The deepest level, when it was reached first (the range of marks), its latest start, the levels that are left
    at the end, and when an exclusion ended the last attempt (a position, None: none did)."""

    depth: int
    at: tuple[int, int]
    start: int
    levels: list[int]
    ended: int | None


def ordered(marks: list[Mark], rule: Rule) -> Attempt:
    """The best attempt: the deepest, then the earliest end, then the latest start, then the earliest middles."""
    marks = entries(marks, rule)
    reached = levels(marks, rule)
    if not reached.depth:
        return NOTHING
    entered = max(mark.t for mark in marks if mark.entry and mark.mask & 1)
    alive = entered if rule.window_from == "first" else max(reached.levels[1 : rule.steps], default=NEVER)
    return Attempt(reached.depth, _chain(marks, rule, reached), alive if alive != NEVER else None)


def entries(marks: list[Mark], rule: Rule) -> list[Mark]:
    """With `entry="first"` only the first event that may begin, begins."""
    if rule.entry == "best":
        return marks
    found = next((n for n, mark in enumerate(marks) if mark.entry and mark.mask & 1), None)
    return [mark._replace(entry=n == found) for n, mark in enumerate(marks)]


def levels(marks: list[Mark], rule: Rule) -> Reached:
    """Run over the marks once."""
    best = [NEVER] * (rule.steps + 1)
    found = Reached(0, (0, 0), NEVER, best, None)
    ended: int | None = None
    for begin, end in moments(marks, rule):
        group = marks[begin:end]
        tripped = _tripped(group)
        reached, start = _extend(best, group, tripped, rule)
        if reached > found.depth:
            found = found._replace(depth=reached, at=(begin, end), start=start)
        if tripped and found.depth and ended is None and max(best[1:]) == NEVER:
            ended = begin + next(n for n, mark in enumerate(group) if mark.bars)
    return found._replace(ended=ended)


def clean(marks: list[Mark], rule: Rule, depth: int) -> bool:
    """Whether some attempt came this deep and no excluded event followed inside its span before its window ended."""
    marks = entries(marks, rule)
    if not depth or all(bar.before < depth for bar in rule.bars):
        return levels(marks, rule).depth >= depth
    return any(levels(lived, rule).levels[depth] != NEVER for lived in _lived(marks, rule, depth))


def _lived(marks: list[Mark], rule: Rule, depth: int) -> Iterator[list[Mark]]:
    """The events up to the end of the window of each attempt that may have come this deep, without the others: one for
    every first event, or, where each event has a window of its own, one for every last."""
    if rule.window is None:
        yield marks
        return
    last = rule.window_from == "previous"
    step = 1 << (depth - 1 if last else 0)
    for at, one in enumerate(marks):
        if one.mask & step:
            until = [mark for mark in marks if mark.t <= one.t + rule.window]
            yield [mark if n == at else mark._replace(mask=mark.mask & ~step) for n, mark in enumerate(until)]


def _tripped(group: list[Mark]) -> int:
    tripped = 0
    for mark in group:
        tripped |= mark.bars
    return tripped


def _extend(best: list[int], group: list[Mark], tripped: int, rule: Rule) -> tuple[int, int]:
    """Let the events of one moment lengthen chains; returns the deepest level reached now, and its latest start."""
    if not tripped and (len(group) == 1 or rule.ties == "strict"):
        return _extend_by_one(best, group, rule)
    t, old = group[0].t, list(best)
    _clear(best, tripped, rule)
    deepest, latest = 0, NEVER
    for level in range(rule.steps):
        start = t if level == 0 else old[level]
        if start == NEVER or (rule.window is not None and t - start > rule.window):
            continue
        far = run_length(group, level, rule.steps)
        if rule.ties == "strict":
            far = min(far, level + 1)
        far = _allowed(level, far, tripped, rule)
        for deeper in range(level + 1, far + 1):
            if not _stopped(level, deeper, tripped, rule):
                best[deeper] = max(best[deeper], t if rule.window_from == "previous" else start)
            deepest, latest = max((deepest, latest), (deeper, start))
    return deepest, latest


def _extend_by_one(best: list[int], group: list[Mark], rule: Rule) -> tuple[int, int]:
    """Top-down, so that one event does not serve two steps."""
    t, mask = group[0].t, 0
    for mark in group:
        mask |= mark.mask if mark.entry else mark.mask & ~1
    deepest, latest = 0, NEVER
    for level in range(mask.bit_length() - 1, -1, -1):
        if not mask >> level & 1:
            continue
        start = t if level == 0 else best[level]
        if start == NEVER or (rule.window is not None and t - start > rule.window):
            continue
        best[level + 1] = t if rule.window_from == "previous" else start  # never less than it was
        if not deepest:
            deepest, latest = level + 1, start
    return deepest, latest


def _clear(best: list[int], tripped: int, rule: Rule) -> None:
    for n, bar in enumerate(rule.bars):
        if tripped >> n & 1:
            for level in range(bar.after + 1, bar.before + 1):
                best[level] = NEVER


def _allowed(level: int, far: int, tripped: int, rule: Rule) -> int:
    """How far a chain may go within a moment that holds an excluded event, where its bounds are closed."""
    if rule.bounds == "closed":
        for n, bar in enumerate(rule.bars):
            if tripped >> n & 1 and level <= bar.before:
                far = min(far, max(level, bar.after + 1))
    return far


def _stopped(level: int, deeper: int, tripped: int, rule: Rule) -> bool:
    """Whether a chain that went from `level` to `deeper` at this moment has the excluded event behind it already."""
    for n, bar in enumerate(rule.bars):
        begun = level if rule.bounds == "open" else deeper
        if tripped >> n & 1 and bar.after < begun and deeper <= bar.before:
            return True
    return False


def _chain(marks: list[Mark], rule: Rule, reached: Reached) -> tuple[int, ...]:
    """The canonical chain of the deepest level."""
    if reached.depth == 1:
        return (next(n for n, mark in enumerate(marks) if mark.entry and mark.mask & 1),)
    until = reached.at[1]
    firsts = [n for n in range(until) if marks[n].entry and marks[n].mask & 1]
    if rule.window_from == "first":
        firsts = [n for n in firsts if marks[n].t == reached.start]
    for t in sorted({marks[n].t for n in firsts}, reverse=True):
        search = Search(marks, rule, reached)
        found = search.earliest([[n] for n in firsts if marks[n].t == t])
        if found is not None:
            return found
    raise AssertionError("a depth without a chain")  # pragma: no cover


class Search:
    """The chain behind a depth, for one time of its first event. Its last event must fall on the moment at which the
    depth was reached first; between, the earliest events that can be completed."""

    def __init__(self, marks: list[Mark], rule: Rule, reached: Reached) -> None:
        self._marks, self._rule, self._reached = marks, rule, reached
        self._barred = [
            [self._place(at) for at, mark in enumerate(marks) if mark.bars >> n & 1] for n in range(len(rule.bars))
        ]
        self._known: dict[tuple[int, ...], tuple[int, ...] | None] = {}

    def earliest(self, chains: list[list[int]]) -> tuple[int, ...] | None:
        """Of chains that differ in their last event, all at one moment, the one whose completion is the earliest; None
        if none can be."""
        ends = [(chain, self._completed(chain)) for chain in self._different(chains)]
        found = [(*chain, *end) for chain, end in ends if end is not None]
        return min(found, key=lambda whole: [self._marks[n].t for n in whole], default=None)

    def _different(self, chains: list[list[int]]) -> Iterable[list[int]]:
        """Of chains whose last events fit the same steps the first: the others are completed alike, and some hundred
        events of one moment would be tried in every combination. Where arrival decides, none are alike."""
        if self._rule.ties == "arrival":
            return chains
        first: dict[int, list[int]] = {}
        for chain in chains:
            first.setdefault(self._marks[chain[-1]].mask, chain)
        return first.values()

    def _completed(self, chain: list[int]) -> tuple[int, ...] | None:
        """What is missing of a chain. It depends on the level and on the chain's events of the moment it stands at;
        where arrival decides, on the last of these."""
        begin, end = self._reached.at
        if len(chain) == self._reached.depth:
            return () if begin <= chain[-1] < end else None
        now = self._marks[chain[-1]].t
        before = [n for n in chain if self._marks[n].t == now]
        state = (len(chain), *(before[-1:] if self._rule.ties == "arrival" else sorted(before)))
        if state not in self._known:
            self._known[state] = self._lengthened(chain, end)
        return self._known[state]

    def _lengthened(self, chain: list[int], end: int) -> tuple[int, ...] | None:
        fitting = [n for n in self._following(chain[-1], end) if self._fits(chain, n)]
        for _, tied in groupby(fitting, key=lambda n: self._marks[n].t):
            found = self.earliest([[*chain, n] for n in tied])
            if found is not None:
                return found[len(chain) :]
        return None

    def _following(self, last: int, end: int) -> range:
        begin = last
        if self._rule.ties != "arrival":
            while begin > 0 and self._marks[begin - 1].t == self._marks[last].t:
                begin -= 1
        return range(begin, end)

    def _fits(self, chain: list[int], position: int) -> bool:
        mark, last, rule = self._marks[position], chain[-1], self._rule
        before = self._marks[last].t
        if not mark.mask >> len(chain) & 1 or position in chain:
            return False
        if (rule.ties == "strict" and mark.t == before) or (rule.ties == "arrival" and position < last):
            return False
        since = self._marks[chain[0]].t if rule.window_from == "first" else before
        return (rule.window is None or mark.t - since <= rule.window) and not self._hit(chain, position)

    def _hit(self, chain: list[int], position: int) -> bool:
        """Whether an excluded event lies between the beginning of its span and the next event."""
        end = self._place(position)
        for bar, places in zip(self._rule.bars, self._barred, strict=True):
            if bar.after < len(chain) <= bar.before:
                begin = self._place(chain[bar.after])
                if self._rule.bounds == "closed":
                    hit = bisect_right(places, end) > bisect_left(places, begin)
                else:
                    hit = bisect_left(places, end) > bisect_right(places, begin)
                if hit:
                    return True
        return False

    def _place(self, position: int) -> int:
        """Where an event stands among excluded ones: its moment, or its arrival where that decides."""
        return position if self._rule.ties == "arrival" else self._marks[position].t
