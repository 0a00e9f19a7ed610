"""Every route and method with what it asks of whoever comes: looked at in one place, before any endpoint runs.

A route or a method that is not here cannot be made: `need` raises. `/m` stands for the prefix that the settings choose.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from collector.journal.access import Action, Role


class Need(NamedTuple):
    """What a door asks: at least this role, one of these actions; no role: it is open.

    `changes`: what comes through it changes something, so a form must prove that it is one of ours. `everywhere`: it
    shows what belongs to no one site, so whoever is held to some sites stays outside.
    """

    role: Role | None = None
    actions: frozenset[Action] = frozenset()
    changes: bool = False
    everywhere: bool = False


OPEN: Final = Need()  # everybody; what it asks, it asks itself
READ: Final = Need("viewer", frozenset({"read"}))
LOOK: Final = Need("viewer", frozenset({"read", "links"}), everywhere=True)
SELF: Final = Need("viewer", frozenset({"read"}), changes=True)  # one's own session
SAVE: Final = Need("analyst", frozenset({"save"}), changes=True)
SHARE: Final = SAVE
LINKS: Final = Need("analyst", frozenset({"links"}), changes=True, everywhere=True)
ADMIN: Final = Need("admin", frozenset({"admin"}), changes=True, everywhere=True)
DECIDE: Final = Need("admin", frozenset({"admin"}), changes=True)  # of one site

DOORS: Final[dict[str, dict[str, Need]]] = {
    "/m/e": {"POST": OPEN},  # a site's own pages, or a token that may collect
    "/m/forget": {"POST": OPEN},
    "/m/banner.js": {"GET": OPEN},
    "/m/optout": {"GET": OPEN},
    "/m/optout/choice": {"POST": OPEN},
    "/m/{file}": {"GET": OPEN},
    "/l/{code}": {"GET": OPEN},
    "/health": {"GET": OPEN},
    "/ready": {"GET": OPEN},
    "/metrics": {"GET": OPEN},  # the machine itself, or who may read everywhere
    "/login": {"GET": OPEN, "POST": OPEN},
    "/logout": {"POST": SELF},
    "/setup/{code}": {"GET": OPEN, "POST": OPEN},
    "/api/openapi.json": {"GET": OPEN},
    "/api/sites": {"GET": READ},
    "/api/sites/{site}": {"PUT": DECIDE},
    "/api/sites/{site}/reports/{name}": {"POST": READ},
    "/api/sites/{site}/funnels": {"GET": READ},
    "/api/sites/{site}/funnels/{name}": {"GET": READ, "PUT": SAVE, "DELETE": SAVE},
    "/api/sites/{site}/views": {"GET": READ, "POST": SAVE},
    "/api/sites/{site}/views/{number}": {"PUT": SAVE, "DELETE": SAVE},
    "/api/sites/{site}/shares": {"GET": SHARE, "POST": SHARE},
    "/api/sites/{site}/shares/{number}": {"DELETE": SHARE},
    "/api/users": {"GET": ADMIN, "POST": ADMIN},
    "/api/users/{name}": {"PUT": ADMIN, "DELETE": ADMIN},
    "/api/tokens": {"GET": ADMIN, "POST": ADMIN},
    "/api/tokens/{name}": {"DELETE": ADMIN},
    "/api/history": {"GET": ADMIN},
    "/api/utm/build": {"POST": LOOK},
    "/api/utm/parse": {"POST": LOOK},
    "/api/utm/channel": {"POST": LOOK},
    "/api/utm/check": {"POST": LOOK},
    "/api/utm/dictionary": {"GET": LOOK},
    "/api/utm/qr": {"POST": LOOK},
    "/api/links": {"GET": LOOK, "POST": LINKS},
    "/api/links/bulk": {"POST": LINKS},
    "/api/links/template": {"GET": LOOK},
    "/api/links/{code}": {"GET": LOOK, "DELETE": LINKS},
    "/api/links/{code}/qr": {"GET": LOOK},
    "/share/{code}": {"GET": OPEN},  # whoever has the address
    "/": {"GET": READ},
    "/sites/{site}/live/stream": {"GET": READ},
    "/sites/{site}/funnels/save": {"POST": SAVE},
    "/sites/{site}/settings/account": {"GET": READ, "POST": SELF},
    "/sites/{site}/settings/users": {"GET": READ, "POST": ADMIN},
    "/sites/{site}/settings/tokens": {"GET": READ, "POST": ADMIN},
    "/sites/{site}/settings/shares": {"GET": READ, "POST": SHARE},
    "/sites/{site}/settings/site": {"GET": READ, "POST": DECIDE},
    "/sites/{site}/report": {"GET": READ},
    "/sites/{site}/{page}": {"GET": READ, "POST": SAVE},
    "/sites/{site}/{page}/values": {"GET": READ},
    "/sites/{site}/{page}/{panel}/{file}": {"GET": READ},
    "/links": {"GET": LOOK},
    "/sites/{site}/links": {"GET": LOOK, "POST": SAVE},
    "/sites/{site}/links/make": {"POST": LINKS},
    "/sites/{site}/links/remove": {"POST": LINKS},
    "/sites/{site}/links/sheet": {"POST": LINKS},
    "/static/{file}": {"GET": OPEN},
}


def need(path: str, method: str, prefix: str = "/m") -> Need:
    """What this door asks. Raises `KeyError` for one that nobody listed."""
    listed = f"/m{path.removeprefix(prefix)}" if path.startswith(f"{prefix}/") else path
    return DOORS[listed][method]
