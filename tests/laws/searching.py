"""Every byte of a data folder, as texts in which a secret would show."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

import duckdb

from tests.laws.planting import Secret

PIECE = 12  # characters of a secret that are a leak on their own


def leaks(secrets: Iterable[tuple[str, Secret]], texts: Iterable[tuple[str, str]]) -> set[tuple[str, str, str]]:
    """Which secrets (planted where) stand in which texts: as (kind, place, text's name)."""
    plain, dense = _pieces(secrets)
    found = set()
    for name, text in texts:
        for variant in {text.lower(), unquote(text).lower(), unquote(unquote(text)).lower()}:
            for haystack, pieces in ((variant, plain), (_dense(variant), dense)):
                windows = (haystack[at : at + PIECE] for at in range(len(haystack) - PIECE + 1))
                found |= {(*pieces[window], name) for window in windows if window in pieces}
    return found


def _pieces(secrets: Iterable[tuple[str, Secret]]) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]]]:
    """Pieces of addresses, looked for as they are, and of all others, looked for without their separators."""
    plain: dict[str, tuple[str, str]] = {}
    dense: dict[str, tuple[str, str]] = {}
    for where, secret in secrets:
        address = secret.kind in ("ipv4", "ipv6")
        core = secret.core.lower() if address else _dense(secret.core.lower())
        pieces = {core[at : at + PIECE] for at in range(len(core) - PIECE + 1)}
        for piece in pieces:
            known = plain if address else dense
            places = {where, *known.get(piece, ("", ""))[1].split(" | ")} - {""}
            known[piece] = (secret.kind, " | ".join(sorted(places)))  # one secret may be planted twice
    return plain, dense


def _dense(text: str) -> str:
    return re.sub(r"[^0-9a-z]", "", text)


def texts(data: Path) -> Iterator[tuple[str, str]]:
    """Every file as its bytes; the log's rows and the segments' once more, unpacked."""
    for path in sorted(data.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes().decode("latin-1")
        if path.suffix == ".parquet":
            yield f"{path.name}, its rows", "\n".join(map(str, duckdb.sql(f"FROM '{path}'").fetchall()))
    with closing(sqlite3.connect(f"{(data / 'log.sqlite').as_uri()}?mode=ro", uri=True)) as log:
        yield "log.sqlite, its rows", "\n".join(str(row) for row in log.execute("SELECT id, body FROM event"))
