"""A file's rows are booked on the days they were received, whoever brings them."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import ORIGIN, Server, command
from tests.make import now

DAY = 86_400_000


def books(data: Path) -> dict[int, dict[str, int]]:
    """By UTC day, the lines of the books that are not empty."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    with closing(sqlite3.connect(f"file:{data / 'log.sqlite'}?mode=ro", uri=True)) as log:
        for day, outcome, reason, n in log.execute("SELECT day, outcome, reason, n FROM counter WHERE n > 0"):
            found[day][f"{outcome} {reason}".strip()] = n
    return found


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside a server"])
def test_the_books_of_an_import_balance_by_day_and_in_all(
    data: Path, start: Callable[..., Server], tmp_path: Path, beside: bool
) -> None:
    today = now() // DAY
    first, second = ((today - ago) * DAY + 60_000 for ago in (30, 20))

    def row(t: int, number: int, **more: object) -> dict[str, object]:
        return {"id": f"row-{number}", "t": t, "received": t, "name": "page_view", "url": f"{ORIGIN}/"} | more

    rows = [
        row(first, 1), row(first, 2), row(first, 3, consent={"state": "denied"}), row(first, 4, name=""),
        row(second, 1), row(second, 5), row(second, 6, consent={"state": "withdrawn"}),
        row(second, 7, colour="blue"), {"t": second, "name": "page_view", "path": "/"},
        row((today + 40) * DAY, 8), row(second, 9, received="some time", sent=second),
    ]  # fmt: skip
    file = tmp_path / "rows.ndjson"
    file.write_text("\n".join(map(json.dumps, rows)) + "\nnone\n")
    if beside:
        start()
    said = command(data, "import", str(file), "--site", "shop")
    assert said.split()[:6] == ["accepted", "5", "duplicate", "1", "dropped", "6"]
    found = books(data)
    assert found[today - 30] == {"received": 4, "accepted": 2, "dropped denied": 1, "dropped invalid": 1}
    assert found[today - 20] == {
        "received": 4, "accepted": 1, "duplicate": 1, "dropped withdrawn": 1, "dropped invalid": 1,
    }  # fmt: skip
    rest = {day: lines for day, lines in found.items() if day >= today}  # midnight may have come in between
    assert sum(lines["received"] for lines in rest.values()) == 4
    for lines in found.values():
        assert lines["received"] == sum(n for name, n in lines.items() if name != "received")
    assert "0 faults" in command(data, "check")
