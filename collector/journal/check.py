"""Is the log whole, and do the books balance? Reads everything, changes nothing."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from collector.journal.chain import START, Mark, link, read_mark
from collector.journal.folder import Folder
from collector.journal.proving import chain
from collector.journal.reading import Snapshot, snapshot


class Finding(NamedTuple):
    """One check and its outcome; `fault` is empty when all is well."""

    check: str
    fault: str
    detail: str = ""


def selfcheck(folder: Folder, progress: Callable[[int, int], None] = lambda done, total: None) -> list[Finding]:
    """Verify gaps, duplicates, chain, high-water mark, counters and segments; `progress(done, total)` is in events."""
    mark = read_mark(folder.highwater)  # before the snapshot: the log may only be ahead of it
    proven = read_mark(folder.proven)
    checks: tuple[tuple[str, Callable[[Snapshot], Iterable[Finding]]], ...] = (
        ("database pages", _database),
        ("chain", lambda view: _chain(view, mark, progress)),
        ("duplicates", _duplicates),
        ("counters", _books),
        ("consent log", lambda view: _receipts(view, proven)),
        ("segments", lambda view: _segments(folder, view)),
    )
    findings: list[Finding] = []
    try:
        with snapshot(folder) as view:
            for name, look in checks:
                findings += _looked(name, look, view)
    except sqlite3.DatabaseError as error:
        findings.append(Finding("database pages", str(error)))
    return findings


def _looked(name: str, look: Callable[[Snapshot], Iterable[Finding]], view: Snapshot) -> list[Finding]:
    """A check that stumbles over a damaged page is a fault, and no reason to leave out the next one."""
    try:
        return list(look(view))
    except sqlite3.DatabaseError as error:
        return [Finding(name, f"cannot be verified: {error}")]


def _database(view: Snapshot) -> Iterator[Finding]:
    yield Finding("database pages", "; ".join(view.damage()))


def _chain(view: Snapshot, mark: Mark | None, progress: Callable[[int, int], None]) -> Iterator[Finding]:
    """Walk every batch: rows without a gap, each sum as it was, and the mark on the way."""
    last, total = 0, view.last_seq()
    previous, gap, broken, seen = START, "", "", total == 0 if mark is None else mark.seq == 0
    for first, rows, expected, end in _batches(view):
        if not gap and [row[0] for row in rows] != list(range(first, end + 1)):
            gap = f"events {first} to {end} are not all there"
        if not broken and link(previous, rows) != expected:
            broken = f"events {first} to {end} are not as they were written"
        seen = seen or (mark is not None and mark == (end, expected))
        previous, last = expected, end
        progress(last, total)
    if not gap and total != last:
        gap = f"events {last + 1} to {total} belong to no batch"
    yield Finding("gaps", gap, f"{total} events")
    yield Finding("chain", broken)
    lost = f"the log once reached event {mark.seq}, now it ends at {total}" if mark else "its file is missing or torn"
    yield Finding("high-water mark", "" if seen else lost)


def _batches(view: Snapshot) -> Iterator[tuple[int, list[tuple[int, int, bytes | str, bytes]], bytes, int]]:
    rows: Iterator[tuple[int, int, bytes | str, bytes]] = view.rows(0)
    pending = next(rows, None)
    first = 1
    for end, _, expected in view.batches():
        batch = []
        while pending is not None and pending[0] <= end:
            batch.append(pending)
            pending = next(rows, None)
        yield first, batch, expected, end
        first = end + 1


def _duplicates(view: Snapshot) -> Iterator[Finding]:
    twice = view.duplicates()
    yield Finding("duplicates", f"{twice} ids are stored twice" if twice else "")


def _books(view: Snapshot) -> Iterator[Finding]:
    books = view.counters()
    unbalanced = []
    for site, lines in groupby(sorted(books, key=lambda line: line.site), key=lambda line: line.site):
        sums: Counter[str] = Counter()
        for entry in lines:
            sums["received" if entry.outcome == "received" else "settled"] += entry.n
        if sums["received"] != sums["settled"]:
            unbalanced.append(f"site {site}: {sums['received']} received, {sums['settled']} settled")
    yield Finding("counters", "; ".join(unbalanced), f"{sum(e.n for e in books if e.outcome == 'received')} received")
    accepted = sum(entry.n for entry in books if entry.outcome == "accepted")
    stored = view.stored()
    yield Finding("accepted = stored", "" if accepted == stored else f"{accepted} accepted, {stored} stored")


def _receipts(view: Snapshot, mark: Mark | None) -> Iterator[Finding]:
    number, fault = chain(view, mark)
    yield Finding("consent log", fault, f"{number} receipts")


def _segments(folder: Folder, view: Snapshot) -> Iterator[Finding]:
    """Every published file is there and unchanged, and their ranges follow one another without a gap.

    A rebuild may replace the files while they are read: a fault counts if the published list is still the same.
    """
    faults = _unsound(folder, view)
    with snapshot(folder) as again:
        if faults and again.segments() != view.segments():
            faults = _unsound(folder, again)
    hint = "; `balise rebuild` makes them anew from the log" if faults else ""
    yield Finding("segments", "; ".join(faults[:5]) + hint, f"{len(view.segments())} files")


def _unsound(folder: Folder, view: Snapshot) -> list[str]:
    faults, expected = [], 1
    for segment in view.segments():
        if segment.first_seq != expected:
            faults.append(f"events {expected} to {segment.first_seq - 1} are in no segment")
        for file, digest in segment.files():
            path = folder.segments / file
            if not path.exists():
                faults.append(f"{file} is missing")
            elif hashlib.sha256(path.read_bytes()).digest() != digest:
                faults.append(f"{file} is not as it was sealed")
        expected = segment.last_seq + 1
    if expected - 1 > view.last_seq():
        faults.append("the segments hold more events than the log")
    return faults
