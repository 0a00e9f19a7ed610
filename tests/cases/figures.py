"""The functions that `kpi` cases name, under the names and argument names that a table may use for them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from collector.reports import experiments, lifetime, ratios, statistics

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: getattr(room, name)
    for room in (statistics, experiments, lifetime, ratios)
    for name in vars(room)
    if inspect.isfunction(getattr(room, name)) and getattr(room, name).__module__ == room.__name__
}


def _buyer(function: Callable[..., Any]) -> Callable[..., Any]:
    """The purchase models with their arguments in one row."""

    def evaluated(*, r: float, alpha: float, a: float, b: float, **said: float) -> Any:
        habit = lifetime.Habit(r, alpha, a, b)
        buyer = lifetime.Buyer(
            int(said.get("x", said.get("frequency", 0))),
            said.get("t_x", said.get("tx", said.get("recency", 0.0))),
            said.get("T", said.get("age", 0.0)),
        )
        horizon = [value for key, value in said.items() if key in ("t", "horizon", "periods")]
        return function(buyer, habit, *horizon)

    return evaluated


def _bgnbd(**said: float) -> dict[str, float | None]:
    alive = {key: value for key, value in said.items() if key not in ("t", "horizon", "periods")}
    expected = _buyer(lifetime.expected_purchases)(**said) if len(alive) < len(said) else None
    return {"p_alive": _buyer(lifetime.p_alive)(**alive), "expected": expected}


def _survival(**said: Any) -> list[dict[str, float]]:
    """The estimate of Kaplan and Meier, of times and of whether it happened then or was censored."""
    times = said.get("times", said.get("durations"))
    happened = said.get("happened", said.get("events", said.get("observed")))
    if happened is None and "censored" in said:
        happened = [not one for one in said["censored"]]
    if times is None or happened is None:
        raise LookupError(f"kaplan_meier takes other arguments than {', '.join(said)}")
    return lifetime.kaplan_meier(times, happened)


def _promoted(
    *, scores: Any = None, promoters: int = 0, passives: int = 0, detractors: int = 0
) -> dict[str, float | None]:
    """The net promoter score of answers, or of how many were what."""
    return ratios.nps(scores if scores is not None else [10] * promoters + [8] * passives + [0] * detractors)


_ALIVE = ("p_alive", "alive", "bgnbd_alive", "bgnbd_p_alive", "bg_nbd_alive", "bg_nbd_p_alive")
_COMING = ("expected_purchases", "bgnbd_expected", "bg_nbd_expected", "bgnbd_expected_purchases")
_ARGUMENTS = {  # what else an argument may be called
    "successes": "k", "trials": "n", "x1": "k1", "x2": "k2", "q": "level", "alpha": "level", "p": "p_values",
    "pvalues": "p_values", "observed": "counts", "expected": "weights", "ratio": "weights", "ratios": "weights",
    "unique_opens": "opens", "unique_clicks": "clicks", "spam": "complaints", "dau": "daily", "mau": "monthly",
    "xs": "values", "data": "values",
}  # fmt: skip

_FUNCTIONS |= {
    **dict.fromkeys(_ALIVE, _buyer(lifetime.p_alive)),
    **dict.fromkeys(_COMING, _buyer(lifetime.expected_purchases)),
    **dict.fromkeys(("p_better", "prob_better"), lambda **said: experiments.beta_bayes(**said)["p_better"]),
    **dict.fromkeys(("anytime", "sequential", "always_valid_ci"), experiments.always_valid),
    "bh": experiments.benjamini_hochberg,
    "nps": _promoted,
    "median": lambda values: statistics.quantile(values, 0.5),
    "kaplan_meier": _survival,
    "two_proportion": experiments.two_prop,
    "bayes_ab": experiments.beta_bayes,
    "confidence_sequence": experiments.always_valid,
    "email": ratios.mail,
    "ratio": lambda **said: ratios.over(*list(said.values())[:2]),
    "srm_check": experiments.srm,
    "bayes": experiments.beta_bayes,
    "km": _survival,
    "bgnbd": _bgnbd,
    "bg_nbd": _bgnbd,
    "gamma_gamma": lambda p, q, gamma, x=0, m=0.0, **said: lifetime.expected_spend(
        said.get("frequency", x), said.get("mean_value", said.get("mean", m)), p, q, gamma
    ),
    "ltv": lifetime.simple_ltv,
    "quantile": statistics.quantile,
}


def figure(name: str, arguments: dict[str, Any]) -> Any:
    """The function's value; raises `LookupError` for one that does not exist or takes other arguments."""
    if name not in _FUNCTIONS:
        raise LookupError(f"there is no function {name}")
    function = _FUNCTIONS[name]
    takes = inspect.signature(function).parameters
    told = {
        _ARGUMENTS.get(key, key) if key not in takes and _ARGUMENTS.get(key) in takes else key: value
        for key, value in arguments.items()
    }
    try:
        inspect.signature(function).bind(**told)
    except TypeError as error:
        raise LookupError(f"{name} takes other arguments: {error}") from None
    return function(**told)
