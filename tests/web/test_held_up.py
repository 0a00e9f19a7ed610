"""A server that was held up itself blames nobody: what lay in its sockets meanwhile was in time."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
import uvloop

from collector.web.deadline import Deadline
from collector.web.options import Options
from collector.web.protocol import limited

SHORT, HELD_UP = 0.05, 0.3  # seconds
ASK = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def application(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def stand_still(half: Any, send: Callable[[], object]) -> None:
    half._disarm()
    half.limits = Options(header_seconds=SHORT)
    half._arm()
    send()
    time.sleep(HELD_UP)


@contextmanager
def other_line(work: Callable[[], object]) -> Iterator[None]:
    """One on which something is received, once, that gives work."""
    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()

    def received() -> None:
        loop.remove_reader(ours)
        work()

    with ours, theirs:
        theirs.sendall(b"x")
        loop.add_reader(ours, received)
        yield


async def answered(word: bytes) -> bytes:
    """What a server says that has half a head, and stands still until its time is up while a word comes in: in the work
    on what another line sent, behind which the loop looks at its timers."""
    server = uvicorn.Server(uvicorn.Config(application, http=limited(Options()), lifespan="off", log_level="error"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server._serve([listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(ASK[:9])
        while not (halves := [one for one in server.server_state.connections if one._head]):
            await asyncio.sleep(0)
        end = writer.get_extra_info("socket").fileno()
        with other_line(lambda: stand_still(halves[0], lambda: os.write(end, word))):
            said = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        server.should_exit = True
        await serving
    return said


@pytest.mark.parametrize("word,status", [(ASK[9:], b"204"), (b"", b"408")])
def test_a_head_that_lies_unread_is_in_time(word: bytes, status: bytes) -> None:
    assert uvloop.run(answered(word)).split()[1] == status


async def kept(word: bytes) -> bytes:
    """What is read by whoever waits for it, where the loop stands still until their time is up."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)

    async def read() -> bytes:
        theirs.sendall(word)
        time.sleep(HELD_UP)
        return await reader.readexactly(1)

    try:
        return await Deadline(SHORT).keep(read())
    finally:
        writer.close()
        theirs.close()


def test_a_body_that_lies_unread_is_in_time() -> None:
    assert uvloop.run(kept(b"x")) == b"x"
    with pytest.raises(TimeoutError):
        uvloop.run(kept(b""))
