"""The page Settings changes what it shows: by forms without a script, each as far as a role goes, in two languages."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote

import pytest

from tests.conftest import ORIGIN, Server
from tests.make import a_batch
from tests.web.test_access import command
from tests.web.visitors import PASSWORD, cookie, form, login, users
from tests.web.wire import Answer, once, request

NAMES = "names.toml"  # the team's dictionary


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("settings") / "data"
    for site in ("shop", "other"):
        command(folder, "site", "add", site, "--origin", ORIGIN)
    users(folder, "viewer", "analyst", "admin")
    (folder.parent / NAMES).write_text(
        'version = "1.0.0"\n[source]\nvalues = ["google", "facebook"]\n', encoding="utf-8"
    )
    running = Server(folder, environment={"BALISE_UTM_DICTIONARY": str(folder.parent / NAMES)})
    yield running
    running.stop()


class Person:
    """Somebody who is signed in and reads a language."""

    def __init__(self, house: Server, name: str, language: str = "en", password: str = PASSWORD) -> None:
        self.house = house
        self.headers = {"Cookie": cookie(login(house, name=name, password=password)), "Accept-Language": language}

    def get(self, path: str = "/sites/shop/settings") -> Answer:
        return once(self.house.port, request(b"", "GET", path, self.headers))

    def page(self, path: str = "/sites/shop/settings") -> str:
        answer = self.get(path)
        assert answer.status == 200, answer
        return unescape(answer.body.decode())

    def send(self, panel: str, do: str, **fields: str) -> Answer:
        """A form of the page Settings."""
        return self.post(f"/sites/shop/settings/{panel}", do=do, **fields)

    def post(self, path: str, **fields: str) -> Answer:
        """A form, as a page of ours was drawn."""
        csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', self.get().body.decode())
        assert csrf is not None
        sent = {"csrf": csrf[1], **{name.replace("_on_", "-"): quote(value) for name, value in fields.items()}}
        return form(self.house, path, sent, self.headers)


def panel(answer: Answer | str, name: str) -> str:
    """A panel of a page, as it is read."""
    html = answer if isinstance(answer, str) else unescape(answer.body.decode())
    return html.partition(f'<section id="{name}"')[2].partition("</section>")[0]


def beside(answer: Answer, name: str, field: str) -> str:
    """What is said beside a field."""
    part = panel(answer, name)
    assert f'aria-describedby="fault-{field}"' in part, part
    found = re.search(rf'id="fault-{field}" role="alert">([^<]*)<', part)
    assert found is not None, part
    return found[1].replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")


def test_each_sees_the_panels_of_their_role(house: Server) -> None:
    shown = {}
    for role in ("viewer", "analyst", "admin"):
        html = Person(house, role).page()
        shown[role] = set(re.findall(r'<section id="(\w+)"', html))
        assert ("<bdi>analyst</bdi>" in html) == (role != "viewer")
        assert ('name="origins"' in html) == (role == "admin")
    assert shown["viewer"] == {"tag", "site", "account", "kept", "agreed", "sites"}
    assert shown["analyst"] - shown["viewer"] == {"shares"}
    assert shown["admin"] - shown["analyst"] == {"users", "tokens", "history"}


def test_who_is_held_to_one_site_sees_nothing_of_the_others_however_much_they_may_do_there(house: Server) -> None:
    command(house.data, "token", "add", "watcher", "--action", "read", "--site", "other")
    made = command(house.data, "token", "add", "keeper", "--action", "admin", "--site", "shop").strip()
    bearer = {"Authorization": f"Bearer {made}", "Origin": None}
    html = once(house.port, request(b"", "GET", "/sites/shop/settings", bearer)).body.decode()
    shown = set(re.findall(r'<section id="(\w+)"', html))
    assert shown == {"tag", "site", "account", "shares", "kept", "agreed", "sites"}
    for name in ("watcher", "analyst", ">other<"):
        assert name not in html.partition('<section id="shares"')[2]
    wrong = form(house, "/sites/shop/settings/site", {"do": "change", "profile": "none"}, bearer)
    assert (wrong.status, "watcher" in wrong.body.decode()) == (400, False)
    for panel_, do in (("users", "invite"), ("tokens", "revoke")):
        assert form(house, f"/sites/shop/settings/{panel_}", {"do": do, "name": "watcher"}, bearer).status == 403
    for name in ("watcher", "keeper"):
        command(house.data, "token", "revoke", name)


def test_somebody_is_invited_by_a_link_that_is_shown_once(house: Server) -> None:
    admin = Person(house, "admin", "fr")
    wrong = admin.send("users", "invite", name="Ève Dupont", role="analyst")
    assert wrong.status == 400
    said = beside(wrong, "users", "name")
    assert said == "1 à 64 lettres, chiffres et . _ @ + -, sans accent ni espace, et non Ève Dupont"
    assert 'value="Ève Dupont"' in panel(wrong, "users")
    assert '<option value="analyst" selected>' in panel(wrong, "users").rpartition("<form")[2]
    made = admin.send("users", "invite", name="eve", role="analyst")
    link = re.search(r"<code>http://127\.0\.0\.1:\d+(/setup/[\w-]{43})</code>", panel(made, "users"))
    assert (made.status, made.header("cache-control")) == (201, "no-store")
    assert link is not None
    again = admin.page()
    assert "/setup/" not in again
    assert "<bdi>eve</bdi>" in panel(again, "users")
    taken = form(house, link[1], {"password": PASSWORD})
    assert taken.status == 303
    assert (
        "/sites/shop/settings"
        in once(house.port, request(b"", "GET", "/sites/shop/overview", {"Cookie": cookie(taken)})).body.decode()
    )
    assert "viewer: reads" not in panel(Person(house, "eve").page(), "account")
    assert (
        beside(admin.send("users", "invite", name="eve", role="viewer"), "users", "name")
        == "Ce nom est déjà pris : eve"
    )


def test_a_role_changes_sessions_end_and_nobody_removes_themselves(house: Server) -> None:
    command(house.data, "user", "add", "gone", stdin=f"{PASSWORD}\n".encode())
    admin, other = Person(house, "admin"), Person(house, "gone")
    done = admin.send("users", "role", name="gone", role="analyst")
    assert (done.status, done.header("location")) == (303, "/sites/shop/settings?done=users:role#users")
    assert "The role has been changed" in panel(admin.page("/sites/shop/settings?done=users:role"), "users")
    assert other.get().status == 303
    own = admin.send("users", "remove", name="admin")
    assert (own.status, "ask another admin" in panel(own, "users")) == (400, True)
    assert admin.send("users", "remove", name="gone").status == 303
    assert "It no longer exists: gone" in panel(admin.send("users", "remove", name="gone"), "users")
    told = panel(admin.page(), "history")
    assert re.search(r"<bdi>admin</bdi></td><td class=\"text\">removed the user</td><td class=\"text\"><bdi>gone", told)
    assert "127.0.0.1" not in told


def test_a_password_of_ones_own_asks_the_old_one_and_ends_the_other_sessions(house: Server) -> None:
    command(house.data, "user", "add", "paul", stdin=f"{PASSWORD}\n".encode())
    here, there = Person(house, "paul", "fr"), Person(house, "paul")
    wrong = here.send("account", "password", old="guessed wrongly", password="a new long password")
    assert beside(wrong, "account", "old") == "Ce n’est pas votre mot de passe"
    assert "guessed wrongly" not in wrong.body.decode()
    short = here.send("account", "password", old=PASSWORD, password="short")
    assert beside(short, "account", "password") == "10 à 200 caractères"
    assert here.send("account", "password", old=PASSWORD, password="a new long password").status == 303
    assert (here.get().status, there.get().status) == (200, 303)
    later = Person(house, "paul", password="a new long password")
    assert later.send("account", "sign_out").status == 303
    assert (here.get().status, later.get().status) == (303, 200)


def test_nobody_fills_the_history_with_what_concerns_themselves_or_ends_nothing(house: Server) -> None:
    command(house.data, "user", "add", "zoe", stdin=f"{PASSWORD}\n".encode())
    zoe, other, admin = Person(house, "zoe"), Person(house, "zoe"), Person(house, "admin")
    before = command(house.data, "user", "history", "--most", "1")
    assert zoe.send("account", "sign_out").status == 303
    assert (zoe.get().status, other.get().status) == (200, 303)
    assert zoe.send("account", "sign_out").status == 303
    assert zoe.send("account", "password", old=PASSWORD, password="a new long password").status == 303
    assert command(house.data, "user", "history", "--most", "1") == before
    for _ in range(2):
        assert admin.send("users", "sign_out", name="zoe").status == 303
    assert zoe.get().status == 303
    told = [line.split()[-3:] for line in command(house.data, "user", "history", "--most", "2").splitlines()]
    assert [["admin", "user_signed_out", "zoe"], before.split()[-3:]] == told


def test_a_token_is_made_for_sites_and_a_time_shown_once_and_revoked(house: Server) -> None:
    admin = Person(house, "admin")
    wrong = admin.send("tokens", "add", name="erp", days="30", site_on_shop="on")
    assert beside(wrong, "tokens", "actions") == "Choose at least one permission"
    assert re.search(r'name="site-shop" checked', panel(wrong, "tokens"))
    assert 'value="erp"' in panel(wrong, "tokens")
    links = admin.send("tokens", "add", name="erp", days="30", site_on_shop="on", action_on_links="on")
    assert "Links belong to no single site" in beside(links, "tokens", "sites")
    assert beside(admin.send("tokens", "add", name="erp", days="never", action_on_read="on"), "tokens", "days")
    made = admin.send("tokens", "add", name="erp", days="30", site_on_shop="on", action_on_read="on")
    found = re.search(r"<code>(balise_[\w-]{43})</code>", panel(made, "tokens"))
    assert found is not None
    bearer = {"Authorization": f"Bearer {found[1]}", "Origin": None}
    asked = once(house.port, request(b"", "GET", "/api/sites", bearer))
    assert [site["name"] for site in asked.json()["sites"]] == ["shop"]
    listed = panel(admin.page(), "tokens")
    assert found[1] not in listed
    assert re.search(r"ask reports · <bdi>shop</bdi> · since .* · until ", listed)
    assert admin.send("tokens", "revoke", name="erp").status == 303
    assert once(house.port, request(b"", "GET", "/api/sites", bearer)).status == 401


def test_a_token_for_a_site_that_is_gone_meanwhile_is_not_one_for_all(house: Server) -> None:
    admin = Person(house, "admin")
    for sites in ({"site_on_past": "on"}, {"site_on_past": "on", "site_on_shop": "on"}, {"site_on_": "on"}):
        wrong = admin.send("tokens", "add", name="past", days="30", action_on_read="on", **sites)
        told = "" if "site_on_" in sites else "past"
        assert (wrong.status, beside(wrong, "tokens", "sites")) == (400, f"It no longer exists: {told}")
    assert "past" not in command(house.data, "token", "list")


def test_the_sites_options_are_changed_and_what_is_wrong_is_said_beside_its_field(house: Server) -> None:
    admin = Person(house, "admin", "fr")
    good = {"origins": "https://shop.example https://www.shop.example", "profile": "hybrid", "timezone": "Europe/Paris",
            "minutes": "45", "parameters": "ref variant", "own_hosts": "pay.example"}  # fmt: skip
    for field, value, said in (
        ("origins", "https://shop.example shop.example/x", "et non shop.example/x"),
        ("timezone", "Europe/Pari", "Aucun fuseau horaire ne s’appelle Europe/Pari."),
        ("minutes", "0", "de 1 à 1440, et non 0"),
        ("parameters", "ref a=b", "et non a=b"),
        ("own_hosts", "pay.example a/b", "et non a/b"),
        ("profile", "off", "Choisissez l’un des profils"),
    ):
        wrong = admin.send("site", "change", **good | {field: value})
        assert (wrong.status, said in beside(wrong, "site", field)) == (400, True), (field, panel(wrong, "site"))
        assert field == "profile" or value in panel(wrong, "site")
        assert 'value="45"' in panel(wrong, "site") or field == "minutes"
    done = admin.send("site", "change", **good)
    assert done.header("location") == "/sites/shop/settings?done=site:profile#site"
    shown = command(house.data, "site", "show", "shop")
    for told in ("https://shop.example https://www.shop.example", "hybrid", "2700 s", "ref variant", "pay.example"):
        assert told in shown
    page = admin.page()
    assert 'data-consent="hybrid"' in panel(page, "tag")
    assert "Profil de consentement" in panel(page, "history")
    assert "a modifié les réglages du site" in panel(page, "history")
    line = (
        f"balise --data {house.data} site change shop --profile hybrid --timezone Europe/Paris --session-timeout 2700"
    )
    assert line in panel(page, "site")


def test_a_share_is_listed_and_revoked(house: Server) -> None:
    view = ("--filters", "range=7d&where=device:desktop")
    made = command(house.data, "share", "add", "campaigns", "--site", "shop", *view, "--note", "for <Tom>").strip()
    path = made.removeprefix(house.url)
    analyst = Person(house, "analyst")
    assert "not looked at yet" in panel(analyst.page(), "shares")
    assert once(house.port, request(b"", "GET", path)).status == 200
    shown = panel(analyst.page(), "shares")
    assert "Device: desktop · for <Tom> · until " in re.sub("</?(?:bdi|span)[^>]*>", "", shown)
    assert "last looked at" in shown
    assert "&lt;Tom&gt;" in panel(analyst.get().body.decode(), "shares")
    number = re.search(r'name="number" value="(\d+)"', shown)
    assert number is not None
    assert analyst.send("shares", "revoke", number="x").status == 404
    assert analyst.send("shares", "revoke", number=number[1]).status == 303
    assert once(house.port, request(b"", "GET", path)).status == 404


def test_a_forms_address_leads_to_its_page_and_an_unknown_form_is_told(house: Server) -> None:
    viewer = Person(house, "viewer")
    led = viewer.get("/sites/shop/settings/users?lang=fr")
    assert (led.status, led.header("location")) == (302, "/sites/shop/settings?lang=fr#users")
    odd = viewer.send("account", "dance")
    assert (odd.status, "This form was not understood" in panel(odd, "account")) == (400, True)
    forged = form(house, "/sites/shop/settings/account", {"csrf": "0" * 64, "do": "sign_out"}, viewer.headers)
    assert (forged.status, forged.error()) == (403, "csrf")
    assert viewer.send("users", "invite", name="x", role="admin").status == 403


def test_the_folders_token_has_no_password_to_change(house: Server) -> None:
    token = command(house.data, "token").strip()
    headers = {"Cookie": cookie(login(house, token=token))}
    html = once(house.port, request(b"", "GET", "/sites/shop/settings", headers)).body.decode()
    assert 'name="old"' not in html
    assert 'name="origins"' in html


def test_a_data_protection_officer_sees_what_is_kept_and_that_nothing_goes_by_itself(house: Server) -> None:
    kept = panel(Person(house, "viewer").page("/sites/other/settings"), "kept")
    assert "kept until the data folder is deleted" in kept
    assert "this version deletes no event, neither by age nor one by one" in kept
    assert re.search(r"Oldest event kept</dt><dd>\(none\)</dd>", kept)
    now = int(time.time() * 1000)
    row = json.dumps({"t": now, "name": "signup", "visitor": "v1", "consent": {"state": "granted", "at": now}}).encode()
    command(house.data, "import", "-", "--site", "other", "--quiet", stdin=row)
    kept = panel(Person(house, "viewer").page("/sites/other/settings"), "kept")
    assert re.search(r"Oldest event kept</dt><dd>\d\d/\d\d/\d{4}, \d\d:\d\d</dd>", kept)
    assert "Events kept</dt><dd>1</dd>" in kept
    sent = house.post(a_batch(site="other"), **{"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"})
    assert sent.status_code == 202, sent.text
    kept = panel(Person(house, "viewer").page("/sites/other/settings"), "kept")
    assert "Events kept</dt><dd>2</dd>" in kept, "a program's event is kept like a person's"


def test_the_dictionary_in_force_and_what_is_wrong_with_it_are_shown(house: Server) -> None:
    viewer, file = Person(house, "viewer"), house.data.parent / NAMES
    agreed = panel(viewer.page(), "agreed")
    assert "It is in force." in agreed
    assert "Source</dt><dd>2 names agreed on</dd>" in agreed
    whole = file.read_text("utf-8")
    file.write_text(f"{whole}[colour]\n", encoding="utf-8")
    agreed = panel(viewer.page(), "agreed")
    assert "The dictionary cannot be used; names keep what they meant." in agreed
    assert "colour" in agreed
    file.write_text(whole, encoding="utf-8")
    assert "It is in force." in panel(viewer.page(), "agreed")
