"""DuckDBs that wait for the next question: to open one takes 8 ms, and to close it 2 to 20.

Whoever asks has one alone, and works on a cursor of it: temporary tables, views and variables end with the cursor, and
the next question sees none of them. One in which a question failed, was interrupted or spilled never waits: it is
closed. One that comes back holds a megabyte for a moment, so that what was freed goes back to the system: 300 MB came
down to 72, as they do where it is closed. That takes up to 15 ms, and nobody waits for it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Hashable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

_LITTLE: Final = 1  # megabytes


class Database(NamedTuple):
    """An open DuckDB; `key` tells for whom it is good, `spill` the folder that it makes when it must, `memory` is what
    it may use (MB)."""

    connection: duckdb.DuckDBPyConnection
    key: Hashable
    spill: Path
    memory: int

    def limited(self, memory: int) -> Database:
        """The same with other memory; what it holds beyond goes back to the system."""
        self.connection.execute(f"SET memory_limit = '{memory}MB'")
        return self._replace(memory=memory)


class Waiting:
    """At most `most` of them, those that were used last. Safe for threads; a forked process begins with none."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._idle: list[Database] = []  # the last one came last
        self._coming: set[threading.Thread] = set()
        self._turn = threading.Lock()
        os.register_at_fork(before=self._part, after_in_child=self._alone, after_in_parent=self._turn.release)

    def take(self, key: Hashable) -> Database | None:
        """One that is good for it, which is the taker's alone from now on."""
        with self._turn:
            found = next((one for one in reversed(self._idle) if one.key == key), None)
            if found is not None:
                self._idle.remove(found)
        return found

    def give(self, database: Database, used: duckdb.DuckDBPyConnection) -> None:
        """Close the cursor and let its database wait; the caller need not."""
        # No daemon: the interpreter waits for it, where it would tear it out of DuckDB.
        thread = threading.Thread(target=self._settle, args=(database, used), name="settling")
        with self._turn, suppress(RuntimeError):  # the system has no thread left
            thread.start()
            self._coming.add(thread)  # before it can be through
            return
        self._settle(database, used)

    def close(self) -> None:
        """Close all that wait, and those on their way."""
        with self._turn:
            coming = list(self._coming)
        for thread in coming:
            thread.join()
        with self._turn:
            idle, self._idle = self._idle, []
        for one in idle:
            one.connection.close()

    def _settle(self, database: Database, used: duckdb.DuckDBPyConnection) -> None:
        try:
            used.close()
            try:
                database.limited(_LITTLE).limited(database.memory)
                fresh = not database.spill.exists()
            except duckdb.Error:
                fresh = False
            for one in self._kept(database) if fresh else [database]:
                one.connection.close()
        finally:
            with self._turn:
                self._coming.discard(threading.current_thread())

    def _kept(self, database: Database) -> list[Database]:
        """Keep it; returns those that are too many."""
        with self._turn:
            self._idle.append(database)
            many, self._idle = self._idle[: -self._most], self._idle[-self._most :]
        return many

    def _part(self) -> None:
        """Before a fork, up to the end of which nobody comes or goes: a database's threads stay behind."""
        self.close()
        self._turn.acquire()
        for one in self._idle:  # came in between
            one.connection.close()
        self._idle = []

    def _alone(self) -> None:
        self._coming = set()
        self._turn.release()
