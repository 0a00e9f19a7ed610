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
LATER: Final = 8  # since which it knows invitations, terms of tokens and uses of shares


class AccessError(ValueError):
    """An account, a token or a share cannot be so. `field` names what is at fault; `taken`: there is one already, or
    there are as many as may be, which is `most`."""

    def __init__(self, field: str, message: str, taken: bool = False, most: int = 0) -> None:
        super().__init__(message)
        self.field, self.taken, self.most = field, taken, most


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
    """A program's token, until it `expires` (None: it does not); `sites` None: all."""

    number: int
    name: str
    secret: bytes
    sites: frozenset[int] | None
    actions: frozenset[Action]
    created: int
    expires: int | None = None


class Share(msgspec.Struct, frozen=True):
    """A page that whoever has its address may look at until it `expires`; `seen` last, None: never."""

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
    seen: int | None = None


class Invitation(msgspec.Struct, frozen=True):
    """Whoever has its address becomes a user of this name, until it `expires`."""

    secret: bytes
    name: str
    role: Role
    created: int
    expires: int


class AddAccount(msgspec.Struct, frozen=True, tag=True):
    """A new account."""

    name: str
    password: str
    role: Role


class ChangeAccount(msgspec.Struct, frozen=True, tag=True):
    """Another password or role; both end the account's sessions, but the one that `stays`."""

    name: str
    password: str | None = None
    role: Role | None = None
    stays: bytes = b""


class RemoveAccount(msgspec.Struct, frozen=True, tag=True):
    """No account any more, and none of its sessions."""

    name: str


class SignOut(msgspec.Struct, frozen=True, tag=True):
    """All sessions of an account end, but the one that `stays`."""

    name: str
    stays: bytes = b""


class Invite(msgspec.Struct, frozen=True, tag=True):
    """An address that makes a user of this name and role, once, until it `expires` (ms UTC); a second one of a name
    takes the first one's place."""

    name: str
    role: Role
    secret: bytes
    expires: int


class Uninvite(msgspec.Struct, frozen=True, tag=True):
    """The invitation of this name opens nothing from now on."""

    name: str


class Accept(msgspec.Struct, frozen=True, tag=True):
    """Somebody took an invitation, and chose a password."""

    name: str
    secret: bytes
    password: str


class AddToken(msgspec.Struct, frozen=True, tag=True):
    """A token for these sites (None: all) and actions, until it `expires` (ms UTC; None: it does not)."""

    name: str
    secret: bytes
    sites: tuple[int, ...] | None
    actions: tuple[Action, ...]
    expires: int | None = None


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


class Look(msgspec.Struct, frozen=True, tag=True):
    """The share of this number was looked at."""

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
    AddAccount | ChangeAccount | RemoveAccount | SignOut | Invite | Uninvite | Accept | AddToken | RevokeToken
    | AddShare | RevokeShare | Look | Enter | Stay | Leave
)  # fmt: skip


class Rows(NamedTuple):
    """All of them."""

    accounts: Sequence[Account] = ()
    logins: Sequence[Login] = ()
    tokens: Sequence[Token] = ()
    shares: Sequence[Share] = ()
    invitations: Sequence[Invitation] = ()


def rows(connection: sqlite3.Connection) -> Rows:
    """All rows; none in a log of an earlier format."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version < FORMAT:
        return Rows()
    terms: dict[int, int] = {}
    seen: dict[int, int] = {}
    invited: list[Invitation] = []
    if version >= LATER:
        terms = dict(connection.execute("SELECT token, expires FROM token_term"))
        seen = dict(connection.execute("SELECT share, seen FROM share_use"))
        invited = [Invitation(*row) for row in connection.execute("SELECT * FROM invitation ORDER BY name")]
    tokens = [
        Token(n, name, secret, _numbers(sites), frozenset(msgspec.json.decode(actions)), created, terms.get(n))
        for n, name, secret, sites, actions, created in connection.execute("SELECT * FROM api_token ORDER BY number")
    ]
    return Rows(
        [Account(*row) for row in connection.execute("SELECT * FROM account ORDER BY name")],
        [Login(*row) for row in connection.execute("SELECT * FROM login")],
        tokens,
        [
            msgspec.structs.replace(Share(*row), seen=seen.get(row[0]))
            for row in connection.execute("SELECT * FROM share ORDER BY number")
        ],
        invited,
    )


def _numbers(sites: str) -> frozenset[int] | None:
    read = msgspec.json.decode(sites, type=list[int] | None)
    return None if read is None else frozenset(read)
