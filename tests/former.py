"""A data folder as a former release left it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing

import duckdb

from collector.journal import Folder


def unpack(folder: Folder) -> None:
    """Every second segment as a release sealed it that stored all visitors as texts."""
    with closing(sqlite3.connect(folder.log)) as log, log:
        for first, file, terms in log.execute(
            "SELECT first_seq, segment.file, terms FROM segment JOIN visits USING (first_seq)"
        ).fetchall()[::2]:
            path = folder.segments / file
            plain = "SELECT * EXCLUDE (visitor_uuid) REPLACE (coalesce(visitor, visitor_uuid::VARCHAR) AS visitor)"
            duckdb.execute(f"COPY ({plain} FROM read_parquet('{path}')) TO '{path}' (FORMAT parquet)")
            told = json.dumps({site: one[:5] for site, one in json.loads(terms).items()})
            data = path.read_bytes()
            found = (len(data), hashlib.sha256(data).digest(), first)
            log.execute("UPDATE segment SET bytes = ?, sum = ? WHERE first_seq = ?", found)
            log.execute("UPDATE visits SET terms = ? WHERE first_seq = ?", (told, first))
