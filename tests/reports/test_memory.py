"""Reports in little memory: attribution sorts touches as numbers, and only those that a model looks at."""

from __future__ import annotations

import pytest

from collector.engines.duckdb.connecting import Options
from collector.engines.duckdb.engine import answer
from tests.bench.dataset import SITE, Dataset, build

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
