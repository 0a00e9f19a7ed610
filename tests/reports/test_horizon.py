"""Visitors who are known for a day: what reports say of them, and what they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from collector.event import Event, Site
from collector.reports.spec import SpecError
from tests.reports.hybrid import DAY, SHOP, T0, asked, hit

EXEMPT = Site(1, "shop", bytes(32), (SHOP,), profile="exempt")
OFF = Site(1, "shop", bytes(32), (SHOP,), profile="off")
ONE_DAY = {"range": {"from": T0, "to": T0 + DAY}}
TWO_DAYS = {"range": {"from": T0, "to": T0 + 2 * DAY}}
STEPS = {"steps": [{"path": "/"}, {"path": "/tea"}]}


def nameless() -> list[Event]:
    """Two visits of one person on two days, under two hashes."""
    return [
        hit(EXEMPT, 60, "page_view", "a", url=SHOP + "/", hash="monday"),
        hit(EXEMPT, 61, "page_view", "b", url=SHOP + "/tea", hash="monday"),
        hit(EXEMPT, 1500, "page_view", "c", url=SHOP + "/", hash="tuesday"),
    ]


def known() -> list[Event]:
    """Somebody with an id."""
    return [
        hit(OFF, 62, "page_view", "d", url=SHOP + "/", visitor="known-1"),
        hit(OFF, 1502, "page_view", "e", url=SHOP + "/tea", visitor="known-1"),
    ]


@pytest.mark.parametrize("report", ["overview", "sessions", "pages", "campaigns", "channels"])
async def test_visitors_of_a_day_are_counted_and_of_two_days_are_not(report: str, tmp_path: Path) -> None:
    day, two, ever = await asked(
        tmp_path / "log", nameless(), (report, ONE_DAY), (report, TWO_DAYS), (report, {}), profile="exempt"
    )
    assert visitors(day) != [None]
    assert not [note for note in day["notes"] if "consent" in note]
    for answer in (two, ever):
        assert visitors(answer) == [None]
        assert [note for note in answer["notes"] if note.startswith("3 events came without consent")]


def visitors(answer: dict[str, Any]) -> list[Any]:
    """What an answer says of visitors beyond a day: its totals, and its rows where they are not days."""
    found = [answer["totals"]] + (answer["rows"] if answer["report"] != "overview" else [])
    return sorted({one["visitors"] for one in found if "visitors" in one}, key=str)


async def test_the_days_of_a_longer_range_are_still_counted(tmp_path: Path) -> None:
    (answer,) = await asked(tmp_path / "log", nameless(), ("overview", {}), profile="exempt")
    assert [(row["day"], row["visitors"]) for row in answer["rows"]] == [("2026-03-02", 1), ("2026-03-03", 1)]
    assert (answer["totals"]["sessions"], answer["totals"]["page_views"]) == (2, 3)


@pytest.mark.parametrize(
    ("report", "spec"),
    [
        ("funnel", STEPS),
        ("funnel", STEPS | ONE_DAY),
        ("funnel", STEPS | TWO_DAYS | {"window": "1h"}),
        ("funnel", STEPS | ONE_DAY | {"window": None}),
        ("persons", {}),
        ("attribution", ONE_DAY),
        ("abandonment", ONE_DAY),
    ],
)
async def test_a_question_about_persons_that_cannot_be_known_is_refused(
    report: str, spec: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(SpecError, match="visitors are known for one day"):
        await asked(tmp_path / "log", nameless(), (report, spec), profile="exempt")


@pytest.mark.parametrize(
    ("report", "spec"),
    [
        ("funnel", STEPS | ONE_DAY | {"window": "1h"}),
        ("funnel", STEPS | {"scope": "session"}),
        ("persons", ONE_DAY),
        ("attribution", ONE_DAY | {"lookback": "1h"}),
        ("abandonment", {"type": "page"}),
        ("abandonment", {"type": "cart", "method": "session"}),
        ("journeys", {}),
        ("quality", {}),
    ],
)
async def test_a_question_within_a_day_or_a_visit_is_answered(
    report: str, spec: dict[str, Any], tmp_path: Path
) -> None:
    (answer,) = await asked(tmp_path / "log", nameless(), (report, spec), profile="exempt")
    assert not [note for note in answer["notes"] if "consent" in note]


async def test_beside_others_who_can_be_followed_they_are_left_out_and_told(tmp_path: Path) -> None:
    (funnel, persons) = await asked(
        tmp_path / "log", [*nameless(), *known()], ("funnel", STEPS), ("persons", {}), profile="hybrid"
    )
    assert [row["reached"] for row in funnel["rows"]] == [1, 1]
    assert funnel["data"]["events"] == 2
    assert persons["totals"]["persons"] == 1
    for answer in (funnel, persons):
        assert (
            "3 events came without consent and are left out: whose they are is known for one day only"
            in answer["notes"]
        )


async def test_the_day_is_the_sites_own(tmp_path: Path) -> None:
    """In Paris the range touches two days, in UTC one."""
    day, again = await asked(
        tmp_path / "log", nameless(), ("overview", ONE_DAY), ("overview", ONE_DAY | {"tz": "UTC"}),
        profile="exempt", timezone="Europe/Paris",
    )  # fmt: skip
    assert day["totals"]["visitors"] is None
    assert again["totals"]["visitors"] is None


async def test_the_last_minutes_are_counted_over_midnight(tmp_path: Path) -> None:
    midnight = T0 + DAY + 60_000
    short, long = await asked(
        tmp_path / "log", nameless(), ("realtime", {"now": midnight}), ("realtime", {"now": midnight, "minutes": 1440}),
        profile="exempt",
    )  # fmt: skip
    assert short["totals"]["visitors"] == 0
    assert long["totals"]["visitors"] is None


async def test_a_site_whose_visitors_have_ids_is_told_nothing_of_this(tmp_path: Path) -> None:
    (answer,) = await asked(tmp_path / "log", known(), ("overview", {}), profile="off")
    assert answer["totals"]["visitors"] == 1
    assert not [note for note in answer["notes"] if "consent" in note]
