"""The real parts every test can ask for: a data folder, the command, a server on a free port."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, settings

# The same examples on every machine, however slow it is; BALISE_DEEP=1 draws new ones, and more.
DEEP = bool(os.environ.get("BALISE_DEEP"))
settings.register_profile(
    "house", deadline=None, database=None, derandomize=not DEEP, suppress_health_check=list(HealthCheck)
)
settings.load_profile("house")

BALISE = [sys.executable, "-m", "collector"]
ORIGIN = "https://shop.example"


class Server:
    """A running `balise serve` over one data folder."""

    def __init__(self, data: Path, *, environment: dict[str, str] | None = None, port: int = 0) -> None:
        self.data = data
        self.log = data.parent / f"{data.name}.log"
        with self.log.open("ab") as log:
            begin = log.tell()
            self.process = subprocess.Popen(
                [*BALISE, "--data", str(data), "serve", "--port", str(port)],
                stdout=log, stderr=log, env={**os.environ, **(environment or {})},
            )  # fmt: skip
        self.port = self._announced(begin)
        self.url = f"http://127.0.0.1:{self.port}"

    def _announced(self, begin: int) -> int:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            said = self.log.read_bytes()[begin:].decode()
            if found := re.search(r"http://[^:]+:(\d+)", said):
                return int(found[1])
            if self.process.poll() is not None:
                raise RuntimeError(f"the server stopped: {said}")
            time.sleep(0.01)
        raise RuntimeError("the server did not start in 120 s")

    def stop(self, number: int = signal.SIGTERM, timeout: float = 120) -> int:
        """Send a signal and wait for the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout)

    def post(self, body: dict[str, Any] | bytes, origin: str | None = ORIGIN, **headers: str) -> httpx2.Response:
        """One batch, as a page of `origin` sends it; header names with _ for -."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"content-type": "text/plain"} | ({"origin": origin} if origin else {})
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx2.post(f"{self.url}/m/e", content=content, headers=sent, timeout=120)


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `balise site add shop` makes of no folder: made once, because the command takes half a second to start."""
    folder = tmp_path_factory.mktemp("fresh") / "data"
    command(folder, "site", "add", "shop", "--origin", ORIGIN)
    return folder


@pytest.fixture
def data(fresh: Path, tmp_path: Path) -> Path:
    """A data folder with the site `shop` (profile required, origin https://shop.example), of this test alone."""
    return shutil.copytree(fresh, tmp_path / "data")


@pytest.fixture
def server(data: Path) -> Iterator[Server]:
    """A running server over `data`."""
    running = Server(data)
    yield running
    running.stop()


@pytest.fixture
def start(data: Path) -> Iterator[Callable[..., Server]]:
    """Start servers over a folder (default: `data`), stopped at the end."""
    started: list[Server] = []

    def begin(folder: Path = data, **options: Any) -> Server:
        started.append(Server(folder, **options))
        return started[-1]

    yield begin
    for running in started:
        running.stop()


def command(data: Path, *arguments: str, code: int | None = 0, stdin: bytes = b"", **environment: str) -> str:
    """Run a balise command and return what it printed; `code` None accepts any exit code."""
    done = subprocess.run(
        [*BALISE, "--data", str(data), *arguments],
        input=stdin, capture_output=True, timeout=300, check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
    )  # fmt: skip
    if code is not None and done.returncode != code:
        raise AssertionError(
            f"balise {' '.join(arguments)} ended with {done.returncode}: {done.stderr.decode()}{done.stdout.decode()}"
        )
    return done.stdout.decode() + (done.stderr.decode() if code != 0 else "")


def report(data: Path, name: str, spec: dict[str, Any] | None = None, site: str = "shop") -> dict[str, Any]:
    """A report's answer."""
    asked = ["report", name, "--site", site, "--format", "json", "--spec", "-"]
    answer: dict[str, Any] = json.loads(command(data, *asked, stdin=json.dumps(spec or {}).encode()))
    return answer
