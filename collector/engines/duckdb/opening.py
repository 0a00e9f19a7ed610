"""A view of one site's events is opened: which segments and tail there are, and what the question sees of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby

from duckdb import DuckDBPyConnection

from collector.engines.duckdb import columns
from collector.engines.duckdb.attaching import CARRIER, attach
from collector.engines.duckdb.connecting import Options, connect
from collector.engines.duckdb.loading import load, meant
from collector.engines.duckdb.seeing import BOTS, bounds, sourced, sourcing
from collector.engines.duckdb.sums import Tail, look, passing, summed
from collector.engines.duckdb.view import Sight, View
from collector.engines.duckdb.visits import Sealed, parquet
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
        opened = begun(connection, folder, site_name, asked, now)
        opened.options = options
        yield opened


def begun(connection: DuckDBPyConnection, folder: Folder, site_name: str, asked: Question, now: int) -> View:
    """The same on a connection of whoever asks."""
    with snapshot(folder) as seen:  # closed before the long work, so that the log can be folded meanwhile
        site, through_seq = seen.site(site_name), seen.last_seq()
        apart = {(one, other): at for one, other, at in seen.apart(site.number)}
        sealed, kept = stored(connection, folder, seen, site)
    sight, sums = _sight(connection, site, asked, now, sealed, kept)
    opened = View(connection, site, asked, now, through_seq, sealed, sight)
    opened.rows(f"CREATE TEMP VIEW events AS {sight.asked}")
    if any(one[0].startswith("link") for one in getattr(asked, "session_where", ())):  # what the link said is looked up
        opened.see("everything")
    opened.apart = apart
    opened.know(sums)
    return opened


def stored(
    connection: DuckDBPyConnection, folder: Folder, seen: Snapshot, site: Site, growing: bool = False
) -> tuple[Sealed, str]:
    """What there is of a site, with the tail in the table `loaded`, which may be `growing`; and all its events, in SQL.
    Where there are sealed visits and no tail, there is no such table. Segments without visits have ids of an earlier
    kind."""
    segments, after = seen.segments(), seen.sealed()
    demand(folder.segments, segments)
    visits = [segment.visits for segment in segments if segment.visits]
    mine = [one for one in visits if site.number in one.terms]
    found = [str(folder.segments / one.file) for one in mine] if len(visits) == len(segments) else None
    lines = seen.lines(after, site=site.number)
    tail = load(connection, lines, {site.number: site}, folder.spill, meant(seen), made=growing or not found)
    parts = [f"SELECT {columns.read()} FROM loaded"] if tail or growing or not segments else []
    events = []
    for (visited, form, alone), some in groupby(sorted(segments, key=_kind(site)), key=_kind(site)):
        files = [str(folder.segments / one.file) for one in some]
        events += files
        where = "" if alone else f" WHERE site = {site.number}"  # which reads a column of every event
        parts.append(f"SELECT {columns.read(visited, form)} FROM {parquet(files)}{where}")
    alone = all(len(one.terms) == 1 for one in mine)
    packed = len(visits) == len(segments) and all(one.terms[site.number].form >= columns.PACKED for one in mine)
    terms = [one.terms[site.number] for one in mine]
    return Sealed(found, terms, after, events, alone, packed, tail), " UNION ALL ".join(parts)


def _kind(site: Site) -> Callable[[Segment], tuple[bool, int, bool]]:
    """Whether a segment has visits, its form, and whether it is known to hold events of the site alone."""
    return lambda one: (
        one.visits is not None,
        one.form,
        one.visits is not None and set(one.visits.terms) == {site.number},
    )


def _sight(
    connection: DuckDBPyConnection, site: Site, asked: Question, now: int, sealed: Sealed, kept: str
) -> tuple[Sight, Sums | None]:
    """What the question sees of the events `kept`, and their sums, if these are known."""
    tail = look(connection, sealed, BOTS[asked.bots], now)
    attached = None
    if sealed.files is None or tail.carriers or any(terms.carriers for terms in sealed.terms):
        connection.execute(f"CREATE TEMP VIEW kept AS {kept}")
        attached = attach(connection, site, now)
    start, stop = bounds(asked, now)
    sums = None if attached else summed(sealed, asked.bots, tail)
    whole = not start and ((sums.last or 0) < stop if sums else _over(connection, sealed.events, tail, stop))
    told = [] if whole else [f"t >= {start} AND t < {stop}"]
    told += [] if passing(sealed, asked.bots, tail) else [BOTS[asked.bots]]
    told += [f"NOT {CARRIER}"] if attached else []
    rule = sourcing(asked, getattr(asked, "session", SessionRule()))
    everything = attached or kept
    events = f"SELECT * FROM ({everything}) WHERE {' AND '.join(told)}" if told else everything
    return Sight(everything, sourced(events, rule), attached is not None), sums if whole else None


def _over(connection: DuckDBPyConnection, files: list[str], tail: Tail, stop: int) -> bool:
    """Whether every event lies before `stop` (ms UTC), as the files' own statistics say: then nobody has to read times
    to leave some out, which would take as long as reading a column of texts."""
    sql = (
        "SELECT count(*) = count(stats_max_value) AND max(stats_max_value::BIGINT) < $stop "
        "FROM parquet_metadata($files) WHERE path_in_schema = 't'"
    )
    sealed = connection.execute(sql, {"files": files, "stop": stop}).fetchone() if files else (True,)
    assert sealed is not None
    return (tail.newest is None or tail.newest < stop) and bool(sealed[0])
