"""A question that takes too long ends with a sentence, whether DuckDB works or we do."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import duckdb
import pytest

from collector.engines.duckdb import Options, TooSlowError, connecting
from collector.engines.duckdb.connecting import connect
from collector.engines.duckdb.engine import answer, failed
from collector.journal import Folder
from collector.reports.spec import SpecError
from tests.cases.store import store

_T0 = 1_772_409_600_000
ENDLESS = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE hash(a.range, b.range) = 1"


async def test_a_few_restless_people_cannot_hold_a_report_for_ever(tmp_path: Path) -> None:
    """Two thousand events of each, and steps that all of them fit, in any order: many minutes of matching."""
    folder = Folder(tmp_path / "data")
    async with store(folder.path, rows=100_000) as opened:
        site = await opened.site("shop")
        rows = [{"id": f"{n}", "t": _T0 + n // 9, "name": "s", "visitor": f"v{n % 10}"} for n in range(20_000)]
        await opened.take_at_once(site, rows)
        spec: dict[str, Any] = {"steps": [{"name": "s"}] * 32, "order": "unordered", "units": True}
        with pytest.raises(TooSlowError, match="took longer than 1 s: ask for a shorter range"):
            answer(folder, Options(seconds=1), "shop", "funnel", spec, _T0 + 10**7)
        found = answer(folder, Options(), "shop", "overview", {}, _T0 + 10**7)
        assert found.data.events == 20_000


def test_a_question_that_needs_more_memory_than_it_may_have_says_so(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    folder.create()
    much = "SELECT list(range::VARCHAR || repeat('x', 900)) FROM range(200000)"
    with pytest.raises(duckdb.OutOfMemoryException) as told, connect(folder, Options(memory_mb=64)) as connection:
        connection.execute(much)
    said = failed(told.value, Options(memory_mb=64))
    assert isinstance(said, SpecError)
    assert str(said).startswith("the question needs more than 64 MB of memory: ask for a shorter range, or raise")


def test_a_statement_that_takes_too_long_is_interrupted(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    folder.create()
    with pytest.raises(TooSlowError), connect(folder, Options(seconds=0.2)) as connection:
        connection.execute(ENDLESS)


def test_a_question_that_ends_with_the_server_is_not_told_that_it_took_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, stopped = Folder(tmp_path / "data"), threading.Event()
    folder.create()
    stopped.set()
    monkeypatch.setattr(connecting, "_stopping", stopped)
    with pytest.raises(TooSlowError, match="the server stops: ask again"), connect(folder, Options()) as connection:
        connection.execute(ENDLESS)


PROFILED = """
import sys, time
from pathlib import Path
from collector.engines.duckdb import Options, TooSlowError
from collector.engines.duckdb.connecting import connect
from collector.journal import Folder
try:
    with connect(Folder(Path(sys.argv[1])), Options(seconds=0.2)):
        try:
            while True:
                time.sleep(0.01)
        except BaseException as overdue:  # it has arrived: the next one finds nobody at work
            time.sleep(0.5)
            raise
except TooSlowError:
    print("late")
sys.setprofile(lambda *told: None)
(lambda: print("ended"))()
"""


def test_an_interpreter_that_threw_into_a_question_is_calm_again(tmp_path: Path) -> None:
    """In 3.11 an exception that was taken back keeps whatever is profiled from beginning, for ever."""
    folder = Folder(tmp_path / "data")
    folder.create()
    command = [sys.executable, "-c", PROFILED, str(folder.path)]
    assert subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout == "late\nended\n"


def test_what_ends_in_time_is_left_alone(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    folder.create()
    for _ in range(20):
        with connect(folder, Options()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
