"""Who is behind a session's id, a token or a shared address, and what changes that. In memory, after the log's rows.

A session ends after twelve hours of silence (the next morning asks again) and fourteen days at the latest. That it was
seen is written down every five minutes at most.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, Literal, TypeAlias

import msgspec

from collector.access.role import MAY, Caller, acting
from collector.access.secret import derived, kept, matches, new_secret
from collector.event import Site
from collector.journal import Folder, Journal, UnavailableError, snapshot
from collector.journal.access import Account, Enter, Invitation, Leave, Login, Look, Order, Rows, Share, Stay
from collector.journal.deeds import COMMAND
from collector.journal.settling import settle

IDLE: Final = 12 * 3_600_000
LONGEST: Final = 14 * 86_400_000
INVITED: Final = 24 * 3_600_000  # how long a link that was printed at the start may be used
_NOTED: Final = 300_000
_LOOKED: Final = 3_600_000  # a share's last use is known to the hour

Opening: TypeAlias = Literal["setup", "login"]


class Desk:
    """Knows who may ask. `sites` is looked at anew for every caller; `clock` is in seconds."""

    def __init__(
        self, folder: Folder, journal: Journal, sites: Mapping[str, Site], clock: Callable[[], float] = time.time
    ) -> None:
        self._folder, self._journal, self._sites, self._clock = folder, journal, sites, clock
        self._seen: dict[bytes, int] = {}
        self._looking = asyncio.Lock()
        self._invited: dict[bytes, tuple[Opening, int]] = {}
        self.rows = Rows()
        self.reload()

    def reload(self) -> None:
        """Look the rows up again."""
        with snapshot(self._folder) as view:
            self.rows = view.access()
        self._accounts = {account.number: account for account in self.rows.accounts}
        self._logins = {login.secret: login for login in self.rows.logins}
        self._tokens = {token.secret: token for token in self.rows.tokens}
        self._shares = {share.secret: share for share in self.rows.shares}
        self._seen = {login.secret: max(login.seen, self._seen.get(login.secret, 0)) for login in self.rows.logins}

    async def settle(self, order: Order, by: str = COMMAND) -> int:
        """Carry an order of `by` out; raises `AccessError`, `UnknownError`, `UnavailableError`."""
        number = await self._journal.transact(settle, order, self._now(), by)
        self.reload()
        return number

    def account(self, name: str, password: str) -> Account | None:
        """Whose name and password these are. Slow on purpose: ask it on a thread."""
        found = next((account for account in self.rows.accounts if account.name == name), None)
        return found if matches(password, found.password if found else None) else None

    def home(self) -> str:
        """Where whoever comes in without a place to go to begins: the first site's overview."""
        first = min(self._sites.values(), key=lambda site: site.number, default=None)
        return f"/sites/{first.name}/overview" if first else "/"

    async def enter(self, account: int, also: str = "") -> str:
        """A new session of an account; 0: of whoever has the folder's token, `also`. Its id is known only here."""
        secret, now = new_secret(), self._now()
        hashed = kept(secret) if account else kept(secret, also)
        await self.settle(Enter(hashed, account, now - LONGEST, now - IDLE))
        return secret

    async def leave(self, secret: str, also: str) -> None:
        """End a session."""
        await self.settle(Leave(self._login(secret, also)[0]))

    async def stay(self, secret: str, also: str) -> Caller | None:
        """Who is behind a session's id, seen now; None if it is none, or over."""
        hashed, login = self._login(secret, also)
        now = self._now()
        if login is None or now - login.created > LONGEST or now - self._seen[hashed] > IDLE:
            return None
        self._seen[hashed] = max(now, self._seen[hashed])
        if now - login.seen > _NOTED:
            with suppress(UnavailableError):  # a full disk closes no page
                await self.settle(Stay(hashed))
        csrf = derived(secret, "csrf")
        if login.account == 0:
            return Caller("", "admin", None, MAY["admin"], csrf)
        found = self._accounts.get(login.account)
        return Caller(found.name, found.role, None, MAY[found.role], csrf) if found else None

    def program(self, secret: str) -> Caller | None:
        """Who is behind a token; None if it is none."""
        token = self._tokens.get(kept(secret))
        if token is None or (token.expires is not None and token.expires <= self._now()):
            return None
        names = None if token.sites is None else self._names(token.sites)
        role, actions = acting(token.actions)
        return Caller(token.name, role, names, actions)

    def shared(self, secret: str) -> tuple[Share, Caller] | None:
        """The page behind a shared address, and who may look at it; None if there is none, or its time is up."""
        share = self._shares.get(kept(secret))
        if share is None or share.expires <= self._now() or not (names := self._names([share.site])):
            return None
        return share, Caller("", "viewer", names, MAY["viewer"], least=share.least)

    async def looked(self, share: Share) -> None:
        """Somebody looks at a share now; who it is, is nobody's."""
        async with self._looking:  # many come at once, and one of them writes it down
            seen = self._shares.get(share.secret, share).seen
            if self._now() - (seen or 0) > _LOOKED:
                with suppress(UnavailableError):  # a full disk closes no page
                    await self.settle(Look(share.number))

    def invitation(self, code: str) -> Invitation | None:
        """The invitation behind an address; None if there is none, or its time is up."""
        hashed, now = kept(code), self._now()
        return next((one for one in self.rows.invitations if one.secret == hashed and one.expires > now), None)

    def invite(self, kind: Opening) -> str:
        """A code for one visit of /setup/{code}; only the newest of its kind is good. It is kept in memory alone."""
        self._invited = {hashed: known for hashed, known in self._invited.items() if known[0] != kind}
        code = new_secret()
        self._invited[kept(code)] = kind, self._now() + INVITED
        return code

    def invited(self, code: str) -> Opening | None:
        """What a code is good for; a set-up is over once there is an account."""
        kind, until = self._invited.get(kept(code), (None, 0))
        return None if until <= self._now() or (kind == "setup" and self.rows.accounts) else kind

    def used(self, code: str) -> Opening | None:
        """The same, and it is good for nothing any more."""
        kind = self.invited(code)
        self._invited.pop(kept(code), None)
        return kind

    def _login(self, secret: str, also: str) -> tuple[bytes, Login | None]:
        """The session of this id: an account's, or the folder's token's as long as the token is the same."""
        for hashed in (kept(secret), kept(secret, also)):
            if login := self._logins.get(hashed):
                return hashed, login
        return kept(secret), None

    def _names(self, numbers: frozenset[int] | list[int]) -> frozenset[str]:
        return frozenset(site.name for site in self._sites.values() if site.number in numbers)

    def _now(self) -> int:
        return int(self._clock() * 1000)


def told(struct: msgspec.Struct) -> dict[str, object]:
    """A row as it is shown: without what is kept of its secret."""
    return {name: value for name, value in msgspec.structs.asdict(struct).items() if name not in ("secret", "password")}
