"""The log: one connection that writes, one transaction per round, an answer only after the commit.

Promised: when `keep` returns, the events are committed with `synchronous=FULL`. When it raises `UnavailableError`,
they are not known to be stored; sending them again under the same ids is always safe.
Not promised: that a waiter who went away before the commit left nothing behind.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import resources
from typing import Annotated, Any, Final, NamedTuple, TypeVar, cast

import aiosqlite
import msgspec
from msgspec import Meta

from collector.event import Event
from collector.journal.chain import START, Highwater, Mark, read_mark
from collector.journal.folder import Folder
from collector.journal.links import Click
from collector.journal.receipts import WITHDRAWN, Claim, Said, claims, last, withdrawals
from collector.journal.round import Count, Kept, Request, commit
from collector.journal.rows import body, key

# What each format added; earlier logs are brought up to date.
SCHEMA: Final = (
    "schema.sql", "links.sql", "rules.sql", "meaning.sql", "receipts.sql", "visits.sql", "access.sql", "desk.sql",
)  # fmt: skip
VERSION: Final = len(SCHEMA)
_T = TypeVar("_T")
_DAY: Final = 86_400_000
_KNOWN: Final = 50_000  # visitors whose last receipt is known without asking the log; as many withdrawals


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator can set of the log."""

    queue: Annotated[int, Meta(ge=1)] = 20_000  # events waiting for a commit before senders are told to come back
    round: Annotated[int, Meta(ge=1)] = 5_000  # events in one transaction
    cache_mb: Annotated[int, Meta(ge=1, le=4_096)] = 32  # page cache of the writing connection


class UnavailableError(RuntimeError):
    """Nothing can be stored now; `retry_after` is in seconds."""

    def __init__(self, code: str, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


class LogDamagedError(RuntimeError):
    """The log ends before the mark beside it: something was lost or put back. `balise check` tells more."""


def known(version: int) -> None:
    """Raise `LogDamagedError` if a later program wrote a log of this format."""
    if version > VERSION:
        raise LogDamagedError(f"the log has format {version}, this program knows {VERSION}: upgrade it")


class _Waiter(NamedTuple):
    request: Request
    done: asyncio.Future[Kept]


class Connection(aiosqlite.Connection):
    """aiosqlite's connection, which can run a whole function on its thread."""

    async def run(self, work: Callable[..., _T], *args: Any) -> _T:
        """Run `work(connection, *args)` over there."""
        return cast("_T", await self._execute(work, self._conn, *args))  # type: ignore[no-untyped-call]


class Journal:
    """The writing side of the log. Open it with `Journal.open`, inside `Folder.held`."""

    def __init__(self, folder: Folder, options: Options, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._options = options
        self._clock = clock
        self._queue: deque[_Waiter] = deque()
        self._queued = 0
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._tally: Counter[Count] = Counter()
        self._clicks: Counter[Click] = Counter()
        self._mark = Mark(0, START)
        self._receipts = Mark(0, START)
        self._known: dict[tuple[int, str], int] = {}  # site and subject → hash of what their last receipt says
        self._withdrawn: dict[tuple[int, str], int] = {}
        self.decisions = 0  # how often something else than events was written, by this process
        self._closing = False
        self._healthy = True
        self._connection: Connection
        self._highwater: Highwater
        self._proven: Highwater
        self._writer: asyncio.Task[None]

    @classmethod
    async def open(cls, folder: Folder, options: Options | None = None) -> Journal:
        """Open or create the log. Raises `LogDamagedError` if it ends before its mark."""
        journal = cls(folder, options or Options())
        journal._connection = await journal._connect()
        try:
            await journal._resume()
        except BaseException:
            await journal._connection.close()
            raise
        journal._highwater = Highwater(folder.highwater)
        journal._highwater.write(journal._mark)
        journal._proven = Highwater(folder.proven)
        journal._proven.write(journal._receipts)
        journal._writer = asyncio.create_task(journal._write(), name="journal")
        return journal

    @property
    def last_seq(self) -> int:
        """The newest committed event."""
        return self._mark.seq

    @property
    def queued(self) -> int:
        """Events that wait for their commit."""
        return self._queued

    @property
    def healthy(self) -> bool:
        """Whether the last round reached the disk."""
        return self._healthy

    async def keep(
        self,
        site: int,
        events: Sequence[Event],
        counts: Mapping[Count, int] | None = None,
        more: str = "",
        days: Sequence[int] | None = None,
    ) -> Kept:
        """Store events of a site and book `counts` with them; returns after the commit.

        Accepted and duplicate events are booked here, on the day of the commit or on the day that `days` names for each
        event (UTC, days since 1970); `counts` holds what the caller knows: received, dropped. The
        receipts of granted events are stored with them where they say something new; `more` is what a receipt says
        that no event does (JSON).
        Raises `UnavailableError` when the queue is full, the disk fails, or the log is closing.
        """
        if self._closing:
            raise UnavailableError("stopping", "the log is being closed")
        if self._queued and self._queued + len(events) > self._options.queue:  # one batch alone always fits
            raise UnavailableError("queue_full", "too many events wait for the disk")
        done: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        rows = [(site, key(event.id), body(event)) for event in events]
        told = claims(site, events, more, self._known)
        self._queue.append(_Waiter(Request(rows, counts or {}, told, days), done))
        self._queued += len(rows)
        self._wake.set()
        return await done

    async def withdraw(self, site: int, visitor: str, now: int) -> None:
        """Note that a visitor takes back what was granted, at `now` (ms UTC); nothing if nothing was.

        Returns after the commit; raises `UnavailableError`.
        """
        if self._closing:
            raise UnavailableError("stopping", "the log is being closed")
        done: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        claim = Claim(site, visitor, Said(WITHDRAWN, "forget"), now, now)
        self._queue.append(_Waiter(Request([], {}, [(claim, 0)]), done))
        self._take_back(claim)
        self._wake.set()
        await done

    def withdrawn(self, site: int, visitor: str) -> int | None:
        """When (ms UTC) this visitor last withdrew, as far as is remembered; it may wait for the disk yet."""
        return self._withdrawn.get((site, visitor))

    def count(self, counts: Mapping[Count, int]) -> None:
        """Book what was not kept; it reaches the disk with the next round or `flush`."""
        self._tally.update(counts)

    async def click(self, click: Click) -> None:
        """Count a click; returns after the commit.

        Raises `UnavailableError` if that failed: the next round that reaches the disk carries it.
        """
        self._clicks[click] += 1
        await self.keep(0, ())

    async def flush(self) -> None:
        """Write what `count` booked, and make the high-water mark durable."""
        if self._tally or self._clicks:
            async with self._turn:
                await self._round([])
        await asyncio.to_thread(self._highwater.sync)
        await asyncio.to_thread(self._proven.sync)

    async def execute(self, *statements: tuple[str, Sequence[object]]) -> None:
        """Run statements of the house's own tables in one transaction of the writing connection."""
        async with self._turn:
            try:
                for sql, values in statements:
                    await self._connection.execute(sql, tuple(values))
                await self._connection.commit()
                self.decisions += 1
            except BaseException:
                await self._connection.rollback()
                raise

    async def transact(self, work: Callable[..., _T], *args: Any) -> _T:
        """Run `work(connection, *args)`, which commits or rolls back, on the writing connection between two rounds."""
        async with self._turn:
            try:
                return await self._connection.run(work, *args)
            except sqlite3.Error as error:
                raise UnavailableError("storage", f"the log cannot be written: {error}", 5) from None
            finally:
                self.decisions += 1

    async def close(self) -> None:
        """Store what waits, fold the write-ahead log back, and close. Later calls of `keep` raise."""
        self._closing = True
        self._wake.set()
        await self._writer
        try:
            await self.flush()
            await self._connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            await self._connection.close()
            self._highwater.close()
            self._proven.close()

    async def _connect(self) -> Connection:
        path = self._folder.log
        path.touch(mode=0o600)  # SQLite's own files beside it take after it
        connection = Connection(lambda: sqlite3.connect(path, isolation_level="IMMEDIATE"), 64)
        await connection
        try:
            await self._prepare(connection)
        except BaseException:
            await connection.close()  # its thread would keep the process alive
            raise
        return connection

    async def _prepare(self, connection: Connection) -> None:
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "secure_delete=ON",
            "trusted_schema=OFF",
            "mmap_size=0",  # an error on a mapped page would be a signal, not an exception
            f"cache_size=-{self._options.cache_mb * 1024}",
            "journal_size_limit=67108864",
        ):
            await connection.execute_fetchall(f"PRAGMA {pragma}")

    async def _resume(self) -> None:
        rows = list(await self._connection.execute_fetchall("PRAGMA user_version"))
        known(rows[0][0])
        for file in SCHEMA[rows[0][0] :]:
            schema = resources.files("collector.journal").joinpath(file).read_text(encoding="utf-8")
            await self._connection.executescript(f"BEGIN IMMEDIATE;\n{schema}\nCOMMIT;")
        self._mark = await self._last()
        mark = read_mark(self._folder.highwater)
        if mark is not None and not await self._contains(mark):
            raise LogDamagedError(f"the log ends at event {self._mark.seq}, but it had reached {mark.seq}")
        self._receipts = await self._connection.run(last)
        self._withdrawn = await self._connection.run(withdrawals, _KNOWN)
        proven = read_mark(self._folder.proven)
        if proven is not None and proven.seq > self._receipts.seq:
            raise LogDamagedError(
                f"the consent log ends at receipt {self._receipts.seq}, but it had reached {proven.seq}"
            )

    async def _last(self) -> Mark:
        rows = list(
            await self._connection.execute_fetchall("SELECT last_seq, sum FROM batch ORDER BY last_seq DESC LIMIT 1")
        )
        return Mark(*rows[0]) if rows else Mark(0, START)

    async def _contains(self, mark: Mark) -> bool:
        if mark.seq == 0:
            return True
        rows = list(await self._connection.execute_fetchall("SELECT sum FROM batch WHERE last_seq = ?", (mark.seq,)))
        return bool(rows) and rows[0][0] == mark.sum

    async def _write(self) -> None:
        """The one writer: gathers what waits, commits it, tells everyone. Nothing that a waiter does can end it."""
        while self._queue or not self._closing:
            if not self._queue:
                self._wake.clear()
                await self._wake.wait()
                continue
            async with self._turn:
                await self._round(self._gather())

    def _gather(self) -> list[_Waiter]:
        gathered: list[_Waiter] = []
        size = 0
        while self._queue and (not gathered or size + len(self._queue[0].request.rows) <= self._options.round):
            gathered.append(self._queue.popleft())
            size += len(gathered[-1].request.rows)
        self._queued -= size
        return gathered

    async def _round(self, waiters: list[_Waiter]) -> None:
        """One transaction for all of them. A failure is everyone's answer and leaves nothing of the round."""
        try:
            kept = await self._commit(waiters)
        except Exception as error:
            self._healthy = False
            await self._reconnect()
            for waiter in waiters:
                if not waiter.done.done():
                    waiter.done.set_exception(UnavailableError("storage", f"the log cannot be written: {error}", 5))
            return
        self._healthy = True
        for waiter, answer in zip(waiters, kept, strict=True):
            if not waiter.done.done():  # its sender may have hung up
                waiter.done.set_result(answer)

    async def _commit(self, waiters: list[_Waiter]) -> list[Kept]:
        tally, self._tally = self._tally, Counter()
        clicks, self._clicks = self._clicks, Counter()
        day = int(self._clock() * 1000) // _DAY
        requests = [waiter.request for waiter in waiters]
        try:
            mark, receipts, kept = await self._connection.run(
                commit, (self._mark, self._receipts), requests, tally, clicks, day
            )
        except BaseException:
            self._tally.update(tally)
            self._clicks.update(clicks)
            raise
        if mark != self._mark:
            self._mark = mark
            self._highwater.write(mark)
        if receipts != self._receipts:
            self._receipts = receipts
            self._proven.write(receipts)
        for request, answer in zip(requests, kept, strict=True):
            if answer.accepted or not request.rows:  # what brought nothing new was not written down either
                self._learn(request.claims)
        return kept

    def _learn(self, told: Sequence[tuple[Claim, int]]) -> None:
        """What the log says of these visitors is known from now on."""
        for claim, _ in told:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            if claim[:2] not in self._withdrawn:  # whose answer the log is asked for each time
                self._known[claim[:2]] = hash(claim.said)

    def _take_back(self, claim: Claim) -> None:
        """A withdrawal holds from when it waits for the disk: what is kept behind it is under no grant from before."""
        self._known.pop(claim[:2], None)
        if len(self._withdrawn) >= _KNOWN:
            del self._withdrawn[next(iter(self._withdrawn))]
        self._withdrawn[claim[:2]] = claim.received

    async def _reconnect(self) -> None:
        """After a failed write nothing of the connection is trusted: leave the transaction, open it anew."""
        for leave in (self._connection.rollback, self._connection.close):
            with suppress(Exception):  # it may be closed already
                await leave()
        try:
            self._connection = await self._connect()
            self._mark = await self._last()
            self._receipts = await self._connection.run(last)
        except Exception:
            await asyncio.sleep(0.1)  # the disk is still away; the next round tries again
