"""A server that stops: what is on its way is answered, and lines kept open are told which answer is their last."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from collector.app import Server
from collector.web import protocol
from collector.web.options import Options

ASK = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


async def application(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def line() -> AsyncIterator[tuple[Server, asyncio.StreamReader, asyncio.StreamWriter]]:
    """A running server and a line to it that was answered once and is kept open."""
    config = uvicorn.Config(
        application, http=protocol.limited(Options()), lifespan="off", server_header=False, date_header=False
    )
    server = Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(ASK)
        assert await reader.readuntil(b"\r\n\r\n") == ANSWER
        yield server, reader, writer
        writer.close()
        server.should_exit = True
        await serving


def stop(server: Server) -> None:
    for connection in list(server.server_state.connections):
        connection.shutdown()


async def test_a_request_that_came_with_the_signal_is_answered_as_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_MOMENT", 60)
    async with line() as (server, reader, writer):
        writer.write(ASK)  # it lies unread in the socket
        stop(server)
        assert await reader.read() == ANSWER.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")


async def test_a_quiet_line_is_closed_a_moment_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "_MOMENT", 0.001)
    async with line() as (server, reader, _):
        stop(server)
        assert await reader.read() == b""
