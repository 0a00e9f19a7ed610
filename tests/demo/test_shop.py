from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import httpx2
import pytest

from collector.demo.catalogue import ARTICLES, CATEGORIES, FUNNEL, LANGUAGES
from collector.demo.shop import policy
from collector.demo.view import PAGES
from collector.web.language import preferred

PLACES = [
    "",
    *(f"/category/{key}" for key in CATEGORIES),
    *(f"/product/{article.sku}" for article in ARTICLES),
    *("/cart", "/checkout/address", "/checkout/shipping", "/checkout/payment", "/thanks", "/privacy"),
]
VOID = {"meta", "link", "input", "br", "img", "hr"}
NO_END = {"circle", "ellipse", "path", "rect"}


class Page(HTMLParser):
    """A page read strictly: every element closed in order; what matters for reading it collected."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.faults: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"never closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"closed out of order: {tag} at {self.getpos()}")

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def get(url: str, **headers: str) -> httpx2.Response:
    return httpx2.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()}, timeout=60)


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("place", PLACES)
def test_a_page_is_well_formed_and_readable(shop: str, lang: str, place: str) -> None:
    answer = get(f"{shop}/{lang}{place}")
    assert answer.status_code == 200
    page = Page(answer.text)
    assert page.faults == []
    assert page.all("html") == [{"lang": lang}]
    assert len(page.all("title")) == len(page.all("main")) == 1
    assert [tag for tag, attributes in page.elements if tag == "h1" and "hidden" not in attributes]
    for drawing in page.all("svg", "img"):
        assert drawing.get("aria-hidden") == "true" or drawing.get("aria-label")
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = {label.get("for") for label in page.all("label")}
    assert all(field.get("id") in named or field.get("type") == "radio" for field in page.all("input"))
    assert not re.search(r"\$\w", answer.text)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("prefix", ["", "/shop"])
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(shop: str, prefix: str, place: str) -> None:
    answer = get(f"{shop}{prefix}/en{place}")
    page = Page(answer.text)
    assert not any(name.startswith("on") or name == "style" for _, found in page.elements for name in found)
    assert not page.all("style")
    assert all(script.get("src") for script in page.all("script"))
    for _, found in page.elements:
        for address in (found.get("href"), found.get("src"), found.get("action")):
            assert address is None or address.startswith((f"{prefix}/", "#", f"{shop}/m/", "/m/"))
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_every_link_of_the_shop_leads_somewhere_with_and_without_a_prefix(shop: str) -> None:
    for prefix in ("", "/shop"):
        links = set()
        for place in PLACES:
            page = Page(get(f"{shop}{prefix}/fr{place}").text)
            links |= {found["href"] for found in page.all("a", "link") if not found["href"].startswith("#")}
        assert {get(shop + link).status_code for link in links} == {200}
        assert len(links) > 2 * len(PLACES) - 4


def test_both_languages_have_the_same_texts() -> None:
    french, english = (json.loads((PAGES / f"{lang}.json").read_text("utf-8")) for lang in ("fr", "en"))
    assert list(french) == list(english)
    for key in french:
        assert re.findall(r"\$\w+", french[key]) == re.findall(r"\$\w+", english[key])
        assert french[key].strip()
    same = [key for key in french if french[key] == english[key]]
    assert same == ["shop.name", "cart.total"]


def test_french_texts_keep_the_space_before_double_signs_from_breaking() -> None:
    texts = json.loads((PAGES / "fr.json").read_text("utf-8"))
    assert [key for key, text in texts.items() if re.search(r" [:;?!»]", text)] == []


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [("fr", "fr"), ("en-GB,en;q=0.9", "en"), ("de,en;q=0.8,fr;q=0.2", "en"), ("fr-CA,en;q=0.9", "fr"),
     ("", "fr"), ("de", "fr"), ("en;q=0", "fr"), ("en;q=x, fr;q=0.1", "fr")],
)  # fmt: skip
def test_the_first_page_is_in_the_language_that_the_browser_likes_best(accepted: str, lang: str) -> None:
    assert preferred(accepted, LANGUAGES) == lang


def test_the_way_from_the_root_keeps_the_campaign(shop: str) -> None:
    answer = get(f"{shop}/?utm_source=newsletter&utm_medium=email", accept_language="en")
    assert (answer.status_code, answer.headers["location"]) == (
        302,
        "/en?utm_source=newsletter&utm_medium=email",
    )
    assert get(f"{shop}/shop/", accept_language="fr").headers["location"] == "/shop/fr"


@pytest.mark.parametrize(
    "path", ["/de", "/fr/product/sofa", "/en/category/x", "/fr/checkout/x", "/nothing/here/at/all"]
)
def test_what_does_not_exist_says_so_in_the_readers_language(shop: str, path: str) -> None:
    answer = get(shop + path, accept_language="en")
    lang = "fr" if path.startswith("/fr") else "en"
    assert answer.status_code == 404
    assert f'<html lang="{lang}">' in answer.text


def test_nothing_typed_at_the_checkout_can_be_sent(shop: str) -> None:
    for step in ("address", "payment"):
        page = Page(get(f"{shop}/en/checkout/{step}").text)
        assert not any("name" in field for field in page.all("input"))
    posted = httpx2.post(f"{shop}/en/checkout/shipping", data={"name": "secret"}, timeout=60)
    assert (posted.status_code, posted.headers["location"]) == (303, "/en/checkout/shipping")


def test_the_policy_names_the_snippets_origins_and_no_other() -> None:
    own = policy('<script defer src="/m/s.js" data-site="demo"></script>')
    assert "script-src 'self';" in own
    foreign = policy("<script src='https://m.example/m/s.js' data-endpoint='https://n.example/m/e'></script>")
    assert "script-src 'self' https://m.example https://n.example;" in foreign


def test_the_funnel_of_the_shop_is_made_of_its_pages() -> None:
    globs = [step["path"] for step in FUNNEL["steps"] if "path" in step]
    paths = [f"/{lang}{place}" for lang in ("fr", "en") for place in PLACES]
    matched = {glob: [path for path in paths if re.fullmatch(glob.replace("*", "[^/]+"), path)] for glob in globs}
    assert {glob: len(found) for glob, found in matched.items()} == {
        "/*": 2, "/*/product/*": 18, "/*/cart": 2, "/*/checkout/address": 2,
    }  # fmt: skip
