"""A light sender: raw connections on uvloop, requests made beforehand, answers read as far as their length."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson
import uvloop

_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


class Outcome(NamedTuple):
    """What a run took (s) and, with a pace, how long each request waited for its answer (ms, ascending)."""

    seconds: float
    latencies: list[float]
    accepted: int

    def quantile(self, q: float) -> float:
        """The latency (ms) that this share of the requests stayed within."""
        return self.latencies[min(len(self.latencies) - 1, int(q * len(self.latencies)))]


class Line(asyncio.Protocol):
    """One kept-alive connection with at most one request under way."""

    def __init__(self, answered: Callable[[Line, bytes], None]) -> None:
        self._answered = answered
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        """uvloop's transports are none of asyncio's own classes."""
        self.transport = transport

    def send(self, request: bytes) -> None:
        """Send one request; `answered` is called with its whole answer."""
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        end = buffer.find(_END)
        start = buffer.find(_LENGTH) + len(_LENGTH)
        if end < 0 or len(buffer) < end + len(_END) + int(buffer[start : buffer.index(b"\r", start)]):
            self._buffer = buffer
            return
        self._buffer = b""
        self._answered(self, buffer)


def flood(port: int, requests: Sequence[bytes], connections: int = 64) -> Outcome:
    """Send all requests, each connection its next as soon as its last is answered. Raises on any answer but 202."""
    return uvloop.run(_flood(port, iter(requests), len(requests), connections))


def pace(port: int, requests: Sequence[bytes], per_second: float, connections: int = 64) -> Outcome:
    """Send requests at fixed moments, whatever the server does: a late answer makes the ones behind it late too."""
    return uvloop.run(_pace(port, requests, per_second, connections))


async def _flood(port: int, requests: Iterator[bytes], total: int, connections: int) -> Outcome:
    loop = asyncio.get_running_loop()
    finished: asyncio.Future[None] = loop.create_future()
    answers: list[bytes] = []

    def answered(line: Line, answer: bytes) -> None:
        answers.append(answer)
        request = next(requests, None)
        if request is not None:
            line.send(request)
        elif len(answers) == total:
            finished.set_result(None)

    lines = await _lines(port, min(connections, total), answered)
    begin = time.perf_counter()
    for line in lines:
        line.send(next(requests))
    await finished
    seconds = time.perf_counter() - begin
    _close(lines)
    return Outcome(seconds, [], _accepted(answers))


async def _pace(port: int, requests: Sequence[bytes], per_second: float, connections: int) -> Outcome:
    waiting: dict[Line, asyncio.Future[bytes]] = {}
    lines = await _lines(port, connections, lambda line, answer: waiting[line].set_result(answer))
    begin = time.perf_counter() + 0.1
    latencies: list[float] = []
    answers: list[bytes] = []

    async def walk(number: int, line: Line) -> None:
        for n in range(number, len(requests), connections):
            due = begin + n / per_second
            early = due - time.perf_counter()
            if early > 0:
                await asyncio.sleep(early)
                due = time.perf_counter()  # a timer that rings late is this sender's fault, not the server's
            waiting[line] = asyncio.get_running_loop().create_future()
            line.send(requests[n])
            answers.append(await waiting[line])
            latencies.append((time.perf_counter() - due) * 1000)

    await asyncio.gather(*(walk(number, line) for number, line in enumerate(lines)))
    seconds = time.perf_counter() - begin
    _close(lines)
    return Outcome(seconds, sorted(latencies), _accepted(answers))


async def _lines(port: int, connections: int, answered: Callable[[Line, bytes], None]) -> list[Line]:
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: Line(answered), "127.0.0.1", port) for _ in range(connections)]
    return [line for _, line in made]


def _close(lines: Sequence[Line]) -> None:
    for line in lines:
        line.transport.close()


def _accepted(answers: Sequence[bytes]) -> int:
    """The events that the answers say were stored; raises if one of them is no 202."""
    accepted = 0
    for answer in answers:
        if not answer.startswith(b"HTTP/1.1 202"):
            raise RuntimeError(f"the server answered {answer[:300]!r}")
        body = answer.partition(_END)[2]
        accepted += orjson.loads(body)["accepted"] if body else 0
    return accepted
