from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from collector.demo.shop import make_shop

# Stands where the snippet will: it notes what the shop says to it, and drains what was said before it came.
LISTENER = """(() => {
  const early = (window.balise && balise.q) || [];
  window.said = [];
  window.balise = (...words) => { said.push(words); };
  for (const words of early) balise(...words);
})()"""


def listener(_request: Request) -> Response:
    return Response(LISTENER, media_type="text/javascript")


@pytest.fixture(scope="session")
def shop() -> Iterator[str]:
    """The address of a shop at the root of a port. The same is at /shop, its snippet's address relative."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        address = f"http://127.0.0.1:{sock.getsockname()[1]}"
        app = Starlette(
            routes=[
                Route("/m/s.js", listener),
                Mount("/shop", make_shop('<script defer src="/m/s.js" data-site="demo"></script>')),
                Mount("/", make_shop(f'<script defer src="{address}/m/s.js" data-site="demo"></script>')),
            ]
        )
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        assert server.started
        yield address
        server.should_exit = True
        thread.join(60)
