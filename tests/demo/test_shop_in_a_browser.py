from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import launched

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play, launched(play) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test for any error, and for anything that the shop's policy forbids."""
    context = browser.new_context(locale="en-GB", reduced_motion="reduce")
    opened, faults = context.new_page(), []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()
    assert faults == []


def said(page: Page) -> list[list[Any]]:
    return json.loads(page.evaluate("JSON.stringify(said)"))


def kept(page: Page) -> dict[str, list[str]]:
    return page.evaluate("({local: Object.keys(localStorage), session: Object.keys(sessionStorage)})")


def buy(page: Page, shop: str, lang: str = "en") -> None:
    page.goto(f"{shop}/{lang}/product/tea-caddy")
    page.fill("#quantity", "2")
    page.click(".buy button")
    page.click("[data-added] a")
    page.click("main .button:visible")
    for field, typed in (
        ("name", "A"),
        ("email", "a@b.example"),
        ("street", "1"),
        ("postcode", "1"),
        ("city", "B"),
    ):
        page.fill(f"#{field}", typed)
    page.click("main button:visible")
    page.check("[value=home]")
    page.click("main button:visible")
    page.click("main button:visible")
    page.wait_for_url(re.compile(f"/{lang}/thanks"))


def test_before_an_answer_nothing_is_said_and_nothing_is_stored(shop: str, page: Page) -> None:
    page.goto(f"{shop}/en")
    expect(page.locator("#consent")).to_be_visible()
    assert said(page) == []
    assert kept(page) == {"local": [], "session": []}


def test_accept_and_refuse_look_alike_and_are_one_key_press_each(shop: str, page: Page) -> None:
    page.goto(f"{shop}/en")
    style = "(one) => { const s = getComputedStyle(one), b = one.getBoundingClientRect(); \
        return [s.backgroundColor, s.color, s.fontSize, s.fontWeight, s.borderColor, b.width, b.height] }"
    refuse, accept = (page.locator(f"#consent [data-consent={state}]") for state in ("denied", "granted"))
    assert refuse.evaluate(style) == accept.evaluate(style)
    refuse.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#consent")).to_be_hidden()
    expect(page.get_by_role("status")).to_have_text("Saved: nothing is measured.")
    expect(page.locator("#content")).to_be_focused()  # the next Tab goes on in the page
    assert said(page) == [["consent", "denied", {"source": "banner", "policy": "demo-2"}]]


def test_an_answer_is_kept_under_one_key_and_not_asked_again(shop: str, page: Page) -> None:
    page.goto(f"{shop}/en")
    page.click("#consent [data-consent=granted]")
    assert kept(page) == {"local": ["brumaire-consent"], "session": []}
    page.goto(f"{shop}/fr/category/tea")
    expect(page.locator("#consent")).to_be_hidden()
    assert said(page) == [["consent", "granted", {"source": "banner", "policy": "demo-2"}]]


def test_an_answer_older_than_six_months_is_asked_for_again(shop: str, page: Page) -> None:
    page.goto(f"{shop}/en")
    old = {"state": "granted", "policy": "demo-2", "at": 0}
    page.evaluate(f"localStorage['brumaire-consent'] = '{json.dumps(old)}'")
    page.reload()
    expect(page.locator("#consent")).to_be_visible()
    assert said(page) == []


def test_consent_is_withdrawn_on_the_privacy_page(shop: str, page: Page) -> None:
    page.goto(f"{shop}/en")
    page.click("#consent [data-consent=granted]")
    page.goto(f"{shop}/en/privacy")
    expect(page.locator("[data-state=granted]")).to_be_visible()
    page.click("main [data-consent=denied]")
    expect(page.locator("[data-state=denied]")).to_be_visible()
    assert [words[1] for words in said(page)] == ["granted", "withdrawn"]


def test_the_footer_opens_the_question_again_and_gives_the_focus_back(shop: str, page: Page) -> None:
    page.goto(f"{shop}/en")
    page.click("#consent [data-consent=denied]")
    page.focus("[data-consent-open]")
    page.keyboard.press("Enter")
    expect(page.locator("#consent-title")).to_be_focused()
    page.click("#consent [data-consent=granted]")
    expect(page.locator("[data-consent-open]")).to_be_focused()


def test_a_browser_that_objects_is_not_asked(shop: str, page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    page.goto(f"{shop}/en/privacy")
    expect(page.locator("[data-state=signal]")).to_be_visible()
    expect(page.locator("#consent")).to_be_hidden()
    expect(page.locator("main [data-consent]").first).to_be_hidden()
    assert said(page) == []
    assert kept(page) == {"local": [], "session": []}


def test_a_purchase_is_told_once_with_its_amount_and_its_own_id(shop: str, page: Page) -> None:
    page.goto(f"{shop}/en")
    page.click("#consent [data-consent=granted]")
    buy(page, shop)
    told = [words for words in said(page) if words[0] == "track"]
    assert len(told) == 1
    assert told[0][1] == "purchase"
    assert told[0][3]["revenue"] == {"amount": "59.90", "currency": "EUR"}
    assert told[0][3]["id"].upper().startswith(told[0][2]["order"].removeprefix("BR-"))
    assert page.inner_text("[data-order-amount]") == "€59.90"
    page.reload()
    expect(page.locator("[data-order-number]")).to_have_text(told[0][2]["order"])
    assert [words for words in said(page) if words[0] == "track"] == []


def test_what_is_typed_is_neither_kept_nor_put_into_an_address(shop: str, page: Page) -> None:
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url + (request.post_data or "")))
    buy(page, shop, "fr")
    everything = (
        json.dumps(addresses) + page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})") + page.url
    )
    assert "a@b.example" not in everything
    assert "BR-" in page.url
    assert kept(page) == {"local": [], "session": []}


def test_changes_of_the_cart_are_told_as_what_they_are(shop: str, page: Page) -> None:
    page.goto(f"{shop}/en/product/tea-caddy")
    page.click(".buy button")
    assert said(page) == [["track", "add_to_cart", {"sku": "tea-caddy", "qty": 1, "price": 27, "currency": "EUR"}]]
    page.click("header .cart")
    page.fill("#qty-tea-caddy", "3")
    page.press("#qty-tea-caddy", "Tab")
    expect(page.locator("[data-sum=goods]")).to_have_text("€81.00")
    page.click("[data-remove]:visible")
    expect(page.get_by_text("Your cart is empty.")).to_be_visible()
    assert said(page) == [
        ["track", "add_to_cart", {"sku": "tea-caddy", "qty": 2, "price": 27, "currency": "EUR"}],
        ["track", "remove_from_cart", {"sku": "tea-caddy", "qty": 3, "price": 27, "currency": "EUR"}],
    ]


def test_a_link_in_a_letter_fills_an_empty_cart(shop: str, page: Page) -> None:
    page.goto(f"{shop}/en/cart?items=tea-caddy.2,nothing.1,mesh-infuser.1")
    expect(page.locator("[data-sum=goods]")).to_have_text("€68.50")
    assert said(page) == []


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("place", ["", "/product/camp-kettle", "/cart", "/checkout/address", "/privacy"])
def test_no_page_is_wider_than_the_screen(shop: str, page: Page, width: int, place: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{shop}/shop/fr{place}")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


# The contrast of each visible text with the colour behind it, by the formula of WCAG 2.2, 1.4.3.
CONTRAST = """() => {
  const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (one) => { for (; one; one = one.parentElement) {
    const c = getComputedStyle(one).backgroundColor; if (!/, 0\\)$|transparent/.test(c)) return c; } };
  return [...document.querySelectorAll("body *")]
    .filter((one) => one.checkVisibility() && !one.closest("svg")
      && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .map((one) => { const a = light(getComputedStyle(one).color), b = light(behind(one));
      return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), one.textContent.trim().slice(0, 40)]; });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", ["", "/product/camp-kettle", "/checkout/shipping?x", "/privacy"])
def test_every_text_stands_out_from_what_is_behind_it(shop: str, page: Page, scheme: str, place: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{shop}/en/cart?items=tea-caddy.1")
    page.goto(f"{shop}/en{place}")
    measured = page.evaluate(CONTRAST)
    assert len(measured) > 15
    assert [text for ratio, text in measured if ratio < 4.5] == []
