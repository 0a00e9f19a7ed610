"""A file's rows into the log, a hand-over at a time: read, admitted here, kept by whoever holds the folder.

The books are kept by day: a row counts on the UTC day it was received, whatever became of it, as a browser's event
does. That is the day it names as `received`, never a later one than today; a row that names none is received now.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from collector.control import Writer
from collector.event import Drop, Event, Site
from collector.intake import admit
from collector.intake.imported import received, row
from collector.journal import Count

_CHUNK = 5_000  # rows in one hand-over
_CHUNK_BYTES = 4 * 1024 * 1024  # and their bytes: a hand-over is one line of the control socket
_SHOWN = 10  # faults that are told one by one
_DAY = 86_400_000


class Tally(NamedTuple):
    """What became of a file's rows, and the first faults (line, field, expected)."""

    counts: Counter[tuple[str, str]]
    faults: list[tuple[int, Drop]]


async def bring(writer: Writer, site: Site, lines: Iterator[bytes], advance: Callable[[int], object]) -> Tally:
    """Bring every line; `advance` is told the bytes of each hand-over. Blank lines are nothing.

    The operator answers for the rows: one without `consent` is kept, one that says no is dropped.
    """
    tally = Tally(Counter(), [])
    vouched = msgspec.structs.replace(site, profile="off", policy=None, receipt_days=None)
    repeated: Counter[bytes] = Counter()
    first = 1
    for chunk in _chunks(lines):
        now = int(time.time() * 1000)
        events, days, counts = _read(chunk, first, vouched, repeated, tally.faults, now)
        kept = await writer.keep(site.number, events, dict(counts), days)
        for count, n in counts.items():
            tally.counts[(count.outcome, count.reason)] += n
        tally.counts.update({("accepted", ""): kept.accepted, ("duplicate", ""): kept.duplicate})
        first += len(chunk)
        advance(sum(map(len, chunk)))
    return tally


def _read(
    chunk: list[bytes], first: int, site: Site, repeated: Counter[bytes], faults: list[tuple[int, Drop]], now: int
) -> tuple[list[Event], list[int], Counter[Count]]:
    """The events to keep, the day each is booked on, and what else there is to book."""
    events: list[Event] = []
    days: list[int] = []
    counts: Counter[Count] = Counter()
    for number, line in enumerate(chunk, first):
        if not line.strip():
            continue
        admitted = _admitted(line, site, repeated, now)
        at = admitted.received if isinstance(admitted, Event) else received(line, now)
        day = min(at, now) // _DAY
        counts[Count(site.number, "received", "", day)] += 1
        if isinstance(admitted, Event):
            events.append(admitted)
            days.append(day)
            continue
        counts[Count(site.number, "dropped", admitted.reason, day)] += 1
        if admitted.field and len(faults) < _SHOWN:
            faults.append((number, admitted))
    return events, days, counts


def _admitted(line: bytes, site: Site, repeated: Counter[bytes], now: int) -> Event | Drop:
    def occurrence(content: bytes) -> int:
        repeated[content] += 1
        return repeated[content] - 1

    hit = row(line, now, occurrence)
    return hit if isinstance(hit, Drop) else admit(hit, site)


def _chunks(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += len(line)
        if len(chunk) >= _CHUNK or size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
