"""Who may ask, as rows of the log's database: accounts, who is signed in, tokens of programs, shared pages.

Everything that changes them is an order, which `settling` carries out.
No order holds a secret in clear: passwords are hashed by whoever takes them, other secrets are 256 random bits.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

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
