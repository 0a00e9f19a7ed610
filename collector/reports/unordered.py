"""Chains in any order: the most steps that distinct events within one window can fill (maximum matching)."""

from __future__ import annotations

from collector.reports.assignment import assigned
from collector.reports.marks import NOTHING, Attempt, Mark, Rule


def unordered(marks: list[Mark], rule: Rule) -> Attempt:
    """The best attempt: the most steps, then the earliest end, then the latest start. Its chain is in order of time.

    The window begins with the chain's first event, whichever step it is; with an anchor the first step must be there.
    """
    fitting = _fitting(marks, rule)
    best: tuple[tuple[int, int, int], list[int]] | None = None
    for first in fitting:
        chain = _shortest(marks, rule, first)
        if chain:
            rank = (-len(chain), marks[chain[-1]].t, -marks[chain[0]].t)
            best = min(best, (rank, chain)) if best is not None else (rank, chain)
    if best is None:
        return NOTHING
    return Attempt(len(best[1]), tuple(best[1]), max(marks[n].t for n in fitting))


def clean(marks: list[Mark], rule: Rule, depth: int) -> bool:
    """Whether some chain came this deep and no excluded event followed up to the end of its window, or of the chain if
    it has every step. (Here a span is the whole funnel.)"""
    free = rule._replace(bars=())
    firsts = [n for n in _fitting(marks, rule) if len(_shortest(marks, free, n)) >= depth]
    if depth == rule.steps:
        return any(len(_shortest(marks, rule, first)) == depth for first in firsts)
    return not all(_followed(marks, rule, first) for first in firsts)


def _followed(marks: list[Mark], rule: Rule, first: int) -> bool:
    """Whether an excluded event lies in the window that begins with this event."""
    start, since = marks[first].t, marks[first].t + (rule.bounds == "open")
    stop = marks[-1].t if rule.window is None else start + rule.window
    return any(mark.bars and since <= mark.t <= stop for mark in marks)


def _fitting(marks: list[Mark], rule: Rule) -> list[int]:
    """The events that a chain may begin with."""
    fitting = [n for n, mark in enumerate(marks) if mark.mask and mark.entry]
    return fitting[:1] if rule.entry == "first" else fitting


def _shortest(marks: list[Mark], rule: Rule, first: int) -> list[int]:
    """The longest chain that begins with one event, and among those the one that ends first."""
    stop = _stop(marks, rule, first)
    window = [n for n in range(len(marks)) if marks[n].mask and marks[first].t <= marks[n].t <= stop and n != first]
    longest = len(_with(marks, rule, first, window))
    low, high = 0, len(window)
    while low < high:  # a longer window never fills fewer steps
        middle = (low + high) // 2
        if len(_with(marks, rule, first, window[:middle])) >= longest:
            high = middle
        else:
            low = middle + 1
    return _with(marks, rule, first, window[:low])


def _stop(marks: list[Mark], rule: Rule, first: int) -> int:
    """The last moment (ms) that a chain from this event may reach: the window's end, or the next excluded event."""
    start = marks[first].t
    stop = start + rule.window if rule.window is not None else marks[-1].t
    for mark in marks if rule.bars else ():
        if mark.bars and (mark.t > start or (rule.bounds == "closed" and mark.t == start)):
            return min(stop, mark.t - (rule.bounds == "closed"))
    return stop


def _with(marks: list[Mark], rule: Rule, first: int, window: list[int]) -> list[int]:
    """Positions of the fullest matching that uses `first`, in order of time."""
    best: list[int] = []
    rest = [marks[n] for n in window]
    for own in (step for step in range(rule.steps) if marks[first].mask >> step & 1):
        others = [step for step in range(rule.steps) if step != own]
        found = assigned(rest, others, begin=None)
        if rule.anchor and own != 0 and 0 not in found:
            continue
        chain = sorted([first, *(window[n] for n in found.values())])
        best = chain if len(chain) > len(best) else best
    return best
