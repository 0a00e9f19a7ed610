"""Dying while neighbouring segments become one leaves the old ones or the new one; the next start begins again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from collector.control import opened
from collector.engines.duckdb import Options
from collector.engines.duckdb.compacting import STEPS
from collector.follower import Options as SegmentOptions
from collector.journal import Folder
from collector.journal.log import Options as LogOptions
from tests.conftest import BALISE, ORIGIN, command
from tests.crash.answers import answers
from tests.crash.basket import faults, lying, published

pytestmark = pytest.mark.crash

START = 1_772_500_000_000
SMALL = {"BALISE_SEGMENTS_ROWS": "500", "BALISE_SEGMENTS_COMPACTED": "1000"}


def sealed(data: Path) -> None:
    """1,200 events of 300 visitors in three segments, of which two can become one."""
    command(data, "site", "add", "shop", "--origin", ORIGIN)
    rows = [
        {"t": START + n * 1_000, "name": "page_view", "visitor": f"v{n % 300}",
         "url": f"{ORIGIN}/{'cart' if n % 7 else ''}?utm_source={'news' if n % 4 else 'card'}"}
        for n in range(1_200)
    ]  # fmt: skip
    command(data, "import", "-", "--site", "shop", stdin="\n".join(map(json.dumps, rows)).encode(), **SMALL)
    command(data, "rebuild", **SMALL)


def died(data: Path, step: str) -> None:
    """A server that dies at this step of its first turn."""
    serve = [*BALISE, "--data", str(data), "serve", "--port", "0"]
    environment = os.environ | SMALL | {"BALISE_CRASH_AT": step}
    dying = subprocess.run(serve, env=environment, capture_output=True, check=False, timeout=600)
    assert dying.returncode == -signal.SIGKILL, dying.stderr


async def tidied(data: Path) -> None:
    """Follow until there are two segments and nothing else."""
    folder, segments = Folder(data), SegmentOptions(rows=500, compacted=1_000)
    with folder.held():
        async with opened(folder, LogOptions(), segments, Options()) as (_, follower, _):
            following = asyncio.create_task(follower.run())
            deadline = time.monotonic() + 600
            while lying(data) != published(data):
                assert time.monotonic() < deadline, (lying(data), published(data))
                await asyncio.sleep(0.02)
            follower.stop()
            await following


def test_whoever_dies_there_has_the_old_segments_or_the_new_one(tmp_path: Path) -> None:
    data, now = tmp_path / "data", START + 10**9
    sealed(data)
    old, before = published(data), answers(data, now)
    for step in STEPS:
        died(data, step)
        assert (published(data) == old) == (step != "compact_published")
        assert lying(data) > published(data), "what was begun, or what was replaced"
        assert (answers(data, now), faults(data)) == (before, []), step
    assert (len(old), len(published(data))) == (6, 4)
    asyncio.run(tidied(data))
    assert not lying(data) & old - published(data)
    assert (answers(data, now), faults(data)) == (before, [])
