"""`python -m tests.bench`: measure every row and print the table; under 25 minutes and 15 GB for 10 M events."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests.bench import bulk, footprint, ingest, machine, overview, pages, peer, reports, table, toolkit
from tests.bench.dataset import Say, build
from tests.conftest import Server

README = Path(__file__).parents[2] / "README.md"
FULL, QUICK = 10_000_000, 300_000


class Sizes(NamedTuple):
    """How much of everything, for a log of `rows` events."""

    rows: int
    singles: int  # events of one flood, each in a request of its own
    browsers: int  # events of the disk's measure
    seconds: float  # of the paced load
    links: int  # of a sheet

    @classmethod
    def of(cls, rows: int) -> Sizes:
        """The full measure from 10 M rows on, and in proportion below, down to where a figure still says something."""
        share = min(1.0, rows / FULL)
        floods = (max(1_000, int(15_000 * share)), max(6_000, int(250_000 * share)), max(1.0, 30 * share))
        return cls(rows, *floods, max(300, int(10_000 * share)))


def run(sizes: Sizes, place: Path, say: Say) -> list[table.Row]:
    """Every row, measured in `place`."""
    rows = [toolkit.snippet(), *toolkit.utm(), bulk.sheets(place / "bulk", sizes.links)]
    rows += ingest.floods(place / "floods", sizes.singles, say)
    small = build(place / "small", sizes.rows // 10, say)
    large = build(place / "large", sizes.rows, say)
    rows += footprint.disk(place / "disk", sizes.browsers, large, say)
    rows.append(footprint.freshness(place / "disk", sizes.browsers, say))
    with peer.loaded(place / "peer-small", small.parquet) as clickhouse:
        rows += reports.races(small, clickhouse, say)
    with peer.loaded(place / "peer", large.parquet) as clickhouse:
        say("ClickHouse has the same events")
        rows += reports.races(large, clickhouse, say)
        rows += overview.rows(large, clickhouse, say)
    rows.append(reports.growth(small, large, say))
    rows.append(footprint.starts(large, place / "empty", say))
    server = Server(large.folder.path)
    try:
        rows += footprint.memory(server, large, say)
        rows.append(ingest.paced(server, large, sizes.seconds, say))
    finally:
        server.stop()
    return rows


def main(arguments: list[str]) -> None:
    """Measure and print; with --write-readme put the table there."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=FULL, help="events in the log (default: 10 M)")
    parser.add_argument("--quick", action="store_true", help="300 k events, to try it out")
    parser.add_argument(
        "--folder", type=Path, help="where to measure; its file system is the disk (default: the temporary one)"
    )
    parser.add_argument("--date", default=datetime.now(UTC).date().isoformat(), help="the date that the table names")
    parser.add_argument("--write-readme", action="store_true", help="put the table between the marks in README.md")
    parser.add_argument(
        "--peers",
        type=Path,
        help="bundles of others' snippets (`npm run sizes -- --keep DIR`): what ours cost beside them",
    )
    asked = parser.parse_args(arguments)
    sizes = Sizes.of(QUICK if asked.quick else asked.rows)
    if asked.write_readme:
        table.around(README)  # before the work, not after it
    begin = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begin:6.0f} s  {text}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="balise-bench-", dir=asked.folder) as folder:
        preface = machine.preface(Path(folder), sizes.rows, asked.date)
        rows = run(sizes, Path(folder), say) + (pages.rows(asked.peers) if asked.peers else [])
        text = table.markdown(rows, preface)
    print(text)
    if asked.write_readme:
        table.write(README, text)


if __name__ == "__main__":
    main(sys.argv[1:])
