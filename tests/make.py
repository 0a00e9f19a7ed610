"""Valid things to start from, changed by keyword."""

from __future__ import annotations

import time
import uuid
from typing import Any


def a_receipt(**changes: Any) -> dict[str, Any]:
    """A grant."""
    return {"state": "granted", "source": "api", "policy": "v1", "at": now()} | changes


def an_event(**changes: Any) -> dict[str, Any]:
    """A page view as a browser sends it."""
    return {
        "id": str(uuid.uuid4()),
        "name": "page_view",
        "t": now(),
        "url": "https://shop.example/",
    } | changes


def a_batch(*events: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A batch with a grant; without events, one page view."""
    return {
        "v": 1, "site": "shop", "sent_at": now(), "consent": a_receipt(), "events": list(events) or [an_event()],
    } | changes  # fmt: skip


def now() -> int:
    """This moment in ms."""
    return int(time.time() * 1000)
