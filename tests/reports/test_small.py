"""Small cells: what a shared page may say, whatever an answer holds."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations_with_replacement
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.reports.answer import Answer, Data
from collector.reports.small import HIDDEN, hidden, told_by_sum

LEAST = 5
COLUMNS = ["campaign", "step", "sessions", "converted", "conversion_rate", "mean_ms", "revenue"]


def answer(rows: list[dict[str, Any]], **more: Any) -> Answer:
    shown = {"report": "campaigns", "spec": {}, "columns": COLUMNS, "rows": rows, "totals": {}, "notes": []}
    return Answer(**(shown | more), data=Data(0, None, None, 0, 0))


def row(campaign: str, sessions: int, converted: int, **more: Any) -> dict[str, Any]:
    rate = converted / sessions if sessions else None
    return {"campaign": campaign, "step": 1, "sessions": sessions, "converted": converted, "conversion_rate": rate,
            "mean_ms": 1000.0, "revenue": {"EUR": "9.50"}} | more  # fmt: skip


def test_a_small_count_takes_what_follows_from_it_with_it() -> None:
    shown = hidden(answer([row("a", 90, 4), row("b", 80, 2), row("c", 70, 20)]), LEAST).rows
    assert [one["converted"] for one in shown] == [HIDDEN, HIDDEN, 20]
    assert [one["conversion_rate"] for one in shown] == [HIDDEN, HIDDEN, 20 / 70]
    assert [one["revenue"] for one in shown] == [None, None, {"EUR": "9.50"}]
    assert [one["sessions"] for one in shown] == [90, 80, 70]


def test_what_no_column_shows_counts_too() -> None:
    shown = hidden(answer([row("a", 90, 40, visitors=2), row("b", 80, 30)]), LEAST).rows
    assert (shown[0]["revenue"], shown[0].get("visitors", "left out")) == (None, "left out")
    assert shown[0]["conversion_rate"] == 40 / 90  # of many, and not of the two


def test_one_hidden_cell_is_not_told_by_the_total() -> None:
    shown = hidden(answer([row("a", 90, 50), row("b", 80, 4), row("c", 70, 20)], totals={"converted": 74}), LEAST)
    assert [one["converted"] for one in shown.rows] == [50, HIDDEN, HIDDEN]
    assert shown.totals == {"converted": 74}


def test_hidden_cells_are_not_told_by_their_sum() -> None:
    for few in ((1, 1), (4, 4), (1, 2), (4, 3)):
        rows = [row("a", 900, 100), row("b", 80, few[0]), row("c", 70, few[1])]
        shown = hidden(answer(rows, totals={"converted": 100 + sum(few)}), LEAST)
        assert [one["converted"] for one in shown.rows] == [HIDDEN] * 3
    some = hidden(answer([row("a", 900, 100), row("b", 80, 1), row("c", 70, 3)], totals={"converted": 104}), LEAST)
    assert [one["converted"] for one in some.rows] == [100, HIDDEN, HIDDEN]


def test_hidden_cells_are_not_told_by_their_order() -> None:
    for ranked in ("campaigns", "utm_audit"):
        for few in ((4, 2), (2, 4), (3, 3)):
            counts = sorted(zip(few, "zb", strict=True), key=lambda one: -one[0])
            rows = [row(name, n, 0, conversion_rate=None) for n, name in [(12, "m"), *counts]]
            shown = hidden(answer(rows, report=ranked, columns=["campaign", "sessions"]), LEAST).rows
            assert [(one["campaign"], one["sessions"]) for one in shown] == [("m", 12), ("b", HIDDEN), ("z", HIDDEN)]


def test_rows_stay_in_the_order_of_what_is_shown_and_of_days() -> None:
    rows = [row("c", 90, 40), row("b", 80, 2), row("a", 70, 2)]
    assert [one["campaign"] for one in hidden(answer(rows), LEAST).rows] == ["c", "b", "a"]
    days = [{"day": day, "sessions": n} for day, n in (("2", 3), ("1", 2), ("3", 9), ("4", 9))]
    shown = hidden(answer(days, report="overview", columns=["day", "sessions"]), LEAST).rows
    assert [one["day"] for one in shown] == ["2", "1", "3", "4"]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(2, 8), st.integers(0, 6))
def test_a_sum_tells_where_it_has_one_split(cells: list[int], least: int, more: int) -> None:
    next_ = max(*cells, least) + more
    most = least - 1 if sum(cells) <= len(cells) * (least - 1) else next_
    splits = combinations_with_replacement(range(1, most + 1), len(cells))
    one = sum(sum(split) == sum(cells) for split in splits) == 1
    assert told_by_sum(cells, least, next_) >= (one or len(cells) == 1)


@pytest.mark.parametrize("least", [2, 3, 5])
def test_of_each_table_there_is_another_that_is_shown_just_so(least: int) -> None:
    """All columns of up to four counts up to nine: who knows the rule, the sum and what is shown knows none hidden."""
    shown = defaultdict(set)
    for size in (2, 3, 4):
        for cells in combinations_with_replacement(range(1, 10), size):
            hid = sum(n < least for n in cells)
            while 0 < hid < size and told_by_sum(cells[:hid], least, cells[hid]):
                hid += 1
            if 0 < hid < size:
                shown[hid, sum(cells), cells[hid:]].add(cells[:hid])
    assert len(shown) > 40
    assert all(len(tables) > 1 for tables in shown.values())


def test_zero_and_places_in_an_order_stay() -> None:
    shown = hidden(answer([row("a", 90, 0)]), LEAST).rows[0]
    assert (shown["converted"], shown["step"], shown["conversion_rate"]) == (0, 1, 0.0)


def test_a_share_of_all_goes_with_its_count_though_the_row_has_a_count_of_nothing() -> None:
    few = {"campaign": "a", "sessions": 2, "converted": 0, "views": 302, "share": 2 / 151}  # 2 of 151, or 4 of 302
    shown = hidden(answer([few | {"sessions": 149, "share": 149 / 151}, few], columns=list(few)), LEAST).rows
    assert [one["share"] for one in shown] == [HIDDEN, HIDDEN]
    shown = hidden(answer([few | {"views": 755}], columns=list(few), totals={"sessions": 151}), LEAST).rows
    assert shown[0]["share"] is HIDDEN  # which might be 10 of 755


def test_the_sum_of_a_step_and_of_a_currency_tells_no_cell_of_it() -> None:
    for report, name in (("abandonment", "step"), ("abandonment", "currency"), ("consent", "state")):
        counts = ((1, "a", 30), (1, "b", 3), (2, "a", 20), (2, "b", 2))
        rows = [{"campaign": group, name: part, "reached": n} for part, group, n in counts]
        shown = hidden(answer(rows, report=report, columns=["campaign", name, "reached"]), LEAST).rows
        assert [one["reached"] for one in shown] == [HIDDEN] * 4  # 33 and 22 stand in the table of all


def test_a_part_of_a_conversion_is_few_and_no_rate() -> None:
    rows = [{"channel": name, "credit": n, "assisted": 0} for name, n in (("a", 22.6), ("b", 1.0), ("c", 0.4))]
    shown = hidden(answer(rows, report="attribution", columns=list(rows[0])), LEAST).rows
    assert [one["credit"] for one in shown] == [HIDDEN] * 3


def test_carts_that_are_lost_are_counted() -> None:
    assert hidden(answer([], totals={"lost": 2, "closed": 40}), LEAST).totals == {"lost": HIDDEN, "closed": 40}


def test_hidden_is_no_name() -> None:
    shown = hidden(answer([row("hidden", 90, 3), row("b", 80, 2)]), LEAST).rows
    assert (shown[0]["campaign"], shown[0]["campaign"] is HIDDEN, shown[0]["converted"] is HIDDEN) == (
        "hidden", False, True,
    )  # fmt: skip


def test_a_rate_that_stands_for_few_is_hidden_without_its_count() -> None:
    lone = {"campaign": "a", "sessions": 100, "conversion_rate": 0.98}
    assert hidden(answer([lone]), LEAST).rows[0]["conversion_rate"] is HIDDEN


def test_a_note_that_names_a_small_number_is_left_out() -> None:
    notes = ["only 3 sessions: too few to compare rates", "12 of 90 sessions are in these rows", "no number"]
    assert hidden(answer([], notes=notes), LEAST).notes == notes[1:]


counts = st.integers(0, 12)
rates = st.builds(lambda part, rest: part / (part + rest + 1), counts, counts)
tables = st.lists(st.tuples(counts, counts, rates), max_size=6)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables, st.integers(2, 8))
def test_no_small_count_and_nothing_that_leads_to_one_alone_is_ever_told(
    table: list[tuple[int, int, float]], least: int
) -> None:
    rows = [
        {"campaign": str(n), "sessions": a, "converted": b, "conversion_rate": r} for n, (a, b, r) in enumerate(table)
    ]
    totals = {"sessions": sum(a for a, _, _ in table), "converted": sum(b for _, b, _ in table)}
    rows = [one | {"share": one["sessions"] / (totals["sessions"] or 1)} for one in rows]
    shown = hidden(answer(rows, totals=totals, columns=[*COLUMNS, "share"]), least)
    for told in shown.rows:  # of a hidden count no share of all is told
        assert told["sessions"] is not HIDDEN or told["share"] in (None, 0, HIDDEN)
    for told in (*shown.rows, shown.totals):
        assert not [v for k, v in told.items() if k in totals and isinstance(v, int) and 0 < v < least]
    for told in shown.rows:
        a, b, _ = table[int(told["campaign"])]
        rate = told["conversion_rate"]
        for n in (a, b):
            part = 0 if rate is None or rate is HIDDEN else rate * n
            assert abs(part - round(part)) > 1e-6 or round(part) in (0, n) or least <= round(part) <= n - least
    for column in totals:
        cells = [one[column] for one in shown.rows]
        if cells.count(HIDDEN) == 1:  # then nothing but zeros stands beside it
            assert all(value == 0 for value in cells if value != HIDDEN)
    assert hidden(answer(rows, totals=totals), 0).rows == rows
