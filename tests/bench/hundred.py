"""`python -m tests.bench.hundred`: what ten times as many events cost: 100 M beside 10 M, and beside ClickHouse.

Segments alone (see `copies`): 15 GB at its height, and an hour or two on a machine that others use. So what is
generated and measured stays in `--folder`, is found there again and not done twice, and the table is written after
every row. Time is the process's CPU time, of all its threads: a ratio by the clock of a busy machine says nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import sys
import threading
import time
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from collector.engines.duckdb.connecting import TooSlowError
from collector.reports.spec import QUESTIONS
from tests.bench import machine, peer, reports, table
from tests.bench.__main__ import README
from tests.bench.copies import COPIES, streamed
from tests.bench.dataset import Dataset, Say
from tests.bench.table import Row, amount, duration

MARK = "bench-100m"
_FULL = 100_000_000
_LOOK = 0.2  # s between two looks at what is spilled


class Cost(NamedTuple):
    """What a report took: CPU seconds (without end if it failed), its most resident memory and most spilled bytes."""

    seconds: float
    memory: int
    spilled: int

    def __str__(self) -> str:
        """In short, for a cell."""
        spilled = f", {self.spilled / 1e9:.2f} GB spilled" if self.spilled else ""
        return f"{duration(self.seconds)}, {self.memory / 1e6:.0f} MB{spilled}" if self.seconds < math.inf else "fails"


def growth(
    small: Dataset, large: Dataset, say: Say, names: Iterable[str] = QUESTIONS, known: Container[str] = ()
) -> Iterator[Row]:
    """Each report over both, by CPU time per event; then the most memory of any, and what they left behind."""
    _cost(small, "realtime")  # the first question also sees whether every file is as it was sealed
    _cost(large, "realtime")
    worst = Cost(0, 0, 0)
    for name in names:
        what = f"{name}, {amount(large.rows)} events"
        if what in known:
            continue
        before, after = _cost(small, name), _cost(large, name)
        worst = max(worst, after, key=lambda cost: cost.memory)
        rate = (after.seconds / large.rows) / (before.seconds / small.rows)
        say(f"{name}: {before}; {after}")
        yield Row(
            what, f"CPU {after}", f"{amount(small.rows)}: CPU {before}",
            f"{rate:.2f}", "≤ 1.2", rate <= 1.2,
        )  # fmt: skip
    what = f"peak memory of any report of {amount(large.rows)} events"
    if what in known:
        return
    left = sum(path.is_file() for path in large.folder.spill.rglob("*"))
    limit = reports.OPTIONS.memory_mb
    yield Row(
        what, f"{worst.memory / 1e6:.0f} MB, {left} files left",
        f"given to DuckDB: {limit} MB", f"{worst.memory / 1e6 / limit:.2f}", f"≤ {limit + 200} MB",
        worst.memory <= (limit + 200) * 1e6 and not left,
    )  # fmt: skip


def _cost(dataset: Dataset, name: str) -> Cost:
    """One answer's. The kernel keeps the high-water mark of memory."""
    process = Path("/proc/self")
    (process / "clear_refs").write_text("5", encoding="ascii")
    with _watched(dataset.folder.spill) as spilled:
        begin = _cpu()
        try:
            reports.ask(dataset, name)
            taken = _cpu() - begin
        except (*reports.FAILED, TooSlowError):
            taken = math.inf
    lines = (process / "status").read_text(encoding="ascii").splitlines()
    high = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return Cost(taken, high * 1024, max(spilled))


@contextmanager
def _watched(folder: Path) -> Iterator[list[int]]:
    """How large a folder was, looked at all the time."""
    seen, ended = [0], threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK):
            seen.append(sum(_size(path) for path in folder.rglob("*")))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def _size(path: Path) -> int:
    """What lies on the disk; spilled files have holes, and go whenever they like."""
    try:
        return path.stat().st_blocks * 512
    except FileNotFoundError:
        return 0


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def run(place: Path, rows: int, say: Say) -> Iterator[Row]:
    """Every row, as it is measured; those of an earlier run in this place first, which are not measured again."""
    kept = place / f"{rows}.json"
    known = [Row(*row) for row in json.loads(kept.read_text("utf-8"))] if kept.exists() else []
    yield from known
    for row in _measured(place, rows, say, [row.what for row in known]):
        known.append(row)
        kept.write_text(json.dumps(known), "utf-8")
        yield row


def _measured(place: Path, rows: int, say: Say, known: list[str]) -> Iterator[Row]:
    small, large = (streamed(place / str(n), n, say) for n in (rows // 10, rows))
    yield from growth(small, large, say, known=known)
    with peer.loaded(place / "peer", large.parquet) as clickhouse:
        say("ClickHouse has the same events")
        yield from reports.races(large, clickhouse, say, known)


def main(arguments: list[str]) -> None:
    """Measure and print; with --write-readme put the table there, after every row."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.hundred", description=__doc__)
    parser.add_argument("--rows", type=int, default=_FULL, help=f"default: 100 M; a multiple of {10 * COPIES}")
    parser.add_argument("--folder", type=Path, required=True, help="where to measure; events that are there are used")
    parser.add_argument("--memory", type=int, default=2_048, help="MB for a question (default: 2048; a server's: 512)")
    parser.add_argument("--date", default=datetime.now(UTC).date().isoformat(), help="the date that the table names")
    parser.add_argument(
        "--write-readme", action="store_true", help=f"put the table between <!-- {MARK} --> in README.md"
    )
    asked = parser.parse_args(arguments)
    if asked.rows < 10 * COPIES or asked.rows % (10 * COPIES):
        parser.error(f"--rows: expected a multiple of {10 * COPIES}, not {asked.rows}")
    if asked.write_readme:
        table.around(README, MARK)  # before the work, not after it
    asked.folder.mkdir(parents=True, exist_ok=True)
    reports.OPTIONS = msgspec.structs.replace(reports.OPTIONS, memory_mb=asked.memory)
    told = machine.preface(asked.folder, asked.rows, asked.date, "python -m tests.bench.hundred")
    begin = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begin:6.0f} s  {text}", file=sys.stderr, flush=True)

    rows: list[Row] = []
    for row in run(asked.folder, asked.rows, say):
        rows.append(row)
        load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
        text = table.markdown(rows, f"{told} Load of the machine over 1, 5 and 15 minutes at the end: {load}.")
        if asked.write_readme:
            table.write(README, text, MARK)
    print(text)


if __name__ == "__main__":
    main(sys.argv[1:])
