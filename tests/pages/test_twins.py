"""What is hidden on a shared page leads nowhere: two sites that differ in hidden counts alone look the same. Of those
who look at different ones at once, four are counted for."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from collector.access.secret import kept
from collector.control import opened
from collector.journal import Folder
from collector.journal.access import AddShare
from collector.reports.answer import Answer
from collector.settings import load
from collector.web.ask import Reports
from collector.web.pages_shared import _AT_ONCE, Shared
from collector.web.rendering import Renderer
from tests.conftest import ORIGIN, Server
from tests.web.test_access import command
from tests.web.wire import once, request

FIRST = 1_772_409_600_000  # 2026-03-02T00:00Z
DAY = 86_400_000
VISITORS = {"left": (9, 2, 30, 3, 12, 1, 4), "right": (9, 3, 30, 2, 12, 4, 1)}  # of each day
WHOLE = "from=2026-03-02&to=2026-03-08"
HOSTILE = (
    ("overview", WHOLE),
    ("overview", "from=2026-03-03&to=2026-03-05&figure=sessions"),
    ("overview", "from=2026-03-03&to=2026-03-06&where=entry:/a"),
    ("consent", WHOLE),
    ("funnels", f"{WHOLE}&step=/a&step=/b"),
    ("campaigns", WHOLE),
    ("journeys", "from=2026-03-03&to=2026-03-05"),
)


def traffic(counts: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    """Visits of one page, and of a second one on days with many; who comes on a day never comes again."""
    for day, n in enumerate(counts):
        for visitor in range(n):
            at = FIRST + day * DAY + 3_600_000 + visitor * 60_000
            same = {"visitor": f"v{day}-{visitor}", "name": "page_view", "consent": {"state": "granted", "at": at}}
            yield {"id": f"{day}-{visitor}-a", "t": at, "path": "/a", **same}
            if n > 10:
                yield {"id": f"{day}-{visitor}-b", "t": at + 30_000, "path": "/b", **same}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("twins") / "data"
    for site, counts in VISITORS.items():
        command(folder, "site", "add", site, "--origin", ORIGIN)
        lines = "\n".join(json.dumps(row) for row in traffic(counts)).encode()
        command(folder, "import", "-", "--site", site, "--quiet", stdin=lines)
    running = Server(folder)
    yield running
    running.stop()


def shown(house: Server, bearer: Mapping[str, str | None], site: str, page: str, filters: str) -> str:
    body = json.dumps({"page": page, "filters": filters}).encode()
    made = once(house.port, request(body, "POST", f"/api/sites/{site}/shares", bearer))
    assert made.status == 201, made
    answer = once(house.port, request(b"", "GET", made.json()["path"]))
    assert answer.status == 200, answer
    return unescape(answer.body.decode()).replace(site, "SITE")


def test_sites_that_differ_in_what_is_hidden_look_the_same(house: Server) -> None:
    bearer = {"Authorization": f"Bearer {command(house.data, 'token').strip()}", "Origin": None}
    for page, filters in HOSTILE:
        left, right = (shown(house, bearer, site, page, filters) for site in VISITORS)
        assert left == right, (page, filters)
        assert "<svg" in left, (page, filters)


def test_a_hidden_day_is_a_gap_in_the_line(house: Server) -> None:
    bearer = {"Authorization": f"Bearer {command(house.data, 'token').strip()}", "Origin": None}
    html = shown(house, bearer, "left", "overview", WHOLE)
    chart = html.partition("<svg")[2].partition("<table")[0]
    points = re.findall(r'<circle class="dot[^"]*" cx="[^"]*" cy="([^"]*)"', chart)
    assert len(points) == 3  # 9, 30 and 12 visitors
    assert dict(re.findall(r"<title>(\w+ \d+ \w+): (\S+) Visitors</title>", chart)) == {
        "Monday 2 March": "9", "Tuesday 3 March": "–", "Wednesday 4 March": "30", "Thursday 5 March": "–",
        "Friday 6 March": "12", "Saturday 7 March": "–", "Sunday 8 March": "–",
    }  # fmt: skip


SPANS = [f"from=2026-03-01&to=2026-03-0{n}" for n in range(1, _AT_ONCE + 2)]


class Held:
    """Whoever answers, but not before the gate is open."""

    def __init__(self, reports: Reports) -> None:
        self.reports, self.gate, self.asked = reports, asyncio.Event(), 0

    def remembered(self, *_: object) -> None:
        """Nothing is."""

    def decisions(self) -> int:
        """None is made."""
        return 0

    async def answer(self, site: str, name: str, spec: dict[str, Any]) -> Answer:
        self.asked += 1
        await self.gate.wait()
        return await self.reports.answer(site, name, spec)


async def test_shared_pages_are_counted_four_at_a_time_and_a_fifth_is_told_to_come_back(data: Path) -> None:
    settings, folder = load(None, {}), Folder(data)
    with folder.held():
        async with opened(folder, settings.log, settings.segments, settings.reports) as (_, _, office):
            now = int(time.time() * 1000)
            for span in SPANS:
                await office.settle(AddShare(kept(span), 1, "quality", span, "", "", 5, now + DAY))
            held = Held(Reports(folder, settings.reports, office))
            shared = Shared(office.access, office, held, Renderer())

            async def look(code: str) -> int:
                scope = {"type": "http", "method": "GET", "path": "/share", "query_string": b"", "headers": [],
                         "path_params": {"code": code}, "server": ("localhost", 80), "scheme": "http"}  # fmt: skip
                return (await shared.page(Request(scope, asyncio.Event().wait))).status_code  # who waits on

            looking = [asyncio.create_task(look(span)) for span in (*SPANS[:_AT_ONCE], *SPANS[:_AT_ONCE])]
            async with asyncio.timeout(120):
                while held.asked < _AT_ONCE:
                    await asyncio.sleep(0)
                assert await look(SPANS[-1]) == 503
                assert held.asked == _AT_ONCE
                held.gate.set()
                assert await asyncio.gather(*looking) == [200] * len(looking)
                assert await look(SPANS[-1]) == 200
