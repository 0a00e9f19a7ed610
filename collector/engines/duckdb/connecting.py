"""A DuckDB connection for one question or one sealing: in memory, bounded, offline."""

from __future__ import annotations

import atexit
import ctypes
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from itertools import count
from pathlib import Path
from typing import Annotated

import duckdb
import msgspec
from msgspec import Meta

from collector.engines.duckdb.waiting import Database, Waiting
from collector.journal import Folder

LEAST = 128  # megabytes: a file of 100,000 events is sealed with 96, and not with 64
_LEAST_SET = 64  # megabytes that a settings file may say, see `enough`
_AMPLE = 192  # megabytes: with so many any number of threads reads as many events of the log
_LOOK = 0.1  # seconds between two looks at the clock
_GRACE = 0.5  # seconds that DuckDB has to notice an interrupt
_MOST = 2  # DuckDBs that wait: one may still be on its way back when the next question comes
_serial = count()
_waiting = Waiting(_MOST)
log = logging.getLogger("balise")
atexit.register(_waiting.close)


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Section [reports]: what a question may use, and where funnels with a name are kept beside the log."""

    memory_mb: Annotated[int, Meta(ge=_LEAST_SET)] = 512
    threads: Annotated[int, Meta(ge=1)] = 1  # in a server reports yield to collecting; a command of its own may use all
    seconds: Annotated[float, Meta(gt=0)] = 60.0
    funnels: str = ""  # a file, see config/funnels.toml


def enough(options: Options) -> Options:
    """The same with the least memory, where less is set: that was allowed once, and a server that does not start any
    more after an upgrade collects nothing."""
    if options.memory_mb >= LEAST:
        return options
    log.warning("reports.memory_mb: %d is too little, %d is taken", options.memory_mb, LEAST)
    return msgspec.structs.replace(options, memory_mb=LEAST)


class TooSlowError(RuntimeError):
    """A question was stopped, at its time limit or because the server stops."""


class UnwantedError(TooSlowError):
    """A question was stopped because nobody waits for its answer any more."""


_stopping = threading.Event()
_gone: ContextVar[threading.Event | None] = ContextVar("gone", default=None)  # set once whoever asked has gone


def stop_questions() -> None:
    """End every question that runs in this process, and every one to come: the server is stopping."""
    _stopping.set()


def stopping() -> bool:
    """Whether the server stops: whoever waits for something to come ends."""
    return _stopping.is_set()


@contextmanager
def wanted(gone: threading.Event) -> Iterator[None]:
    """What this thread asks inside ends with `UnwantedError` soon after `gone` is set."""
    before = _gone.set(gone)
    try:
        yield
    finally:
        _gone.reset(before)


class _OverdueError(BaseException):
    """Thrown into a thread whose question is overdue while it works on rows and asks DuckDB nothing."""


class Lent:
    """A DuckDB for one question alone, with a `connection` that loads nothing from outside and spills into the data
    folder only. Whoever has it gives it back, if nothing failed, or closes it."""

    def __init__(self, folder: Folder, options: Options) -> None:
        key = (folder.spill, _threads(options), _priority())  # its threads have the priority of whoever opened it
        spill = _spill(folder)
        found = _waiting.take(key) or Database(_opened(spill, options), key, spill, options.memory_mb)
        try:
            if found.memory != options.memory_mb:  # to set it takes 1 ms
                found = found.limited(options.memory_mb)
            self._database, self.connection = found, found.connection.cursor()
        except BaseException:
            found.connection.close()
            raise

    def back(self) -> None:
        """Leave it to the next question; all that is temporary ends here."""
        _waiting.give(self._database, self.connection)

    def close(self) -> None:
        """Nobody has it any more."""
        self.connection.close()
        self._database.connection.close()


@contextmanager
def connect(folder: Folder, options: Options, question: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of a DuckDB that was lent: only what is temporary may be made on it.

    A question raises `TooSlowError` when its time is up or the server stops; other work is left to end.
    """
    lent = Lent(folder, options)
    try:
        with watched(lent.connection, options.seconds) if question else nullcontext():
            yield lent.connection
    except BaseException:
        lent.close()
        raise
    lent.back()


def close_waiting() -> None:
    """Close every DuckDB of this process that waits for a question."""
    _waiting.close()


def opened(folder: Folder, options: Options) -> duckdb.DuckDBPyConnection:
    """A DuckDB of one's own, for whoever keeps it; nobody watches how long it works."""
    return _opened(_spill(folder), options)


def _spill(folder: Folder) -> Path:
    """Where a DuckDB of this process spills: it makes the folder when it must, and takes it away."""
    return folder.spill / f"{os.getpid()}-{next(_serial)}"


def _threads(options: Options) -> int:
    """One where there is little memory: each that reads JSON takes 32 MB for it, which can only be set to more."""
    return options.threads if options.memory_mb >= _AMPLE else 1


def _priority() -> int:
    """That of this very thread, on Linux."""
    return os.getpriority(os.PRIO_PROCESS, 0)


def _opened(spill: Path, options: Options) -> duckdb.DuckDBPyConnection:
    with suppress(OSError):  # a folder that may only be read answers what needs no spilling
        spill.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = duckdb.connect(
        config={
            "threads": _threads(options),
            "async_threads": 0,  # or each database starts eight more, which read files from afar
            "memory_limit": f"{options.memory_mb}MB",
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        }
    )
    connection.execute("SET GLOBAL parquet_metadata_cache = true")  # five statements of a funnel open every file
    return connection


@contextmanager
def watched(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """What this connection is asked inside ends in time, with `TooSlowError`, or with nobody to be told."""
    gone = _gone.get()
    if gone is not None and gone.is_set():
        raise UnwantedError("nobody waits for the answer")
    watch = _Watch(connection, seconds, gone)
    try:
        watch.start()
        try:
            yield
        finally:
            watch.end()
    except (duckdb.InterruptException, _OverdueError):
        if gone is not None and gone.is_set():
            raise UnwantedError("nobody waits for the answer") from None
        if stopping():
            raise TooSlowError("the server stops: ask again") from None
        raise TooSlowError(f"the question took longer than {seconds:g} s: ask for a shorter range") from None
    finally:
        watch.end()  # once more: it may have been interrupted itself


class _Watch(threading.Thread):
    """Ends a question at its deadline, or when whoever asked has `gone`. DuckDB is interrupted again and again: one
    interrupt between two statements stops neither. A thread that works on rows in between gets an exception a little
    later."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, seconds: float, gone: threading.Event | None) -> None:
        super().__init__(name="deadline", daemon=True)
        self._gone = gone
        self._connection, self._until = connection, time.monotonic() + seconds
        self._asker, self._thrown = threading.get_ident(), False
        self._closed, self._turn = threading.Event(), threading.Lock()

    def run(self) -> None:
        late = 0.0
        while not self._closed.wait(_LOOK):
            if not self._over():
                continue
            late += _LOOK
            with self._turn:
                if self._closed.is_set():
                    return
                self._connection.interrupt()
                if late > _GRACE and not self._thrown:
                    self._thrown = True
                    _throw(self._asker, _OverdueError)

    def _over(self) -> bool:
        left = self._gone is not None and self._gone.is_set()
        return left or _stopping.is_set() or time.monotonic() >= self._until

    def end(self) -> None:
        """Nothing is interrupted or thrown any more."""
        with self._turn:
            self._closed.set()
        if self.is_alive():
            self.join()
        if self._thrown:
            _calm()


def _calm() -> None:
    """Take back what was thrown into this very thread and has not arrived. CPython keeps all threads on the alert until
    an exception has arrived, also for one that was taken back: they look for it at every jump, and a function that is
    traced or profiled never begins (3.11). So another one is thrown, and caught at the next jump."""
    with suppress(_OverdueError):
        _throw(threading.get_ident(), _OverdueError)
        for _ in range(1_000):
            pass


def _throw(thread: int, exception: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(exception))
