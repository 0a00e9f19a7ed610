"""The rollups of a server: one for each site that was asked about, as far as memory goes.

Whoever asks gets what stands on them at the moment of asking, or later than `since`: the questions of one page see one
moment. Sites with more events than fit are answered from their files, and so are those without sealed events and every
question that is not `usual`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

import duckdb

from collector.engines.duckdb.connecting import Options, TooSlowError, UnwantedError, connect, opened, watched
from collector.engines.duckdb.loading import load_more, meant
from collector.engines.duckdb.opening import stored
from collector.engines.duckdb.rolled import Key, RolledView, Standing, usual
from collector.engines.duckdb.rollup import Files, Rollup
from collector.engines.duckdb.seeing import FOREVER
from collector.engines.duckdb.sharing import Sharing
from collector.engines.duckdb.view import View
from collector.engines.duckdb.visits import COUNTED, DECLARED, Sealed, find_visits, parquet, usable
from collector.event import Site
from collector.journal import Folder, Segment, Snapshot, snapshot
from collector.reports.parts import SessionRule
from collector.reports.questions import Question

_SHARE: Final = 0.25  # of a question's time goes into filling; then it is answered from the files
_BYTES: Final = 13  # an event takes in a rollup; ten million of the benchmark's took 128 MB
_EMPTY: Final = 5_000_000  # bytes that a database takes and does not count


class Rollups:
    """Those of one data folder. One question at a time."""

    def __init__(self, folder: Folder, options: Options) -> None:
        self._folder, self._options = folder, options
        self._room = options.memory_mb * 1_000_000 // 2
        self._databases: dict[str, tuple[duckdb.DuckDBPyConnection, Rollup]] = {}  # the last one was asked last
        self._standing: dict[str, Standing] = {}
        self._large: dict[str, int] = {}  # sites that do not fit, and how many segments they had
        self._turn = threading.Lock()
        self.sharing = Sharing()

    def taken(self) -> int:
        """The megabytes that all rollups take."""
        return sum(_taken(connection) for connection, _ in self._databases.values()) // 1_000_000

    @contextmanager
    def view(self, site: str, asked: Question, now: int, since: float) -> Iterator[View | None]:
        """A view for a question; None if it has to be answered from the files."""
        if not usual(asked) or not self._turn.acquire(timeout=self._options.seconds):
            yield None
            return
        try:
            standing = self._stand(site, since)
            if standing is None or standing.newest > now:
                yield None
                return
            with watched(standing.connection, self._options.seconds):
                opened = RolledView(standing, asked, now)
                yield opened if opened.fits() else None
        except (duckdb.FatalException, duckdb.InternalException):  # the database answers nothing any more
            self._drop(site)
            raise
        finally:
            self._turn.release()

    def clear(self) -> None:
        """Give the memory back, unless somebody is asking, and forget what did not fit."""
        self.sharing.close()
        if not self._turn.acquire(blocking=False):
            return
        try:
            for site in list(self._databases):
                self._drop(site)
            self._large.clear()  # another day may be quieter
        finally:
            self._turn.release()

    def _stand(self, name: str, since: float) -> Standing | None:
        """The site as of `since` or later; None if it cannot be in a rollup."""
        found = self._standing.get(name)
        if found is not None and found.taken >= since:
            return found
        taken = time.monotonic()
        with snapshot(self._folder) as seen:  # closed before the long work, so that the log can be folded meanwhile
            site, segments = seen.site(name), seen.segments()
            key = (site, [one.file for one in segments], seen.meaning().number, seen.last_seq())
            if found is not None and found.key == key:
                self._standing[name] = found._replace(taken=taken)
                return self._standing[name]
            if not self._fits(site, segments):
                self._drop(name)
                return None
            database, rollup = self._database(site, files := _files(self._folder, segments, site.number))
            stands = self._look(database, self._standing.pop(name, None), seen, key, taken)
        newest = self._fill(stands, rollup, files)
        if newest is not None:
            self._standing[name] = stands._replace(newest=newest)
        return self._standing.get(name)

    def _look(
        self, database: duckdb.DuckDBPyConnection, found: Standing | None, seen: Snapshot, key: Key, taken: float
    ) -> Standing:
        """Read the tail; where only the log has grown, what is new in it."""
        site = key[0]
        if found is not None and found.key[:-1] == key[:-1]:
            new = seen.lines(found.through_seq, site=site.number)
            load_more(found.connection, new, {site.number: site}, self._folder.spill, meant(seen))
            return found._replace(through_seq=key[-1], taken=taken, key=key, done={})
        if found is not None:
            found.connection.close()
        connection = database.cursor()
        sealed, events = stored(connection, self._folder, seen, site, growing=True)
        connection.execute(f"CREATE TEMP VIEW everything AS {events}")
        return Standing(connection, site, sealed, key[-1], -1, taken, key, {})

    def _fill(self, stands: Standing, rollup: Rollup, files: list[Files]) -> int | None:
        """Roll up what is not there yet; returns the newest event's time, None if not all of it is there: what
        takes longer is gone on with by the next question."""
        site, began = stands.site.name, time.monotonic()
        try:
            with watched(stands.connection, self._options.seconds):
                if not self._seen(stands):
                    self._drop(site)
                    return None
                if not rollup.fill(stands.connection, files, began + self._options.seconds * _SHARE):
                    return None
                if rollup.behind():
                    rollup.make(stands.connection, stands.sealed.after)
                newest = rollup.follow(stands.connection)
        except UnwantedError:  # what is filled stays, and others go on with it
            stands.connection.close()
            raise
        except (duckdb.OutOfMemoryException, TooSlowError):
            self._give_up(site, len(files))
            return None
        return newest if self._roomy(site, len(files)) else None

    def _seen(self, stands: Standing) -> bool:
        """Make visits of the tail; whether they are as the usual question wants them."""
        connection, site, sealed = stands.connection, stands.site, stands.sealed
        tail = find_visits(connection, sealed.after, {site.number: site.session_timeout})
        connection.execute(f"CREATE OR REPLACE TEMP VIEW events AS SELECT * FROM everything WHERE {DECLARED}")
        return _usable(site, sealed._replace(terms=[*sealed.terms, *tail.values()]))

    def _give_up(self, name: str, files: int) -> None:
        """The site does not fit, in memory or in time, as long as it has so many segments."""
        self._large[name] = files
        self._drop(name)

    def _fits(self, site: Site, segments: list[Segment]) -> bool:
        """Whether the site's visits are as the usual question wants them, and memory seems to be enough."""
        terms = [one.visits.terms.get(site.number) for one in segments if one.visits]
        told = Sealed([] if len(terms) == len(segments) else None, [one for one in terms if one], 0, [])
        files = [events for events, _ in _files(self._folder, segments, site.number)]
        if not files or not _usable(site, told) or len(files) >= self._large.get(site.name, FOREVER):
            return False
        if site.name in self._databases:
            return True
        with connect(self._folder, self._options) as connection:
            sql = f"SELECT count(*) FROM {parquet(files)} WHERE site = {site.number}"
            rows = (connection.execute(sql).fetchone() or (0,))[0]
        if rows * _BYTES > self._room:
            self._large[site.name] = len(files)
        return bool(rows * _BYTES <= self._room)

    def _database(self, site: Site, files: list[Files]) -> tuple[duckdb.DuckDBPyConnection, Rollup]:
        """The site's rollup; a new one if there is none, or a file of it has been replaced."""
        found, terms = self._databases.pop(site.name, None), (site.number, site.session_timeout)
        if found is None or not set(found[1].files) <= set(files) or (found[1].site, found[1].timeout) != terms:
            if found is not None:
                found[0].close()
            connection = opened(self._folder, self._options)
            found = connection, Rollup(connection, site)
        self._databases[site.name] = found
        return found

    def _roomy(self, name: str, files: int) -> bool:
        """Whether all rollups together have room; those asked longest ago go first."""
        while self.taken() * 1_000_000 > self._room:
            first = next(iter(self._databases))
            if first == name:
                self._give_up(name, files)
                return False
            self._drop(first)
        return True

    def _drop(self, name: str) -> None:
        if standing := self._standing.pop(name, None):
            standing.connection.close()
        if found := self._databases.pop(name, None):
            found[0].close()


class Moment(NamedTuple):
    """What stands in the rollups, no longer ago than `since` (by `time.monotonic`)."""

    rollups: Rollups
    since: float


def _files(folder: Folder, segments: list[Segment], site: int) -> list[Files]:
    """The files of those segments in which the site has events."""
    place = folder.segments
    found = [(one.file, one.visits) for one in segments]
    return [(str(place / file), str(place / visits.file)) for file, visits in found if visits and site in visits.terms]


def _usable(site: Site, sealed: Sealed) -> bool:
    return usable(SessionRule(), COUNTED, "declared", sealed, site.session_timeout)


def _taken(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchone()
    return _EMPTY + int(row[0] or 0) if row else _EMPTY
