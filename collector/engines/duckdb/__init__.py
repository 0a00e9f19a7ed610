"""Questions answered by DuckDB over the sealed segments and the unsealed tail of the log."""

from __future__ import annotations

from collector.engines.duckdb.connecting import (
    Options,
    TooSlowError,
    UnwantedError,
    close_waiting,
    enough,
    stop_questions,
    stopping,
    wanted,
)

__all__ = [
    "Options",
    "TooSlowError",
    "UnwantedError",
    "close_waiting",
    "enough",
    "stop_questions",
    "stopping",
    "wanted",
]
