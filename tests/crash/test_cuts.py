"""Connections that end at the wrong moment: the writer does not care, and a retry never counts twice."""

from __future__ import annotations

import json
import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Server
from tests.crash.basket import faults
from tests.crash.load import stored
from tests.make import a_batch, an_event
from tests.web.wire import CUT, once, request

pytestmark = pytest.mark.crash

SEED = 20_261_125
RESET = struct.pack("ii", 1, 0)  # SO_LINGER for no time: closing sends RST
ROUNDS = 40


def as_request(*events: dict[str, Any]) -> bytes:
    return request(json.dumps(a_batch(*events)).encode())


def test_senders_that_hang_up_never_hurt_the_writer(data: Path, server: Server) -> None:
    chance = random.Random(SEED)
    lost = [an_event() for _ in range(300)]
    good = [an_event() for _ in range(30)]
    for number, event in enumerate(lost):
        raw = as_request(event)
        _hang_up(server.port, raw if chance.random() < 0.5 else raw[: chance.randrange(1, len(raw))])
        if number % 10 == 0:
            assert once(server.port, as_request(good[number // 10])).json()["accepted"] == 1
    again = [once(server.port, as_request(event)).json() for event in lost]
    assert all(said["accepted"] + said["duplicate"] == 1 for said in again)
    assert server.stop() == 0
    assert sorted(stored(data)) == sorted(event["id"] for event in lost + good)
    assert "Traceback" not in server.log.read_text()
    assert faults(data) == []


def test_an_answer_that_never_came_is_no_second_event(data: Path, server: Server) -> None:
    batches = [[an_event() for _ in range(1 + number % 5)] for number in range(ROUNDS)]
    with deaf(server.port) as port:
        for events in batches:
            assert once(port, as_request(*events)) == CUT
    for events in batches:
        said = once(server.port, as_request(*events)).json()
        assert (said["accepted"], said["duplicate"]) == (0, len(events))
    assert server.stop() == 0
    assert sorted(stored(data)) == sorted(event["id"] for events in batches for event in events)
    assert faults(data) == []


def test_a_retry_that_overtakes_the_first_attempt_is_no_second_event(data: Path, start: Callable[..., Server]) -> None:
    """The same batch on eight connections at once: one stores it, seven hear that it is known."""
    server = start()
    events = [an_event() for _ in range(20)]
    said: list[dict[str, Any]] = []
    senders = [
        threading.Thread(target=lambda: said.append(once(server.port, as_request(*events)).json())) for _ in range(8)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sum(answer["accepted"] for answer in said) == len(events)
    assert sum(answer["duplicate"] for answer in said) == 7 * len(events)
    assert server.stop() == 0
    assert sorted(stored(data)) == sorted(event["id"] for event in events)


def _hang_up(port: int, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(raw)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


@contextmanager
def deaf(server: int) -> Iterator[int]:
    """A proxy that hands each request on, waits for its answer, and hangs up instead of passing it back."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        done = threading.Event()
        proxy = threading.Thread(target=_swallow, args=(listener, server, done))
        proxy.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            done.set()
            proxy.join()


def _swallow(listener: socket.socket, server: int, done: threading.Event) -> None:
    while not done.is_set():
        try:
            caller, _ = listener.accept()
        except TimeoutError:
            continue
        with caller, socket.create_connection(("127.0.0.1", server)) as line:
            caller.settimeout(60)
            sent = b""
            while not _whole(sent) and (piece := caller.recv(65_536)):
                sent += piece
            if sent:
                line.sendall(sent)
                assert line.recv(65_536).startswith(b"HTTP/1.1 202")
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def _whole(sent: bytes) -> bool:
    top, _, body = sent.partition(b"\r\n\r\n")
    length = top.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]
    return bool(length) and len(body) >= int(length)
