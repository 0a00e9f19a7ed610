"""Memory, disk and the time to start."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import psutil  # type: ignore[import-untyped]

from collector.engines.duckdb.connecting import Options
from collector.journal import Folder
from tests.bench import browsers
from tests.bench.dataset import ORIGIN, SITE, Dataset, Say, seal_all
from tests.bench.ingest import report
from tests.bench.load import flood
from tests.bench.reports import FUNNEL
from tests.bench.table import Row, amount, duration
from tests.conftest import Server, command
from tests.conftest import report as command_report
from tests.make import a_batch, an_event, now

_STARTS = 3
_ASKS = 5
_WALK: list[tuple[str, dict[str, str]]] = [
    ("/product/kettle", {}), ("/cart", {"name": "add_to_cart"}), ("/checkout", {}), ("/done", {"name": "purchase"}),
]  # fmt: skip
_MB = 1e6


class Peak(NamedTuple):
    """The most resident memory (MB) while a report was answered, and with which status it was."""

    name: str
    mb: float
    status: int


def disk(place: Path, events: int, dataset: Dataset, say: Say) -> list[Row]:
    """Browsers' events through the real intake, then sealed; beside the generated log."""
    command(place, "site", "add", SITE, "--origin", ORIGIN)
    server = Server(place)
    flood(server.port, browsers.requests(events, 3, 3_001))
    server.stop()
    folder = Folder(place)
    seal_all(folder)
    sent = Dataset(folder, events, 0).bytes()
    say(f"{amount(events)} browser events: log {sent[0] / events:.0f} B, segments {sent[1] / events:.1f} B an event")
    made = dataset.bytes()
    return [
        Row(
            f"disk: {name}, {amount(events)} browser events", f"{size / events:.1f} B an event",
            f"generated, {amount(dataset.rows)}: {other / dataset.rows:.1f} B", f"{size / events / bar:.2f} of the bar",
            f"≤ {bar} B", size <= bar * events,
        )
        for name, size, other, bar in (("segments", sent[1], made[1], 40), ("log", sent[0], made[0], 400))
    ]  # fmt: skip


def freshness(place: Path, events: int, say: Say) -> Row:
    """From the ack of a purchase to the funnel of `balise report` that holds it, the command's own start included."""
    server = Server(place)
    try:
        taken = [_seen(server) for _ in range(_ASKS)]
    finally:
        server.stop()
    begin = time.perf_counter()
    command(place, "--version")
    bare = time.perf_counter() - begin
    say(f"in the funnel {duration(median(taken))} after its ack")
    return Row(
        f"from an ack to the command's funnel, {amount(events)} events", duration(median(taken)),
        f"the command's start alone: {duration(bare)}", f"{median(taken) / bare:.1f}", "≤ 1 s", median(taken) <= 1,
    )  # fmt: skip


def _seen(server: Server) -> float:
    """Seconds from the answer to one visitor's whole walk to the funnel that counts one purchase more."""
    walk = [an_event(url=f"{ORIGIN}{path}", t=now() + step, **more) for step, (path, more) in enumerate(_WALK)]
    before = command_report(server.data, "funnel", FUNNEL)["totals"]["counts"][-1]
    assert server.post(a_batch(*walk, visitor=f"b-{time.monotonic_ns()}"), ORIGIN).json()["accepted"] == len(walk)
    begin = time.perf_counter()
    after = command_report(server.data, "funnel", FUNNEL)["totals"]["counts"][-1]
    taken = time.perf_counter() - begin
    assert after == before + 1
    return taken


def starts(dataset: Dataset, empty: Path, say: Say) -> Row:
    """From the command to the first answered event, with a full log and with an empty one."""
    command(empty, "site", "add", SITE, "--origin", ORIGIN)
    taken = [(_start(dataset.folder.path, n), _start(empty, 100 + n)) for n in range(_STARTS)]
    full, bare = (median(column) for column in zip(*taken, strict=True))
    say(f"first ack after {duration(full)}, with an empty log {duration(bare)}")
    return Row(
        f"start to first ack with {amount(dataset.rows)} events in the log", duration(full),
        f"empty log: {duration(bare)}", f"{full / bare:.2f}", "≤ 1 s", full <= 1,
    )  # fmt: skip


def _start(folder: Path, seed: int) -> float:
    requests = browsers.requests(1, 1, 4_000 + seed)
    begin = time.perf_counter()
    server = Server(folder)
    try:
        flood(server.port, requests)
        return time.perf_counter() - begin
    finally:
        server.stop()


def memory(server: Server, dataset: Dataset, say: Say) -> list[Row]:
    """Resident memory of a server that has worked and waits, and its peak while it answers overview and funnel."""
    flood(server.port, browsers.requests(2_000, 1, 5_001))
    imports, idle = _imports(), _settled(server.process.pid)
    peaks = [_peak(server, dataset, name, spec) for name, spec in (("overview", {}), ("funnel", FUNNEL))]
    worst = max(peaks, key=lambda peak: (peak.status != 200, peak.mb))
    said = "" if worst.status == 200 else f", answered with {worst.status}"
    say(f"memory: idle {idle:.0f} MB, {peaks}")
    limit = Options().memory_mb
    return [
        Row(
            "memory of the idle server", f"{idle:.0f} MB", f"imports alone: {imports:.0f} MB", f"{idle / imports:.2f}",
            "≤ 120 MB", idle <= 120,
        ),
        Row(
            f"peak memory of the server during a report of {amount(dataset.rows)} events",
            f"{worst.mb:.0f} MB ({worst.name}{said})", f"given to DuckDB: {limit} MB", f"{worst.mb / limit:.2f}",
            "≤ 700 MB", worst.mb <= 700 and worst.status == 200,
        ),
    ]  # fmt: skip


def _imports() -> float:
    code = "import psutil, collector.cli.serving, collector.web; print(psutil.Process().memory_info().rss)"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout) / _MB


def _settled(pid: int) -> float:
    """Resident MB once it has not changed for a second, ten seconds at most."""
    process = psutil.Process(pid)
    seen = [process.memory_info().rss]
    while len(seen) < 6 or (len(set(seen[-6:])) > 1 and len(seen) < 50):
        time.sleep(0.2)
        seen.append(process.memory_info().rss)
    return int(seen[-1]) / _MB


def _peak(server: Server, dataset: Dataset, name: str, spec: dict[str, Any]) -> Peak:
    """The kernel's own high-water mark over one report."""
    process = Path(f"/proc/{server.process.pid}")
    (process / "clear_refs").write_text("5", encoding="ascii")
    status = report(server, dataset, name, spec)
    lines = (process / "status").read_text(encoding="ascii").splitlines()
    high = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return Peak(name, high * 1024 / _MB, status)
