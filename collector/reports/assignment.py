"""Steps matched to events, each to one of its own: bipartite matching by augmenting paths (Kuhn 1955)."""

from __future__ import annotations

from collections.abc import Sequence

from collector.reports.marks import Mark


def assigned(marks: Sequence[Mark], steps: Sequence[int], begin: int | None = 0) -> dict[int, int]:
    """Step → position of its mark, for as many of `steps` as can be matched; a step once matched stays so.

    `begin` is the step that only a mark with `entry` may fill; None: none is.
    """
    owner: dict[int, int] = {}

    def place(step: int, seen: set[int]) -> bool:
        for n, mark in enumerate(marks):
            if n in seen or not mark.mask >> step & 1 or (step == begin and not mark.entry):
                continue
            seen.add(n)
            if n not in owner or place(owner[n], seen):
                owner[n] = step
                return True
        return False

    for step in steps:
        place(step, set())
    return {step: n for n, step in owner.items()}


def run_length(marks: Sequence[Mark], level: int, steps: int) -> int:
    """How far the steps from `level` on can be filled, without a gap, by distinct marks: the first that cannot."""
    far = level
    while far < steps and len(assigned(marks, range(level, far + 1))) == far + 1 - level:
        far += 1
    return far
