"""Receipts: one for each changed answer, in the transaction of the events they cover, and a chain that tells."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest

from collector.event import Event
from collector.intake.platform import consent_string, privacy_string
from collector.journal import Folder, Journal, LogDamagedError, snapshot
from collector.journal.chain import START, Mark, read_mark
from collector.journal.check import selfcheck
from collector.journal.proving import chain, covered, covering, located
from collector.journal.receipts import Claim, Said, entries, held, record, told, withdrawals

NOW = 1_795_000_000_000
VISITOR = "abcdefghijklm-nopqrstuvwxya"


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    folder = Folder(tmp_path / "data")
    with folder.held():
        opened = await Journal.open(folder)
        yield opened
        await opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "data")


def event(number: int, visitor: str | None = VISITOR, **changes: object) -> Event:
    """A page view under a grant."""
    facts = {
        "id": f"event-{number}", "t": NOW + number, "name": "page_view", "received": NOW + number, "visitor": visitor,
        "state": "granted", "consent_source": "api", "policy": "v1", "consented_at": NOW,
    }  # fmt: skip
    return Event(**facts | changes)  # type: ignore[arg-type]


def receipts(folder: Folder) -> list[tuple[str, str, str, int]]:
    """Subject, state, policy and place of each."""
    with snapshot(folder) as view:
        return [(entry.subject, entry.said.state, entry.said.policy, entry.after) for entry in view.receipts()]


def faults(folder: Folder) -> list[str]:
    """What is wrong with the chain and with the cover."""
    with snapshot(folder) as view:
        _, broken = chain(view, read_mark(folder.proven))
        return [*filter(None, [broken]), *covered(view).faults]


async def test_an_answer_is_written_once_until_it_changes(journal: Journal, folder: Folder) -> None:
    for number, policy in enumerate(["v1", "v1", "v2", "v2", "v1"]):
        await journal.keep(1, [event(number, policy=policy)])
    assert [(policy, after) for _, _, policy, after in receipts(folder)] == [("v1", 0), ("v2", 2), ("v1", 4)]
    assert faults(folder) == []


async def test_a_restart_writes_no_answer_again(tmp_path: Path, folder: Folder) -> None:
    for number in range(3):
        with folder.held():
            journal = await Journal.open(folder)
            await journal.keep(1, [event(number)])
            await journal.close()
    assert len(receipts(folder)) == 1


async def test_each_visitor_site_and_page_without_a_visitor_has_its_own(journal: Journal, folder: Folder) -> None:
    batch = [event(1), event(2, "other"), event(3, None, page="page-1"), event(4, None, page="page-1"), event(5, None)]
    await journal.keep(1, batch)
    await journal.keep(2, [event(1)])
    assert [subject for subject, *_ in receipts(folder)] == [VISITOR, "other", "page-1", "event-5", VISITOR]
    assert faults(folder) == []


async def test_answers_that_change_within_one_hand_over_stand_where_they_changed(
    journal: Journal, folder: Folder
) -> None:
    """An import brings thousands of rows at once; some are there already."""
    batch = [event(number, policy=f"v{number // 3}") for number in range(9)]
    await journal.keep(1, batch[1:5:2])
    await journal.keep(1, batch)
    assert faults(folder) == []
    await journal.keep(1, batch)
    assert [policy for _, _, policy, _ in receipts(folder)] == ["v0", "v1", "v0", "v1", "v2"]


async def test_events_without_a_grant_leave_no_receipt(journal: Journal, folder: Folder) -> None:
    nothing = {"consent_source": None, "policy": None, "consented_at": None}
    await journal.keep(1, [event(1, state="exempt", **nothing), event(2, state=None, **nothing)])
    assert receipts(folder) == []
    assert faults(folder) == []


async def test_a_withdrawal_is_a_receipt_and_what_follows_needs_a_new_grant(journal: Journal, folder: Folder) -> None:
    await journal.keep(1, [event(1)])
    await journal.withdraw(1, VISITOR, NOW + 5)
    assert journal.withdrawn(1, VISITOR) == NOW + 5
    assert journal.withdrawn(2, VISITOR) is None
    await journal.keep(1, [event(9)])
    assert [(state, policy, after) for _, state, policy, after in receipts(folder)] == [
        ("granted", "v1", 0), ("withdrawn", "v1", 1), ("granted", "v1", 1)
    ]  # fmt: skip
    assert faults(folder) == []


async def test_what_comes_while_a_withdrawal_waits_for_the_disk_is_under_no_grant_from_before(
    journal: Journal, folder: Folder
) -> None:
    await journal.keep(1, [event(1)])
    leaving = asyncio.ensure_future(journal.withdraw(1, VISITOR, NOW + 5))
    await asyncio.sleep(0)
    assert not leaving.done()
    assert journal.withdrawn(1, VISITOR) == NOW + 5
    await asyncio.gather(leaving, journal.keep(1, [event(9, consented_at=NOW + 7)]))  # granted anew in the same words
    assert [state for _, state, _, _ in receipts(folder)] == ["granted", "withdrawn", "granted"]
    assert faults(folder) == []


async def test_who_never_granted_has_nothing_to_withdraw(journal: Journal, folder: Folder) -> None:
    await journal.withdraw(1, VISITOR, NOW)
    assert receipts(folder) == []


async def test_a_withdrawal_is_known_after_a_restart(folder: Folder) -> None:
    with folder.held():
        journal = await Journal.open(folder)
        await journal.keep(1, [event(1)])
        await journal.withdraw(1, VISITOR, NOW + 5)
        await journal.close()
        again = await Journal.open(folder)
        assert again.withdrawn(1, VISITOR) == NOW + 5
        await again.close()


def test_claims_together_leave_what_they_leave_one_after_the_other() -> None:
    rng = random.Random(20_261_122)
    who = [VISITOR, *(f"{n:08x}-0000-4000-8000-000000000000" for n in range(60)), *(f"page {n}" for n in range(40))]
    claims = []
    for place in range(400):
        said = Said("withdrawn", "forget") if rng.random() < 0.2 else Said("granted", "api", rng.choice("ab"))
        claims.append((Claim(rng.randrange(1, 3), rng.choice(who), said, NOW, NOW + place), place))
    alone, apart, together = logbook(), Mark(0, START), Mark(0, START)
    for claim in claims:
        apart = record(alone, apart, [claim])
    several = logbook()
    for start, stop in ((0, 1), (1, 70), (70, 200), (200, 400)):
        together = record(several, together, claims[start:stop])
    assert apart.seq == together.seq > 130
    assert list(entries(alone)) == list(entries(several))
    assert withdrawals(alone, 999) == withdrawals(several, 999) != {}


def logbook() -> sqlite3.Connection:
    """A consent log with nothing in it."""
    made = sqlite3.connect(":memory:")
    made.executescript(resources.files("collector.journal").joinpath("receipts.sql").read_text("utf-8"))
    return made


async def test_the_receipt_in_force_is_told_of_any_event(journal: Journal, folder: Folder) -> None:
    for number, policy in enumerate(["v1", "v2", "v2"], 1):
        await journal.keep(1, [event(number, policy=policy)], more='{"purposes":["measure"]}')
    with snapshot(folder) as view:
        found = []
        for number in (1, 2, 3):
            place = located(view, 1, f"event-{number}")
            assert place is not None
            entry = covering(view, 1, *place)
            assert entry is not None
            found.append((entry.number, entry.said.policy, entry.at, entry.said.more))
    assert found == [(1, "v1", NOW, '{"purposes":["measure"]}'), *[(2, "v2", NOW, '{"purposes":["measure"]}')] * 2]


async def test_many_at_once_in_any_order_are_covered(journal: Journal, folder: Folder) -> None:
    """Grants, changes and withdrawals of few visitors through the same rounds."""
    import asyncio  # noqa: PLC0415

    chance = random.Random(7)
    work = []
    for number in range(400):
        who = f"visitor-{chance.randrange(20)}"
        if chance.random() < 0.1:
            work.append(journal.withdraw(1, who, NOW + number))
        else:
            work.append(journal.keep(1, [event(number, who, policy=f"v{chance.randrange(3)}")]))
    await asyncio.gather(*work)
    assert faults(folder) == []
    with snapshot(folder) as view:
        assert covered(view).events == view.last_seq()


TAMPERED = {
    "an answer": ("UPDATE answer SET policy = 'v9' WHERE number = 1", "are not as they were written"),
    "a visitor": ("UPDATE receipt SET subject = 'somebody' WHERE number = 2", "are not as they were written"),
    "a time": ("UPDATE receipt SET received = received + 1 WHERE number = 1", "are not as they were written"),
    "a place": ("UPDATE receipt SET after = 9 WHERE number = 3", "are not as they were written"),
    "a receipt gone": ("DELETE FROM receipt WHERE number = 2", "receipt 2 is not there"),
    "the last one gone": ("DELETE FROM receipt WHERE number = 3", "the receipts up to 3 are not all there"),
    "the last round gone": (
        "DELETE FROM receipt WHERE number = 3; DELETE FROM receipt_batch WHERE last = 3",
        "once reached receipt 3, now it ends at 2",
    ),
    "one slipped in": (
        "INSERT INTO receipt SELECT 'x', site, 4, answer, ago, received, after FROM receipt WHERE number = 3",
        "the last 1 receipts belong to no round",
    ),
    "a checksum": (
        "UPDATE receipt_batch SET sum = zeroblob(32) WHERE last = 2",
        "up to 2 are not as they were written",
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_whatever_is_changed_in_the_consent_log_is_seen(what: str, folder: Folder) -> None:
    with folder.held():
        journal = await Journal.open(folder)
        for number in range(1, 4):
            await journal.keep(1, [event(number, f"visitor-{number}")])
        await journal.close()
    statement, said = TAMPERED[what]
    with closing(sqlite3.connect(folder.log)) as log:
        log.executescript(statement)
    with snapshot(folder) as view:
        assert said in chain(view, read_mark(folder.proven))[1]
    assert [finding.check for finding in selfcheck(folder) if finding.fault and finding.check == "consent log"]


async def test_an_event_that_no_receipt_covers_is_named(journal: Journal, folder: Folder) -> None:
    await journal.keep(1, [event(1)])
    await journal.execute(("UPDATE receipt SET after = 1", ()))
    assert any("event 1 (event-1): no receipt covers it" in fault for fault in faults(folder))


async def test_a_consent_log_that_ends_before_its_mark_is_refused(folder: Folder) -> None:
    with folder.held():
        journal = await Journal.open(folder)
        await journal.keep(1, [event(1)])
        await journal.close()
        with closing(sqlite3.connect(folder.log)) as log:
            log.executescript("DELETE FROM receipt; DELETE FROM receipt_batch;")
        with pytest.raises(LogDamagedError, match="the consent log ends at receipt 0, but it had reached 1"):
            await Journal.open(folder)
        folder.proven.unlink()
        await (await Journal.open(folder)).close()


async def test_a_log_of_an_earlier_version_has_no_receipts_and_gets_them(folder: Folder) -> None:
    with folder.held():
        await (await Journal.open(folder)).close()
        with closing(sqlite3.connect(folder.log)) as log:
            tables = ("receipt", "receipt_batch", "answer", "withdrawal")
            log.executescript("".join(f"DROP TABLE {name};" for name in tables) + "PRAGMA user_version = 4;")
        folder.proven.unlink()
        assert faults(folder) == []
        journal = await Journal.open(folder)
        await journal.keep(1, [event(1)])
        await journal.close()
    assert len(receipts(folder)) == 1


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (VISITOR, 16),
        ("abcdefghijklm-nopqrstuvwxyz", None),  # its last bits are no byte's
        ("018f3e3a-7b1c-7def-8123-456789abcdef", 17),
        ("v-12345678", None),
        ("é" * 16, None),
        ("", None),
    ],
)
def test_a_subject_comes_back_as_it_was(text: str, size: int | None) -> None:
    stored = held(text)
    assert told(stored) == text
    assert (len(stored) if isinstance(stored, bytes) else None) == size


def tc_string(version: int = 2, created: int = 17_900_000_000, updated: int = 17_900_000_000, letter: int = 4) -> str:
    """The first 24 characters of a string by the IAB's widths, and some more."""
    fields = [(version, 6), (created, 36), (updated, 36), (10, 12), (1, 12), (1, 6), (letter, 6), (13, 6), (300, 12),
              (4, 6), (0, 6)]  # fmt: skip
    bits = "".join(f"{value:0{width}b}" for value, width in fields)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return "".join(letters[int(bits[at : at + 6], 2)] for at in range(0, 144, 6)) + "AAAAAAAAAAAA.YAAAAAAAAAAA"


def test_a_platforms_string_is_told_from_any_other_text() -> None:
    assert consent_string(tc_string())
    for text in (
        tc_string(version=1), tc_string(created=0), tc_string(updated=17_800_000_000), tc_string(letter=26),
        "C" * 60, "3f2504e04f8941d39a0c0305e82c33010", "", "CAAA", "CP.~" + tc_string()[4:],
    ):  # fmt: skip
        assert not consent_string(text), text
    assert privacy_string("DBABMA~CPXxRfAPXxRfAAfKABENB")
    assert not privacy_string("secret~secret")
