"""What a server kept and counted, read from its data folder."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.conftest import Server, command, report
from tests.make import a_batch


def stored(data: Path, site: str = "shop") -> list[dict[str, Any]]:
    """The kept events of a site, as the log holds them."""
    asked = "SELECT body FROM event JOIN site ON site.number = event.site WHERE site.name = ? ORDER BY seq"
    with sqlite3.connect(f"file:{data}/log.sqlite?mode=ro", uri=True) as log:
        return [json.loads(body) for (body,) in log.execute(asked, (site,)).fetchall()]


def counted(data: Path, site: str = "shop") -> dict[str, int]:
    """The quality report's counts, by `outcome` or `outcome reason`."""
    rows = report(data, "quality", site=site)["rows"]
    return {f"{row['outcome']} {row['reason']}".strip(): row["n"] for row in rows}


def settled(data: Path, received: int, site: str = "shop") -> bool:
    """Whether the books reach this many received events (they follow the answers) and balance."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        totals = report(data, "quality", site=site)["totals"]
        if totals["received"] >= received:
            return bool(totals["received"] == received == totals["settled"])
    return False


def clean(data: Path) -> bool:
    """Whether `balise check` finds nothing."""
    return "0 faults" in command(data, "check")


def refusals(data: Path) -> Counter[str]:
    """What was refused, by reason, on all sites, as far as the books have reached the disk. They must balance."""
    with sqlite3.connect(f"file:{data}/log.sqlite?mode=ro", uri=True) as log:
        balance = "SELECT coalesce(sum(CASE outcome WHEN 'received' THEN n ELSE -n END), 0) FROM counter"
        assert log.execute(balance).fetchone()[0] == 0
        asked = "SELECT reason, sum(n) FROM counter WHERE outcome = 'refused' GROUP BY reason"
        return Counter(dict(log.execute(asked).fetchall()))


def refused_since(before: Counter[str], server: Server, wanted: bool) -> dict[str, int]:
    """What was refused since then; waits for it if something is `wanted`.

    A batch that is accepted takes what was booked until then to the disk with it.
    """
    deadline = time.monotonic() + 60
    while True:
        assert server.post(a_batch()).json()["accepted"] == 1
        found = refusals(server.data) - before
        if found or not wanted or time.monotonic() > deadline:
            return dict(found)
