"""Whoever changes, removes or puts back anything in the folder is seen, and what was hurt is named."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from collector.journal import Folder, snapshot
from tests.conftest import BALISE, ORIGIN, Server, command
from tests.crash.basket import faults
from tests.make import a_batch, an_event, now

pytestmark = pytest.mark.crash

ROWS = {"BALISE_SEGMENTS_ROWS": "1000", "BALISE_SEGMENTS_AT_ONCE": "1000"}
PAGE = 4_096
FIRST = "000000000001-000000001000.parquet"
VISITS = "000000000001-000000001000.visits"


def imported(data: Path, seed: int, rows: int) -> None:
    chance = random.Random(seed)
    made = [an_event(t=now() - chance.randrange(10**8), visitor=f"visitor-{chance.randrange(99)}") for _ in range(rows)]
    command(data, "import", "-", "--site", "shop", stdin="\n".join(map(json.dumps, made)).encode(), **ROWS)


def altered(data: Path, *statements: str) -> None:
    """Run statements on the log that nobody holds, and fold everything into one file."""
    with closing(sqlite3.connect(data / "log.sqlite", isolation_level=None)) as log:
        for sql in statements:
            assert log.execute(sql).rowcount != 0
        log.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class Folders:
    """A clean folder with two segments and a tail, and the same folder some events earlier."""

    def __init__(self, place: Path) -> None:
        self.clean, self.older = place / "clean", place / "older"
        command(self.clean, "site", "add", "shop", "--origin", ORIGIN)
        imported(self.clean, 1, 1_100)
        altered(self.clean)
        shutil.copytree(self.clean, self.older)
        imported(self.clean, 2, 1_100)
        altered(self.clean)
        assert faults(self.clean) == []


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return Folders(tmp_path_factory.mktemp("tampering"))


# What is done to the log's rows, and what must be said of it.
STATEMENTS = {
    "a byte of a body": (
        "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), 'page_view', 'page_vieW') AS BLOB) WHERE seq = 700",
        "chain: events 1 to 1100 are not as they were written",
    ),
    "an id": ("UPDATE event SET id = randomblob(16) WHERE seq = 1200", "chain: events 1101 to 2200"),
    "a row's site": ("UPDATE event SET site = 2 WHERE seq = 1", "chain: events 1 to 1100"),
    "a row is gone": ("DELETE FROM event WHERE seq = 1500", "gaps: events 1101 to 2200 are not all there"),
    "the first row is gone": ("DELETE FROM event WHERE seq = 1", "gaps: events 1 to 1100 are not all there"),
    "the last row is gone": ("DELETE FROM event WHERE seq = 2200", "gaps: events 1101 to 2200 are not all there"),
    "a row slipped in": (
        "INSERT INTO event (site, id, body) SELECT 1, randomblob(16), body FROM event WHERE seq = 1",
        "gaps: events 2201 to 2201 belong to no batch",
    ),
    "a checksum": ("UPDATE batch SET sum = randomblob(32) WHERE last_seq = 1100", "chain: events 1 to 1100"),
    "a counter": ("UPDATE counter SET n = n + 1 WHERE outcome = 'received'", "counters: site 1"),
    "a counter of what was kept": (
        "UPDATE counter SET n = n + 1 WHERE outcome IN ('received', 'accepted')",
        "accepted = stored: 2201 accepted, 2200 stored",
    ),
    "a segment's row is gone": (
        "DELETE FROM segment WHERE first_seq = 1", "segments: events 1 to 1000 are in no segment",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(STATEMENTS))
def test_a_change_of_the_log_is_named(case: str, folders: Folders, tmp_path: Path) -> None:
    data = shutil.copytree(folders.clean, tmp_path / "data")
    statement, expected = STATEMENTS[case]
    altered(data, statement)
    assert any(fault.startswith(expected) for fault in faults(data)), faults(data)


def test_the_check_ends_with_1_and_prints_the_fault(folders: Folders, tmp_path: Path) -> None:
    data = shutil.copytree(folders.clean, tmp_path / "data")
    assert "9 checks, 0 faults" in command(data, "check")
    altered(data, STATEMENTS["a byte of a body"][0])
    said = command(data, "check", code=1)
    assert "FAULT chain             events 1 to 1100 are not as they were written\n" in said
    assert "9 checks, 1 faults" in said


def first_segment(data: Path) -> Path:
    return min((data / "segments").iterdir())


def _delete_segment(data: Path) -> str:
    first_segment(data).unlink()
    return f"segments: {FIRST} is missing"


def _flip_segment(data: Path) -> str:
    flip(first_segment(data), first_segment(data).stat().st_size // 2)
    return f"segments: {FIRST} is not as it was sealed"


def _cut_segment(data: Path) -> str:
    os.truncate(first_segment(data), 1_000)
    return f"segments: {FIRST} is not as it was sealed"


def first_visits(data: Path) -> Path:
    return min((data / "segments").glob("*.visits"))


def _delete_visits(data: Path) -> str:
    first_visits(data).unlink()
    return f"segments: {VISITS} is missing"


def _flip_visits(data: Path) -> str:
    flip(first_visits(data), first_visits(data).stat().st_size // 2)
    return f"segments: {VISITS} is not as it was sealed"


@pytest.mark.parametrize("harm", [_delete_segment, _flip_segment, _cut_segment, _delete_visits, _flip_visits])
def test_a_hurt_segment_is_named_and_made_anew(harm: Callable[[Path], str], folders: Folders, tmp_path: Path) -> None:
    data = shutil.copytree(folders.clean, tmp_path / "data")
    expected = harm(data)
    assert any(fault.startswith(expected) for fault in faults(data)), faults(data)
    assert "FAULT segments" in command(data, "check", code=1)
    command(data, "rebuild")
    assert faults(data) == []


@pytest.mark.parametrize("harm", [_delete_segment, _cut_segment, _flip_segment, _flip_visits])
def test_a_report_that_needs_a_hurt_segment_says_which(
    harm: Callable[[Path], str], folders: Folders, tmp_path: Path
) -> None:
    """The question is not at fault: exit code 1, not 2."""
    data = shutil.copytree(folders.clean, tmp_path / "data")
    named = harm(data).removeprefix("segments: ").split()[0]
    said = command(data, "report", "overview", "--site", "shop", code=1)
    assert "Traceback" not in said, said[-300:]
    assert named in said, said
    assert "balise rebuild" in said, said


def test_a_report_that_needs_hurt_visits_says_which(folders: Folders, tmp_path: Path) -> None:
    data = shutil.copytree(folders.clean, tmp_path / "data")
    _delete_visits(data)
    said = command(data, "report", "overview", "--site", "shop", code=1)
    assert "Traceback" not in said, said[-300:]
    assert VISITS in said, said
    assert "balise rebuild" in said, said


def test_a_mark_that_is_not_the_logs_is_named(folders: Folders, tmp_path: Path) -> None:
    data = shutil.copytree(folders.older, tmp_path / "data")
    shutil.copy(folders.clean / "highwater", data / "highwater")
    assert _refused(data) == "the log ends at event 1100, but it had reached 2200"


def test_an_older_log_put_back_is_named(folders: Folders, tmp_path: Path) -> None:
    data = shutil.copytree(folders.clean, tmp_path / "data")
    shutil.copy(folders.older / "log.sqlite", data / "log.sqlite")
    assert _refused(data) == "the log ends at event 1100, but it had reached 2200"


def test_an_older_log_with_other_events_since_is_named(folders: Folders, tmp_path: Path) -> None:
    """As long as the true one, but not the same."""
    data = shutil.copytree(folders.older, tmp_path / "data")
    imported(data, 3, 1_100)
    altered(data)
    shutil.copy(folders.clean / "highwater", data / "highwater")
    assert any(fault.startswith("high-water mark") for fault in faults(data)), faults(data)
    assert "balise: " in command(data, "serve", "--port", "0", code=1)


@pytest.mark.parametrize("page", [2, 3, 40])
def test_a_page_of_rubbish_is_named_without_a_traceback(page: int, folders: Folders, tmp_path: Path) -> None:
    data = shutil.copytree(folders.clean, tmp_path / "data")
    with (data / "log.sqlite").open("r+b") as log:
        log.seek((page - 1) * PAGE)
        log.write(b"\xff" * PAGE)
    said = command(data, "check", code=1)
    assert "Traceback" not in said, said[-300:]
    assert "FAULT database pages" in said, said


def test_a_bit_of_an_ids_index_is_named(folders: Folders, tmp_path: Path) -> None:
    """By it a known event would be stored again, or a new one taken for known."""
    data = shutil.copytree(folders.clean, tmp_path / "data")
    log = (data / "log.sqlite").read_bytes()
    with closing(sqlite3.connect(data / "log.sqlite")) as connection:
        known = connection.execute("SELECT id FROM event WHERE seq = 700").fetchone()[0]
    places = [found.start() for found in re.finditer(re.escape(known), log)]
    assert len(places) == 2  # the row and its index entry, in whatever order
    for place in places:
        (data / "log.sqlite").write_bytes(log)
        flip(data / "log.sqlite", place + 7)
        assert [fault for fault in faults(data) if fault.startswith("database pages: row 700")], faults(data)


@pytest.mark.parametrize("arguments", [("serve", "--port", "0"), ("rebuild",), ("check",)])
def test_a_log_that_is_no_database_is_told_in_a_sentence(
    arguments: tuple[str, ...], folders: Folders, tmp_path: Path
) -> None:
    data = shutil.copytree(folders.clean, tmp_path / "data")
    (data / "log.sqlite").write_bytes(b"\xff" * PAGE)
    done = subprocess.run([*BALISE, "--data", str(data), *arguments], capture_output=True, timeout=120, check=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr, done.stderr[-300:]


def _killed_with_wal(data: Path) -> Path:
    """A server that was killed after 40 acknowledged batches; its write-ahead log."""
    server = Server(data)
    for _ in range(40):
        assert server.post(a_batch(an_event())).json()["accepted"] == 1
    server.process.kill()
    server.process.wait()
    return data / "log.sqlite-wal"


def _delete_wal(wal: Path) -> None:
    wal.unlink()


def _halve_wal(wal: Path) -> None:
    os.truncate(wal, wal.stat().st_size // 2)


def _flip_wal(wal: Path) -> None:
    flip(wal, wal.stat().st_size // 2)


@pytest.mark.parametrize("harm", [_delete_wal, _halve_wal, _flip_wal])
def test_a_hurt_write_ahead_log_is_named(harm: Callable[[Path], None], data: Path) -> None:
    harm(_killed_with_wal(data))
    (data / "log.sqlite-shm").unlink()
    with snapshot(Folder(data)) as view:
        left = view.last_seq()
    assert left < 40
    assert _refused(data) == f"the log ends at event {left}, but it had reached 40"


def flip(file: Path, at: int) -> None:
    """Change one bit."""
    with file.open("r+b") as content:
        content.seek(at)
        byte = content.read(1)[0]
        content.seek(at)
        content.write(bytes([byte ^ 1]))


def _refused(data: Path) -> str:
    """Demand that the check names the mark and that a server refuses to start; returns its sentence."""
    assert "FAULT high-water mark" in command(data, "check", code=1)
    said = command(data, "serve", "--port", "0", code=1)
    assert "Traceback" not in said
    return said.removeprefix("balise: ").strip()
