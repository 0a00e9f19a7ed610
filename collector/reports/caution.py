"""When figures are too few to be compared. Below 30 of something a rate says little (its interval is wide); notes say
so, since a percentage alone does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

LOW: Final = 30


def few(n: int, what: str) -> list[str]:
    """A note on a whole that is small; none where there is nothing at all."""
    return [f"only {n} {what}: too few to compare rates"] if 0 < n < LOW else []


def thin(rows: Sequence[Mapping[str, Any]], key: str, what: str) -> list[str]:
    """A note on rows whose own whole is small, unless there is but one row."""
    n = sum(0 < (row[key] or 0) < LOW for row in rows)
    return (
        [f"{n} of {len(rows)} rows have fewer than {LOW} {what}: their rates say little"] if n and len(rows) > 1 else []
    )


def guessed(totals: Mapping[str, Any]) -> list[str]:
    """A note on events whose person is a guess."""
    n = totals.get("ambiguous")
    return [f"{n} events went to an earlier user of a device that had been silent since"] if n else []
