"""What load and first page view cost the main thread of a slow device: `python -m tests.bench --peers DIR`, or alone
`python -m tests.bench.pages --peers DIR [--write-readme]`.

Real Chromium, its CPU slowed four times; every file on the same page, turn and turn about. Times are ms in which the
page's thread compiled and ran scripts (CDP `Performance.getMetrics`), none where there is no script: the median,
which is compared, and the least.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from tests.bench.subjects import Subject, Visit, browsing, ours, peers
from tests.bench.table import Row

SLOWER: Final = 4
README: Final = Path(__file__).parents[2] / "js" / "README.md"
BEGIN, END = "<!-- pages -->", "<!-- /pages -->"
SPENT: Final = ("ScriptDuration", "V8CompileDuration")  # of tasks: what is not the page's own layout and painting
BESIDE: Final = ("plausible-tracker", "@plausible-analytics/tracker")  # others that only count pages


def once(browser: Browser, subject: Subject) -> float:
    """Milliseconds of tasks of one load, with its page view sent, in a context of its own: nothing is in a cache."""
    context = browser.new_context()
    tab = context.new_page()
    session = context.new_cdp_session(tab)
    session.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})  # not the time that others had the CPU
    session.send("Performance.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    visit = Visit(tab, subject, "off", "<p>Shop</p>")
    visit.open()
    assert visit.sent, f"{subject.name} sent nothing"
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    context.close()
    return float(sum(metrics[name] for name in SPENT)) * 1_000


def measured(folder: Path, rounds: int) -> tuple[str, dict[str, list[float]]]:
    """Chromium's version, and the times of each script in order of size."""
    chosen = [*ours(), *(one for one in peers(folder) if one.name in BESIDE)]
    spent: dict[str, list[float]] = {one.name: [] for one in chosen}
    with sync_playwright() as playwright, browsing(playwright) as browser:
        version = browser.version
        for _ in range(rounds):
            for one in chosen:
                spent[one.name].append(once(browser, one))
    return version, {name: sorted(times) for name, times in spent.items()}


def rows(folder: Path, rounds: int = 25) -> list[Row]:
    """A row for each of our files that others' can be compared with, beside the one that does most of the same."""
    _, found = measured(folder, rounds)
    middle = {name: statistics.median(times) for name, times in found.items()}
    less, same = (middle[name] for name in BESIDE)
    return [
        Row(
            f"main thread, load and first page view, CPU {SLOWER} × slower: {name}",
            f"{middle[name]:.1f} ms",
            f"{BESIDE[1]}: {same:.1f} ms; {BESIDE[0]}: {less:.1f} ms",
            f"{middle[name] / same:.2f}",
            "≤ 1.5",
            middle[name] <= 1.5 * same,
        )
        for name in ("s.lite.js", "s.js", "s.full.js")
    ]


def markdown(version: str, found: dict[str, list[float]], rounds: int) -> str:
    """The table."""
    said = f"Chromium {version}, CPU {SLOWER} times slower, {rounds} loads each, ms of scripts on the main thread."
    lines = [said, "", "| | median | least |", "| --- | --- | --- |"]
    for name, times in found.items():
        lines.append(f"| `{name}` | {statistics.median(times):.1f} | {times[0]:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print; with --write-readme put the table there."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pages", description=__doc__)
    parser.add_argument("--peers", type=Path, required=True, help="folder with the others' bundles")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--write-readme", action="store_true")
    asked = parser.parse_args()
    text = markdown(*measured(asked.peers, asked.rounds), asked.rounds)
    print(text)
    if asked.write_readme:
        before, _, rest = README.read_text("utf-8").partition(BEGIN)
        README.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
