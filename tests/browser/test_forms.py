"""What a person does on the pages, in a real Chromium without scripts, by keyboard, on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import ORIGIN, Server, command
from tests.web.visitors import PASSWORD, signed_in

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
