"""The funnel's kernel against every sequence of events there is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given

from collector.reports.chains import attempt, attempts
from collector.reports.marks import Bar, Mark, Rule
from tests.oracle import brute
from tests.oracle.units import barred, effort, rules, units


def said(marks: list[Mark], rule: Rule) -> brute.Best:
    """What the product says, in the oracle's words."""
    found = attempt(marks, rule)
    return brute.Best(found.depth, tuple(marks[n].t for n in found.chain))


@effort(750)
@given(units(rules()))
def test_ordered_chains_are_the_best_there_are(unit: tuple[list[Mark], Rule]) -> None:
    assert said(*unit) == brute.best(*unit)


@effort(750)
@given(units(barred()))
def test_an_exclusion_cuts_exactly_the_chains_it_meets(unit: tuple[list[Mark], Rule]) -> None:
    assert said(*unit) == brute.best(*unit)


@effort(750)
@given(units(barred(mode="drop")))
def test_a_unit_is_dropped_only_if_every_attempt_as_deep_met_an_exclusion(unit: tuple[list[Mark], Rule]) -> None:
    marks, rule = unit
    assert attempt(marks, rule).depth == brute.best(marks, rule).depth


def whole(rule: Rule) -> Rule:
    """The rule with exclusions that span the funnel, as chains in any order must have."""
    return rule._replace(bars=tuple(Bar(0, rule.steps - 1) for _ in rule.bars))


@effort(500)
@given(
    units(barred(mode="drop", order="strict"))
    | units(barred(mode="drop", window_from="first", order="unordered", ties="any").map(whole))
)
@example(([Mark(0, 1), Mark(5, 0, bars=1)], Rule(2, None, order="strict", bars=(Bar(0, 1),), mode="drop")))
@example(
    (
        [Mark(0, 0, bars=1), Mark(0, 1)],
        Rule(2, None, ties="arrival", order="strict", bars=(Bar(0, 1),), bounds="closed", mode="drop"),
    )
)
@example(([Mark(0, 1, bars=1)], Rule(2, None, ties="arrival", order="strict", bars=(Bar(0, 1),), mode="drop")))
@example(([Mark(0, 2), Mark(5, 0, bars=1)], Rule(2, 5, order="unordered", bars=(Bar(0, 1),), mode="drop")))
def test_so_it_is_among_neighbours_and_in_any_order(unit: tuple[list[Mark], Rule]) -> None:
    marks, rule = unit
    assert attempt(marks, rule).depth == brute.best(marks, rule).depth


@effort(400)
@given(units(rules(order="strict")) | units(barred(order="strict")))
@example(
    ([Mark(0, 1), Mark(0, 0, bars=1), Mark(5, 2)], Rule(2, None, order="strict", bars=(Bar(0, 1),), bounds="closed"))
)
@example(
    (
        [Mark(0, 1, bars=1), Mark(0, 2, bars=1)],
        Rule(2, None, ties="arrival", order="strict", bars=(Bar(0, 1),), bounds="closed"),
    )
)
def test_strict_chains_are_neighbours_in_some_order_of_all_events(unit: tuple[list[Mark], Rule]) -> None:
    marks, rule = unit
    found, wanted = said(marks, rule), brute.best(marks, rule)
    assert found.depth == wanted.depth
    assert found.times[:1] + found.times[-1:] == wanted.times[:1] + wanted.times[-1:]


@effort(400)
@given(units(rules(order="unordered", window_from="first", ties="any")))
def test_chains_in_any_order_fill_as_many_steps_as_can_be_filled(unit: tuple[list[Mark], Rule]) -> None:
    marks, rule = unit
    for anchored in (False, True):
        asked = rule._replace(anchor=anchored)
        found, wanted = said(marks, asked), brute.best(marks, asked)
        assert found.depth == wanted.depth
        assert found.times[:1] + found.times[-1:] == wanted.times[:1] + wanted.times[-1:]


@effort(500)
@given(units(rules(window_from="first", entry="best")))
def test_attempts_do_not_overlap_and_none_is_missed(unit: tuple[list[Mark], Rule]) -> None:
    marks, rule = unit
    found = attempts(marks, rule)
    assert [one.depth for one in found] == brute.totals(marks, rule)
    used = [n for one in found for n in one.chain]
    assert len(used) == len(set(used))


class Watched(list[Mark]):
    """Events that may be looked at so many times."""

    left = 1_000_000

    def __getitem__(self, at: Any) -> Any:
        self.left -= 1
        assert self.left, "every combination is tried"
        return super().__getitem__(at)


@pytest.mark.parametrize("ties", ["any", "arrival"])
@pytest.mark.parametrize("masks", [[1 << n for n in range(12)], [(1 << 12) - 1]], ids=["apart", "the same"])
def test_many_events_of_one_moment_are_not_tried_in_every_combination(ties: Any, masks: list[int]) -> None:
    found = attempt(
        Watched(Mark(5, mask) for mask in masks for _ in range(240 // len(masks))), Rule(12, None, ties=ties)
    )
    assert (found.depth, len(set(found.chain))) == (12, 12)
