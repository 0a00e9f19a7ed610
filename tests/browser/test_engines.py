"""The core of the suite in Firefox ESR and WebKitGTK: consent, page views, the way back, withdrawal, last words."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from tests.browser.conftest import GRANT, SPIES, Site
from tests.browser.engines import FIREFOX, Engine, firefox, missing, until, webkit

# What was read, stored, sent or listened to; the drivers set listeners of their own.
DEVICE = "touched.filter((what) => !/^listener.(_|mouse|pointer|touch|click|aux|dbl|context)/.test(what))"
ENGINES = ["firefox", "webkit"]


@pytest.fixture(scope="module")
def fox(playwright: Playwright) -> Iterator[Browser]:
    started = playwright.firefox.launch(channel="moz-firefox", executable_path=FIREFOX)
    yield started
    started.close()


def left_out(reason: str) -> None:
    """Somebody's machine may lack a browser; one that runs the suite for everybody (`CI`) may not."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if reason := missing(request.param):
        left_out(reason)
    with ExitStack() as stack:
        try:
            start = webkit(tmp_path) if request.param == "webkit" else firefox(request.getfixturevalue("fox"))
            opened = stack.enter_context(start)
        except Exception as error:  # another version than the driver knows: no fault of the snippet
            left_out(f"{request.param} cannot be driven here: {str(error).partition(chr(10))[0]}")
        yield opened


@pytest.fixture
def shop(site: Site, engine: Engine) -> Site:
    """The page brings the spies itself: WebKit's driver has no other way in."""
    site.tag = site.shop.tag = f"<script>{SPIES.read_text()}</script>{site.tag}"
    site.shop.place("/land", '<button id="go" data-event="go">Go</button>')
    engine.goto(site.shop.url + "/land?utm_source=news&token=s3cret")
    until(engine, "document.readyState == 'complete'")
    return site


def granted(site: Site, engine: Engine) -> None:
    """Given, counted and answered."""
    engine.evaluate(f"({GRANT}, 0)")
    site.wire.arrived(1)
    answered(site, engine)


def answered(site: Site, engine: Engine) -> None:
    until(engine, f"localStorage.getItem('m_{site.name}') === ''")


def test_nothing_happens_before_a_grant_which_counts_the_page_shown_once(shop: Site, engine: Engine) -> None:
    engine.evaluate("(document.querySelector('#go').click(), 0)")
    engine.evaluate("(history.pushState({}, '', '/land?utm_source=news&moved=1'), balise('track', 'early'), 0)")
    assert engine.evaluate(DEVICE) == []
    assert shop.sent_nothing()
    engine.evaluate(f"({GRANT}, {GRANT}, 0)")
    (view,) = shop.wire.arrived(1)
    assert (view["name"], view["url"]) == ("page_view", shop.shop.url + "/land?utm_source=news")
    engine.evaluate("(document.querySelector('#go').click(), 0)")
    assert [event["name"] for event in shop.wire.arrived(2)] == ["page_view", "go"]
    (row,) = shop.rows("page_view")
    assert (row["path"], row["source"], row["state"]) == ("/land", "news", "granted")


def test_moves_inside_the_document_are_page_views(shop: Site, engine: Engine) -> None:
    granted(shop, engine)
    engine.evaluate("(history.pushState({}, '', '/two'), 0)")
    shop.wire.arrived(2)
    engine.evaluate("(history.replaceState({}, '', '/three'), 0)")
    shop.wire.arrived(3)
    engine.evaluate("(history.back(), 0)")
    shop.wire.arrived(4)
    assert [row["path"] for row in shop.rows("page_view")] == ["/land", "/two", "/three", "/land"]


def test_the_way_back_to_a_kept_page_is_a_page_view(shop: Site, engine: Engine) -> None:
    """A browser that is short of memory may not keep the page: then once more, from the page it made anew."""
    granted(shop, engine)
    for _ in range(3):
        before = len(shop.wire.events("page_view"))
        engine.evaluate("(window.mark = 'kept', 0)")
        engine.goto(shop.shop.url + "/other")
        engine.back()
        until(engine, "location.pathname == '/land' && document.readyState == 'complete'")
        if engine.evaluate("window.mark || ''") == "kept":
            break
        engine.evaluate(f"({GRANT}, 0)")
        shop.wire.arrived(before + 1, "page_view")
        answered(shop, engine)
    else:
        pytest.fail("the page was never kept")
    shop.wire.arrived(before + 1, "page_view")
    assert {row["path"] for row in shop.rows("page_view")} == {"/land"}


def test_a_withdrawal_ends_it_here_and_on_the_device(shop: Site, engine: Engine) -> None:
    granted(shop, engine)
    engine.evaluate("(balise('consent', 'withdrawn'), balise('track', 'late'), 0)")
    shop.wire.until(lambda: shop.wire.posts("/m/forget"), "the order to forget")
    assert engine.evaluate(f"localStorage.getItem('m_{shop.name}')") is None
    engine.evaluate("(history.pushState({}, '', '/two'), 0)")
    engine.evaluate("new Promise((done) => setTimeout(done, 300))")
    assert [event["name"] for event in shop.wire.events()] == ["page_view"]
    receipts = shop.collector.run("consent", "export", "--site", shop.name)
    assert ('"granted"' in receipts, '"withdrawn"' in receipts) == (True, True)


def test_last_words_leave_when_the_tab_is_hidden_and_outlive_it(shop: Site, engine: Engine) -> None:
    granted(shop, engine)
    shop.wire.held = threading.Event()
    engine.evaluate("(balise('track', 'first'), 0)")
    shop.wire.until(lambda: shop.wire.waiting == 1, "a request under way")
    engine.evaluate("(balise('track', 'words'), 0)")
    engine.hide()
    shop.wire.until(lambda: shop.wire.waiting >= 2, "what waited for its answer")
    engine.close()
    shop.wire.held.set()
    shop.wire.arrived(1, "first")  # the two were let go together, and either may be answered first
    shop.wire.arrived(1, "words")
    assert [len(shop.rows(name)) for name in ("page_view", "first", "words")] == [1, 1, 1]
