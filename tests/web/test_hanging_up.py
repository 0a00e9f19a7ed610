"""Whoever hangs up is not computed for any more; those who still wait are."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.conftest import ORIGIN, Server, command

STEPS = 32
# Six hundred events of each of ten people, and steps that all of them fit, in any order: an hour of matching.
ENDLESS = {"steps": [{"name": "s"}] * STEPS, "order": "unordered", "window": "7d"}
QUERY = "range=7d&order=unordered&window=7d&trend=none" + "&step=s" * STEPS
PEOPLE = 10
EVENTS = 6_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Its questions may take an hour each, one at a time."""
    data, last = tmp_path_factory.mktemp("hanging") / "data", int(time.time() * 1000) - 60_000
    command(data, "site", "add", "shop", "--origin", ORIGIN)
    rows = ({"id": f"{n}", "t": last - n // 9, "name": "s", "visitor": f"v{n % PEOPLE}"} for n in range(EVENTS))
    command(data, "import", "-", "--site", "shop", "--quiet", stdin="\n".join(map(json.dumps, rows)).encode())
    running = Server(data, environment={"BALISE_REPORTS_SECONDS": "3600"})
    yield running
    running.stop()


def sent(server: Server, method: str, path: str, body: str = "") -> socket.socket:
    """A request on a line of its own, whose answer nobody has read."""
    token = (server.data / "token").read_text("ascii").strip()
    head = f"{method} {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n"
    line = socket.create_connection(("127.0.0.1", server.port), timeout=120)
    line.sendall(f"{head}\r\n{body}".encode())
    return line


def computing(server: Server) -> bool:
    """Whether a question is worked on."""
    told = httpx2.get(f"{server.url}/metrics", timeout=120).text
    return "\nbalise_questions 1\n" in told


def wait_until(server: Server, busy: bool) -> None:
    deadline = time.monotonic() + 300
    while computing(server) != busy:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def visits(server: Server, path: str = "/api/sites/shop/reports/overview") -> int:
    """How many visitors somebody else is told of, when it is their turn."""
    token = (server.data / "token").read_text("ascii").strip()
    answer = httpx2.post(f"{server.url}{path}", content="{}", headers={"Authorization": f"Bearer {token}"}, timeout=300)
    return int(answer.json()["totals"]["visitors"])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/sites/shop/reports/funnel", json.dumps(ENDLESS)),
        ("GET", f"/sites/shop/funnels?{QUERY}", ""),
        ("GET", f"/sites/shop/funnels/funnel/funnel.csv?{QUERY}", ""),
    ],
    ids=["API", "page", "file"],
)
def test_a_question_ends_when_whoever_asked_hangs_up(server: Server, method: str, path: str, body: str) -> None:
    wait_until(server, busy=False)
    line = sent(server, method, path, body)
    wait_until(server, busy=True)
    line.close()
    assert visits(server) == PEOPLE  # it was this question's turn: the other one has ended
    wait_until(server, busy=False)
    assert server.log.read_text().count("Traceback") == 0
