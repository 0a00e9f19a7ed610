"""What a person sees of long work, on a real server whose questions really are too long: how far the page is, what took
too long, and what to do then."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.conftest import ORIGIN, Server, command

STEPS = 32
PEOPLE, EVENTS = 10, 6_000  # and steps that all of them fit, in any order: an hour of matching
DAY = 86_400_000
QUERY = "order=unordered&window=7d&trend=none" + "&step=s" * STEPS
PATIENCE = 120_000  # ms
LOCALES = {"en": "en-GB", "fr": "fr-FR"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Restless people three weeks ago, a calm one yesterday."""
    folder, now = tmp_path_factory.mktemp("waiting") / "data", int(time.time() * 1000)
    command(folder, "site", "add", "shop", "--origin", ORIGIN)
    rows = [
        {"id": f"{n}", "t": now - 21 * DAY - n // 9, "name": "s", "visitor": f"v{n % PEOPLE}"} for n in range(EVENTS)
    ]
    rows.append({"id": "calm", "t": now - DAY, "name": "s", "visitor": "calm"})
    command(folder, "import", "-", "--site", "shop", "--quiet", stdin="\n".join(map(json.dumps, rows)).encode())
    return folder


def opened(browser: Browser, data: Path, **options: Any) -> BrowserContext:
    token = (data / "token").read_text("ascii").strip()
    context = browser.new_context(extra_http_headers={"Authorization": f"Bearer {token}"}, **options)
    context.set_default_timeout(PATIENCE)
    return context


def counting(tab: Page, server: Server) -> None:
    """The page whose second part is counted for an hour."""
    tab.goto(f"{server.url}/sites/shop/funnels?range=30d&{QUERY}", wait_until="commit")
    expect(tab.locator("#builder h2")).to_be_visible(timeout=PATIENCE)
    expect(tab.locator(".working:visible")).to_have_text("Counting… part 2 of 5", timeout=PATIENCE)


def test_a_page_says_how_far_it_is_and_who_goes_elsewhere_does_not_wait_for_it(browser: Browser, data: Path) -> None:
    server = Server(data, environment={"BALISE_REPORTS_SECONDS": "3600"})
    context = opened(browser, data, java_script_enabled=False, locale="en-GB")
    tab = context.new_page()
    counting(tab, server)
    tab.goto(f"{server.url}/sites/shop/overview?range=7d", wait_until="load")
    expect(tab.locator("[data-figure=visitors] .value")).to_have_text("1")
    expect(tab.locator(".working:visible")).to_have_count(0)
    context.close()
    server.stop()


def test_what_takes_too_long_says_so_and_a_shorter_period_helps(browser: Browser, data: Path) -> None:
    told = {
        "en": ("This took too long. A shorter period may help.", "Try again", "Look at the last 7 days"),
        "fr": ("Le calcul est trop long. Essayez une période plus courte.", "Réessayer", "Voir les 7 derniers jours"),
    }
    server, page = Server(data, environment={"BALISE_REPORTS_SECONDS": "1"}), "/sites/shop/funnels"
    for language, (sentence, again, week) in told.items():
        context = opened(browser, data, locale=LOCALES[language])
        tab = context.new_page()
        tab.goto(f"{server.url}{page}?range=30d&{QUERY}", wait_until="load")
        failed = tab.locator("#funnel .failed")
        assert failed.locator(".error").inner_text() == sentence
        assert failed.get_by_role("link", name=again).get_attribute("href") == f"?{QUERY}#funnel"
        shorter = failed.get_by_role("link", name=week).get_attribute("href")
        assert shorter == f"?range=7d&{QUERY}"
        assert tab.locator("#builder form").first.is_visible()  # the other parts are there
        context.close()
    server.stop()
    server = Server(data, environment={"BALISE_REPORTS_SECONDS": "3600"})  # however busy the machine is
    context = opened(browser, data, locale="en-GB")
    tab = context.new_page()
    tab.goto(f"{server.url}{page}{shorter}", wait_until="load")
    expect(tab.locator("#funnel")).to_contain_text("0 of 1")
    context.close()
    server.stop()
