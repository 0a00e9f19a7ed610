"""The page of the links' audit shows what the report says, and what became of a link that was issued."""

from __future__ import annotations

import re
from html import escape

import httpx2
import pytest

from collector.pages.audit import SINCE, STRANGERS
from collector.pages.listing import FINDINGS, written
from collector.pages.words import words
from tests.pages.place import DESK, Place
from tests.pages.test_pages import cells, view

LINK = "https://shop.example/"


@pytest.fixture(scope="module")
def issued(place: Place) -> str:
    """A link that says more than visits of its campaign arrive with; its code. One person clicked it."""
    names = {"source": "google", "medium": "cpc", "campaign": "generic_teapot", "term": "stoneware teapot"}
    body = {"url": LINK, **names, "content": "poster", "code": "lost"}
    headers = {"Authorization": f"Bearer {place.token}"}
    made = httpx2.post(f"{place.server.url}/api/links", json=body, headers=headers, timeout=60)
    assert made.status_code == 201, made.text
    clicked = httpx2.get(f"{place.server.url}/l/lost", headers={"User-Agent": DESK}, follow_redirects=False)
    assert clicked.status_code == 302
    return "lost"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_shows_what_the_report_says(place: Place, issued: str, language: str) -> None:
    said = words(language)  # type: ignore[arg-type]
    rows = place.ask("utm_audit", view(place, place.days(91, until=-1)).part(limit=2_000))["rows"]
    html = place.get(f"/sites/shop/audit?{place.days(91, until=-1)}", accept_language=language).text
    tables = [cells(f'<section id="audit"{part}', "audit") for part in html.split("<table>")[1:]]
    assert len(tables) >= 3
    assert html.count(escape(said(SINCE))) == 1, "one link issued makes strangers of all names before it: that is said"
    assert f"<dt>{escape(said.counted(STRANGERS, 2))}</dt>" in html, "and beside their number"
    for page, unchecked in (("audit", 3), ("campaigns", 1)):  # what only a dictionary would tell, and its version
        shown = place.get(f"/sites/shop/{page}?{place.days(91, until=-1)}", accept_language=language).text
        assert re.findall(r"<dd>(\w[^<]*)", shown).count(said("no dictionary")) == unchecked
        assert shown.count(said("tag score, of 100, not held against a dictionary")) == (page == "campaigns")
    scored = [row for row in rows if row["finding"] == "campaign"]
    assert sorted(row[0] for row in tables[0]) == sorted(said.named(row["value"]) for row in scored)
    assert [int(row[3]) for row in tables[0]] == sorted(row["score"] for row in scored)
    (link,) = (row for row in rows if row["finding"] == "link")
    assert tables[1][0][:3] == [issued, link["value"], said.number(link["clicks"])]
    lost = [row for row in rows if row["finding"] == "lost"]
    assert ("utm_content", "poster") in [(row["value"], row["nearest"]) for row in lost]
    assert tables[2] == [
        [said(FINDINGS["lost"]), issued, row["value"], row["nearest"], "1", said.number(row["sessions"])]
        for row in lost
    ]


def test_a_site_without_tagged_links_is_told_what_is_missing(place: Place) -> None:
    text = place.text("/sites/shop/audit?from=2020-01-01&to=2020-01-02&range=custom")
    assert "No session began with a tagged link." in text
    assert "Nothing to correct." in text


def test_findings_are_told_in_words_wherever_they_stand() -> None:
    for kind in FINDINGS:
        told = [written(words(language), "finding", kind) for language in ("en", "fr")]  # type: ignore[arg-type]
        assert " " in told[0]
        assert told[0] != told[1]
