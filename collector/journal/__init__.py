"""The log of the house: SQLite, local, append-only, and the truth.

folder    what lies where in the data folder, and who holds it
log       `Journal`: the one connection that writes; group commit, dedup, back-pressure, books
rows      one event to one row and back
chain     checksums from batch to batch, and the high-water mark beside the log
reading   `snapshot`: any process, beside the writer
sites     sites as rows
segment   published ranges of the log: their files and checksums
links     issued links as rows, and the clicks of their short addresses
access    who may ask, as rows
settling  what changes that       deeds  who did, and when
views     saved views of pages, as rows
receipts  the consent log: who answered what, and which receipt covers an event
proving   is the consent log whole, and does it cover what is stored
check     `selfcheck`: gaps, duplicates, chain, counters, segments
"""

from __future__ import annotations

from collector.journal.folder import Folder, FolderHeldError, FolderMissingError
from collector.journal.links import Click, Clicks, Draft, Link, Outcome, UnknownLinkError
from collector.journal.log import Journal, LogDamagedError, Options, UnavailableError
from collector.journal.reading import Apart, Snapshot, Stated, snapshot
from collector.journal.round import Count, Kept, refusal
from collector.journal.segment import Segment, Sums, Terms, Visits
from collector.journal.sites import SiteError, SiteOptions, UnknownError, UnknownSiteError

__all__ = [
    "Apart",
    "Click",
    "Clicks",
    "Count",
    "Draft",
    "Folder",
    "FolderHeldError",
    "FolderMissingError",
    "Journal",
    "Kept",
    "Link",
    "LogDamagedError",
    "Options",
    "Outcome",
    "Segment",
    "SiteError",
    "SiteOptions",
    "Snapshot",
    "Stated",
    "Sums",
    "Terms",
    "UnavailableError",
    "UnknownError",
    "UnknownLinkError",
    "UnknownSiteError",
    "Visits",
    "refusal",
    "snapshot",
]
