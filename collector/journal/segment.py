"""A published range of the log: its events in one file, their visits in another, each with its checksum."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import orjson

Statement = tuple[str, tuple[object, ...]]

WITHDRAWN: Final[tuple[Statement, ...]] = (("DELETE FROM segment", ()), ("DELETE FROM visits", ()))
_PUBLISH: Final = "INSERT INTO segment (first_seq, last_seq, file, bytes, sum) VALUES (?, ?, ?, ?, ?)"
_VISITS: Final = "INSERT OR REPLACE INTO visits (first_seq, file, bytes, sum, terms) VALUES (?, ?, ?, ?, ?)"


class Sums(NamedTuple):
    """A site's events in visits: how many, from when to when (ms UTC; null of none), how many under a grant, how many
    under the exemption, and how many link visitors or users."""

    events: int
    first: int | None
    last: int | None
    consented: int
    exempt: int
    links: int


class Terms(NamedTuple):
    """How a site's visits were cut: its session timeout (ms) then, and how many events looked automated, said so, or
    only carry a campaign to another visit. Those that said so are in no visit.

    `sums` is None where the visits tell no users: a segment of an earlier release. `form` is the number of the form
    that its events are written in; those who write them know what it means (`engines.duckdb.columns`). `moneys` are the
    different amounts that its events have, each behind its currency; None where they are many, or not told.
    """

    timeout: int
    suspected: int
    declared: int
    carriers: int
    sums: Sums | None = None
    form: int = 0
    moneys: Sequence[str] | None = None


class Visits(NamedTuple):
    """The file of a segment's visits, and the terms of each site that has events in it."""

    file: str
    size: int
    sum: bytes
    terms: Mapping[int, Terms]


class Segment(NamedTuple):
    """A published file of events and the range of the log that it stands for, both ends included.

    `visits` is None for one that was sealed before there were visits: `balise rebuild` adds them.
    """

    first_seq: int
    last_seq: int
    file: str
    size: int
    sum: bytes
    visits: Visits | None = None

    @property
    def form(self) -> int:
        """The number of the form of its events, 0 for the first ones."""
        terms = self.visits.terms.values() if self.visits else ()
        return min((one.form for one in terms), default=0)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Each file's name and checksum."""
        yield self.file, self.sum
        if self.visits is not None:
            yield self.visits.file, self.visits.sum


class SegmentError(RuntimeError):
    """A segment cannot be read, or is not as it was sealed; the sentence names its file."""

    def __init__(self, file: str, what: str) -> None:
        super().__init__(f"the segment {file} {what}: `balise rebuild` makes it anew from the log")


def demand(folder: Path, segments: Iterable[Segment]) -> None:
    """Raise `SegmentError` for a file that is not as it was sealed: a flipped bit can read as a wrong number.

    Each file is read whole once in the life of a process, and again when it changes. One that is missing may just
    have been replaced: whoever opens it will see.
    """
    for file, digest in chain.from_iterable(segment.files() for segment in segments):
        path = folder / file
        with suppress(FileNotFoundError):
            told = path.stat()
            if _digest(path, told.st_ino, told.st_size, told.st_mtime_ns) != digest:
                raise SegmentError(file, "is not as it was sealed")


@lru_cache(maxsize=16_384)
def _digest(path: Path, *_state: int) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def publication(segment: Segment) -> tuple[Statement, ...]:
    """What publishes a segment, for one transaction."""
    events: Statement = (_PUBLISH, segment[:5])
    if segment.visits is None:
        return (events,)
    file, size, digest, terms = segment.visits
    told = orjson.dumps(
        {str(site): [*one[:4], one.sums and list(one.sums), *one[5:]] for site, one in terms.items()}
    ).decode()
    return events, (_VISITS, (segment.first_seq, file, size, digest, told))


def withdrawal(segment: Segment) -> tuple[Statement, ...]:
    """What takes one segment out of the published ones."""
    key = (segment.first_seq,)
    return ("DELETE FROM segment WHERE first_seq = ?", key), ("DELETE FROM visits WHERE first_seq = ?", key)


def published(connection: sqlite3.Connection, visited: bool) -> list[Segment]:
    """Every published segment, in order. A log of an earlier format has no table of visits."""
    events = "SELECT s.first_seq, s.last_seq, s.file, s.bytes, s.sum"
    if not visited:
        return [Segment(*row) for row in connection.execute(f"{events} FROM segment s ORDER BY s.first_seq")]
    rows = connection.execute(
        f"{events}, v.file, v.bytes, v.sum, v.terms FROM segment s LEFT JOIN visits v USING (first_seq) "
        "ORDER BY s.first_seq"
    )
    return [Segment(*row[:5])._replace(visits=_visits(*row[5:])) for row in rows]


def _visits(file: str | None, size: int, digest: bytes, terms: str) -> Visits | None:
    if file is None:
        return None
    return Visits(file, size, digest, {int(site): _terms(*one) for site, one in orjson.loads(terms).items()})


def _terms(
    timeout: int, suspected: int, declared: int, carriers: int, sums: list[int] | None = None, form: int = 0,
    moneys: list[str] | None = None,
) -> Terms:  # fmt: skip
    return Terms(timeout, suspected, declared, carriers, Sums(*sums) if sums else None, int(form), moneys)
