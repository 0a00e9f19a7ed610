"""How a person comes in: the first user, signing in, what a session is good for and when it ends."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from collector.access import Desk
from collector.access.desk import IDLE, INVITED, LONGEST
from collector.access.granting import granted
from collector.access.secret import hashed, kept
from collector.event import Site
from collector.journal import Folder, Journal, snapshot
from collector.journal.access import AddAccount, AddShare, ChangeAccount, RemoveAccount, RevokeShare, SignOut
from collector.web.asked import AskedError, content
from collector.web.guard import Guard
from collector.web.limits import Proxies
from collector.web.login import BURST, RATE, Entrance
from tests.conftest import ORIGIN, Server, command
from tests.web.visitors import PASSWORD, cookie, form, login, settle, signed_in, users
from tests.web.wire import once, request


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("login") / "data"
    command(folder, "site", "add", "shop", "--origin", ORIGIN)
    users(folder, "viewer", "analyst")
    running = Server(folder)
    yield running
    running.stop()


def sites(server: Server, headers: dict[str, str]) -> int:
    return once(server.port, request(b"", "GET", "/api/sites", headers)).status


def test_the_first_start_prints_a_link_that_makes_the_first_user_once(data: Path, server: Server) -> None:
    found = re.search(r"http://\S+(/setup/[A-Za-z0-9_-]{43}) ", server.log.read_text())
    assert found is not None
    path = found[1]
    page = once(server.port, request(b"", "GET", path))
    assert (page.status, b'name="password"' in page.body) == (200, True)
    assert form(server, path, {"name": "no blanks", "password": PASSWORD}).status == 400
    assert form(server, path, {"name": "root", "password": "short"}).status == 400
    made = form(server, path, {"name": "root", "password": PASSWORD})
    assert (made.status, made.header("location")) == (303, "/sites/shop/overview")
    assert sites(server, {"Cookie": cookie(made)}) == 200
    for again in (
        once(server.port, request(b"", "GET", path)),
        form(server, path, {"name": "b", "password": PASSWORD}),
    ):
        assert again.status == 404
    server.stop()
    before = server.log.stat().st_size
    later = Server(data)
    later.stop()
    said = later.log.read_bytes()[before:].decode()
    assert "collecting on" in said
    assert "/setup/" not in said


def test_a_name_and_its_password_open_a_session_that_scripts_cannot_read(house: Server) -> None:
    answer = login(house, name="viewer", password=PASSWORD)
    assert (answer.status, answer.header("location")) == (303, "/sites/shop/overview")
    told = (answer.header("set-cookie") or "").split("; ")[1:]
    assert told == ["Path=/", "HttpOnly", "SameSite=Lax"]
    assert sites(house, {"Cookie": cookie(answer)}) == 200


@pytest.mark.parametrize(
    ("headers", "secure"),
    [
        ({"Origin": "https://data.example", "Host": "data.example"}, True),
        ({"Origin": "https://localhost"}, True),
        ({"Origin": "http://localhost:8787"}, False),
        ({"Origin": "http://[::1]:8787"}, False),
        ({"Origin": None, "Host": "127.0.0.1:8787"}, False),
        ({"Origin": None, "Host": "127.0.0.1:8787", "X-Forwarded-Proto": "https"}, True),
        ({"Origin": None, "Host": "data.example"}, True),
        ({"Origin": None, "Host": "localhost.evil.example"}, True),
    ],
)
def test_only_on_the_machine_itself_a_session_goes_without_tls(
    headers: dict[str, str], secure: bool, house: Server
) -> None:
    answer = login(house, headers, name="viewer", password=PASSWORD)
    assert answer.status == 303
    assert ("Secure" in (answer.header("set-cookie") or "").split("; ")) == secure


def test_nobody_signs_in_over_plain_http_from_another_machine(house: Server) -> None:
    answer = login(house, {"Origin": "http://10.0.0.7:8787", "Host": "10.0.0.7:8787"}, name="viewer", password=PASSWORD)
    assert (answer.status, answer.header("set-cookie")) == (400, None)
    assert b"https" in answer.body


def test_a_form_of_another_page_signs_nobody_in(house: Server) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": None, "Origin": "https://evil.example"},
                    {"Sec-Fetch-Site": None, "Origin": "null"}):  # fmt: skip
        answer = login(house, headers, name="viewer", password=PASSWORD)  # type: ignore[arg-type]
        assert (answer.status, answer.header("set-cookie")) == (403, None)


def test_the_folders_token_signs_in_too(house: Server) -> None:
    token = command(house.data, "token").strip()
    assert sites(house, {"Cookie": cookie(login(house, token=token))}) == 200
    assert login(house, token="wrong").status == 401


def test_what_is_wrong_is_said_alike_for_a_known_name_and_an_unknown_one(house: Server) -> None:
    known, unknown = (login(house, name=name, password="not the password") for name in ("analyst", "nobody"))
    assert known.status == unknown.status == 401
    assert known.body.replace(b"analyst", b"nobody") == unknown.body


@pytest.mark.parametrize(("language", "word"), [("fr", "Mot de passe"), ("en", "Password")])
def test_the_page_speaks_both_languages_and_runs_no_script(language: str, word: str, house: Server) -> None:
    answer = once(house.port, request(b"", "GET", "/login", {"Accept-Language": language}))
    assert word in answer.body.decode()
    assert f'<html lang="{language}">' in answer.body.decode()
    assert "<script" not in answer.body.decode()
    policy = answer.header("content-security-policy") or ""
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy


def test_what_was_typed_is_shown_as_text(house: Server) -> None:
    path = "/login?lang=%22%3E%3Cb%3E&next=/%22%3E%3Cb%3E"
    assert b"<b>" not in once(house.port, request(b"", "GET", path)).body
    assert b"<b>" not in login(house, name='"><b>', password="x", next='/"><b>').body


def test_another_password_and_no_account_any_more_end_all_sessions(data: Path, server: Server) -> None:
    users(data, "viewer", "analyst")
    changed, removed = (signed_in(server, role) for role in ("viewer", "analyst"))
    assert sites(server, changed) == sites(server, removed) == 200
    settle(data, ChangeAccount("viewer", password=hashed("another horse")), RemoveAccount("analyst"))
    assert sites(server, changed) == sites(server, removed) == 401
    assert login(server, name="viewer", password=PASSWORD).status == 401
    assert login(server, name="viewer", password="another horse").status == 303
    assert login(server, name="analyst", password=PASSWORD).status == 401


DAY = 86_400_000


class Clock:
    """A clock that a test sets, in ms."""

    now = 1_790_000_000_000

    def __call__(self) -> float:
        return self.now / 1000


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[tuple[Desk, Clock]]:
    folder, clock = Folder(tmp_path / "data"), Clock()
    with folder.held():
        journal = await Journal.open(folder)
        made = Desk(folder, journal, {"shop": Site(1, "shop", b"k" * 32, origins=(ORIGIN,))}, clock)
        await made.settle(AddAccount("anna", hashed(PASSWORD), "analyst"))
        yield made, clock
        await journal.close()


async def test_a_session_ends_after_hours_of_silence(desk: tuple[Desk, Clock]) -> None:
    made, clock = desk
    secret = await made.enter(1)
    for _ in range(5):
        clock.now += IDLE - 1
        assert await made.stay(secret, "") is not None
    made.reload()  # what was seen is written down: a restart forgets five minutes at most
    clock.now += IDLE + 1
    assert await made.stay(secret, "") is None


async def test_a_session_ends_after_days_however_busy(desk: tuple[Desk, Clock]) -> None:
    made, clock = desk
    secret, begin = await made.enter(1), clock.now
    while clock.now < begin + LONGEST:
        assert await made.stay(secret, "") is not None
        clock.now += IDLE // 2
    clock.now = begin + LONGEST + 1
    assert await made.stay(secret, "") is None
    await made.enter(1)
    assert [login.secret for login in made.rows.logins if login.secret == kept(secret)] == []


async def test_a_session_by_the_folders_token_ends_with_the_token(desk: tuple[Desk, Clock]) -> None:
    made, _ = desk
    secret = await made.enter(0, "token")
    assert (await made.stay(secret, "token")) is not None
    assert (await made.stay(secret, "another")) is None


async def test_a_link_of_the_start_is_good_once_and_for_a_day(desk: tuple[Desk, Clock]) -> None:
    made, clock = desk
    assert made.used(made.invite("setup")) is None  # there is an account
    code = made.invite("login")
    assert (made.used(code), made.used(code)) == ("login", None)
    early, late = made.invite("login"), made.invite("login")
    assert (made.invited(early), made.invited(late)) == (None, "login")
    clock.now += INVITED
    assert made.used(late) is None


async def test_a_share_ends_with_its_time_and_with_its_site(desk: tuple[Desk, Clock]) -> None:
    made, clock = desk
    for name, site in (("a", 1), ("b", 2)):
        await made.settle(AddShare(kept(name), site, "overview", "", "", "anna", 5, clock.now + 1000))
    found = made.shared("a")
    assert found is not None
    assert (found[1].role, found[1].sites, found[1].least) == ("viewer", frozenset({"shop"}), 5)
    assert made.shared("b") is None
    clock.now += 1000
    assert made.shared("a") is None


async def test_who_fails_again_and_again_has_to_wait_and_others_do_not(desk: tuple[Desk, Clock]) -> None:
    seconds = 0.0
    entrance = Entrance(Guard("token", desk[0]), Proxies(()), lambda: seconds)
    app = Starlette(routes=[Route("/login", entrance.login, methods=["POST"])])

    async def tried(name: str, address: str, password: str = "wrong wrong") -> int:
        line = httpx2.ASGITransport(app, client=(address, 1))
        async with httpx2.AsyncClient(transport=line, base_url="http://localhost") as client:
            return (await client.post("/login", data={"name": name, "password": password})).status_code

    for _ in range(BURST + 5):
        assert await tried("anna", "198.51.100.1", PASSWORD) == 303
    statuses = [await tried("anna", "198.51.100.1") for _ in range(BURST + 2)]
    assert statuses == [401] * BURST + [429] * 2
    assert await tried("anna", "203.0.113.9", PASSWORD) == 303  # one address keeps nobody out
    assert await tried("bert", "198.51.100.1") == 429
    assert await tried("carl", "203.0.113.9") == 401
    seconds += 1 / RATE
    assert await tried("anna", "198.51.100.1", PASSWORD) == 303


@pytest.mark.parametrize(("path", "origin", "status"), [
    ("/login?next=//%5B", None, 200),
    ("/login", "http://[", 403),
    ("/m/optout/choice", "http://[", 403),
])  # fmt: skip
def test_an_address_that_is_none_is_nobodys(path: str, origin: str | None, status: int, house: Server) -> None:
    before = house.log.stat().st_size
    sent = {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"} if origin else {}
    assert once(house.port, request(b"", "POST" if origin else "GET", path, sent)).status == status
    assert house.log.stat().st_size == before, "who asks what cannot be must not fill the log"


async def test_a_form_that_does_not_come_is_not_waited_for() -> None:
    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        return {}

    slow = Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(AskedError, match=r"expected whole within 0.01 s") as fault:
        await content(slow, 100, 0.01)
    assert fault.value.status == 408


async def test_many_addresses_wear_out_a_name_however_it_is_spaced(desk: tuple[Desk, Clock]) -> None:
    entrance = Entrance(Guard("token", desk[0]), Proxies(()), lambda: 0.0)
    app = Starlette(routes=[Route("/login", entrance.login, methods=["POST"])])

    async def tried(data: dict[str, str], host: int) -> int:
        line = httpx2.ASGITransport(app, client=(f"198.51.100.{host}", 1))
        async with httpx2.AsyncClient(transport=line, base_url="http://localhost") as client:
            return (await client.post("/login", data=data)).status_code

    wrong = [await tried({"name": " " * (n % 3) + "nobody", "password": ""}, n) for n in range(5 * BURST + 1)]
    assert wrong == [401] * 5 * BURST + [429]
    assert await tried({"name": "nobody", "password": ""}, 200) == 429
    assert await tried({"token": "token"}, 200) == 303


async def test_a_tokens_term_and_a_shares_last_use_are_kept(desk: tuple[Desk, Clock]) -> None:
    made, clock = desk
    secret, order = granted("erp", ["read"], None, 1, clock.now)
    await made.settle(order, "anna")
    share = await made.settle(AddShare(kept("a"), 1, "overview", "", "", "anna", 5, clock.now + 10 * DAY), "anna")
    (seen,) = made.rows.shares
    assert seen.seen is None
    await made.looked(seen)
    first = clock.now
    clock.now += DAY - 1
    assert made.program(secret) is not None
    assert [one.seen for one in made.rows.shares] == [first]
    await made.looked(made.rows.shares[0])
    clock.now += 1
    assert made.program(secret) is None
    await made.looked(made.rows.shares[0])
    assert [one.seen for one in made.rows.shares] == [clock.now - 1]  # to the hour
    await made.settle(RevokeShare(share), "berta")
    with snapshot(made._folder) as view:
        told = [(deed.who, deed.what, deed.about) for deed in view.deeds()]
    assert told[:3] == [("berta", "share_revoked", "overview"), ("anna", "share_added", "overview"),
                        ("anna", "token_added", "erp")]  # fmt: skip


async def test_an_own_sign_out_leaves_the_session_that_asks(desk: tuple[Desk, Clock]) -> None:
    made, _ = desk
    mine, other = await made.enter(1), await made.enter(1)
    await made.settle(ChangeAccount("anna", hashed("another good one"), stays=kept(mine)))
    assert await made.stay(mine, "") is not None
    assert await made.stay(other, "") is None
    await made.settle(SignOut("anna"))
    assert await made.stay(mine, "") is None


async def test_a_session_cannot_guess_the_password_it_would_change(desk: tuple[Desk, Clock]) -> None:
    entrance = Entrance(Guard("token", desk[0]), Proxies(()), lambda: 0.0)
    asked = Request({"type": "http", "headers": [], "client": ("198.51.100.1", 1)})
    assert [await entrance.proven(asked, "anna", PASSWORD) for _ in range(BURST + 1)] == [True] * (BURST + 1)
    assert [await entrance.proven(asked, "anna", f"guess {n}") for n in range(BURST)] == [False] * BURST
    assert await entrance.proven(asked, "anna", PASSWORD) is None
