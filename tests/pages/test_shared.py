"""A shared page: read by whoever has its address, its site and view only, and nothing that is about few."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import httpx2
import pytest

from collector.event import Site
from collector.pages import shared
from collector.pages.registry import PAGES, PAGES_SHARED
from collector.pages.sight import Facts, Sight
from collector.pages.words import Language, words
from collector.reports.answer import Answer, Data
from collector.reports.small import HIDDEN
from tests.pages.place import TRAP, Place
from tests.pages.test_funnels import panel, tables
from tests.web.wire import once, request


def ask(place: Place, method: str, path: str, body: dict[str, Any] | None = None) -> httpx2.Response:
    """As an admin."""
    sent = {"Authorization": f"Bearer {place.token}"}
    content = None if body is None else json.dumps(body)
    return httpx2.request(method, f"{place.server.url}{path}", content=content, headers=sent, timeout=120)


def share(place: Place, page: str, site: str = "shop", **more: Any) -> str:
    """The path of a new share."""
    made = ask(place, "POST", f"/api/sites/{site}/shares", {"page": page, **more})
    assert made.status_code == 201, made.text
    return str(made.json()["path"])


def seen(place: Place, path: str, language: str = "en") -> httpx2.Response:
    """As somebody who has nothing but the address."""
    return httpx2.get(f"{place.server.url}{path}", headers={"Accept-Language": language}, timeout=120)


def small(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 5


@pytest.mark.parametrize("page", ["overview", "campaigns", "consent", "quality"])
def test_it_says_what_the_reports_say_but_no_small_count(page: str, place: Place) -> None:
    path = share(place, page, filters=place.days(30))
    parts = seen(place, f"{path}?format=json").json()["parts"]
    assert parts
    text = unescape(seen(place, path).text)
    for part in parts:
        assert part["title"] in text
        for told in (*part["rows"], part["totals"]):
            assert not [key for key, value in told.items() if small(value) and key not in ("step", "score")], told
    assert ">hidden<" in text
    assert "“hidden” stands for counts under 5" in text


def test_large_counts_are_the_reports(place: Place) -> None:
    path = share(place, "campaigns", filters=place.days(30), least=0)
    (part,) = [one for one in seen(place, f"{path}?format=json").json()["parts"] if one["title"] == "Campaigns"]
    hidden = seen(place, f"{share(place, 'campaigns', filters=place.days(30))}?format=json").json()["parts"]
    (same,) = [one for one in hidden if one["title"] == "Campaigns"]
    names = ("source", "medium", "campaign")
    known = {tuple(row.get(name) for name in names): row for row in part["rows"]}
    assert len(known) == len(same["rows"])
    for told in same["rows"]:
        whole = known[tuple(told.get(name) for name in names)]
        for key in ("source", "sessions", "page_views"):
            assert told[key] in (whole[key], "hidden")
        assert whole["sessions"] < 30 or told["sessions"] == whole["sessions"]
    last = [row["source"] or "" for row in same["rows"] if row["sessions"] == "hidden"]
    assert last == [row["source"] or "" for row in same["rows"]][-len(last) :]
    assert last == sorted(last)


def test_sums_of_the_first_rows_are_not_told_as_those_of_all(place: Place) -> None:
    path = share(place, "overview", filters=place.days(30))
    said = {one["title"]: len(one["rows"]) for one in seen(place, f"{path}?format=json").json()["parts"]}
    parts = unescape(seen(place, path).text).split("<h2>")[1:]
    cut = {part.partition("</h2>")[0] for part in parts if "Of the rows shown, not of all there are:" in part}
    assert cut == {title for title, n in said.items() if n == 10 and title != "Key figures"}
    assert "Sources" in cut
    assert "Devices" not in cut
    titled = [one for part in parts for one in re.findall("<figcaption>(.*?)</figcaption>", part)]
    assert titled[:2] == ["Visitors by day", "Sources: Sessions"]
    assert "Revenue is not shown here." in parts[0]
    (pages,) = [part for part in parts if part.startswith("Pages")]
    assert "Average time" not in pages
    assert "Measured" not in pages
    rates = [
        row[table[0].index("Conversion rate")]
        for table in (table for part in parts for table in cells(part) if "Conversion rate" in table[0])
        for row in table[1:]
        if row[table[0].index("Conversions")] == "hidden"
    ]
    assert set(rates) == {"hidden"}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("sums", "told"), [({"page_views": 9, "page_views_in_sessions": 8}, shared.VIEWS),
                                            ({"page_views": 9, "page_views_in_sessions": 9}, ""),
                                            ({"page_views": HIDDEN, "page_views_in_sessions": 9}, "")])  # fmt: skip
def test_two_sums_of_page_views_that_differ_are_explained(language: Language, sums: dict[str, Any], told: str) -> None:
    site = Site(1, "shop", b"", ("https://shop.example",))
    data = Data(0, 0, 0, 0, 0)
    answer = Answer("overview", {}, ["day"], [], sums, [], data)
    said, filters = words(language), shared.view_of(PAGES["overview"], site, "", 0)[0]
    panel = PAGES["overview"].panels[0]
    sight = Sight(said, filters, Facts([site], "", printed=True), "overview", panel.name, panel.ask(filters))
    shown = shared.part(sight, panel, {"days": answer})
    assert shown.told == said(told)
    html = shared.drawn(said, PAGES["overview"], filters, sight.facts, [shown], 5)
    assert (f'<p class="quiet">{said(shared.VIEWS)}</p>' in html) == bool(told)


SAME = {  # a panel, and the shared page's part of the same words
    "abandonment": ("checkout", "forms", "pages"), "audit": ("audit",), "attribution": ("models", "assists", "paths"),
    "journeys": ("journeys",), "funnels": ("funnel",),
}  # fmt: skip


def cells(html: str) -> list[list[list[str]]]:
    """The tables with their headings; none of what is folded away about the whole page."""
    return [
        [re.findall(r'<th scope="col"[^>]*>(.*?)</th>', table), *rows]
        for table, rows in zip(re.findall(r"(?s)<table>.*?</table>", html), tables(html), strict=True)
    ]


@pytest.mark.parametrize("page", SAME)
def test_it_speaks_as_the_page_itself_does(page: str, place: Place) -> None:
    query = f"{place.days(20)}&trend=none&step=/*/cart&step=/*/checkout/**"
    own = place.get(f"/sites/shop/{page}?{query}", accept_language="fr").text
    shared = seen(place, share(place, page, filters=query, least=0), "fr").text
    told = [sorted(one) for one in cells(shared)]
    assert page != "funnels" or "Sessions avec achat" not in shared  # persons, who came to its end
    for name in SAME[page]:
        listed = [table for table in cells(panel(own, name)) if table[1:] and "État" not in table[0]]
        assert [table[0] for table in listed if sorted(table) not in told] == []
        assert listed
    assert not re.search(
        "_ms|rate_closed|last_non_direct|near_duplicate|>hesitation|>open<", re.sub(r'href="[^"]*"', "", shared)
    )


def test_carts_have_their_sums_by_currency_and_their_states_in_words(place: Place) -> None:
    path = share(place, "abandonment", filters="range=all", least=0)
    found, html = dict[str, Any](), ""
    for _ in range(20):  # a cart may be given up while one looks: the page stands between two reports that agree
        groups = place.ask("abandonment", {"group_by": "campaign"})["totals"]["groups"]
        if found == groups:
            break
        found, html = groups, unescape(seen(place, path, "fr").text)
    carts, by = cells(html)[:2]
    assert carts[0] == ["Paniers", "Devise", "Nombre de paniers", "Valeur"]
    assert {"EUR"} < {row[1] for row in carts[1:]} <= {"EUR", "CHF", "GBP", "(aucun)", "–"}
    assert all(re.fullmatch(r"[\d\s,]+\s(€|CHF|£GB)|–", row[3]) for row in carts[1:]), carts
    closed = {(row[0], row[1]): int(row[2]) for row in by[1:]}
    for name, totals in found.items():
        label = "(aucun)" if name == "(none)" else name
        assert sum(n for (group, _), n in closed.items() if group == label) == totals["closed"]


def test_it_leads_nowhere_and_tells_nobody_its_address(place: Place) -> None:
    answer = seen(place, share(place, "overview"))
    links = set(re.findall(r'(?:href|action|src)="([^"]*)"', answer.text))
    assert {link for link in links if not link.startswith("/static/")} <= {"#main", "?lang=en", "?lang=fr"}
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "<form" not in answer.text


def test_its_view_is_its_own_whatever_is_asked(place: Place) -> None:
    path = share(place, "campaigns", filters=place.days(7))
    plain, asked = (seen(place, f"{path}?format=json{more}").json() for more in ("", "&range=90d&where=source:google"))
    assert plain == asked
    other = seen(place, f"{share(place, 'campaigns', filters='range=90d')}?format=json").json()
    assert plain != other


def test_hostile_text_is_shown_as_text(place: Place) -> None:
    for page in ("consent", "campaigns"):
        answer = seen(place, share(place, page, "trap", least=0))
        assert "<img src=x" not in answer.text
        assert "<script>alert" not in answer.text
    assert TRAP.lower()[:30] in unescape(answer.text).lower()


def test_it_is_french_for_who_reads_french(place: Place) -> None:
    text = unescape(seen(place, share(place, "campaigns"), "fr").text)
    assert "masqué\N{NARROW NO-BREAK SPACE}» remplace les nombres inférieurs à 5" in text
    assert '<html lang="fr">' in text


def test_it_opens_nothing_else_and_nothing_once_it_is_taken_back(place: Place) -> None:
    path = share(place, "overview")
    code = path.rpartition("/")[2]
    for header in ({"Authorization": f"Bearer {code}"}, {"Cookie": f"balise_session={code}"}):
        assert once(place.server.port, request(b"", "GET", "/api/sites", header)).status == 401
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert once(place.server.port, request(b"{}", method, path)).status == 405
    number = ask(place, "GET", "/api/sites/shop/shares").json()["shares"][-1]["number"]
    assert ask(place, "DELETE", f"/api/sites/shop/shares/{number}").status_code == 204
    assert seen(place, path).status_code == 404
    assert seen(place, f"/share/{'A' * 43}").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"page": "settings"}, "page"),
        ({"page": "live"}, "page"),
        ({"page": "overview", "filters": "range=forever"}, "filters"),
        ({"page": "overview", "filters": "where=<b>:x"}, "filters"),
        ({"page": "funnels", "filters": "range=7d&new=1"}, "filters"),
        ({"page": "funnels", "filters": "saved=gone"}, "filters"),
        ({"page": "attribution", "filters": "model=magic"}, "filters"),
        ({"page": "overview", "days": 0}, "days"),
        ({"page": "overview", "least": -1}, "least"),
        ({"page": "overview", "note": "a\nb"}, "note"),
        ({"page": "overview", "pages": "x"}, "pages"),
    ],
)
def test_what_cannot_be_shared_is_said_with_its_field(body: dict[str, Any], field: str, place: Place) -> None:
    answer = ask(place, "POST", "/api/sites/shop/shares", body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)


def test_no_page_of_single_persons_can_be_shared() -> None:
    assert not {"live", "settings", "persons", "sessions"} & set(PAGES_SHARED)
