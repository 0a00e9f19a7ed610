"""What the larger builds record by themselves: links, engagement, forms; and what a page can ask of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import GRANT, Site, calm, cookies, two_frames

FORM = """
<form id="signup"><input name="mail" id="mail" required><input name="city" id="city">
<select name="plan" id="plan"><option>a</option><option>b</option></select>
<div data-private><input name="iban" id="iban"></div><button id="send">Send</button></form>
<form data-private id="secret"><input name="pin" id="pin"></form>
<form name="search" data-manual action="/found" onsubmit="event.preventDefault()"><input name="id" id="q"></form>
<script>document.querySelector('#signup').addEventListener('submit', (event) => event.preventDefault())</script>
"""


def granted(site: Site, tab: Page, path: str = "/") -> None:
    tab.goto(site.shop.url + path)
    tab.evaluate(GRANT)
    site.wire.arrived(1)


def said(site: Site, name: str, count: int = 1) -> list[dict[str, Any]]:
    """The properties of events of a name, once so many have come."""
    return [event.get("props") for event in site.wire.arrived(count, name)]


LINKS = {
    "https://partner.example/path/to?token=s3cret#top": ("outbound", {"url": "https://partner.example/path/to"}),
    "http://partner.example:8080/": ("outbound", {"url": "http://partner.example:8080/"}),
    "/files/report.pdf?token=s3cret": ("download", {"url": "{shop}/files/report.pdf"}),
    "https://partner.example/archive.tar.gz": ("download", {"url": "https://partner.example/archive.tar.gz"}),
    "mailto:ada@example.org?subject=x": ("mailto", None),
    "tel:+33123456789": ("tel", None),
    "/own/page.html": None,
    "/own/index.php?x=y": None,
    "/version/1.25": None,
    "#part": None,
    "javascript:void(0)": None,
}


@pytest.mark.parametrize("build", ["standard", "default"])
def test_links_that_lead_out_are_events_without_what_belongs_to_somebody(site: Site, tab: Page, build: str) -> None:
    if build != "default":
        site.build(build)
    links = "".join(f'<p><a id="l{n}" href="{href}"><b>Link</b></a></p>' for n, href in enumerate(LINKS))
    stay = "<script>addEventListener('click', (click) => click.preventDefault())</script>"
    site.shop.place("/", links + '<svg><a href="https://x.example/"><text y="9">x</text></a></svg>' + stay)
    granted(site, tab)
    for n in range(len(LINKS)):
        tab.evaluate(f"document.querySelector('#l{n} b').click()")
    tab.evaluate(
        "document.querySelector('svg text').dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))"
    )
    tab.evaluate("balise('track', 'end')")
    site.wire.arrived(1, "end")
    expected = [one for one in LINKS.values() if one and (build == "default" or one[1])]
    found = [(event["name"], event.get("props")) for event in site.wire.events()[1:-1]]
    shop = site.shop.url
    assert found == [
        (name, {"url": props["url"].replace("{shop}", shop)} if props else None) for name, props in expected
    ]
    assert "ada@" not in "".join(exchange.body for exchange in site.wire.exchanges)


def test_a_link_that_names_an_event_is_that_event_alone(site: Site, tab: Page) -> None:
    stay = "<script>addEventListener('click', (click) => click.preventDefault())</script>"
    site.shop.place("/", f'<a id="out" data-event="partner" href="https://partner.example/">Out</a>{stay}')
    granted(site, tab)
    tab.click("#out")
    site.wire.arrived(2)
    assert [event["name"] for event in site.wire.events()] == ["page_view", "partner"]


def test_the_middle_button_opens_a_link_too_and_the_right_one_does_not(site: Site, tab: Page) -> None:
    stay = "<script>addEventListener('auxclick', (click) => click.preventDefault())</script>"
    site.shop.place("/", f'<a id="out" href="https://partner.example/">Out</a>{stay}')
    granted(site, tab)
    tab.click("#out", button="right")
    tab.click("#out", button="middle")
    assert said(site, "outbound") == [{"url": "https://partner.example/"}]
    calm(tab)
    assert len(site.wire.events()) == 2


def test_time_in_sight_and_depth_are_told_when_the_page_changes(site: Site, tab: Page) -> None:
    site.shop.place("/long", '<div style="height: 5000px">Long</div>')
    granted(site, tab, "/long")
    tab.wait_for_timeout(1_100)
    tab.evaluate("scrollTo(0, 1e6)")
    tab.wait_for_function("scrollY > 1000")
    two_frames(tab)
    tab.evaluate("history.pushState({}, '', '/next')")
    (event,) = site.wire.arrived(1, "engagement")
    view = site.wire.events("page_view")[0]
    assert (event["url"], event["page"]) == (site.shop.url + "/long", view["page"])
    assert event["props"]["engaged_ms"] >= 1_000
    assert 90 <= event["props"]["scroll"] <= 100
    assert [row["name"] for row in site.rows("page_view", "engagement")].count("engagement") == 1


def test_time_in_sight_is_told_when_the_page_is_left(site: Site, tab: Page) -> None:
    granted(site, tab)
    tab.wait_for_timeout(1_100)
    tab.mouse.move(10, 10)
    tab.goto(site.shop.url + "/next")
    site.wire.arrived(1, "engagement")


def test_nobody_looks_at_a_page_that_shows_no_sign_of_life(site: Site, context: BrowserContext) -> None:
    tab = context.new_page()
    tab.clock.install()
    granted(site, tab)
    tab.clock.run_for(600_000)
    tab.evaluate("history.pushState({}, '', '/next')")
    tab.clock.run_for(1_000)
    (event,) = site.wire.arrived(1, "engagement")
    assert 60_000 <= event["props"]["engaged_ms"] < 120_000


def test_engagement_is_passive_in_reports(site: Site, tab: Page) -> None:
    granted(site, tab)
    tab.wait_for_timeout(1_100)
    tab.mouse.move(10, 10)
    tab.goto(site.shop.url + "/next")
    site.wire.arrived(1, "engagement")
    report = json.loads(site.collector.run("report", "overview", "--site", site.name, "--format", "json"))
    assert (report["totals"]["sessions"], report["totals"]["bounce_rate"]) == (1, 1.0)


def test_a_form_is_told_by_the_names_of_its_fields(site: Site, tab: Page) -> None:
    site.shop.place("/", FORM)
    granted(site, tab)
    tab.fill("#city", "canary")
    tab.click("#send")  # mail is missing: the browser stops it
    tab.fill("#mail", "canary@example.org")
    tab.select_option("#plan", "b")
    tab.fill("#city", "canary again")
    tab.fill("#iban", "canary")
    tab.fill("#pin", "canary")
    tab.click("#send")
    site.wire.arrived(1, "form_success")
    found = [(event["name"], event["props"]) for event in site.wire.events()[1:]]
    field = "form_field"
    assert found == [
        (field, {"form": "signup", "field": "city"}),
        ("form_submit", {"form": "signup", "field": "mail", "failed": True}),
        (field, {"form": "signup", "field": "mail"}),
        (field, {"form": "signup", "field": "plan"}),
        (field, {"form": "signup", "field": "city"}),
        ("form_submit", {"form": "signup"}),
        ("form_success", {"form": "signup"}),
    ]
    assert "canary" not in "".join(exchange.body for exchange in site.wire.exchanges)


def test_a_form_whose_page_tells_the_outcome_is_only_tried(site: Site, tab: Page) -> None:
    site.shop.place("/", FORM)
    granted(site, tab)
    tab.fill("#q", "canary")
    tab.press("#q", "Enter")
    assert said(site, "form_submit") == [{"form": "search"}]
    calm(tab)
    assert site.wire.events("form_success") == []


def test_a_form_that_is_left_is_abandoned_at_its_last_field(site: Site, tab: Page) -> None:
    site.shop.place("/", FORM)
    granted(site, tab)
    tab.fill("#mail", "x@example.org")
    tab.fill("#city", "Lyon")
    tab.goto(site.shop.url + "/away")
    site.wire.arrived(2, "form_field")
    later = max(row["t"] for row in site.rows()) + 3_600_000
    spec = json.dumps({"type": "form", "form": "signup", "now": later})
    path = site.collector.data.parent / f"{site.name}.json"
    path.write_text(spec)
    report = json.loads(
        site.collector.run("report", "abandonment", "--site", site.name, "--spec", str(path), "--format", "json")
    )
    assert {"starters": 1, "abandoned": 1, "completed": 0}.items() <= report["totals"].items()
    assert [row["field"] for row in report["rows"] if row["last"]] == ["city"]


def test_a_page_can_change_or_drop_an_event_before_it_leaves(site: Site, tab: Page) -> None:
    tab.goto(site.shop.url + "/")
    hook = "(event) => event.name == 'secret' ? null : Object.assign(event, {props: {seen: true}})"
    tab.evaluate(f"balise('config', {{before: {hook}}})")
    tab.evaluate(GRANT)
    tab.evaluate("balise('track', 'secret'); balise('track', 'open')")
    assert [(event["name"], event["props"]) for event in site.wire.arrived(2)] == [
        ("page_view", {"seen": True}),
        ("open", {"seen": True}),
    ]


def test_a_page_can_count_a_view_of_its_own(site: Site, tab: Page) -> None:
    site.attributes(auto="false")
    tab.goto(site.shop.url + "/")
    tab.evaluate(GRANT)
    tab.evaluate(f"balise('page', {{kind: 'step'}}, {{url: '{site.shop.url}/checkout/pay'}})")
    (view,) = site.wire.arrived(1)
    assert (view["name"], view["url"], view["props"]) == (
        "page_view",
        site.shop.url + "/checkout/pay",
        {"kind": "step"},
    )


def test_a_page_can_listen(site: Site, tab: Page) -> None:
    site.build("full")
    tab.goto(site.shop.url + "/")
    tab.evaluate("window.told = []; balise('on', 'consent', (receipt) => told.push(receipt && receipt.source))")
    tab.evaluate("balise('on', 'event', (event) => told.push(event.name))")
    tab.evaluate(GRANT)
    tab.evaluate("balise('consent', 'withdrawn')")
    assert tab.evaluate("told") == ["page_view", "banner", None]


def test_an_objection_holds_until_it_is_taken_back(site: Site, context: BrowserContext, tab: Page) -> None:
    granted(site, tab)
    tab.evaluate("balise('optout')")
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")
    tab.evaluate(GRANT)
    calm(tab)
    site.wire.until(lambda: cookies(context) == ["m_optout"], "the objection alone")
    assert context.cookies()[0]["value"] == "1"
    tab.goto(site.shop.url + "/next")
    tab.evaluate(GRANT)
    site.wire.until(lambda: len(site.wire.posts()) >= 2, "the batch that the collector does not read")
    assert [row["path"] for row in site.rows()] == ["/"]
    tab.evaluate(f"balise('optout', false); {GRANT}")
    tab.evaluate("balise('track', 'back')")
    site.wire.until(lambda: site.rows("back"), "the event")
    site.wire.until(lambda: "m_optout" not in cookies(context), "no objection")
