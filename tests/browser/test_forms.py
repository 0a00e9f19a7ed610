"""What a person does on the pages, in a real Chromium without scripts, by keyboard, on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from collector.pages.registry import PAGES
from collector.pages.words import words
from tests.conftest import ORIGIN, Server, command
from tests.web.visitors import PASSWORD, signed_in

AXE = Path(__file__).parent / "axe" / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PHONE = {"width": 390, "height": 800}
PATIENCE = 120_000  # ms


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("forms") / "data"
    command(folder, "site", "add", "shop", "--origin", ORIGIN, "--timezone", "Europe/Paris")
    command(folder, "user", "add", "admin", "--role", "admin", stdin=f"{PASSWORD}\n".encode())
    running = Server(folder)
    yield running
    running.stop()


def opened(browser: Browser, house: Server, path: str, who: str = "", **options: Any) -> Page:
    """A page as somebody sees it who has no script and a phone."""
    context = browser.new_context(**{"viewport": PHONE, "java_script_enabled": False, "locale": "fr-FR", **options})
    context.set_default_timeout(PATIENCE)
    if who:
        name, _, value = signed_in(house, who)["Cookie"].partition("=")
        context.add_cookies([{"name": name, "value": value, "url": house.url}])
    tab = context.new_page()
    tab.goto(f"{house.url}{path}", wait_until="load")
    return tab


def test_somebody_is_invited_and_comes_in_by_keyboard_alone(browser: Browser, house: Server) -> None:
    admin = opened(browser, house, "/sites/shop/settings", "admin")
    field = admin.get_by_label("Inviter quelqu’un sous le nom")
    field.focus()
    admin.keyboard.type("lea dupont")
    with admin.expect_navigation(wait_until="load"):
        admin.keyboard.press("Enter")
    assert "sans accent ni espace, et non lea dupont" in admin.locator("#fault-name").inner_text()
    assert field.input_value() == "lea dupont"
    assert field.get_attribute("aria-invalid") == "true"
    field.focus()
    admin.keyboard.press("Control+A")
    admin.keyboard.type("lea")
    with admin.expect_navigation(wait_until="load"):
        admin.keyboard.press("Enter")
    link = admin.locator("#users [role=status] code").inner_text()
    guest = opened(browser, house, link.removeprefix(house.url))
    guest.locator("#password").focus()
    guest.keyboard.type(PASSWORD)
    with guest.expect_navigation(wait_until="load"):
        guest.keyboard.press("Enter")
    assert "/sites/shop/overview" in guest.url
    for tab in (admin, guest):
        tab.context.close()


def press(tab: Page, key: str = "Enter") -> None:
    """A key that leads to another page, complete."""
    with tab.expect_navigation(wait_until="load"):
        tab.keyboard.press(key)


def test_a_view_is_saved_and_a_page_shared_by_keyboard_alone(browser: Browser, house: Server) -> None:
    tab = opened(browser, house, "/sites/shop/quality?range=7d", "admin")
    tab.locator("#views > summary").focus()
    tab.keyboard.press("Enter")
    tab.locator("#views input[name=name]").first.wait_for(state="visible")
    tab.locator("#views input[name=name]").first.focus()
    tab.keyboard.type("Semaine – été")
    press(tab)
    assert tab.locator("#views [role=status]").inner_text() == "Enregistrée."
    tab.goto(f"{house.url}/sites/shop/quality?range=30d", wait_until="load")
    tab.get_by_role("link", name="Semaine – été").focus()
    press(tab)
    assert "range=7d" in tab.url
    tab.locator("#share > summary").focus()
    tab.keyboard.press("Enter")
    days = tab.get_by_label("Durée de validité, en jours")
    days.wait_for(state="visible")
    days.focus()
    tab.keyboard.press("Control+A")
    tab.keyboard.type("0")
    press(tab)
    assert "de 1 à 366, et non 0" in tab.locator("#fault-share-days").inner_text()
    assert tab.locator("#share").get_attribute("open") is not None
    days.focus()
    tab.keyboard.press("Control+A")
    tab.keyboard.type("7")
    press(tab)
    link = tab.locator("#share [role=status] code").inner_text()
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    guest = opened(browser, house, link.removeprefix(house.url))
    assert guest.locator("h1").inner_text() == f"{words('fr')(PAGES['quality'].title)} · shop"
    assert guest.locator("form").count() == 0
    for one in (tab, guest):
        one.context.close()


@pytest.mark.parametrize("look", [("light", "en-GB", 1200), ("dark", "fr-FR", 390)])
def test_what_forms_say_is_accessible(browser: Browser, house: Server, look: tuple[str, str, int]) -> None:
    scheme, language, width = look
    tab = opened(browser, house, "/sites/shop/settings", "admin", java_script_enabled=True, color_scheme=scheme,
                 locale=language, viewport={"width": width, "height": 800})  # fmt: skip
    tab.locator("#tokens input[name=name]").last.fill("reader")
    with tab.expect_navigation(wait_until="load"):
        tab.locator("#tokens button.main").click()
    assert tab.locator("#fault-actions").is_visible()
    assert violations(tab) == []
    tab.locator("#tokens input[name=action-read]").check()
    tab.locator("#tokens input[name=name]").last.fill(f"reader-{width}")
    with tab.expect_navigation(wait_until="load"):
        tab.locator("#tokens button.main").click()
    assert tab.locator("#tokens [role=status] code").inner_text().startswith("balise_")
    assert violations(tab) == []
    tab.context.close()


def violations(tab: Page) -> list[str]:
    """What axe finds, every panel open."""
    tab.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
    tab.evaluate(AXE.read_text("utf-8"))
    found = tab.evaluate("(rules) => axe.run(document, rules)", RULES)
    assert len(found["passes"]) > 15
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]
