"""The gate: nothing before a grant, one page view at it, nothing after its end."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import AGENT, GRANT, SPIES, Site, calm, cookies

ROOT = Path(__file__).parents[2]
VERSION = json.loads((ROOT / "js" / "package.json").read_text())["version"]
BUSY_PAGE = '<form><input id="name" name="name"></form><button id="buy" data-event="buy">Buy</button>'


def use(tab: Page) -> None:
    """What a visitor and a page do: clicks, typing, moves inside the document, calls of the page's own."""
    tab.click("#buy")
    tab.fill("#name", "Ada")
    tab.evaluate("history.pushState({}, '', '/moved')")
    tab.evaluate("balise('track', 'early', {step: 1})")
    tab.evaluate("balise('identify', 'customer-7')")
    calm(tab)


def test_without_a_choice_nothing_is_read_stored_or_sent(site: Site, context: BrowserContext, tab: Page) -> None:
    site.shop.place("/", BUSY_PAGE)
    tab.goto(site.shop.url + "/?utm_source=news")
    use(tab)
    touched = tab.evaluate("touched")
    tab.goto(site.shop.url + "/next")
    calm(tab)
    assert (touched, tab.evaluate("touched")) == ([], [])
    assert site.sent_nothing()
    assert context.cookies() == []
    assert site.rows() == []


def test_a_refusal_sends_nothing_at_all(site: Site, context: BrowserContext, tab: Page) -> None:
    site.shop.place("/", BUSY_PAGE)
    tab.goto(site.shop.url + "/")
    tab.evaluate("balise('consent', 'denied')")
    use(tab)
    assert tab.evaluate("touched") == []
    assert site.sent_nothing()
    assert (context.cookies(), site.rows()) == ([], [])


@pytest.mark.parametrize("signal", ["globalPrivacyControl", "doNotTrack"])
@pytest.mark.parametrize("mode", ["required", "off"])
def test_a_browser_that_objects_is_left_alone(site: Site, browser: Browser, signal: str, mode: str) -> None:
    context = browser.new_context(user_agent=AGENT)
    value = "'1'" if signal == "doNotTrack" else "true"
    context.add_init_script(f"Object.defineProperty(navigator, '{signal}', {{get: () => {value}}})")
    context.add_init_script(path=SPIES)
    site.shop.place("/", BUSY_PAGE)
    site.attributes(consent=mode)
    tab = context.new_page()
    tab.goto(site.shop.url + "/")
    tab.evaluate(GRANT)
    use(tab)
    assert tab.evaluate("touched") == []
    assert site.sent_nothing()
    assert (context.cookies(), site.rows()) == ([], [])
    context.close()


def test_a_grant_counts_the_page_now_shown_once_and_nothing_from_before(site: Site, tab: Page) -> None:
    site.shop.place("/", BUSY_PAGE)
    query = "?utm_source=News&utm_medium=email&token=s3cret#top"
    tab.goto(site.shop.url + "/" + query, referer="https://search.example/find?q=x")
    tab.evaluate("balise('track', 'early')")
    tab.click("#buy")
    tab.evaluate(GRANT)
    tab.evaluate(GRANT)
    (view,) = site.wire.arrived(1)
    calm(tab)
    (row,) = site.rows()
    assert view["url"] == site.shop.url + "/?utm_source=News&utm_medium=email"
    assert view["referrer"] == "https://search.example/find"
    assert (row["name"], row["path"], row["source"], row["medium"]) == ("page_view", "/", "News", "email")
    assert row["referrer_host"] == "search.example"
    assert (row["state"], row["consent_source"], row["policy"]) == ("granted", "banner", "p1")


def test_a_move_while_the_choice_is_pending_does_not_swallow_the_page_view(site: Site, tab: Page) -> None:
    tab.goto(site.shop.url + "/first", referer="https://search.example/")
    tab.evaluate("history.pushState({}, '', '/second?utm_campaign=spring')")
    tab.evaluate(GRANT)
    (view,) = site.wire.arrived(1)
    calm(tab)
    (row,) = site.rows()
    assert (row["path"], row["campaign"], view["referrer"]) == ("/second", "spring", "https://search.example/")


def test_the_calls_a_page_made_before_the_snippet_came_are_answered_in_order(site: Site, tab: Page) -> None:
    grant = "balise('consent', 'granted', {source: 'cmp'})"
    site.shop.place("/", f"<script>balise('track', 'early'); {grant}; balise('track', 'late')</script>")
    tab.goto(site.shop.url + "/")
    assert [event["name"] for event in site.wire.arrived(2)] == ["page_view", "late"]


def test_the_receipt_goes_with_every_batch_and_can_be_renewed(site: Site, tab: Page) -> None:
    tab.goto(site.shop.url + "/")
    tab.evaluate("balise('consent', 'granted', {source: 'cmp', policy: 'p1', at: 1700000000000, purposes: ['a']})")
    site.wire.arrived(1)
    tab.evaluate("balise('consent', 'granted', {source: 'cmp', policy: 'p2', at: 1800000000000})")
    tab.evaluate("balise('track', 'more')")
    site.wire.arrived(2)
    first, second = (json.loads(exchange.body)["consent"] for exchange in site.wire.posts())
    said = {"state": "granted", "source": "cmp", "snippet": VERSION}
    assert first == said | {"policy": "p1", "at": 1700000000000, "purposes": ["a"]}
    assert second == said | {"policy": "p2", "at": 1800000000000}


def test_the_policy_in_force_comes_from_the_tag_unless_the_page_says_another(site: Site, tab: Page) -> None:
    site.attributes(policy="2026-11")
    tab.goto(site.shop.url + "/")
    tab.evaluate("balise('consent', 'granted')")
    site.wire.arrived(1)
    (exchange,) = site.wire.posts()
    assert json.loads(exchange.body)["consent"]["policy"] == "2026-11"


@pytest.mark.parametrize("profile", ["off"])
def test_an_operator_can_collect_without_asking(site: Site, context: BrowserContext, tab: Page) -> None:
    site.attributes(consent="off")
    tab.goto(site.shop.url + "/")
    site.wire.arrived(1)
    (row,) = site.rows()
    assert row["name"] == "page_view"
    assert "state" not in row
    assert context.cookies() == []


def test_the_visitor_s_cookie_is_one_that_no_script_can_read(site: Site, context: BrowserContext, tab: Page) -> None:
    tab.goto(site.shop.url + "/")
    tab.evaluate(GRANT)
    site.wire.arrived(1)
    site.heard(tab)
    tab.goto(site.shop.url + "/next")
    tab.evaluate(GRANT)
    site.wire.arrived(2)
    (cookie,) = context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")
    assert tab.evaluate("document.cookie") == ""
    assert {row["visitor"] for row in site.rows()} == {cookie["value"]}
    assert [("set-cookie" in exchange.answer) for exchange in site.wire.posts()] == [True, False]


@pytest.mark.parametrize("word", ["denied", "withdrawn"])
def test_a_withdrawal_stops_at_once_and_forgets(site: Site, context: BrowserContext, tab: Page, word: str) -> None:
    site.shop.place("/", BUSY_PAGE)
    tab.goto(site.shop.url + "/")
    tab.evaluate(GRANT)
    site.wire.arrived(1)
    tab.evaluate(f"balise('track', 'waiting'); balise('consent', '{word}')")
    use(tab)
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")
    tab.goto(site.shop.url + "/next")
    calm(tab)
    (forget,) = site.wire.posts("/m/forget")
    assert (json.loads(forget.body), forget.status) == ({"v": 1, "site": site.name}, 204)
    site.wire.until(lambda: cookies(context) == [], "no cookie")
    assert [row["name"] for row in site.rows()] == ["page_view"]


def test_a_withdrawal_on_a_later_page_forgets_the_visitor_too(site: Site, context: BrowserContext, tab: Page) -> None:
    tab.goto(site.shop.url + "/")
    tab.evaluate(GRANT)
    site.wire.arrived(1)
    tab.goto(site.shop.url + "/privacy")
    tab.evaluate("balise('consent', 'withdrawn')")
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")
    site.wire.until(lambda: cookies(context) == [], "no cookie")


def test_a_withdrawal_takes_back_the_request_that_is_under_way(site: Site, tab: Page) -> None:
    tab.goto(site.shop.url + "/")
    site.wire.held = threading.Event()
    failed: list[str] = []
    tab.on("requestfailed", lambda request: failed.append(request.url))
    tab.evaluate(GRANT)
    site.wire.until(lambda: site.wire.waiting == 1, "a request under way")
    with tab.expect_event("requestfailed"):
        tab.evaluate("balise('consent', 'withdrawn')")
    assert failed == [site.wire.url + "/m/e"]
    site.wire.held.set()
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")


def test_what_a_withdrawal_took_back_does_not_come_with_the_next_grant(site: Site, tab: Page) -> None:
    tab.goto(site.shop.url + "/")
    site.wire.held = threading.Event()
    tab.evaluate(GRANT)
    site.wire.until(lambda: site.wire.waiting == 1, "a request under way")
    tab.evaluate(f"balise('consent', 'withdrawn'); {GRANT}")
    site.wire.held.set()
    site.wire.arrived(2)
    tab.evaluate("balise('track', 'more')")
    site.wire.arrived(1, "more")
    ids = [event["id"] for event in site.wire.sent()]
    assert len(ids) == len(set(ids)) == 3


def test_an_order_to_forget_that_fails_is_given_again(site: Site, context: BrowserContext, tab: Page) -> None:
    tab.goto(site.shop.url + "/")
    tab.evaluate(GRANT)
    site.wire.arrived(1)
    site.wire.faults.append((503, {"Retry-After": "1"}))
    tab.evaluate("balise('consent', 'withdrawn')")
    site.wire.until(lambda: len(site.wire.posts("/m/forget")) == 2, "the second order")
    calm(tab)
    assert [exchange.status for exchange in site.wire.posts("/m/forget")] == [503, 204]
    site.wire.until(lambda: cookies(context) == [], "no cookie")


def test_a_new_grant_after_a_withdrawal_starts_with_a_new_visitor(site: Site, tab: Page) -> None:
    tab.goto(site.shop.url + "/")
    tab.evaluate(GRANT)
    site.wire.arrived(1)
    tab.evaluate("balise('identify', 'customer-7'); balise('consent', 'withdrawn')")
    tab.evaluate(GRANT)
    site.wire.arrived(2)
    tab.evaluate("history.pushState({}, '', '/on')")
    site.wire.arrived(3)
    first, second, third = site.rows()
    assert (second["name"], second["path"], third["path"]) == ("page_view", "/", "/on")
    assert first["visitor"] != second["visitor"] == third["visitor"]
    assert "user" not in second


@pytest.mark.parametrize("profile", ["off"])
def test_the_snippet_twice_on_a_page_counts_once(site: Site, tab: Page) -> None:
    site.attributes(consent="off")
    site.shop.place("/", site.tag + '<a id="go" data-event="go" href="#x">Go</a>')
    tab.goto(site.shop.url + "/")
    tab.click("#go")
    assert [event["name"] for event in site.wire.arrived(2)] == ["page_view", "go"]
    calm(tab)
    assert len(site.rows()) == 2


def test_a_wrong_call_is_a_line_in_the_console_and_never_throws(site: Site, tab: Page) -> None:
    lines: list[str] = []
    errors: list[str] = []
    tab.on("console", lambda message: lines.append(message.type))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(site.shop.url + "/")
    tab.evaluate(GRANT)
    tab.evaluate("balise('nonsense'); balise(); const loop = {}; loop.loop = loop; balise('track', 'loop', loop)")
    site.wire.arrived(1)
    assert (lines, errors) == (["warning"] * 3, [])
