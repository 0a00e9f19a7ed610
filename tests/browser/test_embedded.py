"""The dashboard and the snippet of a collector that is mounted in somebody else's application, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from collector.pages.registry import PAGES
from tests.conftest import ORIGIN, command
from tests.web.test_embedding import Parent, begun

PATIENCE = 120_000  # ms


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parent]:
    made = begun(tmp_path_factory.mktemp("embedded"))
    command(made.data, "site", "change", "shop", "--origin", ORIGIN, "--origin", made.url)
    yield made
    made.process.kill()
    made.process.wait()


def followed(tab: Page, parent: Parent) -> tuple[list[str], list[str]]:
    """What the tab will ask for, and what will go wrong in it: a policy that is broken is an error of the console."""
    asked: list[str] = []
    faults: list[str] = []
    tab.on("request", lambda request: asked.append(request.url.removeprefix(parent.url)))
    tab.on("response", lambda answer: faults.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    tab.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: faults.append(str(error)))
    return asked, faults


def test_every_page_form_and_stream_works_under_the_path(browser: Browser, parent: Parent) -> None:
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    asked, faults = followed(tab, parent)
    tab.goto(f"{parent.url}/insight/")
    tab.fill("input[name=token]", parent.token)
    tab.press("input[name=token]", "Enter")
    tab.wait_for_url("**/insight/sites/shop/overview*")
    for page in (PAGES[name] for name in ("campaigns", "funnels", "links", "live", "settings")):
        tab.get_by_role("navigation", name="Pages").get_by_role("link", name=page.title, exact=True).click()
        tab.wait_for_url(f"**/insight/sites/shop/{page.name}*", wait_until="load")
        expect(tab.locator("h1")).to_have_text(page.title)
    tab.goto(f"{parent.url}/insight/sites/shop/quality?range=7d")
    tab.get_by_role("button", name="Show", exact=True).click()  # the filters
    tab.wait_for_url("**/insight/sites/shop/quality?*", wait_until="load")
    tab.locator("summary", has_text="Save this view").click()
    tab.get_by_label("Name of the view").fill("week")
    tab.get_by_role("button", name="Save the view").click()
    tab.wait_for_url("**/insight/sites/shop/quality?*done=tools:view*", wait_until="load")
    expect(tab.get_by_role("navigation", name="Saved views")).to_contain_text("week")
    tab.get_by_role("link", name="Français").click()
    expect(tab.locator("html")).to_have_attribute("lang", "fr")
    tab.goto(f"{parent.url}/insight/sites/shop/overview")  # the cookie remembers
    expect(tab.locator("html")).to_have_attribute("lang", "fr")
    assert {cookie.get("path") for cookie in context.cookies()} == {"/insight"}
    tab.get_by_role("button", name="Se déconnecter").click()
    tab.wait_for_url("**/insight/login*")
    assert [url for url in asked if not url.startswith("/insight/")] == []
    assert faults == []
    context.close()


def test_what_the_snippet_sends_appears_on_the_page_live(browser: Browser, parent: Parent) -> None:
    context = browser.new_context(locale="en-GB", extra_http_headers={"Authorization": f"Bearer {parent.token}"})
    context.set_default_timeout(PATIENCE)
    live = context.new_page()
    _, faults = followed(live, parent)
    live.goto(f"{parent.url}/insight/sites/shop/live")
    expect(live.locator("#stream-state")).to_have_text(
        "Listening: new events appear here as they are stored.", timeout=PATIENCE
    )
    visitor = browser.new_context()
    visitor.set_default_timeout(PATIENCE)
    shop = visitor.new_page()
    asked, wrong = followed(shop, parent)
    shop.goto(f"{parent.url}/shop")
    shop.evaluate("balise('consent', 'granted', {source: 'banner', policy: 'p1'})")
    expect(live.locator("#events .page").first).to_have_text("/shop", timeout=PATIENCE)
    assert {url for url in asked if url != "/shop"} == {"/insight/m/s.js", "/insight/m/e"}
    assert faults == wrong == []
    visitor.close()
    context.close()
