"""The demo's traffic is the same after an interruption."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from collector.app import running
from collector.demo.stage import Run, Stage
from collector.journal import Folder
from collector.settings import Settings
from tests.conftest import command

NOW = 1_795_000_000_000


class InterruptionError(Exception):
    """Ctrl+C while the traffic comes in."""


async def interrupted(folder: Folder) -> None:
    def stop(done: int) -> None:
        raise InterruptionError

    async with running(folder, Settings()) as house:
        await Stage(folder, Run(NOW, 200, 10)).seed(house, ("http://127.0.0.1:1",), stop)


def test_a_demo_that_was_interrupted_agrees_with_its_truth_the_next_time(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    with folder.held(), pytest.raises(InterruptionError):
        asyncio.run(interrupted(folder))
    for _ in range(2):
        said = command(folder.path, "demo", "--once", "--port", "0", "--shop-port", "0", "--lang", "en")
        assert " agree" in said
        assert "NO" not in said
    assert "0 faults" in command(folder.path, "check")  # the consent log's too: a grant in force covers every event
    assert re.search(r"Withdrawals: demo-2 +(\d+) +\1 +yes", said)
    assert "shop" in command(folder.path, "funnel", "list", "--site", "demo")
