"""Dying at any named step of sealing loses nothing, counts nothing twice, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from collector.engines.duckdb import compacting
from collector.engines.duckdb.sealing import STEPS
from tests.conftest import BALISE, ORIGIN, command
from tests.crash.answers import answers
from tests.crash.basket import basket, delivered, faults, lying, published, serving
from tests.crash.load import Batch, stored
from tests.make import now

pytestmark = pytest.mark.crash

SEED = 20_261_123
TINY = {"BALISE_SEGMENTS_ROWS": "500", "BALISE_SEGMENTS_AT_ONCE": "500"}
SOURCES = Path(__file__).parents[2] / "collector"
DYING = "BALISE_CRASH_AT"


class Truth:
    """A folder that never crashed, the batches it was sent, and an empty folder of the same site."""

    def __init__(self, place: Path) -> None:
        self.base = now()
        self.batches: list[Batch] = basket(SEED, 130, self.base)
        self.ids = {identity for batch in self.batches for identity in batch.ids}
        self.empty, self.whole = place / "empty", place / "whole"
        command(self.empty, "site", "add", "shop", "--origin", ORIGIN)
        shutil.copytree(self.empty, self.whole)
        with serving(self.whole, TINY) as server:
            assert delivered(server, self.batches) == self.ids
            assert server.stop() == 0
        self.answers = answers(self.whole, self.base)
        assert self.answers["overview"][2] == len(self.ids) > 1_000  # two segments and a tail


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return Truth(tmp_path_factory.mktemp("truth"))


def test_every_failpoint_of_the_house_is_one_of_the_steps() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py"))
    assert set(re.findall(r'\breached\("(\w+)"\)', sources)) == {*STEPS, compacting.STEPS[-1]}
    assert {step.replace("compact", "seal") for step in compacting.STEPS} < set(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_a_server_that_dies_there_goes_on_as_if_it_had_not(step: str, truth: Truth, tmp_path: Path) -> None:
    data = shutil.copytree(truth.empty, tmp_path / "crashed")
    with serving(data, TINY | {DYING: step}) as dying:
        acked = delivered(dying, truth.batches)
        assert dying.process.wait(60) == -signal.SIGKILL, f"the server did not come to {step}"
    assert len(acked) >= 500
    kept = stored(data)
    assert len(kept) == len(set(kept))
    assert acked <= set(kept)
    assert answers(data, truth.base)["overview"][2] == len(kept), "a file that nobody published was counted"
    with serving(data, TINY) as again:
        assert delivered(again, truth.batches) == truth.ids
        _swept(data)
        assert again.stop() == 0
    assert sorted(stored(data)) == sorted(truth.ids)
    assert answers(data, truth.base) == truth.answers
    assert faults(data) == []


@pytest.mark.parametrize("step", STEPS)
def test_a_rebuild_that_dies_there_leaves_right_answers_and_can_be_run_again(
    step: str, truth: Truth, tmp_path: Path
) -> None:
    data = shutil.copytree(truth.whole, tmp_path / "rebuilt")
    dying = subprocess.run(
        [*BALISE, "--data", str(data), "rebuild"],
        env=os.environ | TINY | {DYING: step},
        capture_output=True,
        check=False,
    )
    assert dying.returncode == -signal.SIGKILL, dying.stderr
    assert answers(data, truth.base) == truth.answers
    assert faults(data) == []
    assert command(data, "rebuild", **TINY).startswith("rebuilt ")
    assert answers(data, truth.base) == truth.answers
    assert faults(data) == []


def _swept(data: Path) -> None:
    """Wait until the folder holds the published files and no other."""
    deadline = time.monotonic() + 60
    while not published(data) or lying(data) != published(data):
        assert time.monotonic() < deadline, f"lying there: {lying(data)}, published: {published(data)}"
        time.sleep(0.02)
