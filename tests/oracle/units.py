"""Random small units: times close together, so that ties, gaps and windows meet."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from collector.reports.marks import Bar, Mark, Rule
from tests.conftest import DEEP


def effort(quick: int) -> Any:
    """`quick` units; with BALISE_DEEP=1 in the environment 20,000, which may take an hour."""
    tried = settings(
        max_examples=20_000 if DEEP else quick,
        deadline=None,
        database=None,
        derandomize=not DEEP,
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: pytest.mark.timeout(3_600 if DEEP else 600)(tried(test))


@st.composite
def marks(draw: st.DrawFn, steps: int, most: int = 6, bars: int = 0) -> list[Mark]:
    """A unit in order of time; an event that trips an exclusion fits no step."""
    found = []
    for t in sorted(draw(st.lists(st.integers(0, 9), min_size=1, max_size=most))):
        tripped = draw(st.integers(0, (1 << bars) - 1)) if bars and draw(st.booleans()) else 0
        mask = 0 if tripped else draw(st.integers(0, (1 << steps) - 1))
        found.append(Mark(t, mask, draw(st.sampled_from([True, True, True, False])), tripped))
    return found


@st.composite
def rules(draw: st.DrawFn, **fixed: Any) -> Rule:
    """A rule of two to four steps; `fixed` fields are not drawn."""
    steps = fixed.pop("steps", None) or draw(st.integers(2, 4))
    drawn: dict[str, Any] = {
        "window": draw(st.sampled_from([None, 0, 1, 3, 5])),
        "window_from": draw(st.sampled_from(["first", "previous"])),
        "ties": draw(st.sampled_from(["any", "any", "strict", "arrival"])),
        "entry": draw(st.sampled_from(["best", "best", "first"])),
    }
    return Rule(steps, **{**drawn, **fixed})


@st.composite
def barred(draw: st.DrawFn, **fixed: Any) -> Rule:
    """A rule with one or two exclusions."""
    rule = draw(rules(**fixed))
    spans = [Bar(i, j) for i in range(rule.steps) for j in range(i + 1, rule.steps)]
    bars = tuple(draw(st.lists(st.sampled_from(spans), min_size=1, max_size=2)))
    return rule._replace(bars=bars, bounds=draw(st.sampled_from(["open", "closed"])))


@st.composite
def units(draw: st.DrawFn, rule: Any) -> tuple[list[Mark], Rule]:
    """A rule and a unit that fits it."""
    asked = draw(rule)
    return draw(marks(asked.steps, bars=len(asked.bars))), asked
