"""The funnel's kernel: how far one unit's events get, exactly.

A chain of length k is k distinct events, one for each of the first k steps, in non-decreasing time (`ties="any"`) or
increasing time (`"strict"`), within the window: from the first event to the last (`window_from="first"`) or from each
to the next (`"previous"`), the window's end included. The depth of a unit is its longest chain. Among the deepest
chains the canonical one ends earliest, then starts latest, then has the earliest middles.

Per level it is enough to keep the latest start of any chain that reaches it (for gaps: the latest event); events of
one millisecond are matched to steps together, so that no order among them is assumed and none serves two steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

_NEVER: Final = -1


class Mark(NamedTuple):
    """One event as the funnel sees it: its time (ms), the steps it fits (bit i: step i), and whether it may enter."""

    t: int
    mask: int
    entry: bool = True


class Rule(NamedTuple):
    """What makes a chain. `window` None is unlimited."""

    steps: int
    window: int | None
    window_from: Literal["first", "previous"] = "first"
    ties: Literal["any", "strict"] = "any"
    entry: Literal["best", "first"] = "best"


class Attempt(NamedTuple):
    """How deep, by which events (positions), and the last time at which the unit entered (None: never)."""

    depth: int
    chain: tuple[int, ...]
    entered: int | None


def attempt(marks: Sequence[Mark], rule: Rule) -> Attempt:
    """The best attempt in events ordered by time."""
    marks = _entries(marks, rule)
    best = [_NEVER] * (rule.steps + 1)  # per level: the latest start, or with gaps the latest event
    depth, last, start = 0, _NEVER, _NEVER
    position = 0
    while position < len(marks):
        end = position + 1
        while end < len(marks) and marks[end].t == marks[position].t:
            end += 1
        reached = _extend(best, marks[position:end], rule)
        if reached > depth:
            depth, last, start = reached, marks[position].t, best[reached]
        position = end
    entered = max((mark.t for mark in marks if mark.entry and mark.mask & 1), default=None)
    return Attempt(depth, _chain(marks, rule, depth, start, last), entered)


def _entries(marks: Sequence[Mark], rule: Rule) -> Sequence[Mark]:
    """With `entry="first"` only the first event that may enter, enters."""
    if rule.entry == "best":
        return marks
    found = next((n for n, mark in enumerate(marks) if mark.entry and mark.mask & 1), None)
    return [mark._replace(entry=n == found) for n, mark in enumerate(marks)]


def _extend(best: list[int], group: Sequence[Mark], rule: Rule) -> int:
    """Let the events of one moment lengthen chains; returns the deepest level reached now."""
    t = group[0].t
    if len(group) == 1 or rule.ties == "strict":
        return _extend_one(best, t, _union(group), rule)
    old = list(best)
    reached = 0
    for level in range(rule.steps):
        start = t if level == 0 else old[level]
        if start == _NEVER or (rule.window is not None and t - start > rule.window):
            continue
        for deeper in range(_matched(group, level, rule.steps), level, -1):
            best[deeper] = max(best[deeper], t if rule.window_from == "previous" else start)
            reached = max(reached, deeper)
    return reached


def _union(group: Sequence[Mark]) -> int:
    mask = 0
    for mark in group:
        mask |= mark.mask if mark.entry else mark.mask & ~1
    return mask


def _extend_one(best: list[int], t: int, mask: int, rule: Rule) -> int:
    """Top-down, so that one event does not serve two steps."""
    reached = 0
    for level in range(rule.steps - 1, -1, -1):
        if not mask >> level & 1:
            continue
        start = t if level == 0 else best[level]
        if start == _NEVER or (rule.window is not None and t - start > rule.window):
            continue
        best[level + 1] = max(best[level + 1], t if rule.window_from == "previous" else start)
        reached = max(reached, level + 1)
    return reached


def _matched(group: Sequence[Mark], level: int, steps: int) -> int:
    """How far steps from `level` on can be filled by distinct events of the group (augmenting paths)."""
    owner: dict[int, int] = {}  # event → step

    def place(step: int, seen: set[int]) -> bool:
        for n, mark in enumerate(group):
            if n in seen or not mark.mask >> step & 1 or (step == 0 and not mark.entry):
                continue
            seen.add(n)
            if n not in owner or place(owner[n], seen):
                owner[n] = step
                return True
        return False

    while level < steps and place(level, set()):
        level += 1
    return level


def _chain(marks: Sequence[Mark], rule: Rule, depth: int, start: int, last: int) -> tuple[int, ...]:
    """The canonical chain of this depth that ends at `last`: the latest start, then the earliest middles."""
    if depth == 0:
        return ()
    firsts = [n for n, mark in enumerate(marks) if mark.entry and mark.mask & 1 and mark.t <= last]
    if rule.window_from == "first":
        firsts = [n for n in firsts if marks[n].t == start]
    for first in sorted(firsts, key=lambda n: (-marks[n].t, n)):
        found = _continue(marks, rule, [first], depth, last, set())
        if found is not None:
            return found
    raise AssertionError("a depth without a chain")  # pragma: no cover


def _continue(
    marks: Sequence[Mark], rule: Rule, chain: list[int], depth: int, last: int, dead: set[tuple[int, ...]]
) -> tuple[int, ...] | None:
    """Earliest next event first; `dead` remembers what cannot be completed. The last step must fall on `last`."""
    if len(chain) == depth:
        return tuple(chain) if marks[chain[-1]].t == last else None
    now = marks[chain[-1]].t
    state = (len(chain), *(n for n in chain if marks[n].t == now))
    if state in dead:
        return None
    position = _first_at(marks, chain[-1])
    while position < len(marks) and marks[position].t <= last:
        if _fits(marks, rule, chain, position):
            found = _continue(marks, rule, [*chain, position], depth, last, dead)
            if found is not None:
                return found
        position += 1
    dead.add(state)
    return None


def _first_at(marks: Sequence[Mark], position: int) -> int:
    """The first event of the same millisecond."""
    while position > 0 and marks[position - 1].t == marks[position].t:
        position -= 1
    return position


def _fits(marks: Sequence[Mark], rule: Rule, chain: list[int], position: int) -> bool:
    mark, previous = marks[position], marks[chain[-1]].t
    if not mark.mask >> len(chain) & 1 or position in chain or (rule.ties == "strict" and mark.t == previous):
        return False
    since = marks[chain[0]].t if rule.window_from == "first" else previous
    return rule.window is None or mark.t - since <= rule.window
