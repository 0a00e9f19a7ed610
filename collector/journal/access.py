"""Who may ask, as rows of the log's database: accounts, who is signed in, tokens of programs, shared pages.

Everything that changes them is an order; `settle` carries it out in one transaction of the writing connection.
No order holds a secret in clear: passwords are hashed by whoever takes them, other secrets are 256 random bits.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import msgspec

from collector.journal.sites import UnknownError

Role: TypeAlias = Literal["viewer", "analyst", "admin"]
Action: TypeAlias = Literal["collect", "read", "links", "save", "admin"]

FORMAT: Final = 7  # the log's, since which it knows who may ask


class AccessError(ValueError):
    """An account, a token or a share cannot be so. `field` names what is at fault; `taken`: there is one already."""

    def __init__(self, field: str, message: str, taken: bool = False) -> None:
        super().__init__(message)
        self.field, self.taken = field, taken


class Account(msgspec.Struct, frozen=True):
    """Somebody who signs in with a name and a password (Argon2id, as its own text)."""

    number: int
    name: str
    password: str
    role: Role
    created: int


class Login(msgspec.Struct, frozen=True):
    """A session of the pages."""

    secret: bytes
    account: int
    created: int
    seen: int


class Token(msgspec.Struct, frozen=True):
    """A program's token; `sites` None: all."""

    number: int
    name: str
    secret: bytes
    sites: frozenset[int] | None
    actions: frozenset[Action]
    created: int


class Share(msgspec.Struct, frozen=True):
    """A page that whoever has its address may look at until it `expires`."""

    number: int
    secret: bytes
    site: int
    page: str
    filters: str
    note: str
    author: str
    least: int
    created: int
    expires: int


class AddAccount(msgspec.Struct, frozen=True, tag=True):
    """A new account."""

    name: str
    password: str
    role: Role


class ChangeAccount(msgspec.Struct, frozen=True, tag=True):
    """Another password or role; both end the account's sessions."""

    name: str
    password: str | None = None
    role: Role | None = None


class RemoveAccount(msgspec.Struct, frozen=True, tag=True):
    """No account any more, and none of its sessions."""

    name: str


class AddToken(msgspec.Struct, frozen=True, tag=True):
    """A token for these sites (None: all) and actions."""

    name: str
    secret: bytes
    sites: tuple[int, ...] | None
    actions: tuple[Action, ...]


class RevokeToken(msgspec.Struct, frozen=True, tag=True):
    """The token of this name opens nothing from now on."""

    name: str


class AddShare(msgspec.Struct, frozen=True, tag=True):
    """A page shared until `expires` (ms UTC)."""

    secret: bytes
    site: int
    page: str
    filters: str
    note: str
    author: str
    least: int
    expires: int


class RevokeShare(msgspec.Struct, frozen=True, tag=True):
    """The share of this number opens nothing from now on."""

    number: int


class Enter(msgspec.Struct, frozen=True, tag=True):
    """Somebody signs in; sessions begun or seen before these times (ms UTC) are swept."""

    secret: bytes
    account: int
    begun: int
    seen: int


class Stay(msgspec.Struct, frozen=True, tag=True):
    """A session was seen again."""

    secret: bytes


class Leave(msgspec.Struct, frozen=True, tag=True):
    """A session ends."""

    secret: bytes


Order: TypeAlias = (
    AddAccount | ChangeAccount | RemoveAccount | AddToken | RevokeToken | AddShare | RevokeShare | Enter | Stay | Leave
)


class Rows(NamedTuple):
    """All of them."""

    accounts: Sequence[Account] = ()
    logins: Sequence[Login] = ()
    tokens: Sequence[Token] = ()
    shares: Sequence[Share] = ()


def settle(connection: sqlite3.Connection, order: Order, now: int) -> int:
    """Carry an order out at `now` (ms UTC) and commit; the number of a new row, else 0.

    Raises `AccessError`, `UnknownError`, `sqlite3.Error`; then nothing is changed.
    """
    try:
        number = _DONE[type(order)](connection, order, now)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return number


def rows(connection: sqlite3.Connection) -> Rows:
    """All rows; none in a log of an earlier format."""
    if connection.execute("PRAGMA user_version").fetchone()[0] < FORMAT:
        return Rows()
    tokens = [
        Token(n, name, secret, _numbers(sites), frozenset(msgspec.json.decode(actions)), created)
        for n, name, secret, sites, actions, created in connection.execute("SELECT * FROM api_token ORDER BY number")
    ]
    return Rows(
        [Account(*row) for row in connection.execute("SELECT * FROM account ORDER BY name")],
        [Login(*row) for row in connection.execute("SELECT * FROM login")],
        tokens,
        [Share(*row) for row in connection.execute("SELECT * FROM share ORDER BY number")],
    )


def _numbers(sites: str) -> frozenset[int] | None:
    read = msgspec.json.decode(sites, type=list[int] | None)
    return None if read is None else frozenset(read)


def _add_account(connection: sqlite3.Connection, order: AddAccount, now: int) -> int:
    sql = "INSERT INTO account (name, password, role, created) VALUES (?, ?, ?, ?)"
    return _added(connection, sql, (order.name, order.password, order.role, now), f"there is a user {order.name!r}")


def _change_account(connection: sqlite3.Connection, order: ChangeAccount, now: int) -> int:
    number = _account(connection, order.name)
    sql = "UPDATE account SET password = coalesce(?, password), role = coalesce(?, role) WHERE number = ?"
    connection.execute(sql, (order.password, order.role, number))
    connection.execute("DELETE FROM login WHERE account = ?", (number,))
    return 0


def _remove_account(connection: sqlite3.Connection, order: RemoveAccount, now: int) -> int:
    number = _account(connection, order.name)
    connection.execute("DELETE FROM account WHERE number = ?", (number,))
    connection.execute("DELETE FROM login WHERE account = ?", (number,))
    return 0


def _add_token(connection: sqlite3.Connection, order: AddToken, now: int) -> int:
    sql = "INSERT INTO api_token (name, secret, sites, actions, created) VALUES (?, ?, ?, ?, ?)"
    scope = [msgspec.json.encode(value).decode() for value in (order.sites, order.actions)]
    return _added(connection, sql, (order.name, order.secret, *scope, now), f"there is a token {order.name!r}")


def _revoke_token(connection: sqlite3.Connection, order: RevokeToken, now: int) -> int:
    if not connection.execute("DELETE FROM api_token WHERE name = ?", (order.name,)).rowcount:
        raise _unknown("token", order.name, connection, "SELECT name FROM api_token")
    return 0


def _add_share(connection: sqlite3.Connection, order: AddShare, now: int) -> int:
    sql = (
        "INSERT INTO share (secret, site, page, filters, note, author, least, expires, created) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    connection.execute("DELETE FROM share WHERE expires <= ?", (now,))
    return _added(connection, sql, (*msgspec.structs.astuple(order), now), "there is such a share")


def _revoke_share(connection: sqlite3.Connection, order: RevokeShare, now: int) -> int:
    if not connection.execute("DELETE FROM share WHERE number = ?", (order.number,)).rowcount:
        raise UnknownError(f"there is no share {order.number}; `balise share list` shows them all")
    return 0


def _enter(connection: sqlite3.Connection, order: Enter, now: int) -> int:
    connection.execute("DELETE FROM login WHERE created < ? OR seen < ?", (order.begun, order.seen))
    connection.execute("INSERT INTO login VALUES (?, ?, ?, ?)", (order.secret, order.account, now, now))
    return 0


def _stay(connection: sqlite3.Connection, order: Stay, now: int) -> int:
    connection.execute("UPDATE login SET seen = ? WHERE secret = ?", (now, order.secret))
    return 0


def _leave(connection: sqlite3.Connection, order: Leave, now: int) -> int:
    connection.execute("DELETE FROM login WHERE secret = ?", (order.secret,))
    return 0


_DONE: Final[dict[type, Callable[[sqlite3.Connection, Any, int], int]]] = {
    AddAccount: _add_account,
    ChangeAccount: _change_account,
    RemoveAccount: _remove_account,
    AddToken: _add_token,
    RevokeToken: _revoke_token,
    AddShare: _add_share,
    RevokeShare: _revoke_share,
    Enter: _enter,
    Stay: _stay,
    Leave: _leave,
}


def _added(connection: sqlite3.Connection, sql: str, values: Sequence[object], taken: str) -> int:
    try:
        return int(connection.execute(sql, values).lastrowid or 0)
    except sqlite3.IntegrityError:
        raise AccessError("name", f"{taken} already", taken=True) from None


def _account(connection: sqlite3.Connection, name: str) -> int:
    row = connection.execute("SELECT number FROM account WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise _unknown("user", name, connection, "SELECT name FROM account")
    return int(row[0])


def _unknown(what: str, name: str, connection: sqlite3.Connection, sql: str) -> UnknownError:
    near = get_close_matches(name, [str(row[0]) for row in connection.execute(sql)], n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; `balise {what} list` shows them all"
    return UnknownError(f"there is no {what} named {name!r}{hint}")
