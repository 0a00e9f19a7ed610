"""The filter bar takes what people read on the page for the word that is stored, and says what there is."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from collector.pages.filters import OFFERED, Dimension, read
from collector.pages.values import folded, meant, names, offered, spelt
from collector.pages.words import words
from tests.pages.place import TRAP, ZONE, Place

THERE = ["desktop", "google", "ete", "Noël", "noel", None]


@pytest.mark.parametrize(
    ("dimension", "typed", "stored"),
    [
        ("device", "ordinateur", "desktop"), ("device", " Ordinateur ", "desktop"), ("device", "Computer", "desktop"),
        ("device", "télévision", "tv"), ("device", "TELEVISION", "tv"), ("country", "France", "FR"),
        ("country", "fr", "FR"), ("country", "Germany", "DE"), ("country", "allemagne", "DE"),
        ("country", "Etats-Unis", "US"), ("country", "sans", "(none)"), ("channel", "e-mail", "Email"),
        ("channel", "Recherche payante", "Paid Search"), ("channel", "paid search", "Paid Search"),
        ("medium", "E-mail", "email"), ("medium", "(none)", "(none)"), ("source", "Google", "google"),
        ("campaign", "Été", "ete"), ("campaign", "NOËL", "Noël"), ("campaign", "no-el", "no-el"),
        ("entry", "/thé", "/thé"), ("entry", "/fr*", "/fr*"), ("source", "—", "—"),
    ],
)  # fmt: skip
def test_what_is_typed_is_the_stored_word_that_a_page_shows_so(dimension: Dimension, typed: str, stored: str) -> None:
    assert meant(dimension, typed, THERE) == stored


@pytest.mark.parametrize(("typed", "fits"), [("/fr/**", r"/fr/.+"), ("/*", r"/[^/]+")])
def test_a_star_in_a_page_s_path_is_that_of_funnels(place: Place, typed: str, fits: str) -> None:
    pages = [row["entry"] for row in place.ask("campaigns", {"by": ["entry"], "limit": 1_000})["rows"]]
    filters, faults = read("shop", ZONE, place.now, [("range", "all"), ("where", f"entry:{typed}")])
    found = [row["entry"] for row in place.ask("campaigns", filters.part(by=["entry"], limit=1_000))["rows"]]
    assert faults == []
    assert 0 < len(found) < len(pages)
    assert set(found) == {page for page in pages if page and re.fullmatch(fits, page)}


@pytest.mark.parametrize("dimension", OFFERED)
def test_every_word_that_a_page_has_for_a_value_leads_back_to_it(dimension: Dimension) -> None:
    for stored in set(names(dimension).values()):
        for language in ("en", "fr"):
            said = spelt(words(language), dimension, stored)
            assert folded(meant(dimension, said, [])) == folded(stored), (said, stored)


def test_what_is_like_the_typed_text_is_offered_first() -> None:
    assert offered("Goggle ads", ["mail", "ads", None])[0] == "ads"
    assert offered("", ["b", None, "a"]) == ["b", None, "a"]


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("by=device&is=Ordinateur", "device:desktop"), ("by=country&is=royaume%20uni", "country:GB"),
        ("by=channel&is=e-mail", "channel:Email"), ("by=device&is=%20smartphone&where=source:google",
                                                    "source:google&where=device:mobile"),
    ],
)  # fmt: skip
def test_the_form_leads_to_the_address_of_stored_words(place: Place, query: str, where: str) -> None:
    answer = place.get(f"/sites/shop/overview?range=7d&{query}")
    kept = quote(where, safe="&=").replace("%2520", "%20")
    assert (answer.status_code, answer.headers["location"]) == (303, f"?range=7d&where={kept}")


def test_a_filter_that_meets_nothing_says_so_and_offers_what_there_is(place: Place) -> None:
    html = place.text("/sites/shop/campaigns?range=90d&where=device:ordinateur", accept_language="fr")
    said = (
        "Appareil\N{NARROW NO-BREAK SPACE}: «\N{NARROW NO-BREAK SPACE}ordinateur\N{NARROW NO-BREAK SPACE}» n’apparaît"
    )
    assert html.count(said) == 1
    assert '<a href="?range=90d&where=device%3Adesktop"><bdi>ordinateur</bdi></a>' in html
    assert 'class="offer"' not in place.text("/sites/shop/campaigns?range=90d&where=device:desktop")


def test_a_condition_that_others_leave_nothing_of_is_not_called_strange(place: Place) -> None:
    html = place.text("/sites/shop/overview?range=90d&where=device:desktop&where=source:nobody")
    assert html.count('class="offer"') == html.count('role="alert"') == 1
    assert "Source: no session of these days has “nobody”." in html
    assert "No session of this period meets these filters." in html


def test_a_value_without_its_field_is_told_and_a_field_without_a_value_lists_them(place: Place) -> None:
    answer = place.get("/sites/shop/overview?is=mobile")
    assert answer.status_code == 400
    assert "Say what “mobile” is" in answer.text
    html = place.text("/sites/shop/overview?range=90d&by=country", accept_language="fr")
    assert '<option value="country" selected>' in html
    assert '<a href="?range=90d&where=country%3AFR"><bdi>France</bdi></a>' in html


def test_values_are_offered_as_the_page_says_them_and_hostile_ones_are_inert(place: Place) -> None:
    french = place.text("/sites/shop/overview/values?range=90d&by=device", accept_language="fr")
    assert '<option value="ordinateur">' in french
    raw = place.get("/sites/trap/overview/values?range=all&by=entry").text
    assert "<option value=" in raw
    assert "<img" not in raw
    assert TRAP not in raw
    assert place.get("/sites/shop/overview/values").status_code == 404
    assert place.get("/sites/shop/none/values?by=device").status_code == 404
