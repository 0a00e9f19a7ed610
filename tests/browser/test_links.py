"""The page of links in a real Chromium, with and without a script: a link made, drawn, followed into the reports; a
sheet; a link taken back; no surprises."""

from __future__ import annotations

import base64
import csv
import io
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
PATIENCE = 120_000  # ms; a loaded machine takes its time
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
        self.context.set_default_timeout(PATIENCE)
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

    def open(self, query: str = "") -> Page:
        """The page, by the way that leads to it; signed in with the folder's token where that is asked."""
        self.tab.goto(f"{self.place.server.url}/links{query}")
        if "/login" in self.tab.url:
            self.tab.fill("input[name=token]", self.place.token)
            self.tab.press("input[name=token]", "Enter")
        self.tab.wait_for_url("**/sites/shop/links*")
        return self.tab

    def type(self, **fields: str) -> None:
        for name, text in fields.items():
            self.tab.fill(f"#field-{name}", text)

    def press(self, name: str) -> None:
        """A button of a form, and the page that it leads to."""
        with self.tab.expect_navigation(wait_until="load"):
            self.tab.get_by_role("button", name=name, exact=True).press("Enter")

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


@pytest.fixture
def plain(browser: Browser, place: Place) -> Iterator[Sight]:
    """A browser that runs no script."""
    opened = Sight(browser, place, locale="en-GB", java_script_enabled=False)
    yield opened
    opened.context.close()


def seen(sight: Sight, selector: str) -> Any:
    """An element as a camera sees it, in shades of grey."""
    photo = sight.tab.locator(selector).screenshot()
    blank = sight.context.new_page()
    width, grey = blank.evaluate(PIXELS, base64.b64encode(photo).decode())
    blank.close()
    return np.array(grey, np.uint8).reshape(-1, width)


def test_a_link_is_seen_while_it_is_typed_made_drawn_copied_and_followed_into_the_reports(sight: Sight) -> None:
    tab, shop = sight.open(), sight.place.shop
    sight.type(url=f"{shop.url}/tea?size=2#top", source="FB", medium="social_paid", campaign="202611_fr_acme_acq")
    expect(tab.locator("#link .remarks .bad")).to_contain_text(["id is required"])
    expect(tab.locator("#link form")).to_have_count(0)
    tab.locator("#builder summary").press("Enter")
    sight.type(id="Ab77", code="spring-1", note="Banner", author="Ana")
    campaign = "utm_source=facebook&utm_medium=paid_social&utm_campaign=202611_fr_acme_acq&utm_id=Ab77"
    built = f"{shop.url}/tea?size=2&{campaign}#top"
    expect(tab.locator("#link .address")).to_have_text(built)
    expect(tab.locator("#link .lands li").first).to_have_text("GA4 Paid Social")
    expect(tab.locator("#link input[name=author]")).to_have_value("Ana")  # the last thing that was typed
    assert read(seen(sight, "#link .qr")) == built

    sight.press("Create the short link")
    expect(tab.locator("#link .verdict")).to_have_text("Your short link is ready")
    short = tab.locator("#link pre").first.inner_text()
    assert short == f"{sight.place.server.url}/l/spring-1"
    assert read(seen(sight, "#link .qr")) == short
    tab.get_by_role("button", name="Copy (Short link)").press("Enter")
    expect(tab.locator("#toast")).to_have_text("Copied.")
    assert tab.evaluate("navigator.clipboard.readText()") == short
    with tab.expect_download() as saved:
        tab.get_by_role("link", name="QR code, PNG").click()
    assert read(of_png(Path(saved.value.path()).read_bytes())) == short
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
    row = sight.open("?q=spring-1").locator("#issued tbody tr")
    cells = row.locator("th, td").all_inner_texts()
    assert cells[1:7] == ["facebook · paid_social · 202611_fr_acme_acq", "Banner", "1", "0", "0", "1"]


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


def test_a_fault_is_told_beside_its_field_in_french(plain: Sight) -> None:
    tab = plain.open("?lang=fr")
    plain.type(url=f"{plain.place.shop.url}/", source="newsletter", medium="tv", campaign="202611_fr_acme_acq",
               expires="31/12/2099")  # fmt: skip
    with tab.expect_navigation(wait_until="load"):
        tab.press("#field-campaign", "Enter")
    expect(tab.locator("#field-expires")).to_have_value("31/12/2099")
    expect(tab.locator("#error-expires")).to_have_count(0)
    expect(tab.locator("#error-medium")).to_contain_text("absent du dictionnaire")
    expect(tab.locator("#error-medium")).to_contain_text("Support")
    expect(tab.locator("#field-medium")).to_have_attribute("aria-describedby", "hint-medium error-medium")
    expect(tab.locator("#field-medium")).to_have_attribute("aria-invalid", "true")
    expect(tab.locator("#field-medium")).to_have_value("tv")
    expect(tab.locator("#link form")).to_have_count(0)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_sheet_is_checked_row_by_row_then_made_and_its_outcome_saved(kind: str, plain: Sight, tmp_path: Path) -> None:
    page = f"{plain.place.shop.url}/{kind}"
    lines = [
        ("url", "source", "medium", "campaign", "note", "content"),
        (f"{page}/1", "fb", "social", "202611_fr_acme_acq", TRAP, "Big Banner"),
        ("javascript:alert(1)", "fb", "social", "202611_fr_acme_acq", "", ""),
        (f"{page}/3", TRAP, "social", "x", "", ""),
    ]
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    file = tmp_path / f"links.{kind}"
    file.write_bytes(xlsx_of(*lines) if kind == "xlsx" else csv_of(*text.getvalue().splitlines()))
    tab = plain.open()
    before = len(listed(plain.place.server.data))
    tab.set_input_files("#sheet input[type=file]", file)
    plain.press("Check the sheet")
    counts = tab.locator("#sheet dd")
    expect(counts).to_have_text(["1", "0", "0", "2"])
    expect(tab.locator("#sheet dt").last).to_have_text("rows refused")
    told = [row.locator("th, td").all_inner_texts()[:2] for row in tab.locator("#sheet tbody tr").all()]
    assert [row[0] for row in told[:2]] == ["3", "4"]
    assert told[0][1] == "url javascript:alert(1)"
    looked = [row.locator("th, td").all_inner_texts() for row in tab.locator("#sheet .look tbody tr").all()]
    assert {row[0] for row in looked} == {"2"}
    assert [row[1] for row in looked if "Big Banner" in row[2]] == ["content"]
    tab.set_viewport_size({"width": 390, "height": 844})
    for reason in tab.locator("#sheet tbody td:last-child").all():
        where = reason.bounding_box()
        assert where is not None
        assert where["width"] > 120
        assert where["x"] + where["width"] <= 390
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.set_viewport_size({"width": 1_280, "height": 900})
    assert len(listed(plain.place.server.data)) == before
    tab.set_input_files("#sheet input[type=file]", file)
    plain.press("Create its links")
    expect(tab.locator("#sheet .verdict")).to_have_text(f"links.{kind} processed.")
    expect(tab.locator("#issued tbody tr").first).to_contain_text("<script>alert(2)</script>")
    with tab.expect_download() as saved:
        tab.get_by_role("link", name="Save every row’s outcome").click()
    outcome = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text("utf-8-sig"))))
    assert [row["outcome"] for row in outcome] == ["added", "refused", "refused"]
    with tab.expect_download() as template:
        tab.get_by_role("link", name="Template, XLSX").click()
    assert Path(template.value.path()).read_bytes()[:2] == b"PK"
    assert tab.title() != "run"
    assert plain.faults == []


def test_without_a_script_a_link_is_made_made_alike_and_taken_back(plain: Sight) -> None:
    tab, shop = plain.open(), plain.place.shop
    plain.type(
        url=f"{shop.url}/gift", source="partners", medium="affiliate", campaign="202612_de_acme_ret", code="gift-1"
    )
    plain.press("Preview")
    plain.press("Create the short link")
    expect(tab.locator("#link pre").first).to_have_text(f"{plain.place.server.url}/l/gift-1")
    with tab.expect_navigation(wait_until="load"):
        tab.get_by_role("link", name="Create a similar one").press("Enter")
    assert [tab.input_value(f"#field-{name}") for name in ("source", "medium", "code")] == ["partners", "affiliate", ""]
    with tab.expect_navigation(wait_until="load"):
        tab.locator("#issued tbody a", has_text="/l/gift-1").press("Enter")
    tab.locator("#link summary", has_text="Withdraw it").press("Enter")
    plain.press("Withdraw gift-1")
    expect(tab.locator("#link .verdict")).to_have_text("The link is withdrawn: it leads nowhere now")
    expect(tab.locator("#issued tbody a", has_text="/l/gift-1")).to_have_count(0)
    assert next(one for one in listed(plain.place.server.data) if one["code"] == "gift-1")["removed"]
