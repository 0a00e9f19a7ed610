"""The life of a page: left, hidden, kept for the way back, made ahead of a visit."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright
from websockets.sync.client import ClientConnection, connect

from tests.browser.conftest import CHROMIUM, FLAGS, GRANT, Site, short
from tests.browser.wire import DEADLINE

CONSENTING = "<script>balise('consent', 'granted', {source: 'cmp'})</script>"
SPECULATION = '<script type="speculationrules">{"prerender": [{"urls": ["/ahead"], "eagerness": "immediate"}]}</script>'


@pytest.fixture
def address() -> Iterator[str]:
    """A Chromium as people have it, not held in the foreground; the address of its debugger."""
    with short() as folder:
        own = ("--headless=new", "--remote-debugging-port=0", f"--user-data-dir={folder}/profile", "about:blank")
        said = folder / "said"  # a file: a pipe that nobody reads to its end stops the browser when it is full
        with said.open("wb") as log:
            process = subprocess.Popen([CHROMIUM, *FLAGS, *own], stderr=log, env={**os.environ, "TMPDIR": str(folder)})
        try:
            yield announced(process, said)
        finally:
            process.terminate()
            process.wait(60)


def announced(process: subprocess.Popen[bytes], said: Path) -> str:
    """The debugger's address, once the browser has said it."""
    end = time.monotonic() + DEADLINE
    while not (found := re.search(r"ws://\S+(?=\n)", said.read_text(errors="replace"))):
        assert process.poll() is None, said.read_text(errors="replace")
        assert time.monotonic() < end, said.read_text(errors="replace")
        time.sleep(0.02)
    return found[0]


@pytest.fixture
def window(playwright: Playwright, address: str) -> Iterator[BrowserContext]:
    browser = playwright.chromium.connect_over_cdp(address, no_defaults=True)
    yield browser.contexts[0]
    browser.close()


def with_something_waiting(site: Site, tab: Page) -> None:
    """Leave the page with one request under way and one event that waits for its answer."""
    tab.goto(site.shop.url + "/")
    site.wire.held = threading.Event()
    tab.evaluate(GRANT)
    site.wire.until(lambda: site.wire.waiting == 1, "a request under way")
    tab.evaluate("balise('track', 'last')")


def all_arrive(site: Site) -> bool:
    """Let the requests go: each event has come once."""
    site.wire.until(lambda: site.wire.waiting >= 2, "the last request")
    assert site.wire.held is not None
    site.wire.held.set()
    site.wire.until(lambda: site.wire.waiting == 0 and len(site.wire.events()) >= 2, "both events")
    names = [event["name"] for event in site.wire.events()]
    return sorted(names) == sorted(row["name"] for row in site.rows()) == ["last", "page_view"]


def test_what_waits_is_sent_when_the_tab_is_closed(site: Site, tab: Page) -> None:
    with_something_waiting(site, tab)
    tab.close()
    assert all_arrive(site)


def test_what_waits_is_sent_when_the_page_is_left(site: Site, tab: Page) -> None:
    with_something_waiting(site, tab)
    tab.goto(site.shop.url + "/next")
    assert all_arrive(site)


def test_what_waits_is_sent_when_the_tab_is_hidden(site: Site, window: BrowserContext) -> None:
    tab = window.new_page()
    tab.bring_to_front()
    with_something_waiting(site, tab)
    window.new_page().bring_to_front()
    assert all_arrive(site)


def test_the_way_back_to_a_kept_page_is_a_new_page_view(site: Site, window: BrowserContext) -> None:
    tab = window.new_page()
    tab.goto(site.shop.url + "/one?utm_source=news", referer="https://search.example/")
    tab.evaluate(GRANT)
    (first,) = site.wire.arrived(1)
    tab.evaluate("window.mark = 'kept'; history.pushState({}, '', '/two')")
    site.wire.arrived(2)
    site.heard(tab)  # a page with a request under way is not kept
    tab.goto(site.shop.url + "/three")
    tab.evaluate(GRANT)
    site.wire.arrived(3)
    tab.go_back(wait_until="commit")
    views = site.wire.arrived(4)
    assert tab.evaluate("window.mark") == "kept"
    assert [row["path"] for row in site.rows()] == ["/one", "/two", "/three", "/two"]
    assert views[3]["referrer"] == first["referrer"] == "https://search.example/"
    assert len({view["page"] for view in views}) == 4


def test_a_kept_page_whose_grant_was_taken_back_meanwhile_counts_nothing(site: Site, window: BrowserContext) -> None:
    tab = window.new_page()
    tab.goto(site.shop.url + "/one")
    tab.evaluate(GRANT)
    site.wire.arrived(1)
    site.heard(tab)
    tab.evaluate("window.mark = 'kept'")
    tab.goto(site.shop.url + "/privacy")
    tab.evaluate("balise('consent', 'withdrawn')")
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")
    tab.go_back(wait_until="commit")
    tab.wait_for_function("window.mark === 'kept' && !balise('consent')")
    tab.evaluate("balise('track', 'late'); new Promise((done) => setTimeout(done, 150))")
    assert [row["path"] for row in site.rows()] == ["/one"]
    assert site.wire.events("late") == []


def test_a_page_made_ahead_is_counted_when_it_is_shown(site: Site, address: str) -> None:
    site.shop.place("/", SPECULATION)
    site.shop.place("/ahead", CONSENTING)
    with connect(address, origin=None) as socket:
        tabs = Tabs(socket)
        tabs.open(site.shop.url + "/")
        tabs.attached(2)
        ahead = tabs.pages[1]
        tabs.until(ahead, "document.prerendering && document.readyState == 'complete' && 'q' in balise")
        tabs.until(ahead, "new Promise((done) => setTimeout(() => done(document.prerendering), 150))")
        assert site.wire.posts() == []
        tabs.send("Runtime.evaluate", tabs.pages[0], expression="location.href = '/ahead'")
        (view,) = site.wire.arrived(1)
        tabs.send("Browser.close")
    assert view["url"] == site.shop.url + "/ahead"
    assert len(site.rows()) == 1


class Tabs:
    """The debugger's own protocol: only there does a tab make pages ahead."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.last, self.pages = socket, 0, list[str]()

    def send(self, method: str, session: str | None = None, *, wait: bool = True, **params: Any) -> dict[str, Any]:
        self.last += 1
        number = self.last
        message = {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        self.socket.send(json.dumps(message))
        while wait:
            message = json.loads(self.socket.recv(DEADLINE))
            if message.get("method") == "Target.attachedToTarget" and message["params"]["targetInfo"]["type"] == "page":
                self.pages.append(message["params"]["sessionId"])
                self.send("Runtime.runIfWaitingForDebugger", self.pages[-1], wait=False)
            if message.get("id") == number:
                return dict(message.get("result", {}))
        return {}

    def open(self, url: str) -> None:
        tab = self.send("Target.createTarget", url="about:blank", forTab=True)["targetId"]
        session = self.send("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
        self.send("Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=True, flatten=True)
        self.attached(1)
        self.send("Page.navigate", self.pages[0], url=url)

    def attached(self, count: int) -> None:
        end = time.monotonic() + DEADLINE
        while len(self.pages) < count:
            assert time.monotonic() < end, f"expected {count} pages, found {len(self.pages)}"
            self.send("Browser.getVersion")
            time.sleep(0.02)

    def until(self, session: str, expression: str) -> None:
        end, asked = time.monotonic() + DEADLINE, {"awaitPromise": True, "returnByValue": True}
        while (
            self.send("Runtime.evaluate", session, expression=expression, **asked).get("result", {}).get("value")
            is not True
        ):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.02)
