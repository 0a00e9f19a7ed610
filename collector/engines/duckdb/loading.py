"""Lines of the log into a DuckDB table of enriched events: for sealing, and for the tail behind the segments."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path

import orjson
from duckdb import DuckDBPyConnection

from collector.engines.duckdb import columns
from collector.enrich import Meaning, Trace, enrich, meaning
from collector.event import Site
from collector.journal import Snapshot

_CHUNK = 20_000  # lines joined before they are written


def load(
    connection: DuckDBPyConnection,
    lines: Iterable[bytes],
    sites: Mapping[int, Site],
    spill: Path,
    means: Meaning,
    made: bool = True,
) -> bool:
    """Create the table `loaded` with one row per line, all columns of a segment but `visit` filled; whether there are
    any. Of no lines it is `made` only if it has to be."""
    iterator = iter(lines)
    first = list(islice(iterator, 1))
    if not first:
        if made:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE loaded ({columns.definition()})")
        return False
    with _file(chain(first, iterator), spill) as path:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE arrived AS SELECT {columns.renamed()}, coalesce(v, g, id) AS visitor, "
            "regexp_extract(rp, '^(/[^/]*){0,3}') AS referrer_start "
            f"FROM read_json('{path}', format='newline_delimited', columns={columns.json_columns()})"
        )
    _enrich(connection, sites, spill, means)
    return True


def load_more(
    connection: DuckDBPyConnection, lines: Iterable[bytes], sites: Mapping[int, Site], spill: Path, means: Meaning
) -> None:
    """Add lines to the table `loaded`: those that it has are not read again."""
    connection.execute("ALTER TABLE loaded RENAME TO before")
    load(connection, lines, sites, spill, means)
    connection.execute("INSERT INTO loaded BY NAME SELECT * FROM before")
    connection.execute("DROP TABLE before")


def meant(seen: Snapshot) -> Meaning:
    """What names mean as the log has it."""
    stated = seen.meaning()
    return meaning(stated.dictionary, stated.rules)


def _enrich(connection: DuckDBPyConnection, sites: Mapping[int, Site], spill: Path, means: Meaning) -> None:
    """Classify each distinct trace once and join it back: thousands of classifications instead of millions."""
    traces = connection.execute(f"SELECT DISTINCT site, {', '.join(columns.TRACE)} FROM arrived").fetchall()
    names = (*columns.TRACE, *(name for name in columns.ENRICHED if name != "visitor"))
    rows = (
        orjson.dumps(
            {
                "site": number,
                **dict(zip(names, (*trace, *enrich(Trace(*trace), _site(sites, number), means)), strict=True)),
            }
        )
        for number, *trace in traces
    )
    kinds = ", ".join(f"'{name}': '{columns.ENRICHED.get(name, 'VARCHAR')}'" for name in names)
    with _file(rows, spill) as path:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE known AS SELECT * "
            f"FROM read_json('{path}', format='newline_delimited', columns={{'site': 'INTEGER', {kinds}}})"
        )
    same = " AND ".join(f"arrived.{name} IS NOT DISTINCT FROM known.{name}" for name in ("site", *columns.TRACE))
    logged = ", ".join(f'arrived."{name}"' for name in columns.LOGGED)
    enriched = ", ".join(f'known."{name}"' for name in columns.ENRICHED if name != "visitor")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE loaded AS SELECT {logged}, arrived.visitor, {enriched}, "
        f"arrived.uuid, NULL::BIGINT AS visit, {columns.as_uuid('arrived.visitor')} AS visitor_uuid "
        f"FROM arrived JOIN known ON {same}"
    )
    connection.execute("DROP TABLE arrived; DROP TABLE known")


def _site(sites: Mapping[int, Site], number: int) -> Site:
    """A removed site's events stay readable, without its own hosts."""
    return sites.get(number) or Site(number, "", b"", ())


@contextmanager
def _file(lines: Iterable[bytes], spill: Path) -> Iterator[str]:
    """The lines as a file that never touches a disk where the system allows it (Linux), else in the data folder."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("balise")
        path = f"/proc/self/fd/{descriptor}"
    else:
        descriptor, path = tempfile.mkstemp(suffix=".ndjson", dir=spill)
    try:
        with os.fdopen(descriptor, "wb", buffering=0, closefd=False) as file:
            iterator = iter(lines)
            while block := list(islice(iterator, _CHUNK)):
                file.write(b"\n".join(block) + b"\n")
        yield path
    finally:
        os.close(descriptor)
        if not path.startswith("/proc/"):
            Path(path).unlink(missing_ok=True)
