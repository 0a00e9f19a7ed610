"""A range of the log to two columnar files: its events, sorted by site, visitor and time, and beside them their visits.
Written, made durable, then published."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from collector.engines.duckdb import columns
from collector.engines.duckdb.connecting import Options, connect
from collector.engines.duckdb.loading import load, meant
from collector.engines.duckdb.statements import filled_in
from collector.engines.duckdb.visits import find_visits
from collector.enrich import meaning
from collector.event import Site
from collector.journal import Folder, Segment, Stated, Terms, Visits, snapshot

STEPS = (
    "seal_begin",
    "seal_loaded",
    "seal_written",
    "seal_synced",
    "seal_half_renamed",
    "seal_renamed",
    "seal_published",
)
# Level 9 takes 1.3 bytes an event less than level 3, for 0.04 seconds a segment more; level 12 only 0.1 less.
# Numbers of visits ascend: as differences they take 0.8 bytes an event less than with a dictionary, which visitors must
# have. Version 2 writes numbers so, and they are read in half the time. Bloom filters would take 0.9 bytes an event; no
# report is answered sooner for them.
# Visits that name somebody come first: who was known is read in two thirds of the time.
_GROUP = 122_880  # rows
_FORMAT = (
    f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 9, ROW_GROUP_SIZE {_GROUP}, PARQUET_VERSION V2, "
    "WRITE_BLOOM_FILTER false"
)


class Span(NamedTuple):
    """The events `after` < seq ≤ `until` of the log, under the meaning of names with this number (None: the first)."""

    after: int
    until: int
    meaning: int | None = None

    def __str__(self) -> str:
        """The name of the segment's files."""
        return f"{self.after + 1:012d}-{self.until:012d}" + ("" if self.meaning is None else f"-m{self.meaning}")


def seal(
    folder: Folder,
    after: int,
    until: int,
    options: Options,
    reached: Callable[[str], None] = lambda step: None,
    stated: Stated | None = None,
) -> Segment:
    """Write the segment of the events `after` < seq ≤ `until` and return what there is to publish.

    The same range gives the same rows in the same order. `reached` is told each step of `STEPS` but the last. `stated`
    is what names will mean when the segment is published, where that is not what the log says now.
    """
    reached("seal_begin")
    with connect(folder, options, question=False) as connection:
        with snapshot(folder) as view:
            sites: dict[int, Site] = {site.number: site for site in view.sites(removed=True)}
            means = meaning(stated.dictionary, stated.rules) if stated else meant(view)
            load(connection, view.lines(after, until), sites, folder.spill, means)
        reached("seal_loaded")
        return store(connection, folder, Span(after, until, stated.number if stated else None), sites, reached)


def store(
    connection: DuckDBPyConnection,
    folder: Folder,
    span: Span,
    sites: dict[int, Site],
    reached: Callable[[str], None] = lambda step: None,
) -> Segment:
    """Write the table `loaded`, the events of this range, and return what there is to publish."""
    events, visits = (folder.segments / f"{span}.{kind}" for kind in ("parquet", "visits"))
    temporary = {path: path.with_name(f"{path.name}.{os.getpid()}.part") for path in (events, visits)}
    try:
        terms = _write(connection, span.after, sites, temporary[events], temporary[visits])
        reached("seal_written")
        for path in temporary.values():
            _sync(path)
        reached("seal_synced")
        temporary[events].rename(events)
        reached("seal_half_renamed")
        temporary[visits].rename(visits)
    except BaseException:  # a disk that is full, or fails, has no room for halves
        for path in temporary.values():
            path.unlink(missing_ok=True)
        raise
    _sync(folder.segments)
    reached("seal_renamed")
    told = Visits(visits.name, *_measured(visits), terms)
    return Segment(span.after + 1, span.until, events.name, *_measured(events), told)


def _write(
    connection: DuckDBPyConnection, after: int, sites: dict[int, Site], events: Path, visits: Path
) -> dict[int, Terms]:
    """Write both files; returns the terms of each site in them."""
    terms = find_visits(connection, after, {number: site.session_timeout for number, site in sites.items()})
    connection.execute(
        f"COPY (SELECT {columns.stored()} FROM loaded ORDER BY site, loaded.visitor, t, page_seq, uuid, id) "
        f"TO '{_quoted(events)}' ({_FORMAT}, DICTIONARY_SIZE_LIMIT {_many(connection)})"
    )
    connection.execute(f"COPY (FROM fresh_visit ORDER BY visitor IS NULL, visit) TO '{_quoted(visits)}' ({_FORMAT})")
    return terms


def _many(connection: DuckDBPyConnection) -> int:
    """How many entries a dictionary may have: it is one of a row group, so as many visitors as one may hold."""
    row = connection.execute(filled_in("diverse", {"group": str(_GROUP)})).fetchone()
    return max(1, int(row[0] or 0)) if row else 1


def _measured(path: Path) -> tuple[int, bytes]:
    data = path.read_bytes()
    return len(data), hashlib.sha256(data).digest()


def sweep(folder: Folder, published: set[str]) -> list[str]:
    """Delete files that no row publishes: what a crash between writing and publishing left. Returns their names.

    What other processes spill is theirs while they live.
    """
    orphans = [path for path in folder.segments.iterdir() if path.is_file() and path.name not in published]
    for path in orphans:
        path.unlink(missing_ok=True)
    for path in folder.spill.iterdir():
        pid = path.name.partition("-")[0]
        if not (pid.isdigit() and _alive(int(pid))):
            shutil.rmtree(path, ignore_errors=True)
    return [path.name for path in orphans]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
