"""`python -m tests.bench.features --peers DIR [--write-readme]`: what each script records by itself, tried on one page.

Every tick is a probe that this command runs, the same for all. For ours a tick also names the test that shows it
against the real collector; a probe that contradicts what we claim ends the command with 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import brotli
from playwright.sync_api import Browser, sync_playwright

from tests.bench.subjects import HOST, OURS, Subject, Visit, browsing, ours, peers

README: Final = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- features -->", "<!-- /features -->"
LITE, STANDARD, DEFAULT, FULL = (set(OURS[first:]) for first in range(4))
_SIGNAL: Final = "Object.defineProperty(Navigator.prototype, '{}', {{get: () => {}}})"

# Requests that a page makes as it is left are not seen here, so it is told that it is hidden.
_HIDDEN: Final = """Object.defineProperty(document, 'visibilityState', {get: () => 'hidden'});
Object.defineProperty(document, 'hidden', {get: () => true});
document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))"""


def view(visit: Visit) -> bool:
    visit.open()
    return visit.told("/land")


def waits(visit: Visit) -> bool:
    visit.open()
    return not visit.sent


def push(visit: Visit) -> bool:
    visit.open()
    visit.tab.evaluate("history.pushState({}, '', '/two')")
    return visit.told("/two")


def replace(visit: Visit) -> bool:
    visit.open()
    visit.tab.evaluate("history.replaceState({}, '', '/three')")
    return visit.told("/three")


def back(visit: Visit) -> bool:
    visit.open()
    visit.tab.evaluate("window.mark = 1")
    visit.tab.goto(HOST + "/other")
    visit.wait(500)
    visit.tab.go_back(wait_until="commit")
    visit.wait(300)
    assert visit.tab.evaluate("window.mark") == 1, "the page was not kept"
    visit.wait(700)
    after = next(place for place, one in reversed(list(enumerate(visit.sent))) if "/other" in one)
    return any("/land" in one for one in visit.sent[after + 1 :])


def outbound(visit: Visit) -> bool:
    visit.open()
    visit.tab.click("#out")
    return visit.told("other.example")


def download(visit: Visit) -> bool:
    visit.open()
    visit.tab.click("#file")
    return visit.told("price.pdf")


def form(visit: Visit) -> bool:
    visit.open()
    visit.tab.fill("#name", "canary")
    visit.tab.click("#send")
    return visit.told("form_", "Form: ", "form_submit", "submit_form")


def engaged(visit: Visit) -> bool:
    visit.open()
    for step in range(8):
        visit.tab.mouse.wheel(0, 200 + step)
        visit.wait(500)
    visit.tab.evaluate(_HIDDEN)
    return visit.told("engage", "'sd'", "page_ping", "'e': 'pp'", '"pp"')


def again(visit: Visit) -> bool:
    visit.refusing = 1
    visit.open()
    visit.wait(5_000)
    return len([one for one in visit.sent if "/land" in one]) > 1


def gpc(visit: Visit) -> bool:
    visit.tab.add_init_script(_SIGNAL.format("globalPrivacyControl", "true"))
    return waits(visit)


def dnt(visit: Visit) -> bool:
    visit.tab.add_init_script(_SIGNAL.format("doNotTrack", "'1'"))
    return waits(visit)


def bare(visit: Visit) -> bool:
    visit.open()
    visit.wait(500)
    return not (visit.tab.context.cookies() or visit.tab.evaluate("localStorage.length + sessionStorage.length"))


class Feature(NamedTuple):
    """What is ticked, by which probe, for which of our builds, and the test of it against the real collector."""

    text: str
    probe: Callable[[Visit], bool]
    builds: set[str]
    file: str  # under tests/browser, and the test in it
    test: str
    consent: str = "off"


FEATURES: Final = (
    Feature(
        "page view",
        view,
        LITE,
        "test_pages.py",
        "test_moves_inside_the_document_are_page_views_that_name_the_page_before",
    ),
    Feature(
        "waits for consent, by itself",
        waits,
        LITE,
        "test_consent.py",
        "test_without_a_choice_nothing_is_read_stored_or_sent",
        "required",
    ),
    Feature("Global Privacy Control", gpc, LITE, "test_consent.py", "test_a_browser_that_objects_is_left_alone"),
    Feature("Do Not Track", dnt, LITE, "test_consent.py", "test_a_browser_that_objects_is_left_alone"),
    Feature("leaves nothing on the device", bare, LITE, "test_device.py", "test_without_a_receipt_nothing_lies_there"),
    Feature(
        "moves inside the page: `pushState`",
        push,
        LITE,
        "test_pages.py",
        "test_moves_inside_the_document_are_page_views_that_name_the_page_before",
    ),
    Feature(
        "`replaceState`",
        replace,
        LITE,
        "test_pages.py",
        "test_moves_inside_the_document_are_page_views_that_name_the_page_before",
    ),
    Feature(
        "the way back from the cache",
        back,
        LITE,
        "test_lifecycle.py",
        "test_the_way_back_to_a_kept_page_is_a_new_page_view",
    ),
    Feature(
        "sent again after a 503",
        again,
        LITE,
        "test_delivery.py",
        "test_a_refused_batch_is_sent_again_with_its_ids_after_the_time_asked_for",
    ),
    Feature(
        "outbound links",
        outbound,
        STANDARD,
        "test_behaviour.py",
        "test_links_that_lead_out_are_events_without_what_belongs_to_somebody",
    ),
    Feature(
        "downloads",
        download,
        STANDARD,
        "test_behaviour.py",
        "test_links_that_lead_out_are_events_without_what_belongs_to_somebody",
    ),
    Feature(
        "time in sight and scroll depth",
        engaged,
        STANDARD,
        "test_behaviour.py",
        "test_time_in_sight_is_told_when_the_page_is_left",
    ),
    Feature("forms", form, DEFAULT, "test_behaviour.py", "test_a_form_is_told_by_the_names_of_its_fields"),
)


def tried(browser: Browser, subject: Subject, feature: Feature) -> bool:
    """One probe in a context of its own."""
    context = browser.new_context()
    try:
        return feature.probe(Visit(context.new_page(), subject, feature.consent))
    finally:
        context.close()


def found(folder: Path) -> tuple[list[Subject], dict[str, list[bool]]]:
    """Which probes each script passes, by feature."""
    subjects = [*ours(), *peers(folder)]
    with sync_playwright() as playwright, browsing(playwright) as browser:
        return subjects, {one.text: [tried(browser, subject, one) for subject in subjects] for one in FEATURES}


def wrong(subjects: list[Subject], ticks: dict[str, list[bool]]) -> list[str]:
    """Where a probe contradicts what we say of a build."""
    return [
        f"{subject.name}: {feature.text}"
        for feature in FEATURES
        for subject, tick in zip(subjects, ticks[feature.text], strict=True)
        if subject.name in OURS and tick != (subject.name in feature.builds)
    ]


def markdown(subjects: list[Subject], ticks: dict[str, list[bool]]) -> str:
    """Scripts as columns, features as rows."""
    sizes = [f"{len(brotli.compress(one.code.encode(), quality=11)):,}" for one in subjects]
    names = [f"**`{one.name}`**" if one.name in OURS else one.name for one in subjects]
    lines = [["", *names, "test of ours"], ["---"] * (len(names) + 2), ["bytes, Brotli-11", *sizes, "`npm run sizes`"]]
    for feature in FEATURES:
        said = ["✓" if tick else "" for tick in ticks[feature.text]]
        lines.append([feature.text, *said, f"[`{feature.test}`](tests/browser/{feature.file})"])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Try and print; with --write-readme put the table there."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.features", description=__doc__)
    parser.add_argument("--peers", type=Path, required=True, help="folder with the others' bundles")
    parser.add_argument("--write-readme", action="store_true")
    asked = parser.parse_args()
    subjects, ticks = found(asked.peers)
    text = markdown(subjects, ticks)
    print(text)
    if faults := wrong(subjects, ticks):
        sys.exit("not as claimed: " + "; ".join(faults))
    if asked.write_readme:
        before, _, rest = README.read_text("utf-8").partition(BEGIN)
        README.write_text(f"{before}{BEGIN}\n{text}{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
