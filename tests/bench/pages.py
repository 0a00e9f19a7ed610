"""What load and first page view cost the main thread of a slow device: `python -m tests.bench --peers DIR`, or alone
`python -m tests.bench.pages --peers DIR [--write-readme]`.

Real Chromium, its CPU slowed four times; every file on the same page, turn and turn about. Times are ms in which the
page's thread compiled and ran scripts (CDP `Performance.getMetrics`), none where there is no script: the median and
the least. What one file takes moves by half from minute to minute with whoever else has the machine; so two are
compared within each round, in which they stand side by side, now the one first and now the other: the row is the median
of those ratios, with its 95 % interval (by order: no shape is assumed).
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Sequence
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
    """Chromium's version, and each script's times, round by round; the first round warms up and is none."""
    chosen = [*ours(), *(one for one in peers(folder) if one.name in BESIDE)]
    spent: dict[str, list[float]] = {one.name: [] for one in chosen}
    with sync_playwright() as playwright, browsing(playwright) as browser:
        version = browser.version
        for n in range(rounds + 1):
            for one in chosen if n % 2 else reversed(chosen):
                time = once(browser, one)
                spent[one.name] += [time] if n else []
    return version, spent


def median(values: Sequence[float]) -> tuple[float, float, float]:
    """The median between the ends of its 95 % interval, by the binomial of the ranks (normal approximation)."""
    listed, half = sorted(values), 0.98 * math.sqrt(len(values))
    low, high = math.floor(len(listed) / 2 - half), math.ceil(len(listed) / 2 + half)
    return listed[max(low, 0)], statistics.median(listed), listed[min(high, len(listed) - 1)]


def rows(folder: Path, rounds: int = 41) -> list[Row]:
    """A row for each of our files that others' can be compared with, beside the one that does most of the same."""
    _, found = measured(folder, rounds)
    less, same = (found[name] for name in BESIDE)
    return [_row(name, found[name], same, less) for name in ("s.lite.js", "s.js", "s.full.js")]


def _row(name: str, ours: Sequence[float], same: Sequence[float], less: Sequence[float]) -> Row:
    low, ratio, high = median([one / other for one, other in zip(ours, same, strict=True)])
    spread = " to ".join(f"{value:.1f}" for value in statistics.quantiles(same, n=4)[::2])
    return Row(
        f"main thread, load and first page view, CPU {SLOWER} × slower: {name}",
        f"{statistics.median(ours):.1f} ms",
        f"{BESIDE[1]}: {statistics.median(same):.1f} ms (half between {spread}); "
        f"{BESIDE[0]}: {statistics.median(less):.1f} ms",
        f"{ratio:.2f} ({low:.2f} to {high:.2f})", "≤ 1.5", ratio <= 1.5,
    )  # fmt: skip


def markdown(version: str, found: dict[str, list[float]], rounds: int) -> str:
    """The table."""
    said = f"Chromium {version}, CPU {SLOWER} times slower, {rounds} loads each, ms of scripts on the main thread."
    lines = [said, "", "| | median | least |", "| --- | --- | --- |"]
    for name, times in found.items():
        lines.append(f"| `{name}` | {statistics.median(times):.1f} | {min(times):.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print; with --write-readme put the table there."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pages", description=__doc__)
    parser.add_argument("--peers", type=Path, required=True, help="folder with the others' bundles")
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--write-readme", action="store_true")
    asked = parser.parse_args()
    text = markdown(*measured(asked.peers, asked.rounds), asked.rounds)
    print(text)
    if asked.write_readme:
        before, _, rest = README.read_text("utf-8").partition(BEGIN)
        README.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
