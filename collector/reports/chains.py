"""The funnel's kernel: how far one unit's events get, exactly.

A chain of length k is k distinct events, one for each of the first k steps: in non-decreasing time (`ties="any"`), in
increasing time (`"strict"`) or in order of arrival within a millisecond (`"arrival"`), anything in between; or as
neighbours (`order="strict"`); or in any order (`"unordered"`), where any k steps will do. It lies within the window:
from the first event to the last (`window_from="first"`) or from each to the next (`"previous"`), the window's end
included. No excluded event stands between the steps that it keeps apart. The depth of a unit is its longest chain.
Among the deepest chains the canonical one ends earliest, then starts latest, then has the earliest middles.
"""

from __future__ import annotations

from bisect import bisect_right

from collector.reports.adjacent import adjacent
from collector.reports.adjacent import clean as clean_neighbours
from collector.reports.marks import NOTHING, Attempt, Bar, Mark, Rule
from collector.reports.ordered import clean as clean_ordered
from collector.reports.ordered import levels, ordered
from collector.reports.unordered import clean as clean_unordered
from collector.reports.unordered import unordered

__all__ = ["Attempt", "Bar", "Mark", "Rule", "attempt", "attempts"]

_ORDERS = {"ordered": ordered, "strict": adjacent, "unordered": unordered}
_CLEAN = {"ordered": clean_ordered, "strict": clean_neighbours, "unordered": clean_unordered}


def attempt(marks: list[Mark], rule: Rule) -> Attempt:
    """The best attempt in events ordered by time (with `ties="arrival"`: by time, then arrival).

    With `mode="drop"` a unit counts only if an attempt as deep as its deepest met no excluded event up to the end of
    its window; with `"cut"` such an attempt ends there.
    """
    best = _ORDERS[rule.order](marks, rule)
    if rule.mode == "cut" or not rule.bars or not any(mark.bars for mark in marks):
        return best
    free = _ORDERS[rule.order](marks, rule._replace(bars=()))
    if best.depth < free.depth or not _CLEAN[rule.order](marks, rule, free.depth):
        return NOTHING
    return best


def attempts(marks: list[Mark], rule: Rule) -> list[Attempt]:
    """Attempts that do not overlap, each from the first event that may begin one after the last has ended: by
    converting, by the end of its window, or by an excluded event. Chains hold positions in `marks`."""
    found: list[Attempt] = []
    at = 0
    while True:
        first = next((n for n in range(at, len(marks)) if marks[n].entry and marks[n].mask & 1), None)
        if first is None:
            return found
        rest = [mark._replace(entry=n == first) for n, mark in enumerate(marks[at : _until(marks, rule, first)], at)]
        one = _ORDERS[rule.order](rest, rule)
        found.append(one._replace(chain=tuple(at + n for n in one.chain)))
        after = _exit(marks, rest, rule, at, first, found[-1])
        if after is None:
            return found
        at = max(after, first + 1)


def _until(marks: list[Mark], rule: Rule, first: int) -> int:
    """The position behind the last event that an attempt from `first` can hold."""
    if rule.window is None or rule.window_from == "previous":
        return len(marks)
    return bisect_right(marks, marks[first].t + rule.window, key=lambda mark: mark.t)


def _exit(marks: list[Mark], rest: list[Mark], rule: Rule, at: int, first: int, one: Attempt) -> int | None:
    """The position behind the end of an attempt; None if it never ended."""
    if one.depth == rule.steps:
        return max(one.chain) + 1
    ends = []
    if rule.window is not None:
        since = marks[first].t if rule.window_from == "first" or one.alive is None else one.alive
        ends.append(bisect_right(marks, since + rule.window, key=lambda mark: mark.t))
    if rule.bars and rule.order == "ordered":
        ended = levels(rest, rule).ended
        ends += [at + ended + 1] if ended is not None else []
    return min(ends, default=None)
