"""The snippet's modes and the server's profiles together: what pages send, what is kept, what reports say."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import AGENT, GRANT, SPIES, Site, calm, cookies
from tests.browser.shop import STUB

LANDING = "/land?utm_source=News&utm_medium=email&utm_campaign=spring&gclid=secret&q=s3cret"
SEARCH = "https://search.example/find?q=x"
DEVICE = ("localStorage", "sessionStorage", "Storage.", "document.cookie", "IDB", "Cache")
OTHER = AGENT.replace("X11; Linux x86_64", "Windows NT 10.0; Win64; x64")
# What is known of nobody without a grant.
NAMELESS = {"user", "source", "medium", "campaign", "click_id", "referrer_path", "consent_source", "amount", "query"}
BUY = "balise('track', 'buy', {plan: 'pro'}, {revenue: {amount: '9.90', currency: 'EUR'}})"
COOKIEBOT = "<script>window.Cookiebot = {hasResponse: false, consent: {statistics: false}}</script>"
ACCEPT = "Cookiebot.hasResponse = Cookiebot.consent.statistics = true; dispatchEvent(new Event('CookiebotOnAccept'))"
DECLINE = "Cookiebot.hasResponse = true; dispatchEvent(new Event('CookiebotOnDecline'))"


def landed(site: Site, tab: Page, mode: str) -> None:
    site.attributes(consent=mode)
    tab.goto(site.shop.url + LANDING, referer=SEARCH)


def report(site: Site, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        site.collector.run("report", name, "--site", site.name, "--last", "1d", "--format", "json")
    )
    return found


def batches(site: Site) -> list[dict[str, Any]]:
    return [json.loads(exchange.body) for exchange in site.wire.posts()]


def known(rows: list[dict[str, Any]]) -> set[str]:
    """Which of the fields that need a grant these rows have."""
    return {name for row in rows for name in NAMELESS if row.get(name) is not None}


def touched(tab: Page) -> list[str]:
    """What was done with the device."""
    return [what for what in tab.evaluate("touched") if what.startswith(DEVICE)]


def dropped(site: Site) -> dict[str, int]:
    """What the collector told the page of its batches."""
    told = [json.loads(exchange.said)["dropped"] for exchange in site.wire.posts()]
    return dict(sum((Counter(one) for one in told), Counter()))


def days(rows: list[dict[str, Any]]) -> set[tuple[object, str]]:
    """Who was there on which day."""
    return {(datetime.fromtimestamp(row["t"] / 1000, UTC).date(), row["visitor"]) for row in rows}


def by_hand(rows: list[dict[str, Any]], people: dict[str, str]) -> set[tuple[object, str]]:
    """The same by path: two days, should midnight come in between."""
    return {(datetime.fromtimestamp(row["t"] / 1000, UTC).date(), people[row["path"]]) for row in rows}


@pytest.mark.parametrize("profile", ["exempt"])
def test_an_exempt_site_counts_pages_and_the_visitors_of_a_day_and_knows_nothing_else(
    site: Site, context: BrowserContext, browser: Browser, tab: Page
) -> None:
    landed(site, tab, "exempt")
    tab.evaluate(f"{GRANT}; balise('identify', 'customer-7')")
    tab.evaluate("balise('track', 'use', {n: 1, plan: 'pro'}, {id: 'o-1', revenue: {amount: '1.00', currency: 'EUR'}})")
    tab.evaluate("history.pushState({}, '', '/next?utm_source=x')")
    site.wire.arrived(3)
    neighbour = browser.new_context(user_agent=OTHER)
    neighbour.new_page().goto(site.shop.url + "/other")
    site.wire.arrived(4)
    neighbour.close()
    rows = site.rows()
    assert [(row["name"], row["path"]) for row in rows] == [
        ("page_view", "/land"), ("use", "/land"), ("page_view", "/next"), ("page_view", "/other")
    ]  # fmt: skip
    assert (known(rows), {row["state"] for row in rows}) == (set(), {"exempt"})
    assert (rows[0]["referrer_host"], rows[1]["props"]) == ("search.example", {"n": 1})
    assert (context.cookies(), touched(tab)) == ([], [])
    assert {key for batch in batches(site) for key in batch} == {"v", "site", "sent_at", "tz", "events"}
    assert site.collector.run("consent", "export", "--site", site.name) == ""
    here = by_hand(rows, {"/land": "a", "/next": "a", "/other": "b"})
    assert len(days(rows)) == len(here)
    assert sum(row["visitors"] for row in report(site, "overview")["rows"]) == len(here)


@pytest.mark.parametrize(("profile", "signal"), [("exempt", "globalPrivacyControl"), ("hybrid", "doNotTrack")])
def test_a_browser_that_objects_is_not_measured_without_a_grant_either(
    site: Site, browser: Browser, profile: str, signal: str
) -> None:
    context = browser.new_context(user_agent=AGENT)
    value = "'1'" if signal == "doNotTrack" else "true"
    context.add_init_script(f"Object.defineProperty(navigator, '{signal}', {{get: () => {value}}})")
    context.add_init_script(path=SPIES)
    tab = context.new_page()
    landed(site, tab, profile)
    tab.evaluate(f"{GRANT}; balise('track', 'use')")
    calm(tab)
    assert (tab.evaluate("touched"), context.cookies(), site.sent_nothing()) == ([], [], True)
    context.close()


@pytest.mark.parametrize("profile", ["hybrid"])
def test_who_objected_on_the_opt_out_page_is_not_kept(site: Site, tab: Page) -> None:
    tab.goto(site.wire.url + "/m/optout?lang=en")
    tab.get_by_role("button", name="Do not count me").click()
    expect(tab.get_by_role("status")).to_contain_text("You are not counted")
    landed(site, tab, "hybrid")
    site.wire.until(site.wire.posts, "the first batch")
    tab.evaluate(f"{GRANT}; balise('track', 'use')")
    site.wire.until(lambda: dropped(site) == {"opt_out": 3}, "all of it")
    assert site.rows() == []


@pytest.mark.parametrize("call", ["balise('consent', 'withdrawn')", "balise('optout')"])
@pytest.mark.parametrize("profile", ["exempt"])
def test_whoever_takes_part_in_the_exempt_measurement_can_end_it(
    site: Site, context: BrowserContext, tab: Page, call: str
) -> None:
    landed(site, tab, "exempt")
    site.wire.arrived(1)
    tab.evaluate(f"{call}; balise('track', 'use'); history.pushState({{}}, '', '/next')")
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")
    calm(tab)
    assert [row["path"] for row in site.rows()] == ["/land"]
    assert tab.evaluate("localStorage.length") == 0
    site.wire.until(lambda: cookies(context) == (["m_optout"] if "optout" in call else []), "an objection or nothing")


def whole(site: Site, views: int) -> None:
    """One visit with so many page views, of the campaign that it landed with."""
    campaigns = report(site, "campaigns")["rows"]
    said = ("source", "medium", "campaign", "sessions", "page_views")
    assert [tuple(row[name] for name in said) for row in campaigns] == [("news", "email", "spring", 1, views)]


@pytest.mark.parametrize("profile", ["hybrid"])
def test_a_grant_makes_the_running_visit_a_whole_one(site: Site, context: BrowserContext, tab: Page) -> None:
    landed(site, tab, "hybrid")
    site.wire.arrived(1)
    (before,) = site.rows()
    assert (known([before]), before["state"], context.cookies(), touched(tab)) == (set(), "exempt", [], [])
    said = GRANT.replace("{", f"{{at: {before['t']}, ")
    tab.evaluate(said)
    site.wire.arrived(2)
    site.wire.until(lambda: cookies(context) == [f"m_{site.name}"], "the visitor's cookie")
    assert context.cookies()[0]["httpOnly"]
    whole(site, views=1)
    # The next page is told at once, as by a platform that remembers the answer.
    site.shop.place("/tea", f"<script>{said}; {BUY}</script>")
    tab.goto(site.shop.url + "/tea", referer=site.shop.url + "/land")
    site.wire.until(lambda: len(site.wire.events("consent_granted")) == 2 and site.wire.events("buy"), "the next page")
    whole(site, views=2)
    assert report(site, "overview")["totals"]["page_views"] == 2
    assert len(site.collector.run("consent", "export", "--site", site.name).splitlines()) == 1
    site.collector.run("consent", "verify")
    (bought,) = site.rows("buy")
    assert (bought["state"], bought["amount"], bought["props"]) == ("granted", "9.90", {"plan": "pro"})


@pytest.mark.parametrize("profile", ["hybrid"])
@pytest.mark.parametrize(("how", "where", "views"), [("push", "/next", 2), ("replace", "/land?q=s3cret", 1)])
def test_a_move_before_the_grant_loses_neither_view_nor_campaign(
    site: Site, tab: Page, how: str, where: str, views: int
) -> None:
    landed(site, tab, "hybrid")
    tab.evaluate(f"history.{how}State({{}}, '', '{where}')")
    site.wire.arrived(views)
    tab.evaluate(GRANT)
    site.wire.arrived(views + 1)
    whole(site, views)
    (carrier,) = site.rows("consent_granted")
    assert (carrier["path"], carrier["referrer_host"], carrier["click_id"]) == ("/land", "search.example", "gclid")
    assert "secret" not in "".join(exchange.body for exchange in site.wire.posts())


@pytest.mark.parametrize("profile", ["hybrid"])
def test_a_withdrawal_goes_back_to_what_needs_no_grant(site: Site, context: BrowserContext, tab: Page) -> None:
    landed(site, tab, "hybrid")
    site.wire.arrived(1)
    tab.evaluate(f"balise('identify', 'customer-7'); {GRANT}; balise('track', 'use')")
    site.wire.arrived(3)
    site.heard(tab)  # a withdrawal takes back the request under way, and with it the cookie that says whose it is
    tab.evaluate("balise('consent', 'withdrawn')")
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")
    site.wire.arrived(4)
    tab.goto(site.shop.url + "/tea?utm_campaign=x")
    site.wire.arrived(5)
    site.wire.until(lambda: cookies(context) == [], "no cookie")
    assert tab.evaluate("Object.keys(localStorage)") == []
    rows = site.rows()
    assert [row["state"] for row in rows] == ["exempt", "granted", "granted", "exempt", "exempt"]
    assert known(rows[3:]) == set()
    assert {row["visitor"] for row in rows[1:3]}.isdisjoint({row["visitor"] for row in rows[3:]})
    receipts = site.collector.run("consent", "export", "--site", site.name).splitlines()
    assert [json.loads(line)["state"] for line in receipts] == ["granted", "withdrawn"]


def test_a_site_that_asks_first_has_the_same_visit_from_the_grant_on(site: Site, tab: Page) -> None:
    landed(site, tab, "required")
    tab.evaluate("balise('track', 'early')")
    calm(tab)
    assert (tab.evaluate("touched"), site.sent_nothing()) == ([], True)
    tab.evaluate(GRANT)
    site.wire.arrived(1)
    whole(site, views=1)


@pytest.mark.parametrize("profile", ["off"])
def test_a_site_that_never_asks_has_everything_but_a_cookie(site: Site, context: BrowserContext, tab: Page) -> None:
    landed(site, tab, "off")
    site.wire.arrived(1)
    (row,) = site.rows()
    assert (row["campaign"], row["referrer_path"], row.get("state"), context.cookies()) == ("spring", "/find", None, [])


@pytest.mark.parametrize("voice", ["banner", "cookiebot"])
@pytest.mark.parametrize("profile", ["hybrid"])
def test_the_banner_and_a_consent_platform_say_it_as_the_page_does(site: Site, tab: Page, voice: str) -> None:
    site.attributes(consent="hybrid")
    file = "banner.js" if voice == "banner" else "s.cmp.js"
    more = f'<script defer src="{site.wire.url}/m/{file}" data-banner="en"></script>'
    site.shop.place("/land", head=f"<script>{STUB}</script>{COOKIEBOT if voice != 'banner' else ''}{site.tag}{more}")
    tab.goto(site.shop.url + LANDING, referer=SEARCH)
    site.wire.arrived(1)
    if voice == "banner":
        tab.get_by_role("button", name="Accept").click()
    else:
        tab.evaluate(ACCEPT)
    site.wire.arrived(2)
    whole(site, views=1)
    assert [row["consent_source"] for row in site.rows("consent_granted")] == [voice]
    if voice == "banner":
        tab.get_by_role("button", name="change your mind").click()
        tab.get_by_role("button", name="Refuse").click()
    else:
        tab.evaluate("Cookiebot.consent.statistics = false;" + DECLINE)
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")
    assert site.wire.arrived(3)[-1]["name"] == "page_view"
    assert [row["state"] for row in site.rows()] == ["exempt", "granted", "exempt"]


class Mismatch(NamedTuple):
    """What is kept of a page view, and of a grant after it, when the tag says another mode than the site's profile."""

    profile: str
    mode: str
    batches: int
    kept: list[tuple[str, str | None]]
    dropped: dict[str, int]


MISMATCHES = [
    Mismatch("required", "hybrid", 2, [("consent_granted", "granted")], {"no_consent": 1}),
    Mismatch("required", "exempt", 1, [], {"no_consent": 1}),
    Mismatch("hybrid", "required", 1, [("page_view", "granted")], {}),
    Mismatch("hybrid", "off", 1, [], {"not_exempt": 1}),
    Mismatch("exempt", "required", 1, [], {"not_exempt": 1}),
    Mismatch("exempt", "hybrid", 2, [("page_view", "exempt")], {"not_exempt": 1}),
]


@pytest.mark.parametrize(
    ("profile", "mismatch"),
    [(one.profile, one) for one in MISMATCHES],
    ids=[f"{one[0]}-{one[1]}" for one in MISMATCHES],
)
def test_a_tag_of_another_profile_brings_nothing_that_the_site_does_not_allow(
    site: Site, context: BrowserContext, tab: Page, mismatch: Mismatch
) -> None:
    landed(site, tab, mismatch.mode)
    calm(tab)
    tab.evaluate(GRANT)
    site.wire.until(lambda: len(site.wire.posts()) >= mismatch.batches, "the batches")
    rows = site.rows()
    assert [(row["name"], row.get("state")) for row in rows] == mismatch.kept
    assert dropped(site) == mismatch.dropped
    assert known([row for row in rows if row.get("state") == "exempt"]) == set()
    granted = any(state == "granted" for _, state in mismatch.kept)
    site.wire.until(lambda: bool(cookies(context)) == granted, "a cookie after a grant")
