"""The funnel followed as arrays and by its reference: the same answer to the last figure, for any events."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from collector.engines.duckdb import funnel as engine
from collector.engines.duckdb import pursuit
from collector.engines.duckdb.view import View
from tests.cases.store import Store, store

_T0 = 1_774_735_200_000  # 2026-03-28T22:00Z: Paris is two hours from midnight, and four from a lost hour
_MINUTE = 60_000
_NOW = _T0 + 400 * _MINUTE
_PEOPLE = 120
_PATHS = ("/", "/p/1", "/p/2", "/p/2/x", "/cart")
_PRODUCT = {"regex": "^/p/", "where": [["utm.source", "missing", None]]}
_STEPS: dict[str, list[dict[str, Any]]] = {
    "apart": [{"path": "/p/*"}, {"name": "add"}, {"path": "/cart"}, {"name": "buy"}],
    "the same twice": [{"path": "/p/*"}, {"path": "/p/*"}, {"name": "buy"}],
    "overlapping": [{"path": "/**"}, {"any_of": [{"path": "/p/2"}, {"name": "add"}]}, _PRODUCT],
    "nine": [{"path": "/p/*"}, {"name": "add"}, {"path": "/cart"}, {"name": "buy"}, *[{"path": "/**"}] * 5],
    "one": [{"name": "add"}],
}
_ASKED: dict[str, dict[str, Any]] = {
    "plainly": {},
    "without end": {"window": None},
    "in a moment": {"window": 1},
    "in a range": {"range": {"from": _T0 + 60 * _MINUTE, "to": _T0 + 200 * _MINUTE}, "window": "1h"},
    "in a closed range": {"range": {"from": _T0, "to": _T0 + 90 * _MINUTE, "end": "all"}},
    "by sessions": {"scope": "session"},
    "from a source": {"session_where": [["utm.source", "eq", "news"]]},
    "by who came with what": {"breakdown": {"field": "utm.source"}},
    "by what came last": {"breakdown": {"field": "utm.source", "attribution": "last_touch"}, "window": "1h"},
    "by the second step": {"breakdown": {"field": "path", "attribution": "step:1"}},
    "by what nobody said": {"breakdown": {"field": "props.nobody"}},
    "by every source": {"breakdown": {"field": "utm.source", "attribution": "all_events"}},
    "by every path": {"breakdown": {"field": "path", "attribution": "all_events"}},
    "by the day": {"trend": {"interval": "1d"}, "tz": "Europe/Paris", "window": "2h"},
    "by the hour": {"trend": {"interval": "1h"}, "tz": "Europe/Paris", "window": "1h"},
    "by seven hours": {"trend": {"interval": "7h"}, "tz": "Europe/Paris"},
    "beside another range": {"compare": {"range": {"from": _T0 + 100 * _MINUTE}}, "window": "1h"},
}


def _twin(person: int) -> str:
    """An id for two neighbours that are the same but for their halves, one in the place of the other: a sum of both, or
    a hash that joins theirs by XOR, is one. DuckDB stores the first bit of a UUID the other way round."""
    halves = [f"{person // 2:016x}", f"{0x8000000000000000 + person // 2 + 1_000:016x}"]
    digits = "".join(halves if person % 2 else [f"{int(half, 16) ^ 1 << 63:016x}" for half in reversed(halves)])
    return str(UUID(digits))


def _rows(seed: int) -> list[dict[str, Any]]:
    """People with few moments, so that events meet, some of them late; logins on shared devices, walls, money."""
    rng, currencies = random.Random(seed), ["EUR", "CHF"][: 1 + seed % 2]  # those of one currency are told otherwise
    rows = []
    for person in range(_PEOPLE):
        for n in range(rng.randrange(1, 14)):
            t = _T0 + rng.choice([rng.randrange(12), rng.randrange(12) * 30]) * _MINUTE
            row: dict[str, Any] = {"id": f"{person}-{n}", "t": t, "visitor": _twin(person), "received": t}
            row |= {"name": "page_view", "path": rng.choice(_PATHS)}
            if rng.random() < 0.4:
                row["name"] = rng.choice(["add", "buy", "$reset" if rng.random() < 0.2 else "add"])
            if rng.random() < 0.1:
                row["user"] = f"u{rng.choice([person // 2, person % 7])}"
            if rng.random() < 0.3:
                row["url"] = f"https://shop.example{row.pop('path')}?utm_source={rng.choice(['news', 'x', '(none)'])}"
            if row["name"] == "buy":
                row["revenue"] = {"amount": f"{rng.randrange(1, 4)}.50", "currency": rng.choice(currencies)}
            rows.append(row)
    rng.shuffle(rows)
    return rows


def _both(opened: Store, site: Any, spec: dict[str, Any], patch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    found = opened.ask(site, "funnel", spec, _NOW)
    with patch.context() as reference:
        reference.setattr(engine, "plain", lambda asked: False)
        return found, opened.ask(site, "funnel", spec, _NOW)


@pytest.mark.parametrize("seed", range(3))
async def test_what_arrays_say_is_what_the_reference_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(pursuit, "_MOST", (1 << 21, 20, 300)[seed])  # all units at once, a few, or some
    async with store(tmp_path / "data", rows=700) as opened:
        site = await opened.site("shop")
        await opened.take_at_once(site, _rows(seed))
        if seed:
            await opened.seal()  # in two segments and a tail, each with events of the same moments
        for number, (steps, how) in enumerate(product(_STEPS, _ASKED)):
            if number % 3 != seed or (steps, how) == ("one", "by the second step"):
                continue
            spec = {"steps": _STEPS[steps]} | _ASKED[how]
            found, reference = _both(opened, site, spec, monkeypatch)
            assert found == reference, (steps, how)
            assert found["rows"][0]["reached"] > 3, (steps, how)


async def test_a_funnel_of_ten_names_and_paths_is_told_apart_by_a_property(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose label alone is asked for first, without the names and paths."""
    async with store(tmp_path / "data", rows=700) as opened:
        site = await opened.site("shop")
        at = {"t": _T0, "visitor": "v", "name": "page_view"}
        await opened.take_at_once(
            site, [at | {"id": f"{n}", "t": _T0 + n, "path": f"/{n}/a", "props": {"size": "L"}} for n in range(5)]
        )
        spec = {"steps": [{"path": f"/{n}/*"} for n in range(5)], "breakdown": {"field": "props.size"}}
        found, reference = _both(opened, site, spec, monkeypatch)
    assert found == reference
    assert found["totals"]["counts"] == [1] * 5


@pytest.mark.parametrize("steps", [["add", "pay", "buy"], ["add", "add", "buy"]], ids=["apart", "the same twice"])
async def test_a_person_with_thousands_of_events_is_judged_as_by_the_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: list[str]
) -> None:
    rng = random.Random(5)
    rows = [
        {"id": str(n), "t": _T0 + rng.randrange(_MINUTE), "name": rng.choice(["add", "buy", "pay"]), "visitor": "v"}
        for n in range(2_500)
    ]
    rows.append({"id": "w", "t": _T0, "name": "add", "visitor": "w"})
    async with store(tmp_path / "data", rows=10_000) as opened:
        site = await opened.site("shop")
        await opened.take_at_once(site, rows)
        spec = {"steps": [{"name": name} for name in steps]}
        found, reference = _both(opened, site, spec, monkeypatch)
    assert found == reference
    assert found["totals"]["counts"] == [2, 1, 1]


async def test_so_many_labels_and_amounts_that_an_event_s_take_more_than_32_bits_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = pursuit._listed
    many = [f"{n}.00" for n in range(1 << 16)]
    monkeypatch.setattr(View, "moneys", lambda view: None)  # no segment tells them: events are looked through
    monkeypatch.setattr(pursuit, "_listed", lambda *asked: [*(f"AAA {one}" for one in many), *listed(*asked)])
    async with store(tmp_path / "data", rows=700) as opened:
        site = await opened.site("shop")
        await opened.take_at_once(site, _rows(4))
        spec = {"steps": [{"path": "/**"}, {"name": "buy"}], "window": "1h", "range": {"from": _T0}}
        told = {"breakdown": {"field": "path", "attribution": "first_touch"}}
        found, reference = _both(opened, site, spec | told, monkeypatch)
    assert found == reference
    assert found["rows"][1]["revenue"]


_REPORTS: dict[str, dict[str, Any]] = {
    "overview": {}, "sessions": {"limit": 1000}, "pages": {}, "persons": {"limit": 1000}, "attribution": {},
    "abandonment": {}, "journeys": {}, "funnel": {"steps": [{"name": "page_view"}, {"name": "add"}]},
}  # fmt: skip


async def test_visitors_whose_ids_are_alike_are_counted_as_two_by_every_report(tmp_path: Path) -> None:
    """The same events under ids that nobody takes for one another have the same figures."""
    async with store(tmp_path / "data", rows=200) as opened:
        told = []
        for name, called in (("alike", _twin), ("apart", str)):
            site = await opened.site(name)
            ids = {_twin(person): called(person) for person in range(_PEOPLE)}
            rows = [row | {"visitor": ids[row["visitor"]]} for row in _rows(9)[:300]]
            await opened.take_at_once(site, rows)
            await opened.seal()
            asked = [opened.ask(site, report, spec, _NOW) for report, spec in _REPORTS.items()]
            for unlike in ("visitor", "person", "ids", "session"):
                for row in asked[1]["rows"] + asked[3]["rows"]:
                    row.pop(unlike, None)
            told.append([(one["totals"], sorted(map(str, one["rows"]))) for one in asked])
    for report, alike, apart in zip(_REPORTS, *told, strict=True):
        assert alike == apart, report
