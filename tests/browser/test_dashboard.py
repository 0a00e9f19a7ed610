"""The dashboard in a real Chromium: accessible in every look, light, still, whole without a script, worked by keyboard,
asking nobody else.

What each page looks like in every look is left as pictures in the folder PAGE_PICTURES, if it is named.
"""

from __future__ import annotations

import gzip
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from collector.pages import drawing
from collector.pages.filters import read
from collector.pages.registry import PAGES
from collector.pages.sight import Facts
from collector.pages.words import words
from tests.browser.conftest import two_frames
from tests.browser.sight import PATIENCE, WIDE, Sight, seen
from tests.make import a_batch, an_event
from tests.pages.place import Place, begun

ROOT = Path(__file__).parents[2]
LOCALES = {"en": "en-GB", "fr": "fr-FR"}
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (1_200, 390)]
NARROWEST = 320  # pixels: a page of 1,280 at 400 %
PICTURES = os.environ.get("PAGE_PICTURES")  # two hundred of them take longer than what is asserted
FIRST_LOAD = 150_000  # bytes, compressed as a proxy would
NODES = 1_500
MORE_NODES = {  # and why
    "overview": 3_200,  # every day's figures stand as a table beside their chart
    "campaigns": 2_500,  # fifty campaigns, each with its names, rates and intervals
    "abandonment": 2_500,  # four reports, each with a chart, its table, and its trend
}
SHIFT = 0.01  # the cumulative layout shift, of 1
CUT = """[...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth)
  .map((box) => box.getAttribute('aria-label'))"""
COPYING = """[...document.querySelectorAll('.copy button')]
  .filter((one) => one.offsetWidth > one.parentElement.clientWidth).map((one) => one.ariaLabel)"""
UNFOLDED = "document.querySelectorAll('details').forEach((one) => { one.open = !one.matches('.sites'); })"
SPILT = """() => {  // labels of charts that leave their room, or lie over one another
  const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1
    || b.bottom <= a.top + 1;
  const leaves = (a, room) => a.left < room.left - 1 || a.right > room.right + 1 || a.top < room.top - 1
    || a.bottom > room.bottom + 1;
  const found = [];
  for (const drawing of [...document.querySelectorAll('.chart-drawing')].filter((one) => one.checkVisibility())) {
    const told = [...drawing.querySelectorAll('.folded > *')].map((one) => [one, one.getBoundingClientRect()]);
    for (const [one, box] of told) {
      const room = one.closest('foreignObject').getBoundingClientRect();
      if (leaves(box, room) || one.scrollWidth > one.clientWidth + 1) found.push(['outside', one.textContent]);
      if (told.some(([other, its]) => other !== one && !apart(box, its))) found.push(['over another', one.textContent]);
    }
  }
  return found;
}"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = begun(tmp_path_factory.mktemp("dashboard") / "data")
    yield made
    made.server.stop()


@pytest.fixture(scope="module")
def session(browser: Browser, place: Place) -> Iterator[list[Any]]:
    """The cookies of somebody who signed in."""
    sight = Sight(browser, place)
    sight.sign_in()
    yield sight.context.cookies()
    sight.context.close()


def in_every_look(sight: Sight, name: str, language: str) -> None:
    """Nothing that axe finds, nothing that leaves the window, in light and dark, wide and narrow; and a picture."""
    tab = sight.tab
    assert tab.evaluate("document.documentElement.lang") == language
    tab.evaluate(UNFOLDED)
    tab.set_viewport_size(WIDE)  # type: ignore[arg-type]
    assert tab.evaluate(CUT) == []
    for scheme, width in LOOKS:
        tab.emulate_media(media="screen", color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        tab.set_viewport_size({"width": width, "height": 900})
        assert sight.violations() == [], (scheme, width)
        fits(tab)
        if PICTURES:
            picture = Path(PICTURES) / f"{name}-{language}-{scheme}-{width}.jpg"
            tab.screenshot(path=picture, full_page=True, type="jpeg", quality=60)
    tab.set_viewport_size({"width": NARROWEST, "height": 640})
    fits(tab)


def fits(tab: Page) -> None:
    """Nothing leaves the window, no button what it copies, no chart's label its room: all of it is there to be seen."""
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate(COPYING) == []
    assert tab.evaluate(SPILT) == []


def within_budget(sight: Sight, name: str) -> None:
    """What a first load may cost: bytes, what drawing waits for, what moves, how much there is to lay out."""
    tab = sight.tab
    two_frames(tab)
    assert tab.evaluate("shifted()") <= SHIFT
    loaded = [answer for answer in sight.answers if "/live/stream" not in answer.url]
    assert sum(len(gzip.compress(answer.body())) for answer in loaded) <= FIRST_LOAD
    assert [url for url in sight.requests if not url.startswith(f"{sight.place.server.url}/")] == []
    assert tab.locator("link[rel=stylesheet]").count() == 1
    assert tab.evaluate("[...document.scripts].filter((one) => one.type !== 'module').length") == 0
    assert tab.locator("*").count() <= MORE_NODES.get(name, NODES)
    said = "(name) => document.querySelector(`meta[name=${name}]`)?.content ?? ''"
    assert tab.evaluate(said, "viewport") == "width=device-width, initial-scale=1"
    assert len(tab.evaluate(said, "description")) > 20
    assert tab.title().endswith(" · Balise")
    policy = next(answer for answer in loaded if answer.request.is_navigation_request()).headers[
        "content-security-policy"
    ]
    assert "unsafe" not in policy
    assert sight.faults == []


@pytest.mark.parametrize("language", list(LOCALES))
@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_is_light_still_and_accessible_in_every_look(
    browser: Browser, place: Place, session: list[Any], name: str, language: str
) -> None:
    sight = seen(browser, place, session, locale=LOCALES[language])
    sight.open(f"/sites/shop/{name}?range=90d")
    within_budget(sight, name)
    in_every_look(sight, name, language)
    assert sight.faults == []
    sight.context.close()


def states(place: Place) -> dict[str, str]:
    """What else there is to see, by name."""
    code = re.search(r"/setup/([\w-]+)", place.server.log.read_text("utf-8"))
    shares = f"{place.server.url}/api/sites/shop/shares"
    sent = {"Authorization": f"Bearer {place.token}"}
    shared = httpx2.post(shares, json={"page": "campaigns", "filters": "range=7d"}, headers=sent, timeout=120).json()
    assert code is not None
    return {
        "sign-in": "/login", "set-up": f"/setup/{code[1]}", "set-up-over": "/setup/none", "shared": shared["path"],
        "printed": "/sites/shop/report?range=7d&compare=previous", "nothing": "/sites/gone/overview",
        "error": "/sites/shop/overview?range=9d", "empty": "/sites/shop/overview?from=2001-01-01&to=2001-01-02",
        "failed": "/sites/shop/funnels?saved=nowhere", "compared": "/sites/shop/campaigns?range=7d&compare=previous",
        "funnel": "/sites/shop/funnels?range=90d&step=/*/cart&step=purchase&breakdown=device&trend=week",
        "faults": "/sites/shop/links?url=https://shop.example/tea&source=FB&campaign=x%20y&expires=never%20ever&tried=1",
        "too-long": "/sites/shop/too-long", "strange": "/sites/shop/overview?range=7d&where=device:toaster",
    }  # fmt: skip


@pytest.mark.parametrize("language", list(LOCALES))
def test_every_other_state_is_accessible_in_every_look(
    browser: Browser, place: Place, session: list[Any], language: str
) -> None:
    sight = seen(browser, place, session, locale=LOCALES[language])
    sight.tab.route(
        "**/too-long", lambda route: route.fulfill(body=too_long(place, language), content_type="text/html")
    )
    for name, path in states(place).items():
        sight.tab.goto(f"{place.server.url}{path}", wait_until="load")
        in_every_look(sight, name, language)
        sight.tab.set_viewport_size({"width": 680, "height": 1_010})  # A4 within margins of 1.5 cm
        sight.tab.emulate_media(media="print")
        assert sight.tab.evaluate(CUT) == []
    assert [fault for fault in sight.faults if "404" not in fault and "400" not in fault] == []
    sight.context.close()


def too_long(place: Place, language: str) -> str:
    """A page whose first panel took too long; the rest of it is as the server sends it."""
    said, page = words(language), PAGES["overview"]  # type: ignore[arg-type]
    filters, _ = read("shop", "Europe/Paris", place.now, [("range", "year")])
    failed = drawing.overdue(said, page.panels[0], filters)
    return drawing.head(said, page, filters, Facts((), place.server.url)) + failed + drawing.foot(said)


def test_nothing_in_a_page_moves_by_itself() -> None:
    for file in (ROOT / "collector" / "web" / "static").glob("*.css"):
        assert not re.search(r"animation|transition|@keyframes|scroll-behavior", file.read_text("utf-8")), file.name


@pytest.mark.parametrize("name", list(PAGES))
def test_hostile_text_is_inert(browser: Browser, place: Place, session: list[Any], name: str) -> None:
    sight = seen(browser, place, session)
    tab = sight.open(f"/sites/trap/{name}?range=all")
    assert tab.locator("main img, main script, main iframe").count() == 0
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert sight.faults == []
    sight.context.close()


@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_is_read_where_scripts_are_blocked(
    browser: Browser, place: Place, session: list[Any], name: str
) -> None:
    sight = seen(browser, place, session, java_script_enabled=False)
    tab = sight.open(f"/sites/shop/{name}?range=90d")
    for panel in PAGES[name].panels:
        assert tab.locator(f"#{panel.name} h2").is_visible()
    sight.context.close()


def test_the_filters_work_where_scripts_are_blocked(browser: Browser, place: Place, session: list[Any]) -> None:
    sight = seen(browser, place, session, java_script_enabled=False)
    tab = sight.open("/sites/shop/overview?range=90d")
    with tab.expect_navigation(wait_until="load"):
        tab.locator("#sources tbody a").first.click()
    assert tab.locator(".chips li").count() == 1
    tab.get_by_label("Compare with").select_option("previous")
    with tab.expect_navigation(wait_until="load"):
        tab.get_by_role("button", name="Show", exact=True).click()
    assert tab.url.endswith("&compare=previous")  # and no field that was left empty
    assert tab.locator(".chips li").count() == 1
    tab.get_by_label("Only where").select_option("device")
    with tab.expect_navigation(wait_until="load"):
        tab.get_by_role("button", name="Show", exact=True).click()
    with tab.expect_navigation(wait_until="load"):
        tab.locator(".offer a", has_text="desktop").click()
    assert "where=device%3Adesktop" in tab.url
    assert tab.locator(".chips li").count() == 2
    sight.context.close()


def test_a_filter_offers_the_values_there_are_as_the_page_says_them(
    browser: Browser, place: Place, session: list[Any]
) -> None:
    sight = seen(browser, place, session, locale="fr-FR")
    tab = sight.open("/sites/shop/overview?range=90d")
    tab.get_by_label("Seulement si").select_option("device")
    option = tab.locator("#values option[value=ordinateur]")
    expect(option).to_have_count(1, timeout=PATIENCE)
    tab.locator("[name=is]").fill("Ordinateur")
    with tab.expect_navigation(wait_until="load"):
        tab.locator("[name=is]").press("Enter")
    assert tab.url.endswith("?range=90d&where=device%3Adesktop")
    expect(tab.locator(".chips b")).to_have_text("ordinateur")
    assert sight.faults == []
    sight.context.close()


ALL = """() => (window.wanted = [...document.querySelectorAll(
    'a[href], button, select, summary, pre, .scroll, textarea, input')]
  .filter((one) => one.type !== 'hidden' && one.checkVisibility())).map((one) => one.outerHTML.slice(0, 120))"""
REACH = """() => {
  const at = document.activeElement;
  const style = getComputedStyle(at);
  const after = getComputedStyle(at, '::after');
  const shown = (one) => one.outlineStyle !== 'none' && parseFloat(one.outlineWidth) >= 2;
  return [window.wanted.indexOf(at), shown(style) || shown(after), at.outerHTML.slice(0, 120)];
}"""


@pytest.mark.parametrize("name", list(PAGES))
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(
    browser: Browser, place: Place, session: list[Any], name: str
) -> None:
    sight = seen(browser, place, session)
    assert place.server.post(a_batch()).json()["accepted"] == 1  # the last half hour has something to list at any time
    tab = sight.open(f"/sites/shop/{name}?range=90d")
    wanted = tab.evaluate(ALL)
    assert len(wanted) > 20
    assert name != "live" or any('class="scroll"' in one for one in wanted)
    reached: list[int] = []
    for _ in range(len(wanted) + 20):  # a date field has stops of its own
        tab.keyboard.press("Tab")
        at, visible, text = tab.evaluate(REACH)
        assert visible or "date" in text or "<body" in text, text
        if at >= 0 and at not in reached:
            reached.append(at)
    assert [wanted[at] for at in reached] == wanted
    assert reached == list(range(len(wanted)))
    tab.locator(".skip").press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"
    sight.context.close()


def test_events_appear_as_they_are_kept(browser: Browser, place: Place, session: list[Any]) -> None:
    sight = seen(browser, place, session)
    tab = sight.open("/sites/shop/live")
    expect(tab.locator("#stream-state")).to_have_text(
        "Listening: new events appear here as they are stored.", timeout=PATIENCE
    )
    event = an_event(name="<b>signup</b>", url="https://shop.example/join")
    assert place.server.post(a_batch(event)).json()["accepted"] == 1
    expect(tab.locator("#events .name").first).to_have_text("<b>signup</b>", timeout=PATIENCE)
    assert sight.faults == []
    sight.context.close()


def test_the_figures_of_the_last_minutes_are_asked_anew_but_not_under_the_hands_of_who_is_in_them(
    browser: Browser, place: Place, session: list[Any]
) -> None:
    sight = seen(browser, place, session, still=False)
    sight.tab.clock.install()
    tab = sight.open("/sites/shop/live")
    events = tab.locator("#now dd").nth(2)
    before = int(events.inner_text())
    summary = tab.locator("#now .tools summary")
    summary.focus()
    tab.keyboard.press("Enter")
    assert place.server.post(a_batch()).json()["accepted"] == 1
    asked = len(sight.requests)
    tab.clock.run_for(60_000)
    tab.evaluate("fetch('/health')")  # what was asked before it has been asked
    assert [url for url in sight.requests[asked:] if url.endswith("/live")] == []
    assert summary.evaluate("(one) => one === document.activeElement")
    summary.evaluate("(one) => one.blur()")
    tab.clock.run_for(30_000)
    expect(events).not_to_have_text(str(before), timeout=PATIENCE)
    assert tab.locator("#now .tools").evaluate("(one) => one.open")
    assert tab.locator("#now .copy button").count() == tab.locator("#now .copy").count() > 0
    assert sight.faults == []
    sight.context.close()


def test_who_signs_out_is_out(browser: Browser, place: Place) -> None:
    sight = Sight(browser, place)
    sight.sign_in()
    sight.tab.get_by_role("button", name="Sign out").click()
    sight.tab.wait_for_url("**/login*")
    sight.tab.goto(f"{place.server.url}/sites/shop/overview")
    assert "/login?next=" in sight.tab.url
    sight.context.close()


def test_compared_tables_too_have_all_their_columns_on_a_laptop(
    browser: Browser, place: Place, session: list[Any]
) -> None:
    sight = seen(browser, place, session, locale="fr-FR")  # whose headings are the longer ones
    for name in (page.name for page in PAGES.values() if page.compared):
        tab = sight.open(f"/sites/shop/{name}?range=30d&compare=previous")
        tab.evaluate(UNFOLDED)
        assert tab.locator(".scroll").count() > 0
        assert tab.evaluate(CUT) == [], name
        tops = tab.locator(".bar form").evaluate("(form) => [form.querySelector('label'), form.lastElementChild].map("
                                                 "(one) => one.getBoundingClientRect().bottom)")  # fmt: skip
        assert abs(tops[0] - tops[1]) < 16, name  # no control stands on a row of its own
    sight.tab.goto(f"{place.server.url}/sites/shop/report?range=30d&compare=previous")
    sight.tab.evaluate(UNFOLDED)
    assert sight.tab.evaluate(CUT) == [], "the printed report"
    sight.context.close()


def test_a_table_that_goes_on_beyond_its_box_shows_an_edge_and_none_where_it_ends(
    browser: Browser, place: Place, session: list[Any]
) -> None:
    sight = seen(browser, place, session, viewport={"width": 390, "height": 900})
    short = sight.open("/sites/shop/overview?range=30d").locator(":is(#channels, #devices, #countries) .scroll")
    assert short.count() == 3
    assert short.evaluate_all("(boxes) => boxes.filter((box) => box.scrollWidth > box.clientWidth).length") == 0
    box = sight.open("/sites/shop/overview?range=30d&compare=previous").locator("#sources .scroll")
    box.scroll_into_view_if_needed()
    assert box.evaluate("(box) => box.scrollWidth > box.clientWidth")
    at = box.bounding_box()
    assert at is not None
    clip = {"x": at["x"] + at["width"] - 8, "y": at["y"] + 2, "width": 8, "height": 20}  # beside the caption: no text
    goes_on = sight.tab.screenshot(clip=clip)
    box.evaluate("(box) => { box.scrollLeft = box.scrollWidth; }")
    deadline = time.monotonic() + PATIENCE / 1000
    while (ends := sight.tab.screenshot(clip=clip)) == goes_on and time.monotonic() < deadline:
        pass
    assert ends != goes_on
    sight.context.close()
