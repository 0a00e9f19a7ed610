"""The same events for several folders: a list of batches, and how one client delivers it."""

from __future__ import annotations

import http.client
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from collector.journal import Folder, snapshot
from collector.journal.check import selfcheck
from tests.conftest import Server
from tests.crash.load import HEADERS, Batch, shopping


def basket(seed: int, batches: int, base: int) -> list[Batch]:
    """The first so many batches of a seeded shopper, of ten events on average."""
    return list(islice(shopping(random.Random(seed), base), batches))


@contextmanager
def serving(data: Path, environment: dict[str, str]) -> Iterator[Server]:
    """A server for a while; one that is still there at the end is killed."""
    server = Server(data, environment=environment)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.wait()


def delivered(server: Server, batches: list[Batch]) -> set[str]:
    """Send each batch once, until the server is gone; the ids that were acknowledged."""
    acked: set[str] = set()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        for batch in batches:
            connection.request("POST", "/m/e", batch.body, HEADERS)
            answer = connection.getresponse()
            said = json.loads(answer.read())
            assert answer.status == 202, said
            assert said["accepted"] + said["duplicate"] == len(batch.ids), said
            acked.update(batch.ids)
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()
    return acked


def published(data: Path) -> set[str]:
    """The files that the log publishes."""
    with snapshot(Folder(data)) as view:
        return {file for segment in view.segments() for file, _ in segment.files()}


def lying(data: Path) -> set[str]:
    """The files that lie in the folder of segments."""
    return {path.name for path in (data / "segments").iterdir()}


def faults(data: Path) -> list[str]:
    """What `balise check` would find wrong."""
    return [f"{finding.check}: {finding.fault}" for finding in selfcheck(Folder(data)) if finding.fault]
