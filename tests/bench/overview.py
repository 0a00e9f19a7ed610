"""The page Overview as somebody sees it who opens it: from the request to its last byte, over HTTP, beside ClickHouse
answering the same questions. No answer is remembered: every round asks for other days, in which there is nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from statistics import median
from urllib.parse import urlencode

from tests.bench.dataset import BEGIN, DAYS, SITE, Dataset, Say
from tests.bench.ingest import page
from tests.bench.peer import Peer
from tests.bench.reports import ask
from tests.bench.table import Row, amount, duration
from tests.conftest import Server

_ROUNDS = 5
_FIRST = datetime.fromtimestamp(BEGIN / 1000, UTC).date()
_LAST = _FIRST + timedelta(days=DAYS)
_END = BEGIN + (DAYS + 1) * 86_400_000
_QUESTIONS = ("peer_sessions", "peer_days", "peer_revenue", "peer_labels", "peer_pages", "peer_basis")
_CHANGES = (
    "7 days",
    "1 day",
    "country:FR",
    "device:desktop",
    "device:mobile",
)  # of the sessions a tenth, a quarter, half


def rows(dataset: Dataset, peer: Peer, say: Say) -> list[Row]:
    """The whole page, and the page after a filter has changed; behind one that finds nothing in memory."""
    _same(dataset, peer)
    server = Server(dataset.folder.path)
    try:
        fresh = _fresh()
        first = _opened(server, dataset, fresh, 0, {})
        ours, theirs = zip(
            *[(_opened(server, dataset, fresh, 0, {}), _peer(peer, "")) for _ in range(_ROUNDS)], strict=True
        )
        changed = {name: _changed(server, dataset, peer, fresh, name) for name in _CHANGES}
    finally:
        server.stop()
    found = [_whole(dataset, first, ours, theirs), _filtered(dataset, changed)]
    for row in found:
        say(f"{row.what}: {row.measured}; {row.beside}")
    return found


def _whole(dataset: Dataset, first: float, ours: tuple[float, ...], theirs: tuple[float, ...]) -> Row:
    mine, its = median(ours), median(theirs)
    return Row(
        f"the page Overview, {amount(dataset.rows)} events, complete",
        f"{duration(mine)} (the first after the start: {duration(first)})", f"ClickHouse: {duration(its)}",
        f"{mine / its:.2f}", "≤ 1 s", mine <= 1,
    )  # fmt: skip


def _filtered(dataset: Dataset, changed: dict[str, tuple[float, float]]) -> Row:
    mine, its = (median(times) for times in zip(*changed.values(), strict=True))
    every = ", ".join(f"{name} {duration(taken)}" for name, (taken, _) in changed.items())
    return Row(
        f"the page Overview, {amount(dataset.rows)} events, after another filter", f"{duration(mine)} ({every})",
        f"ClickHouse: {duration(its)}", f"{mine / its:.2f}", "≤ 500 ms", mine <= 0.5,
    )  # fmt: skip


def _changed(server: Server, dataset: Dataset, peer: Peer, fresh: Iterator[int], name: str) -> tuple[float, float]:
    """The medians of ours and theirs, of three rounds in turns, each behind the page without the filter."""
    number, _, unit = name.partition(" ")
    days = int(number) if unit else 0
    field, _, value = name.partition(":")
    told = f"t >= {_END - days * 86_400_000}" if days else f"{field} = '{value}'"
    taken = []
    for _ in range(3):
        _opened(server, dataset, fresh, 0, {})
        ours = _opened(server, dataset, fresh, days, {} if days else {"where": name})
        taken.append((ours, _peer(peer, f"WHERE {told}")))
    mine, its = zip(*taken, strict=True)
    return median(mine), median(its)


def _same(dataset: Dataset, peer: Peer) -> None:
    """Raise if ClickHouse finds other sessions, but for one in 10,000: its windows know no order of equal times."""
    found, _ = ask(dataset, "campaigns", by=["device"])
    ours = {row["device"]: row["sessions"] for row in found.rows}
    listed = peer.ask("peer_labels", where="").rows
    theirs = {row["device"]: int(row["sessions"]) for row in listed if row["device"]}
    if ours.keys() != theirs.keys() or any(abs(n - theirs[name]) * 10_000 > n for name, n in ours.items()):
        raise AssertionError(f"the answers differ: {ours} and in ClickHouse {theirs}")


def _fresh() -> Iterator[int]:
    """Days behind the last one, none twice."""
    return count(1)


def _opened(server: Server, dataset: Dataset, fresh: Iterator[int], days: int, where: dict[str, str]) -> float:
    """Seconds to the last byte of the page of these last days (0: all there are); raises if it is not whole."""
    after = next(fresh)
    first: date = _LAST - timedelta(days=days - 1) if days else _FIRST - timedelta(days=after)
    view = urlencode({"from": first.isoformat(), "to": (_LAST + timedelta(days=after)).isoformat(), **where})
    status, taken = page(server, dataset, f"/sites/{SITE}/overview?{view}")
    assert status == 200
    return taken


def _peer(peer: Peer, where: str) -> float:
    return sum(peer.ask(file, where=where).seconds for file in _QUESTIONS)
