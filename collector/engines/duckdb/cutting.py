"""The tables `cut` (each event's session) and `session`, by the rules of `collector.sessions`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from itertools import groupby
from typing import Any

import duckdb

from collector.engines.duckdb.statements import statement
from collector.reports.parts import SessionRule
from collector.sessions import Beat, Rule, cut, online, rekeyed


def make_sessions(
    connection: duckdb.DuckDBPyConnection,
    rule: SessionRule,
    timeout: int,
    zone: tzinfo,
    counted: list[str],
    events: str = "events",
) -> None:
    """Make both tables from the view `events`. `timeout` in ms; days are those of `zone`; `counted` are the names of
    conversions, which make a session engaged unless the rule names its own key events."""
    least = timeout + (rule.boundary == "gt")
    keys = counted if rule.key_events is None else rule.key_events
    bound = {"timeout": least, "split": rule.split_on_utm, "passive": rule.passive, "counted": counted, "keys": keys}
    connection.execute(statement("cut").replace("{beats}", _beats(connection, rule, least, zone, events)), bound)
    kernel = Rule(least, rule.max, rule.split_on_utm)
    if rule.lateness == "online":
        _cut_again(connection, f"SELECT * FROM cut ORDER BY stream, {_arrival(connection)}", kernel, online)
    else:
        long = f"SELECT stream, island FROM cut GROUP BY ALL HAVING max(t) - min(t) >= {rule.max}"
        sql = f"SELECT cut.* FROM cut SEMI JOIN ({long}) USING (stream, island) ORDER BY stream, place"
        _cut_again(connection, sql, kernel, cut)
    connection.execute(statement("session"), {"engaged": rule.engaged})


def label_sessions(connection: duckdb.DuckDBPyConnection, events: str = "events") -> None:
    """Add to the table `session` who, from where and on what; the figures alone cost half as much without."""
    connection.execute(statement("labels").replace("{events}", events))


def _beats(connection: duckdb.DuckDBPyConnection, rule: SessionRule, timeout: int, zone: tzinfo, events: str) -> str:
    """The events as sessions see them; `day` is constant unless midnight cuts."""
    stream, joins, day = "e.visitor", "", "0"
    if rule.prev_salt:
        _rekey(connection, timeout)
        stream, joins = "coalesce(r.stream, e.visitor)", " LEFT JOIN rekeyed r ON r.visitor = e.visitor"
    if rule.split_at_midnight:
        _days(connection, zone)
        day, joins = "d.day", joins + " ASOF JOIN midnight d ON e.t >= d.day"
    named = "e.name IN (SELECT unnest(${}::VARCHAR[]))"
    return (
        f"SELECT e.seq, {stream} AS stream, e.t, e.page_seq, e.tag, {day} AS day, "
        "e.uuid, CASE WHEN e.uuid IS NULL THEN e.id END AS id, "
        f"NOT {named.format('passive')} AS active, e.name = 'page_view' AS viewed, "
        f"{named.format('counted')} AS counted, {named.format('keys')} AS keyed, "
        f"coalesce(e.state = 'granted', false) AS consented FROM {events} e{joins}"
    )


def _arrival(connection: duckdb.DuckDBPyConnection) -> str:
    connection.execute("ALTER TABLE cut ADD COLUMN received BIGINT")
    connection.execute("UPDATE cut SET received = e.received FROM events e WHERE e.seq = cut.seq")
    return "received, seq"


def _cut_again(connection: duckdb.DuckDBPyConnection, sql: str, rule: Rule, cutter: Any) -> None:
    """Give the events of a statement new parts, one island (or, on arrival, one visitor) at a time."""
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if not rows:
        return
    whole = cutter is online
    seqs: list[int] = []
    parts: list[int | None] = []
    for _, group in groupby(rows, key=lambda row: (row["stream"], None if whole else row["island"])):
        listed = list(group)
        seqs += [row["seq"] for row in listed]
        numbers = cutter((Beat(row["t"], row["tag"], row["active"], row["day"]) for row in listed), rule)
        first = {number: row["place"] for number, row in reversed(list(zip(numbers, listed, strict=True)))}
        parts += [None if number is None else first[number] for number in numbers]
    connection.execute(
        f"UPDATE cut SET part = again.part{', island = 0' if whole else ''} FROM "
        "(SELECT unnest($seqs::BIGINT[]) AS seq, unnest($parts::BIGINT[]) AS part) again WHERE cut.seq = again.seq",
        {"seqs": seqs, "parts": parts},
    )


def _days(connection: duckdb.DuckDBPyConnection, zone: tzinfo) -> None:
    """The table `midnight`: the start (ms UTC) of every local day that has events."""
    first, last = connection.execute("SELECT min(t), max(t) FROM events").fetchone() or (None, None)
    starts = list(midnights(first, last, zone)) if first is not None else []
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE midnight AS SELECT unnest($days::BIGINT[]) AS day", {"days": starts}
    )


def midnights(first: int, last: int, zone: tzinfo) -> Iterable[int]:
    """The starts (ms UTC) of the local days from that of `first` to that of `last`."""
    day = datetime.fromtimestamp(first / 1000, zone).date()
    until = datetime.fromtimestamp(last / 1000, zone).date()
    while day <= until:
        yield round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
        day += timedelta(days=1)


def _rekey(connection: duckdb.DuckDBPyConnection, timeout: int) -> None:
    """The table `rekeyed`: visitors whose hash changed within a session, by the property `$prev` of their events."""
    named = connection.execute(
        "SELECT visitor, json_extract_string(props, '$.\"$prev\"') AS previous, t FROM events "
        "WHERE json_extract_string(props, '$.\"$prev\"') IS NOT NULL ORDER BY t"
    ).fetchall()
    previous = {visitor: before for visitor, before, _ in reversed(named)}
    times: dict[str, list[int]] = defaultdict(list)
    ids = {"ids": list({*previous, *previous.values()})}
    for visitor, t in connection.execute(
        "SELECT visitor, t FROM events WHERE visitor IN (SELECT unnest($ids::VARCHAR[])) ORDER BY t", ids
    ).fetchall():
        times[visitor].append(t)
    first = {visitor: times[visitor][0] for visitor in previous}
    joined = rekeyed(first, previous, times, timeout)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE rekeyed AS "
        "SELECT unnest($new::VARCHAR[]) AS visitor, unnest($old::VARCHAR[]) AS stream",
        {"new": list(joined), "old": list(joined.values())},
    )
