"""Reports are functions of the set of events: any order, any split, any repetition, sealed anywhere or not at all."""

from __future__ import annotations

import asyncio
import os
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from collector.engines.duckdb.connecting import Options as EngineOptions
from collector.engines.duckdb.engine import answer
from collector.event import Drop, Event, Hit, Receipt, Sender, Site
from collector.follower import Follower, Options
from collector.intake import admit, validate
from collector.journal import Folder, Journal, SiteOptions, snapshot
from collector.journal.check import selfcheck
from collector.reports.spec import LATER, QUESTIONS
from tests.conftest import DEEP

# From here to seven hours later Paris passes midnight and loses the hour after two.
BASE = 1_774_735_200_000  # 2026-03-28T22:00:00Z
RECEIVED = BASE + 8 * 3_600_000
NOW = RECEIVED + 60_000
SITE = Site(1, "shop", bytes(range(32)), ("https://shop.example",), timezone="Europe/Paris")
SLOT = 600_000  # ms; three of them are the session's timeout
CAMPAIGNS = ["", "", "?utm_source=news&utm_medium=email&utm_campaign=may", "?utm_source=x", "?gclid=a1"]
AGENTS = {
    "visitor-a": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36",
    "visitor-b": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile Safari/604.1",
    "visitor-c": "curl/8.5.0",
}
STEPS = [{"name": "page_view", "path": "/"}, {"name": "page_view", "path": "/cart"}, {"name": "purchase"}]
FUNNELS: list[dict[str, Any]] = [
    {"steps": STEPS},
    {"steps": STEPS[:2], "window": "1h", "breakdown": {"field": "utm.source"}},
]
# The books of `quality` count repetitions, and shall.
NOT_TABLES = {"funnel", "quality", *LATER}
TABLES = sorted(QUESTIONS.keys() - NOT_TABLES)
ASKED: list[tuple[str, dict[str, Any]]] = [
    *((name, {"bots": "include"} if name != "realtime" else {"minutes": 1_440}) for name in TABLES),
    *(("funnel", spec) for spec in FUNNELS),
]
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # it is about answers, not about a disk
# An example costs a second, and a shrink hundreds of them: a failing story is told as it is.
TRIES = settings(max_examples=200 if DEEP else 8, phases=[Phase.explicit, Phase.generate])


class Way(NamedTuple):
    """How events come: their numbers in order of arrival, sizes of batches, and where the log is sealed."""

    order: tuple[int, ...]
    sizes: tuple[int, ...]
    border: int | None  # after every so many events; None: not sealed
    at_once: bool  # sealed after each batch, so that borders also fall where batches end


@st.composite
def an_event(draw: st.DrawFn) -> Event:
    """One of few visitors, around the limits of sessions, with what reports tell apart."""
    visitor = draw(st.sampled_from(sorted(AGENTS)))
    kind = draw(st.sampled_from(["page_view", "page_view", "page_view", "purchase", "signup"]))
    sent: dict[str, Any] = {
        "id": str(uuid.UUID(int=draw(st.integers(0, 2**128 - 1)), version=4)),
        "name": kind,
        "t": BASE + draw(st.integers(0, 42)) * SLOT + draw(st.sampled_from([-1, 0, 0, 1])),
        "url": "https://shop.example"
        + draw(st.sampled_from(["/", "/", "/cart", "/tea"]))
        + draw(st.sampled_from(CAMPAIGNS)),
        "referrer": draw(st.sampled_from(["", "https://www.google.com/", "https://other.example/a/b/c"])),
        "user": draw(st.sampled_from(["", "", "anna", "omar"])),
        "seq": draw(st.integers(0, 2)),
    }
    if kind == "purchase":
        amount = draw(st.sampled_from(["0.10", "0.20", "12.50", "1999.99"]))
        sent["revenue"] = {"amount": amount, "currency": draw(st.sampled_from(["EUR", "USD"]))}
    sent = {name: value for name, value in sent.items() if value != ""}
    read = validate.sent(msgspec.json.encode(sent))
    assert not isinstance(read, Drop)
    receipt = Receipt("granted", "api", BASE)
    admitted = admit(Hit(Sender(RECEIVED, receipt=receipt, visitor=visitor, agent=AGENTS[visitor]), read), SITE)
    assert not isinstance(admitted, Drop)
    return admitted


@st.composite
def a_way(draw: st.DrawFn, events: int) -> Way:
    """Every event at least once, some again."""
    again = draw(st.lists(st.integers(0, events - 1), max_size=events))
    order = draw(st.permutations([*range(events), *again]))
    sizes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    return Way(tuple(order), tuple(sizes), draw(st.sampled_from([None, 1, 2, 3, 5])), draw(st.booleans()))


@st.composite
def a_story(draw: st.DrawFn) -> tuple[list[Event], Way]:
    """Events and a way."""
    events = draw(st.lists(an_event(), min_size=4, max_size=20, unique_by=lambda event: event.id))
    return events, draw(a_way(len(events)))


def batches(events: list[Event], way: Way) -> Iterator[list[Event]]:
    """The events as they come."""
    rest = [events[number] for number in way.order]
    for size in cycle(way.sizes):
        if not rest:
            return
        yield rest[:size]
        rest = rest[size:]


async def kept(folder: Folder, events: list[Event], way: Way) -> None:
    """Lay a log down that way."""
    with folder.held():
        journal = await Journal.open(folder)
        follower = Follower(folder, journal, Options(rows=way.border or 1, at_once=1), EngineOptions())
        options = msgspec.json.encode(SiteOptions(SITE.origins, timezone=SITE.timezone)).decode()
        await journal.execute(
            ("INSERT INTO site (name, key, options) VALUES (?, ?, ?)", (SITE.name, SITE.key, options))
        )
        for batch in batches(events, way):
            await journal.keep(SITE.number, batch)
            if way.border and way.at_once:
                await follower.seal()
        if way.border:
            await follower.seal()
        await journal.close()


def told(events: list[Event], way: Way) -> tuple[Counter[tuple[Any, ...]], dict[str, Any], list[str]]:
    """The log as a set, every report's rows and totals, and the faults of segments."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        folder = Folder(Path(place) / "data")
        asyncio.run(kept(folder, events, way))
        with snapshot(folder) as view:
            log = Counter(row[1:] for row in view.rows(0))
        answers = {}
        for name, spec in ASKED:
            said = answer(folder, EngineOptions(), SITE.name, name, spec, NOW)
            answers[f"{name} {spec}"] = (said.rows, said.totals, said.data.events, said.data.consented)
        return log, answers, [finding.fault for finding in selfcheck(folder) if finding.check != "counters"]


@pytest.mark.slow
@pytest.mark.timeout(3_600 if DEEP else 600)
@TRIES
@given(a_story())
def test_the_same_events_give_the_same_log_and_the_same_reports(story: tuple[list[Event], Way]) -> None:
    events, way = story
    plain = Way(tuple(range(len(events))), (len(events),), None, False)
    log, answers, _ = told(events, plain)
    assert len(log) == len(events)
    other_log, other_answers, faults = told(events, way)
    assert other_log == log
    for question, said in answers.items():
        assert other_answers[question] == said, question
    assert not any(faults), faults
