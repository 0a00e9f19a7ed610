"""Page views: loads, moves inside the document, the way back, pages made ahead."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import GRANT, Site, calm

WITHOUT_NAVIGATION = "delete window.navigation; if (window.navigation) throw new Error('still there')"


def granted(site: Site, tab: Page, path: str) -> None:
    tab.goto(site.shop.url + path)
    tab.evaluate(GRANT)
    site.wire.arrived(1)


@pytest.fixture(params=["navigation", "fallback"])
def way(request: pytest.FixtureRequest, tab: Page) -> str:
    """With the browser's Navigation API, and without it."""
    if request.param == "fallback":
        tab.add_init_script(WITHOUT_NAVIGATION)
        # What old browsers have in its place when a page holds <nav id="navigation">.
        tab.add_init_script("addEventListener('DOMContentLoaded', () => document.body.id = 'navigation')")
    return str(request.param)


def test_moves_inside_the_document_are_page_views_that_name_the_page_before(site: Site, tab: Page, way: str) -> None:
    granted(site, tab, "/one")
    tab.evaluate("history.pushState({}, '', '/two?utm_source=x')")
    site.wire.arrived(2)
    tab.evaluate("history.replaceState({}, '', '/three')")
    site.wire.arrived(3)
    tab.evaluate("history.back()")
    views = site.wire.arrived(4, "page_view")
    calm(tab)
    assert [row["path"] for row in site.rows()] == ["/one", "/two", "/three", "/one"]
    assert [view["referrer"].removeprefix(site.shop.url) for view in views] == ["", "/one", "/two", "/three"]
    assert len({view["page"] for view in views}) == 4
    assert {view["seq"] for view in views} == {0}


def test_a_change_that_is_no_other_page_is_no_page_view(site: Site, tab: Page, way: str) -> None:
    granted(site, tab, "/one?utm_source=news&colour=red&size=M")
    tab.evaluate("history.replaceState({state: 1}, '', '/one?utm_source=news&colour=red&size=M')")
    tab.evaluate(
        "history.replaceState({}, '', '/one?colour=red&size=M')"
    )  # a script that tidies the campaign's tags away
    tab.evaluate("location.hash = 'reviews'")
    calm(tab)
    tab.evaluate("history.pushState({}, '', '/one?colour=blue&size=M')")
    site.wire.arrived(2)
    calm(tab)
    assert len(site.rows()) == 2


def test_hash_routes_are_pages_where_the_site_asks_for_it(site: Site, tab: Page, way: str) -> None:
    site.attributes(hash="")
    granted(site, tab, "/app#/home")
    tab.evaluate("location.hash = '#/cart?token=s3cret'")
    site.wire.arrived(2)
    tab.evaluate("location.hash = '#!/pay'")
    site.wire.arrived(3)
    tab.evaluate("location.hash = 'access_token=s3cret'")
    urls = [view["url"] for view in site.wire.arrived(4)]
    assert urls == [f"{site.shop.url}/app{route}" for route in ("#/home", "#/cart", "#!/pay", "")]
    assert [row["path"] for row in site.rows()] == ["/app#/home", "/app#/cart", "/app#!/pay", "/app"]


def test_without_automatic_page_views_the_page_says_when(site: Site, tab: Page, way: str) -> None:
    site.attributes(auto="false")
    tab.goto(site.shop.url + "/one")
    tab.evaluate(GRANT)
    tab.evaluate("history.pushState({}, '', '/two')")
    tab.evaluate("balise('track', 'seen')")
    (seen,) = site.wire.arrived(1)
    tab.evaluate("balise('track', 'page_view', {kind: 'list'})")
    site.wire.arrived(2)
    tab.evaluate("history.pushState({}, '', '/three')")
    tab.evaluate("balise('track', 'page_view')")
    views = site.wire.arrived(2, "page_view")
    assert seen["url"] == site.shop.url + "/two"
    assert [view["url"] for view in views] == [site.shop.url + "/two", site.shop.url + "/three"]
    assert views[1]["referrer"] == site.shop.url + "/two"
    assert [row.get("props") for row in site.rows()] == [None, {"kind": "list"}, None]


def test_moves_after_a_withdrawal_are_not_counted(site: Site, tab: Page, way: str) -> None:
    granted(site, tab, "/one")
    tab.evaluate("balise('consent', 'withdrawn')")
    tab.evaluate("history.pushState({}, '', '/two'); history.back()")
    calm(tab)
    tab.evaluate(GRANT)
    site.wire.arrived(2)
    tab.evaluate("history.pushState({}, '', '/three')")
    site.wire.arrived(3)
    calm(tab)
    assert [row["path"] for row in site.rows()] == ["/one", "/one", "/three"]


def test_events_are_numbered_within_their_page(site: Site, tab: Page) -> None:
    granted(site, tab, "/one")
    tab.evaluate("balise('track', 'a'); balise('track', 'b'); history.pushState({}, '', '/two'); balise('track', 'c')")
    events = site.wire.arrived(5)
    assert [event["name"] for event in events] == ["page_view", "a", "b", "page_view", "c"]
    assert [event["seq"] for event in events] == [0, 1, 2, 0, 1]
    pages = [event["page"] for event in events]
    assert pages[0] == pages[1] == pages[2] != pages[3] == pages[4]
    assert all(event["url"].endswith("/two") for event in events[3:])
