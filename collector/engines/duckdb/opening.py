"""A view of one site's events is opened: which segments and tail there are, and what the question sees of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby

from duckdb import DuckDBPyConnection

from collector.engines.duckdb import columns
from collector.engines.duckdb.attaching import attach, counted
from collector.engines.duckdb.connecting import Options, connect
from collector.engines.duckdb.loading import load, meant
from collector.engines.duckdb.seeing import BOTS, bounds, sourced, sourcing
from collector.engines.duckdb.sums import passing, summed
from collector.engines.duckdb.view import View
from collector.engines.duckdb.visits import (
    Sealed,
    parquet,
)
from collector.event import Site
from collector.journal import Folder, Segment, Snapshot, Sums, snapshot
from collector.journal.segment import demand
from collector.reports.parts import SessionRule
from collector.reports.questions import Question


@contextmanager
def view(folder: Folder, options: Options, site_name: str, asked: Question, now: int) -> Iterator[View]:
    """Open the site's events for a question, as they were at one moment of the log."""
    folder.demand()
    with connect(folder, options) as connection:
        yield begun(connection, folder, site_name, asked, now)


def begun(connection: DuckDBPyConnection, folder: Folder, site_name: str, asked: Question, now: int) -> View:
    """The same on a connection of whoever asks."""
    with snapshot(folder) as seen:  # closed before the long work, so that the log can be folded meanwhile
        site, through_seq = seen.site(site_name), seen.last_seq()
        apart = {(one, other): at for one, other, at in seen.apart(site.number)}
        sealed = kept(connection, folder, seen, site)
    attached, sums = _asked(connection, site, asked, now, sealed)
    opened = View(connection, site, asked, now, through_seq, sealed, attached)
    opened.apart = apart
    opened.know(sums)
    return opened


def kept(connection: DuckDBPyConnection, folder: Folder, seen: Snapshot, site: Site) -> Sealed:
    """The view `kept`, the site's events. Segments without visits have ids of an earlier kind."""
    segments, after = seen.segments(), seen.sealed()
    demand(folder.segments, segments)
    connection.execute("SET parquet_metadata_cache = true")  # five statements of a funnel open every file
    load(connection, seen.lines(after, site=site.number), {site.number: site}, folder.spill, meant(seen))
    parts, events = [f"SELECT {columns.read()} FROM loaded"], []
    for (visited, packed, alone), some in groupby(sorted(segments, key=_kind(site)), key=_kind(site)):
        files = [str(folder.segments / one.file) for one in some]
        events += files
        where = "" if alone else f" WHERE site = {site.number}"  # which reads a column of every event
        parts.append(f"SELECT {columns.read(visited, packed)} FROM {parquet(files)}{where}")
    connection.execute(f"CREATE TEMP VIEW kept AS {' UNION ALL '.join(parts)}")
    visits = [segment.visits for segment in segments if segment.visits]
    mine = [one for one in visits if site.number in one.terms]
    found = [str(folder.segments / one.file) for one in mine] if len(visits) == len(segments) else None
    alone = all(len(one.terms) == 1 for one in mine)
    packed = len(visits) == len(segments) and all(one.terms[site.number].packed for one in mine)
    return Sealed(found, [one.terms[site.number] for one in mine], after, events, alone, packed)


def _kind(site: Site) -> Callable[[Segment], tuple[bool, bool, bool]]:
    """Whether a segment has visits and packed visitors, and is known to hold events of the site alone."""
    return lambda one: (
        one.visits is not None,
        one.packed,
        one.visits is not None and set(one.visits.terms) == {site.number},
    )


def _asked(
    connection: DuckDBPyConnection, site: Site, asked: Question, now: int, sealed: Sealed
) -> tuple[bool, Sums | None]:
    """The views `everything` (the site's events, with what grants attach to visits), `wanted` and `asked` (what the
    question is about) and `events` (less what is erased). Whether grants attach anything; and the sums of what it is
    about, if these are known."""
    some = sealed.files is None or any(terms.carriers for terms in sealed.terms)
    attached = attach(connection, site, now, "kept" if some else "loaded")
    start, stop = bounds(asked, now)
    rule = sourcing(asked, getattr(asked, "session", SessionRule()))
    sums = None if attached else summed(connection, sealed, asked.bots, BOTS[asked.bots])
    whole = not start and (sums.last or 0) < stop if sums else not start and _over(connection, sealed.events, stop)
    times = "true" if whole else f"t >= {start} AND t < {stop}"
    bots = "true" if passing(connection, sealed, asked.bots, BOTS[asked.bots]) else BOTS[asked.bots]
    told = f"SELECT * FROM everything WHERE {times} AND {bots}{counted(attached)}"
    connection.execute(f"CREATE TEMP VIEW wanted AS {sourced(told, rule)}")
    connection.execute("CREATE TEMP VIEW asked AS SELECT * FROM wanted")
    connection.execute("CREATE TEMP VIEW events AS SELECT * FROM asked")
    return attached, sums if whole else None


def _over(connection: DuckDBPyConnection, files: list[str], stop: int) -> bool:
    """Whether every event lies before `stop` (ms UTC), as the files' own statistics say: then nobody has to read times
    to leave some out, which would take as long as reading a column of texts."""
    newest = connection.execute("SELECT max(t) FROM loaded").fetchone()
    sql = (
        "SELECT count(*) = count(stats_max_value) AND max(stats_max_value::BIGINT) < $stop "
        "FROM parquet_metadata($files) WHERE path_in_schema = 't'"
    )
    sealed = connection.execute(sql, {"files": files, "stop": stop}).fetchone() if files else (True,)
    assert newest is not None
    assert sealed is not None
    return (newest[0] is None or newest[0] < stop) and bool(sealed[0])
