"""What never becomes a batch is in the books all the same, once each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ORIGIN, Server, command
from tests.make import a_batch, an_event
from tests.web.books import clean, refusals, refused_since
from tests.web.wire import Line, head, request

SHORT = {"BALISE_SERVER_BODY_SECONDS": "2", "BALISE_SERVER_HEADER_SECONDS": "2.4"}  # a busy machine takes its time
GOOD = request(json.dumps(a_batch()).encode())
PROMISED = head(headers={"Content-Length": "100"}) + b"{"

# What is sent on a line of its own, and under which reason it is booked; None: it is in no book.
SENT: dict[str, tuple[bytes, str | None]] = {
    "a head too large in one field": (request(b"", headers={"X-A": "a" * 9_000}), "headers_too_large"),
    "a head too large as a whole": (head(headers={f"X-{n}": "a" * 500 for n in range(60)}), "headers_too_large"),
    "too many fields": (request(b"", headers={f"X-{n}": "a" for n in range(70)}), "headers_too_large"),
    "no HTTP": (b"\x16\x03\x01\x02\x00 hello\r\n\r\n", "not_http"),
    "a chunk size that is none": (head(headers={"Transfer-Encoding": "chunked"}) + b"zz\r\n", "cut_off"),
    "another protocol": (request(b"", headers={"Upgrade": "h2c", "Connection": "Upgrade"}), "upgrade_not_supported"),
    "no body's type": (request(b"", headers={"Content-Type": "text/html"}), "content_type"),
    "a request for something else": (request(method="GET", path="/health"), None),
}
UNFINISHED: dict[str, tuple[bytes, str | None]] = {
    "half a head": (b"POST /m/e HTTP/1.1\r\nHost: a", "headers_too_slow"),
    "half a body": (PROMISED, "body_too_slow"),
    "nothing": (b"", None),
    "empty lines": (b"\r\n\r\n", "headers_too_slow"),
}
LEFT: dict[str, tuple[bytes, str | None]] = {
    "in the head": (b"POST /m/e HT", "cut_off"),
    "in the body": (PROMISED, "cut_off"),
    "before a word": (b"", None),
    "in the second head": (GOOD + b"POST /m/e HT", "cut_off"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("books") / "data"
    command(folder, "site", "add", "shop", "--origin", ORIGIN)
    running = Server(folder, environment=SHORT)
    yield running
    assert running.stop() == 0
    assert clean(folder)


@pytest.mark.parametrize("name", SENT)
def test_what_is_refused_is_booked_once(name: str, house: Server) -> None:
    raw, reason = SENT[name]
    before = refusals(house.data)
    with Line(house.port) as line:
        line.send(raw)
        line.answer()
        if reason is not None:
            assert reason == "content_type" or line.ended()  # that line is kept
    assert refused_since(before, house, reason is not None) == ({reason: 1} if reason else {})


def test_what_is_waited_for_in_vain_is_booked_once(house: Server) -> None:
    before = refusals(house.data)
    lines = [Line(house.port) for _ in UNFINISHED]  # all at once, for each takes its time
    for line, (raw, _) in zip(lines, UNFINISHED.values(), strict=True):
        line.send(raw)
    for line, name in zip(lines, UNFINISHED, strict=True):
        line.answer()
        assert line.ended(), name
        line.socket.close()
    booked = Counter(reason for _, reason in UNFINISHED.values() if reason)
    assert refused_since(before, house, wanted=True) == booked


@pytest.mark.parametrize("name", LEFT)
def test_who_hangs_up_is_booked_once(name: str, house: Server) -> None:
    raw, reason = LEFT[name]
    before = refusals(house.data)
    with Line(house.port) as line:
        line.send(raw)
        if raw.startswith(GOOD):
            assert line.answer().status == 202
    assert refused_since(before, house, reason is not None) == ({reason: 1} if reason else {})


def test_a_refused_batch_counts_with_all_its_events(data: Path, start: Callable[..., Server]) -> None:
    limits = {"BALISE_SERVER_TRUSTED_PROXIES": '["127.0.0.1"]', "BALISE_SERVER_SITE_RATE": "1"}
    server = start(environment=limits)
    batches = [json.dumps(a_batch(an_event(), an_event(), an_event())).encode() for _ in range(50)]
    with Line(server.port) as line:  # at once: after a second the site may send again
        line.send(
            b"".join(request(one, headers={"X-Forwarded-For": f"198.51.100.{n}"}) for n, one in enumerate(batches))
        )
        answers = [line.answer().status for _ in batches]
    assert set(answers) == {202, 429}
    assert server.stop() == 0
    assert refusals(data) == {"too_many_requests": 3 * answers.count(429)}
