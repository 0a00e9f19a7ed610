"""A range of the log to one columnar file: sorted by site, visitor and time, written, made durable, then published."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from collector.engines.duckdb import columns
from collector.engines.duckdb.connecting import Options, connect
from collector.engines.duckdb.loading import load, meant
from collector.enrich import meaning
from collector.event import Site
from collector.journal import Folder, Segment, Stated, snapshot

STEPS = ("seal_begin", "seal_loaded", "seal_written", "seal_synced", "seal_renamed", "seal_published")


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
    mark = f"-m{stated.number}" if stated else ""
    name = f"{after + 1:012d}-{until:012d}{mark}.parquet"
    temporary = folder.segments / f"{name}.{os.getpid()}.part"
    with connect(folder, options, question=False) as connection:
        with snapshot(folder) as view:
            sites: dict[int, Site] = {site.number: site for site in view.sites(removed=True)}
            means = meaning(stated.dictionary, stated.rules) if stated else meant(view)
            load(connection, view.lines(after, until), sites, folder.spill, means)
        reached("seal_loaded")
        connection.execute(
            f"COPY (SELECT {columns.names()} FROM loaded ORDER BY site, visitor, t, page_seq, id) "
            f"TO '{_quoted(temporary)}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3)"
        )
    reached("seal_written")
    _sync(temporary)
    reached("seal_synced")
    temporary.rename(folder.segments / name)
    _sync(folder.segments)
    reached("seal_renamed")
    data = (folder.segments / name).read_bytes()
    return Segment(after + 1, until, name, len(data), hashlib.sha256(data).digest())


def sweep(folder: Folder, published: set[str]) -> list[str]:
    """Delete files that no row publishes: what a crash between writing and publishing left. Returns their names.

    What other processes spill is theirs while they live.
    """
    orphans = [path for path in folder.segments.iterdir() if path.is_file() and path.name not in published]
    for path in orphans:
        path.unlink(missing_ok=True)
    for path in folder.spill.iterdir():
        if not (path.name.isdigit() and _alive(int(path.name))):
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
