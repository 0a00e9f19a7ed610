"""Commands beside a running server while events pour in, and a second server that must not."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from collector.engines.duckdb.connecting import Options as EngineOptions
from collector.engines.duckdb.engine import answer
from collector.journal import Folder
from collector.reports.answer import as_json
from tests.conftest import BALISE, ORIGIN, Server, command, report
from tests.crash.answers import answers
from tests.crash.basket import faults
from tests.crash.load import FUNNEL, SMALL, Load, held_against, stored
from tests.make import a_batch, an_event

pytestmark = pytest.mark.crash

SEED = 20_261_126
BLOG = "https://blog.example"
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("funnel", FUNNEL),
    ("overview", {}),
    ("funnel", FUNNEL | {"breakdown": {"field": "utm.campaign"}, "trend": {"interval": "1h"}, "window": "2h"}),
    ("attribution", {}),
]


class Crowd(Load):
    """A load with the server that it is aimed at."""

    def __init__(self, server: Server) -> None:
        super().__init__(SEED, clients=2)
        self.server, self.port = server, server.port


@pytest.fixture
def crowd(start: Callable[..., Server]) -> Iterator[Crowd]:
    """Events pour in from here to the end of the test, which settles them and holds the log against the ledger."""
    with Crowd(start(environment=SMALL)) as load:
        load.acked_after(time.monotonic())
        yield load
        load.finish()
        server = load.server
        assert server.stop() == 0
    held_against(server.data, load.ledger)
    assert faults(server.data) == []
    assert "Traceback" not in server.log.read_text()


def test_a_site_added_beside_the_server_collects_at_once(crowd: Crowd, data: Path) -> None:
    command(data, "site", "add", "blog", "--origin", BLOG)
    page = an_event(url=f"{BLOG}/")
    assert crowd.server.post(a_batch(page, site="blog"), BLOG).json()["accepted"] == 1
    crowd.ledger.sent.add(page["id"])
    assert report(data, "overview", site="blog")["data"]["events"] == 1
    command(data, "site", "remove", "blog", "--yes")
    assert crowd.server.post(a_batch(site="blog"), BLOG).status_code == 403


def test_rows_imported_beside_the_server_are_stored_once(crowd: Crowd, data: Path, tmp_path: Path) -> None:
    rows = [an_event(t=crowd.base - number, visitor=f"imported-{number % 7}") for number in range(6_000)]
    file = tmp_path / "rows.ndjson"
    file.write_text("\n".join(map(json.dumps, rows)))
    with crowd.ledger.lock:
        crowd.ledger.sent.update(row["id"] for row in rows)
    assert "accepted 6000\nduplicate 0\n" in command(data, "import", str(file), "--site", "shop")
    crowd.ledger.acked.update(row["id"] for row in rows)
    assert "accepted 0\nduplicate 6000\n" in command(data, "import", str(file), "--site", "shop")


def test_an_export_beside_the_server_holds_all_that_was_acknowledged(crowd: Crowd, data: Path) -> None:
    with crowd.ledger.lock:
        acked = set(crowd.ledger.acked)
    lines = command(data, "export", "--site", "shop").splitlines()
    ids = [json.loads(line)["id"] for line in lines]
    assert acked <= set(ids) <= crowd.ledger.sent
    assert len(ids) == len(set(ids))


def test_a_rebuild_beside_a_busy_server_comes_to_its_end(crowd: Crowd, data: Path) -> None:
    with rebuilding(data) as ended:
        deadline = time.monotonic() + 240
        while not ended():
            assert time.monotonic() < deadline, "the rebuild follows the log for ever"
            crowd.acked_after(time.monotonic())


def test_reports_and_checks_are_right_while_segments_are_made_anew(crowd: Crowd, data: Path) -> None:
    crowd.acked_after(time.monotonic() + 1.5)  # some segments are there
    with rebuilding(data, again=True):
        for _ in range(4):
            _asks(crowd, data)
            assert "0 faults" in command(data, "check")
    crowd.finish()
    before = answers(data, crowd.base)
    assert before["overview"][2] == len(stored(data))
    command(data, "rebuild")
    assert answers(data, crowd.base) == before


def test_a_report_while_events_pour_in_is_that_of_a_copy_cut_where_it_ended(
    crowd: Crowd, data: Path, tmp_path: Path
) -> None:
    while len(crowd.ledger.acked) < 4_000:  # so that some are in segments and some are not
        crowd.acked_after(time.monotonic())
    token = command(data, "token").strip()
    asked = [_asked(crowd, token, name, spec) for name, spec in ASKED]
    crowd.acked_after(time.monotonic())
    copy = Folder(tmp_path / "copy")
    copy.create()
    with closing(sqlite3.connect(data / "log.sqlite")) as log:
        log.execute("VACUUM INTO ?", (str(copy.log),))
    for name, said in reversed(asked):
        through = said["data"]["through_seq"]
        assert _cut(copy.log, through), "nothing came after the report"
        found = answer(copy, EngineOptions(), "shop", name, said["spec"], 0)
        assert json.loads(as_json(found)) == said, name
        assert found.data.events == through


def _asked(crowd: Crowd, token: str, name: str, spec: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{crowd.server.url}/api/sites/shop/reports/{name}"
    said = httpx2.post(url, json=spec, headers=headers, timeout=240)
    assert said.status_code == 200, said.text
    return name, said.json()


def _cut(log: Path, through: int) -> int:
    """Take away all that came after an event, and every segment, so that nothing is as it was but the events; how many
    went."""
    with closing(sqlite3.connect(log)) as connection, connection:
        connection.execute("DELETE FROM segment")
        connection.execute("DELETE FROM batch WHERE last_seq > ?", (through,))
        return connection.execute("DELETE FROM event WHERE seq > ?", (through,)).rowcount


def _asks(crowd: Crowd, data: Path) -> None:
    """A report sees at least what was acknowledged before the question, and at most what was sent before its answer."""
    with crowd.ledger.lock:
        least = len(crowd.ledger.acked)
    spec: dict[str, Any]
    for name, spec in (("overview", {}), ("funnel", FUNNEL)):
        seen = report(data, name, spec)["data"]["events"]
        with crowd.ledger.lock:
            most = len(crowd.ledger.sent)
        assert least <= seen <= most, name


@contextmanager
def rebuilding(data: Path, again: bool = False) -> Iterator[Callable[[], bool]]:
    """`balise rebuild` in a process beside the server, once or again and again; tells whether it has ended."""
    loop = 'while "$@" rebuild > /dev/null; do :; done' if again else '"$@" rebuild > /dev/null'
    process = subprocess.Popen(["/bin/sh", "-c", loop, "sh", *BALISE, "--data", str(data)], start_new_session=True)
    try:
        yield lambda: process.poll() is not None
        assert process.poll() == (None if again else 0), "a rebuild failed"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_second_server_is_refused_with_the_pid_of_the_first(server: Server, data: Path) -> None:
    said = command(data, "serve", "--port", "0", code=1)
    assert said.startswith("balise: ")
    assert f"in use by process {server.process.pid}\n" in said
    assert server.post(a_batch()).json()["accepted"] == 1
    assert server.stop() == 0
    assert faults(data) == []


def test_a_folder_whose_server_was_killed_is_free_for_the_next(
    server: Server, data: Path, start: Callable[..., Server]
) -> None:
    event = an_event(id=str(uuid.uuid4()))
    assert server.post(a_batch(event)).json()["accepted"] == 1
    server.process.kill()
    server.process.wait()
    assert (data / "control.sock").exists()
    command(data, "site", "add", "blog", "--origin", BLOG)  # the dead server's socket answers nobody
    assert start().post(a_batch(event)).json()["duplicate"] == 1
    assert ORIGIN in command(data, "site", "list")
