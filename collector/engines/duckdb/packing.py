"""One event of a funnel as one integer of 63 bits, so that a unit is a list of integers that sorts by time.

From the highest bit down: milliseconds since `base`, one bit for each step that the event fits (the first step's only
where an attempt may begin), the number of its label, the number of its money. Number 0 is none.
"""

from __future__ import annotations

from typing import NamedTuple

BITS = 63


class Packing(NamedTuple):
    """How wide each part is. `labels` and `moneys` say how many different ones there are."""

    base: int
    steps: int
    labels: int = 0
    moneys: int = 0

    @property
    def codes(self) -> int:
        """The bits below the steps."""
        return self.labels.bit_length() + self.moneys.bit_length()

    @property
    def below(self) -> int:
        """The bits below the time."""
        return self.steps + self.codes

    def fits(self, until: int) -> bool:
        """Whether every time up to `until` (ms UTC) has room."""
        return max(until - self.base, 1).bit_length() + self.below <= BITS

    def packed(self, t: str, mask: str, label: str, money: str) -> str:
        """The integer, of these expressions."""
        parts = [f"(({t} - {self.base}) << {self.below})", f"({mask} << {self.codes})"]
        if self.labels:
            parts.append(f"({label} << {self.moneys.bit_length()})")
        if self.moneys:
            parts.append(money)
        return " | ".join(parts)

    def time(self, event: str) -> str:
        """Its time, counted from `base`."""
        return f"({event} >> {self.below})"

    def mask(self, event: str) -> str:
        """Its steps."""
        return f"(({event} >> {self.codes}) & {(1 << self.steps) - 1})"

    def step(self, event: str, step: int) -> str:
        """Whether it fits a step (from 0)."""
        return f"({event} & {1 << (self.codes + step)} <> 0)"

    def label(self, event: str) -> str:
        """The number of its label."""
        return f"(({event} >> {self.moneys.bit_length()}) & {(1 << self.labels.bit_length()) - 1})"

    def money(self, event: str) -> str:
        """The number of its money."""
        return f"({event} & {(1 << self.moneys.bit_length()) - 1})"
