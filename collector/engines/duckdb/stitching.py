"""The tables `known` and `person`: who each event belongs to, for devices on which somebody was known.

The usual rule runs in SQL; other rules, `$alias`, `$merge`, erasures and frozen links go through `collector.identity`,
which is the reference of both.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import duckdb

from collector.engines.duckdb.statements import filled_in, statement
from collector.event import Site
from collector.identity import ALIAS, MERGE, RESET, SPECIAL, Pair, Rule, Sign, Told, resolve, root
from collector.intake.minimise import keyed
from collector.intake.validate import usable
from collector.reports.parts import Erasure

_ROWS = 20_000  # at a time from DuckDB: what a row brings is more than what is kept of it


class Stitching(NamedTuple):
    """How persons are made. `silence` (ms) is the session timeout; links received after `until` are not followed, nor
    those between who is `apart`. `spells` are those of all events in SQL, where they are known."""

    rule: Rule
    erase: tuple[Erasure, ...]
    silence: int
    until: int | None = None
    apart: frozenset[Pair] = frozenset()
    spells: str = ""


class Stitched(NamedTuple):
    """What was told of linked devices, the events that were erased, and what all that was told from."""

    told: Told
    erased: list[int]
    signs: list[Sign]


class Known(NamedTuple):
    """What the table `known` holds: how many devices and persons, whether any device is tangled, and whether it is open
    which of them more than three users share. `listed`: the reference has told the guesses. `spells` as in `Stitching`,
    where it was made of them."""

    devices: int
    persons: int
    tangled: bool
    open: bool
    listed: bool = False
    spells: str = ""

    @property
    def linked(self) -> bool:
        """Whether events of some device are not simply the device's own."""
        return self.tangled or self.persons < self.devices


def make_persons(
    connection: duckdb.DuckDBPyConnection,
    site: Site,
    how: Stitching,
    each: bool = True,
    links: bool | None = None,
    told: bool = False,
) -> tuple[Known, Stitched | None]:
    """Make the table `person` (seq, person) from the view `events`; erased events leave that view.

    `each` false leaves out what the table `known` (visitor, person, tangled) tells of a device as a whole, which saves
    a look at every event; it is made in any case. `links` says whether any event links; None: look at the events. What
    the reference told, where it had to; with `told` in any case.
    """
    if links is None:
        sql = "SELECT 1 FROM events WHERE name IN ($1, $2) LIMIT 1"
        links = connection.execute(sql, [ALIAS, MERGE]).fetchone() is not None
    if how.rule == "epoch" and not (links or how.erase or how.apart or told) and how.until is None:
        connection.execute(filled_in("known_spells", {"spells": how.spells}) if how.spells else statement("known"))
        known = _known(connection)._replace(spells=how.spells)
        if known.tangled:
            connection.execute(statement("person"))
        else:
            connection.execute("CREATE OR REPLACE TEMP TABLE person (seq BIGINT, person VARCHAR)")
        if each:
            connection.execute(
                "INSERT INTO person SELECT seq, known.person FROM events JOIN known USING (visitor) WHERE NOT tangled"
            )
        return known, None
    found = stitch(connection, site, how)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE person AS "
        "SELECT unnest($seqs::BIGINT[]) AS seq, unnest($persons::VARCHAR[]) AS person",
        {"seqs": list(found.told.persons), "persons": list(found.told.persons.values())},
    )
    _list_guesses(connection, found.told.ambiguous)
    devices = _one(
        connection,
        "CREATE OR REPLACE TEMP TABLE known AS "
        "SELECT DISTINCT visitor, NULL::VARCHAR AS person, true AS tangled FROM events SEMI JOIN person USING (seq)",
    )
    return Known(devices, 0, devices > 0, open=False, listed=True), found


def _known(connection: duckdb.DuckDBPyConnection) -> Known:
    sql = (
        "SELECT count(*), count(DISTINCT person), coalesce(bool_or(tangled), false), "
        "count(*) FILTER (shared IS NULL) > 0 FROM known"
    )
    row = connection.execute(sql).fetchone()
    assert row is not None
    return Known(*row)


def count_guesses(
    connection: duckdb.DuckDBPyConnection, known: Known, silence: int, start: int, stop: int, spelled: bool = False
) -> int:
    """How many events with `start` ≤ t < `stop` went to a person by a guess, see `Told.ambiguous`; behind
    `make_persons`. `spelled`: the spells it was made of end at a silence of `silence` (ms)."""
    if not known.devices:
        return 0
    counted = 0
    if not known.listed:
        if known.open:
            connection.execute(filled_in("shared_spells", {"spells": known.spells}))
        among = "SELECT visitor FROM known WHERE NOT shared"
        if spelled:
            counted, unsure = _spelled_guesses(connection, known.spells, known.devices, silence, start, stop)
            if not unsure:
                return counted
            sql = "CREATE OR REPLACE TEMP TABLE unsure AS SELECT unnest($keys::UBIGINT[]) AS visitor_key"
            connection.execute(sql, {"keys": unsure})
            among = "SELECT visitor FROM known SEMI JOIN unsure USING (visitor_key)"
        connection.execute(filled_in("guess", {"among": among}), {"silence": silence})
    events = "SELECT count(*) FROM guess WHERE t >= $from AND t < $to"
    events += " AND name NOT IN (SELECT unnest($special::VARCHAR[]))"
    return counted + _one(connection, events, {"from": start, "to": stop, "special": list(SPECIAL)})


def _spelled_guesses(connection: duckdb.DuckDBPyConnection, spells: str, *which: int) -> tuple[int, list[int]]:
    from collector.engines.duckdb.guessing import spelled_guesses  # noqa: PLC0415  numpy comes with it: 16 MB, 50 ms

    return spelled_guesses(connection, spells, *which)


def _one(connection: duckdb.DuckDBPyConnection, sql: str, bound: dict[str, Any] | None = None) -> int:
    row = connection.execute(sql, bound or {}).fetchone()
    assert row is not None
    return int(row[0])


def _list_guesses(connection: duckdb.DuckDBPyConnection, seqs: list[int]) -> None:
    """The same from what the kernel told."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE guess AS "
        "SELECT seq, name, t FROM events SEMI JOIN (SELECT unnest($seqs::BIGINT[]) AS seq) USING (seq)",
        {"seqs": seqs},
    )


def stitch(connection: duckdb.DuckDBPyConnection, site: Site, how: Stitching) -> Stitched:
    """Resolve the devices that anything links, by the kernel.

    Erased events are gone from the view `events`, and with them the links they made.
    """
    signs = _signs(connection, site, how.until)
    erased: list[int] = []
    for erasure in sorted(how.erase, key=lambda one: one.at):
        person = root(signs, keyed(usable(erasure.user) or "", site.key), how.apart)
        persons = resolve(signs, how.rule, how.silence, apart=how.apart).persons
        gone = {s.seq for s in signs if s.t <= erasure.at and person in persons[s.seq].split("+")}
        erased += [sign.seq for sign in signs if sign.seq in gone]
        signs = [sign for sign in signs if sign.seq not in gone]
    if erased:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE erased AS SELECT unnest($seqs::BIGINT[]) AS seq", {"seqs": erased}
        )
        connection.execute(
            "CREATE OR REPLACE TEMP VIEW events AS SELECT * FROM asked ANTI JOIN erased ON asked.seq = erased.seq"
        )
    return Stitched(resolve(signs, how.rule, how.silence, apart=how.apart), erased, signs)


def _signs(connection: duckdb.DuckDBPyConnection, site: Site, until: int | None) -> list[Sign]:
    """Every event of a device that somebody was known on or that an alias names, in order of time."""
    named = connection.execute(
        "SELECT seq, json_extract_string(props, '$.from'), json_extract_string(props, '$.to') FROM events "
        "WHERE name IN ($1, $2)",
        [ALIAS, MERGE],
    ).fetchall()
    users = {
        row[0] for row in connection.execute("SELECT DISTINCT user_id FROM events WHERE user_id IS NOT NULL").fetchall()
    }
    ends = {seq: (_source(source, users, site), usable(target)) for seq, source, target in named}
    found = connection.execute(
        "SELECT seq, visitor, t, user_id, name, received FROM events SEMI JOIN ("
        "SELECT visitor FROM events WHERE user_id IS NOT NULL OR name = $reset "
        "UNION SELECT unnest($devices::VARCHAR[]) AS visitor) USING (visitor) ORDER BY t, page_seq, id",
        {"reset": RESET, "devices": [source for source, _ in ends.values() if source] + _special(connection)},
    )
    texts: dict[str, str] = {}  # each once: every row brings its own
    signs: list[Sign] = []
    while rows := found.fetchmany(_ROWS):
        signs += (_sign(row, ends, until, texts) for row in rows)
    return signs


def _special(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The devices that sent aliases and merges: their own events count too."""
    rows = connection.execute("SELECT DISTINCT visitor FROM events WHERE name IN ($1, $2)", [ALIAS, MERGE]).fetchall()
    return [row[0] for row in rows]


def _sign(
    row: tuple[Any, ...], ends: dict[int, tuple[str | None, str | None]], until: int | None, texts: dict[str, str]
) -> Sign:
    seq, device, t, user, name, received = row
    device, user, name = (text and texts.setdefault(text, text) for text in (device, user, name))
    late = until is not None and received > until
    source, target = ends.get(seq, (None, None))
    return Sign(seq, device, t, user, name, source, None if late else target, late)


def _source(text: str | None, users: set[str], site: Site) -> str | None:
    """What an alias or merge comes from: a known user by the keyed hash, else a device or a user as it stands. (Users
    that an event names were hashed on arrival, but for what an alias comes from: that is a browser's own id.)"""
    clean = usable(text)
    if clean is None:
        return None
    hashed = keyed(clean, site.key)
    return hashed if hashed in users else clean
