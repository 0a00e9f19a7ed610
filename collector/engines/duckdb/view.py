"""One site's events at one moment, as tables for one question: sealed segments and tail, sessions, persons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from duckdb import DuckDBPyConnection

from collector.engines.duckdb import columns
from collector.engines.duckdb.attaching import attach, counted
from collector.engines.duckdb.connecting import Options, connect
from collector.engines.duckdb.cutting import label_sessions, make_sessions, midnights
from collector.engines.duckdb.loading import load, meant
from collector.engines.duckdb.statements import statement
from collector.engines.duckdb.stitching import Stitched, Stitching, make_persons, stitch
from collector.event import Site
from collector.identity import Rule
from collector.intake.bots import SUSPECTED
from collector.journal import Folder, Snapshot, snapshot
from collector.reports.answer import Data
from collector.reports.parts import Erasure, SessionRule
from collector.reports.questions import Funnel, Question

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
        self._data: Data | None = None
        self.start = asked.range.start or 0
        self.apart: dict[tuple[str, str], int] = {}  # who is not to be taken for one person, since when (ms UTC)
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

    def sessions(self, rule: SessionRule, counted: list[str] | None = None, labelled: bool = True) -> None:
        """Make the tables `cut` and `session`; `counted` are the names of conversions. Labels tell visitor, pages,
        touch and device of each session."""
        timeout = rule.timeout or self.site.session_timeout
        make_sessions(self._connection, rule, timeout, self.zone(rule.tz_offset_min), counted or ["purchase"])
        if labelled:
            label_sessions(self._connection)

    def persons(
        self, rule: Rule = "epoch", erase: Sequence[Erasure] = (), frozen: bool = False, each: bool = True
    ) -> None:
        """Make the table `person`: for devices on which somebody was known, who each event belongs to; with `each`
        false only where the table `known` does not tell it for the whole device."""
        make_persons(self._connection, self.site, self._stitching(rule, erase, frozen), each)

    def stitched(self, rule: Rule, erase: Sequence[Erasure], frozen: bool) -> Stitched:
        """The same as a value, by the reference."""
        return stitch(self._connection, self.site, self._stitching(rule, erase, frozen))

    def zone(self, offset: int | None = None) -> tzinfo:
        """The question's time zone; an offset in minutes goes before it."""
        return ZoneInfo(self.timezone) if offset is None else timezone(timedelta(minutes=offset))

    def nameless(self) -> tuple[int, int]:
        """How many events of the range came without consent, under a hash of the day, and how many others there are:
        (0, 0) where there are none, which is looked up and not counted."""
        if not self.rows("SELECT 1 FROM events WHERE state = 'exempt' LIMIT 1"):
            return 0, 0
        row = self.rows(
            "SELECT count(*) FILTER (state = 'exempt') AS nameless, count(*) AS every FROM events "
            "WHERE t >= $from AND t < $to",
            **self._bound(),
        )[0]
        return row["nameless"], row["every"] - row["nameless"]

    def follow(self) -> None:
        """Leave out whose visitors are known for a day only."""
        self.rows("CREATE OR REPLACE TEMP VIEW asked AS SELECT * FROM wanted WHERE state IS DISTINCT FROM 'exempt'")

    def days(self) -> list[int]:
        """The starts (ms UTC) of the local days that the data touch within the range."""
        data = self.data()
        if data.start is None or data.stop is None:
            return []
        return list(midnights(data.start, data.stop, self.zone()))

    def data(self) -> Data:
        """What the question sees."""
        if self._data is None:
            row = self.ask("data")[0]
            self._data = Data(row["events"], row["start"], row["stop"], row["consented"], self.through_seq)
        return self._data

    def local(self, moment: int) -> str:
        """A moment's local date."""
        return datetime.fromtimestamp(moment / 1000, UTC).astimezone(self.zone()).date().isoformat()

    def _bound(self) -> dict[str, object]:
        return {"from": self.start, "to": self.stop, "now": self.now}

    def _stitching(self, rule: Rule, erase: Sequence[Erasure], frozen: bool) -> Stitching:
        until = min(self.stop, self.now) if frozen else None
        return Stitching(rule, tuple(erase), self.site.session_timeout, until, frozenset(self.apart))


@contextmanager
def view(folder: Folder, options: Options, site_name: str, asked: Question, now: int) -> Iterator[View]:
    """Open the site's events for a question, as they were at one moment of the log."""
    folder.demand()
    with connect(folder, options) as connection:
        with snapshot(folder) as seen:  # closed before the long work, so that the log can be folded meanwhile
            site, through_seq = seen.site(site_name), seen.last_seq()
            apart = {(one, other): at for one, other, at in seen.apart(site.number)}
            _tables(connection, folder, seen, site, asked, now)
        opened = View(connection, site, asked, now, through_seq)
        opened.apart = apart
        yield opened


def _tables(
    connection: DuckDBPyConnection, folder: Folder, seen: Snapshot, site: Site, asked: Question, now: int
) -> None:
    """The views `kept` (the site's events), `everything` (with what grants attach to visits), `wanted` and `asked`
    (what the question is about) and `events` (less what is erased)."""
    segments = seen.segments()
    load(connection, seen.lines(seen.sealed(), site=site.number), {site.number: site}, folder.spill, meant(seen))
    sealed = ""
    if segments:
        files = ", ".join("'" + str(folder.segments / segment.file).replace("'", "''") + "'" for segment in segments)
        sealed = f"SELECT {columns.names()} FROM read_parquet([{files}]) WHERE site = {site.number} UNION ALL "
    connection.execute(f"CREATE TEMP VIEW kept AS {sealed}SELECT {columns.names()} FROM loaded")
    attached = attach(connection, site, now)
    clipped = ""
    if asked.range.end == "all" and not isinstance(asked, Funnel):  # a funnel may ask for two ranges
        clipped = f" AND t >= {asked.range.start or 0} AND t < {asked.range.stop or FOREVER}"
    rule: SessionRule = getattr(asked, "session", SessionRule())
    rule = msgspec.structs.replace(rule, own_hosts=[*rule.own_hosts, *getattr(asked, "own_hosts", [])])
    seen_as = _sourced(
        f"SELECT * FROM everything WHERE t <= {now} AND {_BOTS[asked.bots]}{clipped}{counted(attached)}", rule
    )
    connection.execute(f"CREATE TEMP VIEW wanted AS {seen_as}")
    connection.execute("CREATE TEMP VIEW asked AS SELECT * FROM wanted")
    connection.execute("CREATE TEMP VIEW events AS SELECT * FROM asked")


def _sourced(events: str, rule: SessionRule) -> str:
    """What the question's own rules change of events' sources: further own hosts, and tags on internal links."""
    split = rule.internal_utm == "split"
    if rule.own_hosts:
        hosts = ", ".join("'" + host.lower().replace("'", "''") + "'" for host in rule.own_hosts)
        own = f"coalesce(referrer_host IN ({hosts}), false)" + (" AND tag IS NULL" if split else "")
        fixed = {"touch_source": "'(direct)'", "touch_medium": "'(none)'", "channel": "'Direct'"}
        fixed |= dict.fromkeys(("tag", "touch_campaign", "referrer_host"), "NULL")
        kept = ", ".join(f"CASE WHEN {own} THEN {value} ELSE {name} END AS {name}" for name, value in fixed.items())
        events = f"SELECT * REPLACE ({kept}, internal OR ({own} AND tag IS NOT NULL) AS internal) FROM ({events})"
    if split:
        names = ("source", "medium", "campaign")
        folded = " || chr(31) || ".join(f"coalesce(lower(trim({name})), '')" for name in names)
        touch = "".join(
            f", CASE WHEN internal THEN coalesce(lower(trim({n})), '(not set)') ELSE touch_{n} END AS touch_{n}"
            for n in names[:2]
        )
        events = f"SELECT * REPLACE (CASE WHEN internal THEN {folded} ELSE tag END AS tag{touch}) FROM ({events})"
    return events


def _used(sql: str, values: dict[str, object]) -> dict[str, object]:
    """DuckDB refuses a value that no placeholder asks for."""
    return {name: value for name, value in values.items() if f"${name}" in sql}
