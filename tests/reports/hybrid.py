"""Visits of a hybrid site: what a page sends before a grant, with it, and after it, in a log of its own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from collector.control import opened
from collector.engines.duckdb.connecting import Options
from collector.engines.duckdb.engine import answer
from collector.event import Daily, Event, Hit, Receipt, Sender, Sent, Site
from collector.follower import Options as SegmentOptions
from collector.intake import admit
from collector.journal import Folder, SiteOptions
from collector.journal.log import Options as LogOptions
from collector.reports.answer import as_json
from tests.former import unpack

SHOP = "https://shop.example"
T0 = 1_772_409_600_000  # 2026-03-02T00:00:00Z
MINUTE, DAY = 60_000, 86_400_000
NOW = T0 + 10 * DAY
GOOGLE = "https://www.google.com/"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"


def hit(site: Site, minute: float, name: str, page: str, **changes: Any) -> Event:
    """One event as the server takes it; `hash` is the day's visitor, `visitor` that of a grant."""
    t = T0 + round(minute * MINUTE)
    nameless, visitor = changes.pop("hash", None), changes.pop("visitor", None)
    sender = Sender(
        received=t, agent=CHROME, visitor=visitor, daily=Daily(nameless) if nameless else None,
        receipt=Receipt("granted", "api", t) if visitor else None,
    )  # fmt: skip
    sent = Sent(
        id=changes.pop("id", f"{name}-{page}-{minute}-{nameless or visitor}"), name=name, t=t, page=page, **changes
    )
    kept = admit(Hit(sender, sent), site)
    assert isinstance(kept, Event), kept
    return kept


async def asked(
    path: Path, events: Sequence[Event], *questions: tuple[str, dict[str, Any]], shuffled: int | None = None,
    sealed: bool = False, **options: Any,
) -> list[dict[str, Any]]:  # fmt: skip
    """The answers of a site that holds these events, in the tail of the log, or each sealed alone, two
    of three as former releases did."""
    folder, engine = Folder(path), Options(memory_mb=256)
    arriving = list(events)
    if shuffled is not None:
        random.Random(shuffled).shuffle(arriving)
    with folder.held():
        async with opened(folder, LogOptions(), SegmentOptions(rows=1, at_once=1), engine) as (_, follower, office):
            await office.add_site("shop", SiteOptions((SHOP,), **options))
            for event in arriving:
                await office.keep(1, [event], {})
            if sealed:
                await follower.seal()
                unpack(folder)
            found = [answer(folder, engine, "shop", name, spec, NOW) for name, spec in questions]
    return [msgspec.json.decode(as_json(one)) for one in found]
