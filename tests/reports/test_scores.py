"""What an event scores of a step: 1 where the step's words fit it, else 0, also where it has no path."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import duckdb
import msgspec
import pytest

from collector.engines.duckdb.matching import Parameters
from collector.engines.duckdb.scores import score, weighed
from collector.reports.parts import Matcher, SpecError, glob

_NAMES = ("page_view", "add", "it's")
_PATHS = (
    None,
    "",
    "/",
    "/p",
    "/p/",
    "/p/1",
    "/p/1/",
    "/p/1/x",
    "/p\n/1",
    "/%",
    "/_",
    "/a_b",
    "/axb",
    "/a\\b",
    "/P/1",
    "/é",
)
_EVENTS = list(product(_NAMES, _PATHS, (None, "5", "x")))
_STEPS: list[dict[str, Any]] = [
    {"name": "add"}, {"name": "it's"}, {"name": "nothing"},
    *({"path": path} for path in ("/", "/p/*", "/p/**", "/*", "/**", "/a_*", "/a\\*", "/%", "/*/x", "/*/**", "**")),
    {"name": "add", "path": "/p/*"}, {"name": "add", "path": "/p/1"}, {"regex": "^/p"},
    {"path": "/p/**", "regex": "x$"}, {"where": [["amount", "gt", 3]]},
    {"path": "/p/*", "where": [["amount", "exists", None], ["amount", "ne", "x"]]},
    {"any_of": [{"name": "add"}]}, {"any_of": [{"path": "/p/*"}, {"path": "/p/1"}, {"name": "add"}]},
    {"any_of": [{"path": "/*/x"}, {"name": "it's", "path": "/"}], "where": [["amount", "eq", 5]]},
    {"any_of": [{"any_of": [{"name": "add"}, {"path": "/"}]}, {"regex": "é"}], "name": "page_view"},
]  # fmt: skip
_AMOUNTS = {"gt": ("5", "x"), "exists": ("5", "x"), "ne": (None, "5"), "eq": ("5",)}  # that the conditions fit


def _fits(step: Matcher, name: str, path: str | None, amount: str | None) -> bool:
    """The same by Python alone."""
    name_asked = step.name or ("page_view" if step.path or step.regex else None)
    return (
        (name_asked is None or name == name_asked)
        and (step.path is None or (path is not None and re.fullmatch(glob(step.path), path, re.DOTALL) is not None))
        and (step.regex is None or (path is not None and re.search(step.regex, path) is not None))
        and (not step.any_of or any(_fits(one, name, path, amount) for one in step.any_of))
        and all(amount in _AMOUNTS[how] for _, how, _ in step.where)
    )


@pytest.fixture(scope="module")
def events() -> duckdb.DuckDBPyConnection:
    """All events, as they are read from a segment: texts with a dictionary."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("CREATE TABLE e (n INTEGER, t BIGINT, name VARCHAR, path VARCHAR, amount VARCHAR)")
    connection.executemany("INSERT INTO e VALUES (?, ?, ?, ?, ?)", [(n, n, *one) for n, one in enumerate(_EVENTS)])
    return connection


def _scored(events: duckdb.DuckDBPyConnection, scores: list[str], bound: Parameters) -> list[int]:
    return [n for (n,) in events.execute(f"SELECT {weighed(scores)} FROM e ORDER BY n", bound.values).fetchall()]


@pytest.mark.parametrize("many", [len(_STEPS), 1], ids=["all at once", "one by one"])
def test_an_event_scores_where_the_step_s_words_fit_it(events: duckdb.DuckDBPyConnection, many: int) -> None:
    steps = [msgspec.convert(step, Matcher) for step in _STEPS]
    for first in range(0, len(steps), many):
        some, bound = steps[first : first + many], Parameters()
        found = _scored(events, [score(step, bound, f"steps[{n}]") for n, step in enumerate(some)], bound)
        for event, bits in zip(_EVENTS, found, strict=True):
            assert bits == sum(_fits(step, *event) << n for n, step in enumerate(some)), (event, some)


def test_so_many_steps_that_a_float_could_not_tell_them_apart_are_told_apart(events: duckdb.DuckDBPyConnection) -> None:
    bound = Parameters()
    scores = [score(Matcher(name=_NAMES[n % 2]), bound, f"steps[{n}]") for n in range(50)]
    found = _scored(events, scores, bound)
    alternate = sum(1 << n for n in range(0, 50, 2))
    assert found == [{"page_view": alternate, "add": alternate << 1}.get(name, 0) for name, _, _ in _EVENTS]


@pytest.mark.parametrize("step", [Matcher(path="/p/**"), Matcher(regex="^/p/"), Matcher(where=[("amount", "eq", "x")])])
def test_what_is_demanded_of_entries_is_demanded_besides(events: duckdb.DuckDBPyConnection, step: Matcher) -> None:
    bounds = Parameters(), Parameters()
    plain = _scored(events, [score(step, bounds[0], "steps[0]")], bounds[0])
    less = _scored(events, [score(step, bounds[1], "steps[0]", "e.t < 15")], bounds[1])
    assert less == [n * (place < 15) for place, n in enumerate(plain)]
    assert 0 < sum(less) < sum(plain)


def test_a_field_that_there_is_not_is_told_by_its_place() -> None:
    with pytest.raises(SpecError, match=r"steps\[1\]\.any_of\.where"):
        score(Matcher(any_of=[Matcher(where=[("nothing", "eq", 1)])]), Parameters(), "steps[1]")
