"""Segments that became one are what one sealing of their range makes of the log, and every report says the same."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from collector import follower
from collector.engines.duckdb.compacting import neighbours
from collector.engines.duckdb.connecting import Options
from collector.engines.duckdb.exporting import parquet
from collector.engines.duckdb.sealing import seal
from collector.event import Site
from collector.journal import Folder, Segment, Sums, Terms, Visits, snapshot
from tests.cases.store import Store, store
from tests.crash.basket import faults, lying, published
from tests.former import unpack

_T0 = 1_772_409_600_000  # 2026-03-02T00:00:00Z
_HOUR = 3_600_000
_NOW = _T0 + 90 * _HOUR
_ROWS, _MOST = 7, 30
_VISITORS = [f"v{n}" if n % 2 else str(uuid.UUID(int=n, version=4)) for n in range(6)]
_ASKED: list[tuple[str, dict[str, Any]]] = [
    ("overview", {"tz": "Europe/Paris"}),
    ("sessions", {"limit": 1_000}),
    ("campaigns", {"bots": "include"}),
    ("pages", {}),
    ("persons", {}),
    ("attribution", {}),
    ("quality", {}),
    ("funnel", {"steps": [{"path": "/"}, {"name": "purchase"}], "window": "2h", "breakdown": {"field": "utm.source"}}),
]


def _rows(chance: random.Random, many: int) -> Iterator[dict[str, Any]]:
    """Events of one day and of few visitors, out of order, with whatever a column can hold."""
    for n in range(many):
        tag = chance.choice(["", "", "?utm_source=news&utm_medium=email", "?utm_source=it's&utm_campaign=%F0%9F%8C%BF"])
        name = chance.choice(["page_view", "page_view", "purchase", "click", "engagement"])
        row: dict[str, Any] = {
            "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)) if n % 4 else f"order {chance.random()}",
            "t": (t := _T0 + chance.randrange(20) * _HOUR // 2 + chance.choice([-1, 0, 0, 1, 60_000])),
            "received": t + (n % 5 - 1) * _HOUR // 20,
            "name": name,
            "visitor": chance.choice(_VISITORS),
            "url": f"https://site.invalid{chance.choice(['/', '/cart', '/é'])}{tag}",
            "ua": chance.choice(["Mozilla/5.0 Chrome/131.0 Safari/537.36", "Googlebot/2.1"]),
            "props": {"size": chance.randrange(3), "colour": chance.choice(["'", '"', "grün"])},
        }
        if n % 3:
            row["consent"] = {"state": "granted", "source": "tcf", "at": row["t"] - n * _HOUR}
        if chance.random() < 0.2:
            row["user"] = chance.choice(["anna", "omar"])
        if name == "purchase":
            row["revenue"] = {"amount": "12.50", "currency": chance.choice(["EUR", "CHF"])}
        yield row


async def _laid(opened: Store, seed: int) -> list[Site]:
    """Two sites with events in ten segments and a tail."""
    chance = random.Random(seed)
    sites = [await opened.site(name) for name in ("shop", "blog")]
    for _ in range(5):
        for site in sites:
            await opened.take_at_once(site, list(_rows(chance, _ROWS)))
    await opened.seal()
    await opened.take_at_once(sites[0], list(_rows(chance, 3)))
    return sites


def _said(opened: Store, sites: list[Site]) -> list[Any]:
    return [opened.ask(site, name, asked, _NOW) for site in sites for name, asked in _ASKED]


def _exported(folder: Folder, output: Path) -> list[Any]:
    parquet(folder, Options(), "shop", output)
    return duckdb.execute("FROM read_parquet($path)", {"path": str(output)}).fetchall()


def _segments(folder: Folder) -> list[Segment]:
    with snapshot(folder) as view:
        return view.segments()


@pytest.mark.parametrize("former", [False, True], ids=["today's", "some of a former release"])
def test_segments_that_became_one_are_as_one_sealed_of_their_range(tmp_path: Path, former: bool) -> None:
    folder = Folder(tmp_path / "data")

    async def story() -> None:
        async with store(folder.path, _ROWS, _MOST) as opened:
            sites = await _laid(opened, 0)
            before, exported = _said(opened, sites), _exported(folder, tmp_path / "before")
            if former:
                unpack(folder)
                assert (_said(opened, sites), _exported(folder, tmp_path / "unpacked")) == (before, exported)
            old = published(folder.path)
            assert [await opened.compact() for _ in range(4)] == [4, 4, 0, 0]
            assert [one.last_seq for one in _segments(folder)] == [28, 56, 63, 70]
            assert (_said(opened, sites), _exported(folder, tmp_path / "after")) == (before, exported)
            assert lying(folder.path) == old | published(folder.path), "who began before still reads these"
            for one in _segments(folder)[:2]:
                again = seal(folder, one.first_seq - 1, one.last_seq, Options())
                assert (again.size, again.sum, again.visits and again.visits[1:]) == (
                    one.size, one.sum, one.visits and one.visits[1:],
                )  # fmt: skip
            assert faults(folder.path) == []
            await opened.rebuild()
            assert len(_segments(folder)) == 11
            assert _said(opened, sites) == before
            opened.stop()
            assert await opened.compact() == 0
            assert len(_segments(folder)) == 11
            assert faults(folder.path) == []

    asyncio.run(story())


def test_what_cannot_be_read_stays_and_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = Folder(tmp_path / "data")

    async def story() -> None:
        async with store(folder.path, _ROWS, _MOST) as opened:
            await _laid(opened, 1)
            path = folder.segments / _segments(folder)[1].file
            whole = path.read_bytes()
            path.write_bytes(whole[:50] + bytes([whole[50] ^ 1]) + whole[51:])
            assert [await opened.compact() for _ in range(3)] == [4, 4, 0]
            assert [one.last_seq for one in _segments(folder)] == [7, 14, 21, 28, 56, 63, 70]

    asyncio.run(story())
    (told,) = [record.getMessage() for record in caplog.records if record.name == "balise"]
    assert told.startswith(
        "4 segments stay as they are: the segment 000000000008-000000000014.parquet is not as it was"
    )


async def test_what_cannot_be_published_leaves_no_files(tmp_path: Path) -> None:
    full = "CREATE TRIGGER full BEFORE INSERT ON visits BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
    async with store(tmp_path / "data", _ROWS, _MOST) as opened:
        await _laid(opened, 1)
        before = lying(tmp_path / "data")
        with closing(sqlite3.connect(tmp_path / "data" / "log.sqlite")) as log:
            log.execute(full)
        assert [await opened.compact() for _ in range(3)] == [4, 4, 0]
        with pytest.raises(sqlite3.Error, match="full"):
            await opened.rebuild()
        assert lying(tmp_path / "data") == before == published(tmp_path / "data")


def test_what_fails_again_is_let_be_twice_as_long_up_to_an_hour() -> None:
    assert [follower.pause(tries) for tries in (1, 2, 3, 6, 7, 10_000)] == [60, 120, 240, 1_920, 3_600, 3_600]


def test_a_look_that_fails_again_is_the_later_the_next_time_up_to_a_minute() -> None:
    assert [follower.rest(failed) for failed in (0, 1, 2, 5, 6, 10_000)] == [1, 2, 4, 32, 60, 60]


async def test_a_follower_that_cannot_write_looks_less_often_and_goes_on_when_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = Folder(tmp_path / "data")
    monkeypatch.setattr(follower, "_TURN", 0.01)
    monkeypatch.setattr(follower, "_PAUSE", 0.2)
    async with store(folder.path, _ROWS, _MOST) as opened:
        await _laid(opened, 1)
        folder.segments.rename(tmp_path / "aside")
        folder.segments.write_bytes(b"")
        following = asyncio.create_task(opened.follow())
        await asyncio.sleep(1)  # fifty looks or more
        told = [record for record in caplog.records if record.getMessage().startswith("sealing failed")]
        assert 1 <= len(told) <= 9
        folder.segments.unlink()
        (tmp_path / "aside").rename(folder.segments)
        async with asyncio.timeout(120):
            while _segments(folder)[-1].last_seq != 73:
                await asyncio.sleep(0.01)
        opened.stop()
        await following


async def test_a_follower_comes_back_to_what_it_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself, though nothing was sealed meanwhile: here what was in the way goes once that was told."""
    folder = Folder(tmp_path / "data")
    monkeypatch.setattr(follower, "_PAUSE", 0.2)
    monkeypatch.setattr(follower, "_TURN", 0.01)
    async with store(folder.path, _ROWS, _MOST) as opened:
        await _laid(opened, 1)
        path = folder.segments / _segments(folder)[1].file
        whole = path.read_bytes()
        path.write_bytes(whole[:50] + bytes([whole[50] ^ 1]) + whole[51:])
        following = asyncio.create_task(opened.follow())
        async with asyncio.timeout(120):
            while opened.left() != 4:
                await asyncio.sleep(0.01)
            path.write_bytes(whole)
            while opened.left() or _segments(folder)[0].last_seq != 28:
                await asyncio.sleep(0.01)
        opened.stop()
        await following


def _segment(first: int, last: int, start: float, stop: float) -> Segment:
    """One whose events lie between these hours."""
    sums = Sums(1, round(start * _HOUR), round(stop * _HOUR), 0, 0, 0)
    return Segment(first, last, f"{first}", 0, b"", Visits("", 0, b"", {1: Terms(0, 0, 0, 0, sums)}))


_DAY_LONG = [_segment(n * 10 + 1, n * 10 + 10, n, n + 1) for n in range(12)]


@pytest.mark.parametrize(
    ("segments", "first", "many"),
    [
        ([], 0, 0),
        (_DAY_LONG, 1, 10),
        (_DAY_LONG[:9], 0, 0),
        ([_segment(1, 100, 0, 1), *_DAY_LONG[10:]], 0, 0),  # a large one stays, and the next row is too short
        ([_segment(1, 100, 0, 1), *(_segment(n * 10 + 1, n * 10 + 10, n, n + 1) for n in range(10, 20))], 101, 10),
        ([_DAY_LONG[0]._replace(visits=None), *_DAY_LONG[1:]], 11, 10),  # of an earlier release
        ([*_DAY_LONG[:5], *_DAY_LONG[6:]], 0, 0),  # one between them cannot be read
        ([_segment(n * 10 + 1, n * 10 + 10, n * 3, n * 3 + 3) for n in range(12)], 0, 0),  # together longer than a day
        ([_segment(n * 10 + 1, n * 10 + 10, n, n + 200) for n in range(12)], 1, 10),  # but each spans as much
    ],
)
def test_neighbours_of_a_day_become_one(segments: list[Segment], first: int, many: int) -> None:
    found = neighbours(segments, 10, 100)
    assert (found[0].first_seq if found else 0, len(found)) == (first, many)
    assert neighbours(segments, 10, 0) == []
