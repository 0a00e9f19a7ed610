"""A data folder for one case: sites, the real import, the real sealing, the real reports."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from collector.control import Office, opened
from collector.engines.duckdb.connecting import Options as EngineOptions
from collector.engines.duckdb.engine import answer
from collector.event import Drop, Event, Site
from collector.follower import Follower
from collector.follower import Options as SegmentOptions
from collector.intake import admit
from collector.intake.imported import row
from collector.journal import Count, Folder, SiteOptions
from collector.journal.log import Options as LogOptions
from collector.reports.answer import as_json

_ENGINE = EngineOptions(memory_mb=256)


class Store:
    """An open data folder."""

    def __init__(self, folder: Folder, office: Office, follower: Follower) -> None:
        self._folder, self._office, self._follower = folder, office, follower

    async def site(self, name: str, own_hosts: Iterable[str] = ()) -> Site:
        """A new site with these hosts for its own."""
        options = SiteOptions(origins=("https://site.invalid",), profile="off", own_hosts=tuple(own_hosts))
        await self._office.add_site(name, options)
        return self._office.sites[name]

    async def take(self, site: Site, rows: Iterable[dict[str, Any]]) -> None:
        """Import rows one after the other, as they would arrive; raises `ValueError` for one that is not kept."""
        for event in [_event(read, site) for read in rows]:
            await self._office.keep(site.number, [event], dict(Counter({Count(site.number, "received", ""): 1})))

    async def take_at_once(self, site: Site, rows: Iterable[dict[str, Any]]) -> None:
        """Import rows in one transaction."""
        events = [_event(read, site) for read in rows]
        await self._office.keep(site.number, events, {Count(site.number, "received", ""): len(events)})

    async def seal(self) -> None:
        """Seal every event alone."""
        await self._follower.seal()

    async def compact(self) -> int:
        """Make the first neighbours one, if the store was opened for it; how many were looked at."""
        return await self._follower.compact()

    def left(self) -> int:
        """How many segments could not be made one and wait for the next try."""
        return self._follower.left

    async def follow(self) -> None:
        """Do what a server does meanwhile, until stopped."""
        await self._follower.run()

    def stop(self) -> None:
        """End what may be left half-way."""
        self._follower.stop()

    async def rebuild(self) -> None:
        """Seal everything anew."""
        await self._follower.rebuild()

    def ask(self, site: Site, name: str, spec: dict[str, Any], now: int) -> dict[str, Any]:
        """A report's answer as it is served."""
        found: dict[str, Any] = msgspec.json.decode(as_json(answer(self._folder, _ENGINE, site.name, name, spec, now)))
        return found


def _event(read: dict[str, Any], site: Site) -> Event:
    hit = row(json.dumps(read).encode(), now=read["t"])
    kept = hit if isinstance(hit, Drop) else admit(hit, site)
    if isinstance(kept, Drop):
        raise ValueError(f"the event {read['id']} was dropped: {kept.reason} {kept.field} {kept.expected}")
    return kept


@asynccontextmanager
async def store(path: Path, rows: int = 1, compacted: int = 0) -> AsyncIterator[Store]:
    """A fresh data folder at `path`, held while open; `rows` events in one segment, `compacted` in a large one."""
    folder = Folder(path)
    with folder.held():
        async with opened(
            folder, LogOptions(), SegmentOptions(rows=rows, at_once=1, compacted=compacted), _ENGINE
        ) as parts:
            yield Store(folder, parts[2], parts[1])
