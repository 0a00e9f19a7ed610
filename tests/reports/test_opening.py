"""A question makes only the views that it reads; and whether events are sealed changes no answer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from collector.engines.duckdb import Options
from collector.engines.duckdb.engine import answer
from collector.engines.duckdb.opening import view
from collector.journal import Folder, snapshot
from collector.reports.answer import as_json
from collector.reports.questions import Overview
from tests.documents import run, week

_NOW = 1_773_964_800_000  # a while after the week
_SOME = {"range": {"from": "2026-03-03", "to": "2026-03-07", "end": "all"}}
_LINKED = {"session_where": [["link.source", "eq", "google"]]}
_ASKED: list[tuple[str, dict[str, Any]]] = [
    ("overview", {}),
    ("overview", _LINKED),
    ("overview", {"session": {"own_hosts": ["news.example"]}}),
    ("sessions", _SOME),
    ("sessions", {"session": {"internal_utm": "split"}}),
    ("pages", {"bots": "include"}),
    ("campaigns", {"session": {"timeout": "10m"}} | _LINKED),
    ("quality", {}),
    ("events", {"bots": "exclude"}),
    ("persons", {"events": True, "erase": [{"user": "c-3", "at": "2026-03-05"}]}),
    ("funnel", {"steps": [{"path": "/"}, {"name": "purchase"}], "scope": "session"} | _LINKED),
    ("attribution", _LINKED),
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Folder]:
    """The same week, as tail, half sealed and sealed."""
    place, rows = tmp_path_factory.mktemp("opening"), [json.dumps(row) for row in week()]
    run(place / "empty", "site", "add", "shop", "--origin", "https://shop.example", "--timezone", "Europe/Paris")
    for name, sealed in (("tail", 0), ("half", len(rows) // 2), ("sealed", len(rows))):
        shutil.copytree(place / "empty", place / name)
        _take(place / name, rows[:sealed])
        run(place / name, "rebuild")
        _take(place / name, rows[sealed:])
    return {name: Folder(place / name) for name in ("tail", "half", "sealed")}


def _take(folder: Path, rows: list[str]) -> None:
    if rows:
        run(folder, "import", "-", "--site", "shop", "--quiet", stdin="\n".join(rows))


def _told(folder: Folder, name: str, spec: dict[str, Any]) -> Any:
    return json.loads(as_json(answer(folder, Options(), "shop", name, spec, _NOW)))


def test_the_folders_are_what_they_are_called(folders: dict[str, Folder]) -> None:
    found = []
    for folder in folders.values():
        with snapshot(folder) as seen:
            found.append((len(seen.segments()) > 0, seen.sealed() < seen.last_seq()))
    assert found == [(False, True), (True, True), (True, False)]


@pytest.mark.parametrize(("name", "spec"), _ASKED)
def test_an_answer_is_the_same_of_a_tail_and_of_segments(
    folders: dict[str, Folder], name: str, spec: dict[str, Any]
) -> None:
    tail, half, sealed = (_told(folder, name, spec) for folder in folders.values())
    assert tail["data"]["events"] > 0
    assert half == tail
    assert sealed == tail


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        (Overview(), ["events"]),
        (Overview(session_where=(("device", "eq", "mobile"),)), ["events"]),
        (Overview(session_where=(("link", "exists"),)), ["events", "everything"]),
    ],
)
def test_a_question_begins_with_the_views_that_it_reads(
    folders: dict[str, Folder], asked: Overview, seen: list[str]
) -> None:
    for folder in folders.values():
        with view(folder, Options(), "shop", asked, _NOW) as opened:
            rows = opened.rows("SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY view_name")
            assert [row["view_name"] for row in rows] == seen
