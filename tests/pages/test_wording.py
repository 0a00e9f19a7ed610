"""Pages speak as people do: nothing raw, numbers agreed with, fields called as they are seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from collector.pages.audit import COUNTS
from collector.pages.comparison import Fact, facts, share
from collector.pages.filters import read
from collector.pages.overview import begun
from collector.pages.registry import PAGES
from collector.pages.views import described
from collector.pages.words import words
from collector.reports.remark import SENTENCES, remark
from tests.pages.place import Place

FRENCH = sorted((Path(__file__).parents[2] / "collector" / "pages" / "fr").glob("*.po"))
NARROW = "\N{NARROW NO-BREAK SPACE}"
# What is counted: said of nobody, of one and of several it must not be the same word.
COUNTED = re.compile(
    r"%\(n\)s (visiteurs|sessions|événements|paniers|accords|lignes|liens|jours|étapes|noms|ont|sont)\b"
)


@pytest.mark.parametrize(("n", "said"), [(0, "0 session"), (1, "1 session"), (2, "2 sessions")])
def test_nothing_and_one_are_singular_in_french(n: int, said: str) -> None:
    assert words("fr").many("%(n)s session", "%(n)s sessions", n) == said


@pytest.mark.parametrize(
    ("n", "french", "english"),
    [
        (0, "macro non remplacée", "placeholders left as they were"),
        (1, "macro non remplacée", "placeholder left as it was"),
        (2, "macros non remplacées", "placeholders left as they were"),
    ],
)
def test_the_title_of_a_figure_agrees_with_it(n: int, french: str, english: str) -> None:
    for language, said in (("fr", french), ("en", english)):
        listed = facts(words(language), [Fact(dict(COUNTS)["macro"], n)], ())
        assert listed == [(said, str(n), None)]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("now", "change"), [((0, 0), "±0"), ((4, 4), "±0.0 %"), ((3, 4), "\N{MINUS SIGN}25.0 %")])
def test_there_is_no_percentage_of_nothing(language: str, now: tuple[int, int], change: str) -> None:
    counted, before = ([Fact("carts", n)] for n in now)
    told = facts(words(language), counted, before)[0][2]
    assert told is not None
    assert re.sub(r"\s?%", " %", told.told).replace(",", ".") == change


def test_what_is_written_as_nothing_has_no_sign() -> None:
    assert share(words("fr"), (0, 9_000_000), (1, 9_000_000)).told.startswith("±0,0 pt (de ±0,0 à ±0,0)")
    assert words("en").change(-0.0001) == "±0.0%"
    assert words("en").change(-0.0006) == "\N{MINUS SIGN}0.1%"


def test_shares_have_one_decimal_wherever_they_are_told_and_axes_as_many_as_they_need() -> None:
    english, french = words("en"), words("fr")
    assert [english.percent(share) for share in (0, 0.04, 0.041, 1)] == ["0.0%", "4.0%", "4.1%", "100.0%"]
    assert french.percent(0.04) == f"4,0{NARROW}%"
    assert [english.change(share) for share in (1.5, 0.12, 0.0004)] == ["+150.0%", "+12.0%", "±0.0%"]
    assert [english.tick(share) for share in (0.05, 0.025, 0.0025)] == ["5%", "2.5%", "0.25%"]


def test_the_first_of_a_month_is_an_ordinal_in_french() -> None:
    french, noon = words("fr"), 1_793_534_400_000  # 2026-11-01T12:00:00Z
    written = [french.day("2026-11-01", style) for style in ("medium", "short", "long")]
    assert written == ["1er nov. 2026", "1er nov.", "dim. 1er nov."]
    assert french.day("2026-11-11") == "11 nov. 2026"
    assert french.moment(noon, "UTC", "medium").startswith("1er nov. 2026, 12:00")
    assert french.moment(noon, "UTC").startswith("01/11/2026")
    assert words("en").day("2026-11-01") == "1 Nov 2026"


@pytest.mark.parametrize(("language", "said"), [("en", "1,455 in sessions that"), ("fr", "455 dans les sessions qui")])
def test_views_of_sessions_that_began_before_are_told_beside_those_of_the_tables(language: str, said: str) -> None:
    assert said in begun(words(language), {"page_views": 1_456, "page_views_in_sessions": 1_455})
    assert not begun(words(language), {"page_views": 1_455, "page_views_in_sessions": 1_455})


def test_what_is_counted_has_a_singular_in_french() -> None:
    for file in FRENCH:
        with file.open("rb") as text:
            alone = [one.string for one in read_po(text, locale="fr") if isinstance(one.string, str)]
        assert [one for one in alone if COUNTED.search(one) and "(%(n)s" not in one] == [], file.name


def test_a_remark_about_one_thing_is_singular_in_english_too() -> None:
    for name, said in SENTENCES.items():
        if not isinstance(said, str):
            told = {"n": 1, "most": 5, "days": 1, "model": "linear"}
            assert not re.search(r"\b1 (events|are|have|repeats|days|more rows)\b", remark(name, **told)), name


@pytest.mark.parametrize(("lang", "said"), [("fr", f"Du{NARROW}: indiquez un jour comme 2026-11-22, et non hier"),
                                            ("en", "From: expected a day such as 2026-11-22, not hier")])  # fmt: skip
def test_what_is_wrong_with_an_address_is_said_of_the_field_that_is_seen(place: Place, lang: str, said: str) -> None:
    answer = place.get("/sites/shop/overview?from=hier", accept_language=lang)
    assert answer.status_code == 400
    assert said in answer.text.replace("&#39;", "'")


def test_a_title_inside_a_sentence_begins_small(place: Place) -> None:
    html = place.text("/sites/shop/abandonment?range=90d", accept_language="fr")
    assert "Valeur abandonnée dans les paniers, par campagne" in html
    assert "Où le tunnel est abandonné, par appareil" in html


def test_the_audit_calls_the_parts_of_a_link_by_their_names(place: Place) -> None:
    html = place.text("/sites/shop/audit?range=90d", accept_language="fr")
    table = html[html.index("<caption>Noms et balises à corriger") :].partition("</table>")[0]
    third = re.findall(r"<tr>\s*<th.*?</th>\s*<td.*?</td>\s*<td[^>]*><bdi>(.*?)</bdi>", table)
    assert third
    assert set(third) <= {"Source", "Support", "Campagne", "Page", "Mot-clé", "Terme", "Contenu"}


def test_a_shared_view_is_told_in_words() -> None:
    here, _ = read("shop", "Europe/Paris", 1_795_348_800_000, [])
    query = "range=last_month&compare=previous&where=device:desktop&where=country:FR&model=linear"
    assert described(words("fr"), here, "attribution", query) == (
        f"Le mois dernier · Comparer à{NARROW}: la période précédente · Appareil{NARROW}: ordinateur"
        f" · Pays{NARROW}: France · model=linear"
    )
    assert described(words("en"), here, "overview", "") == "30 days"


def test_every_page_in_french_says_no_word_of_ours_raw(place: Place) -> None:
    """Names of columns and of states are the API's; on a page they are sentences."""
    raw = re.compile(r">\s*(last_non_direct|hesitation_ms|rate_net|no_consent|near_duplicate|last_month|desktop)\s*<")
    for name in PAGES:
        assert raw.findall(place.text(f"/sites/shop/{name}?range=90d", accept_language="fr")) == [], name
