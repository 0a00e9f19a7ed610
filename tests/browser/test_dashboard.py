"""The dashboard in a real Chromium: its figures are the reports', nothing stored is run, nobody else is asked."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.conftest import Server, command

PANELS = ("overview", "channels", "pages", "campaigns", "funnel", "realtime", "quality", "consent")
TRAP = '"><img src=x onerror="document.title=\'run\';alert(1)"><script>alert(2)</script>'
WATCH = """window.reports = [];
addEventListener('securitypolicyviolation', (event) => window.reports.push(event.violatedDirective));"""
HOUR = 3_600_000
FIRST_LOAD = 64_000  # bytes, uncompressed


class Place(NamedTuple):
    """A server over a folder with two sites: `shop` as it should be, `trap` full of hostile text."""

    data: Path
    url: str
    token: str

    def report(self, name: str, *options: str) -> dict[str, Any]:
        asked = command(self.data, "report", name, "--site", "shop", "--format", "json", *options)
        return dict(json.loads(asked))


class Sight:
    """One tab on the dashboard, and what went wrong in it."""

    def __init__(self, browser: Browser, place: Place, locale: str = "en-US") -> None:
        self.place = place
        self.context = browser.new_context(locale=locale, permissions=["clipboard-read", "clipboard-write"])
        self.context.add_init_script(WATCH)
        self.tab: Page = self.context.new_page()
        self.requests: list[str] = []
        self.bytes = 0
        self.faults: list[str] = []
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("console", self._console)
        self.tab.on("pageerror", lambda error: self.faults.append(str(error)))
        self.tab.on("dialog", lambda dialog: (self.faults.append(dialog.message), dialog.dismiss()))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(message.text)

    def open(self, query: str = "") -> Page:
        """Sign in with the address and wait for every panel."""
        self.tab.goto(f"{self.place.url}/?{query}#token={self.place.token}")
        self.settled()
        return self.tab

    def settled(self) -> None:
        for panel in PANELS:
            self.tab.locator(f"#{panel} .answer:not(:empty):not([aria-busy])").wait_for(timeout=60_000)

    def reports(self) -> list[str]:
        found: list[str] = self.tab.evaluate("window.reports")
        return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    data = tmp_path_factory.mktemp("dashboard") / "data"
    for site, rows in (("shop", list(visits())), ("trap", list(traps()))):
        command(data, "site", "add", site, "--origin", f"https://{site}.example", "--timezone", "Europe/Paris")
        command(data, "import", "-", "--site", site, "--quiet", stdin="\n".join(map(json.dumps, rows)).encode())
    server = Server(data)
    yield Place(data, server.url, command(data, "token").strip())
    server.stop()


@pytest.fixture
def sight(browser: Browser, place: Place) -> Iterator[Sight]:
    opened = Sight(browser, place)
    yield opened
    opened.context.close()


def row(at: int, visitor: int, **fields: Any) -> dict[str, Any]:
    receipt = {"state": "granted", "source": "banner", "at": at}
    return {"t": at, "visitor": f"visitor-{visitor:04}", "consent": receipt, **fields}


def visits() -> Iterator[dict[str, Any]]:
    """60 visits over 60 days: all see a page, every second one a product, every fourth buys, in two currencies."""
    now = int(time.time() * 1000)
    for n in range(60):
        at = now - n * 24 * HOUR - 3 * HOUR
        tags = "?utm_source=google&utm_medium=cpc&utm_campaign=tea" if n % 3 else ""
        yield row(at, n % 40, name="page_view", url=f"https://shop.example/{tags}")
        if n % 2 == 0:
            yield row(at + 60_000, n % 40, name="page_view", url=f"https://shop.example/product/{n % 14}")
        if n % 4 == 0:
            paid = {"amount": "12.50", "currency": "EUR" if n % 8 else "CHF"}
            yield row(at + 120_000, n % 40, name="purchase", url="https://shop.example/thanks", revenue=paid)
    yield row(now - 60_000, 99, name="page_view", url="https://shop.example/it's")
    refusal = {"state": "denied", "source": "banner", "at": now - HOUR}
    yield {**row(now - HOUR, 98, name="page_view"), "consent": refusal}


def traps() -> Iterator[dict[str, Any]]:
    """Hostile text wherever an event may hold text."""
    now = int(time.time() * 1000)
    texts = (TRAP, "javascript:alert(3)", "__proto__", "constructor", "\u202etxt.exe", "=cmd()", "a" * 900)
    for n, text in enumerate(texts):
        for name in ("page_view", text[:64]):
            campaign = {"utm_source": text[:100], "utm_medium": text[:100], "utm_campaign": text[:200]}
            yield row(now - 60_000 * (n + 1), n, name=name, path="/" + text, props=campaign)
            url = f"https://trap.example/{text}?{urlencode(campaign)}"
            yield row(now - 40_000 * (n + 1), n + 50, name=name, url=url, referrer=f"https://evil.example/{text}")


def figure(tab: Page, name: str) -> str:
    return " ".join(tab.locator(f"[data-figure={name}] .value").all_inner_texts()).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(("period", "options"), [("30d", ["--last", "30d"]), ("all", [])])
def test_the_figures_are_those_of_the_reports(sight: Sight, place: Place, period: str, options: list[str]) -> None:
    tab = sight.open(f"range={period}")
    overview = place.report("overview", *options)
    totals = overview["totals"]
    for name in ("visitors", "sessions", "page_views", "purchases"):
        assert figure(tab, name) == f"{totals[name]:,}"
    assert figure(tab, "bounce_rate") == f"{totals['bounce_rate']:.1%}".replace(".0%", "%")
    assert figure(tab, "revenue") == f"CHF {float(totals['revenue']['CHF']):.2f} €{float(totals['revenue']['EUR']):.2f}"
    pages = place.report("pages", *options)["rows"]
    shown = tab.locator("#pages tbody tr").all_inner_texts()
    assert [line.split()[:2] for line in shown] == [[page["path"], str(page["views"])] for page in pages[:10]]
    reached = place.report("funnel", *options, "--step", "page_view", "--step", "purchase")["totals"]["counts"]
    assert tab.locator("#funnel .steps .head span").all_inner_texts() == [f"{n} people" for n in reached]
    expect(tab.locator("#quality .verdict")).to_have_text("Balanced: everything that arrived is accounted for.")
    expect(tab.locator("#realtime .now strong")).to_have_text("1 visitor")
    assert tab.locator("#overview .bar").count() == len(overview["rows"])


def test_hostile_text_is_text(sight: Sight) -> None:
    tab = sight.open(urlencode({"site": "trap", "range": "all", "step": ["/**", TRAP[:64]]}, doseq=True))
    for summary in tab.locator("summary").all():
        summary.click()
    for heading in tab.locator("#campaigns thead button").all():
        heading.click()
    for more in tab.locator(".tools button", has_text="more").all():
        more.click()
    tab.locator("#languages a", has_text="Français").click()
    expect(tab.locator("#campaigns h2")).to_have_text("Campagnes")
    expect(tab.locator("#funnel .steps b").last).to_have_text(TRAP[:64])
    expect(tab.locator("#pages tbody")).to_contain_text("<img src=x onerror=")
    expect(tab.locator("#campaigns tbody")).to_contain_text("<script>alert(2)</script>")
    assert tab.locator("main img, main script, main iframe, main a").count() == 0
    assert tab.title() == "trap · Balise"
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert sight.faults == []
    assert sight.reports() == []


def test_nobody_else_is_asked_and_the_first_load_is_light(browser: Browser, place: Place) -> None:
    for locale in ("en-US", "fr-FR"):
        sight = Sight(browser, place, locale)
        loaded: dict[str, int] = {}
        sight.tab.on("response", lambda answer, to=loaded: to.update({answer.url: len(answer.body())}))
        sight.open()
        assert [url for url in sight.requests if not url.startswith(f"{place.url}/")] == []
        sizes = [size for url, size in loaded.items() if "/api/" not in url]
        assert len(sizes) > 10
        assert sum(sizes) <= FIRST_LOAD
        assert sight.faults == []
        sight.context.close()


def test_both_languages_have_the_same_keys(sight: Sight) -> None:
    tab = sight.open()
    keys = """async (file) => {
      const told = (words, at = '') => Object.entries(words).flatMap(([key, value]) =>
        typeof value === 'string' || 'other' in value ? [at + key] : told(value, `${at}${key}.`));
      return told((await import(file)).default).sort();
    }"""
    english, french = (tab.evaluate(keys, f"/static/{name}.js") for name in ("english", "french"))
    assert len(english) > 100
    assert english == french


def test_the_browser_chooses_the_language_and_the_address_overrules_it(browser: Browser, place: Place) -> None:
    sight = Sight(browser, place, "fr-CH")
    tab = sight.open()
    expect(tab.locator("#overview h2")).to_have_text("Chiffres clés")
    assert tab.evaluate("document.documentElement.lang") == "fr"
    tab.locator("#languages a", has_text="English").click()
    expect(tab.locator("#overview h2")).to_have_text("Key figures")
    assert "lang=en" in tab.url
    sight.context.close()


def test_the_token_is_asked_for_told_when_wrong_and_never_in_the_address(sight: Sight, place: Place) -> None:
    tab = sight.tab
    tab.goto(place.url)
    field = tab.get_by_label("Token")
    unknown = "does not know this token"
    for wrong, told in (("", "Type the token first."), ("wrong", unknown), ("…é", unknown)):
        field.fill(wrong)
        tab.keyboard.press("Enter")
        expect(tab.locator("#token-error")).to_contain_text(told)
        expect(field).to_be_focused()
    field.fill(place.token)
    tab.keyboard.press("Enter")
    sight.settled()
    assert place.token not in tab.url
    tab.reload()
    sight.settled()
    tab.get_by_role("button", name="Sign out").click()
    expect(field).to_be_visible()
    assert tab.locator(".answer *").count() == 0
    tab.reload()
    expect(field).to_be_visible()
    tab.goto(f"{place.url}/?site=shop&range=7d#token={place.token}")
    sight.settled()
    assert urlsplit(tab.url).fragment == ""


def test_a_link_is_the_view(sight: Sight, place: Place) -> None:
    tab = sight.open()
    tab.locator("#ranges a", has_text="All").click()
    sight.settled()
    tab.locator("[data-figure=purchases]").click()
    tab.locator("#pages thead button", has_text="Visitors").click()
    tab.get_by_label("Step 1", exact=True).fill("/product/*")
    tab.get_by_role("button", name="Show", exact=True).click()
    expect(tab.locator("#funnel .steps b").first).to_have_text("/product/*")
    assert parse_qs(urlsplit(tab.url).query)["step"] == ["/product/*", "purchase"]
    sight.settled()
    before = tab.locator(".panels").inner_text()
    other = Sight(sight.tab.context.browser, place)  # type: ignore[arg-type]
    copied = other.open(urlsplit(tab.url).query)
    assert copied.locator(".panels").inner_text() == before
    assert copied.locator("[data-figure=purchases]").get_attribute("aria-pressed") == "true"
    assert copied.locator("#pages th[aria-sort=descending]").inner_text() == "Visitors"
    other.context.close()
    tab.go_back()
    expect(tab.locator("#funnel .steps b").first).to_have_text("page_view")


def test_the_command_and_the_file_hold_what_the_table_shows(sight: Sight, place: Place) -> None:
    tab = sight.open("range=30d&step=" + "/it's&step=purchase")
    tab.get_by_role("button", name="Copy as CLI (Campaigns)").click()
    expect(tab.locator("#toast")).to_contain_text("balise report campaigns")
    copied = tab.evaluate("navigator.clipboard.readText()")
    with tab.expect_download() as download:
        tab.get_by_role("button", name="CSV (Campaigns)").click()
    assert download.value.suggested_filename == "shop-campaigns.csv"
    asked = command(place.data, *shlex.split(copied)[1:], "--format", "csv")
    assert download.value.path().read_text(encoding="utf-8") == asked
    tab.locator("#funnel summary").click()
    tab.get_by_role("button", name="Copy as CLI (Funnel)").click()
    expect(tab.locator("#toast")).to_contain_text("balise report funnel")
    assert "--step=/it's" in shlex.split(tab.evaluate("navigator.clipboard.readText()"))
    assert sight.faults == []


REACH = """() => {
  const at = document.activeElement;
  const style = getComputedStyle(at);
  const visible = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return [[...document.querySelectorAll('*')].indexOf(at), visible, at.outerHTML.slice(0, 120)];
}"""
ALL = """() => [...document.querySelectorAll('*')].map((one, n) => [one, n])
  .filter(([one]) => one.matches('a[href], button, input, select, summary, [tabindex="0"]') && one.checkVisibility())
  .map(([, n]) => n)"""


def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(sight: Sight) -> None:
    tab = sight.open("range=all")
    tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    wanted = tab.evaluate(ALL)
    assert len(wanted) > 60
    for element in wanted:
        tab.keyboard.press("Tab")
        reached, visible, text = tab.evaluate(REACH)
        assert (reached, visible) == (element, True), text
    tab.locator("#channels").get_by_role("button", name="Sessions", exact=True).focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("#channels th[aria-sort]")).to_have_text("Sessions")
    expect(tab.locator("#channels th[aria-sort] button")).to_be_focused()


def test_what_cannot_be_answered_is_said_where_it_was_asked(sight: Sight) -> None:
    tab = sight.open("site=gone")
    expect(tab.locator("#banner")).to_have_text("There is no site named gone; this is shop.")
    tab.get_by_label("Step 1", exact=True).fill("x" * 300)
    tab.get_by_role("button", name="Show", exact=True).click()
    expect(tab.locator("#funnel .failed")).to_contain_text("The server cannot answer this")
    expect(tab.locator("#funnel .failed [lang=en]")).to_contain_text("steps[0]")
    tab.get_by_label("Step 1", exact=True).fill("")
    tab.get_by_label("Step 2", exact=True).fill(" ")
    tab.get_by_role("button", name="Show", exact=True).click()
    expect(tab.locator("#step-error")).to_have_text("Type at least one step.")
