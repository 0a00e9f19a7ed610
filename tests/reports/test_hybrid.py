"""A grant in the middle of a visit: one visit, its campaign, no second page view, whatever order things come in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from collector.event import Event, Site
from tests.reports.hybrid import GOOGLE, SHOP, T0, asked, hit

HYBRID = Site(1, "shop", bytes(32), (SHOP,), profile="hybrid")
TAGGED = SHOP + "/?utm_source=news&utm_medium=email&utm_campaign=may"


def view(minute: float, page: str, path: str, referrer: str | None = None, *, granted: bool) -> Event:
    who = {"visitor": "granted-1"} if granted else {"hash": "hash-1"}
    return hit(HYBRID, minute, "page_view", page, url=SHOP + path, referrer=referrer, **who)


def grant(minute: float, page: str, url: str, referrer: str | None = None) -> Event:
    return hit(HYBRID, minute, "consent_granted", page, url=url, referrer=referrer, visitor="granted-1")


def bought(minute: float, page: str) -> Event:
    return hit(HYBRID, minute, "purchase", page, url=SHOP + "/thanks", visitor="granted-1")


def full(minute: float, page: str, url: str, referrer: str | None = None) -> Event:
    return hit(HYBRID, minute, "page_view", page, url=url, referrer=referrer, visitor="granted-1")


# What was sent, and what would have been sent had the grant been there from the first page on.
STORIES: dict[str, Callable[[], tuple[list[Event], list[Event]]]] = {
    "on the landing": lambda: (
        [view(0, "a", "/", granted=False), grant(1, "a", TAGGED), view(2, "b", "/tea", SHOP + "/", granted=True),
         bought(3, "b")],
        [full(0, "a", TAGGED), full(2, "b", SHOP + "/tea", SHOP + "/"), bought(3, "b")],
    ),
    "and nothing more": lambda: (
        [view(0, "a", "/", granted=False), grant(0.1, "a", TAGGED)],
        [full(0, "a", TAGGED)],
    ),
    "from a search": lambda: (
        [view(0, "a", "/", GOOGLE, granted=False), grant(1, "a", SHOP + "/", GOOGLE + "search?q=tea"), bought(3, "a")],
        [full(0, "a", SHOP + "/", GOOGLE), bought(3, "a")],
    ),
    "on the second page, of a search": lambda: (
        [view(0, "a", "/", GOOGLE, granted=False), view(5, "b", "/tea", SHOP + "/", granted=False),
         grant(6, "b", SHOP + "/tea", SHOP + "/"), bought(7, "b")],
        [full(0, "a", SHOP + "/", GOOGLE), full(5, "b", SHOP + "/tea", SHOP + "/"), bought(7, "b")],
    ),
    "on the second page, which remembers the landing's address": lambda: (
        [view(0, "a", "/", granted=False), view(5, "b", "/tea", SHOP + "/", granted=False),
         grant(6, "b", TAGGED), bought(7, "b")],
        [full(0, "a", TAGGED), full(5, "b", SHOP + "/tea", SHOP + "/"), bought(7, "b")],
    ),
    "at the second landing of a visit": lambda: (
        [view(0, "a", "/", GOOGLE, granted=False), view(5, "b", "/", granted=False), grant(6, "b", TAGGED),
         bought(7, "b")],
        [full(0, "a", SHOP + "/", GOOGLE), full(5, "b", TAGGED), bought(7, "b")],
    ),
    "after an hour on the same page": lambda: (
        [view(0, "a", "/", granted=False), grant(60, "a", TAGGED), bought(61, "a")],
        [full(0, "a", TAGGED), bought(61, "a")],
    ),
    "an event of the page comes after the grant": lambda: (
        [view(0, "a", "/", granted=False), grant(1, "a", TAGGED),
         hit(HYBRID, 1.1, "depth", "a", url=SHOP + "/", hash="hash-1"), bought(3, "a")],
        [full(0, "a", TAGGED), hit(HYBRID, 1.1, "depth", "a", url=SHOP + "/", visitor="granted-1"), bought(3, "a")],
    ),
    "given twice": lambda: (
        [view(0, "a", "/", granted=False), grant(1, "a", TAGGED), grant(1.5, "a", TAGGED), bought(3, "a")],
        [full(0, "a", TAGGED), bought(3, "a")],
    ),
}  # fmt: skip
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("overview", {}),
    ("sessions", {}),
    ("pages", {}),
    ("campaigns", {}),
    ("channels", {}),
    ("journeys", {}),
    ("persons", {}),
    ("attribution", {}),
    ("funnel", {"steps": [{"path": "/"}, {"name": "purchase"}], "breakdown": {"field": "utm.source"}}),
    ("funnel", {"steps": [{"path": "/"}, {"name": "purchase"}], "scope": "session"}),
]


def said(answers: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    return [(one["rows"], one["totals"]) for one in answers]


def numbered(events: list[Event], number: int) -> list[Event]:
    """A story's events among those of others: its own visitors and pages. A page view's id is its page's: sessions are
    named after their first event."""
    return [
        replace(
            event, visitor=f"{event.visitor}-{number}", page=f"{event.page}-{number}",
            id=f"{event.page if event.name == 'page_view' else event.id}-{number}",
        )
        for event in events
    ]  # fmt: skip


@pytest.mark.parametrize("sealed", [False, True])
async def test_reports_say_what_they_would_have_said_of_a_grant_from_the_start(sealed: bool, tmp_path: Path) -> None:
    sent: list[Event] = []
    whole: list[Event] = []
    for number, story in enumerate(STORIES.values()):
        for log, events in zip((sent, whole), story(), strict=True):
            log.extend(numbered(events, number))
    expected = await asked(tmp_path / "whole", whole, *QUESTIONS, profile="hybrid")
    found = await asked(tmp_path / "sent", sent, *QUESTIONS, shuffled=1, sealed=sealed, profile="hybrid")
    assert said(found) == said(expected)
    assert expected[0]["totals"]["visitors"] == len(STORIES)


async def test_the_visit_of_a_neighbour_behind_the_same_address_goes_on_alone(tmp_path: Path) -> None:
    """Two people share a hash: what one of them does after the other's grant stays nobody's."""
    other = hit(HYBRID, 4, "page_view", "z", url=SHOP + "/coffee", hash="hash-1")
    earlier = hit(HYBRID, -600, "page_view", "y", url=SHOP + "/old", hash="hash-1")
    events = [earlier, view(0, "a", "/", granted=False), grant(1, "a", TAGGED), other, bought(5, "a")]
    (answer,) = await asked(tmp_path / "log", events, ("sessions", {}), profile="hybrid")
    visits = [(row["visitor"], row["entry"], row["utm"], row["pageviews"]) for row in answer["rows"]]
    assert visits == [
        ("hash-1", "/old", None, 1), ("granted-1", "/", "news", 1), ("hash-1", "/coffee", None, 1)
    ]  # fmt: skip


def assumed(answer: dict[str, Any]) -> list[str]:
    return [note.split()[0] for note in answer["notes"] if "from before a grant" in note]


async def test_what_only_the_hash_joins_to_a_grant_is_counted_in_a_note(tmp_path: Path) -> None:
    """The grant's page is proved by its id; the page before it may be a neighbour's."""
    proved = [view(0, "a", "/", granted=False), grant(1, "a", TAGGED), bought(2, "a")]
    earlier = [view(-2, "y", "/coffee", granted=False), view(-1, "z", "/cake", granted=False)]
    (alone,) = await asked(tmp_path / "alone", proved, ("sessions", {}), profile="hybrid")
    assert assumed(alone) == []
    (beside,) = await asked(tmp_path / "beside", earlier + proved, ("sessions", {}), profile="hybrid")
    assert [(row["visitor"], row["pageviews"]) for row in beside["rows"]] == [("granted-1", 2), ("granted-1", 1)]
    assert assumed(beside) == ["2"]


async def test_two_visitors_who_share_a_hash_have_their_own_pages_and_none_of_the_others(tmp_path: Path) -> None:
    second = hit(HYBRID, 6, "consent_granted", "b", url=SHOP + "/tea", visitor="granted-2")
    events = [
        view(0, "a", "/", granted=False), view(1, "y", "/coffee", granted=False), grant(2, "a", TAGGED),
        view(5, "b", "/tea", granted=False), second,
    ]  # fmt: skip
    (answer,) = await asked(tmp_path / "log", events, ("sessions", {}), shuffled=3, profile="hybrid")
    visits = {row["visitor"]: (row["entry"], row["pageviews"]) for row in answer["rows"]}
    assert visits == {"granted-1": ("/", 1), "hash-1": ("/coffee", 1), "granted-2": ("/tea", 1)}
    assert assumed(answer) == []


async def test_joined_events_were_still_measured_without_consent(tmp_path: Path) -> None:
    events = [view(0, "a", "/", granted=False), grant(1, "a", TAGGED), bought(2, "a")]
    (answer,) = await asked(tmp_path / "log", events, ("overview", {}), profile="hybrid")
    assert (answer["data"]["events"], answer["data"]["consented"]) == (2, 1)


async def test_a_grant_that_came_after_the_moment_of_asking_joins_nothing(tmp_path: Path) -> None:
    events = [view(0, "a", "/", granted=False), grant(10, "a", TAGGED)]
    now = T0 + 5 * 60_000
    (answer,) = await asked(tmp_path / "log", events, ("sessions", {"now": now}), profile="hybrid")
    assert [(row["visitor"], row["utm"]) for row in answer["rows"]] == [("hash-1", None)]
