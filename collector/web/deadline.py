"""A deadline for many short waits at once: one timer looks over all of them, instead of one timer for each.

A timer of its own is made and thrown away with every request, and nearly no request needs it. Who is late at two
looks is late: between them the loop reads what lies in the sockets, because a loop that was held up itself looks at its
timers first, and would blame those who sent in time. A wait may last half a second longer than its deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

_T = TypeVar("_T")
_LOOK = 0.25  # seconds between two looks


class Deadline:
    """Waits that may take `seconds` each."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: dict[asyncio.Task[Any], float] = {}
        self._due: set[asyncio.Task[Any]] = set()  # late at the last look
        self._late: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def keep(self, work: Awaitable[_T]) -> _T:
        """Await it in the running task; raises `TimeoutError` when its time is up."""
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        self._waiting[task] = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_later(_LOOK, self._look, loop)
        try:
            return await work
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            task.uncancel()
            raise TimeoutError from None
        finally:
            self._waiting.pop(task, None)
            self._due.discard(task)
            self._late.discard(task)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for task, until in list(self._waiting.items()):
            if until >= now or task in self._late:
                continue
            if task in self._due:
                self._late.add(task)
                task.cancel()
            self._due.add(task)
        self._timer = loop.call_later(_LOOK, self._look, loop) if self._waiting else None
