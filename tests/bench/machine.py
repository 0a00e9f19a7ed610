"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from importlib.metadata import version
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tests.bench import peer
from tests.bench.table import amount, duration

_BLOCK = 4_096
_SYNCS = 400


def preface(folder: Path, rows: int, date: str, command: str = "make bench") -> str:
    """One paragraph: the date, the machine, its disk, the versions."""
    syncs = fdatasyncs(folder)
    packages = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "uvicorn", "uvloop", "msgspec"))
    memory = psutil.virtual_memory().total / 2**30
    p50, p99 = (duration(syncs[int(len(syncs) * q)]) for q in (0.5, 0.99))
    return (
        f"Measured on {date} with `{command}` over {amount(rows)} events: "
        f"{os.cpu_count()} CPUs ({platform.machine()}), {memory:.0f} GB of memory, "
        f"fdatasync of 4 KiB in the data folder p50 {p50}, p99 {p99}; "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}, "
        f"ClickHouse {peer.version()} (chdb {version('chdb')}). Sender, server and reports share these CPUs."
    )


def fdatasyncs(folder: Path) -> list[float]:
    """Seconds of each fdatasync after 4 KiB were appended, ascending."""
    path = folder / "fdatasync"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    block = os.urandom(_BLOCK)
    taken = []
    for n in range(_SYNCS):
        os.pwrite(descriptor, block, n * _BLOCK)
        begin = time.perf_counter()
        os.fdatasync(descriptor)
        taken.append(time.perf_counter() - begin)
    os.close(descriptor)
    path.unlink()
    return sorted(taken)
