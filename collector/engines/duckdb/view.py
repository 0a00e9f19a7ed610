"""One site's events at one moment, as tables for one question: sealed segments and tail, sessions, persons."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection

from collector.engines.duckdb import columns
from collector.engines.duckdb.connecting import Options, connect
from collector.engines.duckdb.loading import load
from collector.event import Site
from collector.intake.bots import SUSPECTED
from collector.journal import Folder, Snapshot, snapshot
from collector.reports.answer import Data
from collector.reports.spec import Question, SessionRule
from collector.sessions import Beat, cut

_BOTS = {
    "declared": f"(bot IS NULL OR bot IN {SUSPECTED})",
    "exclude": "bot IS NULL",
    "include": "true",
    "only": "bot IS NOT NULL",
}
FOREVER = 2**53


class View:
    """The tables of one question. Values are bound by name; SQL comes from the files beside this room."""

    def __init__(self, connection: DuckDBPyConnection, site: Site, asked: Question, now: int, through_seq: int) -> None:
        self._connection = connection
        self.site, self.asked, self.now, self.through_seq = site, asked, now, through_seq
        self.timezone = asked.tz or site.timezone
        self.start = asked.range.start or 0
        self.stop = asked.range.stop if asked.range.stop is not None else FOREVER

    def rows(self, sql: str, **values: object) -> list[dict[str, Any]]:
        """Run a statement and return its rows as objects."""
        cursor = self._connection.execute(sql, _used(sql, values))
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def chunks(self, sql: str, values: dict[str, object], size: int = 50_000) -> Iterator[list[tuple[Any, ...]]]:
        """Run a statement and return its rows in blocks, as they come."""
        cursor = self._connection.execute(sql, _used(sql, values))
        while block := cursor.fetchmany(size):
            yield block

    def ask(self, file: str, /, **values: object) -> list[dict[str, Any]]:
        """Run a file's statement with the question's range bound."""
        return self.rows(statement(file), **self._bound(), **values)

    def ask_by(self, file: str, keys: str, /, **values: object) -> list[dict[str, Any]]:
        """The same, with the grouping columns put in; `keys` is the house's own text."""
        return self.rows(statement(file).replace("{keys}", keys), **self._bound(), **values)

    def sessions(self, rule: SessionRule, keys: list[str] | None = None) -> None:
        """Make the tables `cut` and `session`."""
        timeout = rule.timeout or self.site.session_timeout
        self._connection.execute(statement("cut"), {"timeout": timeout, "split": rule.split_on_utm})
        self._shorten(rule, timeout)
        sql = statement("session")
        self._connection.execute(sql, {"passive": rule.passive, "keys": keys or ["purchase"], "engaged": rule.engaged})

    def persons(self) -> None:
        """Make the table `person`: for devices on which somebody was known, who each event belongs to."""
        self._connection.execute(statement("person"))

    def days(self) -> list[int]:
        """The starts (ms UTC) of the local days that the data touch within the range."""
        data = self.data()
        if data.start is None or data.stop is None:
            return []
        zone = ZoneInfo(self.timezone)
        day = datetime.fromtimestamp(data.start / 1000, zone).date()
        last = datetime.fromtimestamp(data.stop / 1000, zone).date()
        days = []
        while day <= last:
            days.append(round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000))
            day += timedelta(days=1)
        return days

    def data(self) -> Data:
        """What the question sees."""
        row = self.ask("data")[0]
        return Data(row["events"], row["start"], row["stop"], row["consented"], self.through_seq)

    def local(self, moment: int) -> str:
        """A moment's local date."""
        return datetime.fromtimestamp(moment / 1000, UTC).astimezone(ZoneInfo(self.timezone)).date().isoformat()

    def _bound(self) -> dict[str, object]:
        return {"from": self.start, "to": self.stop, "now": self.now}

    def _shorten(self, rule: SessionRule, timeout: int) -> None:
        """Cut islands that reach the maximum length again, event by event."""
        long = self.rows(
            "SELECT seq, visitor, island, t, tag FROM cut SEMI JOIN (SELECT visitor, island FROM cut GROUP BY ALL "
            "HAVING max(t) - min(t) >= $max) USING (visitor, island) ORDER BY visitor, island, t, page_seq, id",
            max=rule.max,
        )
        if not long:
            return
        parts: dict[int, int] = {}
        islands: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for row in long:
            islands.setdefault((row["visitor"], row["island"]), []).append(row)
        for rows in islands.values():
            numbers = cut((Beat(row["t"], row["tag"]) for row in rows), timeout, rule.max, rule.split_on_utm)
            parts.update(zip((row["seq"] for row in rows), numbers, strict=True))
        self._connection.execute(
            "UPDATE cut SET part = again.part FROM "
            "(SELECT unnest($seqs::BIGINT[]) AS seq, unnest($parts::BIGINT[]) AS part) again WHERE cut.seq = again.seq",
            {"seqs": list(parts), "parts": list(parts.values())},
        )


def statement(name: str) -> str:
    """The SQL file of this name."""
    return resources.files("collector.engines.duckdb").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


@contextmanager
def view(folder: Folder, options: Options, site_name: str, asked: Question, now: int) -> Iterator[View]:
    """Open the site's events for a question, as they were at one moment of the log."""
    with connect(folder, options) as connection:
        with snapshot(folder) as seen:  # closed before the long work, so that the log can be folded meanwhile
            site, through_seq = seen.site(site_name), seen.last_seq()
            _tables(connection, folder, seen, site, asked, now)
        yield View(connection, site, asked, now, through_seq)


def _tables(
    connection: DuckDBPyConnection, folder: Folder, seen: Snapshot, site: Site, asked: Question, now: int
) -> None:
    """The views `everything` (the site's) and `events` (without what the question leaves out)."""
    segments = seen.segments()
    load(connection, seen.lines(seen.sealed(), site=site.number), {site.number: site}, folder.spill)
    sealed = ""
    if segments:
        files = ", ".join("'" + str(folder.segments / segment.file).replace("'", "''") + "'" for segment in segments)
        sealed = f"SELECT {columns.names()} FROM read_parquet([{files}]) WHERE site = {site.number} UNION ALL "
    connection.execute(f"CREATE TEMP VIEW everything AS {sealed}SELECT {columns.names()} FROM loaded")
    clipped = ""
    if asked.range.end == "all":
        clipped = f" AND t >= {asked.range.start or 0} AND t < {asked.range.stop or FOREVER}"
    connection.execute(
        f"CREATE TEMP VIEW events AS SELECT * FROM everything WHERE t <= {now} AND {_BOTS[asked.bots]}{clipped}"
    )


def _used(sql: str, values: dict[str, object]) -> dict[str, object]:
    """DuckDB refuses a value that no placeholder asks for."""
    return {name: value for name, value in values.items() if f"${name}" in sql}
