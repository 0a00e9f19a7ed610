from __future__ import annotations

from pathlib import Path

import pytest

from tests.documents import stocked


@pytest.fixture(scope="session")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the documents' week in it; nobody writes to it."""
    place = tmp_path_factory.mktemp("week") / "data"
    stocked(place)
    return place
