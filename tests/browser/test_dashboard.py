"""The dashboard in a real Chromium: accessible, whole without a script, reached by keyboard, asking nobody else."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from collector.pages.registry import PAGES
from tests.make import a_batch, an_event
from tests.pages.place import Place, begun

AXE = Path(__file__).parent / "axe" / "axe.min.js"  # axe-core 4.14.1, MPL-2.0
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
FIRST_LOAD = 150_000  # bytes, compressed as a proxy would
PATIENCE = 120_000  # ms


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = begun(tmp_path_factory.mktemp("dashboard") / "data")
    yield made
    made.server.stop()


class Sight:
    """One tab of somebody who is signed in, and what went wrong in it."""

    def __init__(self, browser: Browser, place: Place, **options: Any) -> None:
        self.place = place
        self.context = browser.new_context(**{"viewport": WIDE, "locale": "en-GB", **options})
        self.context.set_default_timeout(PATIENCE)
        self.tab: Page = self.context.new_page()
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("console", self._console)
        self.tab.on("pageerror", lambda error: self.faults.append(str(error)))
        self.tab.on("dialog", lambda dialog: (self.faults.append(dialog.message), dialog.dismiss()))

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
        self.tab.evaluate(AXE.read_text("utf-8"))
        found = self.tab.evaluate("(rules) => axe.run(document, rules)", RULES)
        assert len(found["passes"]) > 15
        return [f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
                for one in found["violations"] for node in one["nodes"]]  # fmt: skip


@pytest.fixture(scope="module")
def session(browser: Browser, place: Place) -> Iterator[list[Any]]:
    """The cookies of somebody who signed in."""
    sight = Sight(browser, place)
    sight.sign_in()
    yield sight.context.cookies()
    sight.context.close()


def seen(browser: Browser, place: Place, session: list[Any], **options: Any) -> Sight:
    sight = Sight(browser, place, **options)
    sight.context.add_cookies(session)
    return sight


LOOKS: dict[str, dict[str, Any]] = {
    "wide light English": {"viewport": WIDE, "color_scheme": "light", "locale": "en-GB"},
    "phone dark French": {
        "viewport": PHONE, "color_scheme": "dark", "locale": "fr-FR", "is_mobile": True, "has_touch": True
    },
}  # fmt: skip


@pytest.mark.parametrize("look", list(LOOKS))
@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_is_accessible_and_fits_and_asks_nobody_else(
    browser: Browser, place: Place, session: list[Any], look: str, name: str
) -> None:
    sight = seen(browser, place, session, **LOOKS[look])
    tab = sight.open(f"/sites/shop/{name}?range=90d")
    tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = !one.matches('.sites'); })")
    assert sight.violations() == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [url for url in sight.requests if not url.startswith(f"{place.server.url}/")] == []
    assert sight.faults == []
    sight.context.close()


@pytest.mark.parametrize("name", list(PAGES))
def test_hostile_text_is_inert(browser: Browser, place: Place, session: list[Any], name: str) -> None:
    sight = seen(browser, place, session)
    tab = sight.open(f"/sites/trap/{name}?range=all")
    assert tab.locator("main img, main script, main iframe").count() == 0
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert sight.faults == []
    sight.context.close()


@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_is_read_where_scripts_are_blocked(
    browser: Browser, place: Place, session: list[Any], name: str
) -> None:
    sight = seen(browser, place, session, java_script_enabled=False)
    tab = sight.open(f"/sites/shop/{name}?range=90d")
    for panel in PAGES[name].panels:
        assert tab.locator(f"#{panel.name} h2").is_visible()
    sight.context.close()


def test_the_filters_work_where_scripts_are_blocked(browser: Browser, place: Place, session: list[Any]) -> None:
    sight = seen(browser, place, session, java_script_enabled=False)
    tab = sight.open("/sites/shop/overview?range=90d")
    with tab.expect_navigation(wait_until="load"):
        tab.locator("#sources tbody a").first.click()
    assert tab.locator(".chips li").count() == 1
    tab.get_by_label("Compare with").select_option("previous")
    with tab.expect_navigation(wait_until="load"):
        tab.get_by_role("button", name="Show", exact=True).click()
    assert "compare=previous" in tab.url
    assert tab.locator(".chips li").count() == 1
    sight.context.close()


def test_the_first_load_is_light(browser: Browser, place: Place, session: list[Any]) -> None:
    sight = seen(browser, place, session)
    sizes: list[int] = []
    sight.tab.on("response", lambda answer: sizes.append(len(gzip.compress(answer.body()))))
    sight.open("/sites/shop/overview")
    assert len(sizes) >= 4
    assert sum(sizes) <= FIRST_LOAD
    sight.context.close()


REACH = """() => {
  const at = document.activeElement;
  const style = getComputedStyle(at);
  const after = getComputedStyle(at, '::after');
  const shown = (one) => one.outlineStyle !== 'none' && parseFloat(one.outlineWidth) >= 2;
  return [[...document.querySelectorAll('*')].indexOf(at), shown(style) || shown(after), at.outerHTML.slice(0, 120)];
}"""
ALL = """() => [...document.querySelectorAll('*')].map((one, n) => [one, n])
  .filter(([one]) => one.matches('a[href], button, select, summary, pre, .scroll, input:not([type])'))
  .filter(([one]) => one.checkVisibility())
  .map(([, n]) => n)"""


def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(
    browser: Browser, place: Place, session: list[Any]
) -> None:
    sight = seen(browser, place, session)
    tab = sight.open("/sites/shop/campaigns?range=90d")
    wanted = tab.evaluate(ALL)
    assert len(wanted) > 40
    reached: list[int] = []
    for _ in range(len(wanted) + 20):  # a date field has stops of its own
        tab.keyboard.press("Tab")
        at, visible, text = tab.evaluate(REACH)
        assert visible or "date" in text or "<body" in text, text
        if at in wanted and at not in reached:
            reached.append(at)
    assert reached == wanted
    sight.context.close()


def test_events_appear_as_they_are_kept(browser: Browser, place: Place, session: list[Any]) -> None:
    sight = seen(browser, place, session)
    tab = sight.open("/sites/shop/live")
    expect(tab.locator("#stream-state")).to_have_text(
        "Listening: what is kept from now on appears here.", timeout=PATIENCE
    )
    event = an_event(name="<b>signup</b>", url="https://shop.example/join")
    assert place.server.post(a_batch(event)).json()["accepted"] == 1
    expect(tab.locator("#events .name").first).to_have_text("<b>signup</b>", timeout=PATIENCE)
    assert sight.faults == []
    sight.context.close()


def test_who_signs_out_is_out(browser: Browser, place: Place) -> None:
    sight = Sight(browser, place)
    sight.sign_in()
    sight.tab.get_by_role("button", name="Sign out").click()
    sight.tab.wait_for_url("**/login*")
    sight.tab.goto(f"{place.server.url}/sites/shop/overview")
    assert "/login?next=" in sight.tab.url
    sight.context.close()
