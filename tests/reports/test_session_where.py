"""What is asked of some sessions is what a question grouped by them says of these."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.reports.week import asked


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
def test_abandonment_of_some_sessions_is_their_group(week: Path, spec: dict[str, Any], field: str) -> None:
    groups = asked(week, "abandonment", group_by=field, **spec)["totals"]["groups"]
    assert len(groups) >= 2
    for label, expected in groups.items():
        condition = [field, "missing"] if label == "(none)" else [field, "eq", label]
        totals = asked(week, "abandonment", session_where=[condition], **spec)["totals"]
        assert {key: totals[key] for key in expected} == expected


def test_a_checkout_without_steps_is_that_of_its_pages(week: Path) -> None:
    found = asked(week, "abandonment", type="checkout")
    named = asked(week, "abandonment", type="checkout", steps=[{"path": "/cart"}, {"path": "/checkout"}])
    assert found["rows"] == named["rows"]
    assert [step["path"] for step in found["spec"]["steps"]] == ["/cart", "/checkout"]
    nowhere = [["entry", "eq", "/nowhere"]]
    nothing = asked(week, "abandonment", type="checkout", session_where=nowhere)
    assert nothing["rows"] == []
    assert "no page looks like a cart or a checkout: name the steps" in nothing["notes"]


def test_conversions_of_some_sessions_add_up_to_all(week: Path) -> None:
    every = asked(week, "attribution")["totals"]
    parts = [
        asked(week, "attribution", session_where=[["device", "eq", device]])["totals"]
        for device in ("mobile", "desktop")
    ]
    assert all(part["conversions"] > 0 for part in parts)
    assert sum(part["conversions"] for part in parts) == every["conversions"]


def test_events_are_counted_by_name(week: Path) -> None:
    found = asked(week, "events")
    counts = {row["event"]: row["events"] for row in found["rows"]}
    overview = asked(week, "overview")["totals"]
    assert counts["page_view"] == overview["page_views"]
    assert sum(counts.values()) == overview["events"] == found["totals"]["events"]


def test_a_regex_on_sessions_keeps_its_meaning_and_takes_any_case(week: Path) -> None:
    """Folded like the texts beside it, `\\S` (no blank) would be `\\s` (a blank)."""
    every = asked(week, "overview", session_where=[["device", "exists"]])["totals"]["sessions"]
    mobile = asked(week, "overview", session_where=[["device", "eq", "mobile"]])["totals"]["sessions"]
    assert every > mobile > 0
    assert asked(week, "overview", session_where=[["device", "regex", "^\\S+$"]])["totals"]["sessions"] == every
    assert asked(week, "overview", session_where=[["device", "regex", "MOB|none"]])["totals"]["sessions"] == mobile


@pytest.mark.parametrize("touch", ["session", "event"])
def test_what_conversions_are_owed_to_is_called_as_campaigns_are(week: Path, touch: str) -> None:
    known = {f"{row['source']} / {row['medium']}" for row in asked(week, "campaigns")["rows"]}
    spec = {"model": "linear", "touch": touch}
    counted, said = (asked(week, "attribution", by=by, **spec)["totals"] for by in ("source_medium", "source"))
    assert len(known & set(counted["credit"])) > 1
    assert set(counted["credit"]) - known <= {"direct", "(none)"}, "and what came without a touch that counts"
    assert sum(counted["credit"].values()) == pytest.approx(counted["conversions"])
    for name in ("direct", "(none)"):
        assert counted["credit"].get(name) == said["credit"].get(name)
