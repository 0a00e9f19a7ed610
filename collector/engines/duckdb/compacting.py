"""Neighbouring segments made one: their range of the log as one sealing gives it, from their files instead of the log.

At three million events a day a segment of a hundred thousand spans 43 minutes, and nearly every visit lies so close to
another segment that a question has to ask whether it goes on there. One of a million spans seven hours.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, groupby, pairwise

import msgspec

from collector.engines.duckdb import columns
from collector.engines.duckdb.connecting import Options, connect, wanted
from collector.engines.duckdb.sealing import Span, store
from collector.engines.duckdb.visits import parquet
from collector.journal import Folder, Segment, Sums, snapshot
from collector.journal.segment import demand

STEPS = (
    "compact_written",
    "compact_synced",
    "compact_half_renamed",
    "compact_renamed",
    "compact_published",
)
_ENOUGH = 256  # megabytes for a million events; with 512 they take two thirds of the time
_PATIENCE = 86_400.0  # seconds: it yields to all others, and ends when the server does
_DAY = 86_400_000  # ms; who asks about a day reads no more than it, and what spans more has few visits at its ends


def neighbours(segments: Sequence[Segment], rows: int, most: int) -> list[Segment]:
    """The first segments in a row that are to be one: together at most `most` events and so many that none of the
    usual size (`rows`) has room beside them. Empty if there are none.

    They span a day at most, or little more than one of them does, so that a question about a short time reads little
    besides. A segment of an earlier release, which does not tell its time, stays as it is until `balise rebuild`.
    """
    row: list[Segment] = []
    for segment in segments:
        row = next(fitting for fitting in ([*row, segment], [segment], []) if _fits(fitting, most))
        if len(row) > 1 and _size(row) + rows > most:
            return row
    return []


def _fits(row: Sequence[Segment], most: int) -> bool:
    spans = [span for span in map(_span, row) if span is not None]
    apart = any(one.last_seq + 1 != next_one.first_seq for one, next_one in pairwise(row))
    if len(spans) < len(row) or apart or _size(row) > most:
        return False
    if not row:
        return True
    widest = max(stop - start for start, stop in spans)
    return max(stop for _, stop in spans) - min(start for start, _ in spans) <= max(_DAY, 2 * widest)


def _size(row: Sequence[Segment]) -> int:
    return sum(one.last_seq - one.first_seq + 1 for one in row)


def _span(segment: Segment) -> tuple[int, int] | None:
    """From when to when its events are (ms UTC); None if it does not tell."""
    terms = segment.visits.terms.values() if segment.visits else ()
    sums = [one.sums for one in terms if one.sums is not None]
    times = list(chain.from_iterable(map(_times, sums)))
    return (min(times), max(times)) if times and len(sums) == len(terms) else None


def _times(sums: Sums) -> Iterator[int]:
    return (t for t in (sums.first, sums.last) if t is not None)


def _events(folder: Folder, segments: Sequence[Segment]) -> str:
    """All events of these, those of an earlier release in the form that is written now."""
    return " UNION ALL ".join(
        f"SELECT {columns.again(form)} FROM {parquet(str(folder.segments / one.file) for one in some)}"
        for form, some in groupby(segments, key=lambda one: one.form)
    )


def compact(
    folder: Folder,
    segments: Sequence[Segment],
    options: Options,
    number: int,
    gone: threading.Event,
    reached: Callable[[str], None] = lambda step: None,
) -> Segment:
    """Write the segment of all events of these, which are neighbours, under the meaning of names with this number, and
    return what there is to publish in their place. `reached` is told each step of `STEPS` but the last.

    Events keep what their segments say of them; only visits are cut anew. It takes half of a question's memory if that
    is enough. Raises `SegmentError` for a segment that is not as it was sealed, and `TooSlowError` if it is to end:
    `gone` is set, or the server stops.
    """
    demand(folder.segments, segments)
    memory = min(options.memory_mb, max(options.memory_mb // 2, _ENOUGH))
    modest = msgspec.structs.replace(options, memory_mb=memory, seconds=_PATIENCE)
    with wanted(gone), connect(folder, modest) as connection:
        with snapshot(folder) as view:
            sites = {site.number: site for site in view.sites(removed=True)}
        connection.execute(f"CREATE TEMP TABLE loaded AS {_events(folder, segments)}")
        span = Span(segments[0].first_seq - 1, segments[-1].last_seq, number)
        return store(connection, folder, span, sites, lambda step: reached(step.replace("seal", "compact")))
