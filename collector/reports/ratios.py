"""The field's everyday ratios: null where there is no denominator, never 0 or NaN."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import Literal

from collector.reports.statistics import ratio


def over(part: float | None, whole: float | None) -> float | None:
    """part / whole; None if one of them is unknown or there is no whole."""
    return None if part is None or whole is None else ratio(part, whole)


def marketing(  # noqa: PLR0913  every figure is one the caller may have
    *,
    impressions: float | None = None,
    clicks: float | None = None,
    cost: float | None = None,
    conversions: float | None = None,
    new_customers: float | None = None,
    orders: float | None = None,
    revenue: float | None = None,
    cogs: float | None = None,
    visitors: float | None = None,
) -> dict[str, float | None]:
    """The usual ratios of advertising, as the trade defines them: CTR, CPC, CPM, conversion rate per click, CPA, CAC
    (new customers only), AOV, RPV, ROAS (on revenue) and ROI (on revenue less cost of goods)."""
    margin = None if revenue is None else revenue - (cogs or 0)
    per_mille = over(cost, impressions)
    return {
        "ctr": over(clicks, impressions),
        "cpc": over(cost, clicks),
        "cpm": None if per_mille is None else per_mille * 1000,
        "conv_rate": over(conversions, clicks),
        "cpa": over(cost, conversions),
        "cac": over(cost, new_customers),
        "aov": over(revenue, orders),
        "rpv": over(revenue, visitors),
        "roas": over(revenue, cost),
        "roi": None if margin is None or cost is None else over(margin - cost, cost),
    }


def mail(
    *,
    sent: float,
    bounced: float = 0,
    opens: float = 0,
    clicks: float = 0,
    unsubscribes: float = 0,
    complaints: float = 0,
) -> dict[str, float | None]:
    """A mailing's rates; opens and clicks are unique ones. Mail clients that load images unasked inflate opens."""
    delivered = sent - bounced
    return {
        "delivery_rate": ratio(delivered, sent),
        "open_rate": ratio(opens, delivered),
        "ctr": ratio(clicks, delivered),
        "ctor": ratio(clicks, opens),
        "unsubscribe_rate": ratio(unsubscribes, delivered),
        "complaint_rate": ratio(complaints, delivered),
    }


def nps(scores: Iterable[int]) -> dict[str, float | None]:
    """Net promoter score (Reichheld 2003: 9–10 less 0–6, in points) and its 95 % margin, by the variance of the
    difference of two shares of one sample."""
    given = list(scores)
    n = len(given)
    if not n:
        return {"nps": None, "margin": None, "n": 0}
    up, down = sum(score >= 9 for score in given) / n, sum(score <= 6 for score in given) / n
    return {"nps": 100 * (up - down), "margin": 196 * sqrt((up + down - (up - down) ** 2) / n), "n": n}


def retention(
    active: Mapping[str, Sequence[int]],
    day: int,
    mode: Literal["classic", "rolling", "bracket"] = "classic",
    until: int | None = None,
    observed: Mapping[str, int] | None = None,
) -> dict[str, float | None]:
    """Users (→ their active days, the first being 0) who were active on day `day`, on it or later (`rolling`), or from
    it to `until` (`bracket`). The base is users whose day is over: those observed for more days than asked for."""
    last = until if mode == "bracket" and until is not None else day
    base = [user for user in active if observed is None or observed.get(user, 0) > last]
    tests = {
        "classic": lambda days: day in days,
        "rolling": lambda days: any(one >= day for one in days),
        "bracket": lambda days: any(day <= one <= last for one in days),
    }
    kept = sum(tests[mode](active[user]) for user in base)
    return {"retained": kept, "base": len(base), "rate": ratio(kept, len(base))}


def churn(
    start: float,
    lost: float,
    *,
    start_mrr: float | None = None,
    lost_mrr: float = 0,
    down_mrr: float = 0,
    up_mrr: float = 0,
) -> dict[str, float | None]:
    """Customer churn, and with revenue: gross revenue churn and net revenue retention."""
    kept = None if start_mrr is None else start_mrr - lost_mrr - down_mrr + up_mrr
    return {
        "churn": ratio(lost, start),
        "gross_revenue_churn": over(lost_mrr + down_mrr, start_mrr),
        "nrr": over(kept, start_mrr),
    }


def repeat_rate(orders: Mapping[str, int]) -> float | None:
    """Customers with two orders or more among all with one."""
    customers = [n for n in orders.values() if n > 0]
    return ratio(sum(n >= 2 for n in customers), len(customers))


def stickiness(daily: float, monthly: float) -> float | None:
    """DAU / MAU: the share of a month's people who come on a day."""
    return ratio(daily, monthly)
