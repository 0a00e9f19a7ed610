"""Who else may say what the visitor chose: signals and consent platforms, by the very names and events they use."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Site, calm

GTAG = "window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments) }"
TCF = """
window.tcf = [];
window.__tcfapi = (command, version, callback) => {
  if (command === 'addEventListener' && version === 2) tcf.push(callback);
};
window.tell = (status, purposes, more) => tcf.forEach((callback) => callback(Object.assign({
  eventStatus: status, gdprApplies: true, tcString: 'CQTc', listenerId: 1, cmpStatus: 'loaded',
  purpose: {consents: purposes, legitimateInterests: {}}, publisher: {consents: {}}}, more), true));
"""
GPP = """
window.gpp = [];
window.__gpp = (command, callback) => { if (command === 'addEventListener') gpp.push(callback) };
window.ping = (status, sections) => gpp.forEach((callback) => callback({
  eventName: 'signalStatus', listenerId: 1, data: status,
  pingData: {gppVersion: '1.1', signalStatus: status, gppString: 'DBAA~CQ', parsedSections: sections}}, true));
"""


class Platform(NamedTuple):
    """What a platform's page does: before any choice, when the visitor refuses, when they accept."""

    setup: str
    refuse: str
    accept: str


def fire(target: str, name: str, detail: str = "null") -> str:
    return f"{target}.dispatchEvent(new CustomEvent('{name}', {{detail: {detail}}}));"


PLATFORMS = {
    "cookiebot": Platform(
        "window.Cookiebot = {hasResponse: false, consent: {statistics: false, necessary: true}};",
        "Cookiebot.hasResponse = true;" + fire("window", "CookiebotOnDecline"),
        "Cookiebot.hasResponse = Cookiebot.consent.statistics = true;" + fire("window", "CookiebotOnAccept"),
    ),
    "onetrust": Platform(
        "window.OneTrust = {IsAlertBoxClosed: () => window.closed_ === true}; window.OnetrustActiveGroups = ',C0001,';"
        + fire("window", "OneTrustGroupsUpdated", "['C0001']"),
        "closed_ = true;" + fire("window", "OneTrustGroupsUpdated", "['C0001']"),
        "closed_ = true; OnetrustActiveGroups = ',C0001,C0002,';"
        + fire("window", "OneTrustGroupsUpdated", "['C0001', 'C0002']"),
    ),
    "didomi": Platform(
        "window.status_ = {purposes: {measure_content_performance: {enabled: false}}, updated: ''};"
        "window.Didomi = {getCurrentUserStatus: () => status_};"
        "window.didomiOnReady = window.didomiOnReady || []; window.didomiEventListeners = [];"
        "setTimeout(() => didomiOnReady.forEach((one) => one(Didomi)));",
        "status_.updated = '2026'; didomiEventListeners.forEach((one) => one.listener({}));",
        "status_ = {purposes: {measure_content_performance: {enabled: true}}, updated: '2026'};"
        "didomiEventListeners.filter((one) => one.event == 'consent.changed').forEach((one) => one.listener({}));",
    ),
    "axeptio": Platform(
        "window._axcb = window._axcb || [];"
        "window.sdk = {on: (name, act) => { if (name == 'cookies:complete') sdk.act = act }};"
        "window.loaded = () => { _axcb.forEach((one) => one(sdk)); window._axcb = {push: (one) => one(sdk)} };",
        "loaded(); sdk.act({balise: false});",
        "window._axcb.forEach && loaded(); sdk.act({balise: true, other: false});",
    ),
    "tarteaucitron": Platform(
        "window.tarteaucitron = {state: {balise: 'wait'}}; delete tarteaucitron.state.balise;",
        "tarteaucitron.state.balise = false;" + fire("document", "tac.consent_updated"),
        "tarteaucitron.state.balise = true;" + fire("document", "tac.consent_updated"),
    ),
    "klaro": Platform(
        "window.manager = {confirmed: false, consents: {}, watchers: [], watch(one) { this.watchers.push(one) },"
        "getConsent(name) { return this.consents[name] || false }};"
        "window.klaro = {getManager: () => manager};",
        "manager.confirmed = true; manager.watchers.forEach((one) => one.update(manager, 'saveConsents', {}));",
        "manager.confirmed = manager.consents.balise = true;"
        "manager.watchers.forEach((one) => one.update(manager, 'saveConsents', {}));",
    ),
    "cookieyes": Platform(
        "window.cky = {isUserActionCompleted: false, categories: {analytics: false}};"
        "window.getCkyConsent = () => cky;" + fire("document", "cookieyes_banner_load"),
        "cky.isUserActionCompleted = true;"
        + fire("document", "cookieyes_consent_update", "{accepted: [], rejected: ['analytics']}"),
        "cky = {isUserActionCompleted: true, categories: {analytics: true}};"
        + fire("document", "cookieyes_consent_update", "{accepted: ['analytics'], rejected: []}"),
    ),
    "usercentrics": Platform(
        "window.services = [{id: 'x', name: 'Balise', consent: {status: false}}]; window.ready_ = false;"
        "window.UC_UI = {isInitialized: () => ready_, getServicesBaseInfo: () => services};",
        "ready_ = true;" + fire("window", "UC_UI_CMP_EVENT", "{type: 'DENY_ALL'}"),
        "ready_ = true; services[0].consent.status = true;" + fire("window", "UC_UI_CMP_EVENT", "{type: 'ACCEPT_ALL'}"),
    ),
    "vanilla-cookieconsent": Platform(
        "window.accepted = []; window.valid = false; window.CookieConsent = {validConsent: () => valid,"
        "acceptedCategory: (name) => accepted.includes(name)};",
        "valid = true;" + fire("window", "cc:onConsent"),
        "valid = true; accepted = ['necessary', 'analytics'];"
        + fire("window", "cc:onFirstConsent")
        + fire("window", "cc:onConsent"),
    ),
    "complianz": Platform(
        "window.allowed = []; window.cmplz_has_consent = (name) => allowed.includes(name);",
        fire("document", "cmplz_status_change", "{category: 'statistics', value: 'deny'}"),
        "allowed = ['statistics'];"
        + fire("document", "cmplz_status_change", "{category: 'statistics', value: 'allow'}"),
    ),
}


def receipt(site: Site) -> dict[str, Any]:
    """The receipt that came with the last batch."""
    return dict(json.loads(site.wire.posts()[-1].body)["consent"])


def open_page(site: Site, tab: Page, script: str, more: str = "") -> None:
    site.shop.place("/", head=f"<script>{script}</script>{site.tag}{more}")
    tab.goto(site.shop.url + "/")
    calm(tab)


def granted(site: Site, source: str) -> None:
    site.wire.arrived(1, "page_view")
    assert [(row["name"], row["state"], row["consent_source"]) for row in site.rows()] == [
        ("page_view", "granted", source)
    ]


def test_consent_mode_grants_with_an_update_and_not_with_a_default(site: Site, tab: Page) -> None:
    default = "gtag('consent', 'default', {ad_storage: 'granted', analytics_storage: 'granted', region: ['US']})"
    open_page(site, tab, f"{GTAG}; {default}")
    assert tab.evaluate("touched") == []
    assert site.sent_nothing()
    tab.evaluate("gtag('consent', 'update', {ad_storage: 'granted'})")
    calm(tab)
    assert site.sent_nothing()
    tab.evaluate("gtag('event', 'x'); gtag('consent', 'update', {analytics_storage: 'granted'})")
    granted(site, "gcm")
    tab.evaluate("gtag('consent', 'update', {analytics_storage: 'denied'})")
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")
    tab.evaluate("balise('track', 'late')")
    calm(tab)
    assert site.wire.events("late") == []


def test_consent_mode_is_read_from_what_came_before_the_snippet(site: Site, tab: Page) -> None:
    open_page(site, tab, f"{GTAG}; gtag('consent', 'update', {{analytics_storage: 'granted'}})")
    granted(site, "gcm")


def test_the_page_s_own_data_layer_goes_on_working(site: Site, tab: Page) -> None:
    open_page(site, tab, GTAG)
    assert tab.evaluate("[dataLayer.push({event: 'a'}, null, 'text'), dataLayer.length]") == [3, 3]


def test_the_transparency_framework_grants_purpose_1_with_8_or_9(site: Site, tab: Page) -> None:
    open_page(site, tab, TCF)
    tab.evaluate("tell('cmpuishown', {1: true, 8: true, 9: true})")
    tab.evaluate("tell('useractioncomplete', {8: true, 9: true})")
    tab.evaluate("tell('useractioncomplete', {1: true, 2: true, 10: true})")
    calm(tab)
    assert site.sent_nothing()
    tab.evaluate("tell('useractioncomplete', {1: true, 9: true})")
    granted(site, "tcf")
    assert receipt(site)["tcf"] == "CQTc"
    tab.evaluate("tell('useractioncomplete', {})")
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")


def test_the_publisher_s_own_purposes_count_where_the_string_has_them(site: Site, tab: Page) -> None:
    open_page(site, tab, TCF)
    tab.evaluate(
        "tell('tcloaded', {1: true, 8: true, 9: true}, {publisher: {consents: {1: true, 8: false, 9: false}}})"
    )
    calm(tab)
    assert site.sent_nothing()
    tab.evaluate("tell('tcloaded', {1: false}, {publisher: {consents: {1: true, 8: true}}})")
    granted(site, "tcf")


def test_where_the_framework_does_not_apply_it_grants_nothing(site: Site, tab: Page) -> None:
    open_page(site, tab, TCF)
    tab.evaluate("tell('tcloaded', {1: true, 8: true}, {gdprApplies: false})")
    calm(tab)
    assert (tab.evaluate("touched"), site.sent_nothing()) == ([], True)


def test_a_framework_that_comes_after_the_snippet_is_found(site: Site, tab: Page) -> None:
    open_page(site, tab, "")
    tab.evaluate(TCF)
    tab.wait_for_function("tcf.length")
    tab.evaluate("tell('tcloaded', {1: true, 8: true})")
    granted(site, "tcf")


def test_the_privacy_platform_s_european_section_is_a_choice(site: Site, tab: Page) -> None:
    site.build("full")
    open_page(site, tab, GPP)
    yes = "PurposeConsents: [true, false, false, false, false, false, false, true]"
    tab.evaluate(f"ping('not ready', {{tcfeuv2: [{{{yes}}}]}})")
    tab.evaluate("ping('ready', {usnat: [{SaleOptOut: 2, Version: 1}]})")
    calm(tab)
    assert site.sent_nothing()
    tab.evaluate(f"ping('ready', {{tcfeuv2: [{{Version: 2}}, {{{yes}}}]}})")
    granted(site, "gpp")
    assert receipt(site)["gpp"] == "DBAA~CQ"
    tab.evaluate("ping('ready', {usnat: [{Gpc: true}]})")
    site.wire.until(lambda: site.wire.posts("/m/forget"), "the order to forget")


def test_any_event_of_the_page_can_grant(site: Site, tab: Page) -> None:
    site.build("full", consent_event="saved", consent_path="detail.accepted", consent_value="analytics")
    open_page(site, tab, "")
    for refused in ("{accepted: ['ads', 'analytics2']}", "{accepted: 'none'}", "{}", "null"):
        tab.evaluate(f"document.dispatchEvent(new CustomEvent('saved', {{detail: {refused}}}))")
    calm(tab)
    assert site.sent_nothing()
    tab.evaluate("document.dispatchEvent(new CustomEvent('saved', {detail: {accepted: ['ads', 'analytics']}}))")
    granted(site, "event")


def test_a_tag_can_say_that_no_platform_is_heeded(site: Site, tab: Page) -> None:
    site.attributes(cmp="none")
    open_page(site, tab, f"{GTAG}; {TCF}; gtag('consent', 'update', {{analytics_storage: 'granted'}})")
    tab.evaluate("tell('tcloaded', {1: true, 8: true})")
    calm(tab)
    assert (tab.evaluate("touched"), site.sent_nothing()) == ([], True)


def test_the_first_platform_that_answers_is_the_one_that_counts(site: Site, tab: Page) -> None:
    open_page(site, tab, f"{GTAG}; {TCF}; gtag('consent', 'update', {{analytics_storage: 'granted'}})")
    granted(site, "gcm")
    tab.evaluate("tell('tcloaded', {})")
    tab.evaluate("balise('track', 'still')")
    site.wire.arrived(2)


@pytest.mark.parametrize(("name", "build"), [*((name, "default") for name in PLATFORMS), ("cookiebot", "lite")])
def test_a_platform_is_asked_and_heard(site: Site, tab: Page, name: str, build: str) -> None:
    if build == "lite":
        site.build("lite")
    pack = f'<script defer src="{site.wire.url}/m/s.cmp.js"></script>'
    platform = PLATFORMS[name]
    open_page(site, tab, platform.setup, pack)
    sent = {(exchange.method, exchange.path) for exchange in site.wire.exchanges}
    assert sent == {("GET", f"/m/{site.file}"), ("GET", "/m/s.cmp.js")}
    assert [what for what in tab.evaluate("touched") if not what.startswith("listener.")] == []
    tab.evaluate(platform.refuse)
    calm(tab)
    assert site.wire.posts() == []
    tab.evaluate(platform.accept)
    granted(site, name)
    tab.evaluate("balise('track', 'more')")
    site.wire.arrived(2)


@pytest.mark.parametrize("name", sorted(set(PLATFORMS) - {"usercentrics"}))
def test_a_returning_visitor_s_choice_is_known_at_once(site: Site, tab: Page, name: str) -> None:
    pack = f'<script defer src="{site.wire.url}/m/s.cmp.js" data-cmp="{name}"></script>'
    platform = PLATFORMS[name]
    late = platform.accept if name in {"axeptio", "didomi"} else ""
    early = "" if late else platform.accept
    open_page(site, tab, platform.setup + early, pack)
    if late:
        tab.evaluate(late)
    granted(site, name)


def test_a_key_names_what_to_look_at(site: Site, tab: Page) -> None:
    pack = f'<script defer src="{site.wire.url}/m/s.cmp.js" data-cmp="onetrust" data-cmp-key="C0009"></script>'
    open_page(site, tab, PLATFORMS["onetrust"].setup + PLATFORMS["cookiebot"].setup, pack)
    tab.evaluate(PLATFORMS["cookiebot"].accept)
    tab.evaluate(PLATFORMS["onetrust"].accept)
    calm(tab)
    assert site.wire.posts() == []
    tab.evaluate("OnetrustActiveGroups = ',C0009,';" + fire("window", "OneTrustGroupsUpdated", "['C0009']"))
    granted(site, "onetrust")
