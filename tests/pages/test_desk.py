"""What is done with a page's view: it is saved under a name, opened again, shared; each as far as a role goes."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from html import unescape

import pytest

from collector.journal.access import AccessError
from collector.pages.words import words
from collector.web.pages_desk import _fault
from tests.conftest import ORIGIN, Server
from tests.pages.test_settings import Person
from tests.web.test_access import command
from tests.web.visitors import users
from tests.web.wire import Answer, once, request

OVERVIEW = "/sites/shop/overview"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("desk") / "data"
    for site in ("shop", "other"):
        command(folder, "site", "add", site, "--origin", ORIGIN)
    users(folder, "viewer", "analyst", "admin")
    running = Server(folder)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def admin(house: Server) -> Person:
    return Person(house, "admin", "fr")


@pytest.fixture(scope="module")
def analyst(house: Server) -> Person:
    return Person(house, "analyst")


@pytest.fixture(scope="module")
def viewer(house: Server) -> Person:
    return Person(house, "viewer")


def text(answer: Answer) -> str:
    return unescape(answer.body.decode()).replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")


def saved(html: str) -> dict[str, str]:
    """The saved views that a page links to: name → address."""
    part = html.partition('<nav class="choice saved" aria-label="Saved views">')[2].partition("</nav>")[0]
    return {name: link for link, name in re.findall(r'<a href="\?([^"]*)"[^>]*><bdi>(.*?)</bdi>', part)}


def number(html: str, name: str) -> str:
    found = re.search(rf'name="number" value="(\d+)">\s*<label>[^<]*<input name="name" value="{name}"', html)
    assert found is not None, html
    return found[1]


def test_only_those_who_keep_the_house_are_told_where_its_data_is(house: Server, viewer: Person) -> None:
    page = "/sites/shop/consent?range=7d"
    seen, admin = viewer.page(page), Person(house, "admin").page(page)
    assert "balise consent verify" in seen
    assert str(house.data) not in seen
    assert f"balise --data {house.data} consent verify" in admin


def test_a_view_is_saved_listed_opened_renamed_and_deleted(house: Server, analyst: Person, viewer: Person) -> None:
    done = analyst.post(f"{OVERVIEW}?range=7d&where=device:mobile", do="view", name="Phones – “été”", seen="all")
    query = "range=7d&where=device%3Amobile"
    assert (done.status, done.header("location")) == (303, f"{OVERVIEW}?{query}&done=tools:view#views")
    page = viewer.page(f"{OVERVIEW}?{query}&done=tools:view")
    assert saved(page) == {"Phones – “été”": query}
    assert f'<a href="?{query}" aria-current="true"><bdi>Phones' in page
    assert 'name="do"' not in page.partition("<main")[2]
    mine = analyst.page(f"{OVERVIEW}?{query}")
    changed = analyst.post(f"{OVERVIEW}?{query}", do="views", number=number(mine, "Phones – “été”"), name="Telephones")
    assert changed.status == 303
    assert saved(viewer.page(f"{OVERVIEW}?range=30d")) == {"Telephones": query}
    assert saved(viewer.page("/sites/shop/campaigns")) == {}
    assert saved(viewer.page("/sites/other/overview")) == {}
    gone = analyst.post(OVERVIEW, do="views", number=number(mine, "Phones – “été”"), delete="yes", name="x")
    assert gone.header("location") == f"{OVERVIEW}?range=30d&done=tools:view_gone#views"
    assert saved(viewer.page(OVERVIEW)) == {}


def test_a_private_view_is_seen_and_changed_by_nobody_else(analyst: Person, admin: Person) -> None:
    assert analyst.post(f"{OVERVIEW}?range=90d", do="view", name="mine", seen="me").status == 303
    page = analyst.page(f"{OVERVIEW}?range=90d")
    assert saved(page) == {"mine": "range=90d"}
    assert "mine" not in admin.page(f"{OVERVIEW}?range=90d").partition("<main")[2]
    stolen = admin.post(OVERVIEW, do="views", number=number(page, "mine"), name="ours")
    assert (stolen.status, "Cela n’existe plus" in text(stolen)) == (404, True)
    assert analyst.post(OVERVIEW, do="views", number=number(page, "mine"), delete="yes").status == 303


def test_a_page_opens_with_ones_own_view_else_with_that_of_all(analyst: Person, viewer: Person) -> None:
    path = "/sites/shop/consent"
    analyst.post(f"{path}?range=7d", do="view", name="week", first="on")
    analyst.post(f"{path}?range=90d", do="view", name="quarter", seen="me", first="on")
    assert (viewer.get(path).status, viewer.get(path).header("location")) == (302, f"{path}?range=7d")
    assert viewer.get(f"{path}?lang=fr").header("location") == f"{path}?range=7d&lang=fr"
    assert analyst.get(path).header("location") == f"{path}?range=90d"
    assert '<a href="?range=30d">30 days</a>' in viewer.page(f"{path}?range=7d")
    assert viewer.get(f"{path}?range=30d").status == 200
    analyst.post(f"{path}?range=today", do="view", name="day", first="on")
    assert viewer.get(path).header("location") == f"{path}?range=today"


def test_what_is_wrong_with_a_view_is_said_beside_its_field(admin: Person) -> None:
    path = "/sites/shop/quality?range=7d"
    assert admin.post(path, do="view", name="livre").status == 303
    taken = admin.post(path, do="view", name="livre", seen="all", first="on")
    assert taken.status == 409
    html = text(taken)
    assert 'aria-describedby="fault-view"' in html
    assert re.search(r'id="fault-view" role="alert">Ce nom est déjà pris : livre<', html)
    assert '<details class="other" id="views" open>' in html
    assert re.search(r'name="first" checked', html)
    assert "1 à 64 caractères" in text(admin.post(path, do="view", name=" "))
    assert admin.post("/sites/shop/quality?range=never", do="view", name="x").status == 400
    assert admin.post("/sites/shop/settings", do="view", name="x").status == 405


def test_a_desk_that_is_full_does_not_say_that_the_name_is_taken() -> None:
    fault, status = _fault(AccessError("name", "there are 50 saved views", taken=True, most=50), {"name": "livre"})
    said = words("fr")(fault.sentence, **fault.values)
    assert (fault.field, status, said) == (
        "name", 409, "Il y a déjà 50 vues enregistrées. Supprimez-en une d’abord."
    )  # fmt: skip


def test_a_change_that_names_no_view_is_told_on_a_whole_page(analyst: Person) -> None:
    path = "/sites/shop/campaigns"
    assert analyst.post(path, do="view", name="kept").status == 303
    known = number(analyst.page(path), "kept")
    for fields in ({}, {"name": "other"}, {"delete": "yes"}, {"number": known}):
        answer = analyst.post(path, do="views", **fields)
        assert answer.status in (400, 404), fields
        assert text(answer).rstrip().endswith("</html>"), fields
        assert ('value="kept"' in text(answer), 'role="alert"' in text(answer)) == (True, True), fields


def test_views_are_saved_by_the_api_and_the_command_too(house: Server) -> None:
    bearer = {"Authorization": f"Bearer {command(house.data, 'token').strip()}", "Origin": None}

    def ask(method: str, path: str, body: object = None) -> Answer:
        sent = b"" if body is None else json.dumps(body).encode()
        return once(house.port, request(sent, method, f"/api/sites/other/views{path}", bearer))

    made = ask("POST", "", {"page": "overview", "name": "Mobile", "query": "where=device:mobile&range=30d"})
    assert made.status == 201
    at = f"/{made.json()['number']}"
    assert command(house.data, "view", "list", "--site", "other").split() == [
        at[1:], "overview", "Mobile", "where=device%3Amobile"
    ]  # fmt: skip
    command(
        house.data, "view", "save", "Mobile", "--site", "other", "--page", "overview", "--query", "range=7d", "--first"
    )
    (found,) = ask("GET", "").json()["views"]
    assert (found["name"], found["query"], found["first"], found["private"]) == ("Mobile", "range=7d", True, False)
    for wrong, field in (({"page": "settings"}, "page"), ({"query": "range=x"}, "query"), ({"name": ""}, "name")):
        body = {"page": "overview", "name": "x", **wrong}
        assert (ask("POST", "", body).status, ask("POST", "", body).error("field")) == (400, field)
    copy = house.data.parent / "copy"  # a backup, as the README makes one
    copy.mkdir()
    with sqlite3.connect(house.data / "log.sqlite") as log:
        log.execute("VACUUM INTO ?", (str(copy / "log.sqlite"),))
    log.close()
    assert "overview       Mobile                   range=7d  opens first" in command(
        copy, "view", "list", "--site", "other"
    )
    assert ask("PUT", at, {"name": "Phones"}).status == 204
    assert ask("PUT", "/999", {"name": "Phones"}).status == 404
    assert "there is no view 99" in command(house.data, "view", "remove", "99", "--site", "other", code=2)
    command(house.data, "view", "remove", at[1:], "--site", "other")
    assert ask("GET", "").json()["views"] == []


def test_the_private_views_of_a_token_go_with_it(house: Server) -> None:
    seen = []
    for _ in range(2):
        made = command(house.data, "token", "add", "reader", "--action", "admin").strip()
        bearer = {"Authorization": f"Bearer {made}", "Origin": None}
        path = "/api/sites/other/views"
        seen.append(once(house.port, request(b"", "GET", path, bearer)).json()["views"])
        body = json.dumps({"page": "overview", "name": "mine", "query": "range=7d", "private": True}).encode()
        assert once(house.port, request(body, "POST", path, bearer)).status == 201
        command(house.data, "token", "revoke", "reader")
    assert seen == [[], []]


def test_a_page_is_shared_where_it_is_seen(house: Server, admin: Person) -> None:
    path = "/sites/shop/campaigns?range=7d&where=source:google"
    wrong = admin.post(path, do="share", days="soon", note="pour <b>Tom</b>")
    html = wrong.body.decode()
    assert wrong.status == 400
    assert re.search(
        r'id="fault-share-days" role="alert">Un nombre entier de jours de 1 à 366, et non soon<', text(wrong)
    )
    assert 'value="pour &lt;b&gt;Tom&lt;/b&gt;"' in html
    made = admin.post(path, do="share", days="7", note="Tom")
    link = re.search(r"<code>http://127\.0\.0\.1:\d+(/share/[\w-]{43})</code>", text(made))
    assert made.status == 201
    assert link is not None
    assert "Les nombres inférieurs à 5" in text(made)
    seen = once(house.port, request(b"", "GET", link[1]))
    assert (seen.status, "<b>google</b>" in seen.body.decode()) == (200, True)
    assert link[1] not in admin.page(path)
    assert "<bdi>Tom</bdi>" in admin.page()
    assert 'id="share"' not in admin.page("/sites/shop/live")
    assert "La comparaison n’est pas partagée." not in admin.page(path)
    compared = path + "&compare=previous"
    assert "La comparaison n’est pas partagée." in admin.page(compared)
    assert admin.post(compared, do="share", days="7", note="Zoë").status == 201
    assert "google · Zoë" in re.sub("<[^>]+>", "", admin.page())


def test_funnels_are_shared_with_the_funnel_that_the_page_opens_or_not_at_all(house: Server, admin: Person) -> None:
    bearer = {"Authorization": f"Bearer {command(house.data, 'token').strip()}", "Origin": None}
    at, wish = "/sites/other/funnels", json.dumps({"page": "funnels", "filters": "range=7d"}).encode()
    refused = admin.post(at, do="share", days="7", note="")
    assert refused.status == 400
    assert "Cette vue ne montre rien à partager." in text(refused)
    said = once(house.port, request(wish, "POST", "/api/sites/other/shares", bearer))
    assert (said.status, said.json()["error"]["field"]) == (400, "filters")
    add = ("share", "add", "funnels", "--site", "other", "--filters", "range=7d")
    assert "filters: there is no funnel to share" in command(house.data, *add, code=2)

    spec = json.dumps({"steps": [{"path": "/only"}, {"name": "purchase"}]}).encode()
    assert once(house.port, request(spec, "PUT", "/api/sites/other/funnels/first", bearer)).status == 200
    by_form = re.search(r"<code>http://127\.0\.0\.1:\d+(/share/[\w-]{43})</code>",
                        text(admin.post(at, do="share", days="7", note="")))  # fmt: skip
    assert by_form is not None
    by_api = once(house.port, request(wish, "POST", "/api/sites/other/shares", bearer)).json()["path"]
    by_command = "/share/" + command(house.data, *add).strip().rpartition("/")[2]
    for path in (by_form[1], by_api, by_command):
        assert "1. /only" in once(house.port, request(b"", "GET", path)).body.decode()

    assert once(house.port, request(b"", "DELETE", "/api/sites/other/funnels/first", bearer)).status == 204
    gone = once(house.port, request(b"", "GET", by_api))
    assert (gone.status, "no longer exists" in text(gone)) == (404, True)


def test_the_page_of_funnels_opens_the_first_saved_one(house: Server, viewer: Person) -> None:
    path = "/sites/shop/funnels"
    assert "Write one or more steps above" in viewer.page(path)
    bearer = {"Authorization": f"Bearer {command(house.data, 'token').strip()}", "Origin": None}
    for name in ("b-later", "a-first"):
        spec = json.dumps({"steps": [{"path": f"/{name}"}, {"name": "purchase"}]}).encode()
        assert once(house.port, request(spec, "PUT", f"/api{path}/{name}", bearer)).status == 200
    page = viewer.page(path)
    assert 'aria-current="true"><bdi>a-first</bdi>' in page
    assert 'value="/a-first"' in page
    assert "saved=a-first" in page.partition('id="funnel"')[2]
    assert "Write one or more steps above" in viewer.page(f"{path}?new=1")
    assert 'value="/b-later"' in viewer.page(f"{path}?saved=b-later")


def _packed(kind: str, **fields: str) -> bytes:
    if kind == "form":
        return "&".join(f"{name}={value}" for name, value in fields.items()).encode()
    parts = [f'--xx\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}\r\n' for name in fields]
    return "".join([*parts, "--xx--\r\n"]).encode()


@pytest.mark.parametrize(("path", "kind", "status", "code"), [
    ("/sites/shop/settings/users", "files", 415, "form"),
    ("/sites/shop/overview", "files", 415, "form"),
    ("/sites/shop/links/sheet", "form", 400, "form"),
    ("/api/links", "form", 400, "json"),
    ("/api/links", "files", 400, "json"),
    ("/api/links/bulk", "form", 400, "sheet_column"),
])  # fmt: skip
def test_a_form_of_another_kind_than_its_pages_is_told_plainly(
    path: str, kind: str, status: int, code: str, admin: Person
) -> None:
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', admin.get().body.decode())
    assert csrf is not None
    named = {"form": "application/x-www-form-urlencoded; boundary=xx", "files": "multipart/form-data; boundary=xx"}
    body = _packed(kind, csrf=csrf[1], do="add")
    headers = {**admin.headers, "Sec-Fetch-Site": "same-origin", "Content-Type": named[kind]}
    answer = once(admin.house.port, request(body, "POST", path, headers))
    assert (answer.status, answer.error()) == (status, code)
