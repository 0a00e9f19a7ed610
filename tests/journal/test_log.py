"""The log: what is acknowledged is there, once, in order, and the books say so."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collector.event import Event
from collector.journal import Count, Folder, Journal, Kept, LogDamagedError, Options, UnavailableError, snapshot
from collector.journal.check import selfcheck

RECEIVED = Count(1, "received", "")


def an_event(identity: str | None = None, **changes: object) -> Event:
    return Event(
        id=identity or str(uuid.uuid4()), t=1_772_409_600_000, name="page_view", received=1_772_409_600_000, **changes
    )  # type: ignore[arg-type]


def received(n: int, site: int = 1) -> dict[Count, int]:
    return {Count(site, "received", ""): n}


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    folder = Folder(tmp_path / "data")
    with folder.held():
        opened = await Journal.open(folder)
        yield opened
        await opened.close()


def folder_of(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "data")


def faults(folder: Folder) -> list[str]:
    return [f"{finding.check}: {finding.fault}" for finding in selfcheck(folder) if finding.fault]


async def test_an_event_is_kept_once_whoever_brings_it(journal: Journal, tmp_path: Path) -> None:
    twice = an_event("order-1")
    answers = await asyncio.gather(
        journal.keep(1, [twice, twice], received(2)),
        journal.keep(1, [twice], received(1)),
        journal.keep(2, [twice], received(1, 2)),
    )
    assert list(answers) == [Kept(1, 1), Kept(0, 1), Kept(1, 0)]
    assert await journal.keep(1, [twice, an_event()], received(2)) == Kept(1, 1)
    await journal.flush()
    assert faults(folder_of(tmp_path)) == []


async def test_a_uuid_is_the_same_however_it_is_written(journal: Journal) -> None:
    """Admission folds the case of a UUID; the log stores its sixteen bytes."""
    identity = str(uuid.uuid4())
    await journal.keep(1, [an_event(identity)], received(1))
    assert await journal.keep(1, [an_event(identity)], received(1)) == Kept(0, 1)


async def test_rows_come_back_as_they_were_kept(journal: Journal, tmp_path: Path) -> None:
    from collector.journal.rows import event as event_of  # noqa: PLC0415

    events = [
        an_event("a.b:c-1", props={"x": 1, "y": "é\u2603", "z": True}),
        an_event(flags=["late"], path='/"quoted"\\'),
    ]
    await journal.keep(1, events, received(2))
    with snapshot(folder_of(tmp_path)) as view:
        assert [event_of(key, body) for _, _, key, body in view.rows(0)] == events


async def test_a_waiter_that_goes_away_does_not_stop_the_writer(journal: Journal, tmp_path: Path) -> None:
    """A client that hangs up cancels its wait; the others are still answered, and the books still balance."""
    waits = [asyncio.create_task(journal.keep(1, [an_event()], received(1))) for _ in range(200)]
    await asyncio.sleep(0)
    for wait in waits[::2]:
        wait.cancel()
    done = await asyncio.gather(*waits, return_exceptions=True)
    assert sum(answer == Kept(1, 0) for answer in done) == 100
    assert await journal.keep(1, [an_event()], received(1)) == Kept(1, 0)
    assert faults(folder_of(tmp_path)) == []


async def test_a_full_queue_refuses_and_stores_nothing_of_it(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    with folder.held():
        journal = await Journal.open(folder, Options(queue=10, round=5))
        waits = [asyncio.create_task(journal.keep(1, [an_event()], received(1))) for _ in range(50)]
        done = await asyncio.gather(*waits, return_exceptions=True)
        refused = [answer for answer in done if isinstance(answer, UnavailableError)]
        assert len(refused) == 40
        assert {answer.code for answer in refused} == {"queue_full"}
        await journal.close()
    with snapshot(folder) as view:
        assert view.last_seq() == 10


async def test_after_close_nothing_is_taken(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    with folder.held():
        journal = await Journal.open(folder)
        await journal.close()
        with pytest.raises(UnavailableError):
            await journal.keep(1, [an_event()], received(1))


async def test_what_waits_at_the_end_is_stored(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    with folder.held():
        journal = await Journal.open(folder)
        waits = [asyncio.create_task(journal.keep(1, [an_event()], received(1))) for _ in range(500)]
        await asyncio.sleep(0)
        await journal.close()
        assert all(answer == Kept(1, 0) for answer in await asyncio.gather(*waits))
    assert not (folder.path / "log.sqlite-wal").exists()
    assert faults(folder) == []


async def test_a_disk_that_refuses_is_told_and_survived(journal: Journal, tmp_path: Path) -> None:
    """Another program holds the write lock: the round fails whole, nobody is told otherwise, and the next one works."""
    await journal.keep(1, [an_event()], received(1))
    blocker = sqlite3.connect(folder_of(tmp_path).log, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    lost = an_event()
    with pytest.raises(UnavailableError) as error:
        await journal.keep(1, [lost], received(1))
    assert error.value.code == "storage"
    assert not journal.healthy
    blocker.execute("ROLLBACK")
    blocker.close()
    assert await journal.keep(1, [lost], received(1)) == Kept(1, 0)
    assert journal.healthy
    assert faults(folder_of(tmp_path)) == []


async def test_counts_survive_and_balance(journal: Journal, tmp_path: Path) -> None:
    journal.count({RECEIVED: 3, Count(1, "dropped", "gpc"): 3})
    await journal.keep(1, [an_event()], {RECEIVED: 2, Count(1, "dropped", "invalid"): 1})
    journal.count({Count(0, "received", ""): 1, Count(0, "refused", "malformed"): 1})
    await journal.flush()
    assert faults(folder_of(tmp_path)) == []
    with snapshot(folder_of(tmp_path)) as view:
        booked = {(line.site, line.outcome, line.reason): line.n for line in view.counters()}
    assert booked == {
        (0, "received", ""): 1, (0, "refused", "malformed"): 1, (1, "received", ""): 5,
        (1, "dropped", "gpc"): 3, (1, "dropped", "invalid"): 1, (1, "accepted", ""): 1,
    }  # fmt: skip


async def test_a_log_shorter_than_its_mark_is_refused(tmp_path: Path) -> None:
    """An old copy put back in place of the log: the mark beside it knows better."""
    folder = folder_of(tmp_path)
    with folder.held():
        journal = await Journal.open(folder)
        await journal.keep(1, [an_event()], received(1))
        await journal.close()
    old = folder.log.read_bytes()
    with folder.held():
        journal = await Journal.open(folder)
        await journal.keep(1, [an_event()], received(1))
        await journal.close()
        folder.log.write_bytes(old)
        with pytest.raises(LogDamagedError, match="ends at event 1, but it had reached 2"):
            await Journal.open(folder)


async def test_any_rounds_give_the_same_rows(tmp_path: Path) -> None:
    """Group commit is a matter of speed: whatever ends up in one transaction, the set of events is the same."""
    random.seed(7)
    events = [an_event(f"e{n}") for n in range(300)]
    kept: list[set[str]] = []
    for limit in (1, 7, 1_000):
        folder = Folder(tmp_path / str(limit))
        with folder.held():
            journal = await Journal.open(folder, Options(round=limit))
            shuffled = random.sample(events, len(events)) + random.sample(events, 100)
            await asyncio.gather(*(journal.keep(1, [event], received(1)) for event in shuffled))
            await journal.close()
        assert faults(folder) == []
        with snapshot(folder) as view:
            kept.append({str(key) for _, _, key, _ in view.rows(0)})
    assert kept[0] == kept[1] == kept[2] == {event.id for event in events}
