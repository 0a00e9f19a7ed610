"""A tab of the dashboard, of somebody who is signed in; and what axe finds in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Response

from tests.pages.place import Place

AXE = Path(__file__).parent / "axe" / "axe.min.js"  # axe-core 4.14.1, MPL-2.0
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
TARGETS = {"target-size": {"enabled": True}}  # which axe looks at only when it is asked
WIDE = {"width": 1280, "height": 900}
WATCH = """window.shifts = 0;
const sum = (list) => { for (const one of list) if (!one.hadRecentInput) window.shifts += one.value; };
const watcher = new PerformanceObserver((list) => sum(list.getEntries()));
watcher.observe({ type: 'layout-shift', buffered: true });
window.shifted = () => { sum(watcher.takeRecords()); return window.shifts; };"""
STILL = "window.setInterval = () => 0"  # no panel is replaced under a test, however long it takes
PATIENCE = 120_000  # ms


class Sight:
    """One tab of somebody who is signed in, and what went wrong in it."""

    def __init__(self, browser: Browser, place: Place, still: bool = True, **options: Any) -> None:
        self.place = place
        self.context = browser.new_context(**{"viewport": WIDE, "locale": "en-GB", **options})
        self.context.set_default_timeout(PATIENCE)
        self.tab: Page = self.context.new_page()
        self.tab.add_init_script(WATCH)
        if still:
            self.tab.add_init_script(STILL)
        self.requests: list[str] = []
        self.answers: list[Response] = []
        self.faults: list[str] = []
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("response", self._answered)
        self.tab.on("console", self._console)
        self.tab.on("pageerror", lambda error: self.faults.append(str(error)))
        self.tab.on("dialog", lambda dialog: (self.faults.append(dialog.message), dialog.dismiss()))

    def _answered(self, answer: Response) -> None:
        self.answers.append(answer)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(message.text)

    def sign_in(self) -> None:
        """By the form, with the folder's token."""
        self.tab.goto(f"{self.place.server.url}/login")
        token = self.tab.locator("input[name=token]")
        if not token.is_visible():
            self.tab.locator("summary").click()
        token.fill(self.place.token)
        token.press("Enter")
        self.tab.wait_for_url("**/sites/shop/overview")

    def open(self, path: str) -> Page:
        """A page, complete."""
        self.tab.goto(f"{self.place.server.url}{path}", wait_until="load")
        assert self.tab.locator(".done").count() == 1
        return self.tab

    def violations(self) -> list[str]:
        """What axe finds."""
        if not self.tab.evaluate("'axe' in window"):
            self.tab.evaluate(AXE.read_text("utf-8"))
        found = self.tab.evaluate("(rules) => axe.run(document, rules)", {**RULES, "rules": TARGETS})
        assert {one["id"] for one in found["passes"]} >= {"html-has-lang", "page-has-heading-one", "color-contrast"}
        return [f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
                for one in found["violations"] for node in one["nodes"]]  # fmt: skip


def seen(browser: Browser, place: Place, session: list[Any], **options: Any) -> Sight:
    sight = Sight(browser, place, **options)
    sight.context.add_cookies(session)
    return sight
