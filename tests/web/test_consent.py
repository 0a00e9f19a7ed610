"""What the server does without a grant, and what it refuses that a changed snippet might send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ORIGIN, Server, command
from tests.make import a_batch, a_receipt, an_event, now
from tests.web.books import clean, counted, settled, stored

DAY = 86_400_000
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
SITES = {
    "calm": ["--profile", "exempt"],
    "mixed": ["--profile", "hybrid"],
    "asks": ["--policy", "2026-12", "--receipt-days", "30"],
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """calm is exempt, mixed is hybrid, asks wants a grant of its policy, at most a month old."""
    place = tmp_path_factory.mktemp("consent")
    for name, options in SITES.items():
        command(place / "data", "site", "add", name, "--origin", ORIGIN, *options)
    (place / "salts").mkdir()
    environment = {
        "BALISE_SERVER_SALT_FOLDER": str(place / "salts"),
        "BALISE_SERVER_TRUSTED_PROXIES": '["127.0.0.0/8"]',
    }
    running = Server(place / "data", environment=environment)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


def unasked(site: str, *events: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A batch without a receipt."""
    return {key: value for key, value in a_batch(*events, site=site, **changes).items() if key != "consent"}


def named(house: Server, site: str, name: str) -> list[dict[str, Any]]:
    """The kept events of a name."""
    return [event for event in stored(house.data, site) if event["n"] == name]


@pytest.mark.parametrize("site", ["calm", "mixed"])
def test_without_a_grant_the_visitor_is_a_hash_of_the_day(site: str, house: Server) -> None:
    senders = [("203.0.113.7", FIREFOX), ("203.0.113.9", FIREFOX), ("198.51.100.7", FIREFOX), ("203.0.113.7", CHROME)]
    for address, agent in senders:
        answer = house.post(unasked(site, an_event(name="seen")), x_forwarded_for=address, user_agent=agent)
        assert answer.json()["accepted"] == 1
        assert "set-cookie" not in answer.headers
    first, neighbour, elsewhere, other = (event["v"] for event in named(house, site, "seen"))
    assert first == neighbour, "the same network and agent"
    assert len({first, elsewhere, other}) == 3
    assert {event["cs"] for event in named(house, site, "seen")} == {"exempt"}


def test_two_sites_never_share_a_hash(house: Server) -> None:
    for site in ("calm", "mixed"):
        house.post(unasked(site, an_event(name="apart")), x_forwarded_for="203.0.113.7", user_agent=FIREFOX)
    assert named(house, "calm", "apart")[0]["v"] != named(house, "mixed", "apart")[0]["v"]


@pytest.mark.parametrize("site", ["calm", "mixed"])
def test_a_cookie_is_not_looked_at_without_a_grant(site: str, house: Server) -> None:
    cookie = f"m_{site}=abcdefgh-12345678"
    for headers in ({}, {"cookie": cookie}):
        house.post(unasked(site, an_event(name="cookie")), x_forwarded_for="192.0.2.1", **headers)
    assert len({event["v"] for event in named(house, site, "cookie")}) == 1
    assert "abcdefgh-12345678" not in (house.data / "log.sqlite").read_bytes().decode("latin-1")


def test_hybrid_is_full_after_a_grant(house: Server) -> None:
    event = an_event(name="granted", url="https://shop.example/?utm_source=news", referrer="https://a.example/b?c")
    answer = house.post(a_batch(event, site="mixed"))
    assert answer.json()["accepted"] == 1
    assert "m_mixed=" in answer.headers["set-cookie"]
    (kept,) = named(house, "mixed", "granted")
    assert (kept["us"], kept["rp"], kept["cr"]) == ("news", "/b", "api")


TOO_MUCH: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a campaign": ({"url": "https://shop.example/?utm_source=news"}, {}, "url"),
    "a click id": ({"url": "https://shop.example/?gclid=1"}, {}, "url"),
    "a customer": ({"user": "c-1"}, {}, "user"),
    "a visitor": ({}, {"visitor": "v-12345678"}, "visitor"),
    "money": ({"revenue": {"amount": "1.00", "currency": "EUR"}}, {}, "revenue"),
}


@pytest.mark.parametrize("what", TOO_MUCH)
@pytest.mark.parametrize("site", ["calm", "mixed"])
def test_a_batch_without_a_grant_that_says_too_much_is_refused_by_field(site: str, what: str, house: Server) -> None:
    event, batch, field = TOO_MUCH[what]
    said = house.post(unasked(site, an_event(name="much", **event), **batch)).json()
    assert (said["accepted"], said["dropped"]) == (0, {"not_exempt": 1})
    assert said["faults"][0]["field"] == field
    assert not named(house, site, "much")


def test_its_neighbours_are_kept(house: Server) -> None:
    bad = an_event(name="neighbour", url="https://shop.example/?utm_source=x")
    said = house.post(unasked("calm", bad, an_event(name="neighbour"))).json()
    assert (said["accepted"], said["dropped"], said["faults"][0]["index"]) == (1, {"not_exempt": 1}, 0)


@pytest.mark.parametrize("state", ["denied", "withdrawn", "objected"])
@pytest.mark.parametrize("site", SITES)
def test_a_refusal_is_honoured_everywhere(site: str, state: str, house: Server) -> None:
    said = house.post(a_batch(an_event(name="refused"), site=site, consent=a_receipt(state=state))).json()
    assert said["accepted"] == 0
    assert not named(house, site, "refused")


@pytest.mark.parametrize("signal", [{"sec_gpc": "1"}, {"dnt": "1"}, {"cookie": "a=b; m_optout=1"}])
def test_an_objection_ends_the_reduced_measure_too(signal: dict[str, str], house: Server) -> None:
    said = house.post(unasked("calm", an_event(name="objected")), **signal).json()
    assert said["accepted"] == 0
    assert list(said["dropped"]) in (["gpc"], ["dnt"], ["opt_out"])


VOID: dict[str, tuple[dict[str, Any], str | None]] = {
    "another version": ({"policy": "2026-11"}, "policy_changed"),
    "no version": ({"policy": None}, "policy_changed"),
    "older than a month": ({"policy": "2026-12", "at": now() - 31 * DAY}, "receipt_expired"),
    "of this version and week": ({"policy": "2026-12", "at": now() - 7 * DAY}, None),
}


@pytest.mark.parametrize("what", VOID)
def test_a_grant_that_is_none_any_more_is_refused(what: str, house: Server) -> None:
    changes, reason = VOID[what]
    receipt = {key: value for key, value in a_receipt(**changes).items() if value is not None}
    said = house.post(a_batch(site="asks", consent=receipt)).json()
    assert said["dropped"] == ({reason: 1} if reason else {})
    assert said["accepted"] == (0 if reason else 1)


def test_without_a_receipt_nothing_is_read(house: Server) -> None:
    assert house.post(unasked("asks", {"id": 7})).json()["dropped"] == {"no_consent": 1}


@pytest.mark.parametrize("site", ["calm", "mixed"])
def test_a_forged_origin_is_refused(site: str, house: Server) -> None:
    assert house.post(unasked(site), "https://evil.example").status_code == 403


def test_a_body_that_claims_its_own_address_is_refused(house: Server) -> None:
    answer = house.post(unasked("calm", ip="203.0.113.7"))
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "ip")
    said = house.post(unasked("calm", an_event(ip="203.0.113.7"))).json()
    assert (said["dropped"], said["faults"][0]["field"]) == ({"invalid": 1}, "ip")


def test_a_restart_knows_the_visitors_of_the_day(tmp_path: Path) -> None:
    data, salts = tmp_path / "data", tmp_path / "salts"
    command(data, "site", "add", "calm", "--origin", ORIGIN, "--profile", "exempt")
    salts.mkdir()
    for _ in range(2):
        server = Server(data, environment={"BALISE_SERVER_SALT_FOLDER": str(salts)})
        assert server.post(unasked("calm")).json()["accepted"] == 1
        assert server.stop() == 0
    events = stored(data, "calm")
    days = {(event["r"] + event["t"]) // DAY for event in events}
    assert len({event["v"] for event in events}) == len(days)  # one, unless the test ran over midnight
    assert [path.stat().st_mode & 0o777 for path in salts.iterdir()] == [0o600]
    assert "salt" not in " ".join(path.name for path in data.rglob("*"))


def test_a_salt_folder_inside_the_data_is_refused(data: Path) -> None:
    said = command(data, "serve", "--port", "0", code=2, BALISE_SERVER_SALT_FOLDER=str(data))
    assert "salt_folder: expected a folder outside of the data folder" in said


def test_the_books_balance_after_all_this(house: Server) -> None:
    for site in SITES:
        books = counted(house.data, site)
        assert settled(house.data, books["received"], site), json.dumps(books)
    assert clean(house.data)
