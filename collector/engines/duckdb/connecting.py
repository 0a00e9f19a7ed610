"""A DuckDB connection for one question or one sealing: in memory, bounded, offline."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import duckdb
import msgspec
from msgspec import Meta

from collector.journal import Folder

_LOOK = 0.1  # seconds between two looks at the clock


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Section [reports]: what a question may use, and where funnels with a name are kept beside the log."""

    memory_mb: Annotated[int, Meta(ge=64)] = 512
    threads: Annotated[int, Meta(ge=1)] = 1  # in a server reports yield to collecting; a command of its own may use all
    seconds: Annotated[float, Meta(gt=0)] = 60.0
    funnels: str = ""  # a file, see config/funnels.toml


class TooSlowError(RuntimeError):
    """A question was stopped, at its time limit or because the server stops."""


_stopping = threading.Event()


def stop_questions() -> None:
    """End every question that runs in this process, and every one to come: the server is stopping."""
    _stopping.set()


@contextmanager
def connect(folder: Folder, options: Options, question: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that loads nothing from outside and spills into the data folder only.

    A question raises `TooSlowError` when its time is up or the server stops; other work is left to end.
    """
    spill = folder.spill / str(os.getpid())
    spill.mkdir(mode=0o700, exist_ok=True)
    connection = duckdb.connect(
        config={
            "threads": options.threads,
            "memory_limit": f"{options.memory_mb}MB",
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        }
    )
    closed = threading.Event()
    watch = threading.Thread(target=_watch, args=(connection, options.seconds, closed), name="deadline", daemon=True)
    if question:
        watch.start()
    try:
        yield connection
    except duckdb.InterruptException:
        raise TooSlowError(f"the question took longer than {options.seconds:g} s: ask for a shorter range") from None
    finally:
        closed.set()
        if question:
            watch.join()
        connection.close()


def _watch(connection: duckdb.DuckDBPyConnection, seconds: float, closed: threading.Event) -> None:
    """Interrupt at the deadline, again and again: one interrupt between two statements stops neither."""
    until = time.monotonic() + seconds
    while not closed.wait(_LOOK):
        if _stopping.is_set() or time.monotonic() > until:
            connection.interrupt()
