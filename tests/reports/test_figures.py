"""The statistics under one roof, each with its source."""

from __future__ import annotations

import inspect

import pytest

from collector.reports import experiments, lifetime, ratios, statistics

FUNCTIONS = [
    function
    for room in (statistics, experiments, lifetime, ratios)
    for name, function in vars(room).items()
    if inspect.isfunction(function) and function.__module__ == room.__name__ and not name.startswith("_")
]


def test_every_function_is_found_in_statistics() -> None:
    assert len(FUNCTIONS) > 25
    assert all(getattr(statistics, function.__name__) is function for function in FUNCTIONS)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        statistics.nothing  # noqa: B018


@pytest.mark.parametrize("function", FUNCTIONS, ids=[function.__name__ for function in FUNCTIONS])
def test_every_function_says_what_it_is(function: object) -> None:
    assert len(inspect.getdoc(function) or "") > 25
