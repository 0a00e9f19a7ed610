"""Load with a ledger: clients that send batches until each is acknowledged, and what they were told.

The ledger is the client's side of the story. Whatever the server's log says afterwards is held against it.
"""

from __future__ import annotations

import http.client
import json
import random
import sqlite3
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, Self

from tests.conftest import ORIGIN
from tests.make import a_receipt, now

HEADERS = {"Content-Type": "text/plain", "Origin": ORIGIN}
SMALL = {"BALISE_SEGMENTS_ROWS": "2000", "BALISE_SEGMENTS_AT_ONCE": "2000"}
FUNNEL = {"steps": [{"name": "page_view", "path": "/"}, {"name": "page_view", "path": "/cart"}, {"name": "purchase"}]}
QUESTIONS: dict[str, dict[str, Any]] = {"overview": {}, "campaigns": {}, "funnel": FUNNEL}


class Batch(NamedTuple):
    """One request: its events' ids and its bytes."""

    ids: tuple[str, ...]
    body: bytes


def shopping(chance: random.Random, base: int) -> Iterator[Batch]:
    """Batches of 1 to 20 events of one of 300 visitors, at most six hours before `base` (ms UTC)."""
    while True:
        visitor = f"visitor-{chance.randrange(300)}"
        events = [_event(chance, base) for _ in range(chance.randint(1, 20))]
        # Without `sent_at` the events' own times stand: the same batch is the same whenever it arrives.
        batch = {"v": 1, "site": "shop", "consent": a_receipt(at=base), "visitor": visitor, "events": events}
        yield Batch(tuple(event["id"] for event in events), json.dumps(batch).encode())


def _event(chance: random.Random, base: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "name": "page_view",
        "t": base - chance.randrange(21_600_000),
        "url": "https://shop.example" + chance.choice(["/", "/", "/product/kettle", "/cart"]),
    }
    if chance.random() < 0.1:
        made |= {"name": "purchase", "revenue": {"amount": "12.50", "currency": "EUR"}}
    if chance.random() < 0.2:
        made["url"] += f"?utm_source=news&utm_medium=email&utm_campaign=c{chance.randrange(5)}"
    return made


class Ledger:
    """Ids that were sent and ids that were acknowledged; answers by status (0: cut before an answer)."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.sent: set[str] = set()
        self.acked: set[str] = set()
        self.answers: Counter[int] = Counter()
        self.last_ack = 0.0

    def note(self, batch: Batch, status: int, answer: bytes) -> bool:
        """Write an answer down; whether it settles the batch."""
        settled = False
        if status == 202:
            said = json.loads(answer)
            settled = said["accepted"] + said["duplicate"] == len(batch.ids) and not said["dropped"]
        with self.lock:
            self.answers[status] += 1
            if settled:
                self.acked.update(batch.ids)
                self.last_ack = time.monotonic()
        return settled


class Client(threading.Thread):
    """Sends one batch after the other on a kept connection, each again with the same ids until it is settled."""

    def __init__(self, load: Load, seed: int) -> None:
        super().__init__(daemon=True)
        self._load, self._chance = load, random.Random(seed)
        self._connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        for batch in shopping(self._chance, self._load.base):
            with self._load.ledger.lock:
                self._load.ledger.sent.update(batch.ids)
            while not self._send(batch) and not self._load.given_up:
                time.sleep(0.01)
            if self._chance.random() < 0.05:
                self._send(batch)  # a sender that did not hear the answer
            if self._load.finishing or self._load.given_up:
                break
            time.sleep(self._load.pause)
        self._cut()

    def _send(self, batch: Batch) -> bool:
        try:
            connection = self._connected()
            connection.request("POST", "/m/e", batch.body, HEADERS)
            answer = connection.getresponse()
            return self._load.ledger.note(batch, answer.status, answer.read())
        except (OSError, http.client.HTTPException):
            self._cut()
            return self._load.ledger.note(batch, 0, b"")

    def _connected(self) -> http.client.HTTPConnection:
        port = self._load.port
        if self._connection is None or self._connection.port != port:
            self._cut()
            self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        return self._connection

    def _cut(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Load:
    """Several clients at once, aimed at a port that may change; used as a context."""

    def __init__(self, seed: int, clients: int = 4, pause: float = 0.004) -> None:
        self.ledger, self.pause, self.base = Ledger(), pause, now()
        self.port, self.finishing, self.given_up = 9, False, False
        self._clients = [Client(self, seed + number) for number in range(clients)]

    def __enter__(self) -> Self:
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.given_up = True
        for client in self._clients:
            client.join(30)

    def acked_after(self, moment: float, deadline: float = 120) -> float:
        """Wait for an acknowledgement later than `moment` (monotonic seconds) and return its delay."""
        while self.ledger.last_ack <= moment:
            if time.monotonic() > moment + deadline:
                raise AssertionError(f"no acknowledgement within {deadline} s: {self.ledger.answers}")
            time.sleep(0.001)
        return self.ledger.last_ack - moment

    def finish(self, deadline: float = 120) -> None:
        """Let every client settle the batch it is at, and no further one."""
        self.finishing = True
        for client in self._clients:
            client.join(deadline)
            assert not client.is_alive(), f"a batch is still not acknowledged: {self.ledger.answers}"


def stored(data: Path) -> list[str]:
    """The ids in the log, in its order."""
    with closing(sqlite3.connect(f"{(data / 'log.sqlite').as_uri()}?mode=ro", uri=True)) as log:
        return [str(uuid.UUID(bytes=key)) for (key,) in log.execute("SELECT id FROM event ORDER BY seq")]


def held_against(data: Path, ledger: Ledger) -> str:
    """Demand that the log and the ledger agree; returns the figures."""
    counts = Counter(stored(data))
    lost = ledger.acked - counts.keys()
    twice = [identity for identity, n in counts.items() if n > 1]
    figures = f"sent {len(ledger.sent)}, acked {len(ledger.acked)}, lost {len(lost)}, duplicated {len(twice)}"
    assert not lost, figures
    assert not twice, figures
    assert counts.keys() <= ledger.sent, "the log holds events that nobody sent"
    return f"{figures}, answers {dict(ledger.answers)}"
