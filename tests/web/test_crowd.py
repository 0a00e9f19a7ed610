"""Many who look at shared pages: what was drawn is given again, an address has its limit, and collecting goes on."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import Response

from collector.access.secret import kept
from collector.control import opened
from collector.event import Event
from collector.journal import Folder, Journal
from collector.journal.access import AddShare
from collector.reports.answer import Answer
from collector.settings import load
from collector.web.ask import Reports
from collector.web.options import Options
from collector.web.pages_shared import Shared
from collector.web.presence import CrowdedError, Together
from collector.web.recent import Recent
from collector.web.rendering import Renderer

HERE = "127.0.0.1"
BURST = 2
FEW = Options(address_rate=0.001, address_burst=BURST)  # one in 1,000 s: no test lasts long enough to get another
PATIENCE = 60.0  # seconds


class Held:
    """Answers that take whoever draws them as long as the gate is shut."""

    def __init__(self, recent: Recent) -> None:
        self.recent, self.begun, self.gate = recent, threading.Event(), threading.Event()

    def remembered(self, *_: object) -> None:
        """Nothing is."""

    def decisions(self) -> int:
        return self.recent.decisions()

    async def answer(self, site: str, name: str, spec: dict[str, Any]) -> Answer:
        found = await self.recent.answer(site, name, spec)
        return msgspec.structs.replace(found, rows=Rows(found.rows, self))


class Rows(list[dict[str, Any]]):
    """Rows that are read once the gate is open."""

    def __init__(self, rows: list[dict[str, Any]], held: Held) -> None:
        super().__init__(rows)
        self.held = held

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self.held.begun.set()
        self.held.gate.wait(PATIENCE)
        return super().__iter__()


@asynccontextmanager
async def house(data: Path, options: Options = FEW) -> AsyncIterator[tuple[Journal, Recent, Shared, Shared, Held]]:
    """A house with a shared page; the second one that shows it waits for a gate."""
    settings, folder = load(None, {}), Folder(data)
    with folder.held():
        async with opened(folder, settings.log, settings.segments, settings.reports) as (journal, _, office):
            for code, least in (("code", 5), ("other", 0)):
                order = AddShare(kept(code), 1, "quality", "", "", "", least, int(time.time() * 1000) + 86_400_000)
                await office.settle(order)
            reports = Reports(folder, settings.reports, office)
            recent = Recent(reports, lambda: (journal.last_seq, journal.decisions), 3600)
            held = Held(recent)
            shown, slow = (Shared(office.access, office, one, Renderer(), options) for one in (recent, held))
            yield journal, recent, shown, slow, held


async def look(shared: Shared, query: str = "", address: str = HERE, code: str = "code") -> Response:
    """Look once, and do not hang up."""
    scope = {"type": "http", "method": "GET", "path": f"/share/{code}", "query_string": query.encode(), "headers": [],
             "path_params": {"code": code}, "server": ("localhost", 80), "scheme": "http",
             "client": (address, 1)}  # fmt: skip
    return await shared.page(Request(scope, asyncio.Event().wait))


def an_event() -> Event:
    return Event(id="e1", t=1_772_409_600_000, name="page_view", received=1_772_409_600_000)


async def test_an_address_that_looks_too_often_has_to_wait_and_no_other_with_it(data: Path) -> None:
    async with house(data) as (_, _, shown, _, _):
        mine = "198.51.100.7"
        assert [(await look(shown, address=mine)).status_code for _ in range(BURST)] == [200] * BURST
        refused = await look(shown, "lang=fr", mine)
        assert (refused.status_code, int(refused.headers["retry-after"]) >= 1) == (429, True)
        assert "Trop de demandes viennent de votre réseau" in bytes(refused.body).decode()
        assert "Too many requests" in bytes((await look(shown, "lang=en", mine, "nobody's")).body).decode()
        told = await look(shown, "format=json", mine)
        assert (told.status_code, b'"too_many_requests"' in bytes(told.body)) == (429, True)
        assert (await look(shown, address="198.51.100.8")).status_code == 200
        assert [(await look(shown)).status_code for _ in range(BURST + 1)] == [200] * (BURST + 1)


async def test_what_was_drawn_is_given_again_until_something_arrives(data: Path) -> None:
    async with house(data) as (journal, _, shown, _, _):
        first = await look(shown, "lang=en")
        crowd = await asyncio.gather(*(look(shown, "lang=en") for _ in range(20)))
        assert {one.status_code for one in crowd} == {200}
        assert len({id(one.body) for one in crowd} | {id(first.body)}) <= 4  # a minute may begin in between
        others = [await look(shown, "lang=fr"), await look(shown, "format=json"), await look(shown, code="other")]
        assert len({bytes(one.body) for one in (*crowd, *others)} | {bytes(first.body)}) >= 4
        await journal.keep(1, [an_event()])
        assert (await look(shown, "lang=en")).body not in {first.body, crowd[-1].body}


async def test_a_crowd_before_a_page_that_nobody_has_seen_yet_is_shown_it(data: Path) -> None:
    async with house(data) as (journal, _, shown, _, _):
        before = journal.decisions
        crowd = await asyncio.gather(*(look(shown, "lang=en", code="other") for _ in range(20)))
        assert {one.status_code for one in crowd} == {200}
        assert journal.decisions == before + 1  # that it was looked at


async def test_work_that_several_wait_for_goes_on_until_the_last_hangs_up() -> None:
    together: Together[str] = Together(1)
    begun: list[asyncio.Event] = []

    async def work() -> str:
        begun.append(asyncio.Event())
        await begun[-1].wait()
        return "done"

    async def asking(key: str = "one") -> asyncio.Task[str]:
        task = asyncio.create_task(together.wait(key, work))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return task

    first, second, third = await asking(), await asking(), await asking()
    first.cancel()
    with pytest.raises(CrowdedError):
        await (await asking("other"))
    begun[0].set()
    assert (await second, await third, len(begun), first.cancelled()) == ("done", "done", 1, True)
    alone = await asking()
    alone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await alone
    again = await asking()
    begun[2].set()
    assert (await again, len(begun)) == ("done", 3)


async def test_a_fault_reaches_all_who_wait() -> None:
    together: Together[str] = Together(1)

    async def work() -> str:
        await asyncio.sleep(0)
        raise RuntimeError("it failed")

    waiting = await asyncio.gather(*(together.wait("one", work) for _ in range(3)), return_exceptions=True)
    assert [str(one) for one in waiting] == ["it failed"] * 3


async def test_who_hangs_up_while_a_page_is_drawn_gives_no_turn_to_another() -> None:
    renderer, begun, gate, done = Renderer(), threading.Event(), threading.Event(), threading.Event()

    def slow() -> bytes:
        begun.set()
        gate.wait(PATIENCE)
        done.set()
        return b"slow"

    first = asyncio.create_task(renderer.remembered("one", [], slow))
    assert await asyncio.to_thread(begun.wait, PATIENCE)
    first.cancel()
    second = asyncio.create_task(renderer.draw(done.is_set))
    third = asyncio.create_task(renderer.remembered("one", [], bytes))
    await asyncio.wait((second,), timeout=0.2)
    gate.set()
    assert await second
    assert await third == b"slow"


@pytest.mark.parametrize("query", ["", "format=json"])
async def test_while_a_page_is_drawn_events_are_kept(data: Path, query: str) -> None:
    async with house(data) as (journal, _, _, slow, held):
        looking = asyncio.create_task(look(slow, query))
        while not held.begun.is_set():
            await asyncio.sleep(0.002)
        assert (await journal.keep(1, [an_event()])).accepted == 1
        assert not looking.done()
        held.gate.set()
        assert (await looking).status_code == 200
