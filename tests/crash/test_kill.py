from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import BALISE, Server, command
from tests.crash.answers import answers
from tests.crash.load import SMALL, Load, held_against

pytestmark = pytest.mark.crash

SEED = 20_261_122
KILLS = 20  # of a serving process, at any moment of its life
YOUNG = 5  # more, of a process that may not even have opened the log yet


@pytest.mark.timeout(600)
def test_nothing_acknowledged_is_lost_or_doubled_when_the_server_is_killed(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(SEED)
    with Load(SEED) as load:
        starts, served = [], 0.0
        for number in range(KILLS):
            if number % (KILLS // YOUNG) == 0:
                _killed_young(data, chance)
            start, life = _killed(data, load, chance)
            starts.append(start)
            served += life
        before_last = len(load.ledger.acked)
        last = Server(data, environment=SMALL)
        load.port = last.port
        load.finish()
        assert last.stop() == 0
    figures = held_against(data, load.ledger)
    assert "0 faults" in command(data, "check")
    assert "0 faults" in command(data, "consent", "verify")
    with capsys.disabled():
        rate = f"{before_last / served:.0f} events/s while serving"
        first = f"start to first 2xx p50 {sorted(starts)[KILLS // 2]:.2f} s, max {max(starts):.2f} s"
        print(f"\n{KILLS + YOUNG} kills (seed {SEED}): {figures}; {rate}; {first}")
    _rebuilt_says_the_same(data, load.base)


def _killed(data: Path, load: Load, chance: random.Random) -> tuple[float, float]:
    """One life: start, first acknowledgement, a random moment, SIGKILL. Returns both spans in seconds."""
    begun = time.monotonic()
    server = Server(data, environment=SMALL)
    load.port = server.port
    start = load.acked_after(begun)
    time.sleep(chance.uniform(0.0, 1.3))  # past the follower's second turn, so that sealing is hit too
    life = time.monotonic() - begun - start
    server.process.kill()
    server.process.wait()
    return start, life


def _killed_young(data: Path, chance: random.Random) -> None:
    """Start without waiting for anything, and kill within the time that a start takes."""
    process = subprocess.Popen([*BALISE, "--data", str(data), "serve", "--port", "0"], stdout=subprocess.DEVNULL)
    time.sleep(chance.uniform(0.2, 0.8))
    process.kill()
    process.wait()


def _rebuilt_says_the_same(data: Path, now: int) -> None:
    before = answers(data, now)
    assert before["overview"][2] > 0
    assert command(data, "rebuild").startswith("rebuilt ")
    assert answers(data, now) == before
    assert "0 faults" in command(data, "check")
