"""Pages are drawn beside the loop, one piece at a time: while templates are filled, collecting answers.

A shared page may be looked at by many at once. What was drawn of some answers is given to all who ask for the same as
long as these answers are still the ones that are given.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable, Sequence
from typing import Any, Final, TypeVar

from collector.reports.answer import Answer

_MOST: Final = 32  # bodies; the demo's shared overview has 55 kB
_T = TypeVar("_T")


class Renderer:
    """Draws for one server."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)
        self._kept: OrderedDict[Hashable, tuple[Sequence[Answer], bytes]] = OrderedDict()

    async def draw(self, work: Callable[[], _T]) -> _T:
        """What `work` draws, when it is its turn; raises what it does."""
        await self._turn.acquire()
        return await self._whole(asyncio.to_thread(work))

    async def remembered(self, key: Hashable, answers: Sequence[Answer], work: Callable[[], bytes]) -> bytes:
        """The same, from memory if it was drawn of these very answers. `key` is all else that the drawing depends on:
        of those who ask for the same meanwhile, the first has it drawn."""
        if (known := self._known(key, answers)) is not None:
            return known
        await self._turn.acquire()
        if (known := self._known(key, answers)) is not None:
            self._turn.release()
            return known
        return await self._whole(self._kept_of(key, answers, work))

    async def _whole(self, drawing: Coroutine[Any, Any, _T]) -> _T:
        """A drawing whose turn it is. A thread cannot be stopped: its turn ends with it, whoever hangs up before."""
        task = asyncio.ensure_future(drawing)
        task.add_done_callback(lambda _: self._turn.release())
        return await asyncio.shield(task)

    async def _kept_of(self, key: Hashable, answers: Sequence[Answer], work: Callable[[], bytes]) -> bytes:
        body = await asyncio.to_thread(work)
        self._kept[key] = answers, body
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return body

    def _known(self, key: Hashable, answers: Sequence[Answer]) -> bytes | None:
        of, body = self._kept.get(key, ((), b""))
        same = len(of) == len(answers) and all(map(_same, of, answers))
        return body if body and same else None


def _same(one: Answer, other: Answer) -> bool:
    return one is other
