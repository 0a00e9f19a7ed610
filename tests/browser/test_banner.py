"""The banner of our own, in a real browser, beside the real snippet."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import AGENT, Site, calm, two_frames
from tests.browser.shop import STUB

DAY = 86_400_000
BANNER = Path(__file__).parents[2] / "collector" / "web" / "static" / "banner.js"


def placed(site: Site, body: str = "<h1>Tea</h1><a href='/next'>Next</a>", **data: str) -> None:
    """A page with the snippet and the banner; a strict policy lets nothing else run or style."""
    said = "".join(f' data-{name}="{value}"' for name, value in ({"policy": "p1", "banner": "en"} | data).items())
    head = f'{site.tag}<script defer src="{site.wire.url}/m/banner.js"{said}></script>'
    wire = site.wire.url
    policy = f"default-src 'none'; script-src {wire}; connect-src {wire}; require-trusted-types-for 'script'"
    for path in ("/", "/next"):
        site.shop.place(path, body, head=head, Content_Security_Policy=policy)


def kept(tab: Page) -> dict[str, object] | None:
    found: dict[str, object] | None = json.loads(tab.evaluate("localStorage.getItem('balise-consent')") or "null")
    return found


def received(site: Site) -> list[dict[str, object]]:
    """The receipts that the collector was told."""
    return [json.loads(exchange.body)["consent"] for exchange in site.wire.posts()]


def test_it_asks_before_anything_is_sent_and_refusing_is_as_easy_as_accepting(site: Site, tab: Page) -> None:
    placed(site, link="/privacy")
    tab.goto(site.shop.url + "/")
    dialog = tab.get_by_role("dialog", name="Audience measurement")
    expect(dialog).to_be_visible()
    buttons = dialog.get_by_role("button")
    expect(buttons).to_have_text(["Refuse", "Accept"])
    looks = [
        (round(box["width"]), round(box["height"]), button.evaluate("one => one.style.cssText"))
        for button in buttons.all() if (box := button.bounding_box())
    ]  # fmt: skip
    assert looks[0] == looks[1], "the same size and look"
    assert dialog.get_by_role("link", name="Learn more").get_attribute("href") == "/privacy"
    calm(tab)
    assert not site.wire.posts()


def test_accepting_sends_the_page_once_with_a_receipt_of_the_banner(site: Site, tab: Page) -> None:
    placed(site)
    tab.goto(site.shop.url + "/")
    tab.get_by_role("button", name="Accept").click()
    site.wire.until(site.wire.posts, "the page view")
    expect(tab.get_by_role("dialog")).to_have_count(0)
    site.heard(tab)
    tab.goto(site.shop.url + "/next")
    site.wire.until(lambda: len(site.wire.posts()) >= 2, "the next page's view")
    calm(tab)
    assert [(one["state"], one["source"], one["policy"]) for one in received(site)] == [("granted", "banner", "p1")] * 2
    assert received(site)[0]["at"] == received(site)[1]["at"], "when it was given, not when it was told again"
    assert len(site.rows()) == 2


def test_refusing_is_remembered_and_sends_nothing(site: Site, context: BrowserContext, tab: Page) -> None:
    placed(site)
    tab.goto(site.shop.url + "/")
    tab.get_by_role("button", name="Refuse").click()
    tab.goto(site.shop.url + "/next")
    expect(tab.get_by_role("button", name="change your mind")).to_be_visible()
    expect(tab.get_by_role("dialog")).to_have_count(0)
    calm(tab)
    assert (kept(tab) or {})["state"] == "denied"
    assert not [e for e in site.wire.exchanges if e.method == "POST"]
    assert context.cookies() == []


def test_a_mind_can_be_changed_and_what_was_granted_is_taken_back(site: Site, tab: Page) -> None:
    placed(site)
    tab.goto(site.shop.url + "/")
    tab.get_by_role("button", name="Accept").click()
    site.wire.until(site.wire.posts, "the page view")
    tab.get_by_role("button", name="change your mind").click()
    expect(tab.get_by_role("dialog")).to_contain_text("Your choice: accepted.")
    tab.get_by_role("button", name="Refuse").click()
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the withdrawal")
    tab.get_by_role("button", name="change your mind").click()
    expect(tab.get_by_role("dialog")).to_contain_text("Your choice: refused.")


def test_the_keyboard_is_enough(site: Site, tab: Page) -> None:
    placed(site)
    tab.goto(site.shop.url + "/")
    expect(tab.get_by_role("dialog")).to_be_focused()
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("button", name="Refuse")).to_be_focused()
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("button", name="Accept")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("dialog")).to_have_count(0)
    assert kept(tab) is None, "closing it is no choice"
    tab.get_by_role("button", name="change your mind").focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("dialog")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("button", name="change your mind")).to_be_focused()
    calm(tab)
    assert not site.wire.posts()


FIELD = "document.body.append(Object.assign(document.createElement('input'), {id: 'search', autofocus: true}))"
SCRIPT = "document.head.append(Object.assign(document.createElement('script'), {text: banner}))"
ORDERS = {"the field first": f"{FIELD}; {SCRIPT}", "the banner first": f"{SCRIPT}; {FIELD}"}


@pytest.mark.parametrize("order", ORDERS)
def test_the_field_that_the_page_focuses_has_the_focus_whichever_came_first(order: str, site: Site, tab: Page) -> None:
    """Both in one task, with no rendering step between them: nobody has the focus when the banner opens."""
    site.shop.place("/", head="")
    tab.goto(site.shop.url + "/")
    tab.evaluate(f"banner => {{ {ORDERS[order]} }}", BANNER.read_text())
    expect(tab.get_by_role("dialog")).to_be_visible()
    expect(tab.locator("#search")).to_be_focused()
    two_frames(tab)
    expect(tab.locator("#search")).to_be_focused()
    tab.get_by_role("button", name="Refuse").click()
    expect(tab.locator("#search")).to_be_focused()


def test_a_page_that_has_put_the_focus_somewhere_keeps_it(site: Site, tab: Page) -> None:
    placed(site, "<input id=search autofocus>")
    tab.goto(site.shop.url + "/")
    expect(tab.get_by_role("dialog")).to_be_visible()
    two_frames(tab)
    expect(tab.locator("#search")).to_be_focused()


def test_a_tag_that_runs_before_there_is_a_page_waits_for_it(site: Site, tab: Page) -> None:
    site.shop.place("/", "<a href='#c' data-balise-consent>Cookies</a>", head=f"<script>{BANNER.read_text()}</script>")
    tab.goto(site.shop.url + "/")
    expect(tab.get_by_role("dialog")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("button")).to_have_count(0)  # the page's own link was seen


def test_the_pages_own_link_opens_it_again_in_place_of_the_button(site: Site, tab: Page) -> None:
    placed(site, "<a href='#c' data-balise-consent>Cookies</a>", banner="fr")
    tab.goto(site.shop.url + "/")
    tab.get_by_role("button", name="Refuser").click()
    expect(tab.get_by_role("button")).to_have_count(0)
    tab.get_by_role("link", name="Cookies").click()
    expect(tab.get_by_role("dialog", name="Mesure d’audience")).to_contain_text("Votre choix : refusé.")
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("link", name="Cookies")).to_be_focused()


AGAIN = {
    "another version": ({"policy": "p0", "at": 0}, True),
    "too long ago": ({"policy": "p1", "at": 181 * DAY}, True),
    "lately": ({"policy": "p1", "at": 179 * DAY}, False),
}


@pytest.mark.parametrize("what", AGAIN)
def test_it_asks_again_when_the_notice_changed_or_the_answer_is_old(what: str, site: Site, tab: Page) -> None:
    said, asks = AGAIN[what]
    placed(site)
    choice = {"state": "granted", "policy": said["policy"], "at": int(time.time() * 1000) - int(str(said["at"]))}
    site.shop.place("/empty", head="")
    tab.goto(site.shop.url + "/empty")
    tab.evaluate("kept => localStorage.setItem('balise-consent', kept)", json.dumps(choice))
    tab.goto(site.shop.url + "/")
    expect(tab.get_by_role("dialog")).to_have_count(1 if asks else 0)
    if asks:
        calm(tab)
        assert not site.wire.posts()
    else:
        site.wire.until(site.wire.posts, "the page view")


def test_who_asks_not_to_be_tracked_is_not_asked(site: Site, browser: Browser) -> None:
    context = browser.new_context(user_agent=AGENT)
    context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {get: () => true})")
    placed(site)
    tab = context.new_page()
    tab.goto(site.shop.url + "/")
    calm(tab)
    expect(tab.get_by_role("dialog")).to_have_count(0)
    context.close()


def test_a_browser_without_storage_can_still_choose(site: Site, tab: Page) -> None:
    tab.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied') }})")
    site.shop.place(
        "/", head=f"<script>{STUB}</script>{site.tag}<script defer src='{site.wire.url}/m/banner.js'></script>"
    )
    tab.goto(site.shop.url + "/")
    tab.get_by_role("button", name="Accept").click()
    site.wire.until(site.wire.posts, "the page view")
