"""Questions over the sealed log, beside ClickHouse on the same segments, and beside themselves on a tenth of it."""

from __future__ import annotations

import math
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import partial
from statistics import median
from typing import Any

import duckdb

from collector.engines.duckdb.connecting import Options
from collector.engines.duckdb.engine import answer
from collector.reports.answer import Answer
from collector.reports.spec import QUESTIONS, SpecError
from tests.bench.dataset import SITE, Dataset, Say
from tests.bench.peer import Answer as PeerAnswer
from tests.bench.peer import Peer
from tests.bench.table import Row, amount, duration

_ROUNDS = 5
_PATIENCE = 12.0  # s: no further round of a growing report after these
_ENOUGH = 150.0  # s: no further round beside ClickHouse after these; at 100 M events on a busy machine one is that long
FUNNEL: dict[str, Any] = {
    "steps": [{"path": "/product/*"}, {"name": "add_to_cart"}, {"path": "/checkout"}, {"name": "purchase"}],
    "window": "7d",
}
_LABELLED: dict[str, Any] = {"breakdown": {"field": "utm.source"}}
_DAILY: dict[str, Any] = {"trend": {"interval": "1d"}}
_SPECS = {"funnel": FUNNEL}  # what a report cannot do without
FAILED = (duckdb.Error, SpecError)
# As `balise report` asks: on all CPUs, with the default memory.
OPTIONS = Options(threads=os.cpu_count() or 1, seconds=3_600)
Timed = tuple[object, float]  # what was found, and the seconds it took
_OVERVIEW = ("peer_days", "peer_revenue")
# Over 100 M events ClickHouse's windows want more than 21 GB. So it is asked of a quarter of the visitors at a time,
# which costs it nothing: its table is in their order.
_AT_ONCE = 30_000_000
_SUMMED = ("sessions", "visitors", "bounces", "engaged")
_QUARTERS = tuple(f"WHERE visitor >= '{low}' AND visitor < '{high}'" for low, high in ("04", "48", "8c", "cg"))


def races(dataset: Dataset, peer: Peer, say: Say, known: Container[str] = ()) -> Iterator[Row]:
    """The funnels and the overview, up to five rounds each in turns with ClickHouse, after one that warms both. Its
    funnel knows neither labels nor entries by day: ours with them runs against its plain one."""
    raced: list[tuple[str, float, Callable[[Dataset], Timed], Callable[[Peer], Timed]]] = [
        ("funnel, 4 steps", 1.0, _funnel, _peer_funnel),
        ("funnel with breakdown", 2.0, partial(_funnel, **_LABELLED), _peer_funnel),
        ("funnel with trend", 2.0, partial(_funnel, **_DAILY), _peer_funnel),
        ("sessions overview", 0.5, _overview, partial(_peer_overview, dataset.rows)),
    ]
    for name, bar, ours, theirs in raced:
        what = f"{name}, {amount(dataset.rows)} events"
        if what in known:
            continue
        row = _race(what, bar, dataset, ours, partial(theirs, peer))
        say(f"{row.what}: {row.measured}; {row.beside}")
        yield row


def growth(small: Dataset, large: Dataset, say: Say) -> Row:
    """Time per event of every report over a decade; the worst one counts."""
    rates: dict[str, float] = {}
    for name in QUESTIONS:
        seconds = [_repeated(partial(ask, dataset, name)) for dataset in (small, large)]
        rates[name] = (seconds[1] / large.rows) / (seconds[0] / small.rows)
        say(f"{name}: {duration(seconds[0])}, {duration(seconds[1])}")
    worst = max(rates, key=lambda name: rates[name])
    every = ", ".join(f"{name} {rate:.2f}" if rate < math.inf else f"{name} fails" for name, rate in rates.items())
    what = f"growth of the time per event from {amount(small.rows)} to {amount(large.rows)}"
    said = f"{worst}: × {rates[worst]:.2f}" if rates[worst] < math.inf else f"{worst} fails"
    return Row(what, said, every, f"{rates[worst]:.2f}", "≤ 1.2", rates[worst] <= 1.2)


def _race(
    what: str, bar: float, dataset: Dataset, ours: Callable[[Dataset], Timed], theirs: Callable[[], Timed]
) -> Row:
    """The medians of both with their spread; raises if the two do not find the same. A report that fails has lost."""
    expected, _ = theirs()
    try:
        found, _ = ours(dataset)
        rounds: list[tuple[float, float]] = []
        while len(rounds) < _ROUNDS and sum(map(sum, rounds)) < _ENOUGH:
            rounds.append((ours(dataset)[1], theirs()[1]))
    except FAILED as error:
        its = median(theirs()[1] for _ in range(_ROUNDS))
        failed = f"failed with {OPTIONS.memory_mb} MB: {type(error).__name__}"
        return Row(what, failed, f"ClickHouse: {duration(its)}", "–", f"≤ {bar}", False)
    if found != expected:
        raise AssertionError(f"the answers differ: {found} and in ClickHouse {expected}")
    ours_taken, theirs_taken = zip(*rounds, strict=True)
    mine, its = median(ours_taken), median(theirs_taken)
    beside = f"ClickHouse: {_spread(theirs_taken)}"
    return Row(what, _spread(ours_taken), beside, f"{mine / its:.2f}", f"≤ {bar}", mine <= bar * its)


def _spread(taken: Sequence[float]) -> str:
    """The median, and from the quickest to the slowest round."""
    return f"{duration(median(taken))} ({duration(min(taken))} to {duration(max(taken))})"


def _repeated(ask: Callable[[], Timed]) -> float:
    """The median of up to three rounds; without end if the report fails."""
    taken: list[float] = []
    try:
        while len(taken) < 3 and sum(taken) < _PATIENCE:
            taken.append(ask()[1])
    except FAILED:
        return math.inf
    return median(taken)


def ask(dataset: Dataset, name: str, **spec: Any) -> tuple[Answer, float]:
    """The answer, and the seconds it took."""
    spec = _SPECS.get(name, {}) | spec | {"now": dataset.now}
    begin = time.perf_counter()
    found = answer(dataset.folder, OPTIONS, SITE, name, spec, dataset.now)
    return found, time.perf_counter() - begin


def _funnel(dataset: Dataset, **options: Any) -> Timed:
    found, seconds = ask(dataset, "funnel", **options)
    return found.totals["counts"], seconds


def _peer_funnel(peer: Peer) -> Timed:
    found, seconds = peer.ask("peer_funnel")
    steps = range(1, len(FUNNEL["steps"]) + 1)
    return [sum(row["n"] for row in found if row["level"] >= step) for step in steps], seconds


def _overview(dataset: Dataset) -> Timed:
    found, seconds = ask(dataset, "overview")
    totals, days = found.totals, found.rows
    return (
        [totals["sessions"], totals["visitors"], totals["bounces"], totals["engaged_sessions"], totals["page_views"]],
        [[day["sessions"], day["visitors"], day["events"], day["page_views"], day["purchases"]] for day in days],
        [round(float(revenue), 2) for revenue in totals["revenue"].values()],
    ), seconds


def _peer_overview(rows: int, peer: Peer) -> Timed:
    sessions = _peer_sessions(peer, _QUARTERS if rows > _AT_ONCE else [""])
    days, revenue = (peer.ask(file, where="") for file in _OVERVIEW)
    every, *by_day = sessions.rows  # ClickHouse's rollup is the day 0
    views = sum(row["page_views"] for row in days.rows)
    visits = {row["day"]: row for row in by_day}
    return (
        [every["sessions"], every["visitors"], every["bounces"], every["engaged"], views],
        [
            [
                visits[row["day"]]["sessions"],
                visits[row["day"]]["visitors"],
                row["events"],
                row["page_views"],
                row["purchases"],
            ]
            for row in days.rows
        ],
        [round(row["revenue"], 2) for row in revenue.rows],
    ), sessions.seconds + days.seconds + revenue.seconds


def _peer_sessions(peer: Peer, parts: Iterable[str]) -> PeerAnswer:
    """The sums of what it says of each part of the visitors."""
    sums: dict[int, Counter[str]] = defaultdict(Counter)
    seconds = 0.0
    for part in parts:
        found = peer.ask("peer_sessions", where=part)
        seconds += found.seconds
        for row in found.rows:
            sums[row["day"]].update({name: row[name] for name in _SUMMED})
    return PeerAnswer([{"day": day, **sums[day]} for day in sorted(sums)], seconds)
