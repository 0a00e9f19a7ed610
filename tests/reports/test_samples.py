"""Samples of those who stopped say what `explain` says of them, and not who they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reports.week import asked

STEPS = [{"path": "/product/*"}, {"path": "/cart"}, {"name": "purchase"}]


@pytest.mark.parametrize("scope", ["person", "session"])
def test_a_sample_is_told_as_explain_tells_it(week: Path, scope: str) -> None:
    spec: dict[str, Any] = {"steps": STEPS, "window": "1d", "scope": scope}
    stopped = {"step": 2, "what": "stopped"}
    units = [row["unit"] for row in asked(week, "funnel", **spec, members=stopped)["rows"]]
    found = asked(week, "funnel", **spec, members=stopped | {"samples": 9})
    assert found["totals"] == {"units": len(units)}
    assert len(found["rows"]) == 9
    for unit, row in zip(units[:9], found["rows"], strict=True):
        told = asked(week, "funnel", **spec, explain={"unit": unit})
        assert row["depth"] == told["totals"]["depth"] == 2
        assert (row["code"], row["why"]) == (told["totals"]["stop"]["code"], told["totals"]["stop"]["says"])
        gaps = [after["after_ms"] for after in row["next"]]
        assert gaps == sorted(gaps)
        assert all(gap >= 0 for gap in gaps)
    text = json.dumps(found["rows"])
    assert not any(unit in text for unit in units)
    assert any(row["next"] for row in found["rows"])


def test_fewer_samples_than_asked_for_are_all_there_are(week: Path) -> None:
    members = {"step": 1, "what": "stopped", "samples": 2}
    steps = [{"path": "/cart"}, {"any_of": [{"name": "page_view"}, {"name": "add_to_cart"}]}]
    found = asked(week, "funnel", steps=steps, members=members)
    assert len(found["rows"]) == min(2, found["totals"]["units"])
