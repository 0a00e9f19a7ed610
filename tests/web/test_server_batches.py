"""Batches of a server that carries the token."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx2
import pytest

from tests.conftest import ORIGIN, Server, command
from tests.make import a_batch, a_receipt, an_event
from tests.web.books import clean, stored


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("servers") / "data"
    command(folder, "site", "add", "shop", "--origin", ORIGIN)
    proxied = {
        "BALISE_SERVER_TRUSTED_PROXIES": '["127.0.0.1"]',
        "BALISE_SERVER_ADDRESS_RATE": "0.05",
        "BALISE_SERVER_ADDRESS_BURST": "40",
    }
    running = Server(folder, environment=proxied)
    yield running
    assert running.stop() == 0
    assert clean(folder)
    assert "Traceback" not in running.log.read_text()


@pytest.fixture
def bearer(house: Server) -> str:
    return f"Bearer {command(house.data, 'token').strip()}"


def test_a_server_needs_no_origin_and_names_the_visitor(house: Server, bearer: str) -> None:
    batch = a_batch(an_event(name="renewal"), visitor="b-1842")
    answer = house.post(batch, None, authorization=bearer, user_agent="curl/8.5.0")
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert "set-cookie" not in answer.headers
    kept = next(row for row in stored(house.data) if row["n"] == "renewal")
    assert kept["v"] == "b-1842"
    assert not {"b", "o", "d", "z"} & set(kept), "the server's own user agent is nobody's"


@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer", "Basic Zm9vOmJhcg==", "", "wrong"])
def test_a_wrong_token_is_refused_even_from_the_sites_own_origin(given: str, house: Server) -> None:
    answer = house.post(a_batch(), ORIGIN, authorization=given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "token")


def test_without_the_token_nothing_changed(house: Server) -> None:
    assert house.post(a_batch(), None).status_code == 403


def test_consent_is_asked_of_servers_too(house: Server, bearer: str) -> None:
    without = house.post(a_batch(consent=None), None, authorization=bearer)
    refused = house.post(a_batch(consent=a_receipt(state="denied")), None, authorization=bearer)
    assert without.json()["dropped"] == {"no_consent": 1}
    assert refused.json()["accepted"] == 0


def test_five_hundred_events_fit_and_one_more_does_not(house: Server, bearer: str) -> None:
    events = [an_event(props={"note": "x" * 1_500}) for _ in range(500)]
    assert len(json.dumps(a_batch(*events))) > 800_000
    assert house.post(a_batch(*events), None, authorization=bearer).json()["accepted"] == 500
    answer = house.post(a_batch(*events, an_event()), None, authorization=bearer)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "events")


def test_a_megabyte_is_the_most(house: Server, bearer: str) -> None:
    for size, status in ((1_048_576, 400), (1_048_577, 413)):
        assert house.post(b" " * size, None, authorization=bearer).status_code == status
    assert house.post(b" " * 65_537).status_code == 413


def test_a_server_is_not_slowed_down_and_one_that_guesses_is(house: Server, bearer: str) -> None:
    sender = {"x_forwarded_for": "203.0.113.9"}
    assert {house.post(a_batch(), None, authorization=bearer, **sender).status_code for _ in range(60)} == {202}
    guesses = [house.post(a_batch(), None, authorization="Bearer guess", **sender).status_code for _ in range(60)]
    assert guesses[0] == 401
    assert guesses[-1] == 429


def test_an_unknown_site_is_named_to_a_server(house: Server, bearer: str) -> None:
    answer = house.post(a_batch(site="nosy"), None, authorization=bearer)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_site")
    forget = httpx2.post(f"{house.url}/m/forget", content=b'{"v":1,"site":"shop"}', headers={"authorization": bearer})
    assert forget.status_code == 204
