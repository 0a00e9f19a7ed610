"""Work for somebody who waits: when they hang up it ends, and nobody is computed for.

Pages that are sent as they are counted need no such watch: the streaming answer has its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request

from collector.web.asked import AskedError

_T = TypeVar("_T")


async def present(request: Request, work: Coroutine[Any, Any, _T]) -> _T:
    """Await it as long as whoever asked is there; its body must have been read.

    Raises what the work does, and `AskedError`, which nobody reads, when they have gone: the work is cancelled.
    """
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if working.done() or leaving.exception():  # there may be nothing to listen to
            return await working
        raise AskedError(400, "cut_off", "the request ended before its answer", None)
    finally:
        leaving.cancel()
        working.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
