"""A disk that takes no more: nothing is promised that is not kept, and it goes on by itself when there is room.

The full disk is a limit on the size of files, set on the running server: unlike a full disk it needs no rights and no
second file system, and SQLite hears the same kind of error.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.conftest import Server, command, report
from tests.crash.basket import faults
from tests.crash.load import SMALL, Load, held_against
from tests.make import a_batch, an_event

pytestmark = pytest.mark.crash

SEED = 20_261_127


def test_a_disk_that_takes_no_more_is_told_survived_and_left_behind(data: Path, start: Callable[..., Server]) -> None:
    server = start(environment=SMALL)
    with Load(SEED, clients=2) as load:
        load.port = server.port
        load.acked_after(time.monotonic() + 0.5)
        with no_growth(server):
            _until(lambda: load.ledger.answers[503] >= 20 and _silent(load), "the disk takes more and more")
            refused = _refused(server, load)
            assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
            assert refused[0].json()["error"]["code"] == "storage"
            assert httpx2.get(f"{server.url}/ready", timeout=60).status_code == 503
            assert httpx2.get(f"{server.url}/health", timeout=60).status_code == 200
            acked = len(load.ledger.acked)
            assert _reports(server) >= acked
            assert report(data, "overview")["data"]["events"] >= acked
        load.acked_after(time.monotonic())
        _until(lambda: httpx2.get(f"{server.url}/ready", timeout=60).status_code == 200, "not ready again")
        load.finish()
    assert server.stop() == 0
    held_against(data, load.ledger)
    assert faults(data) == []


def test_a_server_that_is_killed_on_a_full_disk_starts_again_on_it(data: Path, start: Callable[..., Server]) -> None:
    server = start(environment=SMALL)
    with Load(SEED, clients=2) as load:
        load.port = server.port
        load.acked_after(time.monotonic() + 0.3)
        with no_growth(server):
            _until(lambda: load.ledger.answers[503] >= 5, "no 503")
            server.process.kill()
            server.process.wait()
        again = start(environment=SMALL)
        load.port = again.port
        load.finish()
    assert again.stop() == 0
    held_against(data, load.ledger)
    assert faults(data) == []


@contextmanager
def no_growth(server: Server) -> Iterator[None]:
    """No file of this server grows further than the log's two files have."""
    size = max(path.stat().st_size for path in server.data.glob("log.sqlite*"))
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        if server.process.poll() is None:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (soft, hard))


def _refused(server: Server, load: Load, wanted: int = 5) -> list[httpx2.Response]:
    """Answers of a full disk. One event can still find the room that a larger batch did not: the ledger gets it."""
    refused: list[httpx2.Response] = []
    for _ in range(500):
        event = an_event()
        answer = server.post(a_batch(event))
        with load.ledger.lock:
            load.ledger.sent.add(event["id"])
            load.ledger.acked.update({event["id"]} if answer.status_code == 202 else ())
        assert answer.status_code in (202, 503)
        refused += [answer] if answer.status_code == 503 else []
        if len(refused) == wanted:
            return refused
    raise AssertionError("the disk takes more and more")


def _reports(server: Server) -> int:
    """How many events the server's own answer sees."""
    token = command(server.data, "token").strip()
    answer = httpx2.post(
        f"{server.url}/api/sites/shop/reports/overview",
        json={},
        headers={"authorization": f"Bearer {token}"},
        timeout=120,
    )
    assert answer.status_code == 200, answer.text
    return int(answer.json()["data"]["events"])


def _silent(load: Load) -> bool:
    """Nothing was stored for a second: the log's two files are full to the last page."""
    return time.monotonic() - load.ledger.last_ack > 1


def _until(reached: Callable[[], bool], otherwise: str, deadline: float = 120) -> None:
    end = time.monotonic() + deadline
    while not reached():
        assert time.monotonic() < end, otherwise
        time.sleep(0.01)
