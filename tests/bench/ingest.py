"""How fast events become durable, beside the same server answering nothing; and how fast answers are under a report."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

import orjson

from tests.bench import bare, browsers
from tests.bench.dataset import ORIGIN, SITE, Dataset, Say
from tests.bench.load import flood, pace
from tests.bench.table import Row, amount
from tests.conftest import Server, command

_ROUNDS = 7  # short ones: a disk that others use is slow for seconds at a time
_PACE = 5_000  # events a second
_BATCH = 10
_PAGE = f"/sites/{SITE}/overview?range=all"


def floods(place: Path, singles: int, say: Say) -> list[Row]:
    """Single events, then batches of 20, as fast as 64 connections get their answers."""
    command(place, "site", "add", SITE, "--origin", ORIGIN)
    server = Server(place)
    try:
        with bare.running() as port:
            rounds = [_round(server.port, port, singles, seed) for seed in range(_ROUNDS)]
    finally:
        server.stop()
    empty, single, batched = (median(column) for column in zip(*rounds, strict=True))
    say(f"{single:,.0f} single acks/s of {empty:,.0f} empty ones, {batched:,.0f} events/s in batches")
    return [
        Row(
            "durable acks/s, one event each, 64 connections", f"{single:,.0f}/s", f"empty 202s: {empty:,.0f}/s",
            f"{single / empty:.2f}", "≥ 0.35", single >= 0.35 * empty,
        ),
        Row(
            "durable events/s in batches of 20", f"{batched:,.0f}/s", f"one event each: {single:,.0f}/s",
            f"{batched / single:.1f}", "≥ 4", batched >= 4 * single,
        ),
    ]  # fmt: skip


def _round(server: int, empty: int, singles: int, seed: int) -> tuple[float, float, float]:
    """Empty answers, single events and events in batches a second, one after the other."""
    requests = browsers.requests(singles, 1, seed)
    nothing = flood(empty, requests)
    one = flood(server, requests)
    twenty = flood(server, browsers.requests(singles * 4, 20, seed + 1_000))
    if (one.accepted, twenty.accepted) != (singles, singles * 4):
        raise RuntimeError(f"{one.accepted} and {twenty.accepted} of {singles} and {singles * 4} events were accepted")
    return singles / nothing.seconds, singles / one.seconds, singles * 4 / twenty.seconds


def paced(server: Server, dataset: Dataset, seconds: float, say: Say) -> Row:
    """Answers at a steady pace: first with the server to themselves, then while somebody opens the page Overview again
    and again, each time of a log that has grown."""
    load = [browsers.requests(int(_PACE * seconds), _BATCH, seed) for seed in (2_001, 2_002)]
    alone = pace(server.port, load[0], _PACE / _BATCH)
    with reporting(server, dataset) as statuses:
        beside = pace(server.port, load[1], _PACE / _BATCH)
    p50, p99, calm = beside.quantile(0.5), beside.quantile(0.99), alone.quantile(0.99)
    failed = "" if set(statuses) == {200} else f", pages answered with {sorted(set(statuses))}"
    say(f"ack p50 {p50:.1f} ms, p99 {p99:.1f} ms beside {len(statuses)} pages{failed}; alone p99 {calm:.1f} ms")
    return Row(
        f"ack p99 at 5 k events/s in batches of 10, while the page Overview of {amount(dataset.rows)} events "
        "is drawn",
        f"{p99:.1f} ms (p50 {p50:.1f}, {len(statuses)} pages){failed}",
        f"without the page: {calm:.1f} ms (p50 {alone.quantile(0.5):.1f})",
        f"{p99 / calm:.1f}", "≤ 20 ms", p99 <= 20 and not failed,
    )  # fmt: skip


@contextmanager
def reporting(server: Server, dataset: Dataset) -> Iterator[list[int]]:
    """Pages one after another while the context is open, the first one before; yields the list of their statuses as it
    grows."""
    stop = threading.Event()
    statuses = [page(server, dataset, _PAGE)[0]]

    def ask() -> None:
        while not stop.is_set():
            statuses.append(page(server, dataset, _PAGE)[0])

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield statuses
    finally:
        stop.set()
        thread.join()


def page(server: Server, dataset: Dataset, path: str) -> tuple[int, float]:
    """The status of a page, and the seconds to its last byte; raises if a panel of it is missing."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)) as connection:
        begin = time.perf_counter()
        connection.request("GET", path, headers={"Authorization": f"Bearer {_token(dataset)}"})
        answer = connection.getresponse()
        text = answer.read().decode()
        taken = time.perf_counter() - begin
    if answer.status == 200 and ("</html>" not in text or 'class="failed' in text):
        raise RuntimeError(f"{path}: not every panel is there")
    return answer.status, taken


def _token(dataset: Dataset) -> str:
    return (dataset.folder.path / "token").read_text(encoding="ascii").strip()


def report(server: Server, dataset: Dataset, name: str, spec: dict[str, object]) -> int:
    """Ask the server for a report; returns the status."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    with closing(connection):
        body = orjson.dumps({"now": dataset.now, **spec})
        connection.request(
            "POST", f"/api/sites/{SITE}/reports/{name}", body, {"Authorization": f"Bearer {_token(dataset)}"}
        )
        return connection.getresponse().status
