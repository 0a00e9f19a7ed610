"""One transaction of the log: rows in, each id once; the chain's next link; the books. Runs on the connection's thread.

All of it is one function call over there: handing each statement over by itself costs a wake-up of either thread, which
at one event a batch was more than the statements themselves.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from collector.journal.chain import Mark, link
from collector.journal.links import Click, clicked
from collector.journal.receipts import Claim, record
from collector.journal.rows import Key
from collector.journal.several import run, several

Row: TypeAlias = tuple[int, Key, bytes]  # site, id, body

# One statement for many rows: the interpreter's lock is let go once a statement, not once a row, so that the next
# requests are read while SQLite works. One statement per number of rows, few enough to stay prepared.
_MOST: Final = 64
_INSERTS: Final = [
    f"INSERT OR IGNORE INTO event (site, id, body) VALUES {', '.join(['(?, ?, ?)'] * rows)}"  # noqa: S608
    for rows in range(_MOST + 1)
]
_ADDED: Final = "SELECT site, id, body FROM event WHERE seq > ? ORDER BY seq"
_BATCH: Final = "INSERT INTO batch (last_seq, events, sum) VALUES (?, ?, ?)"
_COUNTS: Final = several(
    "INSERT INTO counter (day, site, outcome, reason, n) SELECT * FROM {rows} WHERE column1 IS NOT NULL "
    "ON CONFLICT (day, site, outcome, reason) DO UPDATE SET n = n + excluded.n",
    5,
)


class Kept(NamedTuple):
    """How many of the events were new, and how many were known."""

    accepted: int
    duplicate: int


class Count(NamedTuple):
    """One line of the books: what became of events of a site. `reason` is empty where the outcome says it all; `day`
    (UTC, days since 1970) is None for the day on which it is written down."""

    site: int
    outcome: str
    reason: str
    day: int | None = None


def refusal(code: str, site: int = 0, events: int = 1) -> dict[Count, int]:
    """The books of what was refused: site 0 and one event where nobody can tell whose it was or what it held."""
    return {Count(site, "received", ""): events, Count(site, "refused", code): events}


class Request(NamedTuple):
    """What one sender wants kept, and what it knows for the books: received, dropped."""

    rows: list[Row]
    counts: Mapping[Count, int]
    claims: Sequence[tuple[Claim, int]] = ()  # what it says of visitors' answers, and behind how many of its rows
    days: Sequence[int] | None = None  # the day each row is booked on; None: the day on which it is written down


def commit(
    connection: sqlite3.Connection,
    marks: tuple[Mark, Mark],
    requests: Sequence[Request],
    tally: Counter[Count],
    clicks: Counter[Click],
    day: int,
) -> tuple[Mark, Mark, list[Kept]]:
    """Keep all requests, or nothing: the new marks (of the events, of the receipts) and each one's answer. `day` is the
    UTC day the books are kept by.

    Raises `sqlite3.Error`, the transaction rolled back.
    """
    try:
        mark, fresh = _insert(connection, marks[0], [row for request in requests for row in request.rows])
        news = [_new(request, fresh) for request in requests]
        kept = [Kept(sum(new), len(new) - sum(new)) for new in news]
        receipts = record(connection, marks[1], list(_placed(requests, news, marks[0].seq)))
        books = _books(requests, kept, news, tally)
        lines = [(day if count.day is None else count.day, *count[:3], n) for count, n in books.items() if n]
        for _ in run(connection, _COUNTS, lines):
            pass
        if clicks:
            clicked(connection, clicks, day)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return mark, receipts, kept


def _insert(
    connection: sqlite3.Connection, mark: Mark, rows: list[Row]
) -> tuple[Mark, Counter[tuple[int, Key]] | None]:
    """Add the rows that are new. None for the fresh ones means: all of them."""
    fresh: Counter[tuple[int, Key]] | None = None
    added = rows
    if _inserted(connection, rows) != len(rows):
        added = connection.execute(_ADDED, (mark.seq,)).fetchall()
        fresh = Counter((site, stored) for site, stored, _ in added)
    if not added:
        return mark, fresh
    chained = link(mark.sum, ((mark.seq + n, *row) for n, row in enumerate(added, 1)))
    mark = Mark(mark.seq + len(added), chained)
    connection.execute(_BATCH, (mark.seq, len(added), mark.sum))
    return mark, fresh


def _inserted(connection: sqlite3.Connection, rows: list[Row]) -> int:
    """Insert the rows whose ids are new; returns how many that were."""
    inserted = 0
    for done in range(0, len(rows), _MOST):
        some = rows[done : done + _MOST]
        inserted += connection.execute(_INSERTS[len(some)], [value for row in some for value in row]).rowcount
    return inserted


def _placed(requests: Sequence[Request], news: Sequence[Sequence[bool]], seq: int) -> Iterator[tuple[Claim, int]]:
    """What is said of visitors' answers, and the last event in front of the one that says it. A request that brings
    nothing new says nothing new."""
    for request, new in zip(requests, news, strict=True):
        if any(new) or not request.rows:
            for claim, index in request.claims:
                yield claim, seq + sum(new[:index])
        seq += sum(new)


def _new(request: Request, fresh: Counter[tuple[int, Key]] | None) -> Sequence[bool]:
    """Which rows of a request are new: of rows with one id, the first that carried it in this round."""
    if fresh is None:
        return [True] * len(request.rows)
    found = []
    for site, stored, _ in request.rows:
        found.append(fresh[(site, stored)] > 0)
        fresh[(site, stored)] -= 1
    return found


def _books(
    requests: Sequence[Request], kept: list[Kept], news: Sequence[Sequence[bool]], tally: Counter[Count]
) -> Counter[Count]:
    books = Counter(tally)
    for request, answer, new in zip(requests, kept, news, strict=True):
        for count, n in request.counts.items():
            books[count] += n
        site = request.rows[0][0] if request.rows else 0
        if request.days is None:
            books[Count(site, "accepted", "")] += answer.accepted
            books[Count(site, "duplicate", "")] += answer.duplicate
            continue
        for (day, fresh), n in Counter(zip(request.days, new, strict=True)).items():
            books[Count(site, "accepted" if fresh else "duplicate", "", day)] += n
    return books
