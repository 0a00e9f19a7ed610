"""What a server kept and counted, read from its data folder."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

from tests.conftest import command, report


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
