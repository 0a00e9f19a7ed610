"""The same server, answering an empty 202: what the collecting endpoint is measured against."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from collector.app import Server, bound, until_stopped
from collector.settings import Settings
from collector.web.protocol import limited


async def empty(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the request's body and answer nothing."""
    await receive()
    await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@contextmanager
def running() -> Iterator[int]:
    """The bare server in a process of its own; yields its port."""
    with subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


async def main() -> None:
    """Serve until SIGTERM with the options of `collector.app.config`; the port is the first line printed."""
    options = Settings().server
    config = uvicorn.Config(
        empty, http=limited(options), ws="none", lifespan="off", access_log=False, log_level="warning",
        proxy_headers=False, server_header=False, date_header=False, timeout_graceful_shutdown=options.stop_seconds,
    )  # fmt: skip
    with bound("127.0.0.1", 0) as listener:
        await until_stopped(Server(config), listener, lambda port: print(port, flush=True))


if __name__ == "__main__":
    uvloop.run(main())
