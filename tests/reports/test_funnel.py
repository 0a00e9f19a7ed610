"""The funnel's two ways, by joins and by the kernel, and what an answer holds."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.journal import Folder, snapshot
from tests.cases.store import store

_T0 = 1_772_409_600_000
_MINUTE = 60_000
_PERSONS = 300
_NAMES = ("A", "B", "C", "D", "X")


def _rows(seed: int) -> list[dict[str, Any]]:
    """Few moments, so that events meet; some logins, some money."""
    rng = random.Random(seed)
    rows = []
    for person in range(_PERSONS):
        for n in range(rng.randrange(1, 12)):
            name = rng.choice(_NAMES)
            row = {"id": f"{person}-{n}", "t": _T0 + rng.randrange(30) * _MINUTE, "name": name, "visitor": f"v{person}"}
            row["received"] = row["t"]
            if rng.random() < 0.05:
                row["user"] = f"u{person % 40}"
            if name == "D":
                row["revenue"] = {"amount": f"{rng.randrange(1, 90)}.50", "currency": rng.choice(["EUR", "CHF"])}
            rows.append(row)
    return rows


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize(
    ("steps", "window"), [("ABD", 5), ("ABCD", None), ("AB", 0.001), ("BA", 12), ("AAB", 9), ("DAB", 9)]
)
async def test_joins_and_kernel_agree(tmp_path: Path, steps: str, window: float | None, sealed: bool) -> None:
    async with store(tmp_path / "data", rows=100_000) as opened:
        site = await opened.site("shop")
        await opened.take_at_once(site, _rows(len(steps)))
        if sealed:
            await opened.seal()
        now = _T0 + 32 * _MINUTE
        spec: dict[str, Any] = {"steps": [{"name": step} for step in steps]}
        spec["window_ms"] = round(window * _MINUTE) if window else None
        joined = opened.ask(site, "funnel", spec, now)
        kernel = opened.ask(site, "funnel", spec | {"units": True}, now)
    assert joined["rows"] == kernel["rows"]
    assert joined["rows"][0]["reached"] > 100
    for key, value in joined["totals"].items():
        assert kernel["totals"][key] == value, key


async def test_revenue_is_that_of_the_chain_not_of_everything_a_person_bought(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "t": _T0, "name": "cart", "visitor": "v"},
        {"id": "b", "t": _T0 + 1, "name": "buy", "visitor": "v", "revenue": {"amount": "12.50", "currency": "EUR"}},
        {"id": "c", "t": _T0 + 2, "name": "buy", "visitor": "v", "revenue": {"amount": "99.00", "currency": "EUR"}},
    ]
    async with store(tmp_path / "data") as opened:
        site = await opened.site("shop")
        await opened.take(site, rows)
        for units in (False, True):
            spec = {"steps": [{"name": "cart"}, {"name": "buy"}], "units": units}
            answer = opened.ask(site, "funnel", spec, _T0 + 10)
            assert [row["revenue"] for row in answer["rows"]] == [None, {"EUR": "12.50"}]


async def test_revenue_is_counted_whether_or_not_segments_tell_their_amounts(tmp_path: Path) -> None:
    """Few amounts are told, more than a hundred of one segment are not; those of the tail are looked up."""
    folder, paid = Folder(tmp_path / "data"), 0
    async with store(folder.path, rows=1_000) as opened:
        site = await opened.site("shop")
        for sealed, amounts in enumerate((3, 3, 150, 1)):
            bought = [{"amount": f"{amounts}{n % amounts}.50", "currency": "EUR"} for n in range(160)]
            rows = [
                {"id": f"{sealed}-{n}", "t": _T0 + n, "name": "buy", "visitor": f"{sealed}-{n}", "revenue": one}
                for n, one in enumerate(bought)
            ]
            rows.append({"id": f"{sealed}-see", "t": _T0, "name": "see", "visitor": f"{sealed}-see"})
            await opened.take_at_once(site, rows)
            paid += sum(Decimal(one["amount"]) for one in bought)
            answer = opened.ask(site, "funnel", {"steps": [{"name": "buy"}]}, _T0 + 10_000)
            assert answer["rows"][0]["revenue"] == {"EUR": str(paid)}
            if amounts > 1:
                await opened.seal()
        with snapshot(folder) as seen:
            told = [one.visits.terms[site.number].moneys for one in seen.segments() if one.visits]
    assert [moneys and len(moneys) for moneys in told] == [3, 3, None]


async def test_a_preset_fills_in_what_the_question_leaves_out(tmp_path: Path) -> None:
    async with store(tmp_path / "data") as opened:
        site = await opened.site("shop")
        await opened.take(site, [{"id": "a", "t": _T0, "name": "A", "visitor": "v"}])
        asked = {"steps": [{"name": "A"}], "like": "umami", "window": "2h", "range": {"from": _T0}}
        spec = opened.ask(site, "funnel", asked, _T0 + 10)["spec"]
    assert (spec["window"], spec["window_from"]) == (7_200_000, "previous")
    assert spec["range"] == {"from": _T0, "to": None, "end": "all"}
    assert spec["session"]["boundary"] == "gt"


async def test_of_a_person_with_too_many_events_the_later_ones_are_left_out_and_it_is_said(tmp_path: Path) -> None:
    rows = [{"id": str(n), "t": _T0 + n * 1_000, "name": "AB"[n % 2], "visitor": "v"} for n in range(2_002)]
    async with store(tmp_path / "data", rows=10_000) as opened:
        site = await opened.site("shop")
        await opened.take_at_once(site, rows)
        spec = {"steps": [{"name": "A"}, {"name": "B"}], "window": "1s", "count": "totals"}
        every = opened.ask(site, "funnel", spec, _T0 + 6_000_000)
        fewer = opened.ask(site, "funnel", spec | {"range": {"to": _T0 + 1_000_000}}, _T0 + 6_000_000)
    assert every["totals"]["counts"] == [1_000, 1_000]
    assert every["notes"] == ["1 had more than 2000 events that fit: what came later was not looked at"]
    assert fewer["totals"]["counts"] == [500, 500]
    assert fewer["notes"] == []
