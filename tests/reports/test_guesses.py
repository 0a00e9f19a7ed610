"""The share of events whose person is a guess is the same in every report that follows persons."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.cases.store import store

_T0 = 1_772_409_600_000
_BOTH: tuple[dict[str, Any], ...] = ({}, {"events": True})


def _rows(seed: int, alias: bool) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    rows = []
    for n in range(160):
        name = rng.choice(["page_view", "page_view", "add_to_cart", "purchase", "$reset"])
        row: dict[str, Any] = {"id": f"e{n}", "t": _T0 + rng.randrange(400) * 600_000, "name": name}
        row |= {"visitor": f"d{rng.randrange(6)}", "path": "/", "received": row["t"]}
        if rng.random() < 0.25:
            row["user"] = f"u{rng.randrange(5)}"
        rows.append(row)
    if alias:
        rows.append({"id": "a", "t": _T0, "name": "$alias", "visitor": "x", "props": {"from": "d1", "to": "u9"}})
    return rows


@pytest.mark.parametrize("alias", [False, True])
async def test_statement_and_reference_agree_on_what_is_a_guess(tmp_path: Path, alias: bool) -> None:
    async with store(tmp_path / "data", rows=1000) as opened:
        for seed in range(3):
            site = await opened.site(f"shop{seed}")
            await opened.take_at_once(site, _rows(seed, alias))
            spec = {"range": {"from": _T0 + 120_000_000}}
            told = opened.ask(site, "persons", {"events": True}, _T0 + 10**9)["totals"]  # by the reference
            assert told["ambiguous"] > 5
            for report, plain in (
                ("attribution", {}),
                ("abandonment", {}),
                ("funnel", {"steps": [{"name": "purchase"}]}),
            ):
                found = opened.ask(site, report, plain, _T0 + 10**9)["totals"]
                assert found["ambiguous"] == told["ambiguous"]
                clipped = opened.ask(site, report, plain | spec, _T0 + 10**9)
                assert clipped["totals"]["ambiguous"] < told["ambiguous"]
                assert any("had been silent since" in note for note in clipped["notes"])


async def test_persons_are_those_of_the_reference_whether_or_not_their_events_are_listed(tmp_path: Path) -> None:
    async with store(tmp_path / "data", rows=60) as opened:
        for seed in range(3):
            site = await opened.site(f"shop{seed}")
            rows = _rows(seed, alias=False)
            rows += [row | {"id": f"{row['id']}-{n}", "visitor": f"x{n}"} for n, row in enumerate(rows[:30])]
            await opened.take_at_once(site, rows)
            await opened.seal()
            await opened.take_at_once(site, [row | {"id": f"{row['id']}-late"} for row in rows[40:90]])
            for spec in ({}, {"limit": 1}, {"limit": 9}, {"range": {"from": _T0 + 120_000_000}}):
                plain, listed = (_plain(opened.ask(site, "persons", spec | events, _T0 + 10**9)) for events in _BOTH)
                assert plain == listed
                assert plain[0]
            assert listed[1]["persons"] > listed[1]["known"] > 3


def _plain(found: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Rows and totals without the events that were asked for."""
    rows = [{name: value for name, value in row.items() if name != "ids"} for row in found["rows"]]
    return rows, {name: value for name, value in found["totals"].items() if name != "ambiguous_ids"}
