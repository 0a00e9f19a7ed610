"""Real parts: a collector process on a real socket over a real folder, a real Chromium, and pages on another port."""

from __future__ import annotations

import itertools
import json
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from collector.cli import asking, balise, rows, sites
from tests.browser.shop import Shop
from tests.browser.wire import Wire
from tests.conftest import Server

expect.set_options(timeout=60_000)  # ms; a loaded machine takes its time

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update")  # fmt: skip
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
SPIES = Path(__file__).parent / "spies.js"
COMMANDS = (asking, rows, sites)  # they register themselves with `balise`
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


class Collector(Server):
    """A running collector, and the commands over its folder."""

    def run(self, *arguments: str) -> str:
        """What a command prints. In this process, where it starts at once, but on a thread without an event loop."""
        with ThreadPoolExecutor(1) as thread:
            done = thread.submit(CliRunner().invoke, balise, ["--data", str(self.data), *arguments]).result()
        assert done.exit_code == 0, done.output
        return done.stdout


class Site:
    """One site: its pages, the wire to its collector, and what the collector kept."""

    def __init__(self, collector: Collector, wire: Wire, shop: Shop, name: str) -> None:
        self.collector, self.wire, self.shop, self.name = collector, wire, shop, name
        self.file = "s.js"
        self.attributes()

    def build(self, name: str, **data: str) -> None:
        """The tag names another build from now on."""
        self.file = f"s.{name}.js"
        self.attributes(**data)

    def attributes(self, **data: str) -> None:
        """The tag's attributes from now on: `attributes(auto="false")` is `data-auto="false"`."""
        extra = "".join(f' data-{name.replace("_", "-")}="{value}"' for name, value in data.items())
        self.tag = f'<script defer src="{self.wire.url}/m/{self.file}" data-site="{self.name}"{extra}></script>'
        self.shop.tag = self.tag

    def rows(self, *names: str) -> list[dict[str, Any]]:
        """The site's events as the collector kept them; engagement, which depends on time, only if it is named."""
        exported = self.collector.run("export", "--site", self.name, "--format", "ndjson")
        rows = [json.loads(line) for line in exported.splitlines()]
        return [row for row in rows if (row["name"] in names if names else row["name"] != "engagement")]

    def heard(self, tab: Page) -> None:
        """Wait until the page has the answers to all it has sent. The wire sees them first, and who leaves in between
        says it again with the next page."""
        tab.wait_for_function(f"!localStorage.getItem('m_{self.name}')")

    def sent_nothing(self) -> bool:
        """Whether pages fetched the snippet and did nothing else with the collector."""
        return {(e.method, e.path) for e in self.wire.exchanges} == {("GET", f"/m/{self.file}")}


@pytest.fixture(scope="session")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    started = Collector(tmp_path_factory.mktemp("browser") / "data")
    yield started
    started.stop()


@pytest.fixture
def profile() -> str:
    """The site's consent profile; a test may set another by parametrizing it."""
    return "required"


@pytest.fixture
def site(collector: Collector, profile: str) -> Iterator[Site]:
    wire, shop, name = Wire(collector.port), Shop(), f"shop{next(_numbers)}"
    collector.run(
        "site", "add", name, "--origin", shop.url, "--profile", profile, "--parameter", "size", "--hash-routes"
    )
    yield Site(collector, wire, shop, name)
    shop.stop()
    wire.stop()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Per module: while it runs, this thread has a running event loop, which asynchronous tests cannot share."""
    with sync_playwright() as started:
        yield started


@contextmanager
def short() -> Iterator[Path]:
    """A folder for a browser's own files. Its path is short: one of them is a socket, whose path may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="b", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium, as Playwright holds it."""
    with short() as folder:
        environment = {**os.environ, "TMPDIR": str(folder)}
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=environment, timeout=120_000)
        yield started
        started.close()


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with launched(playwright) as started:
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(user_agent=AGENT)
    opened.set_default_timeout(60_000)
    opened.add_init_script(path=SPIES)
    yield opened
    opened.close()


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    return context.new_page()


def cookies(context: BrowserContext) -> list[str]:
    """The names of the cookies; a wire that has seen an answer is ahead of the browser that stores its cookie."""
    return sorted(cookie["name"] for cookie in context.cookies())


GRANT = "balise('consent', 'granted', {source: 'banner', policy: 'p1', purposes: ['measure']})"
PAUSED = "new Promise((done) => setTimeout(done, 150))"  # the snippet sends in the next task


def two_frames(tab: Page) -> None:
    """What was to happen in the next rendering step has happened: scroll events, autofocus."""
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def calm(tab: Page) -> None:
    """Let pass what a page would have sent by now."""
    tab.evaluate(PAUSED)
