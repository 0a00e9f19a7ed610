"""A site's events as one Parquet file."""

from __future__ import annotations

from pathlib import Path

from collector.engines.duckdb.connecting import Options
from collector.engines.duckdb.opening import view
from collector.journal import Folder
from collector.reports.questions import Question


def parquet(folder: Folder, options: Options, site: str, output: Path) -> None:
    """Write every event, enriched as reports see it, in the order of the log. Raises `UnknownSiteError`."""
    with view(folder, options, site, Question(), 0) as opened:
        path = str(output).replace("'", "''")
        opened.see("everything")
        rows = "SELECT * EXCLUDE (site, uuid, visit, visitor_uuid, visitor_text) FROM everything ORDER BY seq"
        opened.rows(f"COPY ({rows}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
