"""What is too large or too slow is cut, costs no memory, and hurts nobody else."""

from __future__ import annotations

import contextlib
import json
import select
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from collector.web.limits import Buckets, Proxies, network
from tests.conftest import ORIGIN, Server, command
from tests.make import a_batch
from tests.web.wire import CUT, PATIENCE, Answer, Line, head, once, request

MEBIBYTE = 1_048_576
GROWTH = 16 * MEBIBYTE
CHUNK = b" " * 65_536
SECONDS = 2.0  # that a head and a body may take: short, and longer than a busy machine keeps a whole request waiting


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("limits") / "data"
    command(folder, "site", "add", "shop", "--origin", ORIGIN)
    short = {"BALISE_SERVER_BODY_SECONDS": str(SECONDS), "BALISE_SERVER_HEADER_SECONDS": str(SECONDS)}
    running = Server(folder, environment=short)
    collects(running)
    yield running
    collects(running)
    running.stop()
    assert "Traceback" not in running.log.read_text()


def collects(server: Server) -> None:
    assert once(server.port, request(json.dumps(a_batch()).encode())).json()["accepted"] == 1


def memory(server: Server) -> int:
    """Resident bytes of the server's process."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1_024


class Watch:
    """The most that a server's memory grew while the block ran; looked at all the time."""

    def __init__(self, server: Server) -> None:
        self._server, self._done = server, threading.Event()
        self._before = self.most = memory(server)
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def growth(self) -> int:
        """In bytes."""
        return max(self.most, memory(self._server)) - self._before

    def _look(self) -> None:
        while not self._done.wait(0.002):
            self.most = max(self.most, memory(self._server))


def streamed(port: int, first: bytes, pieces: Iterator[bytes]) -> tuple[Answer, int]:
    """Send until all is sent, an answer comes or the other side closes; the answer, and the bytes that went out."""
    sent = 0
    with Line(port) as line:
        line.send(first)
        try:
            for piece in pieces:
                if select.select([line.socket], [], [], 0)[0]:
                    break
                line.send(piece)
                sent += len(piece)
            return line.answer(), sent
        except ConnectionError:
            return _rest(line), sent


def _rest(line: Line) -> Answer:
    """What was said before the connection broke."""
    try:
        return line.answer()
    except ConnectionError:
        return CUT


def plain(total: int) -> Iterator[bytes]:
    return (CHUNK for _ in range(total // len(CHUNK)))


def chunked(total: int) -> Iterator[bytes]:
    return (b"%x\r\n%b\r\n" % (len(CHUNK), CHUNK) for _ in range(total // len(CHUNK)))


BODIES: dict[str, Callable[[], tuple[bytes, Iterator[bytes]]]] = {
    "with its length": lambda: (head(headers={"Content-Length": str(200 * MEBIBYTE)}), plain(200 * MEBIBYTE)),
    "in chunks": lambda: (head(headers={"Transfer-Encoding": "chunked"}), chunked(200 * MEBIBYTE)),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_of_200_megabytes_is_refused_and_never_held(name: str, house: Server) -> None:
    with Watch(house) as watch:
        answer, sent = streamed(house.port, *BODIES[name]())
    assert (answer.status, answer.error(), answer.header("connection")) == (413, "too_large", "close")
    assert sent < 20 * MEBIBYTE
    assert watch.growth < GROWTH


@pytest.mark.parametrize(
    "path,status",
    [("/m/forget", 413), ("/m/e", 415), ("/api/sites/shop/reports/overview", 401), ("/health", 405), ("/x", 404)],
)
def test_a_large_body_to_any_other_path_is_never_held(path: str, status: int, house: Server) -> None:
    kind = "text/html" if status == 415 else "text/plain"
    with Watch(house) as watch:
        answer, _ = streamed(
            house.port,
            head(path=path, headers={"Content-Length": str(50 * MEBIBYTE), "Content-Type": kind}),
            plain(50 * MEBIBYTE),
        )
    assert answer.status == status
    assert watch.growth < GROWTH


def test_many_bodies_at_their_cap_at_once_are_held_within_bounds(house: Server) -> None:
    """100 senders × 64 KiB, all but the last byte."""
    lines = [Line(house.port) for _ in range(100)]
    with Watch(house) as watch:
        for line in lines:
            line.send(head(headers={"Content-Length": "65536"}) + b" " * 65_535)
        assert {line.answer().status for line in lines} == {408}
    for line in lines:
        line.socket.close()
    assert watch.growth < 3 * GROWTH


@pytest.mark.parametrize("lines", [False, True])
def test_a_header_of_8_megabytes_is_refused_and_never_held(lines: bool, house: Server) -> None:
    piece = b"X-A: " + b"a" * 8_000 + (b"\r\n" if lines else b"")
    first = b"POST /m/e HTTP/1.1\r\nHost: a\r\n" + (b"" if lines else b"X-B: ")
    with Watch(house) as watch:
        answer, sent = streamed(house.port, first, (piece for _ in range(1_050)))
    assert answer.status in (400, 431), answer
    assert sent < MEBIBYTE * 4
    assert watch.growth < GROWTH


@pytest.mark.parametrize("size,status", [(15_000, 202), (16_384, 202), (16_385, 431), (20_000, 431)])
def test_a_head_is_read_up_to_its_cap(size: int, status: int, house: Server) -> None:
    body = json.dumps(a_batch()).encode()
    bare = len(request(body, headers={"X-A": "", "X-B": "", "X-C": ""})) - len(body)
    room = size - bare  # in three fields, since one alone has a cap of its own
    filled = {"X-A": "a" * (room // 3), "X-B": "b" * (room // 3), "X-C": "c" * (room - room // 3 * 2)}
    answer = once(house.port, request(body, headers=filled))
    assert answer.status == status, answer
    if status == 431:
        assert (answer.error(), answer.header("connection")) == ("headers_too_large", "close")


def test_a_long_target_counts_as_head(house: Server) -> None:
    assert once(house.port, request(method="GET", path="/" + "a" * 20_000)).status == 431


HALVES = {
    "nothing": b"",
    "a letter": b"P",
    "a first line": b"POST /m/e HTTP/1.1\r\n",
    "half a header": b"POST /m/e HTTP/1.1\r\nHost: a",
    "all but the last byte": head(headers={"Content-Length": "10"})[:-1],
}


def test_half_a_head_is_cut_in_time(house: Server) -> None:
    """The first of a line and the second, not before their time; all at once, for each takes that long."""
    began = time.monotonic()
    lines = {name: Line(house.port) for name in (*HALVES, "the second head")}
    assert lines["the second head"].ask(request(method="GET", path="/health")).status == 200
    for name, line in lines.items():
        line.send(HALVES.get(name, b"POST /m/e HT"))
    for name, line in lines.items():
        assert line.answer().status in (0, 408), name
        assert line.ended(), name
        assert time.monotonic() - began >= SECONDS * 0.9, name
        line.socket.close()


def test_a_head_that_trickles_is_cut_all_the_same(house: Server) -> None:
    """Each byte in time is not enough: the whole head has one deadline."""
    with Line(house.port) as line:
        assert trickled(line, b"POST /m/e HTTP/1.1\r\n" + b"X-A: 1\r\n" * 400)


def test_half_a_body_is_answered_408_and_cut(house: Server) -> None:
    with Line(house.port) as line:
        began = time.monotonic()
        line.send(head(headers={"Content-Length": "100"}) + b"{")
        answer = line.answer()
        assert (answer.status, answer.error(), answer.error("field")) == (408, "body_too_slow", "body")
        assert line.ended()
        assert time.monotonic() - began >= SECONDS * 0.9


def test_a_body_that_trickles_is_cut_all_the_same(house: Server) -> None:
    with Line(house.port) as line:
        line.send(head(headers={"Content-Length": "60000"}))
        assert trickled(line, b" " * 60_000)


EARLY = {
    "/m/e": "text/html",
    "/health": "text/plain",
    "/api/sites/shop/reports/pages": "text/plain",
    "/x": "text/plain",
}


def test_a_body_nobody_waits_for_does_not_hold_its_line_for_ever(house: Server) -> None:
    """The answer is out before the body came: who then sends one byte and waits is cut too."""
    lines = {path: Line(house.port) for path in EARLY}
    for path, line in lines.items():
        line.send(head(path=path, headers={"Content-Length": "60000", "Content-Type": EARLY[path]}))
        assert line.answer().status in (401, 404, 405, 415)
        with contextlib.suppress(ConnectionError):
            line.send(b" ")
    for path, line in lines.items():
        assert line.ended(), path
        line.socket.close()


def test_two_hundred_slow_senders_do_not_stop_the_others(house: Server) -> None:
    """Half of them stop in the head, half in the body."""
    halves = (HALVES["half a header"], head(headers={"Content-Length": "100"}) + b"{")
    slow = [Line(house.port) for _ in range(200)]
    for index, line in enumerate(slow):
        line.send(halves[index % 2])
    with Line(house.port) as good:
        for _ in range(100):
            assert good.ask(request(json.dumps(a_batch()).encode())).json()["accepted"] == 1
    assert all(line.ended() for line in slow)
    for line in slow:
        line.socket.close()


SLOW_TO_READ = {
    "quotes behind backslashes": b'{"events":[' + b'\\"' * 32_000 + b"]}",
    "brackets": b'{"events":[' + b"[" * 32_000 + b"]" * 32_000,
    "commas": b'{"events":[' + b"," * 65_000 + b"]}",
    "halves of pairs": b'{"events":["' + b"\\ud83d" * 10_000,
    "empty objects": b'{"v":1,"site":"shop","events":[' + b"{}," * 21_000 + b"x]}",
    "one long text": b'{"events":["' + b"a" * 65_000,
}


@pytest.mark.parametrize("name", SLOW_TO_READ)
def test_no_body_of_a_stranger_stops_the_server(name: str, house: Server) -> None:
    """Half a second of the processor at most, the least of three: nobody else is answered meanwhile."""
    raw = request(SLOW_TO_READ[name], headers={"Origin": "https://evil.example"})
    took, process = [], psutil.Process(house.process.pid)
    for _ in range(3):
        before = process.cpu_times()
        assert once(house.port, raw).status in (400, 403)
        after = process.cpu_times()
        took.append(after.user + after.system - before.user - before.system)
    assert min(took) < 0.5


def trickled(line: Line, text: bytes) -> bool:
    """Send a byte every 20 ms; whether the other side closes."""
    deadline = time.monotonic() + PATIENCE
    for byte in text:
        if select.select([line.socket], [], [], 0.02)[0]:
            return line.ended()
        if time.monotonic() > deadline:
            return False
        try:
            line.send(bytes([byte]))
        except ConnectionError:
            return True
    return line.ended()


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    clock = Clock()
    buckets = Buckets(2, 5, clock)
    assert [buckets.wait("a") for _ in range(5)] == [0] * 5
    assert buckets.wait("a") == pytest.approx(0.5)
    assert buckets.wait("b") == 0
    clock.now += 1
    assert [buckets.wait("a") > 0 for _ in range(3)] == [False, False, True]


def test_a_clock_set_back_an_hour_locks_nobody_out() -> None:
    clock = Clock()
    buckets = Buckets(20, 100, clock)
    assert buckets.wait("a") == 0
    clock.now -= 3_600
    assert buckets.wait("a") == 0


def test_a_million_addresses_do_not_fill_the_memory() -> None:
    buckets = Buckets(1, 1, Clock())
    for number in range(150_000):
        buckets.wait(f"{number}")
    assert len(buckets._buckets) <= 100_000


NETWORKS = {
    "192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
    "2001:db8:1:2::": "2001:db8:1:2::/64",
    "fe80::1%eth0": "fe80::/64", "127.0.0.1": None, "127.9.9.9": None, "::1": None, "::ffff:127.0.0.1": None,
    "": "unknown", "x": "unknown", "1.2.3": "unknown", "1.2.3.4:5": "unknown", "[::1]": "unknown",
    "<script>": "unknown", "01.2.3.4": "unknown",
}  # fmt: skip


@pytest.mark.parametrize("address", NETWORKS)
def test_an_address_has_the_key_of_its_network(address: str) -> None:
    assert network(address) == NETWORKS[address]


# Trusted: 127.0.0.1 and 10.0.0.0/8. Peer, X-Forwarded-For → who sent it.
HOPS = (
    ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
    ("127.0.0.1", "", "127.0.0.1"),
    ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
    ("127.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
    ("127.0.0.1", "198.51.100.1, 10.0.0.7", "198.51.100.1"),
    ("127.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.7,10.1.2.3", "198.51.100.1"),
    ("127.0.0.1", "10.0.0.7", "127.0.0.1"),
    ("127.0.0.1", "198.51.100.1, <script>", "unknown"),
    ("127.0.0.1", "198.51.100.1, ", "127.0.0.1"),
    ("127.0.0.1", "2001:db8::1", "2001:db8::1"),
    ("127.0.0.1", "\xff", "unknown"),
    ("10.9.9.9", "198.51.100.1", "198.51.100.1"),
    ("11.0.0.1", "198.51.100.1", "11.0.0.1"),
    ("127.0.0.1", "198.51.100.1:4711, 10.0.0.7:4712", "198.51.100.1"),
    ("::ffff:10.0.0.7", "198.51.100.1, ::ffff:10.0.0.8", "198.51.100.1"),
)


@pytest.mark.parametrize("peer,forwarded,sender", HOPS)
def test_the_sender_is_the_nearest_hop_that_is_not_trusted(peer: str, forwarded: str, sender: str) -> None:
    proxies = Proxies(["127.0.0.1", "10.0.0.0/8"])
    assert proxies.sender(peer, {b"x-forwarded-for": forwarded.encode("latin-1")} if forwarded else {}) == sender


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert Proxies([]).sender("203.0.113.9", {b"x-forwarded-for": b"198.51.100.1"}) == "203.0.113.9"
