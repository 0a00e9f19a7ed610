"""What lies on the visitor's device: after a grant only, for a day at most, and nothing after its end."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import GRANT, Site, calm

ENTRIES = "Object.keys(localStorage).filter((name) => name.startsWith('m_'))"


def kept(site: Site, tab: Page) -> list[dict[str, Any]]:
    """The events on the device."""
    lines = str(tab.evaluate(f"localStorage.getItem('m_{site.name}') || ''")).splitlines()
    return [json.loads(line) for line in lines]


def unreachable(site: Site, tab: Page) -> None:
    """A granted page with an event that has no answer."""
    tab.route("**/m/e", lambda route: route.abort())
    tab.goto(site.shop.url + "/first")
    with tab.expect_event("requestfailed"):
        tab.evaluate(GRANT)


def delivered(site: Site, *paths: str) -> None:
    site.wire.until(lambda: {row["path"] for row in site.rows("page_view")} >= set(paths), f"{paths} in the log")
    assert sorted(row["path"] for row in site.rows("page_view")) == sorted(paths)


def test_what_could_not_be_sent_goes_with_the_next_page(site: Site, context: BrowserContext, tab: Page) -> None:
    unreachable(site, tab)
    tab.evaluate("balise('track', 'purchase', {}, {id: 'order-1', revenue: {amount: '9.90', currency: 'EUR'}})")
    tab.wait_for_function(f"localStorage.getItem('m_{site.name}').includes('page_view')")
    tab.close()
    later = context.new_page()
    later.goto(site.shop.url + "/second")
    calm(later)
    assert later.evaluate("touched") == []
    later.evaluate(GRANT)
    delivered(site, "/first", "/second")
    site.wire.until(lambda: site.rows("purchase"), "the purchase")
    (purchase,) = site.rows("purchase")
    assert (purchase["id"], purchase["amount"]) == ("order-1", "9.90")
    later.wait_for_function(f"localStorage.getItem('m_{site.name}') === ''")


def test_two_tabs_that_find_the_same_events_do_not_double_them(site: Site, context: BrowserContext, tab: Page) -> None:
    unreachable(site, tab)
    tab.wait_for_function(f"localStorage.getItem('m_{site.name}').includes('page_view')")
    tab.close()
    others = [context.new_page(), context.new_page()]
    for other, path in zip(others, ("/second", "/third"), strict=True):
        other.goto(site.shop.url + path)
    for other in others:
        other.evaluate(GRANT)
    delivered(site, "/first", "/second", "/third")
    for other in others:
        other.wait_for_function(f"localStorage.getItem('m_{site.name}') === ''")


@pytest.mark.parametrize("status", [500, 429])
def test_a_collector_that_refuses_as_the_tab_is_closed_loses_nothing(
    site: Site, context: BrowserContext, tab: Page, status: int
) -> None:
    site.wire.faults.append((status, {"Retry-After": "3600"}))
    tab.goto(site.shop.url + "/first")
    tab.evaluate(GRANT)
    site.wire.until(site.wire.posts, "the refusal")
    tab.close()
    later = context.new_page()
    later.goto(site.shop.url + "/second")
    later.evaluate(GRANT)
    delivered(site, "/first", "/second")


def test_a_request_that_was_under_way_when_the_tab_closed_is_kept_once(
    site: Site, context: BrowserContext, tab: Page
) -> None:
    tab.goto(site.shop.url + "/first")
    site.wire.held = threading.Event()
    tab.evaluate(GRANT)
    site.wire.until(lambda: site.wire.waiting == 1, "a request under way")
    tab.close()
    site.wire.held.set()
    later = context.new_page()
    later.goto(site.shop.url + "/second")
    later.evaluate(GRANT)
    delivered(site, "/first", "/second")


def test_offline_and_closed_loses_nothing(site: Site, context: BrowserContext, tab: Page) -> None:
    tab.goto(site.shop.url + "/first")
    context.set_offline(True)
    tab.evaluate(GRANT)
    tab.wait_for_function(f"(localStorage.getItem('m_{site.name}') || '').includes('page_view')")
    tab.close()
    context.set_offline(False)
    later = context.new_page()
    later.goto(site.shop.url + "/second")
    later.evaluate(GRANT)
    delivered(site, "/first", "/second")


def test_at_most_fifty_events_lie_on_the_device(site: Site, tab: Page) -> None:
    unreachable(site, tab)
    tab.evaluate("for (let n = 0; n < 90; n++) balise('track', 'many', {n}); balise('flush')")
    tab.evaluate("dispatchEvent(new Event('pagehide'))")
    assert len(kept(site, tab)) == 50


def test_what_is_older_than_a_day_is_not_sent(site: Site, tab: Page) -> None:
    tab.goto(site.shop.url + "/")
    old = "{id: 'old', name: 'page_view', t: Date.now() - 25 * 3600e3, url: location.origin + '/old'}"
    young = "{id: 'young', name: 'page_view', t: Date.now() - 23 * 3600e3, url: location.origin + '/young'}"
    tab.evaluate(
        f"localStorage.setItem('m_{site.name}', [{old}, {young}].map((one) => JSON.stringify(one)).join('\\n'))"
    )
    tab.evaluate(GRANT)
    delivered(site, "/", "/young")


def test_a_withdrawal_wipes_the_device_at_once(site: Site, context: BrowserContext, tab: Page) -> None:
    unreachable(site, tab)
    assert tab.evaluate(ENTRIES) == [f"m_{site.name}"]
    assert tab.evaluate(f"balise('consent', 'withdrawn'); {ENTRIES}") == []
    tab.unroute("**/m/e")
    tab.evaluate(GRANT)
    site.wire.arrived(1)
    calm(tab)
    assert len(site.rows("page_view")) == 1


def test_a_withdrawal_on_a_later_page_reaches_what_waits(site: Site, context: BrowserContext, tab: Page) -> None:
    unreachable(site, tab)
    tab.unroute("**/m/e")
    tab.goto(site.shop.url + "/privacy")
    tab.evaluate("balise('consent', 'withdrawn')")
    assert tab.evaluate(ENTRIES) == []
    tab.goto(site.shop.url + "/again")
    tab.evaluate(GRANT)
    delivered(site, "/again")


def test_a_withdrawal_in_one_tab_ends_the_grant_in_the_others(site: Site, context: BrowserContext, tab: Page) -> None:
    other = context.new_page()
    for page, path in ((tab, "/one"), (other, "/two")):
        page.goto(site.shop.url + path)
        page.evaluate(GRANT)
    site.wire.arrived(2)
    assert other.evaluate("balise('consent').state") == "granted"
    tab.evaluate("balise('consent', 'withdrawn')")
    other.wait_for_function("balise('consent') === undefined")
    other.evaluate("balise('track', 'late')")
    calm(other)
    assert site.wire.events("late") == []
    assert other.evaluate(ENTRIES) == []


def test_a_grant_that_ends_while_the_device_is_asked_leaves_nothing_there(site: Site, tab: Page) -> None:
    tab.goto(site.shop.url + "/")
    tab.evaluate(f"{GRANT}; balise('consent', 'withdrawn')")
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")
    calm(tab)
    assert tab.evaluate(ENTRIES) == []


@pytest.mark.parametrize("profile", ["off"])
def test_without_a_receipt_nothing_lies_there(site: Site, tab: Page) -> None:
    site.attributes(consent="off")
    tab.goto(site.shop.url + "/")
    site.wire.arrived(1)
    tab.evaluate("balise('track', 'more')")
    site.wire.arrived(2)
    device = ("localStorage", "Storage.", "document.cookie")
    assert [what for what in tab.evaluate("touched") if what.startswith(device)] == []


def test_a_device_that_refuses_is_done_without(site: Site, tab: Page) -> None:
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('refused') }})")
    tab.goto(site.shop.url + "/")
    tab.evaluate(GRANT)
    site.wire.arrived(1)
    tab.evaluate("balise('consent', 'withdrawn')")
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")
    assert errors == []


def test_a_full_device_is_done_without(site: Site, tab: Page) -> None:
    tab.goto(site.shop.url + "/")
    tab.evaluate("try { localStorage.filler = 'x'.repeat(5.2e6) } catch (error) { }")
    tab.evaluate(GRANT)
    site.wire.arrived(1)


def test_a_site_can_ask_for_an_id_on_the_device(site: Site, tab: Page) -> None:
    site.build("full", visitor="local")
    tab.goto(site.shop.url + "/")
    calm(tab)
    assert tab.evaluate(ENTRIES) == []
    tab.evaluate(GRANT)
    site.wire.arrived(1)
    tab.goto(site.shop.url + "/next")
    tab.evaluate(GRANT)
    site.wire.arrived(2)
    visitors = {json.loads(exchange.body)["visitor"] for exchange in site.wire.posts()}
    assert visitors == {tab.evaluate(f"localStorage.m_{site.name}_id")}
    month = 30 * 86_400_000
    old = f"(Date.now() - 14 * {month}).toString(16).padStart(12, '0').replace(/.{{8}}/, '$&-') + '-7000-a000-0'"
    tab.evaluate(f"localStorage.m_{site.name}_id = {old}")
    tab.goto(site.shop.url + "/last")
    tab.evaluate(GRANT)
    site.wire.arrived(3)
    (new,) = {json.loads(exchange.body)["visitor"] for exchange in site.wire.posts()} - visitors
    assert tab.evaluate(f"localStorage.m_{site.name}_id") == new
    tab.evaluate("balise('consent', 'withdrawn')")
    assert tab.evaluate(ENTRIES) == []
