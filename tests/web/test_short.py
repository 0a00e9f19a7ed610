"""Short links over a real socket: where they lead, what they count, what they keep to themselves."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from tests.conftest import Server
from tests.links.run import MAIL, PAGE, listed, run

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
PATIENT = {"BALISE_LINKS_WAIT_SECONDS": "60", "BALISE_SERVER_TRUSTED_PROXIES": '["127.0.0.1"]'}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the links go, over (expired), gone (removed) and inner (no longer allowed)."""
    data = tmp_path_factory.mktemp("short") / "data"
    run(data, "site", "add", "shop", "--origin", "https://shop.example", "--own-host", "10.0.0.9")
    issue(data, PAGE, "go")
    issue(data, f"{PAGE}/over", "over")
    issue(data, f"{PAGE}/gone", "gone")
    issue(data, "http://10.0.0.9/x", "inner")
    run(data, "links", "remove", "gone", "--yes")
    run(data, "site", "remove", "shop", "--yes")
    with closing(sqlite3.connect(data / "log.sqlite")) as connection, connection:
        connection.execute("UPDATE link SET expires = 1 WHERE code = 'over'")
    server = Server(data, environment=PATIENT)
    yield server
    server.stop()


def issue(data: Path, url: str, code: str) -> str:
    return run(data, "links", "add", url, *MAIL, "--code", code).stdout.splitlines()[0]


def follow(server: Server, path: str, method: str = "GET", agent: str = CHROME, **headers: str) -> httpx2.Response:
    sent = {"user-agent": agent} | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.request(method, f"{server.url}/l/{path}", headers=sent, follow_redirects=False, timeout=60)


def clicks(server: Server, code: str) -> dict[str, int]:
    row = next(one for one in listed(server.data) if one["code"] == code)
    return {kind: row[kind] for kind in ("human", "repeat", "late", "preview", "bot") if row[kind]}


def test_it_leads_to_the_stored_target_and_nobody_keeps_that(house: Server) -> None:
    answer = follow(house, "GO", x_forwarded_for="192.0.2.1")
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{PAGE}?utm_source=newsletter&utm_medium=email&utm_campaign=spring"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("query", ["?url=https://evil.example", "?a=//evil.example", "?utm_source=evil", "?%0d%0aX:y"])
def test_nothing_in_the_request_moves_it(query: str, house: Server) -> None:
    answer = follow(house, f"go{query}", agent="curl/8")
    assert answer.headers["location"] == f"{PAGE}?utm_source=newsletter&utm_medium=email&utm_campaign=spring"


@pytest.mark.parametrize(("path", "status", "words"), [
    ("nothing", 404, {"en": "leads nowhere", "fr": "ne mène nulle part"}),
    ("x" * 500, 404, {"en": "leads nowhere", "fr": "ne mène nulle part"}),
    ("%00%0d%0a", 404, {"en": "leads nowhere", "fr": "ne mène nulle part"}),
    ("over", 410, {"en": "is over", "fr": "a expiré"}),
    ("gone", 410, {"en": "is gone", "fr": "n’existe plus"}),
    ("inner", 410, {"en": "is closed", "fr": "est fermé"}),
])  # fmt: skip
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_link_that_leads_nowhere_says_so_calmly(
    path: str, status: int, words: dict[str, str], language: str, house: Server
) -> None:
    answer = follow(house, path, agent="curl/8", accept_language=f"{language}-CA,de;q=0.5")
    assert answer.status_code == status
    assert words[language] in answer.text
    assert f'lang="{language}"' in answer.text
    assert "location" not in answer.headers
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert follow(house, path, "HEAD").status_code == status


def test_people_are_counted_once_apart_from_previews_and_programs(data: Path, start: Callable[..., Server]) -> None:
    issue(data, PAGE, "go")
    server = start(environment=PATIENT)
    for sender in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        follow(server, "go", x_forwarded_for=sender)
    follow(server, "go", "HEAD", x_forwarded_for="192.0.2.3")
    follow(server, "go", agent="Twitterbot/1.0", x_forwarded_for="192.0.2.4")
    follow(server, "go", sec_purpose="prefetch", x_forwarded_for="192.0.2.5")
    follow(server, "go", agent="curl/8", x_forwarded_for="192.0.2.6")
    assert clicks(server, "go") == {"human": 2, "repeat": 1, "preview": 3, "bot": 1}
    assert follow(server, "nothing").status_code == 404
    run(data, "links", "remove", "go", "--yes")
    assert follow(server, "go", x_forwarded_for="192.0.2.7").status_code == 410
    assert clicks(server, "go")["late"] == 1
    assert follow(server, "go", "POST").status_code == 405
    server.stop()
    kept = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file()) + server.log.read_bytes()
    assert b"192.0.2" not in kept
    assert b"Chrome/150" not in kept


def test_every_answered_click_is_there_after_kill_9(data: Path, start: Callable[..., Server]) -> None:
    issue(data, PAGE, "go")
    answered = 0
    for turn in range(2):
        server = start(environment=PATIENT)
        for number in range(5):
            answered += follow(server, "go", x_forwarded_for=f"192.0.2.{turn * 5 + number}").status_code == 302
        server.stop(signal.SIGKILL)
    assert answered == 10
    assert [row["human"] for row in listed(data)] == [10]
    run(data, "check")


def test_a_visitor_does_not_wait_for_a_disk_that_does_not_answer(data: Path, start: Callable[..., Server]) -> None:
    issue(data, PAGE, "go")
    server = start(environment={**PATIENT, "BALISE_LINKS_WAIT_SECONDS": "0.05"})
    with closing(sqlite3.connect(data / "log.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")  # nobody else can write until the answer is here
        assert follow(server, "go", x_forwarded_for="192.0.2.1").status_code == 302
        holder.execute("ROLLBACK")
    assert follow(server, "go", x_forwarded_for="192.0.2.2").status_code == 302
    server.stop()
    assert clicks(server, "go") == {"human": 2}


def test_a_sender_who_tries_codes_is_slowed_down(data: Path, start: Callable[..., Server]) -> None:
    issue(data, PAGE, "go")
    limits = {"BALISE_SERVER_ADDRESS_BURST": "3", "BALISE_SERVER_ADDRESS_RATE": "0.001"}
    server = start(environment={**PATIENT, **limits})
    answers = [follow(server, f"try{n}", x_forwarded_for="192.0.2.9", accept_language="fr") for n in range(4)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "Réessayez" in answers[-1].text
    assert follow(server, "go", x_forwarded_for="192.0.2.10").status_code == 302


def test_an_advertising_platforms_click_id_reaches_the_page(house: Server) -> None:
    answer = follow(house, "go?gclid=Cj0KCQ&x=1", agent="curl/8")
    assert answer.headers["location"].endswith("&utm_campaign=spring&gclid=Cj0KCQ")
