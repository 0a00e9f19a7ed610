"""Carts of random shops: what is left out before they are sorted changes none of them."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from collector.identity import Sign, resolve
from collector.reports.carts import KINDS, Deed, Limits, carts, figures
from tests.cases.store import store

_T0 = 1_772_409_600_000
_TEN = 600_000  # ms
_NOW = _T0 + 10**9
_NAMES = ("add_to_cart", "remove_from_cart", "purchase", "begin_checkout")
_LIMITS = (3_600_000, 86_400_000)


def _rows(seed: int, packed: bool) -> list[dict[str, Any]]:
    """Persons on several devices and devices of several persons; articles on no page, orders of nothing."""
    rng = random.Random(seed)
    rows = []
    for n in range(600):
        t = _T0 + rng.randrange(300) * _TEN
        device = rng.randrange(rng.choice([40, 400]))
        key = uuid.UUID(int=rng.getrandbits(128), version=4)
        row: dict[str, Any] = {"id": str(key) if packed or n % 3 else f"e{n}", "t": t, "received": t}
        row["visitor"] = f"d{device}" if device % 2 else str(uuid.UUID(int=device, version=4))
        row["name"] = rng.choice(["page_view", "page_view", "scroll", *_NAMES, "add_to_cart"])
        if row["name"] in ("page_view", "scroll") or rng.random() < 0.7:
            row["path"] = rng.choice(["/a", "/b", "/c"])
        if row["name"] in _NAMES:
            row["props"] = {"sku": rng.choice("xyz"), "price": rng.choice(["1.50", "20"]), "qty": rng.choice([1, 2])}
        if rng.random() < 0.15:
            row["user"] = f"u{rng.choice([device // 3, device // 3, rng.randrange(10)])}"
        rows.append(row)
    return rows


def _expected(rows: list[dict[str, Any]], idle_from: Any) -> dict[str, Any]:
    """The figures by the kernels alone, of every event of each person."""
    ordered = sorted(rows, key=lambda row: (row["t"], row["id"]))
    signs = [Sign(n, row["visitor"], row["t"], row.get("user"), row["name"]) for n, row in enumerate(ordered)]
    told = resolve(signs, "epoch", 1_800_000).persons
    deeds = defaultdict(list)
    for n, row in enumerate(ordered):
        deeds[told.get(n, f"anon:{row['visitor']}")].append(_deed(row))
    limits = Limits(*_LIMITS, idle_from, _NOW)
    return figures(list(chain.from_iterable(carts(one, limits)[0] for one in deeds.values())))


def _deed(row: dict[str, Any]) -> Deed:
    kind = KINDS[_NAMES.index(row["name"]) if row["name"] in _NAMES else 4]
    if kind in ("touch", "other"):
        return Deed(row["t"], kind, row.get("path"))
    props = row["props"]
    price = Decimal(props["price"])
    return Deed(row["t"], kind, row.get("path"), None, props["sku"], Decimal(props["qty"]), price)


@pytest.mark.parametrize("packed", [True, False])
async def test_carts_are_those_that_all_events_of_a_person_make(tmp_path: Path, packed: bool) -> None:
    async with store(tmp_path / "data", rows=250) as opened:
        for seed in range(3):
            site, rows = await opened.site(f"shop{seed}"), _rows(seed, packed)
            await opened.take_at_once(site, rows[:500])
            await opened.seal()
            await opened.take_at_once(site, rows[500:])
            for idle_from in ("activity", "cart"):
                spec = {"idle": _LIMITS[0], "recover": _LIMITS[1], "idle_from": idle_from}
                found = opened.ask(site, "abandonment", spec, _NOW)["totals"]
                expected = _expected(rows, idle_from)
                assert {name: found[name] for name in expected} == expected
                assert min(expected["recovered"], expected["lost"]) > 3
