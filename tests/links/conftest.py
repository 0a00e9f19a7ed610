"""A data folder, made in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ORIGIN
from tests.links.run import run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the site `shop` (origin https://shop.example)."""
    folder = tmp_path / "data"
    run(folder, "site", "add", "shop", "--origin", ORIGIN)
    return folder
