"""The life of a page: left, hidden, kept for the way back, made ahead of a visit."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright
from websockets.sync.client import ClientConnection, connect

from tests.browser.conftest import CHROMIUM, FLAGS, GRANT, Site

CONSENTING = "<script>balise('consent', 'granted', {source: 'cmp'})</script>"
SPECULATION = '<script type="speculationrules">{"prerender": [{"urls": ["/ahead"], "eagerness": "immediate"}]}</script>'


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A Chromium as people have it, not held in the foreground; the address of its debugger."""
    own = ("--headless=new", "--remote-debugging-port=0", f"--user-data-dir={tmp_path}/profile", "about:blank")
    command = [CHROMIUM, *FLAGS, *own]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert process.stderr is not None
    yield next(found[0] for found in (re.search(r"ws://\S+", line) for line in process.stderr) if found)
    process.terminate()
    process.stderr.close()
    process.wait(60)


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
            message = json.loads(self.socket.recv(10))
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
        for _ in range(1_000):
            if len(self.pages) >= count:
                return
            self.send("Browser.getVersion")
        raise AssertionError(f"expected {count} pages, found {len(self.pages)}")

    def until(self, session: str, expression: str) -> None:
        for _ in range(1_000):
            answer = self.send(
                "Runtime.evaluate", session, expression=expression, awaitPromise=True, returnByValue=True
            )
            if answer.get("result", {}).get("value") is True:
                return
        raise AssertionError(f"never true: {expression}")
