"""The contract of POST /m/e and POST /m/forget."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import ORIGIN, Server, command
from tests.make import a_batch, a_receipt, an_event, now
from tests.web.books import clean, counted, settled, stored
from tests.web.wire import once, request

MONTHS_13 = 13 * 30 * 86_400
LOCAL = ("http://localhost:3000", "http://127.0.0.1:8000", "http://[::1]:8000", "http://localhost")
NOT_LOCAL = (
    "https://a.example",
    "http://a.example",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://localhostess.example",
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server with four sites: shop, blog (its own origin), intranet (profile off) and many (odd origins)."""
    folder = tmp_path_factory.mktemp("collect") / "data"
    command(folder, "site", "add", "shop", "--origin", ORIGIN, "--origin", "https://www.shop.example")
    command(folder, "site", "add", "blog", "--origin", "https://blog.example")
    command(folder, "site", "add", "intranet", "--origin", "https://in.example", "--profile", "off")
    command(folder, "site", "add", "many", *(part for origin in (*LOCAL, *NOT_LOCAL) for part in ("--origin", origin)))
    running = Server(folder)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


def cookie(answer: httpx2.Response, site: str = "shop") -> Any:
    """The visitor's cookie that an answer sets, None if it sets none."""
    jar: SimpleCookie = SimpleCookie()
    for value in answer.headers.get_list("set-cookie"):
        jar.load(value)
    return jar.get(f"m_{site}")


def forget(server: Server, site: str = "shop", origin: str = ORIGIN, **headers: str) -> httpx2.Response:
    """A withdrawal."""
    sent = {"origin": origin, "content-type": "text/plain"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return httpx2.post(
        f"{server.url}/m/forget", content=json.dumps({"v": 1, "site": site}).encode(), headers=sent, timeout=60
    )


def test_a_batch_is_answered_with_its_counts(house: Server) -> None:
    twin = an_event()
    answer = house.post(a_batch(twin, twin, an_event(), an_event(t=0)))
    assert answer.status_code == 202
    said = answer.json()
    assert (said["accepted"], said["duplicate"], said["dropped"]) == (2, 1, {"invalid": 1})
    assert [(fault["index"], fault["field"]) for fault in said["faults"]] == [(3, "t")]


def test_a_batch_sent_again_is_known(house: Server) -> None:
    batch = a_batch(an_event(), an_event())
    assert [house.post(batch).json()["accepted"] for _ in range(3)] == [2, 0, 0]
    assert house.post(batch).json() == {"accepted": 0, "duplicate": 2, "dropped": {}}


def test_an_id_belongs_to_its_site(house: Server) -> None:
    event = an_event()
    assert house.post(a_batch(event)).json()["accepted"] == 1
    assert house.post(a_batch(event, site="blog"), "https://blog.example").json()["accepted"] == 1


def test_an_id_in_capitals_is_the_same_id(house: Server) -> None:
    event = an_event()
    house.post(a_batch(event))
    assert house.post(a_batch({**event, "id": event["id"].upper()})).json()["duplicate"] == 1


def test_a_202_means_stored(house: Server) -> None:
    for n in range(1, 6):
        house.post(a_batch(an_event(name="stored_at_once")))
        assert len([kept for kept in stored(house.data) if kept["n"] == "stored_at_once"]) == n


ELSEWHERE = {
    "another site's": "https://blog.example",
    "nobody's": "https://evil.example",
    "null": "null",
    "none": None,
    "with a slash": ORIGIN + "/",
}


@pytest.mark.parametrize("which", ELSEWHERE)
def test_a_page_of_another_origin_is_refused(which: str, house: Server) -> None:
    answer = house.post(a_batch(), ELSEWHERE[which])
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "origin_not_allowed")


@pytest.mark.parametrize("origin", [ORIGIN, "https://evil.example", "null", None])
def test_an_unknown_site_and_a_foreign_one_get_the_same_answer(origin: str | None, house: Server) -> None:
    """Byte for byte, head and body: nobody can find out which sites there are."""
    known = request(json.dumps(a_batch(site="blog")).encode(), headers={"Origin": origin})
    unknown = request(json.dumps(a_batch(site="nosy")).encode(), headers={"Origin": origin})
    first, second = once(house.port, known), once(house.port, unknown)
    assert first.status == 403
    assert first == second


def test_pages_of_registered_origins_may_read_the_answer(house: Server) -> None:
    for origin in (ORIGIN, "https://www.shop.example"):
        answer = house.post(a_batch(), origin)
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://shop.example.evil.example", "*", None])
def test_other_pages_may_not(origin: str | None, house: Server) -> None:
    for answer in (house.post(a_batch(), origin), house.post(b"x", origin)):
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["vary"] == "Origin"


def test_a_refusal_can_be_read_by_the_sites_own_pages(house: Server) -> None:
    for answer in (
        house.post(b"x"),
        house.post(a_batch(site="nosy")),
        house.post(b" " * 70_000),
        house.post(b"", content_type="text/html"),
    ):
        assert answer.status_code >= 400
        assert answer.headers["access-control-allow-origin"] == ORIGIN


def test_a_preflight_is_answered_for_registered_origins(house: Server) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    answer = once(house.port, request(method="OPTIONS", headers=asked))
    assert (answer.status, answer.body) == (204, b"")
    assert answer.header("access-control-allow-origin") == ORIGIN
    assert answer.header("access-control-allow-methods") == "POST"
    assert answer.header("access-control-allow-headers") == "content-type"
    assert int(answer.header("access-control-max-age") or 0) > 0
    other = once(house.port, request(method="OPTIONS", headers={**asked, "Origin": "https://evil.example"}))
    assert other.header("access-control-allow-origin") is None


@pytest.mark.parametrize("kind", ["text/plain", "text/plain;charset=UTF-8"])
def test_a_browser_needs_no_preflight(kind: str, house: Server) -> None:
    """text/plain is a type that browsers send without asking first."""
    assert house.post(a_batch(), content_type=kind).status_code == 202


@pytest.mark.parametrize("changes", [{"consent": a_receipt(at=7)}, {"sent_at": 2**60}, {"sent_at": -1}])
def test_a_refusal_says_what_was_expected(changes: dict[str, Any], house: Server) -> None:
    """In figures: what is hidden is what a sender wrote, never the rule."""
    answer = house.post(a_batch(**changes))
    assert answer.status_code == 400
    assert "[number]" not in answer.json()["error"]["message"]


def test_no_answer_is_kept_by_anybody(house: Server) -> None:
    for answer in (house.post(a_batch()), house.post(b"x"), forget(house)):
        assert answer.headers["cache-control"] == "no-store"


def test_no_answer_names_the_software(house: Server) -> None:
    assert not {"server", "x-powered-by", "date"} & set(house.post(a_batch()).headers)


def test_a_grant_sets_the_visitors_cookie(house: Server) -> None:
    found = cookie(house.post(a_batch()))
    assert re.fullmatch(r"[a-z2-7]{13}-[a-z2-7]{13}", found.value)  # 128 bits
    assert (found["httponly"], found["samesite"], found["path"], found["secure"]) == (True, "Lax", "/", True)
    assert 0 < int(found["max-age"]) <= MONTHS_13
    assert not found["domain"]


def test_the_cookies_visitor_is_the_events(house: Server) -> None:
    event = an_event(name="of_the_cookie")
    found = cookie(house.post(a_batch(event)))
    house.post(
        a_batch(an_event(name="of_the_cookie"), visitor="somebody-else"), cookie=f"other=1; m_shop={found.value}; x=y"
    )
    visitors = [kept["v"] for kept in stored(house.data) if kept["n"] == "of_the_cookie"]
    assert visitors == [found.value, found.value]


def test_a_cookie_is_never_renewed(house: Server) -> None:
    found = cookie(house.post(a_batch()))
    assert cookie(house.post(a_batch(), cookie=f"m_shop={found.value}")) is None


@pytest.mark.parametrize(
    "value", ["", "short", "a" * 65, "<script>", "a b c d e f", "é" * 10, '"quoted-value"', "semi,colon,"]
)
def test_a_cookie_that_is_no_visitors_id_is_replaced(value: str, house: Server) -> None:
    answer = once(house.port, request(json.dumps(a_batch()).encode(), headers={"Cookie": f"m_shop={value}"}))
    assert "m_shop=" in (answer.header("set-cookie") or "")


def test_the_cookie_of_another_site_is_not_this_ones(house: Server) -> None:
    assert cookie(house.post(a_batch(), cookie="m_blog=12345678-aaaa; xm_shop=12345678-bbbb")) is not None


COOKIELESS = {
    "a page that says its visitor": ({"visitor": "v-12345678"}, {}),
    "a page on another site": ({}, {"sec_fetch_site": "cross-site"}),
    "a batch without a receipt": ({"consent": None}, {}),
    "a refusal": ({"consent": a_receipt(state="denied")}, {}),
    "a pending answer": ({"consent": a_receipt(state="pending")}, {}),
    "Sec-GPC": ({}, {"sec_gpc": "1"}),
    "DNT": ({}, {"dnt": "1"}),
    "the opt-out": ({}, {"cookie": "m_optout=1"}),
    "no event": ({"events": []}, {}),
    "only bad events": ({"events": [{"id": "x"}]}, {}),
}


@pytest.mark.parametrize("which", COOKIELESS)
def test_no_cookie_is_set_for(which: str, house: Server) -> None:
    changes, headers = COOKIELESS[which]
    answer = house.post(a_batch(**changes), **headers)
    assert answer.status_code == 202
    assert "set-cookie" not in answer.headers


def test_no_cookie_is_set_by_a_refusal_of_the_server(house: Server) -> None:
    for answer in (house.post(b"x"), house.post(a_batch(), "https://evil.example"), house.post(a_batch(site="nosy"))):
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("origin", LOCAL)
def test_on_the_own_machine_the_cookie_needs_no_tls(origin: str, house: Server) -> None:
    found = cookie(house.post(a_batch(site="many"), origin), "many")
    assert not found["secure"]
    assert (found["httponly"], found["samesite"]) == (True, "Lax")


@pytest.mark.parametrize("origin", NOT_LOCAL)
def test_everywhere_else_it_does(origin: str, house: Server) -> None:
    assert cookie(house.post(a_batch(site="many"), origin), "many")["secure"]


def test_a_withdrawal_deletes_the_cookie(house: Server) -> None:
    found = cookie(house.post(a_batch()))
    answer = forget(house, cookie=f"m_shop={found.value}")
    assert (answer.status_code, answer.content) == (204, b"")
    deleted = cookie(answer)
    assert (deleted.value, deleted["max-age"], deleted["path"], deleted["httponly"], deleted["secure"]) == (
        "",
        "0",
        "/",
        True,
        True,
    )


def test_a_browser_that_follows_the_headers_has_no_cookie_after_a_withdrawal(house: Server) -> None:
    """With a real cookie jar, over the origin whose cookies need no TLS."""
    where = {"origin": LOCAL[0], "content-type": "text/plain"}
    with httpx2.Client(base_url=house.url, headers=where, timeout=60) as browser:
        browser.post("/m/e", content=json.dumps(a_batch(site="many")))
        assert "m_many" in browser.cookies
        browser.post("/m/forget", content=json.dumps({"v": 1, "site": "many"}))
        assert "m_many" not in browser.cookies


def test_a_withdrawal_is_heard_in_spite_of_any_signal(house: Server) -> None:
    assert forget(house, sec_gpc="1", dnt="1", cookie="m_optout=1").status_code == 204


def test_a_withdrawal_for_another_site_deletes_nothing(house: Server) -> None:
    for answer in (forget(house, "blog"), forget(house, "nosy"), forget(house, origin="https://evil.example")):
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


REFUSED: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "gpc": ({}, {"sec_gpc": "1"}),
    "dnt": ({}, {"dnt": "1"}),
    "opt_out": ({}, {"cookie": "a=b; m_optout=1"}),
    "denied": ({"consent": a_receipt(state="denied")}, {}),
    "withdrawn": ({"consent": a_receipt(state="withdrawn")}, {}),
    "no_consent": ({"consent": None}, {}),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_may_not_be_read_is_not(reason: str, house: Server) -> None:
    """Counted under its reason; not even its faults are looked for, and nothing of it is in the log."""
    changes, headers = REFUSED[reason]
    batch = a_batch(
        an_event(name=f"unread_{reason}"), {"nonsense": True}, an_event(name=f"unread_{reason}", t=0), **changes
    )
    answer = house.post(batch, **headers)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 0, "duplicate": 0, "dropped": {reason: 3}})
    assert not [kept for kept in stored(house.data) if kept["n"].startswith("unread")]
    assert f"unread_{reason}".encode() not in b"".join(
        file.read_bytes() for file in house.data.rglob("*") if file.is_file()
    )


@pytest.mark.parametrize("header,value", [("sec_gpc", "1"), ("dnt", "1")])
def test_a_signal_of_the_browser_wins_on_every_site(header: str, value: str, house: Server) -> None:
    for changes in ({}, {"consent": None}, {"consent": a_receipt(state="denied")}):
        said = house.post(a_batch(site="intranet", **changes), "https://in.example", **{header: value}).json()
        assert said["dropped"] == {header.removeprefix("sec_"): 1}


SENT_ON = {
    "blanks behind it": ({"Sec-GPC": "1  "}, "gpc"),
    "sent twice, no last": ({"Sec-GPC": "1\r\nSec-GPC: 0"}, "gpc"),
    "sent twice, yes last": ({"DNT": "0\r\nDNT: 1"}, "dnt"),
    "in the first of two cookie headers": ({"Cookie": "m_optout=1\r\nCookie: a=b"}, "opt_out"),
}


@pytest.mark.parametrize("which", SENT_ON)
def test_a_signal_is_heard_however_a_proxy_sends_it_on(which: str, house: Server) -> None:
    headers, reason = SENT_ON[which]
    answer = once(house.port, request(json.dumps(a_batch()).encode(), headers=headers))
    assert answer.json()["dropped"] == {reason: 1}


@pytest.mark.parametrize("headers", [{"sec_gpc": "0"}, {"dnt": "0"}, {"dnt": "null"}, {"cookie": "m_optout=0"}])
def test_a_signal_that_says_nothing_is_none(headers: dict[str, str], house: Server) -> None:
    assert house.post(a_batch(), **headers).json()["accepted"] == 1


def test_a_site_without_consent_keeps_what_has_no_receipt(house: Server) -> None:
    event = an_event(name="inside", url="https://in.example/")
    answer = house.post(a_batch(event, site="intranet", consent=None), "https://in.example")
    assert answer.json()["accepted"] == 1
    assert "set-cookie" not in answer.headers
    kept = next(kept for kept in stored(house.data, "intranet") if kept["n"] == "inside")
    assert "cs" not in kept


@pytest.mark.parametrize("state", ["denied", "withdrawn"])
def test_and_still_honours_a_refusal(state: str, house: Server) -> None:
    said = house.post(a_batch(site="intranet", consent=a_receipt(state=state)), "https://in.example").json()
    assert said == {"accepted": 0, "duplicate": 0, "dropped": {state: 1}}


def test_a_receipt_is_kept_with_the_event(house: Server) -> None:
    at = now() - 5_000
    house.post(a_batch(an_event(name="with_receipt"), consent=a_receipt(source="tcf", policy="2026-11", at=at)))
    kept = next(kept for kept in stored(house.data) if kept["n"] == "with_receipt")
    assert (kept["cr"], kept["cp"], kept["t"] - kept["ct"]) == ("tcf", "2026-11", at)  # a grant is told by its source


def test_the_books_balance_after_all_kinds_of_answers(data: Path, start: Callable[..., Server]) -> None:
    server = start()
    twin = an_event()
    server.post(a_batch(twin, twin, an_event()))
    server.post(a_batch(twin, an_event(t=0), {"nonsense": 1}))
    for changes, headers in REFUSED.values():
        server.post(a_batch(an_event(), an_event(), **changes), **headers)
    for body, origin in ((b"x", ORIGIN), (b"[]", ORIGIN), (a_batch(), "https://evil.example"), (b" " * 70_000, ORIGIN)):
        assert server.post(body, origin).status_code >= 400
    server.post(a_batch(events=[]))
    assert settled(data, 6 + 2 * len(REFUSED))
    counts = counted(data)
    assert {name: counts[name] for name in ("accepted", "duplicate", "dropped invalid", "received")} == {
        "accepted": 2, "duplicate": 2, "dropped invalid": 2, "received": 6 + 2 * len(REFUSED),
    }  # fmt: skip
    assert {reason: counts[f"dropped {reason}"] for reason in REFUSED} == dict.fromkeys(REFUSED, 2)
    assert clean(data)
    server.stop()
    assert settled(data, 6 + 2 * len(REFUSED))
    assert clean(data)
