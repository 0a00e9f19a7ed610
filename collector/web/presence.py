"""Work for somebody who waits: when they hang up it ends, and nobody is computed for.

Pages that are sent as they are counted need no such watch: the streaming answer has its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

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


class CrowdedError(RuntimeError):
    """As many pieces of work are under way as may be."""


class Together(Generic[_T]):
    """Work that several wait for: who asks for what is under way waits for it too. `most` pieces at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way: dict[Hashable, _Piece[_T]] = {}

    async def wait(self, key: Hashable, begin: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """What comes of the work under that key, which goes on as long as anybody waits for it.

        Raises what the work does, to all who wait, and `CrowdedError`.
        """
        piece = self._under_way.get(key)
        if piece is None:
            if len(self._under_way) >= self._most:
                raise CrowdedError
            piece = self._under_way[key] = _Piece(asyncio.ensure_future(begin()))
        piece.waiting += 1
        try:
            return await asyncio.shield(piece.task)
        finally:
            piece.waiting -= 1
            if not piece.waiting:  # whoever comes now begins anew
                del self._under_way[key]
                piece.task.cancel()


class _Piece(Generic[_T]):
    def __init__(self, task: asyncio.Future[_T]) -> None:
        self.task, self.waiting = task, 0
