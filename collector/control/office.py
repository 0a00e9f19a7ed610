"""`Office` does the work of commands that write, with the journal and the follower of this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import msgspec

from collector.access import Desk
from collector.event import Event, Site
from collector.follower import Follower
from collector.journal import (
    Count,
    Draft,
    Folder,
    Journal,
    Kept,
    Outcome,
    SiteError,
    SiteOptions,
    UnavailableError,
    UnknownSiteError,
    snapshot,
)
from collector.journal.access import Order
from collector.journal.deeds import COMMAND, Deed, statements
from collector.journal.links import remove, store
from collector.journal.sites import checked, new_key
from collector.journal.views import View, drop, save

_LINKS: Final = 250  # links in one transaction


class Writer(Protocol):
    """What a command may ask of whoever holds the data folder."""

    async def keep(
        self, site: int, events: Sequence[Event], counts: dict[Count, int], days: Sequence[int] | None = None
    ) -> Kept:
        """Store events, book them on these days, and book counts; see `Journal.keep`."""

    async def add_site(self, name: str, options: SiteOptions) -> None:
        """Add a site; raises `SiteError`."""

    async def change_site(self, name: str, **options: object) -> None:
        """Change options of a site; raises `UnknownSiteError`, `SiteError`."""

    async def remove_site(self, name: str) -> None:
        """Stop collecting for a site; its events stay. Raises `UnknownSiteError`."""

    async def add_links(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Issue links; one outcome each."""

    async def remove_link(self, code: str) -> None:
        """Take a link back; its clicks stay, its code is not given out again. Raises `UnknownLinkError`."""

    async def unlink(self, site: str, one: str, other: str, undo: bool) -> None:
        """Never take a device and a user, or two users, for one person; or do so again. Raises `UnknownSiteError`."""

    async def save_funnel(self, site: str, name: str, spec: str) -> None:
        """Keep a funnel's spec (JSON) under a name, in place of an earlier one. Raises `UnknownSiteError`."""

    async def drop_funnel(self, site: str, name: str) -> bool:
        """Forget a saved funnel; whether there was one. Raises `UnknownSiteError`."""

    async def save_view(self, view: View) -> int:
        """Keep a view, in place of the one of its number (0: a new one); its number. Raises `AccessError`."""

    async def drop_view(self, site: str, number: int) -> bool:
        """Forget a saved view; whether there was one. Raises `UnknownSiteError`."""

    async def settle(self, order: Order) -> int:
        """Change who may ask; the number of what is new. Raises `AccessError`, `UnknownError`."""

    async def rebuild(self) -> int:
        """Make all segments anew from the log; returns their number."""

    async def seal(self) -> int:
        """Seal the whole tail; returns the number of new segments."""


class Office:
    """Does the work with the journal and the follower of this process; keeps the sites in memory for the server."""

    def __init__(self, folder: Folder, journal: Journal, follower: Follower) -> None:
        self._folder, self._journal, self._follower = folder, journal, follower
        self.sites: dict[str, Site] = {}
        self.reload()
        self.access = Desk(folder, journal, self.sites)
        self._deciding = asyncio.Lock()

    def reload(self) -> None:
        """Look the sites up again."""
        with snapshot(self._folder) as view:
            sites = {site.name: site for site in view.sites()}
        self.sites.clear()
        self.sites.update(sites)

    async def keep(
        self, site: int, events: Sequence[Event], counts: dict[Count, int], days: Sequence[int] | None = None
    ) -> Kept:
        """Store events; when the queue is full, wait for it instead of giving up."""
        while True:
            try:
                return await self._journal.keep(site, events, counts, days=days)
            except UnavailableError as error:
                if error.code != "queue_full":
                    raise
                await asyncio.sleep(0.05)

    async def add_site(self, name: str, options: SiteOptions) -> None:
        """Add a site; raises `SiteError`."""
        if name in self.sites:
            raise SiteError("name", f"there is a site named {name} already; `balise site show {name}` shows it")
        stored = msgspec.json.encode(checked(name, options)).decode()
        await self._journal.execute(
            ("INSERT INTO site (name, key, options) VALUES (?, ?, ?)", (name, new_key(), stored)),
            *statements(Deed(_now(), COMMAND, "site_added", name, name)),
        )
        self.reload()

    async def change_site(self, name: str, **options: object) -> None:
        """Change options of a site; raises `UnknownSiteError`, `SiteError`. Segments keep what was true when sealed."""
        await self.decide(name, options, COMMAND)

    async def decide(self, name: str, options: Mapping[str, object], by: str) -> None:
        """The same, and who decided it. One after the other: each writes all of a site's options, the
        others as the last one left them."""
        async with self._deciding:
            await self._decide(name, options, by)

    async def _decide(self, name: str, options: Mapping[str, object], by: str) -> None:
        if name not in self.sites:
            raise UnknownSiteError(name, list(self.sites))
        site = self.sites[name]
        now = {field: getattr(site, field) for field in SiteOptions.__struct_fields__} | dict(options)
        try:
            read = msgspec.convert(now, SiteOptions)
        except msgspec.ValidationError as error:
            raise SiteError("options", str(error)) from None
        stored = msgspec.json.encode(checked(name, read)).decode()
        about = " ".join(sorted(field for field, value in options.items() if getattr(site, field) != value))
        await self._journal.execute(
            ("UPDATE site SET options = ? WHERE number = ?", (stored, site.number)),
            *statements(Deed(_now(), by, "site_changed", about, name)),
        )
        self.reload()

    async def remove_site(self, name: str) -> None:
        """Stop collecting for a site."""
        if name not in self.sites:
            raise UnknownSiteError(name, list(self.sites))
        await self._journal.execute(
            ("UPDATE site SET removed = 1 WHERE number = ?", (self.sites[name].number,)),
            *statements(Deed(_now(), COMMAND, "site_removed", name, name)),
        )
        self.reload()

    async def add_links(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Issue links, some at a time: events are kept in between."""
        outcomes: list[Outcome] = []
        for done in range(0, len(drafts), _LINKS):
            outcomes += await self._journal.transact(store, drafts[done : done + _LINKS], int(time.time() * 1000))
        return outcomes

    async def remove_link(self, code: str) -> None:
        """Take a link back; twice is once."""
        if not await self._journal.transact(remove, code, int(time.time() * 1000)):
            with snapshot(self._folder) as view:
                view.link(code)

    async def unlink(self, site: str, one: str, other: str, undo: bool) -> None:
        """Never take these two for one person; or do so again."""
        number = self._number(site)
        sql = "INSERT OR IGNORE INTO unlink (at, site, one, other) VALUES (?, ?, ?, ?)"
        values: tuple[object, ...] = (int(time.time() * 1000), number, one, other)
        if undo:
            sql, values = "DELETE FROM unlink WHERE site = ? AND one = ? AND other = ?", (number, one, other)
        await self._journal.execute((sql, values))

    async def save_funnel(self, site: str, name: str, spec: str) -> None:
        """Keep a funnel under a name."""
        sql = "INSERT OR REPLACE INTO funnel (site, name, spec, at) VALUES (?, ?, ?, ?)"
        await self._journal.execute((sql, (self._number(site), name, spec, int(time.time() * 1000))))

    async def drop_funnel(self, site: str, name: str) -> bool:
        """Forget a saved funnel."""
        number = self._number(site)
        with snapshot(self._folder) as view:
            there = name in view.funnels(number)
        await self._journal.execute(("DELETE FROM funnel WHERE site = ? AND name = ?", (number, name)))
        return there

    async def save_view(self, view: View) -> int:
        """Keep a view."""
        return await self._journal.transact(save, view)

    async def drop_view(self, site: str, number: int) -> bool:
        """Forget a saved view."""
        return await self._journal.transact(drop, self._number(site), number)

    @property
    def left(self) -> int:
        """How many segments could not be made one with their neighbours and wait for the next try."""
        return self._follower.left

    def _number(self, site: str) -> int:
        if site not in self.sites:
            raise UnknownSiteError(site, list(self.sites))
        return self.sites[site].number

    async def settle(self, order: Order) -> int:
        """Change who may ask."""
        return await self.access.settle(order)

    async def rebuild(self) -> int:
        """Make all segments anew."""
        return await self._follower.rebuild()

    async def seal(self) -> int:
        """Seal the whole tail."""
        return await self._follower.seal()


def _now() -> int:
    return int(time.time() * 1000)
