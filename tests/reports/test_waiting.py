"""A DuckDB waits for the next question, and the next question finds nothing of the last one in it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from collector.engines.duckdb import Options, TooSlowError, close_waiting
from collector.engines.duckdb.connecting import connect
from collector.engines.duckdb.engine import answer
from collector.journal import Folder

_MINE = "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal"
_FEW = Options(memory_mb=64)
_NOW = 1_773_964_800_000  # a while after the week


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    place = Folder(tmp_path / "data")
    place.create()
    close_waiting()
    yield place
    close_waiting()


def _settled() -> None:
    """Wait for those that are on their way back."""
    for thread in threading.enumerate():
        if thread.name == "settling":
            thread.join()


def _marked(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a question before this one was in the same database and left a mark, which is not temporary."""
    return connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'mark'").fetchone() is not None


def _mark(folder: Folder, options: Options = _FEW) -> None:
    with connect(folder, options) as connection:
        connection.execute("CREATE TABLE mark AS SELECT 1 AS n")
    _settled()


def test_the_next_question_has_the_same_database_and_nothing_of_the_last_one(folder: Folder) -> None:
    with connect(folder, Options()) as connection:
        connection.execute("CREATE TABLE mark AS SELECT 1 AS n")
        connection.execute("CREATE TEMP TABLE mine AS SELECT 1 AS n; CREATE TEMP VIEW seen AS FROM mine")
        connection.execute("SET VARIABLE told = 1; CREATE TEMP TYPE kind AS ENUM ('a')")
    _settled()
    with connect(folder, _FEW) as connection:
        assert connection.execute(_MINE).fetchall() == [("mark",)]
        assert connection.execute("SELECT getvariable('told')").fetchone() == (None,)
        assert connection.execute("SELECT 1 FROM duckdb_types() WHERE type_name = 'kind'").fetchone() is None
        assert connection.execute("SELECT current_setting('memory_limit')").fetchone() == ("61.0 MiB",)


def test_two_questions_at_once_have_a_database_each_with_its_own_memory(folder: Folder) -> None:
    _mark(folder)
    with connect(folder, Options(memory_mb=128)) as one, connect(folder, _FEW) as other:
        assert (_marked(one), _marked(other)) == (True, False)
        one.execute("CREATE TEMP TABLE mine AS SELECT range AS n FROM range(10)")
        other.execute("CREATE TEMP TABLE mine AS SELECT 1 AS n")
        limits = [each.execute("SELECT current_setting('memory_limit')").fetchone() for each in (one, other)]
        assert limits == [("122.0 MiB",), ("61.0 MiB",)]
        assert [each.execute("SELECT count(*) FROM mine").fetchone() for each in (one, other)] == [(10,), (1,)]


@pytest.mark.parametrize("options", [Options(threads=2), Options(seconds=3_600), Options(memory_mb=64)])
def test_who_has_other_time_or_memory_goes_on_with_it_and_who_has_other_threads_does_not(
    folder: Folder, options: Options
) -> None:
    _mark(folder, Options())
    with connect(folder, options) as connection:
        assert _marked(connection) == (options.threads == 1)


def test_another_folder_has_another_database(folder: Folder, tmp_path: Path) -> None:
    _mark(folder)
    with connect(Folder(tmp_path / "other"), _FEW) as connection:
        assert not _marked(connection)


def test_a_question_that_was_interrupted_leaves_nothing_behind(folder: Folder) -> None:
    _mark(folder)
    endless = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE hash(a.range, b.range) = 1"
    with pytest.raises(TooSlowError), connect(folder, Options(memory_mb=64, seconds=0.2)) as connection:
        connection.execute(endless)
    with connect(folder, _FEW) as connection:
        assert not _marked(connection)


def test_a_question_that_failed_leaves_nothing_behind(folder: Folder) -> None:
    _mark(folder)
    with pytest.raises(ZeroDivisionError), connect(folder, _FEW):
        raise ZeroDivisionError
    with connect(folder, _FEW) as connection:
        assert not _marked(connection)


def test_what_a_question_spilled_is_gone_when_it_is_answered(folder: Folder) -> None:
    _mark(folder)
    with connect(folder, _FEW) as connection:
        assert _marked(connection)
        connection.execute("CREATE TEMP TABLE long AS SELECT hash(range) || repeat('x', 200) FROM range(500000)")
        assert list(folder.spill.rglob("*.tmp"))
    _settled()
    assert list(folder.spill.iterdir()) == []
    with connect(folder, _FEW) as connection:
        assert not _marked(connection)


def test_some_ask_while_others_close_what_waits(folder: Folder) -> None:
    def ask(n: int) -> object:
        with connect(folder, _FEW) as connection:
            found = connection.execute("SELECT sum(range) FROM range(1000)").fetchone()
        if n % 2:
            close_waiting()
        return found

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(ask, range(90))) == {(499_500,)}


def test_a_file_that_was_replaced_under_its_name_is_read_anew(folder: Folder) -> None:
    """Of the same size and time, too."""
    path, found = folder.path / "some.parquet", []
    for n in (1, 2, 1):
        path.unlink(missing_ok=True)
        with duckdb.connect() as alone:
            alone.execute(f"COPY (SELECT {n} AS n, range AS m FROM range(100)) TO '{path}' (FORMAT parquet)")
        os.utime(path, (1_000_000_000, 1_000_000_000))
        with connect(folder, _FEW) as connection:
            connection.execute("SET parquet_metadata_cache = true")
            found.append(connection.execute(f"SELECT min(n), sum(n) FROM read_parquet('{path}')").fetchone())
        _settled()
    assert found == [(1, 100), (2, 200), (1, 100)]


def test_answers_leave_nothing_that_is_not_temporary(week: Path, folder: Folder) -> None:
    steps = [{"path": "/**"}, {"name": "purchase"}]
    trend = {"interval": "1d"}
    for name, spec in (
        ("funnel", {"steps": steps, "breakdown": {"field": "utm.source"}}),
        ("funnel", {"steps": steps, "trend": trend}),
        ("overview", {}),
        ("attribution", {}),
        ("journeys", {}),
    ):
        answer(Folder(week), Options(), "shop", name, spec, _NOW)
        _settled()
        with connect(Folder(week), Options()) as connection:
            assert connection.execute(_MINE).fetchall() == []
            types = "SELECT type_name FROM duckdb_types() WHERE NOT internal"
            assert connection.execute(types).fetchall() == []


_MANY = """
import os, sys, threading, time
from pathlib import Path
from collector.engines.duckdb import Options, close_waiting
from collector.engines.duckdb.connecting import connect
from collector.journal import Folder

def held():
    return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))

def comes_down(threads):  # one that has ended is listed for a moment
    until = time.monotonic() + 120
    while time.monotonic() < until:
        files, tasks = held()
        if files == begun[0] and tasks == begun[1] + threads:
            return True
        time.sleep(0.01)

folders = [Folder(Path(sys.argv[1]) / str(n)) for n in range(10)]
for folder in folders:
    folder.create()
begun = held()
for n in range(50):
    with connect(folders[n % 10], Options(threads=2)) as connection:
        connection.execute("CREATE TEMP TABLE mine AS FROM range(10000)")
for thread in threading.enumerate():
    if thread.name == "settling":
        thread.join()
print(comes_down(threads=2), sum(len(os.listdir(folder.spill)) for folder in folders))  # two wait, each has one
close_waiting()
print(comes_down(threads=0))
"""

_FORKED = """
import os, sys
from pathlib import Path
from collector.engines.duckdb import Options
from collector.engines.duckdb.connecting import connect
from collector.journal import Folder

def ask():
    with connect(Folder(Path(sys.argv[1])), Options(threads=2)) as connection:
        return connection.execute("SELECT sum(range) FROM range(1000000)").fetchone()[0]

print(ask(), flush=True)
child = os.fork()
print(ask(), flush=True)
if child:
    assert os.waitpid(child, 0)[1] == 0
"""

_LARGE = """
import sys, threading
from pathlib import Path
from collector.engines.duckdb import Options
from collector.engines.duckdb.connecting import connect
from collector.journal import Folder

def ask(rows):
    with connect(Folder(Path(sys.argv[1])), Options()) as connection:
        connection.execute(f"CREATE TEMP TABLE mine AS SELECT hash(range)::VARCHAR AS n FROM range({rows})")
        taken = resident()
    for thread in threading.enumerate():
        if thread.name == "settling":
            thread.join()
    return taken

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 1_000_000

ask(10)
before = resident()
print(ask(6_000_000) - before > 80, resident() - before < 40)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells")
@pytest.mark.parametrize(
    ("script", "said"),
    [
        (_MANY, "True 0\nTrue\n"),
        (_FORKED, "499999500000\n" * 3),
        (_LARGE, "True True\n"),
    ],
    ids=["nothing piles up", "a fork has none", "memory goes back"],
)
def test_a_process_that_asks_much_holds_little(tmp_path: Path, script: str, said: str) -> None:
    command = [sys.executable, "-c", script, str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout == said
