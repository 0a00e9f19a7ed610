"""The page on which a visitor objects: it works by itself, and nobody else can make the choice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie

import httpx2
import pytest

from tests.conftest import ORIGIN, Server, command
from tests.make import an_event


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("optout") / "data"
    command(folder, "site", "add", "shop", "--origin", ORIGIN, "--profile", "exempt")
    running = Server(folder, environment={"BALISE_SERVER_SALT_FOLDER": ""})
    yield running
    running.stop()


def page(house: Server, query: str = "", **headers: str) -> httpx2.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.get(f"{house.url}/m/optout{query}", headers=sent, timeout=60)


def choose(house: Server, choice: str, origin: str | None) -> httpx2.Response:
    sent = {"content-type": "application/x-www-form-urlencoded"} | ({"origin": origin} if origin else {})
    return httpx2.post(f"{house.url}/m/optout/choice?lang=fr", content=f"choice={choice}", headers=sent, timeout=60)


def test_the_page_speaks_the_visitors_language(house: Server) -> None:
    for query, headers, language in (
        ("", {}, "en"), ("", {"accept_language": "fr-CA,fr;q=0.9"}, "fr"), ("?lang=fr", {}, "fr"),
        ("?lang=en", {"accept_language": "fr"}, "en"), ("?lang=xx", {"accept_language": "de"}, "en"),
    ):  # fmt: skip
        assert f'<html lang="{language}">' in page(house, query, **headers).text


def test_the_page_runs_nothing_and_loads_nothing(house: Server) -> None:
    answer = page(house)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert f"frame-ancestors 'self' {ORIGIN}" in policy
    assert not re.findall(r"<script|src=|\son\w+=|style=", answer.text)


def test_an_objection_is_kept_and_honoured_and_can_be_taken_back(house: Server) -> None:
    answer = choose(house, "out", house.url)
    assert (answer.status_code, answer.headers["location"]) == (303, "../optout?lang=fr")
    cookie = SimpleCookie(answer.headers["set-cookie"])["m_optout"]
    assert (cookie.value, cookie["samesite"], cookie["path"]) == ("1", "Lax", "/")
    assert not cookie["httponly"], "a page's own opt-out command may take it back"
    assert 0 < int(cookie["max-age"]) <= 13 * 30 * 86_400
    batch = {"v": 1, "site": "shop", "events": [an_event()]}
    assert house.post(batch, cookie="m_optout=1").json()["dropped"] == {"opt_out": 1}
    assert house.post(batch).json()["accepted"] == 1
    assert "not counted" in page(house, cookie="m_optout=1").text
    assert 'value="in"' in page(house, cookie="m_optout=1").text
    assert "Max-Age=0" in choose(house, "in", house.url).headers["set-cookie"]


def test_the_cookie_is_secure_on_a_secure_site(house: Server) -> None:
    assert "; Secure" in choose(house, "out", ORIGIN).headers["set-cookie"]
    assert "; Secure" not in choose(house, "out", house.url).headers["set-cookie"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None, "http://127.0.0.1"])
def test_nobody_else_can_choose(origin: str | None, house: Server) -> None:
    answer = choose(house, "in", origin)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("signal", [{"sec_gpc": "1"}, {"dnt": "1"}])
def test_a_browser_that_says_no_is_told_so(signal: dict[str, str], house: Server) -> None:
    assert "Your browser asks not to be tracked" in page(house, **signal).text
    assert "<form" not in page(house, **signal).text


def test_a_form_that_is_no_form_changes_nothing(house: Server) -> None:
    sent = {"origin": house.url, "content-type": "application/x-www-form-urlencoded"}
    answer = httpx2.post(f"{house.url}/m/optout/choice", content=b"x" * 5_000, headers=sent, timeout=60)
    assert (answer.status_code, answer.headers.get("set-cookie")) == (413, None)
