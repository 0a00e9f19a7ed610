"""Every route, and what it says to somebody who shows nothing. Who may come in otherwise: test_doors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import Route

from collector.control import opened
from collector.journal import Folder
from collector.settings import load
from collector.web.application import Web, _no_method, routes
from collector.web.doors import DOORS
from tests.conftest import ORIGIN, Server, command
from tests.web.wire import once, request

# What a stranger gets where everybody may come. An open door that is not listed here fails the test below.
PUBLIC = {
    ("/m/e", "POST"): 403,
    ("/m/forget", "POST"): 403,
    ("/m/banner.js", "GET"): 200,
    ("/m/optout", "GET"): 200,
    ("/m/optout/choice", "POST"): 403,
    ("/m/{file}", "GET"): 200,
    ("/l/{code}", "GET"): 404,
    ("/health", "GET"): 200,
    ("/ready", "GET"): 200,
    ("/metrics", "GET"): 401,
    ("/login", "GET"): 200,
    ("/login", "POST"): 403,
    ("/setup/{code}", "GET"): 404,
    ("/setup/{code}", "POST"): 404,
    ("/api/openapi.json", "GET"): 200,
    ("/share/{code}", "GET"): 404,
    ("/static/{file}", "GET"): 200,
}
HOT = {"/m/e", "/m/forget"}
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
ELSEWHERE = {"Origin": "https://evil.example", "X-Forwarded-For": "203.0.113.9"}  # through a proxy, not of this machine
STRANGER = b'{"v":1,"site":"shop","events":[]}'
DOORWAYS = [(path, method) for path, needs in DOORS.items() for method in needs]


def example(path: str, site: str = "shop") -> str:
    """An address that the route answers, quickly: of reports and pages that are none."""
    file = "pages.js" if path.startswith("/static") else "s.js"
    asked = "?seconds=0" if path.endswith("/stream") else ""  # a stream that ends
    names = {"name": "basket", "code": "spring", "page": "none", "panel": "none", "number": "7"}
    return path.format(site=site, file=file, **names) + asked


def stranger(path: str, method: str) -> int:
    """The status that somebody gets who shows nothing."""
    if DOORS[path][method].role is None:
        return PUBLIC[path, method]
    return 401 if path.startswith("/api/") else 303


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("routes") / "data"
    command(folder, "site", "add", "shop", "--origin", ORIGIN)
    running = Server(folder)
    yield running
    running.stop()


def listed(data: Path) -> list[Route]:
    """The routes of a real house."""
    settings = load(None, {})

    async def look() -> list[Route]:
        folder = Folder(data)
        with folder.held():
            async with opened(folder, settings.log, settings.segments, settings.reports) as (journal, _, office):
                web = Web(folder, journal, office, settings, lambda: True)
                return routes(web, settings.server.prefix)

    return asyncio.run(look())


def test_every_route_and_method_is_in_the_table_and_the_table_holds_no_other(data: Path) -> None:
    found = {
        (route.path, method)
        for route in listed(data)
        for method in (route.methods or ()) - {"HEAD"}
        if route.endpoint is not _no_method
    }
    assert found | {(path, "POST") for path in HOT} == set(DOORWAYS)


def test_every_open_door_is_known_to_be_open() -> None:
    assert {(path, method) for path, method in DOORWAYS if DOORS[path][method].role is None} == set(PUBLIC)


@pytest.mark.parametrize("route", DOORS)
def test_a_stranger_gets_what_the_table_says_and_no_other_method_opens_a_door(route: str, house: Server) -> None:
    for method in METHODS:
        answer = once(house.port, request(STRANGER, method, example(route), ELSEWHERE))
        if method in DOORS[route]:
            assert answer.status == stranger(route, method), (method, answer)
            assert answer.status != 303 or (answer.header("location") or "").startswith("/login"), answer
        else:
            assert (answer.status, answer.error()) == (405, "method_not_allowed"), (method, answer)


@pytest.mark.parametrize("route", DOORS)
def test_an_odd_host_opens_no_door(route: str, house: Server) -> None:
    """Who may come in is decided by the path as it was sent, whatever the Host header makes of it."""
    method = next(iter(DOORS[route]))
    for host in ("127.0.0.1/health?", "x/health#", "localhost:1/../health", "/health", "a@b", "[::1", ""):
        headers = {"Host": host, **ELSEWHERE}
        answer = once(house.port, request(STRANGER, method, example(route), headers))
        assert answer.status in (stranger(route, method), 400), (host, answer)


def test_the_metrics_are_for_the_machine_itself(house: Server) -> None:
    """Nobody behind a proxy counts as the machine, whatever the proxy says of him."""
    assert once(house.port, request(method="GET", path="/metrics")).status == 200
    for name in ("X-Forwarded-For", "Forwarded"):
        for value in ("203.0.113.9", "127.0.0.1", "", "for=127.0.0.1"):
            assert once(house.port, request(method="GET", path="/metrics", headers={name: value})).status == 401
