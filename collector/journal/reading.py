"""The reading side of the log: any process, beside the writer, never in its way.

A `Snapshot` is one read transaction: the segments, the tail behind them and the counters it shows belong together.
Close it soon; while it is open the write-ahead log cannot be folded back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from collector.event import Site
from collector.journal import access, deeds, links, views
from collector.journal.chain import Mark
from collector.journal.folder import Folder
from collector.journal.links import Clicks, Draft, Link
from collector.journal.log import known
from collector.journal.receipts import FORMAT, Answers, Entry, answers, entries
from collector.journal.rows import Key, line
from collector.journal.segment import Segment, published
from collector.journal.sites import UnknownSiteError, site_of


class Stated(NamedTuple):
    """What the names in campaign links mean: the dictionary's text ("": none) and the channels' rule set."""

    number: int = 0
    dictionary: str = ""
    rules: str = "ga4"


class Balance(NamedTuple):
    """One line of the books."""

    day: int
    site: int
    outcome: str
    reason: str
    n: int


class Apart(NamedTuple):
    """A device and a user, or two users, that an operator told apart, and when (ms UTC)."""

    one: str
    other: str
    at: int


class Snapshot:
    """One consistent look at the log."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def sites(self, removed: bool = False) -> list[Site]:
        """Every site that collects, by number; with those that no longer do, if asked."""
        rows = self._connection.execute(
            "SELECT number, name, key, options FROM site WHERE removed <= ? ORDER BY number", (removed,)
        )
        return [site_of(*row) for row in rows]

    def site(self, name: str, removed: bool = True) -> Site:
        """The site of this name, else (if asked) the one that last had it and was removed.

        Raises `UnknownSiteError`.
        """
        row = self._connection.execute(
            "SELECT number, name, key, options FROM site WHERE name = ? AND removed <= ? "
            "ORDER BY removed, number DESC LIMIT 1",
            (name, removed),
        ).fetchone()
        if row is None:
            raise UnknownSiteError(name, [site.name for site in self.sites()])
        return site_of(*row)

    def links(self) -> list[Link]:
        """Every link that was issued, the newest first, removed ones too."""
        return links.links(self._connection)

    def find_link(self, code: str) -> Link | None:
        """The link of this code, removed or not."""
        return links.find(self._connection, code)

    def link(self, code: str) -> Link:
        """The same; raises `UnknownLinkError`."""
        return links.link(self._connection, code)

    def related_links(self, drafts: Sequence[Draft]) -> list[Link]:
        """The links that a draft may be the same as."""
        return links.related(self._connection, drafts)

    def clicks(self, number: int | None = None) -> list[Clicks]:
        """The clicks of one link or of all, by link, UTC day and kind."""
        return list(links.clicks(self._connection, number))

    def apart(self, site: int) -> list[Apart]:
        """Who is not to be taken for one person on a site, by when that was decided."""
        if not self._has("unlink"):
            return []
        rows = self._connection.execute("SELECT one, other, at FROM unlink WHERE site = ? ORDER BY at, 1, 2", (site,))
        return [Apart(*row) for row in rows]

    def funnels(self, site: int) -> dict[str, str]:
        """The site's saved funnels: name → spec as JSON."""
        if not self._has("funnel"):
            return {}
        return dict(self._connection.execute("SELECT name, spec FROM funnel WHERE site = ? ORDER BY name", (site,)))

    def access(self) -> access.Rows:
        """Who may ask."""
        return access.rows(self._connection)

    def deeds(self, most: int = 50) -> list[deeds.Deed]:
        """Who changed that last, newest first."""
        return deeds.deeds(self._connection, most) if self._has("deed") else []

    def views(self, site: int) -> list[views.View]:
        """The site's saved views, everybody's."""
        return views.views(self._connection, site) if self._has("view") else []

    def meaning(self) -> Stated:
        """What events are enriched under."""
        if not self._has("meaning"):
            return Stated()
        sql = "SELECT number, dictionary, rules FROM meaning ORDER BY number DESC LIMIT 1"
        row = self._connection.execute(sql).fetchone()
        return Stated(*row) if row else Stated()

    def meant_since(self) -> int | None:
        """Since when (ms UTC) that is so; None if it always was."""
        if not self._has("meaning"):
            return None
        row = self._connection.execute("SELECT since FROM meaning ORDER BY number DESC LIMIT 1").fetchone()
        return int(row[0]) if row else None

    def _has(self, table: str) -> bool:
        """Whether the log, which may be of an earlier format, has a table."""
        sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return self._connection.execute(sql, (table,)).fetchone() is not None

    def last_seq(self) -> int:
        """The newest event."""
        return int(self._connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0])

    def segments(self) -> list[Segment]:
        """The published segments in order."""
        return published(self._connection, visited=self._has("visits"))

    def sealed(self) -> int:
        """The last event that a segment holds."""
        return int(self._connection.execute("SELECT coalesce(max(last_seq), 0) FROM segment").fetchone()[0])

    def counters(self) -> list[Balance]:
        """What became of everything that arrived."""
        rows = self._connection.execute("SELECT day, site, outcome, reason, n FROM counter ORDER BY 1, 2, 3, 4")
        return [Balance(*row) for row in rows]

    def receipts(self, site: int | None = None, subject: str | None = None) -> Iterator[Entry]:
        """The consent log in its order: all of it, a site's, or one visitor's."""
        return entries(self._connection, site, subject) if self._proven() else iter(())

    def answers(self, site: int, start: int, stop: int) -> list[Answers]:
        """A site's receipts of a time (ms UTC), counted."""
        return answers(self._connection, site, start, stop) if self._proven() else []

    def receipt_batches(self) -> Iterator[Mark]:
        """Every round of the consent log: its last receipt and its checksum."""
        if self._proven():
            for row in self._connection.execute("SELECT last, sum FROM receipt_batch ORDER BY last"):
                yield Mark(*row)

    def _proven(self) -> bool:
        """Whether the log has a consent log: one of an earlier version, not opened since for writing, has none."""
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0]) >= FORMAT

    def event(self, site: int, stored: Key) -> tuple[int, bytes] | None:
        """One event by its id: its seq and its body."""
        sql = "SELECT seq, body FROM event WHERE site = ? AND id = ?"
        row = self._connection.execute(sql, (site, stored)).fetchone()
        return (int(row[0]), row[1]) if row else None

    def batches(self) -> Iterator[tuple[int, int, bytes]]:
        """Every batch of the log in order: its last seq, its number of events, its checksum."""
        yield from self._connection.execute("SELECT last_seq, events, sum FROM batch ORDER BY last_seq")

    def stored(self) -> int:
        """How many events the log holds, counted."""
        return int(self._connection.execute("SELECT count(*) FROM event").fetchone()[0])

    def duplicates(self) -> int:
        """How many ids are there twice, counted in the table and not in its index."""
        sql = "SELECT count(*) FROM (SELECT 1 FROM event NOT INDEXED GROUP BY site, id HAVING count(*) > 1)"
        return int(self._connection.execute(sql).fetchone()[0])

    def damage(self) -> list[str]:
        """What SQLite itself finds wrong with its pages and indexes, at most five sentences."""
        try:
            rows = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check(5)")]
        except sqlite3.DatabaseError as error:
            return [str(error)]
        return [] if rows == ["ok"] else rows

    def rows(
        self, after: int, until: int | None = None, site: int | None = None
    ) -> Iterator[tuple[int, int, Key, bytes]]:
        """Rows of the log (seq, site, id, body) with `after` < seq ≤ `until`."""
        found = self._connection.execute(
            "SELECT seq, site, id, body FROM event WHERE seq > ? AND seq <= ? AND (? IS NULL OR site = ?) ORDER BY seq",
            (after, until if until is not None else 2**62, site, site),
        )
        for row in found:  # noqa: UP028  who stops half-way may close the log first, and `yield from` the cursor then
            yield row

    def lines(self, after: int, until: int | None = None, site: int | None = None) -> Iterator[bytes]:
        """The same rows, each as one JSON object for the engine."""
        for seq, number, stored, body in self.rows(after, until, site):
            yield line(number, stored, body, seq)


@contextmanager
def snapshot(folder: Folder) -> Iterator[Snapshot]:
    """Open the log for reading; raises `FolderMissingError` if there is none. Use it in one thread.

    Raises `LogDamagedError` for a log of a later format: what it would say of it could be wrong.
    """
    folder.demand()
    connection = sqlite3.connect(f"{folder.log.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5)
    try:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("BEGIN")
        known(connection.execute("PRAGMA user_version").fetchone()[0])
        yield Snapshot(connection)
    finally:
        connection.close()
