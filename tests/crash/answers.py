"""What the reports say of a folder, without what may differ between two folders of the same events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from collector.engines.duckdb.connecting import Options
from collector.engines.duckdb.engine import answer
from collector.journal import Folder
from tests.crash.load import QUESTIONS


def answers(data: Path, now: int, *names: str) -> dict[str, Any]:
    """Rows and totals by report, asked at the moment `now` (ms UTC)."""
    found = {}
    for name in names or tuple(QUESTIONS):
        said = answer(Folder(data), Options(), "shop", name, QUESTIONS[name], now)
        found[name] = (said.rows, said.totals, said.data.events, said.data.consented)
    return found
