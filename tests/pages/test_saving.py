"""A funnel made on the page is kept under a name by the page's own form, by whoever may, and opened again."""

from __future__ import annotations

from html import unescape
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from tests.pages.place import Place
from tests.pages.test_funnels import panel, tables
from tests.web.visitors import cookie, form, login

QUERY = "range=all&step=/*/cart&step=purchase&window=1d&scope=session&breakdown=device"


@pytest.fixture(scope="module")
def session(place: Place) -> dict[str, str]:
    return {"Cookie": cookie(login(place.server, token=place.token))}


def page(place: Place, query: str, session: dict[str, str]) -> str:
    """The page as a browser gets it."""
    return httpx2.get(f"{place.server.url}/sites/shop/funnels?{query}", headers=session, timeout=120).text


def hidden(html: str, name: str) -> str:
    return unescape(html.partition(f'name="{name}" value="')[2].partition('"')[0])


def test_a_funnel_is_saved_by_its_form_and_opened_again(place: Place, session: dict[str, str]) -> None:
    html = page(place, QUERY, session)
    save = panel(html, "builder").partition('id="save"')[2]
    fields = {"csrf": hidden(save, "csrf"), "query": hidden(save, "query"), "name": "cart-to-sale"}
    sent = {name: value.replace("%", "%25").replace("=", "%3D") for name, value in fields.items()}
    assert form(place.server, "/sites/shop/funnels/save", sent | {"csrf": "guessed"}, session).status == 403
    done = form(place.server, "/sites/shop/funnels/save", sent, session)
    assert done.status == 303
    there = done.header("location") or ""
    assert dict(parse_qsl(urlsplit(there).query)) == {"range": "all", "saved": "cart-to-sale"}
    again = place.get(there).text
    assert tables(panel(again, "funnel"))[0] == tables(panel(html, "funnel"))[0]
    assert 'value="/*/cart"' in panel(again, "builder")
    kept = place.get("/api/sites/shop/funnels/cart-to-sale").json()["spec"]
    assert kept["window"] == "1d"
    assert "range" not in kept


def test_a_funnel_saved_again_is_drawn_as_it_is_now(place: Place) -> None:
    steps = [{"path": "/*/cart"}, {"name": "purchase"}]
    place.put("/api/sites/shop/funnels/twice", {"steps": steps})
    before = panel(place.get("/sites/shop/funnels?range=all&saved=twice").text, "funnel")
    place.put("/api/sites/shop/funnels/twice", {"steps": [{"path": "/**"}, *steps]})
    after = panel(place.get("/sites/shop/funnels?range=all&saved=twice").text, "funnel")
    assert (len(tables(before)[0]), len(tables(after)[0])) == (2, 3)


def test_a_name_that_cannot_be_is_said_beside_its_field(place: Place, session: dict[str, str]) -> None:
    html = page(place, f"{QUERY}&name=No+Good", session)
    form_ = unescape(panel(html, "builder").partition('id="save"')[2])
    assert "Name: expected 1 to 64 of a-z, 0-9, - and _, not No Good" in form_.partition('id="fault-name"')[2]
    assert 'aria-describedby="fault-name"' in form_
    assert "<svg" in panel(html, "funnel")


def test_who_may_not_save_sees_no_form(place: Place) -> None:
    assert 'id="save"' not in place.get(f"/sites/shop/funnels?{QUERY}").text
