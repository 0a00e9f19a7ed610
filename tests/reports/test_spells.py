"""Who was known, and what is a guess, told by visits: the same as the reference tells from every event."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from collector.engines.duckdb import Options
from collector.engines.duckdb.engine import answer
from collector.journal import Folder
from tests.cases.store import store
from tests.former import unpack

_T0 = 1_772_409_600_000
_TEN = 600_000
_SEEDS = range(2)
_BEHIND = _T0 + 10**9
_RANGES: tuple[dict[str, Any], ...] = (
    {},
    *({"range": {"from": _T0 + n * _TEN, "to": _T0 + (n + 41) * _TEN}} for n in (33, 46, 57, 78, 90, 101)),
)
_LATER = {
    "name": "$alias",
    "visitor": "x",
    "props": {"from": "nobody", "to": "u99"},
    "t": _T0,
    "received": _T0,
    "id": "a",
}


def _rows(seed: int) -> list[dict[str, Any]]:
    """Devices of two kinds with silences of all lengths, two ids of each kind at one moment, users that come and go,
    some walls."""
    rng = random.Random(seed)
    rows = []
    for n in range(150):
        t = _T0 + rng.choice([rng.randrange(160), rng.randrange(16) * 10]) * _TEN
        key = uuid.UUID(int=rng.getrandbits(128), version=4)
        row: dict[str, Any] = {"id": str(key) if rng.random() < 0.7 else f"e{n}", "t": t, "received": t}
        row |= {"name": rng.choice(["page_view", "page_view", "scroll", "purchase"]), "path": "/"}
        device = rng.randrange(12)
        row["visitor"] = f"d{device}" if device % 2 else str(uuid.UUID(int=device, version=4))
        if device < 8 and rng.random() < 0.2:
            row["user"] = f"u{rng.choice([device, device, rng.randrange(5)])}"
        if device < 4 and rng.random() < 0.05:
            row["name"] = "$reset"
        rows.append(row)
    return rows


def _answers(folder: Folder) -> list[Any]:
    funnel = {"steps": [{"name": "page_view"}, {"name": "purchase"}], "window": "7d"}
    asked = [("persons", {}), *(("funnel", funnel | within) for within in _RANGES)]
    return [_told(folder, seed, *one) for seed in _SEEDS for one in asked]


def _told(folder: Folder, seed: int, report: str, spec: dict[str, Any]) -> Any:
    found = answer(folder, Options(), f"shop{seed}", report, spec, _BEHIND)
    names = ("ambiguous", "persons", "known", "counts", "pending")
    return seed, report, spec, [found.totals.get(name) for name in names], found.rows if report == "persons" else None


@pytest.mark.parametrize(("rows", "tail"), [(37, 0), (10_000, 0), (70, 40)])
async def test_visits_tell_of_users_what_the_reference_tells(tmp_path: Path, rows: int, tail: int) -> None:
    folder = Folder(tmp_path / "data")
    async with store(folder.path, rows=rows) as opened:
        sites = [await opened.site(f"shop{seed}") for seed in _SEEDS]
        made = [_rows(seed) for seed in _SEEDS]
        for site, each in zip(sites, made, strict=True):
            await opened.take_at_once(site, each[tail:])
        if tail < len(made[0]):
            await opened.seal()
        for site, each in zip(sites, made, strict=True):
            await opened.take_at_once(site, each[:tail])
        found = _answers(folder)
        assert sum(told[3][0] for told in found) > 100
        if rows == 37:
            unpack(folder)
            assert _answers(folder) == found
            _age(folder)
            assert _answers(folder) == found
        for site in sites:  # an alias of nobody: now the reference resolves every device
            await opened.take_at_once(site, [_LATER])
        assert _answers(folder) == found


def _age(folder: Folder) -> None:
    """The same with the oldest of them as an earlier release sealed them, whose visits told of no users."""
    with closing(sqlite3.connect(folder.log)) as log, log:
        for first, file, terms in log.execute(
            "SELECT first_seq, file, terms FROM visits ORDER BY first_seq"
        ).fetchall()[::3]:
            path = folder.segments / file
            plain = "SELECT * EXCLUDE (visitor, users, reset, unnamed)"
            duckdb.execute(f"COPY ({plain} FROM read_parquet('{path}')) TO '{path}' (FORMAT parquet)")
            told = json.dumps({site: one[:4] for site, one in json.loads(terms).items()})
            data = path.read_bytes()
            log.execute(
                "UPDATE visits SET bytes = ?, sum = ?, terms = ? WHERE first_seq = ?",
                (len(data), hashlib.sha256(data).digest(), told, first),
            )
