"""Sessions merged from sealed visits are those that cutting all events gives, wherever the segments' borders lie."""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pytest

from collector.control import Office, opened
from collector.engines.duckdb import journeys, visits
from collector.engines.duckdb.connecting import Options as EngineOptions
from collector.engines.duckdb.engine import answer
from collector.event import Event
from collector.follower import Options as SegmentOptions
from collector.journal import Folder, Journal, SiteOptions, snapshot
from collector.journal.check import selfcheck
from collector.journal.log import SCHEMA
from collector.journal.log import Options as LogOptions
from tests.former import TEXTS

_BEGIN = 1_774_735_200_000
_MINUTE = 60_000
_NOW = _BEGIN + 40 * 86_400_000
_TAGS = [None, None, None, ("News", "email"), ("news ", "email"), ("x", "cpc")]
_ALL_EVENTS: dict[str, Any] = {
    "session": {"passive": ["engagement", "no such event"]}
}  # means the same, and has no visits
_CHECKOUT = {"type": "checkout", "steps": [{"path": "/"}, {"path": "/cart"}]}
_QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("overview", {"tz": "Europe/Paris"}),
    ("sessions", {"limit": 100_000}),
    ("sessions", {"limit": 7}),
    ("pages", {}),
    ("campaigns", {}),
    ("channels", {"bots": "exclude"}),
    ("journeys", {}),
    ("utm_audit", {}),
    ("attribution", {}),
    ("abandonment", {"type": "page"}),
    ("abandonment", {"method": "session", "group_by": "source", "bots": "include"}),
    ("abandonment", _CHECKOUT),
    ("funnel", {"steps": [{"path": "/"}, {"name": "purchase"}], "scope": "session"}),
]
_TIMES: list[dict[str, Any]] = [  # of asking, and asked about
    {},
    {"now": _BEGIN + 300 * _MINUTE},
    {"range": {"from": _BEGIN + 200 * _MINUTE, "to": _BEGIN + 1_000 * _MINUTE}},
    {"range": {"from": _BEGIN + 200 * _MINUTE, "to": _BEGIN + 1_000 * _MINUTE, "end": "all"}},
]
_SHORT = [(name, spec) for name, spec in _QUESTIONS if name in ("overview", "journeys")]
_SHORT += [("sessions", {"limit": 100_000} | times) for times in _TIMES[:2]]
_LONG = _QUESTIONS + [(name, {"bots": "declared"} | times) for name in ("overview", "sessions") for times in _TIMES[1:]]


def _events(rng: random.Random, visitors: int, most: int, bots: tuple[str | None, ...] = (None,)) -> list[Event]:
    """Times at and beside the limits of sessions, equal times, campaigns in several spellings, days without a pause."""
    found = []
    for visitor in range(visitors):
        step = rng.choice([5, 15, 29, 30])
        reach = rng.choice([12, 40, 400])
        for _ in range(rng.randrange(1, most)):
            t = _BEGIN + rng.randrange(reach) * step * _MINUTE + rng.choice([-1, 0, 0, 0, 1])
            name = rng.choice(
                ["page_view", "page_view", "page_view", "purchase", "add_to_cart", "engagement", "engagement"]
            )
            source, medium = rng.choice(_TAGS) or (None, None)
            host = rng.choice([None, None, "www.google.com", "blog.example"])
            identity = str(uuid.UUID(int=rng.getrandbits(128), version=4)) if rng.random() < 0.8 else f"o-{len(found)}"
            found.append(
                Event(
                    identity, t, name, t + 40, f"v{visitor}", rng.choice([None, None, "anna", "omar"]),
                    seq=rng.choice([None, 0, 1]), path=rng.choice(["/", "/", "/cart", "/tea"]), referrer_host=host,
                    source=source, medium=medium, device=rng.choice(["mobile", "desktop"]), bot=rng.choice(bots),
                )
            )  # fmt: skip
    return found


def _day_without_end(visitor: str) -> list[Event]:
    """Two events an hour for 30 hours: longer than a session may be."""
    times = [_BEGIN + n * 29 * _MINUTE for n in range(62)]
    return [Event(f"{visitor}-{n}", t, "page_view", t, visitor, path="/") for n, t in enumerate(times)]


@asynccontextmanager
async def _house(folder: Folder, rows: int) -> AsyncIterator[tuple[Journal, Callable[[], Any], Office]]:
    with folder.held():
        segments = SegmentOptions(rows=rows, at_once=1)
        async with opened(folder, LogOptions(), segments, EngineOptions()) as (journal, follower, office):
            yield journal, follower.seal, office


async def _laid(folder: Folder, events: list[Event], rows: int, tail: int = 0) -> None:
    """A log of these events in this order, sealed in files of so many, but for the last ones."""
    async with _house(folder, rows) as (journal, seal, office):
        await office.add_site("shop", SiteOptions(origins=("https://shop.example",), timezone="Europe/Paris"))
        sealed = events[: len(events) - tail]
        await journal.keep(1, sealed)
        await seal()
        if tail:
            await journal.keep(1, events[-tail:])


def _asked(folder: Folder, name: str, spec: dict[str, Any]) -> tuple[Any, ...]:
    found = answer(folder, EngineOptions(), "shop", name, spec, _NOW)
    return found.rows, found.totals, found.data


def _orders(events: list[Event], rng: random.Random) -> dict[str, list[Event]]:
    by_time = sorted(events, key=lambda event: (event.t, event.id))
    late = sorted(events, key=lambda event: event.t + (rng.random() < 0.02) * rng.randrange(90) * _MINUTE)
    return {"by time": by_time, "some late": late, "shuffled": rng.sample(events, len(events))}


class Truth:
    """A set of events, and what cutting all of them gives."""

    def __init__(self, place: Path) -> None:
        rng = random.Random(7)
        self.events = _events(rng, 50, 12, (None, None, None, None, "headless", "search")) + _day_without_end("long")
        self.folder = Folder(place / "data")
        asyncio.run(_laid(self.folder, self.events, len(self.events)))
        self._known: dict[str, tuple[Any, ...]] = {}

    def of(self, name: str, spec: dict[str, Any]) -> tuple[Any, ...]:
        key = f"{name} {spec}"
        if key not in self._known:
            self._known[key] = _asked(self.folder, name, spec | _ALL_EVENTS)
        return self._known[key]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return Truth(tmp_path_factory.mktemp("truth"))


@pytest.mark.parametrize(
    ("order", "rows", "tail", "questions"),
    [
        ("by time", 1_000, 0, _SHORT),  # one segment holds everything
        ("by time", 50, 40, _SHORT),
        ("some late", 50, 40, _LONG),
        ("some late", 13, 3, _SHORT),
        ("shuffled", 50, 40, _SHORT),
    ],
)
def test_merged_visits_are_the_sessions_of_all_events(
    order: str, rows: int, tail: int, questions: list[tuple[str, dict[str, Any]]], truth: Truth, tmp_path: Path
) -> None:
    folder = Folder(tmp_path / "data")
    asyncio.run(_laid(folder, _orders(truth.events, random.Random(rows))[order], rows, tail))
    for name, spec in questions:
        assert _asked(folder, name, spec) == truth.of(name, spec), (name, spec)


@pytest.mark.parametrize("spec", [{}, {"event": "purchase", "direction": "before"}])
def test_sessions_that_are_read_in_parts_make_the_same_journeys(
    spec: dict[str, Any], truth: Truth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path / "data")
    asyncio.run(_laid(folder, _orders(truth.events, random.Random(3))["some late"], 50, 40))
    monkeypatch.setattr(visits, "_PART", 9)
    for together in (1, 2, 1_000):
        monkeypatch.setattr(journeys, "_TOGETHER", together)
        assert _asked(folder, "journeys", spec) == truth.of("journeys", spec)


@pytest.mark.parametrize("seed", range(2))
def test_a_border_anywhere_changes_no_session(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    events = sorted(_events(rng, 3, 6), key=lambda event: event.t)
    found = []
    for rows in range(1, len(events) + 1):
        folder = Folder(tmp_path / str(rows))
        asyncio.run(_laid(folder, events, rows))
        found.append(_asked(folder, "sessions", {}))
    folder = Folder(tmp_path / "1")
    assert all(one == _asked(folder, "sessions", _ALL_EVENTS) for one in found)


def test_visits_cut_by_another_timeout_are_not_used(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    rng = random.Random(1)
    asyncio.run(_laid(folder, _events(rng, 30, 9), 40, 5))
    before = _asked(folder, "sessions", {})

    async def changed() -> None:
        async with _house(folder, 40) as (_, _, office):
            await office.change_site("shop", session_timeout=20 * _MINUTE)

    asyncio.run(changed())
    after = _asked(folder, "sessions", {})
    assert after == _asked(folder, "sessions", _ALL_EVENTS)
    assert after[1]["sessions"] > before[1]["sessions"]


def test_a_folder_from_before_there_were_visits_answers_and_gets_them_by_a_rebuild(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    asyncio.run(_laid(folder, _events(random.Random(2), 20, 9), 50, 5))
    before = [_asked(folder, name, spec) for name, spec in _SHORT]
    _aged(folder)
    with snapshot(folder) as view:
        assert not any(segment.visits for segment in view.segments())
    assert [_asked(folder, name, spec) for name, spec in _SHORT] == before
    assert [finding.fault for finding in selfcheck(folder) if finding.check == "segments"] == [""]

    async def rebuilt() -> None:
        async with _house(folder, 50) as (_, _, office):
            await office.rebuild()

    asyncio.run(rebuilt())
    with snapshot(folder) as view:
        assert all(segment.visits for segment in view.segments())
    assert [_asked(folder, name, spec) for name, spec in _SHORT] == before


def _aged(folder: Folder) -> None:
    """The folder as the format before visits left it: ids as text, and no table of visits."""
    with closing(sqlite3.connect(folder.log, isolation_level=None)) as log:
        for (file,) in log.execute("SELECT file FROM segment").fetchall():
            path = folder.segments / file
            plain = f"SELECT * EXCLUDE (uuid, visit) REPLACE (coalesce(id, uuid::VARCHAR) AS id) FROM {TEXTS}"
            duckdb.execute(f"COPY ({plain}) TO '{path}.old' (FORMAT parquet)", {"file": str(path)})
            Path(f"{path}.old").rename(path)
            path.with_suffix(".visits").unlink()
            data = path.read_bytes()
            log.execute(
                "UPDATE segment SET bytes = ?, sum = ? WHERE file = ?",
                (len(data), hashlib.sha256(data).digest(), file),
            )
        before = SCHEMA.index("visits.sql")
        later = "".join(
            resources.files("collector.journal").joinpath(name).read_text(encoding="utf-8") for name in SCHEMA[before:]
        )
        for table in re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", later):
            log.execute(f"DROP TABLE {table}")
        log.execute(f"PRAGMA user_version = {before}")
