"""How events travel: batches, one at a time, retries, the last moment of a page, strict pages."""

from __future__ import annotations

import json
import re
import threading
import time

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import GRANT, Site, calm
from tests.browser.shop import STUB

MANY = "for (let n = 0; n < 45; n++) balise('track', 'many', {n})"


def granted(site: Site, tab: Page, path: str = "/") -> None:
    tab.goto(site.shop.url + path)
    tab.evaluate(GRANT)
    site.wire.arrived(1)


@pytest.mark.parametrize("status", [429, 503, 502])
def test_a_refused_batch_is_sent_again_with_its_ids_after_the_time_asked_for(
    site: Site, tab: Page, status: int
) -> None:
    site.wire.faults.append((status, {"Retry-After": "2"}))
    tab.goto(site.shop.url + "/")
    began = time.monotonic()
    tab.evaluate(GRANT)
    site.wire.until(site.wire.posts, "the first try")
    tab.evaluate("balise('track', 'meanwhile')")
    site.wire.arrived(2)
    first, second = (json.loads(exchange.body) for exchange in site.wire.posts()[:2])
    assert time.monotonic() - began >= 2
    assert [event["id"] for event in second["events"]][:1] == [event["id"] for event in first["events"]]
    assert second["sent_at"] >= first["sent_at"] + 2_000
    assert [row["name"] for row in site.rows()] == ["page_view", "meanwhile"]


def test_a_collector_that_cannot_be_reached_is_tried_again(site: Site, tab: Page) -> None:
    tab.route("**/m/e", lambda route: route.abort())
    tab.goto(site.shop.url + "/")
    with tab.expect_event("requestfailed"):
        tab.evaluate(GRANT)
    tab.unroute("**/m/e")
    site.wire.arrived(1)


def test_a_batch_whose_answer_was_lost_is_kept_once(site: Site, tab: Page) -> None:
    tab.route("**/m/e", lambda route: (route.fetch(), route.abort()))
    tab.goto(site.shop.url + "/")
    with tab.expect_event("requestfailed"):
        tab.evaluate(GRANT)
    tab.unroute("**/m/e")
    site.wire.until(lambda: len(site.wire.sent()) >= 2, "the second sending")
    assert len(site.wire.events()) == len(site.rows()) == 1


def test_a_batch_refused_for_good_is_not_sent_again(site: Site, tab: Page) -> None:
    site.wire.faults.append((400, {}))
    tab.goto(site.shop.url + "/")
    tab.evaluate(GRANT)
    site.wire.until(site.wire.posts, "the first try")
    tab.evaluate("balise('track', 'next')")
    assert [event["name"] for event in site.wire.arrived(1)] == ["next"]


def test_batches_hold_twenty_events_and_travel_one_at_a_time(site: Site, tab: Page) -> None:
    tab.goto(site.shop.url + "/")
    site.wire.held = threading.Event()
    tab.evaluate(GRANT)
    site.wire.until(lambda: site.wire.waiting == 1, "a request under way")
    tab.evaluate(MANY)
    calm(tab)
    assert site.wire.waiting == 1
    site.wire.held.set()
    site.wire.arrived(46)
    assert [len(json.loads(exchange.body)["events"]) for exchange in site.wire.posts()] == [1, 20, 20, 5]
    assert [("set-cookie" in exchange.answer) for exchange in site.wire.posts()] == [True, False, False, False]
    rows = site.rows()
    assert len(rows) == 46
    assert len({row["visitor"] for row in rows}) == 1


def test_a_batch_is_never_larger_than_a_page_may_leave_behind(site: Site, tab: Page) -> None:
    granted(site, tab)
    tab.evaluate("for (let n = 0; n < 30; n++) balise('track', 'long', {text: '\\u20ac'.repeat(1900)})")
    tab.evaluate("balise('track', 'endless', {text: 'x'.repeat(20000)})")
    site.wire.arrived(30, "long")
    assert max(len(exchange.body.encode()) for exchange in site.wire.posts()) < 49_000
    assert site.wire.events("endless") == []


def test_the_page_leaves_only_its_origin_in_the_request_s_head(site: Site, tab: Page) -> None:
    site.shop.place("/reset", Referrer_Policy="unsafe-url")
    granted(site, tab, "/reset?token=s3cret")
    (exchange,) = site.wire.posts()
    assert exchange.headers["referer"] == site.shop.url + "/"
    assert exchange.headers["content-type"].startswith("text/plain")
    assert not [sent for sent in site.wire.exchanges if sent.method == "OPTIONS"]


@pytest.mark.parametrize("build", ["default", "full"])
def test_a_strict_page_needs_no_exception(site: Site, tab: Page, build: str) -> None:
    policy = (
        f"default-src 'none'; script-src 'nonce-n0' 'strict-dynamic'; connect-src {site.wire.url}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    shown = site.collector.run("site", "show", site.name, "--build", build)
    file, integrity = re.findall(r'/m/(s\.[0-9a-f]{12}\.js)".* integrity="([^"]+)"', shown)[0]
    pinned = f'src="{site.wire.url}/m/{file}" integrity="{integrity}" crossorigin="anonymous" data-site="{site.name}"'
    nonced = f'<script nonce="n0" defer {pinned}></script>'
    noting = "window.broken = []; addEventListener('securitypolicyviolation', (e) => broken.push(e.violatedDirective))"
    head = f'<script nonce="n0">{STUB}; {noting}</script>{nonced}'
    link = '<a id="go" data-event="go" href="#x">Go</a>'
    site.shop.place("/", link, head=head, Content_Security_Policy=policy)
    granted(site, tab)
    tab.click("#go")
    tab.evaluate("history.pushState({}, '', '/two')")
    site.wire.arrived(3)
    assert tab.evaluate("broken") == []


@pytest.mark.parametrize("shift", [-86_400_000, 86_400_000])
def test_a_clock_that_is_a_day_off_does_not_move_what_happened(site: Site, tab: Page, shift: int) -> None:
    tab.add_init_script(f"const now = Date.now; Date.now = () => now() + {shift}")
    granted(site, tab)
    tab.evaluate("balise('track', 'more')")
    site.wire.arrived(2)
    rows = site.rows()
    assert len(rows) == 2
    assert max(abs(row["t"] - time.time() * 1000) for row in rows) < 600_000


HOSTILE = """
Object.freeze(history); Object.freeze(History.prototype);
window.fetch = () => { throw new Error('patched') };
navigator.sendBeacon = () => { throw new Error('patched') };
Array.prototype.inherited = () => {}; Object.prototype.inherited = 1;
window.dataLayer = [undefined, null, 1, 'x', {}, [], {0: 'consent', 1: 'update'}];
"""


def test_a_hostile_page_is_not_disturbed_either(site: Site, tab: Page) -> None:
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.add_init_script("delete window.navigation")
    site.shop.place("/", f"<script>{HOSTILE}</script><a id='go' data-event='go' href='#x'>Go</a>")
    tab.goto(site.shop.url + "/")
    tab.evaluate(GRANT)
    tab.click("#go")
    tab.evaluate("history.pushState({}, '', '/two')")
    calm(tab)
    assert (errors, tab.url) == ([], site.shop.url + "/two")
    assert site.wire.posts() == []


@pytest.mark.parametrize("profile", ["off"])
@pytest.mark.parametrize("second", ["s.lite.js", "s.full.js"])
def test_two_builds_on_a_page_count_once(site: Site, tab: Page, second: str) -> None:
    site.attributes(consent="off")
    site.shop.place("/", site.tag.replace("s.js", second) + '<a id="go" data-event="go" href="#x">Go</a>')
    tab.goto(site.shop.url + "/")
    tab.click("#go")
    assert [event["name"] for event in site.wire.arrived(2)] == ["page_view", "go"]
    calm(tab)
    assert len(site.rows()) == 2
