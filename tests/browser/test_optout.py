"""The opt-out page in a browser that runs no script."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Collector


def test_a_visitor_objects_and_comes_back_without_any_script(browser: Browser, collector: Collector) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    tab = context.new_page()
    tab.goto(f"{collector.url}/m/optout")
    expect(tab.get_by_role("status")).to_have_text("Vous êtes compté·e dans la mesure d’audience.")
    tab.get_by_role("button", name="Ne pas me compter").click()
    expect(tab.get_by_role("status")).to_have_text("Vous n’êtes pas compté·e dans la mesure d’audience.")
    assert [(cookie["name"], cookie["value"]) for cookie in context.cookies()] == [("m_optout", "1")]
    tab.get_by_role("link", name="English").click()
    expect(tab.get_by_role("status")).to_have_text("You are not counted in the audience measurement.")
    tab.get_by_role("button", name="Count me again").focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("status")).to_have_text("You are counted in the audience measurement.")
    assert context.cookies() == []
    context.close()
