"""Checksums that chain the batches of the log, and the high-water mark beside it.

SQLite does not notice when the end of its write-ahead log is lost or damaged: it shows fewer rows and says it is well.
The mark, kept in a file of its own, knows how far the log had come; the chain knows every row on the way.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

START = bytes(32)
_MARK = struct.Struct("<q32s")
_ROW = struct.Struct("<qq")


class Mark(NamedTuple):
    """The last event's `seq` and its batch's checksum."""

    seq: int
    sum: bytes


def link(previous: bytes, rows: Iterable[tuple[int, int, bytes | str, bytes]]) -> bytes:
    """The checksum of a batch: SHA-256 over the previous one and its rows (seq, site, id, body) in order of seq."""
    digest = hashlib.sha256(previous)
    for seq, site, key, body in rows:
        name = key if isinstance(key, bytes) else key.encode()
        digest.update(_ROW.pack(seq, site) + name + body)
    return digest.digest()


class Highwater:
    """The mark's file. Written after every commit; made durable at most a second later (`sync`).

    After a power cut it may lag behind the log, never run ahead of it: a lag is no fault, a lead is one.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._dirty = False

    def write(self, mark: Mark) -> None:
        """Note how far the log has come."""
        packed = _MARK.pack(*mark)
        os.pwrite(self._descriptor, packed + hashlib.sha256(packed).digest()[:8], 0)
        self._dirty = True

    def sync(self) -> None:
        """Make the mark durable."""
        if self._dirty:
            self._dirty = False
            os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Make it durable and let go of the file."""
        self.sync()
        os.close(self._descriptor)


def read_mark(path: Path) -> Mark | None:
    """The mark, or None if the file is missing, empty or torn."""
    try:
        packed = path.read_bytes()
    except FileNotFoundError:
        return None
    body, check = packed[: _MARK.size], packed[_MARK.size :]
    if len(body) < _MARK.size or hashlib.sha256(body).digest()[:8] != check:
        return None
    return Mark(*_MARK.unpack(body))
