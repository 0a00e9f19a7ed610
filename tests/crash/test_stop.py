"""SIGTERM: what was sent is answered, what is stored stays, and nobody can hold the process open."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import httpx2
import pytest

from collector.control import Remote
from collector.control.answering import short
from collector.journal import Folder, UnavailableError
from tests.conftest import Server, command
from tests.crash.basket import faults
from tests.crash.load import SMALL, Load, held_against, stored
from tests.make import a_batch, an_event
from tests.web.wire import Line, head, request

pytestmark = pytest.mark.crash

SEED = 20_261_124
WAITING = {
    "BALISE_SERVER_HEADER_SECONDS": "120",
    "BALISE_SERVER_BODY_SECONDS": "120",
    "BALISE_SERVER_STOP_SECONDS": "2",
}


def test_a_stop_under_load_answers_what_was_sent_and_loses_nothing(data: Path, start: Callable[..., Server]) -> None:
    with Load(SEED) as load:
        for _ in range(3):
            server = start(environment=SMALL)
            load.port = server.port
            load.acked_after(time.monotonic())
            assert server.stop() == 0
            assert "Traceback" not in server.log.read_text()
            assert not (data / "control.sock").exists()
        last = start(environment=SMALL)
        load.port = last.port
        load.finish()
        assert last.stop() == 0
    held_against(data, load.ledger)
    assert faults(data) == []


def test_a_command_that_is_there_when_the_server_stops_leaves_no_word(data: Path, server: Server) -> None:
    directory = os.open(data, os.O_RDONLY)
    with closing(socket.socket(socket.AF_UNIX)) as line:
        line.connect(short(Folder(data), directory))
        line.sendall(b'{"do":"seal"}\n')
        assert line.recv(100) == b'{"files":0}\n'
        assert server.stop() == 0
    os.close(directory)
    assert "Traceback" not in server.log.read_text()


async def test_a_command_whose_server_has_gone_is_told_to_ask_again() -> None:
    ours, theirs = socket.socketpair()
    remote = Remote(*await asyncio.open_unix_connection(sock=ours))
    theirs.close()
    with pytest.raises(UnavailableError, match="ask again"):
        await remote.seal()


def test_a_server_that_answered_a_report_ends_without_a_word(data: Path, server: Server) -> None:
    server.post(a_batch())
    headers = {"authorization": f"Bearer {command(data, 'token').strip()}"}
    url = f"{server.url}/api/sites/shop/reports/overview"
    assert httpx2.post(url, json={}, headers=headers, timeout=120).status_code == 200
    assert server.stop() == 0
    assert server.log.read_text().splitlines()[-1].startswith("collecting on ")


def test_every_request_sent_before_the_signal_is_answered(data: Path, server: Server) -> None:
    events = [an_event() for _ in range(64)]
    with ExitStack() as lines:
        opened = [lines.enter_context(Line(server.port)) for _ in events]
        for line, event in zip(opened, events, strict=True):
            line.send(request(json.dumps(a_batch(event)).encode()))
        server.process.send_signal(signal.SIGTERM)
        answers = [line.answer() for line in opened]
    assert [answer.status for answer in answers] == [202] * len(events)
    assert server.stop() == 0
    assert sorted(stored(data)) == sorted(event["id"] for event in events)
    assert faults(data) == []


def test_who_stands_in_line_when_the_server_stops_is_let_in(data: Path, start: Callable[..., Server]) -> None:
    """A process that gets no time has let nobody in when it is told to stop, and looks at its timers first."""
    events = [an_event() for _ in range(64)]
    with ExitStack() as lines:
        server, opened = _in_line(start, lines, len(events))
        for line, event in zip(opened, events, strict=True):
            line.send(request(json.dumps(a_batch(event)).encode()))
        time.sleep(0.3)  # longer than from one look at what it was told to the next
        server.process.send_signal(signal.SIGCONT)
        answers = [line.answer() for line in opened]
    assert [answer.status for answer in answers] == [202] * len(events)
    assert server.stop() == 0
    assert sorted(stored(data)) == sorted(event["id"] for event in events)


def _in_line(start: Callable[..., Server], lines: ExitStack, many: int) -> tuple[Server, list[Line]]:
    """A server that knows that it has to stop, stands still and listens: it has a tenth of a second to do all three."""
    for _ in range(20):
        server = start()
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.02)
        server.process.send_signal(signal.SIGSTOP)
        try:
            return server, [lines.enter_context(Line(server.port)) for _ in range(many)]
        except ConnectionError:  # it was quicker
            server.process.send_signal(signal.SIGCONT)
            assert server.stop() == 0
    raise AssertionError("no server could be stopped in time")


def test_half_sent_requests_do_not_hold_the_process(data: Path, start: Callable[..., Server]) -> None:
    """As long as it runs, the server would wait two minutes for the rest."""
    server, whole = start(environment=WAITING), an_event()
    with Line(server.port) as body, Line(server.port) as halved, Line(server.port) as idle, Line(server.port) as good:
        body.send(head(headers={"Content-Length": "1000"}) + b'{"v":1,')
        halved.send(head()[:40])
        assert idle.ask(request(b"{")).status == 400
        assert good.ask(request(json.dumps(a_batch(whole)).encode())).status == 202
        assert server.stop(timeout=60) == 0
        assert body.ended()
        assert halved.ended()
        assert idle.ended()
    assert stored(data) == [whole["id"]]
    assert faults(data) == []


def test_a_second_signal_changes_nothing(data: Path, server: Server) -> None:
    whole = an_event()
    with Line(server.port) as body, Line(server.port) as good:
        body.send(head(headers={"Content-Length": "1000"}) + b'{"v":1,')
        assert good.ask(request(json.dumps(a_batch(whole)).encode())).status == 202
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            server.process.send_signal(number)
        body.socket.close()
        assert server.stop() == 0
    assert stored(data) == [whole["id"]]
    assert faults(data) == []


def test_a_running_report_does_not_hold_the_process(data: Path, start: Callable[..., Server]) -> None:
    """Somebody asked a question that takes long: the signal ends it, who asked is told, and the process goes."""
    lines = b"\n".join(
        b'{"id":"e%d","t":%d,"name":"page_view","visitor":"v%d","path":"/p%d"}'
        % (n, 1_772_409_600_000 + n * 977, n % 900, n % 7)
        for n in range(60_000)
    )
    command(data, "import", "-", "--site", "shop", stdin=lines)
    server = start(data, environment={"BALISE_REPORTS_SECONDS": "300"})
    token = command(data, "token").strip()
    spec = {"steps": [{"path": f"/p{n % 7}"} for n in range(12)], "order": "unordered", "window": None}
    url = f"{server.url}/api/sites/shop/reports/funnel"
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(httpx2.post, url, json=spec, headers={"authorization": f"Bearer {token}"}, timeout=60)
        time.sleep(0.5)
        assert server.stop(timeout=60) == 0
        assert asked.exception() is not None or asked.result().status_code in (200, 503)
