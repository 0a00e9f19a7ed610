"""Threads that work beside one another: numpy lets go of the interpreter while it works."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import Any

Each = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]


@contextmanager
def workers(threads: int) -> Iterator[Each]:
    """A `map` that does so many things at once. The caller's own thread does its share: to start one takes 1 ms."""
    if threads == 1:
        yield map
        return
    with ThreadPoolExecutor(threads - 1) as pool:
        yield partial(_shared, pool, threads - 1)


def _shared(pool: ThreadPoolExecutor, others: int, work: Callable[[Any], Any], things: Iterable[Any]) -> list[Any]:
    left: Iterator[tuple[int, Any]] = enumerate(things)
    turn, done = Lock(), dict[int, Any]()

    def some() -> None:
        while True:
            with turn:
                place, thing = next(left, (-1, None))
            if place < 0:
                return
            done[place] = work(thing)

    def all_but_failed() -> None:
        """Where one fails, or its time is up, nothing more is begun."""
        nonlocal left
        try:
            some()
        finally:
            with turn:
                left = iter(())

    helping = [pool.submit(all_but_failed) for _ in range(others)]
    all_but_failed()
    for one in helping:
        one.result()
    return [done[place] for place in sorted(done)]
