"""A data folder as former releases left it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from itertools import cycle

import duckdb

from collector.journal import Folder

_NUMBERS = "page::UHUGEINT::UBIGINT AS page, consented_at::UHUGEINT::BIGINT AS consented_at"
_TIMES = f"(SELECT * EXCLUDE (delay) REPLACE ({_NUMBERS}), t + delay AS received FROM read_parquet($file))"
TEXTS = (  # the events of `$file`, all visitors as texts
    f"(SELECT * EXCLUDE (visitor_uuid) REPLACE (coalesce(visitor, visitor_uuid::VARCHAR) AS visitor) FROM {_TIMES})"
)


def unpack(folder: Folder) -> None:
    """Of three segments the first as a release sealed it that stored all visitors as texts, the second as one that
    stored them as UUIDs where they are such. Both stored when events arrived, not how long after they happened, and
    pages and grants as numbers. The third stays."""
    segments = "SELECT first_seq, segment.file, terms FROM segment JOIN visits USING (first_seq) ORDER BY first_seq"
    with closing(sqlite3.connect(folder.log)) as log, log:
        for (first, file, terms), events in zip(log.execute(segments).fetchall(), cycle((TEXTS, _TIMES, ""))):
            if not events:
                continue
            path = folder.segments / file
            duckdb.execute(f"COPY {events} TO '{path}' (FORMAT parquet)", {"file": str(path)})
            form = [True] if events == _TIMES else []
            told = json.dumps({site: one[:5] + form for site, one in json.loads(terms).items()})
            data = path.read_bytes()
            found = (len(data), hashlib.sha256(data).digest(), first)
            log.execute("UPDATE segment SET bytes = ?, sum = ? WHERE first_seq = ?", found)
            log.execute("UPDATE visits SET terms = ? WHERE first_seq = ?", (told, first))
