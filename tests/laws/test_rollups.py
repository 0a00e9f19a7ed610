"""What a server keeps in memory answers as the files do, however the log grows, is sealed and is made anew."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.engines.duckdb import Options, UnwantedError, wanted
from collector.engines.duckdb.connecting import connect
from collector.engines.duckdb.engine import answer
from collector.engines.duckdb.rolled import RolledView
from collector.engines.duckdb.rollups import Moment, Rollups
from collector.journal import Folder
from collector.reports import spec
from collector.reports.answer import as_json
from tests.cases.store import Store, store
from tests.conftest import DEEP
from tests.former import unpack

_T0 = 1_772_409_600_000  # 2026-03-02T00:00:00Z
_HOUR = 3_600_000
_NOW = _T0 + 90 * _HOUR
_ENGINE = Options(memory_mb=256, seconds=3_600)  # no machine is so slow that the files have to answer
_AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile Safari/604.1",
    "curl/8.5.0",
    "Googlebot/2.1 (+http://www.google.com/bot.html)",
]
_TAGS = ["", "", "", "?utm_source=it's&utm_medium=cpc&utm_campaign=c", "?utm_source=news", "?gclid=1"]
_RANGES: list[dict[str, Any]] = [
    {}, {"from": _T0 + 24 * _HOUR}, {"from": _T0 + 20 * _HOUR, "to": _T0 + 50 * _HOUR + 900_000},
]  # fmt: skip
_WHERES: list[list[Any]] = [
    [], [], [["device", "eq", "mobile"]], [["source", "eq", "it's"]], [["campaign", "missing"], ["entry", "ne", "/a"]],
    [["entry", "contains", "/"], ["exit", "in", ["/", "/cart"]]], [["utm.source", "exists"]],
]  # fmt: skip
_ZONES = ["Europe/Paris", "Asia/Kathmandu", "America/New_York"]


def _rows(chance: random.Random, many: int) -> Iterator[dict[str, Any]]:
    """Events of few visitors, late and out of order, around the limits of sessions."""
    for n in range(many):
        visitor = chance.randrange(7)
        t = _T0 + chance.randrange(150) * _HOUR // 2 + chance.choice([-1, 0, 0, 1, 60_000, 1_740_000])
        name = chance.choice(["page_view", "page_view", "page_view", "purchase", "engagement", "click"])
        url = f"https://shop.example{chance.choice(['/', '/cart', '/a', '/bb'])}{chance.choice(_TAGS)}"
        row: dict[str, Any] = {
            "id": f"e{chance.random()}", "t": t, "received": t + chance.choice([0, 2 * 24 * _HOUR]), "name": name,
            "visitor": f"v{visitor}", "url": url, "ua": _AGENTS[min(visitor, 3)],
            "country": chance.choice(["FR", "DE"]),
        }  # fmt: skip
        if name == "purchase":
            row["revenue"] = {
                "amount": chance.choice(["12.50", "-3", "0.10"]),
                "currency": chance.choice(["EUR", "CHF"]),
            }
        yield row | ({"referrer": "https://www.google.com/"} if n % 5 == 0 else {})


def _asked(chance: random.Random) -> list[tuple[str, dict[str, Any]]]:
    """One of each kind; what needs no sessions, or some of them."""
    within = {"range": chance.choice(_RANGES), "tz": chance.choice(_ZONES)}
    some = within | {"session_where": chance.choice(_WHERES)}
    by = chance.choice([["source", "medium"], ["entry"], ["country", "device"], ["utm.campaign"], ["exit", "channel"]])
    grouped = some | {"by": by, "visitors": chance.random() < 0.5}
    return [
        ("overview", some), ("campaigns", grouped), ("pages", some | {"times": False, "limit": chance.choice([1, 3])}),
        ("channels", some), ("consent", within), ("quality", within),
    ]  # fmt: skip


def _compared(folder: Folder, rollups: Rollups, asked: list[tuple[str, dict[str, Any]]]) -> None:
    since = time.monotonic()
    for name, body in asked:
        with rollups.view("shop", spec.question(name, body), _NOW, since) as seen:
            assert seen is not None, (name, body)
        kept = answer(folder, _ENGINE, "shop", name, body, _NOW, Moment(rollups, since))
        read = answer(folder, _ENGINE, "shop", name, body, _NOW)
        assert as_json(kept) == as_json(read), (name, body)


async def _grown(opened: Store, folder: Folder, chance: random.Random) -> None:
    """A log that grows in steps, asked after each."""
    site, rollups = await opened.site("shop"), Rollups(folder, _ENGINE)
    for many in (30, 12):
        await opened.take_at_once(site, list(_rows(chance, many)))
        if many == 30 or chance.random() < 0.5:
            await opened.seal()
        if many == 30:
            unpack(folder)
        _compared(folder, rollups, _asked(chance))
    while await opened.compact():
        _compared(folder, rollups, _asked(chance)[:3])
    await opened.rebuild()
    _compared(folder, rollups, _asked(chance)[:2])
    rollups.clear()
    assert rollups.taken() == 0


@pytest.mark.parametrize("seed", range(200 if DEEP else 2))
def test_a_rollup_answers_as_the_files_do(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)

    async def story() -> None:
        async with store(tmp_path / "data", chance.choice([1, 3, 9] if DEEP else [3]), 20) as opened:
            await _grown(opened, Folder(tmp_path / "data"), chance)

    asyncio.run(story())


def test_a_session_is_cut_anew_as_often_as_somebody_looks(tmp_path: Path) -> None:
    """Events that come late fall into a sealed visit, and each brings a campaign."""
    folder, asked = Folder(tmp_path / "data"), [("overview", {}), ("campaigns", {"by": ["utm.source"]})]

    def view(minute: int, tag: str) -> dict[str, Any]:
        t = _T0 + minute * 60_000
        row = {"id": f"e{minute}", "t": t, "name": "page_view", "visitor": "v", "ua": _AGENTS[0]}
        return row | {"url": f"https://shop.example/{tag}"}

    async def story() -> None:
        async with store(folder.path, rows=9) as opened:
            site, rollups = await opened.site("shop"), Rollups(folder, _ENGINE)
            await opened.take_at_once(site, [view(0, ""), view(20, "")])
            await opened.seal()
            for minute, tag in ((5, "?utm_source=a"), (10, "?utm_source=b"), (15, "?utm_source=c")):
                await opened.take_at_once(site, [view(minute, tag)])
                _compared(folder, rollups, asked)
            rollups.clear()

    asyncio.run(story())


def test_who_leaves_while_a_rollup_is_filled_takes_it_from_nobody(tmp_path: Path) -> None:
    folder, chance, gone = Folder(tmp_path / "data"), random.Random(1), threading.Event()
    gone.set()

    async def story() -> None:
        async with store(folder.path, rows=9) as opened:
            site, rollups = await opened.site("shop"), Rollups(folder, _ENGINE)
            for _ in range(2):
                await opened.take_at_once(site, list(_rows(chance, 20)))
                await opened.seal()
                with wanted(gone), pytest.raises(UnwantedError):
                    answer(folder, _ENGINE, "shop", "overview", {}, _NOW, Moment(rollups, time.monotonic()))
                _compared(folder, rollups, _asked(chance)[:2])
            rollups.clear()

    asyncio.run(story())


def test_rollups_are_bounded_by_number_and_a_site_without_sealed_events_has_none(tmp_path: Path) -> None:
    folder, options = Folder(tmp_path / "data"), Options(memory_mb=64, seconds=3_600)
    rollups, asked = Rollups(folder, options), spec.question("overview", {})

    def kept(site: str) -> bool:
        with rollups.view(site, asked, _NOW, time.monotonic()) as seen:
            return seen is not None

    async def story() -> None:
        async with store(folder.path) as opened:
            sites = [await opened.site(f"site-{n}") for n in range(7)]
            for site in sites:
                await opened.take_at_once(site, _rows(random.Random(site.number), 1))
            assert not kept("site-0")
            assert rollups.taken() == 0
            await opened.seal()
            assert kept("site-0")
            each = rollups.taken()
            assert each >= 5  # megabytes, of which DuckDB counts next to none
            assert all(kept(site.name) for site in sites)
            assert each < rollups.taken() <= options.memory_mb // 2 < each * len(sites)
            rollups.clear()

    asyncio.run(story())


def test_a_database_starts_no_threads_beside_those_it_was_given(tmp_path: Path) -> None:
    with connect(Folder(tmp_path), Options()) as connection:
        told = connection.execute("SELECT current_setting('threads'), current_setting('async_threads')").fetchone()
    assert told == (1, 0)


def test_a_site_remembers_few_sums_however_many_filters_come(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")

    async def story() -> None:
        async with store(folder.path, rows=9) as opened:
            site, rollups = await opened.site("shop"), Rollups(folder, _ENGINE)
            await opened.take_at_once(site, list(_rows(random.Random(1), 9)))
            await opened.seal()
            since = time.monotonic()
            for n in range(40):
                where = [["entry", "in", ["/", f"{n}" + "x" * 2_000]]]
                asked = spec.question("overview", {"session_where": where})
                with rollups.view("shop", asked, _NOW, since) as seen:
                    assert isinstance(seen, RolledView)
                    seen.ask("overview_totals")
                    assert len(repr(seen._done)) < 40_000
            rollups.clear()

    asyncio.run(story())
