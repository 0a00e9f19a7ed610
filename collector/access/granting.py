"""What lets programs and people in: their secret, told once, and the order that keeps a hash of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from collector.access.secret import kept, named, new_secret, token
from collector.journal.access import AccessError, Action, AddToken, Invite, Role

DAYS: Final = 3_660  # the longest term of a token
INVITED: Final = 7  # days that an invitation is good
_DAY: Final = 86_400_000


def granted(
    name: str, actions: Sequence[Action], sites: Sequence[int] | None, days: int | None, now: int
) -> tuple[str, AddToken]:
    """A new token and its order, for these sites' numbers (None: all), from `now` (ms UTC) on for so many days (None:
    for good). Raises `AccessError`."""
    if not actions:
        raise AccessError("actions", "actions: expected one at least")
    if sites is not None and "links" in actions:
        raise AccessError("sites", "sites: links belong to no one site; make a token for links for all sites")
    if sites is not None and not sites:
        raise AccessError("sites", "sites: expected one at least, or all")
    if days is not None and not 1 <= days <= DAYS:
        raise AccessError("days", f"days: expected 1 to {DAYS}, not {days}")
    secret, hashed = token()
    expires = None if days is None else now + days * _DAY
    return secret, AddToken(named(name), hashed, None if sites is None else tuple(sites), tuple(actions), expires)


def invited(name: str, role: Role, now: int) -> tuple[str, Invite]:
    """A new invitation's code and its order; `now` in ms UTC. Raises `AccessError`."""
    code = new_secret()
    return code, Invite(named(name), role, kept(code), now + INVITED * _DAY)
