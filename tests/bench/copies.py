"""A log too long to be written whole: its segments alone, streamed through the real sealing.

At 400 B an event the log of 100 M events would be 40 GB. So one event in `COPIES` is generated, and read and enriched
as the log's lines are; what is sealed of each block are `COPIES` tables of the same events, later, by other people,
under other ids, each cut into visits, written and published as the follower does it, in segments as large as it makes
them of their neighbours. The log keeps the last event.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from duckdb import DuckDBPyConnection

from collector.engines.duckdb.connecting import Options, connect
from collector.engines.duckdb.loading import load, meant
from collector.engines.duckdb.sealing import Span, store
from collector.event import Site
from collector.follower import Options as SegmentOptions
from collector.journal import Folder, Segment, snapshot
from collector.journal.rows import line
from collector.journal.segment import publication
from tests.bench.dataset import BEGIN, DAYS, ORIGIN, SITE, Dataset, Row, Say, chunks, sql
from tests.conftest import command

COPIES = 20
_ROOM = Options(memory_mb=2_048)  # a block and a copy of it, of a million events each
_SAID = 5_000_000  # events between two words about the progress


def streamed(path: Path, rows: int, say: Say) -> Dataset:
    """So many events of one site (a multiple of `COPIES`), sealed; what is there already is used."""
    folder = Folder(path)
    dataset = Dataset(folder, rows, BEGIN + (DAYS + 1) * 86_400_000)
    if path.exists() and _last(folder) == rows:
        say(f"found {rows:,} events")
        return dataset
    command(path, "site", "add", SITE, "--origin", ORIGIN)
    done = 0
    with snapshot(folder) as view:
        sites = {site.number: site for site in view.sites()}
    for after, original in _blocks(rows // COPIES, _size(rows)):
        _publish(folder, _sealed(folder, sites, after, original, rows // COPIES))
        done += len(original) * COPIES
        if done % _SAID < len(original) * COPIES or done == rows:
            say(f"sealed {done:,} of {rows:,} events")
    _end(folder, rows, original[-1])
    return dataset


def _size(rows: int) -> int:
    """The events in one segment of a server that has had time: neighbours have become one if that spans a day."""
    options = SegmentOptions()
    return options.compacted if options.compacted * DAYS <= rows else options.rows


def _blocks(rows: int, size: int) -> Iterator[tuple[int, list[Row]]]:
    """The rows that are generated, by the number of rows before them."""
    every = chain.from_iterable(chunks(rows, DAYS / COPIES))
    for after in range(0, rows, size):
        yield after, list(islice(every, size))


def _sealed(folder: Folder, sites: dict[int, Site], after: int, original: list[Row], rows: int) -> list[Segment]:
    """The segments of one block and of its copies; `rows` is how many events lie between two copies."""
    lines = [line(1, key, body, seq) for seq, (key, body) in enumerate(original, after + 1)]
    with connect(folder, _ROOM, question=False) as connection:
        with snapshot(folder) as view:
            load(connection, lines, sites, folder.spill, meant(view))
        connection.execute(sql("macros") + "; ALTER TABLE loaded RENAME TO original")
        return [_copy(connection, folder, sites, (after, after + len(original)), rows, copy) for copy in range(COPIES)]


def _copy(
    connection: DuckDBPyConnection, folder: Folder, sites: dict[int, Site], span: tuple[int, int], rows: int, copy: int
) -> Segment:
    later = copy * DAYS * 86_400_000 // COPIES
    connection.execute(sql("copied"), {"copy": copy, "copies": COPIES, "rows": rows, "later": later})
    return store(connection, folder, Span(span[0] + copy * rows, span[1] + copy * rows), sites)


def _publish(folder: Folder, segments: list[Segment]) -> None:
    with sqlite3.connect(folder.log) as connection:
        for statement, values in chain.from_iterable(map(publication, segments)):
            connection.execute(statement, values)
    connection.close()


def _end(folder: Folder, rows: int, last: Row) -> None:
    """Let the log end where the segments do."""
    with sqlite3.connect(folder.log) as connection:
        connection.execute("INSERT INTO event VALUES (?, 1, ?, ?)", (rows, *last))
    connection.close()


def _last(folder: Folder) -> int:
    with snapshot(folder) as view:
        return view.last_seq()
