"""How long something took, of many: what a report prints of all lengths, or of the few that an engine looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from collector.reports.statistics import between, ratio

_MEDIAN, _LONG = 0.5, 0.9


class Span(NamedTuple):
    """Lengths in ms: how many, their mean, the median, and what nine of ten do not exceed; None of nothing."""

    n: int
    mean_ms: float | None = None
    p50_ms: float | None = None
    p90_ms: float | None = None


NONE: Final = Span(0)


def span(lengths: Sequence[int]) -> Span:
    """Of all lengths, in any order."""
    return placed(len(lengths), sum(lengths), sorted(lengths))


def places(n: int) -> list[int]:
    """The places (from 0) of n lengths in order that `placed` looks at."""
    return sorted({place for q in (_MEDIAN, _LONG) for place in between(n, q)[:2]}) if n else []


def placed(n: int, total: int, lengths: Sequence[int] | Mapping[int, int]) -> Span:
    """Of their number, their sum, and those at the `places`."""
    if not n:
        return NONE
    return Span(n, ratio(total, n), _quantile(n, _MEDIAN, lengths), _quantile(n, _LONG, lengths))


def _quantile(n: int, q: float, lengths: Sequence[int] | Mapping[int, int]) -> float:
    below, above, share = between(n, q)
    return lengths[below] + (lengths[above] - lengths[below]) * share
