"""A DuckDB connection for one question or one sealing: in memory, bounded, offline."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import duckdb
import msgspec
from msgspec import Meta

from collector.journal import Folder


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Section [reports]: what a question may use."""

    memory_mb: Annotated[int, Meta(ge=64)] = 512
    threads: Annotated[int, Meta(ge=1)] = 1  # in a server reports yield to collecting; a command of its own may use all
    seconds: Annotated[float, Meta(gt=0)] = 60.0


class TooSlowError(RuntimeError):
    """A question was stopped at its time limit."""


@contextmanager
def connect(folder: Folder, options: Options) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that loads nothing from outside and spills into the data folder only."""
    connection = duckdb.connect(
        config={
            "threads": options.threads,
            "memory_limit": f"{options.memory_mb}MB",
            "temp_directory": str(folder.spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        }
    )
    limit = threading.Timer(options.seconds, connection.interrupt)
    limit.start()
    try:
        yield connection
    except duckdb.InterruptException:
        raise TooSlowError(f"the question took longer than {options.seconds:g} s: ask for a shorter range") from None
    finally:
        limit.cancel()
        connection.close()
