"""Questions answered by DuckDB over the sealed segments and the unsealed tail of the log."""

from __future__ import annotations

from collector.engines.duckdb.connecting import Options, TooSlowError, stop_questions, stopping

__all__ = ["Options", "TooSlowError", "stop_questions", "stopping"]
