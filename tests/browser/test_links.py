"""The links' page in a real Chromium: a link made, drawn, followed into the campaigns report; a sheet; no surprises."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from collector.web.guard import token
from tests.browser.conftest import AGENT, GRANT
from tests.browser.shop import STUB, Shop
from tests.conftest import Server, report
from tests.links.images import of_png, read
from tests.links.run import listed, run
from tests.links.sheets import csv_of, xlsx_of

DICTIONARY = Path(__file__).parents[2] / "config" / "utm.toml"
TRAP = '"><img src=x onerror="document.title=\'run\'"><script>alert(2)</script>'
WATCH = """window.violations = [];
addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective));"""
PIXELS = """async (png) => {
  const picture = new Image();
  picture.src = 'data:image/png;base64,' + png;
  await picture.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: picture.width, height: picture.height });
  const paint = canvas.getContext('2d');
  paint.drawImage(picture, 0, 0);
  const { data } = paint.getImageData(0, 0, picture.width, picture.height);
  return [picture.width, Array.from({ length: data.length / 4 }, (_, n) => data[4 * n])];
}"""


class Place(NamedTuple):
    """A server with a dictionary, over a site whose pages a shop serves."""

    server: Server
    shop: Shop
    token: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    data, shop = tmp_path_factory.mktemp("links") / "data", Shop()
    run(data, "site", "add", "shop", "--origin", shop.url)
    server = Server(data, environment={"BALISE_UTM_DICTIONARY": str(DICTIONARY), "BALISE_LINKS_WAIT_SECONDS": "60"})
    shop.tag = f'<script defer src="{server.url}/m/s.js" data-site="shop"></script><script>{GRANT}</script>'
    yield Place(server, shop, token(data))
    server.stop()
    shop.stop()


class Sight:
    """One tab on the page, and what went wrong in it."""

    def __init__(self, browser: Browser, place: Place, **options: Any) -> None:
        self.place = place
        permissions = ["clipboard-read", "clipboard-write"]
        self.context = browser.new_context(user_agent=AGENT, permissions=permissions, **options)
        self.context.add_init_script(WATCH)
        self.tab: Page = self.context.new_page()
        self.faults: list[str] = []
        self.hosts: set[str] = set()
        self.tab.on("request", lambda request: self.hosts.add("/".join(request.url.split("/")[:3])))
        self.tab.on("console", self._console)
        self.tab.on("pageerror", lambda error: self.faults.append(str(error)))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(message.text)

    def open(self, lang: str = "en") -> Page:
        self.tab.goto(f"{self.place.server.url}/links?lang={lang}#token={self.place.token}")
        self.tab.locator("#issued .outcome > *").first.wait_for(timeout=60_000)
        return self.tab

    def type(self, **fields: str) -> None:
        for name, text in fields.items():
            self.tab.fill(f"#field-{name}", text)

    def calm(self) -> None:
        """Nothing failed, nothing was asked of anybody else, nothing was held back by the page's policy."""
        assert self.faults == []
        assert self.hosts == {self.place.server.url}
        assert self.tab.evaluate("window.violations") == []


@pytest.fixture
def sight(browser: Browser, place: Place) -> Iterator[Sight]:
    opened = Sight(browser, place, locale="en-GB")
    yield opened
    opened.context.close()


def seen(sight: Sight, selector: str) -> Any:
    """An element as a camera sees it, in shades of grey."""
    photo = sight.tab.locator(selector).screenshot()
    blank = sight.context.new_page()
    width, grey = blank.evaluate(PIXELS, base64.b64encode(photo).decode())
    blank.close()
    return np.array(grey, np.uint8).reshape(-1, width)


def test_a_link_is_made_drawn_copied_and_followed_into_the_campaigns_report(sight: Sight) -> None:
    tab, shop = sight.open(), sight.place.shop
    sight.type(url=f"{shop.url}/tea?size=2#top", source="FB", medium="social_paid", campaign="202611_fr_acme_acq")
    expect(tab.locator(".remarks .fault")).to_contain_text(["id is required"])  # alone, when all else is typed
    tab.locator("summary").click()
    sight.type(id="Ab77", code="spring-1", note="Banner", author="Ana")
    campaign = "utm_source=facebook&utm_medium=paid_social&utm_campaign=202611_fr_acme_acq&utm_id=Ab77"
    built = f"{shop.url}/tea?size=2&{campaign}#top"
    expect(tab.locator(".preview .address")).to_have_text(built)
    expect(tab.locator(".chips li").first).to_have_text("GA4Paid social")
    expect(tab.locator(".remarks .fault")).to_have_count(0)
    tab.locator(".preview:not([aria-busy]) .qr").wait_for()
    assert read(seen(sight, ".preview .qr")) == built

    tab.locator("#builder form .main").click()
    expect(tab.locator(".made h3")).to_be_focused()
    short = tab.locator(".made code").inner_text()
    assert short == f"{sight.place.server.url}/l/spring-1"
    assert read(seen(sight, ".preview .qr")) == short
    tab.locator(".made .main").click()
    expect(tab.locator("#toast")).to_contain_text("Copied")
    assert tab.evaluate("navigator.clipboard.readText()") == short
    with tab.expect_download() as saved:
        tab.get_by_role("button", name="Save the QR code as PNG").click()
    assert read(of_png(Path(saved.value.path()).read_bytes())) == short
    expect(tab.locator("#issued tbody th").first).to_contain_text("/l/spring-1")
    sight.calm()

    visitor = sight.context.new_page()
    with visitor.expect_response(lambda answer: answer.url.endswith("/m/e") and answer.status == 202):
        visitor.goto(short)
    assert visitor.url == built
    data = sight.place.server.data
    rows = report(data, "campaigns")["rows"]
    assert [(row["source"], row["medium"]) for row in rows if row["campaign"] == "202611_fr_acme_acq"] == [
        ("facebook", "paid_social")
    ]
    link = next(one for one in listed(data) if one["code"] == "spring-1")
    assert (link["human"], link["author"], link["dictionary"], link["note"]) == (1, "Ana", "1.0.0", "Banner")


ALL_GONE = "<script>history.replaceState(null, '', location.pathname)</script>"


def test_parameters_that_the_shop_itself_throws_away_are_told_by_link_and_name(browser: Browser, place: Place) -> None:
    shop, data = place.shop, place.server.data
    shop.moved["/moved"] = lambda query: "/gifts?" + query.replace("utm_medium=email&", "")
    shop.place("/tidy", head=f"{ALL_GONE}<script>{STUB}</script>{shop.tag}")
    for code, path in (("part", "/moved"), ("bare", "/tidy"), ("whole", "/kept")):
        names = ("--source", "newsletter", "--medium", "email", "--campaign", f"202612_fr_{code}_ret")
        run(data, "links", "add", shop.url + path, *names, "--code", f"{code}-1")
        context = browser.new_context(user_agent=AGENT)
        visitor = context.new_page()
        with visitor.expect_response(lambda answer: answer.url.endswith("/m/e") and answer.status == 202):
            visitor.goto(f"{place.server.url}/l/{code}-1")
        context.close()
    told = [row for row in report(data, "utm_audit")["rows"] if row["finding"] in ("lost", "lost_all", "no_session")]
    bare = f"{shop.url}/tidy?utm_source=newsletter&utm_medium=email&utm_campaign=202612_fr_bare_ret"
    keys = ("finding", "field", "value", "nearest", "clicks", "sessions")
    assert [tuple(row[key] for key in keys) for row in told] == [
        ("lost_all", "bare-1", bare, None, 1, 1),
        ("lost", "part-1", "utm_medium", "email", 1, 1),
    ]


def test_a_fault_is_told_beside_its_field_and_the_field_gets_the_focus(sight: Sight) -> None:
    tab = sight.open("fr")
    sight.type(url=f"{sight.place.shop.url}/", source="newsletter", medium="tv", campaign="202611_fr_acme_acq")
    tab.press("#field-campaign", "Enter")
    expect(tab.locator("#field-medium")).to_be_focused()
    expect(tab.locator("#error-medium")).to_contain_text("absent du dictionnaire")
    expect(tab.locator("#field-medium")).to_have_attribute("aria-invalid", "true")
    expect(tab.locator(".made")).to_have_count(0)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_sheet_is_checked_row_by_row_then_made_and_its_outcome_saved(kind: str, sight: Sight, tmp_path: Path) -> None:
    page = f"{sight.place.shop.url}/{kind}"
    lines = [
        ("url", "source", "medium", "campaign", "note"),
        (f"{page}/1", "fb", "social", "202611_fr_acme_acq", TRAP),
        ("javascript:alert(1)", "fb", "social", "202611_fr_acme_acq", ""),
        (f"{page}/3", TRAP, "social", "x", ""),
    ]
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    file = tmp_path / f"links.{kind}"
    file.write_bytes(xlsx_of(*lines) if kind == "xlsx" else csv_of(*text.getvalue().splitlines()))
    tab = sight.open()
    before = len(listed(sight.place.server.data))
    tab.set_input_files("#sheet", file)
    expect(tab.locator("#upload .counts")).to_have_text("1new0known already0changed2refused")
    told = [row.locator("th, td").all_inner_texts()[:2] for row in tab.locator("#upload tbody tr").all()]
    assert told[:2] == [["3", "url"], ["4", "source"]]
    assert len(listed(sight.place.server.data)) == before
    tab.get_by_role("button", name="Create 1 link").click()
    expect(tab.locator("#upload .outcome > p")).to_have_text(f"Done with links.{kind}.")
    expect(tab.locator("#issued tbody tr").first).to_contain_text("<script>alert(2)</script>")
    with tab.expect_download() as saved:
        tab.get_by_role("button", name="Save every row’s outcome").click()
    outcome = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text("utf-8-sig"))))
    assert [row["outcome"] for row in outcome] == ["added", "refused", "refused"]
    with tab.expect_download() as template:
        tab.get_by_role("button", name="Template, XLSX").click()
    assert Path(template.value.path()).read_bytes()[:2] == b"PK"
    assert tab.title() != "run"
    sight.calm()


def test_a_preset_fills_the_form_and_a_link_is_taken_back_by_the_keyboard(sight: Sight) -> None:
    tab = sight.open()
    sight.type(source="partners", medium="affiliate", campaign="202612_de_acme_ret")
    tab.get_by_role("button", name="Save as preset").click()
    tab.get_by_role("button", name="Clear").click()
    assert tab.input_value("#field-source") == ""
    tab.select_option("#preset", label="partners · affiliate · 202612_de_acme_ret")
    assert tab.input_value("#field-medium") == "affiliate"
    sight.type(url=f"{sight.place.shop.url}/gift", code="gift-1")
    tab.press("#field-url", "Enter")
    row = tab.locator("#issued tbody tr", has_text="/l/gift-1")
    row.wait_for()
    button = row.get_by_role("button", name="Take back (gift-1)")
    button.press("Enter")
    expect(tab.locator("dialog")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tab.locator("dialog")).to_have_count(0)
    expect(button).to_be_focused()
    button.press("Enter")
    tab.locator("dialog .main").press("Enter")
    expect(row).to_have_count(0)
    assert next(one for one in listed(sight.place.server.data) if one["code"] == "gift-1")["removed"]


@pytest.mark.parametrize(("width", "scheme", "lang"), [(360, "dark", "fr"), (1_280, "light", "en")])
def test_the_page_fits_any_window_and_says_everything_in_its_language(
    width: int, scheme: Any, lang: str, browser: Browser, place: Place
) -> None:
    sight = Sight(browser, place, viewport={"width": width, "height": 800}, color_scheme=scheme)
    tab = sight.open(lang)
    sight.type(url=f"{place.shop.url}/" + "a" * 200, source="newsletter", medium="email", campaign="202611_fr_acme_acq")
    tab.locator(".preview .qr").wait_for()
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    unnamed = "[...document.querySelectorAll('input, select, button, a')].filter((one) => one.checkVisibility())"
    named = "(one) => one.labels?.length || one.ariaLabel || one.textContent.trim()"
    assert tab.evaluate(f"{unnamed}.filter((one) => !({named})(one)).map((one) => one.outerHTML)") == []
    tab.locator(f"#languages a:not([lang={lang}])").click()
    other = {"en": "Campaign links", "fr": "Liens de campagne"}[{"en": "fr", "fr": "en"}[lang]]
    expect(tab.locator("h1", has_text=other)).to_be_visible()
    assert tab.input_value("#field-source") == "newsletter"
    assert "undefined" not in tab.locator("body").inner_text()
    sight.calm()
    sight.context.close()


def test_both_languages_have_the_same_keys(sight: Sight) -> None:
    tab = sight.open()
    keys = "async (file) => Object.keys((await import(file)).default).sort()"
    english, french = (tab.evaluate(keys, f"/static/links-{name}.js") for name in ("english", "french"))
    assert len(english) > 80
    assert english == french


def test_without_the_token_there_is_a_door_and_nothing_else(sight: Sight) -> None:
    sight.tab.goto(f"{sight.place.server.url}/links?lang=en#token=wrong")
    expect(sight.tab.locator("#token-error")).to_contain_text("does not know this token")
    expect(sight.tab.locator("#board")).to_be_hidden()
    sight.tab.fill("#token", sight.place.token)
    sight.tab.press("#token", "Enter")
    expect(sight.tab.locator("#builder")).to_be_visible()
    assert json.loads(sight.tab.evaluate("JSON.stringify(Object.keys(localStorage))")) == []
