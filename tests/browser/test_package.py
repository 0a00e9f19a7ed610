"""The npm package: the same snippet as functions, in a browser; and nothing at all where there is no window."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import Site, calm

DIST = Path(__file__).parents[2] / "js" / "dist"
GIVEN = "{source: 'banner', policy: 'p1', purposes: ['measure']}"


def importing(site: Site, tab: Page, script: str, module: str = "index") -> None:
    """A page whose module imports the package as `balise`."""

    def answer(route: Route) -> None:
        route.fulfill(body=(DIST / f"{module}.js").read_text(), content_type="text/javascript")

    tab.route("**/package.js", answer)
    head = f"<script type=module>import * as balise from '/package.js'; window.balise_ = balise; {script}</script>"
    site.shop.place("/", "<a id='go' data-event='go' href='#x'>Go</a>", head=head)
    tab.goto(site.shop.url + "/?utm_source=news")


def test_the_package_does_what_the_script_does(site: Site, tab: Page) -> None:
    start = f"balise.init({{site: '{site.name}', endpoint: '{site.wire.url}/m/e'}});"
    importing(site, tab, f"{start} {start} balise.track('early')")
    calm(tab)
    assert (tab.evaluate("touched"), site.wire.exchanges) == ([], [])
    tab.evaluate(f"balise_.identify('customer-7'); balise_.consent('granted', {GIVEN})")
    tab.evaluate("balise_.track('purchase', {n: 1}, {id: 'order-1', revenue: {amount: '9.90', currency: 'EUR'}})")
    tab.click("#go")
    assert [event["name"] for event in site.wire.arrived(3)] == ["page_view", "purchase", "go"]
    assert tab.evaluate("balise_.consent().policy") == "p1"
    tab.evaluate("balise_.reset(); balise_.page(); balise_.flush(); balise_.consent('withdrawn')")
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")
    rows = site.rows()
    assert [row["source"] for row in rows[:1]] == ["news"]
    assert rows[1]["amount"] == "9.90"


@pytest.mark.parametrize("profile", ["exempt"])
def test_the_package_takes_the_options_of_the_tag(site: Site, tab: Page) -> None:
    more = "consent: 'exempt', auto: false, hash: true, params: ['size', 'page'], before: (event) => event"
    importing(site, tab, f"balise.init({{site: '{site.name}', endpoint: '{site.wire.url}/m/e', {more}}})")
    calm(tab)
    assert site.wire.posts() == []
    tab.evaluate("balise_.page({step: 2})")
    (view,) = site.wire.arrived(1)
    assert (view["url"], view["props"]) == (site.shop.url + "/", {"step": 2})


def test_the_package_s_platforms_say_what_they_hear(site: Site, tab: Page) -> None:
    script = "window.told = []; balise.platforms((...answer) => told.push(answer))"
    importing(site, tab, script, "cmp")
    tab.evaluate("window.cmplz_has_consent = (name) => name == 'statistics'")
    tab.evaluate("document.dispatchEvent(new CustomEvent('cmplz_status_change'))")
    assert tab.evaluate("told") == [["complianz", True]]


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here: the package without a window stays untried")
def test_without_a_window_the_package_does_nothing() -> None:
    script = (
        f"import * as balise from '{(DIST / 'index.js').as_uri()}'; import '{(DIST / 'cmp.js').as_uri()}';"
        "balise.init({site: 'shop', consent: 'off'}); balise.track('x'); balise.page(); balise.identify('c');"
        "balise.reset(); balise.flush(); balise.on('event', () => {}); balise.config({}); balise.consent('denied');"
        "console.log(Object.keys(balise).sort().join())"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    assert done.stdout.strip() == "config,consent,flush,identify,init,on,optout,page,reset,track"
