"""Two thousand devices with a small log each, sealed at random borders: visits tell of them what their events tell."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from collector.engines.duckdb import Options, guessing
from collector.engines.duckdb.opening import view
from collector.engines.duckdb.statements import filled_in, statement
from collector.engines.duckdb.view import View
from collector.identity import SPECIAL
from collector.journal import Folder
from collector.reports.spec import question
from tests.cases.store import store

_T0 = 1_772_409_600_000
_TEN = 600_000  # ms; three of them are the session's timeout
_DEVICES = 2_000
_BEHIND = _T0 + 10**9
_RANGES = ((0, _BEHIND), (_T0 + 20 * _TEN, _T0 + 50 * _TEN + 1), (_T0 + 45 * _TEN - 1, _BEHIND))
_ASKED = {"steps": [{"name": "page_view"}], "window": "7d"}


def _device(rng: random.Random, number: int) -> list[dict[str, Any]]:
    """A few runs of events; who is named changes, comes late or never; some tabs are left open, some days are busy."""
    users = rng.choice([[], ["u"], ["u"], ["u", "v"], ["u", "v", "w", "x", "y"]])
    named, walls = rng.choice([0.1, 0.4, 0.8]), rng.choice([0, 0, 0, 0.1])
    rows, t = [], _T0 + rng.randrange(30) * _TEN
    for n in range(rng.randrange(1, 9)):
        t += rng.choice([0, 1, _TEN, 2 * _TEN, 3 * _TEN - 1, 3 * _TEN, 5 * _TEN, 20 * _TEN])
        row: dict[str, Any] = {"id": f"{number}-{n}", "t": t, "received": t, "visitor": f"d{number}", "path": "/"}
        row["name"] = rng.choice(["page_view", "page_view", "scroll"]) if rng.random() >= walls else "$reset"
        if rng.random() < 0.15:  # a campaign begins a visit without a silence
            row["url"] = f"https://site.invalid/?utm_source={rng.choice('ab')}"
            del row["path"]
        if users and rng.random() < named:
            row["user"] = f"{rng.choice(users)}{number}"
        rows.append(row)
    return rows


def _parts(rng: random.Random) -> list[list[dict[str, Any]]]:
    """All events as they arrive, some of them late, between random borders."""
    rows = [row for number in range(_DEVICES) for row in _device(rng, number)]
    rows.sort(key=lambda row: row["t"] + (rng.random() < 0.02) * rng.randrange(100) * _TEN)
    borders = [0, *sorted(rng.sample(range(1, len(rows)), 4)), len(rows)]
    return [rows[begin:end] for begin, end in pairwise(borders)]


@pytest.mark.parametrize("seed", [1])
async def test_visits_tell_of_each_device_what_its_events_tell(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with store(tmp_path / "data", rows=100_000) as opened:
        site = await opened.site("shop")
        *sealed, tail = _parts(random.Random(seed))
        for part in sealed:
            await opened.take_at_once(site, part)
            await opened.seal()
        await opened.take_at_once(site, tail)
        with view(Folder(tmp_path / "data"), Options(), "shop", question("funnel", _ASKED), _BEHIND) as seen:
            seen.persons(each=False)
            seen.guesses()
            known = _known(seen)
            spelled = [_spelled(seen, *times) for times in _RANGES]
            monkeypatch.setattr(guessing, "_MANY", 300)  # in parts
            assert [_spelled(seen, *times) for times in _RANGES] == spelled
            seen.rows(statement("known"))
            assert _known(seen) == known
            assert sum(row[2] for row in known) > 100, "tangled"
            assert sum(row[3] for row in known) > 20, "shared"
            for times, (n, unsure) in zip(_RANGES, spelled, strict=True):
                sure = {device: n for device, n in _told(seen, *times).items() if device not in unsure}
                assert n == sum(sure.values())
                assert len(sure) > 50
                assert len(unsure) > 50


def _known(seen: View) -> list[tuple[Any, ...]]:
    rows = seen.rows(
        "SELECT visitor, CASE WHEN NOT tangled THEN person END, tangled, shared FROM known ORDER BY visitor"
    )
    return [tuple(row.values()) for row in rows]


def _spelled(seen: View, start: int, stop: int) -> tuple[int, set[str]]:
    """How many guesses the devices have of which spells tell them, and all other devices."""
    n, unsure = guessing.spelled_guesses(seen._connection, seen.known.spells, seen.known.devices, 3 * _TEN, start, stop)
    keys = {row["visitor_key"]: row["visitor"] for row in seen.rows("SELECT visitor_key, visitor FROM known")}
    return n, {keys[key] for key in unsure}


def _told(seen: View, start: int, stop: int) -> Counter[str]:
    """The guesses of every device, as its events tell them."""
    seen.rows(filled_in("guess", {"among": "SELECT visitor FROM known WHERE NOT shared"}), silence=3 * _TEN)
    rows = seen.rows("SELECT visitor, g.name, g.t FROM guess g JOIN events USING (seq)")
    return Counter(row["visitor"] for row in rows if start <= row["t"] < stop and row["name"] not in SPECIAL)
