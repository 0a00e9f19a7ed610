"""What is known of a site's events before one of them is read: sums that were told when their segments were sealed."""

from __future__ import annotations

from typing import NamedTuple

from duckdb import DuckDBPyConnection

from collector.engines.duckdb.attaching import CARRIER
from collector.engines.duckdb.statements import filled_in, statement
from collector.engines.duckdb.visits import SUMS, Sealed, found, parquet
from collector.journal import Sums


class Tail(NamedTuple):
    """What is known of the tail from one look: the sums of events that the question sees, how many it does not see, how
    many carry a campaign to their visit, and the time of the newest (ms UTC)."""

    sums: Sums
    unseen: int
    carriers: int
    newest: int | None


_EMPTY = Tail(Sums(0, None, None, 0, 0, 0), 0, 0, None)


def look(connection: DuckDBPyConnection, sealed: Sealed, seen: str, now: int) -> Tail:
    """The tail as of `now` (ms UTC), for a question that sees events of which `seen` is true."""
    if not sealed.tail:
        return _EMPTY
    counts = f"count(*) FILTER (NOT ({seen})), count(*) FILTER ({CARRIER} AND t <= {now}), max(t)"
    row = connection.execute(f"SELECT {SUMS.replace('{part}', seen)}, {counts} FROM loaded").fetchone()
    assert row is not None
    return Tail(Sums(*row[:-3]), *row[-3:])


def summed(sealed: Sealed, bots: str, tail: Tail) -> Sums | None:
    """The sums of all events that a question about `bots` sees: those of the tail, and all in visits. None where the
    segments do not tell them."""
    told = [one.sums for one in sealed.terms if one.sums is not None and found(one, bots)]
    if sealed.files is None or len(told) < len(sealed.terms):
        return None
    events, first, last, consented, exempt, links = zip(*told, tail.sums, strict=True)
    firsts, lasts = ([t for t in column if t is not None] for column in (first, last))
    return Sums(
        sum(events), min(firsts, default=None), max(lasts, default=None), sum(consented), sum(exempt), sum(links)
    )


def passing(sealed: Sealed, bots: str, tail: Tail) -> bool:
    """Whether every event passes for a question about `bots`, so that nobody has to look at each: those of the tail,
    and all sealed ones as their segments tell."""
    kinds = {"declared": ("declared",), "exclude": ("declared", "suspected"), "include": ()}.get(bots)
    if kinds is None or sealed.files is None or any(getattr(one, kind) for one in sealed.terms for kind in kinds):
        return False
    return not tail.unseen


def spells(connection: DuckDBPyConnection, sealed: Sealed, site: int, seen: str) -> str:
    """The spells in SQL: who was known when, on which device; sealed visits, and of the tail single moments, which get
    a table. They are no view: to make one takes 0.5 ms, of a hundred files 1 ms."""
    parts = []
    if sealed.files:
        where = "" if sealed.alone else f" WHERE site = {site}"
        parts.append(filled_in("spells_sealed", {"visits": parquet(sealed.files), "where": where}))
    if sealed.tail or not parts:
        connection.execute(filled_in("moments", {"seen": seen}))
        parts.append(statement("spells"))
    return f"({' UNION ALL '.join(parts)})"
