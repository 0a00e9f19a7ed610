"""Reports in little memory: attribution sorts touches as numbers, and only those that a model looks at; carts
leave DuckDB what it holds. A tail as long as a file is read and sealed in the least memory that may be set."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from collector.engines.duckdb.abandonment import beside
from collector.engines.duckdb.connecting import LEAST, Options
from collector.engines.duckdb.engine import answer
from collector.engines.duckdb.sealing import seal
from collector.engines.duckdb.view import Sight, View
from collector.engines.duckdb.visits import Sealed
from collector.event import Site
from collector.follower import Options as SegmentOptions
from collector.journal import Folder
from collector.reports.questions import Abandonment
from tests.bench.dataset import ORIGIN, SITE, Dataset, build, write
from tests.conftest import command

# One thread allocates alike every time. 28 MB were enough when this was written; joined and sorted as texts, the same
# touches took more than 50.
_LITTLE = Options(memory_mb=40, threads=1, seconds=600)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return build(tmp_path_factory.mktemp("memory"), 100_000, print)


@pytest.mark.parametrize("model", ["last_non_direct", "markov"])
def test_attribution_of_a_hundred_thousand_events_takes_forty_megabytes_at_most(shop: Dataset, model: str) -> None:
    found = answer(shop.folder, _LITTLE, SITE, "attribution", {"model": model}, shop.now).totals
    ample = answer(shop.folder, Options(seconds=600), SITE, "attribution", {"model": model}, shop.now).totals
    assert found["conversions"] > 100
    assert found == ample


def test_carts_take_no_memory_from_a_database_that_holds_more_and_cannot_spill(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    limits = {"memory_limit": "32MB", "threads": 1, "temp_directory": str(tmp_path / "file" / "spill")}
    with duckdb.connect(config=limits) as held:
        held.execute("CREATE TEMP TABLE held AS SELECT hash(i) AS one, hash(-i) AS other FROM range(1_200_000) r(i)")
        sealed, sight = Sealed(None, [], 0, []), Sight("", "", attached=False)
        view = View(held, Site(1, "shop", b"", ()), Abandonment(), 0, 0, sealed, sight)
        with beside(view, 1_000_000):
            assert view.rows("SELECT count(DISTINCT one % 1_000) AS n FROM held") == [{"n": 1_000}]
        with beside(view, 100):
            assert view.rows("SELECT current_setting('memory_limit') AS left") == [{"left": "30.4 MiB"}]


@pytest.fixture(scope="module")
def unsealed(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    path = tmp_path_factory.mktemp("unsealed")
    command(path, "site", "add", SITE, "--origin", ORIGIN)
    folder = Folder(path)
    write(folder, SegmentOptions().rows)
    return folder


@pytest.mark.parametrize("threads", [2, 4])
def test_the_least_memory_is_enough_for_a_tail_as_long_as_a_file_and_to_seal_it(
    unsealed: Folder, shop: Dataset, threads: int
) -> None:
    least = Options(memory_mb=LEAST, threads=threads, seconds=600)
    for name in ("sessions", "journeys"):  # of all reports these take most of it
        found = answer(unsealed, least, SITE, name, {}, shop.now)
        assert found.totals == answer(shop.folder, Options(seconds=600), SITE, name, {}, shop.now).totals
    assert seal(unsealed, 0, shop.rows, least).last_seq == shop.rows
