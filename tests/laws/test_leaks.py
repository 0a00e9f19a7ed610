"""The whole way: over a real socket and through `balise import`, then every byte of every file is searched."""

from __future__ import annotations

import base64
import http.client
import json
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import DEEP, ORIGIN, Server, command
from tests.laws.planting import IN_BATCHES, IN_EVENTS, IN_HEADS, IPV4, SHAPED, Plant, Secret, as_json
from tests.laws.searching import leaks, texts
from tests.make import a_batch, a_receipt, an_event

# Every event is sealed at the follower's next turn; forwarded addresses count, as behind a proxy.
SEALING = {
    "BALISE_SEGMENTS_AT_ONCE": "1",
    "BALISE_SEGMENTS_ROWS": "500",
    "BALISE_SERVER_TRUSTED_PROXIES": '["127.0.0.0/8"]',
    "BALISE_SERVER_ADDRESS_BURST": "100000",
    "BALISE_SERVER_COUNTRY_HEADER": "x-country",
}
CONTROL = Secret("control", "plumbatlaxwizkjor", "plumbatlaxwizkjor")
SOWING = settings(max_examples=600 if DEEP else 60, phases=[Phase.generate])
Planted = list[tuple[str, Secret]]


@pytest.mark.crash
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_no_byte_of_a_planted_secret_is_kept(tmp_path: Path, ending: signal.Signals) -> None:
    data = tmp_path / "data"
    salts = tmp_path / "salts"
    salts.mkdir()
    for name, profile in (("shop", "required"), ("calm", "exempt")):
        options = ["--profile", profile, "--origin", ORIGIN, "--parameter", "kept", "--hash-routes"]
        command(data, "site", "add", name, *options)
    server = Server(data, environment=SEALING | {"BALISE_SERVER_SALT_FOLDER": str(salts)})
    try:
        planted = [*over_the_wire(server), *imported(data, tmp_path / "rows.ndjson")]
        sealed(server)
        backup(data, tmp_path / "backup.sqlite")
    finally:
        server.stop(ending)
    printed = ("what the server printed", server.log.read_text())
    found = [*texts(data), ("backup", (tmp_path / "backup.sqlite").read_bytes().decode("latin-1")), printed]
    assert leaks([("props", CONTROL)], found), "the search does not even find what is kept"
    (file,) = salts.iterdir()
    assert not (faults := sorted(leaks(planted, [*found, (file.name, file.read_text())]))), "\n".join(map(str, faults))
    for form in salted(file):
        assert not [name for name, text in found if form in text], "a salt left its file"


def backup(data: Path, copy: Path) -> None:
    """The database as an operator backs it up beside a running server."""
    with closing(sqlite3.connect(data / "log.sqlite")) as log:
        log.execute("VACUUM INTO ?", (str(copy),))


def salted(file: Path) -> list[str]:
    """The salts that are in use, as they might stand in a text."""
    salts = [base64.b64decode(salt["now"]) for salt in json.loads(file.read_bytes()).values()]
    assert [len(salt) for salt in salts] == [32]
    return [form for salt in salts for form in (salt.decode("latin-1"), salt.hex(), base64.b64encode(salt).decode())]


def over_the_wire(server: Server) -> Planted:
    """Send what hypothesis plants; returns what was planted."""
    planted: Planted = []

    @SOWING
    @given(IN_BATCHES, st.lists(IN_EVENTS, min_size=1, max_size=8), IN_HEADS, IPV4, SHAPED)
    def sow(envelope: Plant, events: list[Plant], head: Plant, forwarded: Secret, stray: Secret) -> None:
        planted.extend((where, secret) for where, secret, _ in (envelope, *events, head))
        planted.extend([("forwarded for", forwarded), ("stray", stray)])
        batch = a_batch(*(an_event(**fields) for _, _, fields in events), an_event(props={"note": CONTROL.text}))
        receipt = a_receipt(**envelope[2].get("consent", {}))
        body = as_json(batch | envelope[2] | {"consent": receipt})
        sent(server, "/m/e", body, {"x-forwarded-for": forwarded.text} | head[2])
        unasked = {key: value for key, value in (batch | envelope[2]).items() if key != "consent"} | {"site": "calm"}
        sent(server, "/m/e", as_json(unasked), {"x-forwarded-for": forwarded.text} | head[2])
        astray(server, batch, stray)

    sow()
    return planted


def sent(server: Server, path: str, body: bytes, headers: dict[str, str]) -> int:
    """One POST from an address of its own; returns the status."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60, source_address=("127.203.113.7", 0))
    try:
        connection.request("POST", path, body, {"origin": ORIGIN, "content-type": "text/plain"} | headers)
        return connection.getresponse().status
    finally:
        connection.close()


def astray(server: Server, batch: dict[str, Any], stray: Secret) -> None:
    """Requests that must be refused, with a secret in them."""
    text = stray.text
    sent(server, "/m/e", as_json(batch | {"site": text[:64]}), {})
    sent(server, "/m/e", as_json(batch)[:-9] + text.encode(), {})
    sent(server, "/m/e", as_json(batch | {"v": text, "consent": {"state": text, "source": text}}), {})
    sent(server, "/m/forget", as_json({"v": 1, "site": "shop", "visitor": text}), {"cookie": f"m_shop={text}"})
    sent(server, "/m/e", as_json(batch), {"origin": f"https://{text}".replace(" ", "")})
    address = text.replace(" ", "+")
    sent(server, f"/m/e?{address}", as_json(batch | {"consent": None}), {})
    sent(server, f"/api/sites/{address}/reports/{address}", as_json({text: text}), {"authorization": f"Bearer {text}"})


def imported(data: Path, file: Path) -> Planted:
    """The same through the command, beside the server; what it printed is no file of ours."""
    planted: Planted = []
    rows: list[bytes] = []

    @SOWING
    @given(IN_EVENTS, SHAPED, SHAPED)
    def sow(plant: Plant, visitor: Secret, source: Secret) -> None:
        where, secret, fields = plant
        planted.extend([(where, secret), ("visitor", visitor), ("consent source", source)])
        said = {"state": "granted", "source": source.text[:64], "policy": source.text[:64]}
        rows.append(as_json(an_event(**fields) | {"visitor": visitor.text, "consent": said}))

    sow()
    file.write_bytes(b"\n".join(rows))
    printed = command(data, "import", str(file), "--site", "shop", code=None)
    assert int(printed.partition("accepted ")[2].split()[0]) > len(rows) // 2, printed
    return planted


def sealed(server: Server, deadline: float = 120) -> None:
    """Wait until the whole log lies in segments."""
    token = command(server.data, "token").strip()
    until = time.monotonic() + deadline
    while asked(server, "balise_last_seq", token) > newest(server.data):
        assert time.monotonic() < until, "the tail was not sealed"
        time.sleep(0.05)


def asked(server: Server, gauge: str, token: str) -> int:
    """One line of the server's metrics."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("GET", "/metrics", headers={"authorization": f"Bearer {token}"})
        page = connection.getresponse().read().decode()
    finally:
        connection.close()
    return int(page.partition(f"\n{gauge} ")[2].split()[0])


def newest(data: Path) -> int:
    """The last event that a finished segment names."""
    return max((int(path.stem.partition("-")[2]) for path in (data / "segments").glob("*.parquet")), default=0)
