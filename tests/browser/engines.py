"""Other engines than Chromium, as far as the core of the suite needs them: Debian's Firefox ESR and WebKitGTK.

Firefox is driven by Playwright over WebDriver BiDi (channel `moz-firefox`); WebKit by its own driver's HTTP protocol
(W3C WebDriver), on a screen of its own, because it needs one.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import httpx2
from playwright.sync_api import Browser, BrowserContext, Page

FIREFOX = "/usr/bin/firefox-esr"
WEBKIT = "/usr/bin/WebKitWebDriver"
DEADLINE = 60.0  # seconds that a condition may take


class Engine(Protocol):
    """One tab of a browser that has no memory of earlier tests."""

    def goto(self, url: str) -> None: ...
    def evaluate(self, expression: str) -> Any: ...
    def back(self) -> None: ...
    def hide(self) -> None:
        """Put the tab out of sight, and come back when it knows."""

    def close(self) -> None:
        """Close the tab as a person would; the browser stays."""


def until(engine: Engine, expression: str) -> None:
    """Wait until an expression is true in the page; one that the way back interrupts is asked again."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        try:
            if engine.evaluate(expression) is True:
                return
        except Exception:
            pass  # the page is on its way
        time.sleep(0.05)
    raise AssertionError(f"never true: {expression}")


class Firefox:
    """A tab; alone, because one that has opened another is not kept for the way back."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.tab: Page = context.new_page()

    def goto(self, url: str) -> None:
        self.tab.goto(url)

    def evaluate(self, expression: str) -> Any:
        return self.tab.evaluate(f"(() => {{ return {expression} }})()")

    def back(self) -> None:
        self.tab.evaluate("setTimeout(() => history.back(), 0)")

    def hide(self) -> None:
        """Another tab before it. What is sent at `pagehide` alone gets lost at random when Firefox closes a tab."""
        with self.context.expect_page():
            self.tab.evaluate("window.open('about:blank'); 0")
        until(self, "document.hidden")

    def close(self) -> None:
        self.tab.close()


class WebKit:
    """A tab of MiniBrowser."""

    def __init__(self, driver: str) -> None:
        self.driver = driver
        wanted = {"webkitgtk:browserOptions": {
            "binary": _browser(), "args": ["--automation"]}}  # fmt: skip
        made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = f"/session/{made['sessionId']}"
        self.tab = self._ask("GET", self.session + "/window")

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = httpx2.request(method, self.driver + path, json=body, timeout=120)
        value = answer.json()["value"]
        assert answer.status_code == 200, value
        return value

    def goto(self, url: str) -> None:
        self._ask("POST", self.session + "/url", {"url": url})

    def evaluate(self, expression: str) -> Any:
        return self._ask("POST", self.session + "/execute/sync", {"script": f"return {expression}", "args": []})

    def back(self) -> None:
        self._ask("POST", self.session + "/back", {})

    def hide(self) -> None:
        self._ask("POST", self.session + "/window/minimize", {})
        until(self, "document.hidden")

    def close(self) -> None:
        """Another one stays, since a session ends with its last."""
        other = self._ask("POST", self.session + "/window/new", {"type": "tab"})["handle"]
        self._ask("DELETE", self.session + "/window")
        self._ask("POST", self.session + "/window", {"handle": other})

    def quit(self) -> None:
        self._ask("DELETE", self.session)


@contextmanager
def firefox(browser: Browser) -> Iterator[Firefox]:
    context = browser.new_context()
    context.set_default_timeout(2_000 * DEADLINE)
    yield Firefox(context)
    context.close()


@contextmanager
def webkit(folder: Path) -> Iterator[WebKit]:
    """A screen, a driver and a browser; they end with the test."""
    reading, writing = os.pipe()
    screen = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-nolisten", "tcp"], pass_fds=[writing],
                              stderr=subprocess.DEVNULL)  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as said:
        display = said.readline().strip()
    port = _free_port()
    home = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "TMPDIR": str(folder), "DISPLAY": f":{display}"}
    driver = subprocess.Popen([WEBKIT, f"--port={port}"], env={**os.environ, **home},
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        _listening(port)
        opened = WebKit(f"http://127.0.0.1:{port}")
        yield opened
        with suppress(AssertionError, httpx2.HTTPError):
            opened.quit()
    finally:
        for process in (driver, screen):
            process.terminate()
            process.wait(2 * DEADLINE)


def _free_port() -> int:
    """Below those that a system gives out by itself, or another test's server could be given it before the driver."""
    for port in range(20_000 + os.getpid() % 10_000, 32_000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def _listening(port: int) -> None:
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the driver did not start")


def _browser() -> str:
    return next((str(path) for path in Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")), "MiniBrowser")


def missing(name: str) -> str | None:
    """Why an engine cannot be tried here, or None."""
    needed = {"firefox": [FIREFOX], "webkit": [WEBKIT, _browser(), "Xvfb"]}[name]
    absent = [one for one in needed if shutil.which(one) is None]
    return f"no {absent[0]} here: `make engines` installs it" if absent else None
