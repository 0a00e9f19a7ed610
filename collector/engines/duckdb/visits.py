"""Sessions from visits: what was cut when a segment was sealed, and merged when a question is asked.

A *visit* is a session of its segment alone, by the site's timeout and the campaign rule: one row beside the segment's
events, with the place of each event's visit in the event (`visit`). The tail's are found when it is read. Why what is
made of them is what cutting all events gives:

- Two events of a visitor that follow one another by less than the timeout are in one *island*, whatever segments they
  lie in, and nothing that cuts looks beyond an island. An island whose events all lie in one segment was cut there.
- An island of several segments whose visits do not even touch in time is its visits in a row. All campaigns of a visit
  are the one it begins with, or it has none; so a visit goes on with the session before it, unless it begins with a
  campaign that is not the island's last. That is the rule for events, and nothing inside a visit can cut. A visit of
  passive events alone lengthens the one before it, or is none.
- Any other island is cut again from its events: visits of different segments that overlap or touch (the order of equal
  times lies in the events), an island as long as the longest session or longer, one that the question sees in part.
- To find them, near visits are looked for in slots of time; that finds too many, never too few.

Visitors are told apart by 64 bits of MD5: among ten million of them two are taken for one with a probability of 3e-6.
Visits are used where a question cuts as they were cut; `usable` says when. All other questions cut all events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from collector.engines.duckdb import columns
from collector.engines.duckdb.attaching import CARRIER
from collector.engines.duckdb.cutting import label_sessions, make_sessions
from collector.engines.duckdb.statements import statement
from collector.event import Site
from collector.identity import ALIAS, MERGE, SPECIAL
from collector.intake.bots import SUSPECTED
from collector.journal import Sums, Terms
from collector.reports.parts import SessionRule

DECLARED = f"(bot IS NULL OR bot IN {SUSPECTED})"  # all but declared bots
SUMS = (
    "count(*) FILTER ({part}), min(t) FILTER ({part}), max(t) FILTER ({part}), "
    "count(*) FILTER ({part} AND state = 'granted'), count(*) FILTER ({part} AND state = 'exempt'), "
    f"count(*) FILTER ({{part}} AND name IN ('{ALIAS}', '{MERGE}'))"
)  # the fields of `Sums` of a part of the events
MONEY = "currency || ' ' || amount"
_MANY = 100  # amounts that a segment tells of
_PART = 1_000_000  # events of the log that a part spans
COUNTED = ["purchase"]  # the conversions that visits count
_USUAL = SessionRule()
NAMES = (
    "device", "browser", "country", "entry", "exit", "source", "medium", "campaign", "channel", "referrer", "click_id",
    "tag", "utm", "utm_medium", "utm_campaign",
)  # fmt: skip
_FIGURES = (
    "visit", "into_island", "long", "site", "segment", "begun", "lead", "lasts", "events", "pageviews", "purchases",
    "consented", "first_seq", "visitor_key",
)  # fmt: skip
_UNNAMED = Site(0, "", b"", ()).session_timeout


class Sealed(NamedTuple):
    """What is there of one site: the files of visits (None: there is a segment without), the terms they were cut on,
    the last sealed event, the files of events, whether the visits are those of the site alone, whether visitors are
    stored as UUIDs wherever they are such, and whether there is a tail, which is in the table `loaded`."""

    files: list[str] | None
    terms: list[Terms]
    after: int
    events: list[str]
    alone: bool = False
    packed: bool = False
    tail: bool = True


class Merging(NamedTuple):
    """What a question wants of sessions, in ms. It sees the times `start` ≤ t < `stop` (UTC)."""

    timeout: int
    longest: int
    engaged: int
    start: int
    stop: int


class Part(NamedTuple):
    """A part of all sessions that can be read by itself, as conditions on `sessioned` (as e) and on `session` (as s).
    All events of a session are in one part."""

    events: str
    sessions: str


def usable(rule: SessionRule, counted: list[str], bots: str, sealed: Sealed, timeout: int) -> bool:
    """Whether a question's sessions are those that visits make. What the rule says of engagement is asked later."""
    keys = counted if rule.key_events is None else rule.key_events
    same = (rule.boundary, rule.split_on_utm, rule.split_at_midnight, rule.own_hosts) == ("gte", True, False, [])
    same = same and (rule.internal_utm, rule.lateness, rule.prev_salt) == ("ignore", "full", False)
    return (
        same
        and (rule.passive, rule.max) == (_USUAL.passive, _USUAL.max)
        and counted == keys == COUNTED
        and sealed.files is not None
        and all(_fits(terms, timeout, bots) for terms in sealed.terms)
    )


def _fits(terms: Terms, timeout: int, bots: str) -> bool:
    return terms.timeout == timeout and found(terms, bots)


def found(terms: Terms, bots: str) -> bool:
    """Whether a question about `bots` sees the events that are in visits, and no others."""
    seen = {"declared": True, "exclude": not terms.suspected, "include": not terms.declared}
    return seen.get(bots, False) and not terms.carriers


def find_visits(connection: DuckDBPyConnection, after: int, timeouts: Mapping[int, int]) -> dict[int, Terms]:
    """Give the table `loaded` its visits, and make the table `fresh_visit` of them; returns each site's terms.

    `after` is the last event before those loaded; a site without a timeout has the usual one.
    """
    counts = connection.execute(
        f"SELECT site, list_sort(list(DISTINCT {MONEY}) FILTER ({MONEY} IS NOT NULL)), "
        f"count(*) FILTER (bot IS NOT NULL AND {DECLARED}), count(*) FILTER (NOT {DECLARED}), "
        f"count(*) FILTER (WHERE {CARRIER}), {SUMS.replace('{part}', DECLARED)} FROM loaded GROUP BY site ORDER BY site"
    ).fetchall()
    terms = {
        site: Terms(
            timeouts.get(site, _UNNAMED), suspected, declared, carriers, Sums(*sums), columns.FORM, _few(moneys or [])
        )
        for site, moneys, suspected, declared, carriers, *sums in counts
    }
    cases = "".join(f" WHEN {site} THEN {one.timeout}" for site, one in terms.items())
    sql = statement("visited").replace("{timeout}", f"CASE site{cases or ' WHEN 0 THEN 0'} END")
    passive = "(" + ", ".join(f"'{name}'" for name in _USUAL.passive) + ")"
    sql = sql.replace("{bots}", DECLARED).replace("{passive}", passive)
    connection.execute(sql, {"after": after})
    connection.execute("UPDATE loaded SET visit = v.visit FROM visited v WHERE v.seq = loaded.seq")
    sql = statement("visits").replace("{passive}", passive).replace("{longest}", str(_USUAL.max))
    sql = sql.replace("{signs}", "(" + ", ".join(f"'{name}'" for name in SPECIAL) + ")")
    connection.execute(sql, {"after": after})
    return terms


def _few(moneys: list[str]) -> list[str] | None:
    return moneys if len(moneys) <= _MANY else None


def merge_visits(connection: DuckDBPyConnection, sealed: Sealed, site: int, terms: Merging, named: bool) -> None:
    """Make the view `session` of the view `visit`; `named` sessions tell pages, touch and device, and have the views
    `sessioned` (events with the number of their session) and `cut`, of the view `events`."""
    files = [parquet(sealed.files)] if sealed.files else []
    sources = files + (["fresh_visit"] if sealed.tail or not files else [])
    see_visits(connection, every(sources), site, terms)
    merge(connection, terms, named)
    if named:
        connection.execute(statement("sessioned"))


def merge(connection: DuckDBPyConnection, terms: Merging, named: bool) -> None:
    """Make the view `session` of the view `visit`, and beside it `moved`, `merging` and `recut`: what visits and events
    became where they are not as they were sealed."""
    for file in ("near", "merging", "moved", "remade", *(["renamed"] if named else [])):
        connection.execute(_filled(file, terms))
    connection.execute("CREATE OR REPLACE TEMP TABLE recut (seq BIGINT, number BIGINT)")
    if connection.execute("SELECT 1 FROM merging WHERE again LIMIT 1").fetchone():
        _cut_again(connection, terms, named)
    connection.execute(_filled("merged", terms))


def parts(until: int) -> list[Part]:
    """The sessions up to the last event `until`: visits as they were sealed by the range of their numbers, which lie
    together in few files, and all that were made anew."""
    anew = "e.visit IN (SELECT visit FROM merging)"
    ranges = [(after, min(after + _PART, until)) for after in range(0, until, _PART)]
    whole = "{0} > {1} AND {0} <= {2}"
    return [
        Part(whole.format("e.visit", *one) + f" AND NOT {anew}", whole.format("s.number", *one)) for one in ranges
    ] + [Part(anew, "s.number IN (SELECT number FROM remade)")]


def parquet(files: Iterable[str]) -> str:
    """These files as one table."""
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    return f"read_parquet([{listed}])"


def every(sources: Iterable[str]) -> str:
    """The visits of several tables; those of an earlier release have no other columns in common."""
    names = ", ".join(f'"{name}"' for name in (*_FIGURES, *NAMES))
    return "(" + " UNION ALL ".join(f"SELECT {names} FROM {source}" for source in sources) + ")"


def see_visits(connection: DuckDBPyConnection, source: str, site: int, terms: Merging) -> None:
    """The view `visit`: those of a table that the question sees, in whole or in part."""
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW visit AS SELECT *, begun + lead AS start, begun + lasts AS stop FROM {source} "
        f"WHERE site = {site} AND begun < {terms.stop} AND begun + lasts >= {terms.start}"
    )


def _cut_again(connection: DuckDBPyConnection, terms: Merging, named: bool) -> None:
    """Cut the events of the islands that must be, and put them with the others."""
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW doubtful AS SELECT * FROM events SEMI JOIN "
        "(SELECT visit FROM merging WHERE again) USING (visit)"
    )
    connection.execute("DROP VIEW IF EXISTS session")  # of a moment before: sessions are cut into a table of that name
    make_sessions(connection, _USUAL, terms.timeout, UTC, COUNTED, "doubtful")
    if named:
        label_sessions(connection, "doubtful")
    names = "".join(f", s.{name}" for name in NAMES) if named else ""
    connection.execute(statement("recut").replace("{names}", names))
    connection.execute(
        "INSERT INTO recut SELECT c.seq, -s.first_seq FROM cut c "
        "JOIN session s ON (s.stream, s.part) = (c.stream, c.part)"
    )
    connection.execute("DROP TABLE cut; DROP TABLE session; DROP VIEW doubtful")


def _filled(file: str, terms: Merging) -> str:
    """A statement with the numbers put in: a view cannot have parameters."""
    text = statement(file)
    for name, value in terms._asdict().items():
        text = text.replace("{" + name + "}", str(value))
    return text
