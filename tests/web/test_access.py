"""Users, tokens of programs and shares: on the command line, over HTTP, beside a running server."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from collector.cli import ROOMS, balise
from collector.control import writing
from collector.journal import Folder, SiteOptions, snapshot
from collector.settings import load
from tests.conftest import ORIGIN, Server
from tests.conftest import command as spawned
from tests.web.visitors import PASSWORD, cookie, form, login
from tests.web.wire import Answer, once, request

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("access") / "data"
    for site in ("shop", "other"):
        spawned(folder, "site", "add", site, "--origin", ORIGIN)
    running = Server(folder)
    yield running
    running.stop()


def command(data: Path, *arguments: str, code: int = 0, stdin: bytes = b"") -> str:
    """A command beside the running server, in this process: starting one takes longer than all it does."""
    for name in ROOMS:
        balise.get_command(click.Context(balise), name)
    done = CliRunner().invoke(balise, ["--data", str(data), *arguments], input=stdin)
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture(scope="module")
def token(house: Server) -> str:
    return command(house.data, "token").strip()


def ask(house: Server, token: str, method: str, path: str, body: object = None) -> Answer:
    sent = b"" if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Origin": None, **JSON}
    return once(house.port, request(sent, method, path, headers))


def status(house: Server, token: str, path: str = "/api/sites") -> int:
    return ask(house, token, "GET", path).status


def test_a_user_of_the_command_line_signs_in_at_once_changes_and_goes(house: Server) -> None:
    assert command(house.data, "user", "add", "anna", stdin=f"{PASSWORD}\n".encode()) == "added anna, viewer\n"
    session = {"Cookie": cookie(login(house, name="anna", password=PASSWORD))}
    assert once(house.port, request(b"", "GET", "/api/sites", session)).status == 200
    command(house.data, "user", "role", "anna", "admin")
    assert once(house.port, request(b"", "GET", "/api/sites", session)).status == 401
    command(house.data, "user", "password", "anna", stdin=b"another good password\n")
    assert login(house, name="anna", password=PASSWORD).status == 401
    assert login(house, name="anna", password="another good password").status == 303
    assert command(house.data, "user", "list").split()[:2] == ["anna", "admin"]
    command(house.data, "user", "remove", "anna", "--yes")
    assert login(house, name="anna", password="another good password").status == 401
    assert command(house.data, "user", "list") == ""


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("user", "add", "a b"), PASSWORD, "name: expected"),
        (("user", "add", "short"), "too short", "password: expected 10 to 200 characters, not 9"),
        (("user", "role", "nobody", "admin"), "", "there is no user named 'nobody'"),
        (("user", "remove", "nobody", "--yes"), "", "there is no user named 'nobody'"),
        (("token", "add", "t", "--action", "links", "--site", "shop"), "", "links belong to no one site"),
        (("token", "add", "t", "--action", "read", "--site", "shp"), "", "there is no site named shp; did you"),
        (("token", "revoke", "none"), "", "there is no token named 'none'"),
        (("share", "add", "over view", "--site", "shop"), "", "page: expected"),
        (("share", "add", "overview", "--site", "shop", "--days", "0"), "", "days: expected 1 to 366, not 0"),
        (("share", "add", "overview", "--site", "shop", "--filters", "a b"), "", "filters: expected"),
        (("share", "revoke", "99"), "", "there is no share 99"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_with_its_field(
    arguments: tuple[str, ...], stdin: str, said: str, house: Server
) -> None:
    assert said in command(house.data, *arguments, code=2, stdin=f"{stdin}\n".encode())


def test_a_token_is_shown_once_opens_what_it_is_held_to_and_nothing_once_revoked(house: Server) -> None:
    made = command(house.data, "token", "add", "reader", "--action", "read", "--site", "shop").strip()
    assert made.startswith("balise_")
    assert command(house.data, "token", "list").split() == ["reader", "read", "shop"]
    assert (status(house, made), status(house, made, "/api/users")) == (200, 403)
    assert "already" in command(house.data, "token", "add", "reader", "--action", "read", code=2)
    command(house.data, "token", "revoke", "reader")
    assert status(house, made) == 401


def test_a_site_under_an_old_name_is_not_the_old_tokens(house: Server) -> None:
    command(house.data, "site", "add", "brief", "--origin", ORIGIN)
    made = command(house.data, "token", "add", "brief", "--action", "read", "--site", "brief").strip()
    assert ask(house, made, "GET", "/api/sites/brief/funnels").status == 200
    command(house.data, "site", "remove", "brief", "--yes")
    command(house.data, "site", "add", "brief", "--origin", ORIGIN)
    assert ask(house, made, "GET", "/api/sites/brief/funnels").status == 404


def test_the_api_adds_changes_and_removes_users(house: Server, token: str) -> None:
    user = {"name": "berta", "password": PASSWORD, "role": "analyst"}
    assert ask(house, token, "POST", "/api/users", user).status == 201
    assert ask(house, token, "POST", "/api/users", user).status == 409
    answer = ask(house, token, "POST", "/api/users", user | {"name": "c", "password": "kurz"})
    assert (answer.status, answer.error("field")) == (400, "password")
    assert "kurz" not in answer.body.decode()
    shown = ask(house, token, "GET", "/api/users").json()["users"]
    assert [{key: one[key] for key in ("name", "role")} for one in shown] == [{"name": "berta", "role": "analyst"}]
    assert "password" not in shown[0]
    assert ask(house, token, "PUT", "/api/users/berta", {"password": "another good one"}).status == 204
    assert login(house, name="berta", password="another good one").status == 303
    assert ask(house, token, "PUT", "/api/users/nobody", {"role": "viewer"}).status == 404
    assert ask(house, token, "DELETE", "/api/users/berta").status == 204
    assert ask(house, token, "DELETE", "/api/users/berta").status == 404


def test_the_api_makes_and_revokes_tokens(house: Server, token: str) -> None:
    made = ask(house, token, "POST", "/api/tokens", {"name": "erp", "actions": ["read"], "sites": ["other"]})
    assert made.status == 201
    assert [site["name"] for site in ask(house, made.json()["token"], "GET", "/api/sites").json()["sites"]] == ["other"]
    listed = ask(house, token, "GET", "/api/tokens").json()["tokens"]
    assert ("erp", ["read"], ["other"]) in [(one["name"], one["actions"], one["sites"]) for one in listed]
    assert all("secret" not in one for one in listed)
    for wrong in ({"actions": []}, {"actions": ["links"], "sites": ["shop"]}, {"actions": ["read"], "sites": []}):
        assert ask(house, token, "POST", "/api/tokens", {"name": "x", **wrong}).status == 400
    assert ask(house, token, "POST", "/api/tokens", {"name": "x", "actions": ["read"], "sites": ["no"]}).status == 404
    assert ask(house, token, "DELETE", "/api/tokens/erp").status == 204
    assert status(house, made.json()["token"]) == 401


def test_a_share_belongs_to_its_site(house: Server, token: str) -> None:
    made = ask(house, token, "POST", "/api/sites/shop/shares", {"page": "overview", "filters": "range=7d"})
    assert made.status == 201
    number = made.json()["number"]
    shares = ask(house, token, "GET", "/api/sites/shop/shares").json()["shares"]
    assert [(one["page"], one["filters"], one["least"]) for one in shares] == [("overview", "range=7d", 5)]
    assert ask(house, token, "GET", "/api/sites/other/shares").json()["shares"] == []
    assert ask(house, token, "DELETE", f"/api/sites/other/shares/{number}").status == 404
    assert ask(house, token, "DELETE", f"/api/sites/shop/shares/{number}").status == 204
    assert ask(house, token, "DELETE", f"/api/sites/shop/shares/{number}").status == 404
    assert ask(house, token, "POST", "/api/sites/shop/shares", {"page": "overview", "days": 999}).status == 400


def test_a_form_of_the_pages_may_send_json_with_the_header(house: Server) -> None:
    command(house.data, "user", "add", "carla", "--role", "admin", stdin=f"{PASSWORD}\n".encode())
    session = {"Cookie": cookie(login(house, name="carla", password=PASSWORD))}
    assert form(house, "/api/users", {"name": "x"}, session).error() == "csrf"


def test_an_invitation_makes_one_user_whose_password_nobody_else_knows(house: Server, token: str) -> None:
    made = command(house.data, "user", "invite", "eva", "--role", "analyst").strip()
    path = made.removeprefix(house.url)
    assert re.fullmatch(r"/setup/[A-Za-z0-9_-]{43}", path), made
    assert "eva                      analyst  invited until" in command(house.data, "user", "list")
    page = once(house.port, request(b"", "GET", path)).body.decode()
    assert 'value="eva"' in page
    short = form(house, path, {"name": "root", "password": "short"})
    assert (short.status, b'value="eva"' in short.body, b"short" in short.body) == (400, True, False)
    done = form(house, path, {"name": "root", "password": PASSWORD})
    assert (done.status, done.header("location")) == (303, "/sites/shop/overview")
    assert form(house, path, {"password": PASSWORD}).status == 404
    users = {one["name"]: one["role"] for one in ask(house, token, "GET", "/api/users").json()["users"]}
    assert users["eva"] == "analyst"
    assert "root" not in users
    command(house.data, "user", "sign-out", "eva")
    assert once(house.port, request(b"", "GET", "/api/sites", {"Cookie": cookie(done)})).status == 401


def test_an_invitation_is_taken_back_and_the_history_says_by_whom(house: Server, token: str) -> None:
    made = ask(house, token, "POST", "/api/users", {"name": "fred", "role": "admin"})
    assert made.status == 201
    assert [one["name"] for one in ask(house, token, "GET", "/api/users").json()["invited"]] == ["fred"]
    assert ask(house, token, "DELETE", "/api/users/fred").status == 204
    assert form(house, made.json()["path"], {"password": PASSWORD}).status == 404
    command(house.data, "site", "change", "other", "--session-timeout", "600", "--origin", "https://new.example")
    history = ask(house, token, "GET", "/api/history?most=3").json()["history"]
    told = [(one["who"], one["what"], one["about"], one["site"]) for one in history]
    assert told == [
        ("(command)", "site_changed", "origins session_timeout", "other"),
        ("(folder)", "invitation_revoked", "fred", ""),
        ("(folder)", "user_invited", "fred", ""),
    ]
    printed = command(house.data, "user", "history")
    assert "user_invited" in printed
    assert "127.0.0.1" not in printed
    assert ask(house, token, "GET", "/api/history?most=0").error("field") == "most"


def test_a_sites_options_are_changed_by_the_api(house: Server, token: str) -> None:
    done = ask(house, token, "PUT", "/api/sites/other", {"timezone": "Europe/Paris", "session_timeout": 600_000})
    assert done.status == 204
    assert [one["timezone"] for one in ask(house, token, "GET", "/api/sites").json()["sites"]][1] == "Europe/Paris"
    for wrong, field in (({"timezone": "Mars"}, "timezone"), ({"origins": ["x"]}, "origin"), ({"zone": "x"}, "zone")):
        answer = ask(house, token, "PUT", "/api/sites/other", wrong)
        assert (answer.status, answer.error("field")) == (400, field)
    assert ask(house, token, "PUT", "/api/sites/none", {}).status == 404


async def test_options_of_a_site_that_are_changed_at_once_are_all_changed(tmp_path: Path) -> None:
    folder, settings = Folder(tmp_path / "data"), load(None, {})
    async with writing(folder, settings.log, settings.segments, settings.reports) as writer:
        await writer.add_site("shop", SiteOptions(origins=(ORIGIN,)))
        changes: list[dict[str, object]] = [
            {"timezone": "Europe/Paris"},
            {"session_timeout": 600_000},
            {"policy": "v2"},
        ]
        await asyncio.gather(*(writer.change_site("shop", **change) for change in changes))
    with snapshot(folder) as view:
        (site,) = view.sites()
    assert (site.timezone, site.session_timeout, site.policy) == ("Europe/Paris", 600_000, "v2")


def test_what_is_by_command_alone_is_not_done_by_the_api(house: Server, token: str) -> None:
    before = command(house.data, "site", "show", "shop")
    for option, value in (("policy", "v2"), ("receipt_days", 1), ("profile", "off")):
        answer = ask(house, token, "PUT", "/api/sites/shop", {option: value})
        assert (answer.status, answer.error("field")) == (400, option)
    assert command(house.data, "site", "show", "shop") == before
    command(house.data, "site", "change", "shop", "--profile", "off")
    for profile in ("off", "required"):
        assert ask(house, token, "PUT", "/api/sites/shop", {"profile": profile}).status == 204
