"""The one background loop: seals the log's tail into segments, keeps the books on the disk, and takes a changed
dictionary over. Never on the way of an answer; whatever it fails at, it tries again, see `rest`."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, NamedTuple

import duckdb
import msgspec
from msgspec import Meta

from collector.dictionary import DictionaryError, text_of
from collector.dictionary import Options as NameOptions
from collector.engines.duckdb.compacting import compact, neighbours
from collector.engines.duckdb.connecting import Options as EngineOptions
from collector.engines.duckdb.connecting import TooSlowError
from collector.engines.duckdb.sealing import seal, sweep
from collector.failpoint import reached
from collector.journal import Folder, Journal, Segment, Stated, snapshot
from collector.journal.segment import WITHDRAWN, SegmentError, Statement, publication, withdrawal
from collector.priority import yielding

_TURN = 1.0  # seconds between two looks
_PAUSE = 60.0  # seconds until segments that could not be made one are tried again; twice as many after each time,
_LONGEST = 3_600.0  # up to this many
_STATE = "INSERT INTO meaning (number, dictionary, rules, since) VALUES (?, ?, ?, ?)"


log = logging.getLogger("balise")


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Section [segments]."""

    rows: Annotated[int, Meta(ge=1)] = 100_000  # events in one file
    compacted: Annotated[int, Meta(ge=0)] = 1_000_000  # events in one that neighbours of a day become; 0: never
    at_once: Annotated[int, Meta(ge=1)] = 100_000  # unsealed events that make it begin
    hours: Annotated[float, Meta(gt=0)] = 24.0  # or this long since the first of them; a small site's tail stays short


class Left(NamedTuple):
    """How often something was tried in vain, and until when it is let be (the loop's seconds)."""

    tries: int
    until: float


class Follower:
    """Follows one journal. `run` it as a task; `stop` ends it between two files."""

    def __init__(
        self,
        folder: Folder,
        journal: Journal,
        options: Options,
        engine: EngineOptions,
        names: NameOptions | None = None,
    ) -> None:
        self._folder, self._journal, self._options, self._engine = folder, journal, options, engine
        self._names, self._warned = names or NameOptions(), ""
        self._stopped, self._gone = asyncio.Event(), threading.Event()
        self._sealing = asyncio.Lock()
        self._left: dict[str, Left] = {}  # segments that could not be made one with their neighbours
        self._settled = False  # whether no segment has come since neighbours were looked for in vain
        self._replaced: list[tuple[float, Path]] = []  # since when (the loop's seconds) nobody opens these files
        self._waiting = (0, 0.0)  # the first event that is not sealed, and since when (the loop's seconds) it waits

    async def run(self) -> None:
        """Look every second until stopped, later where that fails."""
        swept, failed = False, 0
        while not self._stopped.is_set():
            try:
                if not swept:
                    await self._sweep()
                    swept = True
                await self._journal.flush()
                await self.adopt()
                least = 1 if await self._aged() else self._options.at_once
                if not await self.seal(least) and not (self._settled and not self._due()):
                    self._settled = not await self.compact()
                self._tidy(self._engine.seconds)
                failed = 0
            except Exception:
                failed += 1
                log.exception("sealing failed; it will be tried again in %d s", rest(failed))
            try:
                await asyncio.wait_for(self._stopped.wait(), rest(failed))
            except TimeoutError:
                continue
        self._tidy(0)

    def stop(self) -> None:
        """End the loop at its next turn, and before it what may be left half-way."""
        self._stopped.set()
        self._gone.set()

    async def seal(self, least: int = 1) -> int:
        """Seal what is there now while at least that many events of it are unsealed; returns the number of files.

        What arrives meanwhile is for the next time: under load the log never stops growing.
        """
        files, goal = 0, self._journal.last_seq
        async with self._sealing:
            while not self._stopped.is_set():
                after = await asyncio.to_thread(self._sealed)
                if goal - after < least:
                    break
                until = min(after + self._options.rows, goal)
                segment = await asyncio.to_thread(yielding, seal, self._folder, after, until, self._engine, reached)
                await self._publish([segment])
                reached("seal_published")
                self._settled = False
                files += 1
        return files

    async def compact(self) -> int:
        """Make the first neighbours one that are to be; returns how many were looked at, 0 if there are no more.

        The old ones answer until the new one takes their place in one transaction. Their files stay a while: a question
        that began before opens them. Those that cannot be read, or for which there is not enough memory or room on the
        disk, stay as they are for a while, see `pause`.
        """
        async with self._sealing:
            now = asyncio.get_running_loop().time()
            number, row = await asyncio.to_thread(self._row, now)
            if not row:  # those that were free have no neighbours any more
                self._left = {file: left for file, left in self._left.items() if left.until > now}
                return 0
            try:
                new = await asyncio.to_thread(
                    yielding, compact, self._folder, row, self._engine, number, self._gone, reached
                )
                await self._publish([new], *chain.from_iterable(map(withdrawal, row)))
            except TooSlowError:  # it is to stop; what is written is swept at the next start
                return 0
            except (duckdb.Error, sqlite3.Error, SegmentError, OSError) as error:
                self._leave(row, str(error).partition("\n")[0])
                return len(row)
            reached("compact_published")
        self._replace(row)
        return len(row)

    @property
    def left(self) -> int:
        """How many segments could not be made one with their neighbours and wait for the next try."""
        return len(self._left)

    async def rebuild(self) -> int:
        """Seal the whole log anew, in segments of today's size; returns how many it made."""
        return await self._restate(None, self._ranges(self._journal.last_seq))

    async def adopt(self) -> int:
        """Let names mean what the dictionary's file says now; returns how many segments were made anew for it.

        A file that cannot be used is told once, and changes nothing.
        """
        try:
            text = await asyncio.to_thread(text_of, self._names)
        except DictionaryError as error:
            if str(error) != self._warned:
                log.warning("%s; names keep what they meant", error)
            self._warned = str(error)
            return 0
        self._warned = ""
        with snapshot(self._folder) as view:
            before = view.meaning()
            ranges = self._ranges(view.sealed())
        if (text, self._names.rules) == before[1:]:
            return 0
        made = await self._restate(Stated(0, text, self._names.rules), ranges)
        log.info("the dictionary changed: %d segments made anew", made)
        return made

    async def _restate(self, stated: Stated | None, ranges: Sequence[tuple[int, int]]) -> int:
        """Seal these ranges of the log in place of all segments, under what names shall mean (None: what they do).

        History changes at one moment: the new segments are written beside the old ones, which answer until all take
        their place in one transaction.
        """
        async with self._sealing:
            with snapshot(self._folder) as view:
                old = view.segments()
                before = view.meaning()
            stated = (stated or before)._replace(number=before.number + 1)
            new = []
            for after, until in ranges:
                if self._stopped.is_set():  # what is written is swept at the next start, and done again
                    return 0
                sealed = await asyncio.to_thread(
                    yielding, seal, self._folder, after, until, self._engine, reached, stated
                )
                new.append(sealed)
            state = (_STATE, (*stated, int(time.time() * 1000)))
            await self._publish(new, state, *WITHDRAWN)
            reached("seal_published")
            self._settled = False
        for file, _ in chain.from_iterable(segment.files() for segment in old):
            (self._folder.segments / file).unlink(missing_ok=True)
        return len(new)

    def _row(self, now: float) -> tuple[int, list[Segment]]:
        """The number of what names mean, and the segments that are to be one."""
        with snapshot(self._folder) as view:
            number, segments = view.meaning().number, view.segments()
        there = {segment.file for segment in segments}
        self._left = {file: left for file, left in self._left.items() if file in there}
        free = [one for one in segments if one.file not in self._left or self._left[one.file].until <= now]
        return number, neighbours(free, self._options.rows, self._options.compacted)

    def _leave(self, row: Sequence[Segment], why: str) -> None:
        """Let these be for a while."""
        tries = 1 + max(self._left[one.file].tries if one.file in self._left else 0 for one in row)
        seconds = pause(tries)
        until = asyncio.get_running_loop().time() + seconds
        self._left.update({one.file: Left(tries, until) for one in row})
        log.warning("%d segments stay as they are: %s; tried again in %d s", len(row), why, seconds)

    def _due(self) -> bool:
        now = asyncio.get_running_loop().time()
        return any(left.until <= now for left in self._left.values())

    def _ranges(self, goal: int) -> list[tuple[int, int]]:
        """The log up to there in segments of today's size."""
        rows = self._options.rows
        return [(after, min(after + rows, goal)) for after in range(0, goal, rows)]

    def _replace(self, segments: Sequence[Segment]) -> None:
        """These files are not published any more."""
        now = asyncio.get_running_loop().time()
        files = chain.from_iterable(segment.files() for segment in segments)
        self._replaced += [(now, self._folder.segments / file) for file, _ in files]

    def _tidy(self, seconds: float) -> None:
        """Delete what was replaced so long ago."""
        until = asyncio.get_running_loop().time() - seconds
        for since, path in self._replaced:
            if since <= until:
                path.unlink(missing_ok=True)
        self._replaced = [(since, path) for since, path in self._replaced if since > until]

    async def _aged(self) -> bool:
        """Whether the oldest unsealed event has waited long enough, as far as this process has seen it wait."""
        first, now = await asyncio.to_thread(self._sealed) + 1, asyncio.get_running_loop().time()
        if first != self._waiting[0] or first > self._journal.last_seq:
            self._waiting = (first, now)
        return now - self._waiting[1] >= self._options.hours * 3_600

    async def _sweep(self) -> None:
        async with self._sealing:  # no file of a sealing under way may be taken for an orphan
            orphans = await asyncio.to_thread(sweep, self._folder, self._published())
        if orphans:
            log.info("deleted %d unpublished segment files", len(orphans))

    async def _publish(self, segments: Sequence[Segment], *first: Statement) -> None:
        """Let these stand for their ranges, after these statements, in one transaction. If that fails their files go:
        a full disk has no room for what nobody reads."""
        try:
            await self._journal.execute(*first, *chain.from_iterable(map(publication, segments)))
        except sqlite3.Error:
            published = self._published()
            for file, _ in chain.from_iterable(segment.files() for segment in segments):
                if file not in published:
                    (self._folder.segments / file).unlink(missing_ok=True)
            raise

    def _published(self) -> set[str]:
        with snapshot(self._folder) as view:
            return {file for segment in view.segments() for file, _ in segment.files()}

    def _sealed(self) -> int:
        with snapshot(self._folder) as view:
            return view.sealed()


def rest(failed: int) -> float:
    """Seconds until the next look, after so many in a row that failed. On a full disk each one writes what it can of a
    file, where the log has no room, and 2,000 bytes into the server's own log."""
    return min(_TURN * 2.0 ** min(failed, 30), _PAUSE)


def pause(tries: int) -> float:
    """Seconds until what failed so many times is tried again."""
    return min(_PAUSE * 2.0 ** min(tries - 1, 30), _LONGEST)
