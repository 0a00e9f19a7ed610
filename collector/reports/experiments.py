"""Experiments: whether a difference is one, how many units it takes, and whether the split was what was asked for.

Pure functions; None where something is undefined.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log, sqrt
from statistics import NormalDist
from typing import Final

from collector.reports.statistics import ratio

_NORMAL: Final = NormalDist()
_SRM_LEVEL: Final = 0.001  # a sample ratio this unlikely means that the split is broken


def two_prop(k1: int, n1: int, k2: int, n2: int) -> dict[str, float | None]:
    """Two rates by the pooled z test (Fleiss 1981), two-sided: `diff` = k2/n2 − k1/n1, `lift` relative to the first
    rate."""
    p1, p2 = ratio(k1, n1), ratio(k2, n2)
    if p1 is None or p2 is None:
        return {"diff": None, "lift": None, "z": None, "p_value": None}
    pooled = (k1 + k2) / (n1 + n2)
    error = sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    z = ratio(p2 - p1, error)
    p_value = None if z is None else 2 * (1 - _NORMAL.cdf(abs(z)))
    return {"diff": p2 - p1, "lift": ratio(p2 - p1, p1), "z": z, "p_value": p_value}


def srm(counts: Sequence[int], weights: Sequence[float] | None = None) -> dict[str, float | bool | None]:
    """Sample ratio mismatch: chi-squared (Pearson 1900) of the arms' counts against their weights (equal by default); a
    mismatch at p < 0.001, where no result of the experiment should be believed."""
    shares = weights or [1.0] * len(counts)
    whole = sum(counts)
    expected = [whole * share / sum(shares) for share in shares]
    if not whole or len(counts) < 2 or not all(expected):
        return {"chi2": None, "p_value": None, "mismatch": None}
    chi2 = sum((seen - due) ** 2 / due for seen, due in zip(counts, expected, strict=True))
    p_value = chi2_tail(chi2, len(counts) - 1)
    return {"chi2": chi2, "p_value": p_value, "mismatch": p_value < _SRM_LEVEL}


def sample_size(p1: float, p2: float, alpha: float = 0.05, power: float = 0.8) -> int | None:
    """Units in each arm that a two-sided test needs to see p1 become p2 (Fleiss 1981, no continuity correction)."""
    if p1 == p2:
        return None
    mean = (p1 + p2) / 2
    a, b = _NORMAL.inv_cdf(1 - alpha / 2), _NORMAL.inv_cdf(power)
    root = a * sqrt(2 * mean * (1 - mean)) + b * sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    units = root * root / (p2 - p1) ** 2
    return int(units) + (units > int(units))


def always_valid(
    n: int, sd: float, alpha: float = 0.05, rho: float | None = None, expected: int | None = None
) -> float | None:
    """Half the width of an asymptotic confidence sequence of a mean (normal mixture, Waudby-Smith et al. 2021): valid
    however often it is looked at. `rho` tunes it to where it is tightest; by default at `expected` (else n) units."""
    if n <= 0:
        return None
    if rho is None:
        rho = sqrt((-2 * log(alpha) + log(-2 * log(alpha) + 1)) / (expected or n))
    grown = n * rho * rho + 1
    return sd * sqrt(2 * grown * log(sqrt(grown) / alpha) / (n * n * rho * rho))


def beta_bayes(k1: int, n1: int, k2: int, n2: int) -> dict[str, float]:
    """Two rates under Beta(1, 1): the probability that the second is the better one, and the loss to be expected from
    taking it (`loss_b`) or leaving it (`loss_a`). Exact sums (Evan Miller 2014). Frequent looks still mislead."""
    a1, b1, a2, b2 = k1 + 1, n1 - k1 + 1, k2 + 1, n2 - k2 + 1
    better = _beats(a1, b1, a2, b2)
    mean1, mean2 = a1 / (a1 + b1), a2 / (a2 + b2)
    # E[max(A−B, 0)] = E[A]·P(A' > B) − E[B]·P(A > B'), where a prime adds one success
    loss_b = mean1 * (1 - _beats(a1 + 1, b1, a2, b2)) - mean2 * (1 - _beats(a1, b1, a2 + 1, b2))
    loss_a = mean2 * _beats(a1, b1, a2 + 1, b2) - mean1 * _beats(a1 + 1, b1, a2, b2)
    return {"p_better": better, "loss_a": loss_a, "loss_b": loss_b}


def benjamini_hochberg(p_values: Sequence[float], level: float = 0.05) -> list[bool]:
    """Which of many tests may be called findings at this false discovery rate (Benjamini and Hochberg 1995)."""
    order = sorted(range(len(p_values)), key=lambda n: p_values[n])
    last = max((rank for rank, n in enumerate(order, 1) if p_values[n] <= level * rank / len(order)), default=0)
    found = set(order[:last])
    return [n in found for n in range(len(p_values))]


def chi2_tail(x: float, df: int) -> float:
    """P(X ≥ x) of the chi-squared distribution: the regularised upper incomplete gamma function Q(df/2, x/2)."""
    return 1.0 if x <= 0 else max(0.0, 1.0 - _lower_gamma(df / 2, x / 2)) if x < df + 2 else _upper_gamma(df / 2, x / 2)


def _lower_gamma(a: float, x: float) -> float:
    """By its series; good where x < a + 1."""
    term = total = 1.0 / a
    n = a
    while abs(term) > abs(total) * 1e-16:
        n += 1
        term *= x / n
        total += term
    return total * exp(-x + a * log(x) - lgamma(a))


def _upper_gamma(a: float, x: float) -> float:
    """By its continued fraction (Lentz); good where x ≥ a + 1."""
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    product = d
    for n in range(1, 1_000):
        factor = -n * (n - a)
        b += 2
        d = 1 / ((factor * d + b) or tiny)
        c = (b + factor / c) or tiny
        product *= d * c
        if abs(d * c - 1) < 1e-16:
            break
    return product * exp(-x + a * log(x) - lgamma(a))


def _beats(a1: int, b1: int, a2: int, b2: int) -> float:
    """P(Beta(a2, b2) > Beta(a1, b1)) for whole a2."""
    total = 0.0
    for i in range(a2):
        total += exp(_log_beta(a1 + i, b1 + b2) - log(b2 + i) - _log_beta(1 + i, b2) - _log_beta(a1, b1))
    return total


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
