"""Issued links as they are shown: facts, short address, clicks by kind; as objects or as CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from collector.journal import Clicks, Link, Snapshot
from collector.journal.links import KINDS
from collector.links.target import PATH
from collector.reports.answer import inert

COLUMNS: Final = (
    "code", "short", "target", "note", "author", "created", "dictionary", "expires", "removed", *KINDS,
)  # fmt: skip


def listed(view: Snapshot, origin: str, removed: bool = False) -> list[dict[str, Any]]:
    """Every link with its clicks, the newest first; with those that were removed, if asked."""
    found = [link for link in view.links() if removed or link.removed is None]
    return [told(link, origin, clicks) for link, clicks in zip(found, _tallied(found, view.clicks()), strict=True)]


def detailed(view: Snapshot, origin: str, code: str) -> dict[str, Any]:
    """One link with its clicks, also by UTC day. Raises `UnknownLinkError`."""
    link = view.link(code)
    clicks = view.clicks(link.number)
    days: dict[int, dict[str, Any]] = {}
    for one in clicks:
        days.setdefault(one.day, {"day": _date(one.day), **dict.fromkeys(KINDS, 0)})[one.kind] = one.n
    return {**told(link, origin, _tallied([link], clicks)[0]), "days": list(days.values())}


def told(link: Link, origin: str, clicks: Counter[str] | None = None) -> dict[str, Any]:
    """A link's own facts, its short address, its clicks by kind. Times are RFC 3339 in UTC."""
    facts: dict[str, Any] = msgspec.structs.asdict(link)
    facts |= {name: _moment(facts[name]) for name in ("created", "expires", "removed")}
    facts |= {str(kind): (clicks or Counter())[kind] for kind in KINDS}
    return {"short": f"{origin}{PATH}{link.code}", **{name: facts[name] for name in COLUMNS if name != "short"}}


def as_csv(rows: Iterable[dict[str, Any]], columns: Sequence[str] = COLUMNS) -> str:
    """With a header. A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([columns, *([inert(row[column]) for column in columns] for row in rows)])
    return out.getvalue()


def _tallied(found: Sequence[Link], clicks: Sequence[Clicks]) -> list[Counter[str]]:
    tallies: dict[int, Counter[str]] = {link.number: Counter() for link in found}
    for one in clicks:
        if one.link in tallies:
            tallies[one.link][one.kind] += one.n
    return [tallies[link.number] for link in found]


def _moment(ms: int | None) -> str | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")


def _date(day: int) -> str:
    return str((datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date())
