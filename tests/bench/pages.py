"""`python -m tests.bench.pages --peers DIR`: what load and first page view cost the main thread of a slow device.

Real Chromium, its CPU slowed four times; every file on the same page, turn and turn about. DIR holds the others'
packages as `npm run sizes -- --keep DIR` bundles them. Times are ms of the main thread's own CPU in the page's tasks
(CDP `Performance.getMetrics`) beyond those of the same page without a script: medians, and the middle half.
"""

from __future__ import annotations

import argparse
import statistics
from importlib import resources
from pathlib import Path
from typing import Final, NamedTuple

from playwright.sync_api import Browser, CDPSession, Page, Route, sync_playwright

CHROMIUM: Final = "/usr/bin/chromium"
# The last one, because others count nothing in a browser that says it is driven.
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-blink-features=AutomationControlled"]
SLOWER: Final = 4
HOST: Final = "https://shop.example"
README: Final = Path(__file__).parents[2] / "js" / "README.md"
BEGIN, END = "<!-- pages -->", "<!-- /pages -->"
OURS: Final = {"s.lite.js": "s.lite.js", "s.js": "s.js", "s.full.js": "s.full.js"}
PEERS: Final = {
    "plausible-tracker": "peer.default({domain: 'shop.example', apiHost: ''}).trackPageview()",
    "@plausible-analytics/tracker": "peer.init({domain: 'shop.example', endpoint: '/e'})",
}


class Subject(NamedTuple):
    """A script, its tag's attributes, and what starts it."""

    name: str
    code: str
    start: str = ""


def subjects(peers: Path | None) -> list[Subject]:
    """The empty page first."""
    static = resources.files("collector.web").joinpath("static")
    found = [Subject("(no script)", "")]
    found += [Subject(name, static.joinpath(file).read_text("utf-8")) for name, file in OURS.items()]
    for name, start in PEERS.items() if peers else ():
        assert peers is not None
        file = peers / f"{name.replace('/', '-')}.js"
        found.append(Subject(name, file.read_text("utf-8"), start))
    return found


def load(tab: Page, session: CDPSession, subject: Subject) -> float:
    """Milliseconds of tasks of one load, with its page view sent."""
    tag = '<script src="/script.js" data-site="shop" data-consent="off"></script>' if subject.code else ""
    html = f"<!doctype html><title>Shop</title><p>Shop</p>{tag}<script>{subject.start}</script>"
    sent: list[str] = []

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.url)
            route.fulfill(status=202, body="{}")
        elif route.request.url.endswith(".js"):
            route.fulfill(body=subject.code, content_type="text/javascript")
        else:
            route.fulfill(body=html, content_type="text/html")

    tab.route("**/*", answer)
    tab.goto(HOST + "/?utm_source=news")
    tab.wait_for_timeout(300)
    assert bool(sent) == bool(subject.code), f"{subject.name} sent {sent}"
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    tab.unroute("**/*")
    return float(metrics["TaskDuration"]) * 1_000


def once(browser: Browser, subject: Subject) -> float:
    """One load in a context of its own: nothing is in a cache."""
    context = browser.new_context()
    tab = context.new_page()
    session = context.new_cdp_session(tab)
    session.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})  # not the time that others had the CPU
    session.send("Performance.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    spent = load(tab, session, subject)
    context.close()
    return spent


def measure(peers: Path | None, rounds: int) -> str:
    """The table."""
    chosen = subjects(peers)
    spent: dict[str, list[float]] = {one.name: [] for one in chosen}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        version = browser.version
        for _ in range(rounds):
            for one in chosen:
                spent[one.name].append(once(browser, one))
        browser.close()
    nothing = statistics.median(spent[chosen[0].name])
    said = f"Chromium {version}, CPU {SLOWER} times slower, {rounds} loads each, ms of the main thread"
    lines = [f"{said} beyond the {nothing:.1f} ms of the page itself.", "", "| | median | middle half |"]
    lines.append("| --- | --- | --- |")
    for name, times in list(spent.items())[1:]:
        low, middle, high = (time - nothing for time in statistics.quantiles(times, n=4))
        lines.append(f"| `{name}` | {middle:.1f} | {low:.1f} to {high:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print; with --write-readme put the table there."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pages", description=__doc__)
    parser.add_argument("--peers", type=Path, help="folder with the others' bundles")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--write-readme", action="store_true")
    asked = parser.parse_args()
    text = measure(asked.peers, asked.rounds)
    print(text)
    if asked.write_readme:
        before, _, rest = README.read_text("utf-8").partition(BEGIN)
        README.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
