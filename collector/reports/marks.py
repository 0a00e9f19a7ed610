"""What the funnel's kernel sees and says: events as marks, the rule of the question, the attempt it found."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

NEVER: Final = -1


class Mark(NamedTuple):
    """One event: its time (ms), the steps it fits (bit i: step i), whether an attempt may begin with it, and the
    exclusions it trips (bit i: the rule's i-th bar)."""

    t: int
    mask: int
    entry: bool = True
    bars: int = 0


class Bar(NamedTuple):
    """An exclusion between two steps, counted from 0, `after` < `before`."""

    after: int
    before: int


class Rule(NamedTuple):
    """What makes a chain. `window` (ms) None is unlimited; `bounds` says whether an excluded event at the very moment
    of a step counts (`closed`) or only one between (`open`); `anchor`: without the first step nothing counts."""

    steps: int
    window: int | None
    window_from: Literal["first", "previous"] = "first"
    ties: Literal["any", "strict", "arrival"] = "any"
    entry: Literal["best", "first"] = "best"
    order: Literal["ordered", "strict", "unordered"] = "ordered"
    bars: tuple[Bar, ...] = ()
    bounds: Literal["open", "closed"] = "open"
    mode: Literal["cut", "drop"] = "cut"
    anchor: bool = False


class Attempt(NamedTuple):
    """How deep, by which events (positions, in order), and `alive`: the last time from which the window of an
    unfinished attempt counts (None: there was none)."""

    depth: int
    chain: tuple[int, ...] = ()
    alive: int | None = None


NOTHING: Final = Attempt(0)


def moments(marks: list[Mark], rule: Rule) -> list[tuple[int, int]]:
    """The marks that have no order among them, as ranges of positions: those of one millisecond, or each alone where
    the order of arrival decides."""
    if rule.ties == "arrival":
        return [(n, n + 1) for n in range(len(marks))]
    found, begin = [], 0
    for n in range(1, len(marks) + 1):
        if n == len(marks) or marks[n].t != marks[begin].t:
            found.append((begin, n))
            begin = n
    return found
