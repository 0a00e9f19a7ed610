"""Strict chains: neighbours in some order of all the unit's events that respects time.

Events of one millisecond may stand in any order: the first moment of a chain gives its last events, the last moment
its first ones, and every moment between must be used up whole. So an excluded event can share a chain's first or last
moment only, where it counts if the bounds are closed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from collector.reports.assignment import assigned
from collector.reports.marks import NOTHING, Attempt, Mark, Rule, moments
from collector.reports.ordered import entries


def adjacent(marks: list[Mark], rule: Rule) -> Attempt:
    """The best attempt: the deepest, then the earliest end, then the latest start."""
    marks = entries(marks, rule)
    best: tuple[tuple[int, int, int], list[int]] | None = None
    barred = _barred(marks, rule)
    for found in _longest(marks, rule):
        chain = _free(found, marks, rule, barred)
        end = chain[-1] if rule.ties == "arrival" else marks[chain[-1]].t
        rank = (-len(chain), end, -marks[chain[0]].t)
        if best is None or rank < best[0]:
            best = (rank, chain)
    if best is None:
        return NOTHING
    alive = max(mark.t for mark in marks if mark.entry and mark.mask & 1)
    return Attempt(len(best[1]), tuple(best[1]), alive)


def clean(marks: list[Mark], rule: Rule, depth: int) -> bool:
    """Whether some chain came this deep, met no excluded event, and none followed inside a span that it began, up to
    the end of its window."""
    marks = entries(marks, rule)
    barred = _barred(marks, rule)
    found = (chain for chain in _longest(marks, rule) if len(_free(chain, marks, rule, barred)) >= depth)
    return any(not _followed(chain, marks, rule, barred) for chain in found)


def _followed(chain: list[int], marks: list[Mark], rule: Rule, barred: list[list[int]]) -> bool:
    """Whether an excluded event came where the next step might still have come."""
    since = marks[chain[0 if rule.window_from == "first" else -1]].t
    for bar, places in zip(rule.bars, barred, strict=True):
        if bar.after < len(chain) <= bar.before:
            behind = bisect_left if rule.bounds == "closed" else bisect_right
            next_one = behind(places, _place(chain[bar.after], marks, rule))
            if next_one < len(places) and (
                rule.window is None or _time(places[next_one], marks, rule) <= since + rule.window
            ):
                return True
    return False


def _barred(marks: list[Mark], rule: Rule) -> list[list[int]]:
    """The places of the events of each exclusion."""
    tripped = [[at for at, mark in enumerate(marks) if mark.bars >> n & 1] for n in range(len(rule.bars))]
    return [[_place(at, marks, rule) for at in one] for one in tripped]


def _place(at: int, marks: list[Mark], rule: Rule) -> int:
    """What tells which of two events came first: the position if that is the order of arrival, else the time (ms)."""
    return at if rule.ties == "arrival" else marks[at].t


def _time(place: int, marks: list[Mark], rule: Rule) -> int:
    return marks[place].t if rule.ties == "arrival" else place


def _longest(marks: list[Mark], rule: Rule) -> Iterator[list[int]]:
    """Every longest chain, from each moment."""
    groups = moments(marks, rule)
    for first in range(len(groups)):
        yield from _from(marks, rule, groups, first)


def _from(marks: list[Mark], rule: Rule, groups: list[tuple[int, int]], first: int) -> list[list[int]]:
    """Every longest chain that begins in one moment: one for each number of events that it takes there."""
    begin, end = groups[first]
    found = []
    for length in range(1, _most(end - begin, rule) + 1):
        chain = _filled(marks, rule, begin, end, 0, length)
        if chain is None:
            break
        found.append(_onward(marks, rule, groups, first, chain))
    return found


def _onward(marks: list[Mark], rule: Rule, groups: list[tuple[int, int]], first: int, chain: list[int]) -> list[int]:
    """Go on through the next moments, each used up whole, the last one in part."""
    start = marks[chain[0]].t
    for begin, end in groups[first + 1 :]:
        t = marks[begin].t
        since = start if rule.window_from == "first" else marks[chain[-1]].t
        if len(chain) == rule.steps or (rule.window is not None and t - since > rule.window):
            break
        whole = end - begin
        taken = None
        for length in range(min(_most(whole, rule), rule.steps - len(chain)), 0, -1):
            taken = _filled(marks, rule, begin, end, len(chain), length)
            if taken is not None:
                chain = chain + taken
                break
        if taken is None or len(taken) < whole:
            break
    return chain


def _free(chain: list[int], marks: list[Mark], rule: Rule, barred: list[list[int]]) -> list[int]:
    """The longest beginning of a chain that met no excluded event. Which events fill a moment changes nothing, but for
    events that are both a step and excluded."""
    for length in range(2, len(chain) + 1):
        for bar, places in zip(rule.bars, barred, strict=True):
            if bar.after < length - 1 and _met(
                chain[bar.after], chain[min(bar.before, length - 1)], marks, rule, places
            ):
                return chain[: length - 1]
    return chain


def _met(first: int, last: int, marks: list[Mark], rule: Rule, places: list[int]) -> bool:
    """Whether one of these places lies between two events."""
    begin, end = _place(first, marks, rule), _place(last, marks, rule)
    if rule.bounds == "closed":
        return bisect_right(places, end) > bisect_left(places, begin)
    return bisect_left(places, end) > bisect_right(places, begin)


def _most(size: int, rule: Rule) -> int:
    return min(size, 1) if rule.ties == "strict" else size


def _filled(marks: list[Mark], rule: Rule, begin: int, end: int, level: int, length: int) -> list[int] | None:
    """Positions in one moment for the steps from `level` on, None if they cannot all be filled."""
    if level + length > rule.steps:
        return None
    steps = range(level, level + length)
    found = assigned(marks[begin:end], steps)
    return [begin + found[step] for step in steps] if len(found) == length else None
