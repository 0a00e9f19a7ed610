"""What is asked of some sessions is what a question grouped by them says of these."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.documents import run, stocked


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("where") / "data"
    stocked(place)
    return place


def asked(folder: Path, name: str, **spec: Any) -> dict[str, Any]:
    settings = [f"--set={key}={json.dumps(value)}" for key, value in {"now": "2026-03-20", **spec}.items()]
    found: dict[str, Any] = json.loads(run(folder, "report", name, "--site", "shop", "--format", "json", *settings))
    return found


@pytest.mark.parametrize(
    "spec",
    [
        {"type": "cart"},
        {"type": "checkout", "steps": [{"path": "/cart"}, {"path": "/checkout"}]},
        {"type": "form"},
        {"type": "page"},
    ],
    ids=lambda spec: spec["type"],
)
@pytest.mark.parametrize("field", ["device", "campaign"])
def test_abandonment_of_some_sessions_is_their_group(folder: Path, spec: dict[str, Any], field: str) -> None:
    groups = asked(folder, "abandonment", group_by=field, **spec)["totals"]["groups"]
    assert len(groups) >= 2
    for label, expected in groups.items():
        condition = [field, "missing"] if label == "(none)" else [field, "eq", label]
        totals = asked(folder, "abandonment", session_where=[condition], **spec)["totals"]
        assert {key: totals[key] for key in expected} == expected


def test_conversions_of_some_sessions_add_up_to_all(folder: Path) -> None:
    every = asked(folder, "attribution")["totals"]
    parts = [
        asked(folder, "attribution", session_where=[["device", "eq", device]])["totals"]
        for device in ("mobile", "desktop")
    ]
    assert all(part["conversions"] > 0 for part in parts)
    assert sum(part["conversions"] for part in parts) == every["conversions"]


def test_events_are_counted_by_name(folder: Path) -> None:
    found = asked(folder, "events")
    counts = {row["event"]: row["events"] for row in found["rows"]}
    overview = asked(folder, "overview")["totals"]
    assert counts["page_view"] == overview["page_views"]
    assert sum(counts.values()) == overview["events"] == found["totals"]["events"]
