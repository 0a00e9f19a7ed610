"""The core of the suite in Firefox ESR and WebKitGTK: consent, page views, the way back, last words, withdrawal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.browser.conftest import GRANT, SPIES, Site
from tests.browser.engines import Engine, firefox, missing, until, webkit

DEVICE = "touched.filter((what) => !/^listener.(_|mouse|pointer|touch|click|aux|dbl|context)/.test(what)).length"


@pytest.fixture(params=["firefox", "webkit"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if reason := missing(request.param):
        pytest.skip(reason)
    if request.param == "webkit":
        with webkit(tmp_path) as opened:
            yield opened
    else:
        playwright: Playwright = request.getfixturevalue("playwright")
        with firefox(playwright) as other:
            yield other


@pytest.fixture
def watched(site: Site) -> Site:
    """The page brings the spies itself: WebKit's driver has no other way in."""
    site.tag = f"<script>{SPIES.read_text()}</script>{site.tag}"
    site.shop.tag = site.tag
    return site


def test_the_core_of_the_suite(watched: Site, engine: Engine) -> None:
    """One test, because a browser takes seconds to start."""
    site, wire, shop = watched, watched.wire, watched.shop.url
    site.shop.place("/land", '<button id="go" data-event="go">Go</button>')
    engine.goto(shop + "/land?utm_source=news&token=s3cret")

    # Nothing before a grant.
    engine.evaluate("document.querySelector('#go').click()")
    engine.evaluate("history.pushState({}, '', '/land?utm_source=news&moved=1')")
    engine.evaluate("balise('track', 'early')")
    until(engine, "document.readyState == 'complete'")
    assert engine.evaluate(DEVICE) == 0
    assert site.sent_nothing()

    # The grant counts the page shown, once.
    engine.evaluate(f"({GRANT}, 0)")
    engine.evaluate(f"({GRANT}, 0)")
    (view,) = wire.arrived(1)
    assert view["url"] == shop + "/land?utm_source=news"

    # Moves inside the document; a click.
    engine.evaluate("(history.pushState({}, '', '/two'), window.mark = 'kept', 0)")
    wire.arrived(2)
    engine.evaluate("(history.back(), 0)")
    wire.arrived(3)
    engine.evaluate("(document.querySelector('#go').click(), 0)")
    assert [event["name"] for event in wire.arrived(4)][3] == "go"

    # The way back to a kept page is a page view; the receipt is still there.
    until(engine, f"localStorage.getItem('m_{site.name}') === ''")
    engine.goto(shop + "/other")
    engine.back()
    until(engine, "window.mark === 'kept'")
    wire.arrived(4, "page_view")

    # A withdrawal ends it, here and on the device.
    engine.evaluate("(balise('consent', 'withdrawn'), 0)")
    wire.until(lambda: wire.posts("/m/forget"), "the order to forget")
    assert engine.evaluate(f"localStorage.getItem('m_{site.name}')") is None
    engine.evaluate("(balise('track', 'late'), 0)")

    # Last words arrive when the tab is closed.
    engine.goto(shop + "/last")
    engine.evaluate(f"({GRANT}, 0)")
    wire.arrived(5, "page_view")
    engine.evaluate("(balise('track', 'words'), 0)")
    engine.close()
    wire.arrived(1, "words")
    assert wire.events("late") == []
    paths = [row["path"] for row in site.rows("page_view")]
    assert paths == ["/land", "/two", "/land", "/land", "/last"]
