"""Customers over time: survival, repeat purchases, value. Pure functions; None where something is undefined.

A fit of the purchase models needs hundreds of repeat customers; these functions only evaluate given parameters.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from collector.reports.statistics import ratio


class Buyer(NamedTuple):
    """Repeat purchases, when the last one was, and how long the customer is known, all since the first purchase."""

    frequency: int
    recency: float
    age: float


class Habit(NamedTuple):
    """Parameters of BG/NBD: purchasing rate ~ gamma(r, alpha), chance to leave after a purchase ~ beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float


def kaplan_meier(times: Sequence[float], happened: Sequence[bool]) -> list[dict[str, float]]:
    """Survival by time (Kaplan and Meier 1958): at each time at which something happened, who was at risk and the share
    to whom it had not happened yet. What did not happen by its time is censored after the events of that time."""
    survival, points = 1.0, []
    ordered = sorted(times)
    deaths = Counter(time for time, event in zip(times, happened, strict=True) if event)
    for t, events in sorted(deaths.items()):
        at_risk = len(ordered) - bisect_left(ordered, t)
        survival *= 1 - events / at_risk
        points.append({"t": t, "at_risk": at_risk, "events": events, "survival": survival})
    return points


def p_alive(buyer: Buyer, habit: Habit) -> float:
    """The chance that a customer still buys (Fader, Hardie and Lee 2005)."""
    x, t, age = buyer
    if x == 0:
        return 1.0
    odds = habit.a / (habit.b + x - 1) * float(((habit.alpha + age) / (habit.alpha + t)) ** (habit.r + x))
    return 1 / (1 + odds)


def expected_purchases(buyer: Buyer, habit: Habit, horizon: float) -> float | None:
    """Purchases to be expected in the next `horizon` (same unit as the buyer's times); None for a = 1."""
    x, _, age = buyer
    r, alpha, a, b = habit
    if a == 1:
        return None
    share = float(((alpha + age) / (alpha + age + horizon)) ** (r + x))
    series = hypergeometric(r + x, b + x, a + b + x - 1, horizon / (alpha + age + horizon))
    return (a + b + x - 1) / (a - 1) * (1 - share * series) * p_alive(buyer, habit)


def expected_spend(frequency: int, mean_value: float, p: float, q: float, gamma: float) -> float | None:
    """The mean value of a repeat buyer's future purchases (gamma-gamma, Fader and Hardie 2013); None without repeats.

    It supposes that how often somebody buys says nothing about for how much.
    """
    return ratio((gamma + frequency * mean_value) * p, p * frequency + q - 1) if frequency > 0 else None


def clv(purchases: Iterable[float], spend: float, margin: float = 1.0, discount: float = 0.0) -> float:
    """Value of a customer: purchases expected in each coming period × spend × margin, discounted by period from 1."""
    return sum(n * spend * margin / (1 + discount) ** period for period, n in enumerate(purchases, 1))


def simple_ltv(arpu: float, churn: float, margin: float = 1.0) -> float | None:
    """ARPU × margin / churn, as if everybody left at that rate for ever; None without churn."""
    return ratio(arpu * margin, churn)


def hypergeometric(a: float, b: float, c: float, z: float) -> float:
    """Gauss's 2F1 by its series, for 0 ≤ z < 1."""
    term = total = 1.0
    n = 0
    while abs(term) > abs(total) * 1e-15 and n < 100_000:
        term *= (a + n) * (b + n) / (c + n) * z / (n + 1)
        total += term
        n += 1
    return total
