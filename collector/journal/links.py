"""Issued links as rows of the log's database, and the clicks of their short addresses.

The same link twice is one link: by its code where one is asked for, else by its target. Said again with another note
or expiry it is changed; a code never leads to another target, and a removed one is never given out again.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from difflib import get_close_matches
from importlib import resources
from secrets import choice
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from collector.journal.sites import UnknownError

NEVER: Final = 0  # as an expiry: takes away the one that was set

# No vowels: no words by accident. Nothing that looks like something else on paper. 27^7 codes: 10^10 to guess among.
_ALPHABET: Final = "23456789bcdfghjkmnpqrstvwxyz"
_LENGTH: Final = 7

What: TypeAlias = Literal["added", "known", "changed", "taken", "removed"]
Kind: TypeAlias = Literal["human", "repeat", "late", "preview", "bot"]
KINDS: Final[tuple[Kind, ...]] = ("human", "repeat", "late", "preview", "bot")  # late: it had expired, or was removed


class UnknownLinkError(UnknownError):
    """No link of this code."""

    def __init__(self, code: str, codes: Sequence[str]) -> None:
        near = get_close_matches(code, codes, n=1)
        hint = f"; did you mean {near[0]}?" if near else "; `balise links list` shows them all"
        super().__init__(f"there is no link with the code {code!r}{hint}")


class Draft(msgspec.Struct, frozen=True):
    """A link to be issued. `code` is empty where any will do; `expires` is ms UTC, None: not said, `NEVER`: none.

    `dictionary` is the version of the dictionary it was checked against, empty if there was none.
    """

    target: str
    code: str = ""
    author: str = ""
    dictionary: str = ""
    note: str = ""
    expires: int | None = None


class Link(msgspec.Struct, frozen=True):
    """An issued link. Times are ms UTC; `expires` and `removed` are None where that is not so."""

    number: int
    code: str
    target: str
    author: str
    created: int
    dictionary: str
    note: str
    expires: int | None
    removed: int | None

    def over(self, now: int) -> bool:
        """Whether its time is up."""
        return self.expires is not None and self.expires <= now


class Outcome(NamedTuple):
    """What became of a draft: added, known, changed; taken (its code leads elsewhere), removed (its code was)."""

    what: What
    code: str


class Click(NamedTuple):
    """Whose short address was asked for, and by what kind of sender."""

    link: int
    kind: Kind


class Clicks(NamedTuple):
    """How often on one UTC day (days since 1970)."""

    link: int
    day: int
    kind: str
    n: int


_COLUMNS: Final = ", ".join(Link.__struct_fields__)
_ALL: Final = f"SELECT {_COLUMNS} FROM link"  # noqa: S608  columns of ours
_ADD: Final = "INSERT INTO link (code, target, author, created, dictionary, note, expires) VALUES (?, ?, ?, ?, ?, ?, ?)"
_CLICKED: Final = (
    "INSERT INTO click (link, day, kind, n) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (link, day, kind) DO UPDATE SET n = n + excluded.n"
)


def new_code() -> str:
    """A random code."""
    return "".join(choice(_ALPHABET) for _ in range(_LENGTH))


def store(
    connection: sqlite3.Connection, drafts: Sequence[Draft], now: int, code: Callable[[], str] = new_code
) -> list[Outcome]:
    """Issue all of them in one transaction; what is taken or removed changes nothing. Raises `sqlite3.Error`."""
    try:
        outcomes = [_stored(connection, draft, now, code) for draft in drafts]
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return outcomes


def remove(connection: sqlite3.Connection, code: str, now: int) -> bool:
    """Take a link back: its code says from now on that it is gone. False if there is none, or it was removed before."""
    found = connection.execute("UPDATE link SET removed = ? WHERE code = ? AND removed IS NULL", (now, code)).rowcount
    connection.commit()
    return bool(found)


def rehearsed(known: Sequence[Link], drafts: Sequence[Draft]) -> list[Outcome]:
    """What `store` would make of them beside the links that are `related`; nothing is written. New codes are empty."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(resources.files("collector.journal").joinpath("links.sql").read_text(encoding="utf-8"))
        rows = [msgspec.structs.astuple(link) for link in known]
        connection.executemany(f"INSERT INTO link VALUES ({', '.join('?' * len(Link.__struct_fields__))})", rows)  # noqa: S608
        mine = iter(range(len(drafts)))
        outcomes = store(connection, drafts, 0, lambda: f"\0{next(mine)}")
    return [outcome._replace(code="") if outcome.code.startswith("\0") else outcome for outcome in outcomes]


def clicked(connection: sqlite3.Connection, clicks: Counter[Click], day: int) -> None:
    """Add to the day's numbers, in the caller's transaction."""
    connection.executemany(_CLICKED, [(link, day, kind, n) for (link, kind), n in clicks.items()])


def links(connection: sqlite3.Connection) -> list[Link]:
    """All of them, the newest first, removed ones too."""
    return [Link(*row) for row in connection.execute(f"{_ALL} ORDER BY number DESC")] if _there(connection) else []


def find(connection: sqlite3.Connection, code: str) -> Link | None:
    """The link of this code, removed or not."""
    row = connection.execute(f"{_ALL} WHERE code = ?", (code,)).fetchone() if _there(connection) else None
    return Link(*row) if row else None


def link(connection: sqlite3.Connection, code: str) -> Link:
    """The same; raises `UnknownLinkError`, which names the nearest among the newest."""
    found = find(connection, code)
    if found is None:
        raise UnknownLinkError(code, [known.code for known in links(connection)[:10_000]])
    return found


def related(connection: sqlite3.Connection, drafts: Sequence[Draft]) -> list[Link]:
    """Those that a draft may be the same as: its code's, its target's."""
    if not _there(connection):
        return []
    sql = f"{_ALL} WHERE code = ? UNION {_ALL} WHERE target = ?"
    found = {row[0]: Link(*row) for one in drafts for row in connection.execute(sql, (one.code, one.target))}
    return [found[number] for number in sorted(found)]


def clicks(connection: sqlite3.Connection, number: int | None = None) -> Iterator[Clicks]:
    """The numbers of one link or of all, in order."""
    if _there(connection):
        sql = "SELECT link, day, kind, n FROM click WHERE ? IS NULL OR link = ? ORDER BY link, day, kind"
        yield from (Clicks(*row) for row in connection.execute(sql, (number, number)))


def _there(connection: sqlite3.Connection) -> bool:
    """A log of the first format has no links until its next writer opens it."""
    return bool(connection.execute("PRAGMA user_version").fetchone()[0] >= 2)


def _stored(connection: sqlite3.Connection, draft: Draft, now: int, code: Callable[[], str]) -> Outcome:
    found = _same(connection, draft)
    if found is None:
        return Outcome("added", _added(connection, draft, now, code))
    if found.removed is not None:
        return Outcome("removed", found.code)
    if found.target != draft.target:
        return Outcome("taken", found.code)
    note = draft.note or found.note
    expires = found.expires if draft.expires is None else draft.expires or None
    if (note, expires) == (found.note, found.expires):
        return Outcome("known", found.code)
    connection.execute("UPDATE link SET note = ?, expires = ? WHERE number = ?", (note, expires, found.number))
    return Outcome("changed", found.code)


def _same(connection: sqlite3.Connection, draft: Draft) -> Link | None:
    where, value = ("code = ?", draft.code) if draft.code else ("target = ? AND removed IS NULL", draft.target)
    row = connection.execute(f"{_ALL} WHERE {where} ORDER BY number", (value,)).fetchone()
    return Link(*row) if row else None


def _added(connection: sqlite3.Connection, draft: Draft, now: int, code: Callable[[], str]) -> str:
    while True:
        given = draft.code or code()
        values = (given, draft.target, draft.author, now, draft.dictionary, draft.note, draft.expires or None)
        try:
            connection.execute(_ADD, values)
        except sqlite3.IntegrityError:  # a random code that is taken: one in a million links or so
            if draft.code:
                raise
            continue
        return given
