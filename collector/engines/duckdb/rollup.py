"""What a server keeps in memory of one site's sealed events, so that pages are answered without reading files: every
visit's events by quarter of an hour, its views by page, all sessions with their labels. About 13 bytes an event.

A segment never changes: its part is made once and holds until the file is replaced. Sessions are made of the visits of
all segments; those of visitors that came since (in a new segment, in the tail) are made anew for each moment, of these
visitors' visits alone: a session never has two visitors. So the answers are those of the files, as of the last event.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import duckdb
from duckdb import DuckDBPyConnection

from collector.engines.duckdb.matching import OF_SESSION
from collector.engines.duckdb.seeing import FOREVER
from collector.engines.duckdb.statements import filled_in, statement
from collector.engines.duckdb.visits import DECLARED, Merging, every, merge, parquet, parts, see_visits
from collector.event import Site
from collector.reports.parts import SessionRule

SLOT: Final = 900_000  # ms; whoever asks for other bounds is answered from the files
_ROWS: Final = 1_000_000  # events between two compressions: 20 MB at most wait for one
_BEHIND: Final = 8  # segments
_COUNTED: Final = ("deed", "sale", "viewed")
_TAIL: Final = (*_COUNTED, *(f"cut_{name}" for name in _COUNTED), "owner", "basis", "flagged", "moved", "session")
_KEPT: Final = (
    "number", "who", "start", "duration", "events", "pageviews", "conversions", "consented", "bounced", "engaged",
    *OF_SESSION.values(),
)  # fmt: skip
Files = tuple[str, str]  # of a segment: its events, its visits


class Rollup:
    """One site's sealed segments, in a database that `connection` has attached as `rollup`."""

    def __init__(self, connection: DuckDBPyConnection, site: Site) -> None:
        self.site, self.timeout = site.number, site.session_timeout
        self.files: list[Files] = []  # whose events are here, in the order they came
        self.made: list[Files] = []  # whose visits the sessions are of
        self.newest = -1  # the time of the last event (ms UTC)
        connection.execute("ATTACH ':memory:' AS rollup (COMPRESS true)")
        connection.execute(statement("rollup"))
        empty = ", ".join(f"NULL::{_kind(name)} AS {name}" for name in _KEPT)
        connection.execute(f"CREATE TABLE rollup.session AS SELECT {empty} LIMIT 0")

    def fill(self, connection: DuckDBPyConnection, files: Iterable[Files], until: float) -> bool:
        """Roll up the events of these segments, of those that are not there, until then (`time.monotonic`);
        returns whether all are. Each is there whole or not at all, whenever the work is stopped."""
        self._look(connection)
        known, waiting = set(self.files), 0
        for pair in files:
            if pair in known:
                continue
            if time.monotonic() > until:
                return False
            waiting += self._put(connection, pair)
            if waiting > _ROWS:
                connection.execute("CHECKPOINT rollup")
                waiting = 0
        self._look(connection)
        return True

    def _put(self, connection: DuckDBPyConnection, pair: Files) -> int:
        """Put one segment there; returns its events."""
        events = f"(SELECT * FROM {parquet(pair[:1])} WHERE site = {self.site})"
        visits = f"(SELECT * FROM {parquet(pair[1:])} WHERE site = {self.site})"
        connection.execute("BEGIN")
        try:
            _count(connection, "rollup.", events, visits)
            connection.execute("INSERT INTO rollup.segment SELECT count(*), $1, $2 FROM rollup.segment", pair)
            connection.execute("COMMIT")
        except BaseException:
            with suppress(duckdb.Error):  # it may have ended with the error
                connection.execute("ROLLBACK")
            raise
        return _one(connection.execute(f"SELECT count(*) FROM {events}"))

    def _look(self, connection: DuckDBPyConnection) -> None:
        listed = connection.execute("SELECT events, visits FROM rollup.segment ORDER BY place").fetchall()
        self.files = [(events, visits) for events, visits in listed]
        self.newest = _one(connection.execute('SELECT coalesce(max("last"), -1) FROM rollup.deed'))

    def make(self, connection: DuckDBPyConnection, until: int) -> None:
        """Make the sessions of all visits that are here, up to the last sealed event `until`."""
        self.made = []
        for name in ("session", "moved", *(f"cut_{name}" for name in _COUNTED)):
            connection.execute(f"TRUNCATE rollup.{name}")
        source = every([parquet(visits for _, visits in self.files)])
        see_visits(connection, source, self.site, self._terms())
        merge(connection, self._terms(), named=True)
        for part in [*(f"{one.sessions} AND s.number > 0" for one in parts(until)[:-1]), "s.number < 0"]:
            connection.execute(f"INSERT INTO rollup.session SELECT {', '.join(_KEPT)} FROM session s WHERE {part}")
            connection.execute("CHECKPOINT rollup")
        _keep_cuts(connection, "rollup.")
        self.made = list(self.files)

    def follow(self, connection: DuckDBPyConnection) -> int:
        """Make everything as of the tail, which is in `loaded` and `fresh_visit`; returns the newest event's time."""
        for name in _TAIL:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE tail_{name} AS FROM rollup.{name} LIMIT 0")
        _count(connection, "tail_", "loaded", "fresh_visit")
        made = set(self.made)
        since = [visits for pair in self.files if pair not in made for visits in pair[1:]]
        sources = [*([parquet(since)] if since else []), "fresh_visit"]
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT visitor_key AS who "
            f"FROM {every(sources)} WHERE site = {self.site}"
        )
        some = connection.execute("SELECT 1 FROM touched LIMIT 1").fetchone() is not None
        if some:
            self._follow(connection)
        texts = {"untouched": "ANTI JOIN touched USING (who)", "fresh": "ANTI JOIN stale USING (visit)"}
        connection.execute(filled_in("rollup_views", texts if some else dict.fromkeys(texts, "")))
        return max(self.newest, _one(connection.execute('SELECT coalesce(max("last"), -1) FROM tail_deed')))

    def _follow(self, connection: DuckDBPyConnection) -> None:
        """The sessions of the visitors that the tail knows, or a segment that came after the others."""
        files = [visits for _, visits in self.files]
        sealed = f"{parquet(files)} SEMI JOIN touched ON visitor_key = who" if files else ""
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE some_visit AS FROM {every(filter(None, [sealed, 'fresh_visit']))}"
        )
        see_visits(connection, "some_visit", self.site, self._terms())
        merge(connection, self._terms(), named=True)
        connection.execute(f"INSERT INTO tail_session SELECT {', '.join(_KEPT)} FROM session")
        _keep_cuts(connection, "tail_")

    def behind(self) -> bool:
        """Whether the sessions here lack so many segments that they should be made anew."""
        return bool(self.files) and (not self.made or len(self.files) - len(self.made) > _BEHIND)

    def _terms(self) -> Merging:
        usual = SessionRule()
        return Merging(self.timeout, usual.max, usual.engaged, 0, FOREVER)


def _count(connection: DuckDBPyConnection, to: str, events: str, visits: str) -> None:
    texts = {"to": to, "events": events, "visits": visits, "counted": DECLARED, "number": ""}
    for file in ("rollup_paths", "rollup_events", "rollup_books"):
        connection.execute(filled_in(file, texts))


def _keep_cuts(connection: DuckDBPyConnection, to: str) -> None:
    """Keep what visits became that are not as they were sealed."""
    connection.execute(f"INSERT INTO {to}moved SELECT visit, number FROM moved")
    if connection.execute("SELECT 1 FROM recut LIMIT 1").fetchone():
        events = "(SELECT e.*, r.number FROM events e JOIN recut r USING (seq))"
        texts = {"to": f"{to}cut_", "events": events, "counted": DECLARED, "number": "number, "}
        connection.execute(filled_in("rollup_events", texts))


def _one(found: DuckDBPyConnection) -> int:
    row = found.fetchone()
    assert row is not None
    return int(row[0])


def _kind(name: str) -> str:
    if name in OF_SESSION.values():
        return "VARCHAR"
    kinds = {"bounced": "BOOLEAN", "engaged": "BOOLEAN", "who": "UBIGINT"}
    return kinds.get(name, "BIGINT")
