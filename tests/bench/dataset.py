"""A deterministic log of any size, written as the journal writes it and sealed by the real sealing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from collector.engines.duckdb.connecting import Options
from collector.engines.duckdb.sealing import seal
from collector.follower import Options as SegmentOptions
from collector.journal import Folder, Segment, snapshot
from collector.journal.chain import Highwater, Mark, link
from collector.journal.segment import publication
from tests.conftest import command

SITE = "shop"
ORIGIN = "https://shop.example"
BEGIN = 1_788_220_800_000  # 2026-09-01 UTC
DAYS = 30
_EVENTS_A_VISIT = 5.8  # a little under what visits.sql makes, so that there are always enough
_VISITS_AT_ONCE = 17_000  # about 100,000 events
_BATCH = 5_000  # events in one transaction of a busy journal
Row = tuple[bytes, bytes]
Say = Callable[[str], None]


class Dataset(NamedTuple):
    """A sealed log. `now` (ms UTC) lies behind its last event."""

    folder: Folder
    rows: int
    now: int

    @property
    def parquet(self) -> str:
        """The segments as a glob."""
        return str(self.folder.segments / "*.parquet")

    def bytes(self) -> tuple[int, int]:
        """The size of the log and of the segments."""
        return self.folder.log.stat().st_size, sum(path.stat().st_size for path in self.folder.segments.iterdir())


def build(path: Path, rows: int, say: Say) -> Dataset:
    """Write that many events of one site and seal them all."""
    command(path, "site", "add", SITE, "--origin", ORIGIN)
    folder = Folder(path)
    write(folder, rows)
    say(f"wrote {rows:,} events")
    seal_all(folder)
    say(f"sealed {rows:,} events")
    return Dataset(folder, rows, BEGIN + (DAYS + 1) * 86_400_000)


def seal_all(folder: Folder) -> None:
    """Seal the whole tail in files of the default size, two at a time, and publish them."""
    size = SegmentOptions().rows
    with snapshot(folder) as view:
        begin, end = view.sealed(), view.last_seq()
    starts = range(begin, end, size)
    with ThreadPoolExecutor(2) as pool:
        sealed = pool.map(lambda after: seal(folder, after, min(after + size, end), Options()), starts)
        _publish(folder, list(sealed))


def _publish(folder: Folder, segments: list[Segment]) -> None:
    with sqlite3.connect(folder.log) as connection:
        for statement, values in chain.from_iterable(map(publication, segments)):
            connection.execute(statement, values)
    connection.close()


def write(folder: Folder, rows: int) -> None:
    """Write that many events of the folder's first site."""
    connection = sqlite3.connect(folder.log)
    connection.execute("PRAGMA synchronous=OFF")  # only here: the folder is thrown away
    mark = Mark(0, bytes(32))
    with connection:
        for chunk in chunks(rows):
            for first in range(0, len(chunk), _BATCH):
                mark = _append(connection, mark, chunk[first : first + _BATCH])
        for outcome in ("received", "accepted"):
            connection.execute("INSERT INTO counter VALUES (?, 1, ?, '', ?)", (BEGIN // 86_400_000, outcome, rows))
    connection.close()
    highwater = Highwater(folder.highwater)
    highwater.write(mark)
    highwater.close()


def _append(connection: sqlite3.Connection, mark: Mark, batch: list[Row]) -> Mark:
    rows = [(seq, 1, key, body) for seq, (key, body) in enumerate(batch, mark.seq + 1)]
    mark = Mark(mark.seq + len(rows), link(mark.sum, rows))
    connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?)", rows)
    connection.execute("INSERT INTO batch VALUES (?, ?, ?)", (mark.seq, len(rows), mark.sum))
    return mark


def chunks(rows: int, days: float = DAYS) -> Iterator[list[Row]]:
    """So many rows of so many days, in blocks; one block is made while the one before is written."""
    with duckdb.connect(config={"threads": 1}) as connection, ThreadPoolExecutor(1) as pool:
        connection.execute(sql("macros"))
        visits = round(rows / _EVENTS_A_VISIT) + 1_000
        coming = pool.submit(_chunk, connection, 0, visits, days)
        first = 0
        while rows > 0:
            chunk = coming.result()[:rows]
            rows -= len(chunk)
            first += _VISITS_AT_ONCE
            if rows > 0:
                coming = pool.submit(_chunk, connection, first, visits, days)
            yield chunk


def _chunk(connection: duckdb.DuckDBPyConnection, first: int, visits: int, days: float) -> list[Row]:
    values: dict[str, Any] = {
        "begin": BEGIN, "span": int(days * 86_400_000), "visits": visits, "first": first,
        "stop": min(first + _VISITS_AT_ONCE, visits),
    }  # fmt: skip
    return connection.execute(sql("visits"), values).fetchall()


def sql(name: str) -> str:
    """The statement in the file of this name."""
    return resources.files("tests.bench").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
