"""What a role may do, and a token."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec

from collector.journal.access import Action, Role
from collector.journal.deeds import FOLDER, program

ROLES: Final[tuple[Role, ...]] = ("viewer", "analyst", "admin")  # each may what those before it may
ACTIONS: Final[tuple[Action, ...]] = ("collect", "read", "links", "admin")  # that a token can be given
MAY: Final[dict[Role, frozenset[Action]]] = {
    "viewer": frozenset({"read"}),
    "analyst": frozenset({"read", "links", "save"}),
    "admin": frozenset({"read", "links", "save", "collect", "admin"}),
}


class Caller(msgspec.Struct, frozen=True):
    """Who asks. `sites` are names, None: all; `csrf` is what its forms must carry, empty where no cookie speaks for it.

    Counts under `least` are hidden from it.
    """

    name: str
    role: Role
    sites: frozenset[str] | None
    actions: frozenset[Action]
    csrf: str = ""
    least: int = 0

    @property
    def known_as(self) -> str:
        """Its name as it is written down: of a user, of a program's token, of whoever has the folder's."""
        if not self.name:
            return FOLDER
        return self.name if self.csrf else program(self.name)

    @property
    def shown(self) -> Role:
        """The role whose panels it sees: an admin's show what belongs to no one site, so they are not for whoever is
        held to some."""
        return "analyst" if self.role == "admin" and self.sites is not None else self.role

    def sees(self, site: str) -> bool:
        """Whether this site is one of its own."""
        return self.sites is None or site in self.sites

    def reaches(self, role: Role) -> bool:
        """Whether its role is at least this one."""
        return ROLES.index(self.role) >= ROLES.index(role)


def acting(actions: Collection[Action]) -> tuple[Role, frozenset[Action]]:
    """The role that a token with these actions stands for, and all that it may do."""
    if "admin" in actions:
        return "admin", MAY["admin"]
    return ("analyst" if "links" in actions else "viewer"), frozenset(actions)
