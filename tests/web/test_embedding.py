"""The collector as a part of somebody else's application, under a path of its own."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from tests.conftest import ORIGIN, command

PARENT = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Mount, Route
from collector.app import Embedded

async def hello(request):
    return PlainTextResponse("the shop's own page")

async def shop(request):
    return HTMLResponse('<link rel="icon" href="data:,"><script defer src="/insight/m/s.js" data-site="shop"></script>')

balise = Embedded(sys.argv[1])
app = Starlette(routes=[Route("/", hello), Route("/shop", shop), Mount("/insight", balise)], lifespan=balise.lifespan)
uvicorn.run(app, port=0, access_log=False)
"""


class Parent(NamedTuple):
    """The other application, its address, and the collector's data."""

    process: subprocess.Popen[bytes]
    url: str
    data: Path
    token: str

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return httpx2.get(f"{self.url}{path}", headers=headers, timeout=120)


def begun(place: Path) -> Parent:
    """The application, started; whoever asked ends it."""
    data, log = place / "data", place / "log"
    command(data, "site", "add", "shop", "--origin", ORIGIN)
    (place / "parent.py").write_text(PARENT)
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, str(place / "parent.py"), str(data)], stdout=out, stderr=out)
    deadline = time.monotonic() + 120
    while not (found := re.search(r"running on (http://127\.0\.0\.1:\d+)", log.read_text())):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
    return Parent(process, found[1], data, command(data, "token").strip())


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parent]:
    made = begun(tmp_path_factory.mktemp("embedding"))
    yield made
    made.process.kill()
    made.process.wait()


def session(parent: Parent) -> httpx2.Response:
    """What signing in with the folder's token gets."""
    body = {"token": parent.token, "next": "/sites/shop/settings"}
    return httpx2.post(f"{parent.url}/insight/login", data=body, headers={"Origin": parent.url}, timeout=120)


def test_the_other_pages_stay_what_they_are(parent: Parent) -> None:
    assert parent.get("/").text == "the shop's own page"
    assert parent.get("/insight/health").json() == {"status": "ok"}
    assert parent.get("/insight/none").status_code == 404


def test_a_stranger_is_asked_for_under_the_path_and_comes_back_there(parent: Parent) -> None:
    asked = parent.get("/insight/sites/shop/settings?range=7d")
    assert (asked.status_code, asked.headers["location"]) == (
        303, "/insight/login?next=/sites/shop/settings%3Frange%3D7d",
    )  # fmt: skip
    assert 'action="/insight/login?lang=en"' in parent.get("/insight/login").text
    answer = session(parent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/insight/sites/shop/settings")
    assert "; Path=/insight;" in answer.headers["set-cookie"]


def test_every_address_in_a_page_is_under_the_path(parent: Parent) -> None:
    cookie = session(parent).headers["set-cookie"].partition(";")[0]
    page = parent.get("/insight/sites/shop/settings", Cookie=cookie)
    assert page.status_code == 200
    links = set(re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text))
    assert "/insight/static/pages.css" in links
    assert {link for link in links if not link.startswith("/insight/")} == set()
    assert "src=&#34;/insight/m/s.js&#34;" in page.text
    for link in ("/insight/static/pages.css", "/insight/static/pages.js", "/insight/m/s.js"):
        assert parent.get(link).status_code == 200
    answer = parent.get("/insight/links?q=tea", Cookie=cookie)
    assert answer.headers["location"] == "/insight/sites/shop/links?q=tea"


def test_events_are_collected_and_reported(parent: Parent) -> None:
    now = int(time.time() * 1000)
    event = {"id": "0199aaaa-0000-7000-8000-000000000001", "name": "page_view", "t": now, "url": f"{ORIGIN}/tea"}
    consent = {"state": "granted", "source": "api", "at": now}
    batch = {"v": 1, "site": "shop", "sent_at": now, "consent": consent, "events": [event]}
    sent = httpx2.post(f"{parent.url}/insight/m/e", content=json.dumps(batch),
                       headers={"Origin": ORIGIN, "Content-Type": "text/plain"}, timeout=120)  # fmt: skip
    assert (sent.status_code, sent.json()["accepted"]) == (202, 1)
    answer = httpx2.post(f"{parent.url}/insight/api/sites/shop/reports/overview", content="{}",
                         headers={"Authorization": f"Bearer {parent.token}"}, timeout=120)  # fmt: skip
    assert answer.json()["totals"]["page_views"] == 1


def test_links_and_shares_say_the_path(parent: Parent) -> None:
    admin = {"Authorization": f"Bearer {parent.token}"}
    wish = {"url": f"{ORIGIN}/tea", "source": "newsletter", "medium": "email", "campaign": "spring", "code": "spring"}
    made = httpx2.post(f"{parent.url}/insight/api/links", json=wish, headers=admin, timeout=120).json()
    assert made["short"] == f"{parent.url}/insight/l/spring"
    assert parent.get("/insight/l/spring").headers["location"].startswith(f"{ORIGIN}/tea?")
    shares = f"{parent.url}/insight/api/sites/shop/shares"
    shared = httpx2.post(shares, json={"page": "quality"}, headers=admin, timeout=120).json()
    assert shared["path"].startswith("/insight/share/")
    assert parent.get(shared["path"]).status_code == 200
    assert 'href="/insight/static/gone.css"' in parent.get("/insight/l/unknown").text


def test_forms_of_the_pages_work_under_the_path(parent: Parent) -> None:
    own = {"Cookie": session(parent).headers["set-cookie"].partition(";")[0], "Origin": parent.url}
    page = parent.get("/insight/sites/shop/quality", **own).text
    assert f"{parent.url}/insight/api/sites/shop/shares" in unescape(page)
    csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
    shop = f"{parent.url}/insight/sites/shop"
    saved = httpx2.post(
        f"{shop}/quality?range=7d", data={"csrf": csrf, "do": "view", "name": "week"}, headers=own, timeout=120
    )
    assert saved.headers["location"] == "/insight/sites/shop/quality?range=7d&done=tools:view#views"
    made = httpx2.post(f"{shop}/quality", data={"csrf": csrf, "do": "share", "days": "1"}, headers=own, timeout=120)
    assert re.search(rf"<code>{re.escape(parent.url)}/insight/share/", made.text)
    guest = httpx2.post(f"{shop}/settings/users", data={"csrf": csrf, "do": "invite", "name": "eve", "role": "viewer"},
                        headers=own, timeout=120)  # fmt: skip
    link = re.search(rf"<code>{re.escape(parent.url)}(/insight/setup/[\w-]+)</code>", guest.text)
    assert link is not None
    assert f'action="{link[1]}?lang=en"' in parent.get(link[1]).text


def test_the_end_of_the_application_closes_the_house(tmp_path: Path) -> None:
    made = begun(tmp_path)
    made.process.send_signal(signal.SIGTERM)
    made.process.wait(120)
    assert "0 faults" in command(made.data, "check")
    assert not (made.data / "control.sock").exists()


async def test_before_it_is_open_it_says_so(tmp_path: Path) -> None:
    from collector.app import Embedded  # noqa: PLC0415

    line = httpx2.ASGITransport(Embedded(tmp_path / "data"))
    async with httpx2.AsyncClient(transport=line, base_url="http://here") as client:
        assert (await client.get("/health")).status_code == 503
