"""Wrong algorithms that are in use, one function each: what they say of a unit's depth, and the smallest unit that
shows it. Each is wrong in one way only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from collector.reports.assignment import assigned
from collector.reports.marks import Mark, Rule

Wrong = Callable[[list[Mark], Rule], int]


def minimum_times(marks: list[Mark], rule: Rule) -> int:
    """Each step's first event after the first event of the step before; the window is looked at last."""
    times: list[int] = []
    for step in range(rule.steps):
        after = times[-1] if times else -1
        found = [m.t for m in marks if m.mask >> step & 1 and m.t >= after and (step or m.entry)]
        if not found or (rule.window is not None and times and min(found) - times[0] > rule.window):
            break
        times.append(min(found))
    return len(times)


def restarting(marks: list[Mark], rule: Rule) -> int:
    """A machine that begins anew at every first step."""
    deepest = level = start = 0
    for mark in marks:
        if mark.mask & 1 and mark.entry:
            level, start = 1, mark.t
        elif level and mark.mask >> level & 1 and level < rule.steps and _within(mark.t - start, rule):
            level += 1
        deepest = max(deepest, level)
    return deepest


def first_entry_only(marks: list[Mark], rule: Rule) -> int:
    """The window begins at the first event that may enter, whatever comes later."""
    level = start = 0
    for mark in marks:
        if not level and mark.mask & 1 and mark.entry:
            level, start = 1, mark.t
        elif level and level < rule.steps and mark.mask >> level & 1 and _within(mark.t - start, rule):
            level += 1
    return level


def reusing_events(marks: list[Mark], rule: Rule) -> int:
    """Levels updated bottom-up: one event serves two steps."""
    best = [-1] * (rule.steps + 1)
    for mark in marks:
        for step in range(rule.steps):
            if mark.mask >> step & 1 and (step or mark.entry):
                start = mark.t if step == 0 else best[step]
                if start >= 0 and _within(mark.t - start, rule):
                    best[step + 1] = max(best[step + 1], start)
    return max((level for level in range(1, rule.steps + 1) if best[level] >= 0), default=0)


def greedy_ties(marks: list[Mark], rule: Rule) -> int:
    """Events of one moment taken in the order of their rows."""
    best = [-1] * (rule.steps + 1)
    for mark in marks:
        for step in range(rule.steps - 1, -1, -1):
            if mark.mask >> step & 1 and (step or mark.entry):
                start = mark.t if step == 0 else best[step]
                if start >= 0 and _within(mark.t - start, rule):
                    best[step + 1] = max(best[step + 1], start)
    return max((level for level in range(1, rule.steps + 1) if best[level] >= 0), default=0)


def exploded_ties(marks: list[Mark], rule: Rule) -> int:
    """Pairs of event and step of one moment in the order of their steps; a level that is reached keeps the event that
    reached it, for as long as no later start does (a query builder's array fold)."""
    levels: list[tuple[int, frozenset[int]] | None] = [None] * (rule.steps + 1)
    pairs = [(m.t, step, n) for n, m in enumerate(marks) for step in range(rule.steps) if m.mask >> step & 1]
    for t, step, n in sorted(pairs, key=lambda pair: pair[:2]):
        before = (t, frozenset[int]()) if step == 0 and marks[n].entry else levels[step] if step else None
        if before is None or n in before[1] or not _within(t - before[0], rule):
            continue
        kept = levels[step + 1]
        if kept is None or before[0] > kept[0]:
            levels[step + 1] = (before[0], before[1] | {n})
    return max((level for level in range(1, rule.steps + 1) if levels[level]), default=0)


def last_step_from_the_first(marks: list[Mark], rule: Rule) -> int:
    """The last bar is a funnel of the first and the last step, so that it may be higher than the one before."""
    whole = greedy_ties(
        [m._replace(mask=m.mask & 1 | m.mask >> rule.steps - 1 << 1) for m in marks], Rule(2, rule.window)
    )
    return rule.steps if whole == 2 else min(greedy_ties(marks, rule), rule.steps - 1)


def earliest_middles(marks: list[Mark], rule: Rule) -> int:
    """With a window from step to step: from each entry, always the earliest next event."""
    deepest = 0
    for first, start in enumerate(marks):
        if not (start.mask & 1 and start.entry):
            continue
        level, last = 1, start.t
        for mark in marks[first + 1 :]:
            if level < rule.steps and mark.mask >> level & 1 and _within(mark.t - last, rule):
                level, last = level + 1, mark.t
        deepest = max(deepest, level)
    return deepest


def last_per_level(marks: list[Mark], rule: Rule) -> int:
    """Strictly increasing time, keeping only the last event of each level (windowFunnel's strict_increase)."""
    best: list[tuple[int, int]] = [(-1, -1)] * (rule.steps + 1)
    for mark in marks:
        for step in range(rule.steps - 1, -1, -1):
            if not mark.mask >> step & 1 or (step == 0 and not mark.entry):
                continue
            if step == 0:
                best[1] = (mark.t, mark.t)
            elif best[step][0] >= 0 and best[step][1] < mark.t and _within(mark.t - best[step][0], rule):
                best[step + 1] = (best[step][0], mark.t)
    return max((level for level in range(1, rule.steps + 1) if best[level][0] >= 0), default=0)


def banning(marks: list[Mark], rule: Rule) -> int:
    """Everybody with an excluded event is out."""
    return 0 if any(mark.bars for mark in marks) else greedy_ties(marks, rule)


def greedy_steps(marks: list[Mark], rule: Rule) -> int:
    """Any order, an event takes the first step that is still free."""
    deepest = 0
    for first in range(len(marks)):
        taken = 0
        for mark in marks[first:]:
            if _within(mark.t - marks[first].t, rule):
                free = mark.mask & ~taken
                taken |= free & -free
        deepest = max(deepest, taken.bit_count()) if marks[first].entry else deepest
    return deepest


def anchored_at_the_first_event(marks: list[Mark], rule: Rule) -> int:
    """Any order, the window begins at the unit's first event."""
    inside = [mark for mark in marks if mark.mask and _within(mark.t - marks[0].t, rule)]
    return len(assigned(inside, range(rule.steps), begin=None))


def giving_up(marks: list[Mark], rule: Rule) -> int:
    """Strict order that ends for good at the first foreign event after the first step (windowFunnel's strict_order)."""
    level = 0
    for mark in marks:
        if level < rule.steps and mark.mask >> level & 1 and (level or mark.entry):
            level += 1
        elif level:
            break
    return level


def skipping(marks: list[Mark], rule: Rule) -> int:
    """Strict order that lets repeats of earlier steps stand between (A B A C)."""
    level = 0
    for mark in marks:
        if level < rule.steps and mark.mask >> level & 1 and (level or mark.entry):
            level += 1
        elif level and not mark.mask & ((1 << level) - 1):
            break
    return level


def _within(span: int, rule: Rule) -> bool:
    return rule.window is None or span <= rule.window


def _unit(*events: tuple[int, int]) -> list[Mark]:
    return [Mark(t, mask) for t, mask in events]


A, B, C, X = 1, 2, 4, 0
_TWO, _THREE = Rule(2, 10), Rule(3, 10)

# algorithm, the kind of rule it claims to answer, and the smallest unit on which it is wrong
WRONG: list[tuple[Wrong, dict[str, Any], list[Mark], Rule]] = [
    (minimum_times, {"window_from": "first"}, _unit((0, A), (100, A), (105, B)), _TWO),
    (restarting, {"window_from": "first"}, _unit((0, A), (5, B), (8, A), (9, C)), _THREE),
    (first_entry_only, {"window_from": "first"}, _unit((0, A), (30, A), (45, B), (75, C)), Rule(3, 60)),
    (reusing_events, {"window_from": "first"}, _unit((0, A | B)), _TWO),
    (greedy_ties, {"window_from": "first"}, _unit((0, B), (0, A)), _TWO),
    (exploded_ties, {"window_from": "first"}, _unit((0, A | B), (0, A)), _TWO),
    (last_step_from_the_first, {"window_from": "first"}, _unit((0, A), (1, C)), _THREE),
    (earliest_middles, {"window_from": "previous"}, _unit((0, A), (1, B), (9, B), (15, C)),
     Rule(3, 10, "previous")),
    (last_per_level, {"window_from": "first", "ties": "strict"}, _unit((0, A), (1, B), (2, B), (2, C)),
     Rule(3, 10, ties="strict")),
    (greedy_steps, {"order": "unordered", "window_from": "first"}, _unit((0, A | B), (1, A)),
     Rule(2, 10, order="unordered")),
    (anchored_at_the_first_event, {"order": "unordered", "window_from": "first"},
     _unit((0, B), (98, A), (100, B), (105, C)), Rule(3, 10, order="unordered")),
    (giving_up, {"order": "strict", "window_from": "first"}, _unit((0, A), (1, X), (2, A), (3, B), (4, C)),
     Rule(3, 10, order="strict")),
    (skipping, {"order": "strict", "window_from": "first"}, _unit((0, A), (1, B), (2, A), (3, C)),
     Rule(3, 10, order="strict")),
]  # fmt: skip
