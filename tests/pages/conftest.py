"""One server for all the pages' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pages.place import Place, begun


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = begun(tmp_path_factory.mktemp("pages") / "data")
    yield made
    made.server.stop()
