"""When figures are too few to be compared. Below 30 of something a rate says little (its interval is wide); notes say
so, since a percentage alone does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from collector.reports.remark import Remark, remark

LOW: Final = 30


def few(n: int, what: str) -> list[Remark]:
    """A note on a whole that is small; none where there is nothing at all."""
    return [remark("few", n=n, what=what)] if 0 < n < LOW else []


def thin(rows: Sequence[Mapping[str, Any]], key: str, what: str) -> list[Remark]:
    """A note on rows whose own whole is small, unless there is but one row."""
    n = sum(0 < (row[key] or 0) < LOW for row in rows)
    return [remark("thin", n=n, all=len(rows), least=LOW, what=what)] if n and len(rows) > 1 else []


def guessed(totals: Mapping[str, Any]) -> list[Remark]:
    """A note on events whose person is a guess."""
    n = totals.get("ambiguous")
    return [remark("guessed", n=n)] if n else []
