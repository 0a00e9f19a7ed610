"""The report `consent`: what can be counted of grants and withdrawals, and what it says of the rest."""

from __future__ import annotations

from pathlib import Path

import msgspec

from collector.control import opened
from collector.engines.duckdb.connecting import Options
from collector.engines.duckdb.engine import answer
from collector.event import Event, Site
from collector.follower import Options as SegmentOptions
from collector.journal import Count, Folder, SiteOptions
from collector.journal.log import Options as LogOptions
from tests.reports.hybrid import DAY, NOW, SHOP, T0, asked, hit

HYBRID = Site(1, "shop", bytes(32), (SHOP,), profile="hybrid")


def visits() -> list[Event]:
    """Monday: one visit without a grant, one with. Tuesday: the same visitor under another version."""
    second = hit(HYBRID, 1500, "page_view", "d", url=SHOP + "/", visitor="granted-1")
    return [
        hit(HYBRID, 60, "page_view", "a", url=SHOP + "/", hash="hash-1"),
        hit(HYBRID, 70, "page_view", "b", url=SHOP + "/", visitor="granted-1"),
        hit(HYBRID, 71, "page_view", "c", url=SHOP + "/tea", visitor="granted-1"),
        msgspec.structs.replace(second, policy="v2"),
    ]


async def test_grants_and_events_are_counted_by_day_source_and_policy(tmp_path: Path) -> None:
    (found,) = await asked(tmp_path / "log", visits(), ("consent", {}), profile="hybrid")
    rows = [tuple(row[column] for column in found["columns"]) for row in found["rows"]]
    assert rows == [
        ("2026-03-02", "exempt", None, None, 0, 1, 1 / 3),
        ("2026-03-02", "granted", "api", None, 1, 2, 2 / 3),
        ("2026-03-03", "granted", "api", "v2", 1, 1, 1.0),
    ]
    totals = found["totals"]
    assert (totals["granted"], totals["withdrawn"], totals["withdrawal_rate"]) == (2, 0, 0.0)
    assert (totals["events"], totals["consented"], totals["consented_share"]) == (4, 3, 0.75)
    assert totals["without_consent"] == {"exempt": 1}
    assert totals["session_rate"] == 2 / 3
    assert [(day["day"], day["sessions"], day["granted"], day["rate"]) for day in totals["days"]] == [
        ("2026-03-02", 2, 1, 0.5), ("2026-03-03", 1, 1, 1.0)
    ]  # fmt: skip
    assert found["notes"] == [f"only {n}: too few to compare rates" for n in ("3 sessions", "2 grants")]


async def test_where_nobody_is_measured_without_a_grant_the_rate_cannot_be_known(tmp_path: Path) -> None:
    (found,) = await asked(tmp_path / "log", visits()[1:], ("consent", {}))
    assert (found["totals"]["session_rate"], found["totals"]["sessions"], found["totals"]["days"]) == (None, None, [])
    assert found["notes"] == [
        "only 2 grants: too few to compare rates",
        "who refuses or does not answer leaves no trace here: the share of visitors who grant cannot be known",
    ]


async def test_withdrawals_and_what_was_dropped_are_told(tmp_path: Path) -> None:
    folder, engine = Folder(tmp_path / "data"), Options(memory_mb=256)
    with folder.held():
        async with opened(folder, LogOptions(), SegmentOptions(), engine) as (journal, _, office):
            await office.add_site("shop", SiteOptions((SHOP,)))
            dropped = {Count(1, "received", ""): 6, Count(1, "dropped", "denied"): 2, Count(1, "dropped", "invalid"): 1}
            await journal.keep(1, visits()[1:], dropped)
            await journal.withdraw(1, "granted-1", T0 + 2 * DAY)
            found = answer(folder, engine, "shop", "consent", {}, NOW)
    assert found.rows[-1] == {
        "day": "2026-03-04", "state": "withdrawn", "source": "forget", "policy": "v2", "receipts": 1, "events": 0,
        "share": None,
    }  # fmt: skip
    assert (found.totals["withdrawal_rate"], found.totals["dropped"]) == (1 / 2, {"denied": 2})
    assert found.notes[0] == "dropped are events by UTC day, not visitors"
