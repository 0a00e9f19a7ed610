"""Requests whose bytes are no clean HTTP/1.1: refused and cut, or read one way only."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator

import pytest

from tests.conftest import ORIGIN, Server, command
from tests.make import a_batch
from tests.web.wire import CUT, Answer, Line, head, once, request

BODY = json.dumps(a_batch(events=[])).encode()
LENGTH = str(len(BODY))
CHUNKED = {"Transfer-Encoding": "chunked"}
CHUNK = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)


def _line(first: bytes, rest: bytes = b"") -> bytes:
    return (
        first
        + b"\r\nHost: a\r\nOrigin: %b\r\nContent-Length: %b\r\n" % (ORIGIN.encode(), LENGTH.encode())
        + rest
        + b"\r\n"
        + BODY
    )


def _post(rest: bytes) -> bytes:
    return _line(b"POST /m/e HTTP/1.1", rest)


def _sized(length: str) -> bytes:
    return head(headers={"Content-Length": length}) + BODY


# Refused: 400, or cut without a word.
REFUSED = {
    "two lengths that differ": _post(b"Content-Length: 1\r\n"),
    "two lengths, one list": _sized(f"{LENGTH}, {LENGTH}"),
    "a length that differs in a list": _sized(f"{LENGTH}, 1"),
    "a length and chunks": head(headers={"Content-Length": LENGTH, **CHUNKED}) + CHUNK,
    "chunks and a length": head(headers=CHUNKED)[:-2] + b"Content-Length: 5\r\n\r\n" + CHUNK,
    "a negative length": _sized("-1"),
    "a signed length": _sized("+" + LENGTH),
    "a length in hex": _sized("0x10"),
    "a length of a word": _sized("ten"),
    "a length with a space inside": _sized("1 0"),
    "a length of 2^64": _sized(str(2**64)),
    "a length of 5,000 digits": _sized("9" * 5_000),
    "an empty length": _sized(""),
    "an unknown transfer coding": head(headers={"Transfer-Encoding": "cow"}) + CHUNK,
    "chunked before another coding": head(headers={"Transfer-Encoding": "chunked, gzip"}) + CHUNK,
    "a chunk size that is no number": head(headers=CHUNKED) + b"zz\r\nx\r\n0\r\n\r\n",
    "a negative chunk size": head(headers=CHUNKED) + b"-5\r\nxxxxx\r\n0\r\n\r\n",
    "a chunk size over 64 bits": head(headers=CHUNKED) + b"fffffffffffffffff\r\nx\r\n0\r\n\r\n",
    "a chunk size of 0x": head(headers=CHUNKED) + b"0x5\r\nxxxxx\r\n0\r\n\r\n",
    "a chunk longer than said": head(headers=CHUNKED) + b"2\r\nxxxxx\r\n0\r\n\r\n",
    "a chunk without its end": head(headers=CHUNKED) + b"5\r\nxxxxx0\r\n\r\n",
    "bare line feeds": _post(b"").replace(b"\r\n", b"\n"),
    "bare line feeds between headers": _post(b"X-A: 1\nX-B: 2\r\n"),
    "bare carriage returns": _post(b"X-A: 1\rX-B: 2\r\n"),
    "a folded header": _post(b"X-A: 1\r\n  more\r\n"),
    "a folded first header": b"POST /m/e HTTP/1.1\r\n Host: a\r\n\r\n",
    "NUL in a name": _post(b"X\x00A: 1\r\n"),
    "NUL in a value": _post(b"X-A: a\x00b\r\n"),
    "8 bits in a name": _post(b"X-\xe9: 1\r\n"),
    "a space in a name": _post(b"X A: 1\r\n"),
    "a space before the colon": _post(b"Transfer-Encoding : chunked\r\n"),
    "a header without a colon": _post(b"nonsense\r\n"),
    "a header without a name": _post(b": x\r\n"),
    "a control character in a value": _post(b"X-A: a\x0bb\x01\r\n"),
    "HTTP/0.9": b"GET /health\r\n",
    "HTTP/3": _line(b"POST /m/e HTTP/3"),
    "http in small letters": _line(b"POST /m/e http/1.1"),
    "two spaces": _line(b"POST  /m/e x HTTP/1.1"),
    "a tab for a space": _line(b"POST\t/m/e\tHTTP/1.1"),
    "no target": _line(b"POST HTTP/1.1"),
    "a target without a slash": _line(b"POST m/e HTTP/1.1"),
    "NUL in the target": _line(b"POST /m/\x00e HTTP/1.1"),
    "a method nobody knows": _line(b"FROB /m/e HTTP/1.1"),
    "a method in small letters": _line(b"post /m/e HTTP/1.1"),
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a hello of TLS": bytes.fromhex("16030100a5010000a10303") + b"\x00" * 160,
    "a hello of SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a hello of SOCKS": b"\x05\x01\x00\r\n\r\n",
    "zeros": b"\x00" * 64,
    "0xff": b"\xff" * 64,
    "no host": request(BODY, headers={"Host": None}),
    "two hosts": _post(b"Host: b\r\n"),
    "a host that is none": request(BODY, headers={"Host": "evil.example/x?@#"}),
    "a word": b"hello\r\n\r\n",
    "mail": b"EHLO shop.example\r\n",
    "redis": b"*1\r\n$4\r\nPING\r\n",
}

# Allowed by HTTP and read one way: the batch has no events, so the answer is 202.
READ = {
    "chunks": head(headers=CHUNKED) + CHUNK,
    "chunks of a byte": head(headers=CHUNKED) + b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n",
    "chunks in capitals": head(headers={"Transfer-Encoding": "CHUNKED"}) + CHUNK,
    "a chunk with an extension": head(headers=CHUNKED) + CHUNK.replace(b"\r\n", b";a=b\r\n", 1),
    "a trailer": head(headers=CHUNKED) + CHUNK[:-2] + b"X-Trailer: 1\r\n\r\n",
    "a length with zeros before it": _sized("000" + LENGTH),
    "the whole address as the target": request(BODY, path="http://collector.example/m/e"),
    "another host's address as the target": request(BODY, path="http://evil.example/m/e"),
    "an empty line first": b"\r\n\r\n" + request(BODY),
    "HTTP/1.0": _line(b"POST /m/e HTTP/1.0"),
    "HTTP/1.0 without a host": request(BODY, headers={"Host": None}).replace(b"HTTP/1.1", b"HTTP/1.0"),
    "an empty host": request(BODY, headers={"Host": ""}),
    "a host of version 6 with a port": request(BODY, headers={"Host": "[::1]:8787"}),
    "names in capitals": request(BODY, headers={"Origin": None, "ORIGIN": ORIGIN}),
    "8 bits in a value": request(BODY, headers={"X-A": "\xe9\xff"}),
    "sixty headers": request(BODY, headers={f"X-{n}": "v" for n in range(60)}),
}

# Not ours to speak, and no harm if it is read and the connection closed.
FORGIVEN = {"no version": _line(b"POST /m/e"), "HTTP/2.0": _line(b"POST /m/e HTTP/2.0")}

UPGRADES = {
    "h2c": {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABk"},
    "websocket": {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "x" * 24},
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("framing") / "data"
    command(folder, "site", "add", "shop", "--origin", ORIGIN)
    running = Server(folder, environment={"BALISE_SERVER_HEADER_SECONDS": "2", "BALISE_SERVER_BODY_SECONDS": "2"})
    yield running
    assert once(running.port, request(BODY)).status == 202  # whatever came before, it still collects
    running.stop()
    assert "Traceback" not in running.log.read_text()


def said(port: int, raw: bytes) -> Answer:
    """The first answer, or a cut; a server that waits for more within its deadline answers 408 and cuts."""
    with Line(port) as line:
        try:
            line.send(raw)
            return line.answer()
        except ConnectionError:
            return CUT


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_clean_http_is_refused_and_the_connection_closed(name: str, house: Server) -> None:
    with Line(house.port) as line:
        line.send(REFUSED[name])
        try:
            answer = line.answer()
        except ConnectionError:
            answer = CUT
        assert answer.status in (0, 400, 408), answer
        assert answer is CUT or answer.error("message").startswith("expected "), answer
        assert line.ended()


@pytest.mark.parametrize("name", READ)
def test_what_http_allows_is_read_one_way(name: str, house: Server) -> None:
    answer = said(house.port, READ[name])
    assert (answer.status, answer.body) == (202, b'{"accepted":0,"duplicate":0,"dropped":{}}')


@pytest.mark.parametrize("name", FORGIVEN)
def test_another_version_of_http_is_answered_once_at_most(name: str, house: Server) -> None:
    with Line(house.port) as line:
        line.send(FORGIVEN[name])
        assert line.answer().status in (0, 202, 400, 505)
        assert line.ended()


@pytest.mark.parametrize("name", UPGRADES)
def test_an_upgrade_is_ignored_or_the_connection_ends(name: str, house: Server) -> None:
    """Bytes behind the head of an upgrade are this request's body, or nothing; never another request."""
    with Line(house.port) as line:
        line.send(request(BODY, headers=UPGRADES[name]))
        assert line.answer().status == 202 or line.ended()


def test_a_batch_in_a_body_of_two_lengths_is_not_smuggled_behind_another(house: Server) -> None:
    """The bytes behind a refused head are never read as a second request."""
    smuggled = request(BODY)
    with Line(house.port) as line:
        line.send(head(headers={"Content-Length": "4", **CHUNKED}) + b"0\r\n\r\n" + smuggled)
        assert line.answer().status in (0, 400)
        assert line.answer() is CUT


def test_requests_sent_at_once_are_answered_in_their_order(house: Server) -> None:
    bodies = [json.dumps(a_batch()).encode(), b"x", json.dumps(a_batch(site="nobody")).encode(), BODY]
    with Line(house.port) as line:
        line.send(b"".join(request(body) for body in bodies) + request(method="GET", path="/health"))
        assert [line.answer().status for _ in range(5)] == [202, 400, 403, 202, 200]


@pytest.mark.parametrize("size", [1, 3, 50, 1_000])
def test_a_request_that_comes_in_pieces_is_the_same_request(size: int, house: Server) -> None:
    raw = request(json.dumps(a_batch()).encode())
    with Line(house.port) as line:
        for at in range(0, len(raw), size):
            line.send(raw[at : at + size])
        assert line.answer().json() == {"accepted": 1, "duplicate": 0, "dropped": {}}


@pytest.mark.parametrize("behind", [1, 2, 3, 4])
def test_a_head_whose_end_comes_with_a_large_body_is_no_large_head(behind: int, house: Server) -> None:
    """Where the network cuts a request says nothing of its head's size."""
    first, large = head(headers={"Content-Length": "60000"}), BODY.ljust(60_000)
    with Line(house.port) as line:
        line.send(first[:-behind])
        with Line(house.port) as other:  # an answer on another line: the server has read the first piece
            assert other.ask(request(method="GET", path="/health")).status == 200
        line.send(first[-behind:] + large)
        assert line.answer().status == 202


def test_tls_spoken_to_the_plain_port_fails_at_once(house: Server) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with Line(house.port) as line, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(line.socket)


def test_an_expectation_of_100_is_met_before_the_body(house: Server) -> None:
    with Line(house.port) as line:
        line.send(head(headers={"Content-Length": LENGTH, "Expect": "100-continue"}))
        assert line.answer().status == 100
        line.send(BODY)
        assert line.answer().status == 202


def test_an_odd_host_appears_in_no_answer(house: Server) -> None:
    """No address is built from what a sender calls us."""
    for path in ("/", "/health/", "/m/e/", "/m/s.js/", "/api/sites/", "/nothing"):
        answer = once(house.port, request(method="GET", path=path, headers={"Host": "evil.example"}))
        assert "evil.example" not in str(answer), answer


@pytest.mark.parametrize(
    "fields", ["".join(f"X-{n}: 1\r\n" for n in range(65)), f"X-Long: {'a' * 8_200}\r\n"], ids=["too many", "too long"]
)
def test_a_head_of_too_many_or_too_long_fields_is_431(fields: str, house: Server) -> None:
    with socket.create_connection(("127.0.0.1", house.port), timeout=60) as line:
        line.sendall(f"POST /m/e HTTP/1.1\r\nHost: x\r\n{fields}Content-Length: 0\r\n\r\n".encode())
        assert line.recv(4_096).startswith(b"HTTP/1.1 431 ")
