"""A part of the sessions: what is asked about it adds up to the whole, however the sessions are cut."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collector.engines.duckdb import Options
from collector.engines.duckdb.engine import answer
from collector.journal import Folder
from collector.reports.spec import SpecError
from tests.conftest import command

BEGIN = 1_772_409_600_000
HOUR = 3_600_000
NOW = BEGIN + 400 * HOUR
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"
DESK = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """60 visits of two or three events: half by a campaign, a third on a phone, a fifth with a purchase."""
    data = tmp_path_factory.mktemp("segment") / "data"
    command(data, "site", "add", "shop", "--origin", "https://shop.example")
    rows = []
    for n in range(60):
        at, tag = BEGIN + n * HOUR, "?utm_source=News&utm_medium=email" if n % 2 else ""
        same = {"visitor": f"v-{n % 25}", "ua": DESK if n % 3 else PHONE, "consent": {"state": "granted"}}
        rows.append({"t": at, "name": "page_view", "url": f"https://shop.example/{tag}", **same})
        rows.append({"t": at + 60_000, "name": "page_view", "url": f"https://shop.example/p/{n % 4}", **same})
        if n % 5 == 0:
            paid = {"amount": "10.00", "currency": "EUR"}
            rows.append({"t": at + 120_000, "name": "purchase", "path": "/thanks", "revenue": paid, **same})
    command(data, "import", "-", "--site", "shop", "--quiet", stdin="\n".join(map(json.dumps, rows)).encode())
    return Folder(data)


def ask(folder: Folder, name: str, **spec: Any) -> Any:
    return answer(folder, Options(), "shop", name, spec, NOW)


@pytest.mark.parametrize("cut", [{}, {"session": {"timeout": 900_000}}], ids=["from visits", "from events"])
def test_parts_add_up_to_the_whole(folder: Folder, cut: dict[str, Any]) -> None:
    whole = ask(folder, "overview", **cut).totals
    parts = [ask(folder, "overview", session_where=[["device", "eq", kind]], **cut) for kind in ("mobile", "desktop")]
    for name in ("sessions", "events", "page_views", "purchases", "bounces"):
        assert sum(part.totals[name] for part in parts) == whole[name]
    assert [part.totals["sessions"] for part in parts] == [20, 40]
    assert [part.data.events for part in parts] == [part.totals["events"] for part in parts]


def test_a_part_is_that_of_every_report_on_sessions(folder: Folder) -> None:
    news = {"session_where": [["source", "eq", "news"]]}
    assert ask(folder, "overview", **news).totals["sessions"] == 30
    assert ask(folder, "campaigns", **news).totals["sessions"] == 30
    assert ask(folder, "pages", **news).totals["views"] == 60
    assert len(ask(folder, "sessions", **news).rows) == 30
    assert ask(folder, "journeys", **news).totals["sessions"] == 30
    assert ask(folder, "overview", session_where=[["source", "eq", "nobody"]]).totals["sessions"] == 0


def test_sessions_are_told_by_any_of_their_labels(folder: Folder) -> None:
    devices = ask(folder, "campaigns", by=["device"])
    assert [(row["device"], row["sessions"]) for row in devices.rows] == [("desktop", 40), ("mobile", 20)]
    raw = ask(folder, "campaigns", by=["utm.source", "source"])
    assert [(row["utm.source"], row["source"]) for row in raw.rows] == [("news", "news"), (None, "(direct)")]


def test_a_label_that_sessions_do_not_have_is_refused(folder: Folder) -> None:
    with pytest.raises(SpecError, match="a session has no 'campain'"):
        ask(folder, "overview", session_where=[["campain", "eq", "x"]])
    with pytest.raises(SpecError, match="by"):
        ask(folder, "campaigns", by=["colour"])
