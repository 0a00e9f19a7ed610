"""When the tail of the log is sealed, and what is left where it cannot be."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from collector.engines.duckdb import Options
from collector.engines.duckdb.sealing import seal
from collector.journal import Folder
from tests.conftest import Server, command, report
from tests.crash.basket import faults, published
from tests.make import a_batch, an_event


def sealed(data: Path) -> None:
    """Wait until a segment is published."""
    deadline = time.monotonic() + 60
    while not published(data):
        assert time.monotonic() < deadline, "nothing was sealed"
        time.sleep(0.05)


@pytest.mark.parametrize("option", [("BALISE_SEGMENTS_HOURS", "0.0001"), ("BALISE_SEGMENTS_AT_ONCE", "3")], ids=repr)
def test_the_tail_is_sealed_by_age_or_by_size(
    option: tuple[str, str], data: Path, start: Callable[..., Server]
) -> None:
    server = start(environment=dict([option]))
    server.post(a_batch(an_event(), an_event(), an_event()))
    sealed(data)
    assert report(data, "overview")["data"]["events"] == 3
    assert server.stop() == 0
    assert faults(data) == []


def test_a_short_and_young_tail_is_left_alone(data: Path, server: Server) -> None:
    for _ in range(4):
        server.post(a_batch())
        time.sleep(0.6)  # the follower looks once a second
    assert published(data) == set()


def _lost(segments: Path) -> None:
    next(segments.glob("*.visits.*.part")).unlink()


def _taken(segments: Path) -> None:
    next(segments.glob("*.parquet.*.part")).with_suffix("").with_suffix("").mkdir()


@pytest.mark.parametrize(("before", "happens"), [("seal_written", _lost), ("seal_synced", _taken)])
def test_a_file_that_cannot_be_synced_or_named_leaves_no_half(
    before: str, happens: Callable[[Path], None], data: Path
) -> None:
    event = {"t": 1_772_409_600_000, "name": "page_view", "path": "/", "consent": {"state": "granted"}}
    command(data, "import", "-", "--site", "shop", "--quiet", stdin=json.dumps(event).encode())
    folder = Folder(data)
    with pytest.raises(OSError):
        seal(folder, 0, 1, Options(), lambda step: happens(folder.segments) if step == before else None)
    assert [path.name for path in folder.segments.iterdir() if path.suffix == ".part"] == []
