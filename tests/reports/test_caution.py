"""A rate that rests on few says so, in every report that gives one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from collector.reports.spec import QUESTIONS
from tests.cases.store import Store, store

_T0 = 1_772_409_600_000
_MINUTE = 60_000
_VISIT = ("page_view", "form_view", "form_field", "add_to_cart", "purchase")
_STEPS = {"steps": [{"name": "page_view"}, {"name": "purchase"}]}
_NO_RATE = {"sessions", "persons", "events", "realtime", "quality"}
ASKED: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in QUESTIONS if name not in _NO_RATE | {"funnel", "abandonment"}),
    ("funnel", _STEPS),
    ("abandonment", {"type": "cart"}),
    ("abandonment", {"type": "checkout", "steps": [{"path": "/cart"}]}),
    ("abandonment", {"type": "form"}),
    ("abandonment", {"type": "page"}),
]


async def _visited(opened: Store, people: int) -> list[str]:
    """What each report says of so many people's visits where they are too few to compare."""
    site = await opened.site(f"shop-{people}")
    rows = [
        {
            "id": f"{person}-{n}", "visitor": f"v{person}", "name": name, "path": "/cart",
            "props": {"form": "f", "field": "e"}, "t": _T0 + person * _MINUTE + n,
            "consent": {"state": "granted", "source": "api", "at": _T0},
        }
        for person in range(people)
        for n, name in enumerate(_VISIT)
    ]  # fmt: skip
    await opened.take_at_once(site, rows)
    said = [(name, spec, opened.ask(site, name, spec, _T0 + 30 * 86_400_000)["notes"]) for name, spec in ASKED]
    return [f"{name} {spec}" for name, spec, notes in said if any("too few to compare" in note for note in notes)]


async def test_a_rate_that_rests_on_few_says_so_in_every_report(tmp_path: Path) -> None:
    async with store(tmp_path / "data", rows=1_000) as opened:
        assert await _visited(opened, 29) == [f"{name} {spec}" for name, spec in ASKED]
        assert await _visited(opened, 30) == []
