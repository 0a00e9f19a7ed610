from __future__ import annotations

from collector.utm import Referrer, Tags, parse


def test_an_address_is_explained_step_by_step() -> None:
    found = parse("https://shop.example/?utm_source=a&utm_source=b&gclid=SECRET&mc_eid=SECRET&gad_source=1")
    assert list(found.explain) == [
        "utm_source is read as a.",
        "utm_source is there 2 times: the first value that is not empty counts.",
        "gclid is a click id of Google Ads: its name is used, its value is not kept.",
        "mc_eid points to a person: it is removed before anything is written.",
        "gad_source comes from Google Ads and names a campaign, not a person: it is kept.",
        "source a, medium cpc: said by the link's parameters.",
        "channel Paid Other: paid medium (ga4, rule 8).",
    ]
    assert "SECRET" not in repr(found)


def test_the_explanation_comes_in_french_too() -> None:
    found = parse("https://shop.example/", "android-app://com.google.android.gm/", language="fr")
    assert list(found.explain) == [
        "source gmail, support email\N{NARROW NO-BREAK SPACE}: d’après la page de provenance.",
        "canal Email\N{NARROW NO-BREAK SPACE}: source ou support e-mail (ga4, règle 16).",
    ]


def test_tags_after_the_hash_are_read_and_the_query_comes_first() -> None:
    found = parse("https://shop.example/?utm_source=a#/page?utm_source=b&utm_medium=email")
    assert found.tags == Tags("a", "email")
    assert "tags stand after #: only a script in the page can read them." in found.explain
    assert parse("https://shop.example/#utm_source=b").tags == Tags("b")


def test_a_text_directive_is_no_parameter() -> None:
    assert parse("https://shop.example/#:~:text=utm_source=x").tags == Tags()


def test_a_referrer_that_no_browser_sends_is_none() -> None:
    found = parse("https://shop.example/", "https://google.com\0.evil.example/")
    assert (found.referrer, found.touch.source) == (Referrer(), "(direct)")


def test_a_search_term_of_an_old_engine_is_read() -> None:
    assert parse("https://shop.example/", "https://www.qwant.com/?q=caf%E9+noir").referrer.term == "café noir"


def test_the_search_term_of_the_referrer_is_told() -> None:
    found = parse("https://shop.example/", "https://www.google.fr/search?q=robe+rouge#x")
    assert found.referrer.term == "robe rouge"
    assert found.touch[:2] == ("google", "organic")


def test_own_pages_payments_and_nothing_are_direct_each_with_its_reason() -> None:
    url = "https://shop.example/"
    own = parse(url, "https://shop.example/cart", own_hosts=["shop.example"])
    paid = parse(url, "https://checkout.stripe.com/x")
    none = parse(url)
    assert {p.touch.channel for p in (own, paid, none)} == {"Direct"}
    assert own.explain[0] == "direct: the visitor came from a page of the site itself."
    assert paid.explain[0] == "direct: the visitor came back from a payment page."
    assert none.explain[0] == "direct: neither parameters nor a referring page."


def test_a_broken_referrer_is_no_referrer() -> None:
    for referrer in (
        "",
        "about:blank",
        "not a url",
        "http://[",
        "https://",
        "://",
        "https:///x",
        "https://[::1",
    ):
        assert parse("https://shop.example/", referrer).touch.source in ("(direct)", "[::1"), referrer
