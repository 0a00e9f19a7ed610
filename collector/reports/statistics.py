"""Statistics of rates and times: pure functions, None where something is undefined, never 0 or NaN.

The field's own are in the rooms beside this one and are found here by their names too: `experiments` (two_prop, srm,
sample_size, always_valid, beta_bayes, benjamini_hochberg), `lifetime` (kaplan_meier, p_alive, expected_purchases,
expected_spend, clv) and `ratios` (marketing, mail, nps, retention, churn …).
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from math import sqrt
from typing import Any

_Z95 = 1.959963984540054


def ratio(part: float, whole: float) -> float | None:
    """part / whole; None if there is no whole."""
    return part / whole if whole else None


def wilson(k: int, n: int, z: float = _Z95) -> tuple[float, float] | None:
    """Wilson's score interval of a rate k/n (Wilson 1927), 95 % by default; exact at 0 and n; None for n = 0."""
    if n == 0:
        return None
    p, square = k / n, z * z
    centre = (p + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * sqrt(p * (1 - p) / n + square / (4 * n * n))
    return (0.0 if k == 0 else centre - half, 1.0 if k == n else centre + half)


def quantile(values: Sequence[float], q: float) -> float | None:
    """The q-quantile by linear interpolation (type 7 of Hyndman and Fan 1996); None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    below, above, share = between(len(ordered), q)
    return ordered[below] + (ordered[above] - ordered[below]) * share


def between(n: int, q: float) -> tuple[int, int, float]:
    """The two places (from 0) of n values in order that the q-quantile lies between, and how far; n > 0."""
    place = (n - 1) * q
    below = int(place)
    return below, min(below + 1, n - 1), place - below


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean; None of nothing."""
    return sum(values) / len(values) if values else None


def newcombe(k1: int, n1: int, k2: int, n2: int, z: float = _Z95) -> tuple[float, float] | None:
    """Interval of the difference k2/n2 − k1/n1 from the two Wilson intervals (Newcombe 1998, method 10), 95 % by
    default; None where one of the rates is undefined."""
    first, second = wilson(k1, n1, z), wilson(k2, n2, z)
    if first is None or second is None:
        return None
    p1, p2 = k1 / n1, k2 / n2
    low = p2 - p1 - sqrt((p2 - second[0]) ** 2 + (first[1] - p1) ** 2)
    high = p2 - p1 + sqrt((second[1] - p2) ** 2 + (p1 - first[0]) ** 2)
    return low, high


def __getattr__(name: str) -> Any:
    """The functions of the rooms that stand on this one; looked up late, since they import it."""
    for room in ("experiments", "lifetime", "ratios"):
        module = import_module(f"collector.reports.{room}")
        if not name.startswith("_") and name in vars(module):
            return vars(module)[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
