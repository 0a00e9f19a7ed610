"""Is the consent log whole, and is every stored event of a grant covered by it? Reads everything, changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from collector.journal.chain import START, Mark
from collector.journal.reading import Snapshot
from collector.journal.receipts import GRANTED, Entry, packed
from collector.journal.rows import Key, identity


class Proof(NamedTuple):
    """What was found: receipts, events of a grant, and a sentence for each fault, five of a kind at most."""

    receipts: int
    events: int
    faults: list[str]


class Granted(msgspec.Struct):
    """What of a stored row tells whose grant it was kept under."""

    v: str | None = None
    g: str | None = None
    cs: str | None = None
    cr: str | None = None
    cp: str | None = None


_ROW = msgspec.json.Decoder(Granted)
_SHOWN = 5


def chain(view: Snapshot, mark: Mark | None) -> tuple[int, str]:
    """How many receipts there are, and what is wrong with their chain; empty if nothing is.

    `mark` is how far the log had come, as the file beside it says; None if there is no such file.
    """
    digest, number, loose = hashlib.sha256(START), 0, 0
    ends, seen = view.receipt_batches(), mark is None or mark.seq == 0
    end = next(ends, None)
    for entry in view.receipts():
        number, loose = number + 1, loose + 1
        if entry.number != number:
            return number, f"receipt {number} is not there"
        digest.update(packed(entry))
        if end is None or end.seq != number:
            continue
        if digest.digest() != end.sum:
            return number, f"the receipts up to {number} are not as they were written"
        seen = seen or end == mark
        digest, end, loose = hashlib.sha256(end.sum), next(ends, None), 0
    if loose:
        return number, f"the last {loose} receipts belong to no round"
    if end is not None:
        return number, f"the receipts up to {end.seq} are not all there"
    lost = mark.seq if mark is not None and not seen else 0
    return number, f"the consent log once reached receipt {lost}, now it ends at {number}" if lost else ""


def covered(view: Snapshot, progress: Callable[[int, int], None] = lambda done, total: None) -> Proof:
    """Join every stored event of a grant to the receipt in force: its visitor's last one before it, which must be a
    grant of the same source and policy. `progress(done, total)` is in events."""
    receipts, events = view.receipts(), 0
    faults: list[str] = []
    force: dict[tuple[int, str], Entry] = {}
    waiting, total, count = next(receipts, None), view.last_seq(), 0
    for seq, site, stored, body in view.rows(0):
        while waiting is not None and waiting.after < seq:
            force[(waiting.site, waiting.subject)] = waiting
            waiting, count = next(receipts, None), count + 1
        row = _ROW.decode(body)
        if row.cr is not None and row.cs in (None, GRANTED):
            events += 1
            fault = _fault(force.get((site, row.v or row.g or identity(stored))), row)
            if fault and len(faults) < _SHOWN:
                faults.append(f"event {seq} ({identity(stored)}): {fault}")
        if seq % 10_000 == 0:
            progress(seq, total)
    progress(total, total)
    return Proof(count + (waiting is not None) + sum(1 for _ in receipts), events, faults)


def covering(view: Snapshot, site: int, seq: int, who: str) -> Entry | None:
    """The receipt in force for one event."""
    found = [entry for entry in view.receipts(site, who) if entry.after < seq]
    return found[-1] if found else None


def _fault(entry: Entry | None, row: Granted) -> str:
    if entry is None:
        return "no receipt covers it"
    if entry.said.state != GRANTED:
        return f"receipt {entry.number} in force says {entry.said.state}"
    if (entry.said.source, entry.said.policy) != (row.cr, row.cp or ""):
        return f"receipt {entry.number} in force is of another source or policy"
    return ""


def located(view: Snapshot, site: int, stored: Key) -> tuple[int, str] | None:
    """An event's place in the log and who its receipt is about; None if there is no such event."""
    found = view.event(site, stored)
    if found is None:
        return None
    seq, body = found
    row = _ROW.decode(body)
    return seq, row.v or row.g or identity(stored)


def texts(entry: Entry, name: str) -> Iterator[tuple[str, object]]:
    """A receipt as it is shown and exported: names and values, those not said left out."""
    more = msgspec.json.decode(entry.said.more) if entry.said.more else {}
    yield from (("receipt", entry.number), ("site", name), ("visitor", entry.subject), ("state", entry.said.state))
    yield from (("source", entry.said.source), ("at", entry.at), ("received", entry.received))
    if entry.said.policy:
        yield "policy", entry.said.policy
    yield from more.items()
    yield "after_event", entry.after
