"""Who may come in: every route and method, for every role and for tokens held to sites and actions."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from collector.access.role import MAY, ROLES, acting
from collector.web.doors import DOORS, Need
from tests.conftest import ORIGIN, Server, command
from tests.web.test_routes import DOORWAYS, example
from tests.web.visitors import PASSWORD, Visitor, form, login, program, signed_in, users
from tests.web.wire import Answer, once, request

PROGRAMS: dict[str, tuple[tuple[str, ...], tuple[int, ...] | None]] = {
    "collects": (("collect",), None),
    "reads": (("read",), None),
    "links": (("links",), None),
    "rules": (("admin",), None),
    "reads shop": (("read",), (1,)),
    "rules shop": (("admin",), (1,)),
}


class House:
    """A server and everybody who may come to it."""

    def __init__(self, server: Server, token: str) -> None:
        self.server = server
        admin = {"Authorization": f"Bearer {token}"}
        self.visitors = [Visitor("folder", "admin", admin, actions=MAY["admin"])]
        for role in ROLES:
            headers = signed_in(server, role)
            self.visitors.append(Visitor(role, role, headers, self.csrf(headers), MAY[role]))
        for name, (actions, sites) in PROGRAMS.items():
            role, may = acting(actions)  # type: ignore[arg-type]
            headers = program(server.data, name, actions, sites)
            self.visitors.append(Visitor(name, role, headers, "", may, sites))

    def csrf(self, headers: dict[str, str]) -> str:
        from collector.access.secret import derived  # noqa: PLC0415

        return derived(headers["Cookie"].partition("=")[2], "csrf")

    def ask(self, visitor: Visitor, method: str, path: str, **more: str) -> Answer:
        headers = {"Host": f"127.0.0.1:{self.server.port}", "Origin": self.server.url, **visitor.headers}
        if visitor.csrf:
            headers["X-CSRF-Token"] = visitor.csrf
        return once(self.server.port, request(b"", method, path, headers | more))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("doors") / "data"
    for site in ("shop", "other"):
        command(folder, "site", "add", site, "--origin", ORIGIN)
    users(folder, *ROLES)
    running = Server(folder)
    yield House(running, command(folder, "token").strip())
    running.stop()


def admitted(visitor: Visitor, need: Need, site: str | None = None) -> bool:
    """What the table says of a visitor, told here a second time."""
    ranked = ROLES.index(visitor.role) >= ROLES.index(need.role)  # type: ignore[arg-type]
    own = visitor.sites is None or (not need.everywhere and site in (None, "shop"))
    return ranked and bool(need.actions & visitor.actions) and own


@pytest.mark.parametrize(("route", "method"), [d for d in DOORWAYS if DOORS[d[0]][d[1]].role and d[0] != "/logout"])
def test_each_comes_as_far_as_the_table_says(route: str, method: str, house: House) -> None:
    need = DOORS[route][method]
    for visitor in house.visitors:
        for site in ("shop", "other") if "{site}" in route else (None,):
            answer = house.ask(visitor, method, example(route, site or "shop"))
            if admitted(visitor, need, site):
                assert answer.status not in (401, 403), (visitor.name, site, answer)
                assert "/login" not in (answer.header("location") or ""), (visitor.name, site, answer)
                assert answer.error("field") != "site", (visitor.name, site, answer)
            elif visitor.sites and admitted(visitor._replace(sites=None), need) and not need.everywhere:
                assert (answer.status, answer.error("field")) == (404, "site"), (visitor.name, site, answer)
            else:
                assert (answer.status, answer.error()) == (403, "forbidden"), (visitor.name, site, answer)


@pytest.mark.parametrize(("route", "method"), [d for d in DOORWAYS if DOORS[d[0]][d[1]].role and d[1] != "GET"])
def test_no_page_of_somebody_else_can_use_a_session(route: str, method: str, house: House) -> None:
    """SameSite keeps the cookie at home; where a browser sends it all the same, the door stays shut."""
    admin = next(visitor for visitor in house.visitors if visitor.name == "admin")
    path = example(route)
    foreign = ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
               {"Sec-Fetch-Site": "same-site"})  # fmt: skip
    for headers in foreign:
        answer = house.ask(admin, method, path, **headers)
        assert (answer.status, answer.error()) == (403, "origin"), (headers, answer)
    if DOORS[route][method].changes:
        for given in ("", "0" * 64):
            answer = house.ask(admin, method, path, **{"X-CSRF-Token": given})
            assert (answer.status, answer.error()) == (403, "csrf"), answer


def test_a_wrong_token_is_not_made_good_by_a_cookie(house: House) -> None:
    admin = next(visitor for visitor in house.visitors if visitor.name == "admin")
    for header in ("Bearer nothing", "Basic YWRtaW46YQ==", ""):
        assert house.ask(admin, "GET", "/api/sites", Authorization=header).status == 401


def test_a_token_shows_the_sites_that_it_is_held_to(house: House) -> None:
    for visitor in house.visitors:
        if "read" in visitor.actions:
            sites = [site["name"] for site in house.ask(visitor, "GET", "/api/sites").json()["sites"]]
            assert sites == (["shop"] if visitor.sites else ["shop", "other"])


@pytest.mark.parametrize("visitor", ["viewer", "analyst", "admin"])
def test_leaving_ends_the_session_for_good(visitor: str, house: House) -> None:
    headers = signed_in(house.server, visitor)
    left = form(house.server, "/logout", {"csrf": house.csrf(headers)}, headers)
    assert (left.status, left.header("location")) == (303, "/login")
    assert "Max-Age=0" in (left.header("set-cookie") or "")
    assert once(house.server.port, request(b"", "GET", "/api/sites", headers)).status == 401


def test_a_form_without_its_field_does_not_sign_anybody_out(house: House) -> None:
    headers = signed_in(house.server, "viewer")
    assert form(house.server, "/logout", {"csrf": "x"}, headers).status == 403
    assert form(house.server, "/logout", {}, headers).status == 403
    assert once(house.server.port, request(b"", "GET", "/api/sites", headers)).status == 200


def test_only_a_token_that_may_collect_sends_events_and_only_of_its_sites(house: House) -> None:
    now = int(time.time() * 1000)
    batch = b'{"v":1,"site":"%s","sent_at":%d,"consent":{"state":"granted","source":"api","at":%d},"events":[]}'
    shop = program(house.server.data, "batches", ["collect"], (1,))
    for visitor in house.visitors:
        headers = {"Origin": None, **visitor.headers, "Content-Type": "text/plain"}
        answer = once(house.server.port, request(batch % (b"shop", now, now), headers=headers))
        collects = "Authorization" in headers and "collect" in visitor.actions  # a cookie sends no events
        assert answer.status in ((202,) if collects else (401, 403)), (visitor.name, answer)
    for site, status in ((b"shop", 202), (b"other", 404), (b"none", 404)):
        answer = once(house.server.port, request(batch % (site, now, now), headers={"Origin": None, **shop}))
        assert answer.status == status, answer


def test_the_metrics_are_for_readers_of_everything(house: House) -> None:
    for visitor in house.visitors:
        answer = house.ask(visitor, "GET", "/metrics", **{"X-Forwarded-For": "203.0.113.9"})
        assert answer.status == (200 if "read" in visitor.actions and visitor.sites is None else 401), visitor.name


def test_signing_in_leads_on_to_where_one_was_going_and_nowhere_else(house: House) -> None:
    elsewhere = ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\r\nX: 1", "")
    for asked, led in (("/links?a=1", "/links?a=1"), *((asked, "/sites/shop/overview") for asked in elsewhere)):
        answer = login(house.server, name="viewer", password=PASSWORD, next=asked)
        assert (answer.status, answer.header("location")) == (303, led), answer
