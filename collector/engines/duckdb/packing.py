"""One event of a funnel as one integer of 63 bits.

From the highest bit down: milliseconds since `base`, one bit for each step that the event fits (the first step's only
where an attempt may begin), the number of its label, the number of its money. Number 0 is none.
"""

from __future__ import annotations

from typing import Any, NamedTuple

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

    def fits(self, until: int) -> bool:
        """Whether every time up to `until` (ms UTC) has room."""
        return max(until - self.base, 1).bit_length() + self.steps + self.codes <= BITS

    def packed(self, t: str, mask: str, label: str, money: str) -> str:
        """The integer, of these expressions."""
        parts = [f"(({t} - {self.base}) << {self.steps + self.codes})", f"({mask} << {self.codes})"]
        if self.labels:
            parts.append(f"({label} << {self.moneys.bit_length()})")
        if self.moneys:
            parts.append(money)
        return " | ".join(parts)

    def label(self, codes: Any) -> Any:
        """The numbers of labels, of the bits below the steps."""
        return codes >> self.moneys.bit_length()

    def money(self, codes: Any) -> Any:
        """The numbers of money."""
        return codes & ((1 << self.moneys.bit_length()) - 1)
