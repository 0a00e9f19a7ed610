"""ClickHouse (chdb) in a process of its own, on the same segments."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson

from tests.bench.dataset import sql


class Answer(NamedTuple):
    """The rows, and the seconds that ClickHouse took for them."""

    rows: list[dict[str, Any]]
    seconds: float


class Peer:
    """Asks the process; one question at a time."""

    def __init__(self, questions: IO[bytes], answers: IO[bytes]) -> None:
        self._questions, self._answers = questions, answers

    def ask(self, file: str, **values: str) -> Answer:
        """Run the statement of a file; raises with ClickHouse's sentence."""
        text = sql(file)
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        self._questions.write(orjson.dumps(text) + b"\n")
        self._questions.flush()
        answer = orjson.loads(self._answers.readline())
        if "error" in answer:
            raise RuntimeError(f"{file}.sql: {answer['error']}")
        return Answer(answer["rows"], answer["seconds"])


@contextmanager
def loaded(folder: Path, parquet: str) -> Iterator[Peer]:
    """ClickHouse with the table `events`, made of these files in `folder`."""
    command = [sys.executable, "-m", __name__, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            peer = Peer(process.stdin, process.stdout)
            peer.ask("peer_load", parquet=parquet)
            peer.ask("peer_merge")
            yield peer
        finally:
            process.stdin.close()
            process.wait(60)


def version() -> str:
    """ClickHouse's own version."""
    code = "import chdb; print(chdb.query('SELECT version()', 'TSVRaw'), end='')"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def main(folder: str) -> None:
    """Answer statements, one JSON text a line."""
    from chdb.session import Session  # noqa: PLC0415  its library weighs hundreds of MB: only this process loads it

    session: Any = Session(folder)  # type: ignore[no-untyped-call]
    for line in sys.stdin.buffer:
        try:
            begin = time.perf_counter()
            found = session.query(orjson.loads(line), "JSONEachRow").bytes() or b""
            seconds = time.perf_counter() - begin
            answer = {"rows": [orjson.loads(row) for row in found.splitlines()], "seconds": seconds}
        except RuntimeError as error:
            answer = {"error": str(error)}
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1])
