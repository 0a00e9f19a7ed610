"""The benchmark itself, small: every number to hold gets a figure, a bar and a verdict; none is judged here."""

from __future__ import annotations

import re
from pathlib import Path

import brotli
import pytest

from tests.bench import features, hundred, pages, table
from tests.bench.__main__ import Sizes, run
from tests.bench.copies import streamed
from tests.bench.machine import fdatasyncs
from tests.bench.reports import ask
from tests.bench.subjects import OURS, ours
from tests.conftest import command

NUMBERS = (
    "durable acks/s",
    "durable events/s in batches",
    "ack p99",
    *(
        f"{question}, {rows} events"
        for question in ("funnel, 4 steps", "funnel with breakdown", "funnel with trend", "sessions overview")
        for rows in ("2 k", "20 k")
    ),
    "the page Overview, 20 k events, complete",
    "the page Overview, 20 k events, after",
    "memory of the idle",
    "peak memory",
    "disk: segments",
    "disk: log",
    "start to first ack",
    "from an ack to",
    "snippet",
    "utm build",
    "utm tags and channel",
    "utm parse, explained, uncached",
    "utm parse, explained, seen before",
    "time a byte of a hostile address",
    "bulk: ",
    "growth",
)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_number_to_hold_has_a_figure_a_bar_and_a_verdict(tmp_path: Path) -> None:
    rows = run(Sizes.of(20_000), tmp_path, print)
    for number in NUMBERS:
        assert [row.what.startswith(number) for row in rows].count(True) == 1, number
    assert len(rows) == len(NUMBERS)
    for row in rows:
        assert re.search(r"\d", row.measured), row
        assert re.search(r"\d", row.beside), row
        assert re.match(r"[≤≥] [\d.,]+", row.bar), row
        assert row.cells()[-1] == ("yes" if row.holds else "**NO**")
    assert "0 faults" in command(tmp_path / "large", "check")


def test_a_streamed_log_answers_as_a_written_one_and_its_reports_have_a_cost(tmp_path: Path) -> None:
    large = streamed(tmp_path / "data", 20_000, print)
    totals = ask(large, "overview")[0].totals
    assert totals["events"] == large.rows
    orders = ask(large, "attribution")[0].totals["conversions"]
    assert orders > totals["purchases"] // 2, "no copy has the orders of another"
    assert 1.1 < totals["sessions"] / totals["visitors"] < 3, "people come back"
    someone = [{"name": "page_view"}]  # told by events, where the overview goes by visits
    assert ask(large, "funnel", steps=someone)[0].totals["entered"] == ask(large, "overview")[0].totals["visitors"]
    again = streamed(tmp_path / "data", large.rows, print)
    assert ask(again, "funnel")[0].totals == ask(large, "funnel")[0].totals
    rows = list(hundred.growth(large, large, print, ["sessions"]))
    assert [row.what.partition(",")[0] for row in rows[:-1]] == ["sessions"]
    assert all(re.match(r"CPU [\d.]+ m?s, \d+ MB", row.measured) for row in rows[:-1])
    assert rows[-1].measured.endswith(" MB, 0 files left")


def test_a_median_stands_between_the_ends_of_its_interval() -> None:
    assert pages.median(range(1, 42)) == (15, 21, 28)
    assert pages.median([3.0]) == (3.0, 3.0, 3.0)


def test_the_table_replaces_what_stands_between_the_marks(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n", encoding="utf-8")
    row = table.Row("acks", "9/s", "empty: 10/s", "0.9", "≥ 0.35", False)
    table.write(readme, table.markdown([row], "Measured."))
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- bench -->\nMeasured.\n\n| what |")
    assert "| acks | 9/s | empty: 10/s | 0.9 | ≥ 0.35 | **NO** |\n<!-- /bench -->\nafter\n" in text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.00042, "420 µs"), (0.9994, "999 ms"), (0.9996, "1 s"), (1.0, "1 s"), (12.345, "12.3 s")]
)
def test_a_time_is_told_with_three_digits(seconds: float, text: str) -> None:
    assert table.duration(seconds) == text


def test_a_readme_without_the_marks_is_an_error_that_names_them(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("no marks\n", encoding="utf-8")
    with pytest.raises(table.MarkError, match=re.escape("README.md has no block <!-- bench -->")):
        table.write(readme, "text")
    assert readme.read_text(encoding="utf-8") == "no marks\n"


def test_every_fdatasync_of_the_machine_takes_time(tmp_path: Path) -> None:
    taken = fdatasyncs(tmp_path)
    assert len(taken) >= 200
    assert taken == sorted(taken)
    assert taken[0] > 0
    assert list(tmp_path.iterdir()) == []


def test_every_feature_of_the_snippet_s_table_names_a_test_that_is_there() -> None:
    """And the table in the README is the one of these builds: their sizes, their features."""
    browser = Path(__file__).parents[1] / "browser"
    text = features.README.read_text("utf-8").partition(features.BEGIN)[2].partition(features.END)[0]
    rows = {line.split(" | ")[0].removeprefix("| "): line.split(" | ")[1:] for line in text.strip().splitlines()}
    sizes = [f"{len(brotli.compress(one.code.encode(), quality=11)):,}" for one in ours()]
    assert rows["bytes, Brotli-11"][: len(OURS)] == sizes, "run python -m tests.bench.features --write-readme"
    for feature in features.FEATURES:
        assert f"\ndef {feature.test}(" in (browser / feature.file).read_text("utf-8"), feature.test
        ticked = {build for build, tick in zip(OURS, rows[feature.text], strict=False) if tick.strip() == "✓"}
        assert ticked == feature.builds, feature.text
