"""Orders carried out: what changes who may ask, in one transaction of the writing connection each."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, Final

import msgspec

from collector.journal.access import (
    Accept,
    AccessError,
    AddAccount,
    AddShare,
    AddToken,
    ChangeAccount,
    Enter,
    Invite,
    Leave,
    Look,
    Order,
    RemoveAccount,
    RevokeShare,
    RevokeToken,
    SignOut,
    Stay,
    Uninvite,
)
from collector.journal.deeds import COMMAND, note, program
from collector.journal.sites import UnknownError


def settle(connection: sqlite3.Connection, order: Order, now: int, by: str = COMMAND) -> int:
    """Carry an order of `by` out at `now` (ms UTC) and commit; the number of a new row, else 0.

    Raises `AccessError`, `UnknownError`, `sqlite3.Error`; then nothing is changed.
    """
    try:
        note(connection, order, now, by)
        number = _DONE[type(order)](connection, order, now)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return number


def _add_account(connection: sqlite3.Connection, order: AddAccount, now: int) -> int:
    sql = "INSERT INTO account (name, password, role, created) VALUES (?, ?, ?, ?)"
    connection.execute("DELETE FROM invitation WHERE name = ?", (order.name,))
    return _added(connection, sql, (order.name, order.password, order.role, now), f"there is a user {order.name!r}")


def _change_account(connection: sqlite3.Connection, order: ChangeAccount, now: int) -> int:
    number = _account(connection, order.name)
    sql = "UPDATE account SET password = coalesce(?, password), role = coalesce(?, role) WHERE number = ?"
    connection.execute(sql, (order.password, order.role, number))
    return _sign_out(connection, SignOut(order.name, order.stays), now)


def _remove_account(connection: sqlite3.Connection, order: RemoveAccount, now: int) -> int:
    _sign_out(connection, SignOut(order.name), now)
    connection.execute("DELETE FROM account WHERE name = ?", (order.name,))
    connection.execute("DELETE FROM view WHERE owner = ?", (order.name,))
    return 0


def _sign_out(connection: sqlite3.Connection, order: SignOut, now: int) -> int:
    number = _account(connection, order.name)
    connection.execute("DELETE FROM login WHERE account = ? AND secret <> ?", (number, order.stays))
    return 0


def _invite(connection: sqlite3.Connection, order: Invite, now: int) -> int:
    if connection.execute("SELECT 1 FROM account WHERE name = ?", (order.name,)).fetchone():
        raise AccessError("name", f"there is a user {order.name!r} already", taken=True)
    connection.execute("DELETE FROM invitation WHERE expires <= ? OR name = ?", (now, order.name))
    sql = "INSERT INTO invitation (secret, name, role, created, expires) VALUES (?, ?, ?, ?, ?)"
    connection.execute(sql, (order.secret, order.name, order.role, now, order.expires))
    return 0


def _uninvite(connection: sqlite3.Connection, order: Uninvite, now: int) -> int:
    if not connection.execute("DELETE FROM invitation WHERE name = ?", (order.name,)).rowcount:
        raise UnknownError(f"nobody is invited as {order.name!r}")
    return 0


def _accept(connection: sqlite3.Connection, order: Accept, now: int) -> int:
    sql = "DELETE FROM invitation WHERE secret = ? AND name = ? AND expires > ? RETURNING role"
    found = connection.execute(sql, (order.secret, order.name, now)).fetchone()
    if found is None:
        raise UnknownError("this invitation has been used or taken back, or its time is up")
    return _add_account(connection, AddAccount(order.name, order.password, found[0]), now)


def _add_token(connection: sqlite3.Connection, order: AddToken, now: int) -> int:
    sql = "INSERT INTO api_token (name, secret, sites, actions, created) VALUES (?, ?, ?, ?, ?)"
    scope = [msgspec.json.encode(value).decode() for value in (order.sites, order.actions)]
    number = _added(connection, sql, (order.name, order.secret, *scope, now), f"there is a token {order.name!r}")
    if order.expires is not None:
        connection.execute("INSERT OR REPLACE INTO token_term VALUES (?, ?)", (number, order.expires))
    return number


def _revoke_token(connection: sqlite3.Connection, order: RevokeToken, now: int) -> int:
    mine = "DELETE FROM token_term WHERE token IN (SELECT number FROM api_token WHERE name = ?)"
    connection.execute(mine, (order.name,))
    if not connection.execute("DELETE FROM api_token WHERE name = ?", (order.name,)).rowcount:
        raise _unknown("token", order.name, connection, "SELECT name FROM api_token")
    connection.execute("DELETE FROM view WHERE owner = ?", (program(order.name),))
    return 0


def _add_share(connection: sqlite3.Connection, order: AddShare, now: int) -> int:
    sql = (
        "INSERT INTO share (secret, site, page, filters, note, author, least, expires, created) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    connection.execute("DELETE FROM share WHERE expires <= ?", (now,))
    connection.execute("DELETE FROM share_use WHERE share NOT IN (SELECT number FROM share)")
    return _added(connection, sql, (*msgspec.structs.astuple(order), now), "there is such a share")


def _revoke_share(connection: sqlite3.Connection, order: RevokeShare, now: int) -> int:
    if not connection.execute("DELETE FROM share WHERE number = ?", (order.number,)).rowcount:
        raise UnknownError(f"there is no share {order.number}; `balise share list` shows them all")
    return 0


def _look(connection: sqlite3.Connection, order: Look, now: int) -> int:
    connection.execute("INSERT OR REPLACE INTO share_use VALUES (?, ?)", (order.number, now))
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
    SignOut: _sign_out,
    Invite: _invite,
    Uninvite: _uninvite,
    Accept: _accept,
    AddToken: _add_token,
    RevokeToken: _revoke_token,
    AddShare: _add_share,
    RevokeShare: _revoke_share,
    Look: _look,
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
