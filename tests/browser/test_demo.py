"""The demo, walked through as a person would: who accepts is in the funnel at once, who refuses leaves nothing."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.conftest import BALISE

FUNNEL = {
    "steps": [
        {"name": "page_view", "path": "/*"},
        {"name": "page_view", "path": "/*/product/*"},
        {"name": "page_view", "path": "/*/cart"},
        {"name": "page_view", "path": "/*/checkout/address"},
        {"name": "purchase"},
    ],
    "breakdown": {"field": "utm.source"},
}


class Demo(NamedTuple):
    """A running `balise demo` and where its shop is."""

    data: Path
    shop: str

    def funnel(self) -> dict[str, Any]:
        asked = ["report", "funnel", "--site", "demo", "--format", "json", "--spec", "-"]
        done = subprocess.run(
            [*BALISE, "--data", self.data, *asked], input=json.dumps(FUNNEL).encode(), capture_output=True, check=True
        )
        answer: dict[str, Any] = json.loads(done.stdout)["totals"]
        return answer

    def live(self) -> list[dict[str, Any]]:
        """The events of the walk: those that the shop in front sent."""
        done = subprocess.run(
            [*BALISE, "--data", self.data, "export", "--site", "demo"], capture_output=True, check=True
        )
        return [row for row in map(json.loads, done.stdout.splitlines()) if row.get("host") == "127.0.0.1"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    data = tmp_path_factory.mktemp("demo") / "data"
    command = [*BALISE, "--data", data, "demo", "--port", "0", "--shop-port", "0", "--visitors", "300", "--lang", "en"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl+C" in line:
            break
    assert re.search(r"^(\d\d+) / \1 figures agree", said, re.MULTILINE)
    shop = re.search(r"The shop\s+(\S+)", said)
    assert shop
    yield Demo(data, shop[1].rpartition("/")[0])
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.fixture
def sent(context: BrowserContext) -> list[str]:
    """What the pages sent to the collector beside fetching the snippet."""
    seen: list[str] = []
    context.on("request", lambda request: seen.append(request.method + request.url) if "/m/" in request.url else None)
    return seen


def walk(tab: Page, shop: str, answer: str | None, query: str = "") -> None:
    """Home, an answer to the banner (or none), a product, the cart, the checkout, the order."""
    tab.goto(f"{shop}/en{query}")
    if answer:
        tab.click(f"#consent [data-consent={answer}]")
    tab.locator("main a[href*='/product/']").first.click()
    tab.click(".buy button")
    tab.click("[data-added] a")
    tab.click("main .button:visible")
    for field in ("name", "street", "postcode", "city"):
        tab.fill(f"#{field}", "Secret")
    tab.fill("#email", "secret.person@mail.example")
    for _ in range(3):
        tab.click("main button:visible")
    tab.wait_for_url(re.compile("/en/thanks"))
    tab.wait_for_selector("[data-order]:visible")


def stored(context: BrowserContext, tab: Page) -> Any:
    """Every byte the pages left on the device."""
    return context.cookies(), tab.evaluate(
        "Promise.all([indexedDB.databases(), caches.keys()]).then((more) => "
        "[...more.map((one) => one.length), localStorage.length, sessionStorage.length, window.name, document.cookie])"
    )


NOTHING = ([], [0, 0, 0, 0, "", ""])


def test_who_accepts_and_buys_is_in_the_very_next_funnel(demo: Demo, context: BrowserContext, sent: list[str]) -> None:
    """Asked once, at once: nothing has to be waited for. How long the command takes is a row of the benchmark."""
    before = demo.funnel()["groups"].get("spring-letter", [0] * 5)
    tab = context.new_page()
    with tab.expect_response(
        lambda answer: "/m/e" in answer.url and "purchase" in (answer.request.post_data or "")
    ) as ack:
        walk(tab, demo.shop, "granted", "?utm_source=spring-letter&utm_medium=email&utm_campaign=demo")
    assert ack.value.status == 202
    after = demo.funnel()["groups"]["spring-letter"]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 1, 1, 1]
    rows = demo.live()
    assert {row["visitor"] for row in rows} == {context.cookies()[0]["value"]}
    assert [row["name"] for row in rows].count("purchase") == 1
    assert "secret" not in json.dumps(rows).lower()
    assert sent.count(f"GET{demo.shop}/m/s.js") >= 1


@pytest.mark.parametrize("answer", ["denied", None], ids=["refusal", "no answer"])
def test_who_refuses_or_says_nothing_leaves_no_byte(
    demo: Demo, context: BrowserContext, sent: list[str], answer: str | None
) -> None:
    before = len(demo.live())
    tab = context.new_page()
    walk(tab, demo.shop, answer)
    assert {line.partition("/m/")[2] for line in sent} == {"s.js"}
    assert stored(context, tab) == NOTHING
    assert len(demo.live()) == before


@pytest.mark.parametrize(
    ("header", "signal"),
    [
        ("Sec-GPC", "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"),
        ("DNT", "Object.defineProperty(navigator, 'doNotTrack', {value: '1'})"),
    ],
    ids=["GPC", "DNT"],
)
def test_a_browser_that_objects_leaves_no_byte(demo: Demo, browser: Browser, header: str, signal: str) -> None:
    before = len(demo.live())
    context = browser.new_context(extra_http_headers={header: "1"})
    context.add_init_script(signal)
    seen: list[str] = []
    context.on("request", lambda request: seen.append(request.url) if "/m/" in request.url else None)
    tab = context.new_page()
    walk(tab, demo.shop, None)
    assert {url.partition("/m/")[2] for url in seen} == {"s.js"}
    assert stored(context, tab) == NOTHING
    assert len(demo.live()) == before
    context.close()


def test_withdrawal_stops_at_once_and_forgets(demo: Demo, context: BrowserContext, sent: list[str]) -> None:
    tab = context.new_page()
    tab.goto(f"{demo.shop}/en")
    with tab.expect_response(lambda answer: "/m/e" in answer.url):
        tab.click("#consent [data-consent=granted]")
    assert [cookie["name"] for cookie in context.cookies()] == ["m_demo"]
    tab.click("footer a[href*=privacy]")
    with tab.expect_response(lambda answer: "/m/forget" in answer.url):
        tab.click("main [data-consent=denied]")
    kept = len(demo.live())
    sent.clear()
    walk(tab, demo.shop, None)
    assert {line.partition("/m/")[2] for line in sent} == {"s.js"}
    assert stored(context, tab) == NOTHING
    assert len(demo.live()) == kept
