"""The consent log: receipts as rows, written in the transaction of the events they cover, chained from round to round.

A receipt is written when a visitor's answer changes (state, source, policy, purposes, a platform's string), not with
every batch: what the visitor's last one says already is not said again. Who refuses leaves no row. A withdrawal is a
row of its own, for a visitor who has a grant.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from base64 import b32decode, b32encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from collector.event import Event
from collector.journal.chain import START, Mark
from collector.journal.rows import identity, key
from collector.journal.several import run, several

Stored: TypeAlias = bytes | str
FORMAT: Final = 5  # of the log: the first that has receipts
GRANTED: Final = "granted"
WITHDRAWN: Final = "withdrawn"

_OURS: Final = re.compile(r"^[a-z2-7]{13}-[a-z2-7]{13}$")
_LATEST: Final = several(
    "SELECT asked.column1, asked.column2, state, source, policy, more FROM {rows} asked CROSS JOIN receipt "
    "ON receipt.subject = asked.column1 AND receipt.site = asked.column2 AND receipt.number = "
    "(SELECT max(number) FROM receipt WHERE subject = asked.column1 AND site = asked.column2) "
    "JOIN answer ON answer.number = receipt.answer",
    2,
)
_ANSWER: Final = "SELECT number FROM answer WHERE (state, source, policy, more) = (?, ?, ?, ?)"
_RECEIPTS: Final = several(
    "INSERT INTO receipt (number, site, subject, answer, ago, received, after) "
    "SELECT * FROM {rows} WHERE column1 IS NOT NULL",
    7,
)
_WITHDRAWAL: Final = "INSERT INTO withdrawal (number, site, subject, received) VALUES (?, ?, ?, ?)"
_ALL: Final = (
    "SELECT receipt.number, site, subject, state, source, policy, more, received - ago, received, after "
    "FROM receipt JOIN answer ON answer.number = receipt.answer"
)


class Said(NamedTuple):
    """An answer. Texts are empty where nothing was said; `more` is JSON."""

    state: str
    source: str
    policy: str = ""
    more: str = ""


class Claim(NamedTuple):
    """An answer that may be new. Times are ms UTC: when it was given, and when we heard of it."""

    site: int
    subject: str
    said: Said
    at: int
    received: int


class Entry(NamedTuple):
    """One receipt of the log. It covers the subject's events behind event `after`, until the subject's next one."""

    number: int
    site: int
    subject: str
    said: Said
    at: int
    received: int
    after: int


class Answers(NamedTuple):
    """How many receipts of a site say the same, within a quarter of an hour (the first ms UTC of it)."""

    received: int
    state: str
    source: str
    policy: str
    n: int


def subject(event: Event) -> str:
    """Who an event's receipt is about: its visitor, else its page, else itself."""
    return event.visitor or event.page or event.id


def claims(
    site: int, events: Sequence[Event], more: str, known: Mapping[tuple[int, str], int]
) -> list[tuple[Claim, int]]:
    """What granted events say of their visitors' answers, each with the number of events in front of the one that says
    it. What is `known` (site and subject → hash of the answer), or was just said, is not said again."""
    found: list[tuple[Claim, int]] = []
    now: dict[str, int] = {}
    for index, event in enumerate(events):
        if event.state != GRANTED:
            continue
        who, said = subject(event), Said(GRANTED, event.consent_source or "", event.policy or "", more)
        if now.get(who, known.get((site, who))) != hash(said):
            found.append((Claim(site, who, said, event.consented_at or event.received, event.received), index))
        now[who] = hash(said)
    return found


def record(connection: sqlite3.Connection, head: Mark, placed: Sequence[tuple[Claim, int]]) -> Mark:
    """Add the claims that change an answer, each with the event behind which it holds; the consent log's new head."""
    stored = [(held(claim.subject), claim.site) for claim, _ in placed]
    entries = list(_changes(placed, stored, _latest(connection, stored), head.seq))
    if not entries:
        return head
    numbers = {said: _answer(connection, said) for said in {entry.said for entry, _ in entries}}
    rows = [
        (entry.number, entry.site, who, numbers[entry.said], entry.received - entry.at, entry.received, entry.after)
        for entry, who in entries
    ]
    for _ in run(connection, _RECEIPTS, rows):
        pass
    for entry, who in entries:
        if entry.said.state == WITHDRAWN:
            connection.execute(_WITHDRAWAL, (entry.number, entry.site, who, entry.received))
    digest = hashlib.sha256(head.sum)
    digest.update(b"".join(packed(entry) for entry, _ in entries))
    head = Mark(entries[-1][0].number, digest.digest())
    connection.execute("INSERT INTO receipt_batch (last, sum) VALUES (?, ?)", head)
    return head


def _changes(
    placed: Sequence[tuple[Claim, int]], stored: Sequence[tuple[Stored, int]], latest: dict[tuple[Stored, int], Said],
    number: int,
) -> Iterator[tuple[Entry, Stored]]:  # fmt: skip
    """The claims that say something else than the subject's last receipt (`latest`, which follows), as entries behind
    the one of that `number`."""
    for (claim, place), who in zip(placed, stored, strict=True):
        said, was = claim.said, latest.get(who)
        if was == said or (said.state == WITHDRAWN and (was is None or was.state != GRANTED)):
            continue
        if said.state == WITHDRAWN and was is not None:  # it takes back a grant to that version
            said = said._replace(policy=was.policy)
        number, latest[who] = number + 1, said
        yield Entry(number, claim.site, claim.subject, said, claim.at, claim.received, place), who[0]


def _latest(connection: sqlite3.Connection, subjects: Iterable[tuple[Stored, int]]) -> dict[tuple[Stored, int], Said]:
    """What the last receipt of each subject (as stored, with its site) says, of those that have one."""
    found: dict[tuple[Stored, int], Said] = {}
    for cursor in run(connection, _LATEST, list(dict.fromkeys(subjects))):
        for who, site, *said in cursor:
            found[who, site] = Said(*said)
    return found


def packed(entry: Entry) -> bytes:
    """A receipt as its checksum sees it; no text of it can hold the separator."""
    told = (*entry[:3], *entry.said, *entry[4:])
    return "\x1f".join(map(str, told)).encode() + b"\x1e"


def last(connection: sqlite3.Connection) -> Mark:
    """The head of the consent log."""
    row = connection.execute("SELECT last, sum FROM receipt_batch ORDER BY last DESC LIMIT 1").fetchone()
    return Mark(*row) if row else Mark(0, START)


def withdrawals(connection: sqlite3.Connection, most: int) -> dict[tuple[int, str], int]:
    """Who withdrew last: site and subject → when (ms UTC)."""
    sql = "SELECT site, subject, received FROM withdrawal ORDER BY number DESC LIMIT ?"
    found = list(connection.execute(sql, (most,)))
    return {(site, told(stored)): received for site, stored, received in reversed(found)}


def entries(connection: sqlite3.Connection, site: int | None = None, who: str | None = None) -> Iterator[Entry]:
    """Receipts in their order, of a site and of one subject if asked."""
    where, values = "(?1 IS NULL OR site = ?1)", [site]
    if who is not None:
        where += " AND subject = ?2"
        values.append(held(who))  # type: ignore[arg-type]
    for row in connection.execute(f"{_ALL} WHERE {where} ORDER BY receipt.number", values):
        yield _entry(row)


def answers(connection: sqlite3.Connection, site: int, start: int, stop: int) -> list[Answers]:
    """A site's receipts of a time (ms UTC), counted: every zone's days begin at a quarter of an hour."""
    sql = (
        "SELECT received / 900000 * 900000, state, source, policy, count(*) FROM receipt "
        "JOIN answer ON answer.number = receipt.answer "
        "WHERE site = ? AND received >= ? AND received < ? GROUP BY 1, 2, 3, 4"
    )
    return [Answers(*row) for row in connection.execute(sql, (site, start, stop))]


def held(text: str) -> Stored:
    """A subject as it is stored: 16 bytes of a visitor's id of ours, 17 of a UUID, any other as it is."""
    if _OURS.match(text):
        digits = b32decode(text.replace("-", "").upper() + "======")
        return digits if told(digits) == text else text
    stored = key(text)
    return b"\0" + stored if isinstance(stored, bytes) else stored


def told(stored: Stored) -> str:
    """The subject that `held` stored."""
    if isinstance(stored, str):
        return stored
    if len(stored) == 17:
        return identity(stored[1:])
    digits = b32encode(stored).decode().rstrip("=").lower()
    return f"{digits[:13]}-{digits[13:]}"


def _answer(connection: sqlite3.Connection, said: Said) -> int:
    row = connection.execute(_ANSWER, said).fetchone()
    if row is None:
        cursor = connection.execute("INSERT INTO answer (state, source, policy, more) VALUES (?, ?, ?, ?)", said)
        return int(cursor.lastrowid or 0)
    return int(row[0])


def _entry(row: tuple[int, int, Stored, str, str, str, str, int, int, int]) -> Entry:
    number, site, stored, state, source, policy, more, at, received, after = row
    return Entry(number, site, told(stored), Said(state, source, policy, more), at, received, after)
