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


_FUNCTIONS |= {
    "kaplan_meier": _survival,
    "two_proportion": experiments.two_prop,
    "bayes_ab": experiments.beta_bayes,
    "confidence_sequence": experiments.always_valid,
    "email": ratios.mail,
    "ratio": lambda **said: ratios.over(*list(said.values())[:2]),
    "srm_check": experiments.srm,
    "bayes": experiments.beta_bayes,
    "km": _survival,
    "p_alive": _buyer(lifetime.p_alive),
    "bgnbd": _bgnbd,
    "bg_nbd": _bgnbd,
    "bgnbd_expected": _buyer(lifetime.expected_purchases),
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
    try:
        inspect.signature(function).bind(**arguments)
    except TypeError as error:
        raise LookupError(f"{name} takes other arguments: {error}") from None
    return function(**arguments)
