"""The questions of one page that share a view are answered as each would be by itself."""

from __future__ import annotations

import json
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from collector.control import opened
from collector.demo.traffic import rows
from collector.engines.duckdb import Options
from collector.engines.duckdb.engine import answer
from collector.engines.duckdb.rollups import Moment, Rollups
from collector.event import Event
from collector.journal import Folder
from collector.reports.answer import as_json
from collector.reports.spec import SpecError
from collector.settings import load
from tests.conftest import ORIGIN, command

ENDED = 1_735_000_000_000  # 2024-12-24T00:26:40Z
DAY = 86_400_000
RANGE = {"range": {"from": ENDED - 20 * DAY, "to": ENDED - DAY}}
ASKED: dict[str, list[dict[str, Any]]] = {
    "abandonment": [
        {"type": "cart"}, {"type": "cart", "group_by": "source"}, {"type": "cart", "method": "session"},
        {"type": "checkout"}, {"type": "checkout", "group_by": "device", "steps": [{"path": "/*/cart"}]},
        {"type": "form"}, {"type": "page", "limit": 5}, {"type": "page", "trend": {"interval": "7d"}},
    ],
    "attribution": [
        {"model": "first"}, {"model": "linear"}, {"model": "markov"}, {"model": "position", "direct": "exclude"},
        {"rows": "paths", "limit": 5}, {"collapse": True, "path_reset": True}, {"model": "time_decay"},
    ],
}  # fmt: skip
SOME = {"session_where": [["device", "eq", "desktop"]]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A shop's sealed traffic."""
    data = tmp_path_factory.mktemp("sharing") / "data"
    command(data, "site", "add", "shop", "--origin", ORIGIN)
    lines = "\n".join(map(json.dumps, rows(5, ENDED, days=40, visitors=120)))
    command(data, "import", "-", "--site", "shop", "--quiet", stdin=lines.encode())
    command(data, "rebuild")
    return Folder(data)


def told(folder: Folder, name: str, spec: dict[str, Any], moment: Moment | None = None) -> bytes:
    return as_json(answer(folder, Options(), "shop", name, spec, ENDED, moment))


def connection(rollups: Rollups) -> object:
    return rollups.sharing._kept and rollups.sharing._kept.lent.connection


@pytest.mark.parametrize(("name", "more"), [("abandonment", RANGE), ("attribution", RANGE | SOME)])
def test_a_shared_view_tells_each_question_what_its_own_would(folder: Folder, name: str, more: dict[str, Any]) -> None:
    rollups, since, views = Rollups(folder, Options()), time.monotonic(), set()
    for one in Random(1).sample(ASKED[name], len(ASKED[name])):
        assert told(folder, name, more | one, Moment(rollups, since)) == told(folder, name, more | one), one
        views.add(id(connection(rollups)))
    assert len(views) == 1
    rollups.clear()
    assert connection(rollups) is None


def test_a_view_is_shared_by_questions_of_one_moment_about_the_same_alone(folder: Folder) -> None:
    rollups, since = Rollups(folder, Options()), time.monotonic()
    cart = {"type": "cart"} | RANGE
    told(folder, "abandonment", cart, Moment(rollups, since))
    for name, spec, at in (
        ("abandonment", cart, None),  # a page that begins to ask now
        ("abandonment", cart | {"range": {"from": ENDED - 5 * DAY}}, since),
        ("abandonment", cart | {"identity": "graph"}, since),
        ("attribution", RANGE, since),
        ("attribution", RANGE | {"conversion": "add_to_cart"}, since),
    ):
        before = connection(rollups)
        assert told(folder, name, spec, Moment(rollups, at or time.monotonic())) == told(folder, name, spec)
        assert connection(rollups) not in (None, before), spec
    before = connection(rollups)
    told(folder, "abandonment", cart | {"now": ENDED - 9 * DAY}, Moment(rollups, since))
    assert connection(rollups) is None
    told(folder, "attribution", RANGE, Moment(rollups, since))
    with pytest.raises(SpecError):
        told(folder, "attribution", RANGE | {"currency": "XXX"}, Moment(rollups, since))
    assert connection(rollups) is None


async def test_where_visitors_are_known_for_a_day_each_question_has_its_own(data: Path) -> None:
    folder, settings = Folder(data), load(None, {})
    with folder.held():
        async with opened(folder, settings.log, settings.segments, settings.reports) as (journal, _, _):
            facts = [("a", "exempt"), ("b", "granted"), ("c", "exempt")]
            events = [
                Event(id=f"{visitor}{n}", t=ENDED - n * DAY, name=name, received=ENDED, visitor=visitor, state=state)
                for visitor, state in facts for n, name in enumerate(("page_view", "add_to_cart", "page_view"), 1)
            ]  # fmt: skip
            await journal.keep(1, events)
    rollups, since = Rollups(folder, Options()), time.monotonic()
    for kind in ("page", "cart", "page", "cart"):
        asked = RANGE | {"type": kind}
        assert told(folder, "abandonment", asked, Moment(rollups, since)) == told(folder, "abandonment", asked)
        assert connection(rollups) is None
