"""Every case of the tables, through the product's own way of an event: as given and reversed, unsealed and sealed.
`python -m tests.run_cases` shuffles them too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cases.running import verdict

_TABLES = sorted(Path(__file__).parent.glob("*.json"))
_CASES = [(table.stem, case) for table in _TABLES for case in json.loads(table.read_bytes())]


@pytest.mark.parametrize(("table", "case"), _CASES, ids=[case["id"] for _, case in _CASES])
async def test_a_case_gives_what_it_expects(table: str, case: dict[str, Any], tmp_path: Path) -> None:
    found = await verdict(case, tmp_path / "data", shuffles=0)
    assert found.state == "ok", found.why
    assert "skip" not in found.why


def test_the_tables_are_many_and_name_each_case_once() -> None:
    names = [case["id"] for _, case in _CASES]
    assert len(names) == len(set(names))
    assert len(names) >= 150
