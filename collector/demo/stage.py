"""The demo put on: a site with seeded traffic, the truth beside the reports, a shop in front of the collector.

The traffic is made once per data folder; `demo.json` remembers of which moment, so that a second start compares again,
and one after an interruption brings in the rest of the same traffic.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from socket import socket
from typing import Any, Final, NamedTuple

import msgspec
import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from collector.app import House, Server, config, until_stopped
from collector.demo.catalogue import FUNNEL
from collector.demo.comparison import Line, compare, questions
from collector.demo.shop import make_shop
from collector.demo.traffic import simulate
from collector.demo.truth import Truth
from collector.engines.duckdb.engine import answer
from collector.importing import Tally, bring
from collector.intake.minimise import kept_id
from collector.journal import Folder, SiteOptions
from collector.reports.answer import as_json
from collector.web.snippet import tag

SITE: Final = "demo"
SEED: Final = 1
TRAFFIC: Final = "https://brumaire.example"  # where the seeded traffic was seen


class Run(NamedTuple):
    """How the traffic of a data folder was made: when (ms UTC), and for how many visitors and days; and whether all of
    it is there."""

    now: int
    visitors: int
    days: int
    whole: bool = False


class Stage:
    """One data folder's demo."""

    def __init__(self, folder: Folder, run: Run) -> None:
        self.folder = folder
        self._memory = folder.path / "demo.json"
        self._begun = self._memory.exists()
        self.run = msgspec.json.decode(self._memory.read_bytes(), type=Run) if self._begun else run
        self.fresh = not self.run.whole

    async def seed(self, house: House, shop: tuple[str, ...], progress: Callable[[int], object]) -> Tally | None:
        """Add the site and its traffic if they are not there; `progress` is told bytes.

        None if they were, or some of the traffic was: then nobody knows any more what became of each of its rows.
        """
        if SITE not in house.office.sites:
            await house.office.add_site(SITE, SiteOptions(origins=(*shop, TRAFFIC), timezone="Europe/Paris"))
        known = house.office.sites[SITE].origins
        if not {*shop} <= {*known}:  # another port than the last time
            await house.office.change_site(SITE, origins=tuple(dict.fromkeys((*known, *shop))))
        if not self.fresh:
            return None
        await house.office.save_funnel(SITE, "shop", orjson.dumps(FUNNEL).decode())
        self._remember(self.run)
        lines, truth = self.traffic()
        site = house.office.sites[SITE]
        tally = await bring(house.office, site, lines, progress)
        for visitor, t in truth.withdrawals:  # after all that came under the grants, as their owners did
            await house.journal.withdraw(site.number, kept_id(visitor, site), t)
        await house.office.seal()
        self._remember(self.run._replace(whole=True))
        return None if self._begun else tally

    def _remember(self, run: Run) -> None:
        written = self._memory.with_suffix(".new")
        written.write_bytes(msgspec.json.encode(run))
        written.replace(self._memory)

    def traffic(self) -> tuple[Iterator[bytes], Truth]:
        """The rows, as lines of a file, and the truth about them."""
        made = simulate(SEED, self.run.now, self.run.days, self.run.visitors, bad=40, origin=TRAFFIC)
        return (orjson.dumps(row) for row in made.rows), made.truth

    def compared(self, house: House, tally: Tally | None) -> list[Line]:
        """The truth beside what the reports say of the moment the traffic was made."""
        _, truth = self.traffic()
        answers: dict[str, dict[str, Any]] = {}
        for name, asked in questions(self.run.now).items():
            if asked.books and tally is None:
                continue  # they have gone on since
            spec = {**asked.spec, "now": self.run.now}
            found = answer(self.folder, house.settings.reports, SITE, asked.report, spec, self.run.now)
            answers[name] = orjson.loads(as_json(found))
        if tally is not None:
            answers["import"] = told(tally)
        return compare(truth, answers)


def told(tally: Tally) -> dict[str, Any]:
    """What the import said, as the comparison wants it."""
    counts = tally.counts
    return {
        "received": counts[("received", "")],
        "accepted": counts[("accepted", "")],
        "duplicate": counts[("duplicate", "")],
        "dropped": {reason: n for (outcome, reason), n in counts.items() if outcome == "dropped"},
    }


async def serve(house: House, front: socket, window: socket, ready: Callable[[], object]) -> None:
    """Serve the collector, and the shop with the collector's paths under its own origin, as a proxy would."""
    options = house.settings.server
    collecting = config(house)
    collecting.load()
    shop = config(house, application=behind(options.prefix, collecting.loaded_app))
    servers = (Server(collecting), Server(shop))
    await asyncio.gather(
        until_stopped(servers[0], front, lambda _: ready(), also=[servers[1]]),
        servers[1].serve(sockets=[window]),
    )


def behind(prefix: str, collector: ASGIApp) -> ASGIApp:
    """The shop, with what browsers send of it handed to the collector."""
    shop = make_shop(tag(SITE, "", prefix))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        target = collector if scope.get("path", "").startswith(f"{prefix}/") else shop
        await target(scope, receive, send)

    return app
