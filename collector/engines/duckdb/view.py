"""One site's events at one moment, as tables for one question: sealed segments and tail, sessions, persons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import chain
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection

from collector.engines.duckdb import columns
from collector.engines.duckdb.connecting import Options
from collector.engines.duckdb.cutting import label_sessions, make_sessions, midnights
from collector.engines.duckdb.matching import Parameters, session_condition
from collector.engines.duckdb.seeing import BOTS, FOREVER, bounds, sourcing
from collector.engines.duckdb.statements import filled_in, statement
from collector.engines.duckdb.stitching import Known, Stitched, Stitching, count_guesses, make_persons, stitch
from collector.engines.duckdb.sums import spells
from collector.engines.duckdb.visits import (
    COUNTED,
    MONEY,
    Merging,
    Part,
    Sealed,
    find_visits,
    merge_visits,
    parts,
    usable,
)
from collector.event import Site
from collector.identity import Rule
from collector.journal import Sums
from collector.reports.answer import Data
from collector.reports.parts import Condition, Erasure, SessionRule
from collector.reports.questions import Question, Table
from collector.reports.statistics import ratio


class Sight(NamedTuple):
    """What a question looks at, in SQL: `everything`, the site's events with what grants attach to visits; `asked`,
    those that it is about. `attached`: grants have attached something."""

    everything: str
    asked: str
    attached: bool


class View:
    """The tables of one question. Values are bound by name; SQL comes from the files beside this room."""

    def __init__(
        self, connection: DuckDBPyConnection, site: Site, asked: Question, now: int, through_seq: int, sealed: Sealed,
        sight: Sight,
    ) -> None:  # fmt: skip
        self._connection, self._sealed, self._sight, self._attached = connection, sealed, sight, sight.attached
        self._seen: set[str] = set()  # of what there is to look at
        self.site, self.asked, self.now, self.through_seq = site, asked, now, through_seq
        self.timezone = asked.tz or site.timezone
        self.options = Options()  # what it may use, where whoever opens it says so
        self._data: Data | None = None
        self._parts = [Part("true", "true")]
        self._whole = not getattr(asked, "erase", ())  # whether the question sees all events of the visits it sees
        self._sums: Sums | None = None  # of all events there are, where the question sees all
        self.again = False  # whether it is another question's already
        self.known = Known(0, 0, tangled=False, open=False)  # who, as `persons` found
        self._made: dict[str, tuple[object, ...]] = {}  # what was made out, and on what terms
        self.start = asked.range.start or 0
        self.apart: dict[tuple[str, str], int] = {}  # who is not to be taken for one person, since when (ms UTC)
        self.stop = asked.range.stop if asked.range.stop is not None else FOREVER

    def know(self, sums: Sums | None) -> None:
        """Take the sums of all events there are, where the question sees all."""
        self._sums = sums if self._whole else None

    def see(self, name: Literal["asked", "everything"]) -> None:
        """Make the view of this name, see `Sight`; most questions need but the view `events`, which is what is asked
        less what is erased."""
        if name not in self._seen:
            self.rows(f"CREATE OR REPLACE TEMP VIEW {name} AS {getattr(self._sight, name)}")
            self._seen.add(name)

    def shared(self) -> bool:
        """Whether another question may go on with it: nobody in it is known for a day only, and left out."""
        return self._whole and not self.nameless()[0]

    def made(self, name: str, *terms: object) -> bool:
        """Whether an earlier question on this view has made this on the same terms; else it is about to be made."""
        there = self.again and self._made.get(name) == terms
        self._made[name] = terms
        return there

    def key(self, visitor: str = "") -> str:
        """64 bits that tell visitors apart, as an expression on an event `e`, or on a visitor's text."""
        if self._attached or not self._sealed.packed:
            return f"hash({visitor or 'e.visitor'})"
        text, packed = (visitor, columns.as_uuid(visitor)) if visitor else ("e.visitor_text", "e.visitor_uuid")
        halved = (
            f"hash({packed}, ({packed}::UHUGEINT & {2**64 - 1})::UBIGINT)"  # its own hash is the XOR of its halves'
        )
        return f"CASE WHEN {packed} IS NULL THEN hash({text}) ELSE {halved} END"

    def rows(self, sql: str, **values: object) -> list[dict[str, Any]]:
        """Run a statement and return its rows as objects."""
        cursor = self._connection.execute(sql, _used(sql, values))
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def arrays(self, sql: str) -> dict[str, Any]:
        """Run a statement and return its columns, none of which has nulls, as arrays."""
        return self._connection.execute(sql).fetchnumpy()

    def chunks(self, sql: str, values: dict[str, object], size: int = 50_000) -> Iterator[list[tuple[Any, ...]]]:
        """Run a statement and return its rows in blocks, as they come."""
        cursor = self._connection.execute(sql, _used(sql, values))
        while block := cursor.fetchmany(size):
            yield block

    def ask(self, file: str, /, **values: object) -> list[dict[str, Any]]:
        """Run a file's statement with the question's range bound."""
        return self.rows(statement(file), **self._bound(), **values)

    def ask_by(self, file: str, texts: dict[str, str], /, **values: object) -> list[dict[str, Any]]:
        """The same, with the grouping columns and the like put in: `texts` are the house's own."""
        return self.rows(filled_in(file, texts), **self._bound(), **values)

    def ask_of(self, part: str, file: str, /, **values: object) -> list[dict[str, Any]]:
        """The same of a part of the events or sessions; `part` is its condition."""
        return self.rows(statement(file).replace("{part}", part), **self._bound(), **values)

    def sessions(self, rule: SessionRule, counted: list[str] | None = None, labelled: bool = True) -> None:
        """Make the table `session`; `counted` are the names of conversions. Labels tell pages, touch and device of each
        session, and with them come the tables `sessioned` (the events, with the number of their session) and `cut`."""
        if self.made("sessions", rule, tuple(counted or COUNTED), labelled):
            return
        chosen = self.asked.session_where if isinstance(self.asked, Table) else ()
        self._cut(rule, counted or COUNTED, labelled or bool(chosen))
        if chosen:
            self._choose(chosen)

    def _cut(self, rule: SessionRule, counted: list[str], labelled: bool) -> None:
        timeout = rule.timeout or self.site.session_timeout
        if self._visited(rule, counted, timeout):
            terms = Merging(timeout, rule.max, rule.engaged, *bounds(self.asked, self.now))
            merge_visits(self._connection, self._sealed, self.site.number, terms, labelled)
            self._parts = parts(self.through_seq)
            return
        make_sessions(self._connection, rule, timeout, self.zone(rule.tz_offset_min), counted)
        self._connection.execute(statement("cut_events"))
        if labelled:
            label_sessions(self._connection)

    def _choose(self, conditions: Sequence[Condition]) -> None:
        """Leave some of the sessions, and the events in them."""
        bound = Parameters()
        told = " AND ".join(session_condition(one, bound, "session_where") for one in conditions)
        viewed = self.rows("SELECT 1 FROM duckdb_views() WHERE view_name = 'session'")
        self.rows(f"CREATE TEMP TABLE chosen AS SELECT * FROM session s WHERE {told}", **bound.values)
        self.rows("CREATE TEMP TABLE within AS SELECT seq FROM sessioned SEMI JOIN chosen USING (number)")
        self._sums = None
        self.see("asked")
        self.rows("DROP VIEW session" if viewed else "DROP TABLE session")
        self.rows("CREATE TEMP VIEW session AS SELECT * FROM chosen")
        self.rows("CREATE OR REPLACE TEMP VIEW events AS SELECT * FROM asked SEMI JOIN within USING (seq)")

    def parts(self) -> list[Part]:
        """The sessions in parts that fit into memory."""
        return self._parts

    def _visited(self, rule: SessionRule, counted: list[str], timeout: int) -> bool:
        """Whether visits make these sessions; if so, the tail has its own."""
        rule = sourcing(self.asked, rule)
        if not self._whole or not usable(rule, counted, self.asked.bots, self._sealed, timeout):
            return False
        if self._sealed.files and not self._sealed.tail:
            return True
        tail = find_visits(self._connection, self._sealed.after, {self.site.number: timeout})
        return usable(rule, counted, self.asked.bots, self._sealed._replace(terms=list(tail.values())), timeout)

    def persons(
        self, rule: Rule = "epoch", erase: Sequence[Erasure] = (), frozen: bool = False, each: bool = True,
        told: bool = False,
    ) -> Stitched | None:  # fmt: skip
        """Make the table `person`: for devices on which somebody was known, who each event belongs to; with `each`
        false only where the table `known` does not tell it for the whole device. What the reference told, if it had
        to; `told`: in any case."""
        if self.made("persons", rule, tuple(erase), frozen, each):
            return None
        if erase:
            self.see("asked")
        how, links = self._stitching(rule, erase, frozen), None
        if self._sums is not None:
            seen = BOTS[self.asked.bots]
            how = how._replace(spells=spells(self._connection, self._sealed, self.site.number, seen))
            links = self._sums.links > 0
        self.known, found = make_persons(self._connection, self.site, how, each, links, told)
        return found

    def guesses(self) -> dict[str, Any]:
        """How many events in the range went to an earlier user by a guess, and their share; behind `persons`."""
        silence = self.site.session_timeout
        told = self._sums is not None and all(one.timeout == silence for one in self._sealed.terms)
        n = count_guesses(self._connection, self.known, silence, self.start, self.stop, told)
        return {"ambiguous": n, "ambiguous_share": ratio(n, self.data().events)}

    def stitched(self, rule: Rule, erase: Sequence[Erasure], frozen: bool) -> Stitched:
        """The same as a value, by the reference."""
        if erase:
            self.see("asked")
        return stitch(self._connection, self.site, self._stitching(rule, erase, frozen))

    def zone(self, offset: int | None = None) -> tzinfo:
        """The question's time zone; an offset in minutes goes before it."""
        return ZoneInfo(self.timezone) if offset is None else timezone(timedelta(minutes=offset))

    def moneys(self) -> list[str] | None:
        """The different amounts that events of the site have, each behind its currency; None where the segments do not
        tell."""
        told = [one.moneys for one in self._sealed.terms]
        if self._sealed.files is None or None in told:
            return None
        tail = f"SELECT DISTINCT {MONEY} AS text FROM loaded WHERE {MONEY} IS NOT NULL"
        fresh = [row["text"] for row in self.rows(tail)] if self._sealed.tail else []
        return sorted({*fresh, *chain.from_iterable(filter(None, told))})

    def nameless(self) -> tuple[int, int]:
        """How many events of the range came without consent, under a hash of the day, and how many others there are:
        (0, 0) where there are none, which is looked up and not counted."""
        some = "SELECT 1 FROM events WHERE state = 'exempt' LIMIT 1"
        if not (self._sums.exempt if self._sums is not None else self.rows(some)):
            return 0, 0
        row = self.rows(
            "SELECT count(*) FILTER (state = 'exempt') AS nameless, count(*) AS every FROM events "
            "WHERE t >= $from AND t < $to",
            **self._bound(),
        )[0]
        return row["nameless"], row["every"] - row["nameless"]

    def joins(self) -> bool:
        """Whether a grant joined any event to its visitor."""
        return bool(self.rows("SELECT 1 FROM events WHERE state = 'joined' LIMIT 1"))

    def unproven(self) -> int:
        """How many events of the range a grant joined to its visitor by the hash of the day, not by their page."""
        if not self._attached:
            return 0
        return int(self.rows(
            "SELECT count(*) AS n FROM events SEMI JOIN (SELECT seq FROM joined WHERE NOT own) USING (seq) "
            "WHERE t >= $from AND t < $to",
            **self._bound(),
        )[0]["n"])  # fmt: skip

    def follow(self) -> None:
        """Leave out whose visitors are known for a day only."""
        self._whole, self._sums = False, None
        known = f"SELECT * FROM ({self._sight.asked}) WHERE state IS DISTINCT FROM 'exempt'"
        self._sight = self._sight._replace(asked=known)
        self._seen.discard("asked")
        self.rows(f"CREATE OR REPLACE TEMP VIEW events AS {known}")

    def days(self) -> list[int]:
        """The starts (ms UTC) of the local days that the data touch within the range."""
        data = self.data()
        if data.start is None or data.stop is None:
            return []
        return list(midnights(data.start, data.stop, self.zone()))

    def data(self) -> Data:
        """What the question sees."""
        if self._data is None:
            self._data = self._summed() or self._told(self.ask("data")[0])
        return self._data

    def _summed(self) -> Data | None:
        """The same without a look at the events, if all that there are lie in the range."""
        sums = self._sums
        if sums is None or sums.first is None or sums.last is None:
            return None
        if sums.first < self.start or sums.last >= self.stop:
            return None
        return Data(sums.events, sums.first, sums.last, sums.consented, self.through_seq)

    def tally(self) -> dict[str, Any]:
        """Make the table `tally`, the figures of events by `unit` of time; returns their sums and the unit (ms)."""
        for unit in (900_000, 1_000):  # today every local day begins with a quarter of an hour; some in history did not
            self.ask("tally", unit=unit)
            sums = self.ask("tallied")[0]
            self._data = self._told(sums)
            if all(day % unit == 0 for day in self.days()):
                break
        return sums | {"unit": unit}

    def _told(self, row: dict[str, Any]) -> Data:
        return Data(row["events"], row["start"], row["stop"], row["consented"], self.through_seq)

    def local(self, moment: int) -> str:
        """A moment's local date."""
        return datetime.fromtimestamp(moment / 1000, UTC).astimezone(self.zone()).date().isoformat()

    def _bound(self) -> dict[str, object]:
        return {"from": self.start, "to": self.stop, "now": self.now}

    def _stitching(self, rule: Rule, erase: Sequence[Erasure], frozen: bool) -> Stitching:
        until = min(self.stop, self.now) if frozen else None
        return Stitching(rule, tuple(erase), self.site.session_timeout, until, frozenset(self.apart))


def _used(sql: str, values: dict[str, object]) -> dict[str, object]:
    """DuckDB refuses a value that no placeholder asks for."""
    asked = set(re.findall(r"\$(\w+)", sql))
    return {name: value for name, value in values.items() if name in asked}
