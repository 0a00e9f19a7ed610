"""Who changed who may ask, and the sites: written down in the transaction that changes it; names, no addresses."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from collector.journal.access import ChangeAccount, SignOut

COMMAND: Final = "(command)"  # who did it where the data lies; no name begins with a parenthesis
FOLDER: Final = "(folder)"  # whoever came with the folder's token
MOST: Final = 10_000  # deeds that are kept, the newest; programs that make tokens all day fill no disk
_WHAT: Final = {  # the orders that are told, and the field that says whom or what they are about
    "AddAccount": ("user_added", "name"),
    "ChangeAccount": ("user_changed", "name"),
    "RemoveAccount": ("user_removed", "name"),
    "SignOut": ("user_signed_out", "name"),
    "Invite": ("user_invited", "name"),
    "Uninvite": ("invitation_revoked", "name"),
    "Accept": ("user_joined", "name"),
    "AddToken": ("token_added", "name"),
    "RevokeToken": ("token_revoked", "name"),
    "AddShare": ("share_added", "page"),
    "RevokeShare": ("share_revoked", "number"),  # its page and site, while it is there
}
_NEW: Final = "INSERT INTO deed (at, who, what, about, site) VALUES (?, ?, ?, ?, ?)"
_SWEEP: Final = "DELETE FROM deed WHERE number <= (SELECT max(number) FROM deed) - ?"


def program(token: str) -> str:
    """Whoever came with a program's token of this name; no user's name has a blank."""
    return f"token {token}"


class Deed(NamedTuple):
    """What somebody did at a moment (ms UTC); `about` a name, a page or a number, on `site` or on none."""

    at: int
    who: str
    what: str
    about: str
    site: str


def statements(deed: Deed) -> list[tuple[str, Sequence[object]]]:
    """What writes it down, to be run in the transaction of what is done."""
    return [(_NEW, tuple(deed)), (_SWEEP, (MOST,))]


def note(connection: sqlite3.Connection, order: Any, now: int, who: str) -> None:
    """Write an order down, if it is one of those that are told. Ask it before the order is carried out."""
    told = _WHAT.get(type(order).__name__)
    if told is None or _idle(connection, order, who):
        return
    about, number = getattr(order, told[1]), getattr(order, "site", None)
    if told[0] == "share_revoked":
        row = connection.execute("SELECT page, site FROM share WHERE number = ?", (about,)).fetchone()
        about, number = row or (about, None)
    site = connection.execute("SELECT name FROM site WHERE number = ?", (number,)).fetchone()
    for sql, values in statements(Deed(now, who, told[0], str(about), site[0] if site else "")):
        connection.execute(sql, values)


def _idle(connection: sqlite3.Connection, order: Any, who: str) -> bool:
    """Whether it changes nothing, or nothing but for whoever does it: any user could push the others out with sign-outs
    that end no session, with their own, and with their own password over and over."""
    if not isinstance(order, SignOut | ChangeAccount):
        return False
    if isinstance(order, ChangeAccount):
        return order.name == who and order.role is None
    sql = "SELECT 1 FROM login JOIN account ON account.number = login.account WHERE name = ? AND secret <> ?"
    return order.name == who or connection.execute(sql, (order.name, order.stays)).fetchone() is None


def deeds(connection: sqlite3.Connection, most: int) -> list[Deed]:
    """The newest, newest first."""
    sql = "SELECT at, who, what, about, site FROM deed ORDER BY number DESC LIMIT ?"
    return [Deed(*row) for row in connection.execute(sql, (most,))]
