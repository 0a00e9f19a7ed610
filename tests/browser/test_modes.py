"""The modes `exempt` and `hybrid`: the reduced measurement, and what a grant adds to it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import GRANT, Site, calm

LANDING = "/land?utm_source=News&utm_campaign=spring&gclid=g&size=M&q=s3cret#top"
BUSY = """<form id="f"><input name="a" id="a"></form>
<a id="out" href="#" data-event="use">x</a> <a id="far" href="https://x.example/">y</a>"""
STAY = "<script>addEventListener('click', (click) => click.preventDefault())</script>"


def batches(site: Site) -> list[dict[str, Any]]:
    return [json.loads(exchange.body) for exchange in site.wire.posts()]


def opened(site: Site, tab: Page, mode: str) -> None:
    site.attributes(consent=mode)
    site.shop.place("/land", BUSY + STAY)
    tab.goto(site.shop.url + LANDING, referer="https://search.example/find?q=x")
    site.wire.arrived(1)


@pytest.mark.parametrize("profile", ["exempt", "hybrid"])
def test_the_reduced_measurement_says_where_and_nothing_of_whom(
    site: Site, context: BrowserContext, tab: Page, profile: str
) -> None:
    opened(site, tab, profile)
    tab.evaluate("balise('identify', 'customer-7')")
    tab.evaluate("balise('track', 'use', {n: 1}, {id: 'order-1', revenue: {amount: '1.00', currency: 'EUR'}})")
    tab.fill("#a", "canary")
    tab.click("#out")
    tab.click("#far")
    tab.evaluate("history.pushState({}, '', '/next?utm_source=x')")
    site.wire.arrived(4)
    calm(tab)
    view, called, clicked, moved = site.wire.events()
    assert (view["url"], view["referrer"]) == (site.shop.url + "/land", "https://search.example")
    assert (moved["url"], moved["referrer"]) == (site.shop.url + "/next", site.shop.url)
    assert [event["name"] for event in (view, called, clicked, moved)] == ["page_view", "use", "use", "page_view"]
    assert {"user", "revenue"} & (set(called) | set(moved)) == set()
    assert called["id"] != "order-1"
    assert {key for batch in batches(site) for key in batch} == {"v", "site", "sent_at", "tz", "events"}
    device = ("localStorage", "Storage.", "document.cookie", "IDB", "Cache")
    assert [what for what in tab.evaluate("touched") if what.startswith(device)] == []
    assert context.cookies() == []
    rows = site.rows()
    assert len(rows) == 4
    assert {(row.get("source"), row.get("user"), row.get("referrer_path")) for row in rows} == {(None, None, None)}


@pytest.mark.parametrize("profile", ["exempt"])
def test_what_is_exempt_does_not_change_with_a_choice_but_ends_with_a_withdrawal(site: Site, tab: Page) -> None:
    opened(site, tab, "exempt")
    tab.evaluate(f"{GRANT}; balise('consent', 'denied'); balise('track', 'on')")
    site.wire.arrived(2)
    assert all("consent" not in batch for batch in batches(site))
    tab.evaluate("balise('consent', 'withdrawn'); balise('track', 'off')")
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")
    calm(tab)
    assert site.wire.events("off") == []


@pytest.mark.parametrize("profile", ["hybrid"])
def test_a_grant_brings_campaign_and_referrer_to_the_running_visit(site: Site, tab: Page) -> None:
    opened(site, tab, "hybrid")
    tab.evaluate(GRANT)
    tab.evaluate("balise('track', 'after')")
    site.wire.arrived(3)
    view, carrier, after = site.wire.events()
    assert [carrier["name"], after["name"]] == ["consent_granted", "after"]
    assert carrier["page"] == view["page"] == after["page"]
    assert carrier["url"] == site.shop.url + "/land?utm_source=News&utm_campaign=spring&gclid=1"
    assert carrier["referrer"] == "https://search.example/find"
    first, *others = batches(site)
    assert "consent" not in first
    assert {batch["consent"]["state"] for batch in others} == {"granted"}
    report = json.loads(site.collector.run("report", "overview", "--site", site.name, "--format", "json"))
    assert (report["totals"]["sessions"], report["totals"]["page_views_in_sessions"]) == (1, 1)
    campaigns = site.collector.run("report", "campaigns", "--site", site.name, "--format", "json")
    assert "spring" in campaigns


@pytest.mark.parametrize("profile", ["hybrid"])
def test_a_refusal_changes_nothing_in_the_reduced_measurement(site: Site, tab: Page) -> None:
    opened(site, tab, "hybrid")
    tab.evaluate("balise('consent', 'denied'); balise('track', 'on')")
    site.wire.arrived(2)
    assert site.wire.posts("/m/forget") == []
    assert len(site.rows("page_view")) == 1


@pytest.mark.parametrize("profile", ["hybrid"])
def test_after_a_withdrawal_the_reduced_measurement_begins_anew(site: Site, context: BrowserContext, tab: Page) -> None:
    opened(site, tab, "hybrid")
    tab.evaluate(f"balise('identify', 'customer-7'); {GRANT}")
    site.wire.arrived(2)
    tab.evaluate("balise('consent', 'withdrawn')")
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")
    site.wire.arrived(3)
    tab.evaluate("balise('track', 'later')")
    later = site.wire.arrived(4)
    assert [event["name"] for event in later[2:]] == ["page_view", "later"]
    assert later[3]["page"] == later[2]["page"] != later[0]["page"]
    assert all("user" not in event and "utm" not in event["url"] for event in later[2:])
    assert "consent" not in batches(site)[-1]
    site.wire.until(lambda: context.cookies() == [], "no cookie")


@pytest.mark.parametrize("profile", ["exempt", "hybrid"])
def test_an_objection_ends_the_reduced_measurement(site: Site, tab: Page, profile: str) -> None:
    opened(site, tab, profile)
    tab.evaluate("balise('optout'); balise('track', 'off')")
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")
    calm(tab)
    assert site.wire.events("off") == []
    tab.goto(site.shop.url + "/next")
    site.wire.until(lambda: len(site.wire.posts()) >= 2, "the batch that the collector does not read")
    assert len(site.rows()) == 1


@pytest.mark.parametrize(("build", "mode"), [("lite", "exempt"), ("standard", "required"), ("full", "nonsense")])
def test_every_build_waits_for_a_grant(site: Site, context: BrowserContext, tab: Page, build: str, mode: str) -> None:
    site.build(build, consent=mode)
    site.shop.place("/", BUSY)
    tab.goto(site.shop.url + "/?utm_source=news")
    tab.fill("#a", "canary")
    tab.click("#out")
    tab.evaluate("history.pushState({}, '', '/moved'); balise('track', 'early'); balise('identify', 'customer-7')")
    calm(tab)
    assert tab.evaluate("touched") == []
    assert site.sent_nothing()
    assert (context.cookies(), site.rows()) == ([], [])
    tab.evaluate(GRANT)
    (view,) = site.wire.arrived(1)
    assert view["url"] == site.shop.url + "/moved"
