"""One statement for several rows: the interpreter's lock is let go once a statement, not once a row, so that the next
requests are read while SQLite works.

A statement takes 1, 2, 4 … 64 rows, so that few stay prepared; what is left over is rows of NULL, which say nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

Statements: TypeAlias = dict[int, str]
_MOST: Final = 64


def several(sql: str, width: int) -> Statements:
    """Statements by their number of rows: `sql` with `{rows}` where rows of so many values stand, `column1` the first
    value, which is never NULL."""
    row = f"({', '.join('?' * width)})"
    sizes = [1 << n for n in range(_MOST.bit_length())]
    return {size: sql.replace("{rows}", f"(VALUES {', '.join([row] * size)})") for size in sizes}


def run(
    connection: sqlite3.Connection, statements: Statements, rows: Sequence[Sequence[object]]
) -> Iterator[sqlite3.Cursor]:
    """The statements over all rows, one after the other: each cursor is to be read before the next."""
    for done in range(0, len(rows), _MOST):
        some = rows[done : done + _MOST]
        size = 1 << (len(some) - 1).bit_length()
        values = [value for row in some for value in row]
        values += [None] * (len(some[0]) * (size - len(some)))
        yield connection.execute(statements[size], values)
