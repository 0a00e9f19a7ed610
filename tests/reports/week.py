"""What a report says of the documents' week."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.documents import run


def asked(week: Path, name: str, **spec: Any) -> dict[str, Any]:
    """An answer, a while after the week."""
    settings = [f"--set={key}={json.dumps(value)}" for key, value in {"now": "2026-03-20", **spec}.items()]
    found: dict[str, Any] = json.loads(run(week, "report", name, "--site", "shop", "--format", "json", *settings))
    return found
