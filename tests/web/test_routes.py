"""Every route, and what it says to somebody without a token."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from starlette.routing import Route

from collector.control import opened
from collector.journal import Folder
from collector.settings import load
from collector.web import Web, routes
from tests.conftest import ORIGIN, Server, command
from tests.web.wire import once, request


class Door(NamedTuple):
    """A route: an example of its path, who may come in, what a stranger gets, and by which other methods as well."""

    path: str
    method: str
    stranger: int
    others: tuple[str, ...] = ()


# Public ones give nothing that belongs to a site. A route that is not listed here fails the test below.
DOORS = {
    "/m/e": Door("/m/e", "POST", 403),
    "/m/forget": Door("/m/forget", "POST", 403),
    "/m/banner.js": Door("/m/banner.js", "GET", 200),
    "/m/optout": Door("/m/optout", "GET", 200),
    "/m/optout/choice": Door("/m/optout/choice", "POST", 403),
    "/m/{file}": Door("/m/s.js", "GET", 200),
    "/l/{code}": Door("/l/unknown", "GET", 404),
    "/health": Door("/health", "GET", 200),
    "/ready": Door("/ready", "GET", 200),
    "/metrics": Door("/metrics", "GET", 401),
    "/api/openapi.json": Door("/api/openapi.json", "GET", 200),
    "/api/sites": Door("/api/sites", "GET", 401),
    "/api/sites/{site}/reports/{name}": Door("/api/sites/shop/reports/overview", "POST", 401),
    "/api/sites/{site}/funnels": Door("/api/sites/shop/funnels", "GET", 401),
    "/api/sites/{site}/funnels/{name}": Door("/api/sites/shop/funnels/basket", "GET", 401, ("PUT", "DELETE")),
    "/api/utm/build": Door("/api/utm/build", "POST", 401),
    "/api/utm/parse": Door("/api/utm/parse", "POST", 401),
    "/api/utm/channel": Door("/api/utm/channel", "POST", 401),
    "/api/utm/check": Door("/api/utm/check", "POST", 401),
    "/api/utm/dictionary": Door("/api/utm/dictionary", "GET", 401),
    "/api/utm/qr": Door("/api/utm/qr", "POST", 401),
    "/api/links": Door("/api/links", "GET", 401, ("POST",)),
    "/api/links/bulk": Door("/api/links/bulk", "POST", 401),
    "/api/links/template": Door("/api/links/template", "GET", 401),
    "/api/links/{code}": Door("/api/links/spring", "GET", 401, ("DELETE",)),
    "/api/links/{code}/qr": Door("/api/links/spring/qr", "GET", 401),
    "/": Door("/", "GET", 200),
    "/sites/{site}/{page}": Door("/sites/shop/overview", "GET", 401),
    "/sites/{site}/{page}/{panel}/{file}": Door("/sites/shop/overview/pages/rows.csv", "GET", 401),
    "/links": Door("/links", "GET", 200),
    "/static/{file}": Door("/static/dashboard.js", "GET", 200),
}
HOT = {"/m/e", "/m/forget"}
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
ELSEWHERE = {"Origin": "https://evil.example", "X-Forwarded-For": "203.0.113.9"}  # through a proxy, not of this machine
STRANGER = b'{"v":1,"site":"shop","events":[]}'


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


def test_every_route_is_in_the_table(data: Path) -> None:
    assert {route.path for route in listed(data)} | HOT == set(DOORS)


@pytest.mark.parametrize("route", DOORS)
def test_a_stranger_gets_what_the_table_says(route: str, house: Server) -> None:
    door = DOORS[route]
    for method in (door.method, *door.others):
        answer = once(house.port, request(STRANGER, method, door.path, ELSEWHERE))
        assert answer.status == door.stranger, answer


@pytest.mark.parametrize("route", DOORS)
def test_no_other_method_opens_a_door(route: str, house: Server) -> None:
    door = DOORS[route]
    for method in METHODS:
        answer = once(house.port, request(STRANGER, method, door.path, ELSEWHERE))
        if method in door.others:
            assert answer.status == door.stranger, (method, answer)
        elif method != door.method:
            assert (answer.status, answer.error()) == (405, "method_not_allowed"), (method, answer)


@pytest.mark.parametrize("route", DOORS)
def test_an_odd_host_opens_no_door(route: str, house: Server) -> None:
    """Who may come in is decided by the path as it was sent, whatever the Host header makes of it."""
    door = DOORS[route]
    for host in ("127.0.0.1/health?", "x/health#", "localhost:1/../health", "/health", "a@b", "[::1", ""):
        headers = {"Host": host, **ELSEWHERE}
        answer = once(house.port, request(STRANGER, door.method, door.path, headers))
        assert answer.status in (door.stranger, 400), (host, answer)


def test_the_metrics_are_for_the_machine_itself(house: Server) -> None:
    """Nobody behind a proxy counts as the machine, whatever the proxy says of him."""
    assert once(house.port, request(method="GET", path="/metrics")).status == 200
    for name in ("X-Forwarded-For", "Forwarded"):
        for value in ("203.0.113.9", "127.0.0.1", "", "for=127.0.0.1"):
            assert once(house.port, request(method="GET", path="/metrics", headers={name: value})).status == 401
