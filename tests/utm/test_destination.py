from __future__ import annotations

import pytest

from collector.utm import BuildError, Options, build
from collector.utm.destination import unwrap

MAIL = {"source": "letter", "medium": "email", "campaign": "spring"}
TAIL = "utm_source=letter&utm_medium=email&utm_campaign=spring"

REFUSED = [
    ("", "url_empty"),
    (" \ufeff\n", "url_empty"),
    ("ex.com/x", "url_scheme"),
    ("//ex.com/x", "url_scheme"),
    ("/x", "url_scheme"),
    ("localhost:3000/x", "url_scheme"),
    ("https:ex.com", "url_scheme"),
    ("https:/ex.com", "url_scheme"),
    ("javascript:alert(1)", "url_scheme"),
    ("JaVaScRiPt://ex.com/%0aalert(1)", "url_scheme"),
    ("data:text/html,x", "url_scheme"),
    ("mailto:a@b.example", "url_scheme"),
    ("tel:+33123456789", "url_scheme"),
    ("sms:+33123456789", "url_scheme"),
    ("blob:https://ex.com/1", "url_scheme"),
    ("file:///etc/passwd", "url_scheme"),
    ("ftp://ex.com/", "url_scheme"),
    ("myapp://page", "url_scheme"),
    ("https://", "url_host"),
    ("https:///x", "url_host"),
    ("https://?x=1", "url_host"),
    ("https://ex..com/", "url_host"),
    ("https://.ex.com/", "url_host"),
    ("https://ex.com%2f.evil.example/", "url_host"),
    ("https://<b>/", "url_host"),
    ("https://[::1/", "url_host"),
    ("https://ex.com:port/", "url_port"),
    ("https://ex.com:65536/", "url_port"),
    ("https://ex.com/a b", "url_inside"),
    ("https://ex.com/a\nb", "url_inside"),
    ("https://ex.com/a\tb", "url_inside"),
    ("https://ex.com/\0", "url_inside"),
    ("https://e\u200bx.com/", "url_inside"),
    ("https://ex.com/\u202egnp.exe", "url_inside"),
    ("https://ex.com/\ufeffa", "url_inside"),
    ("https://ex.com/\u2028a", "url_inside"),
    ("https://ex.com/a\u00a0b", "url_inside"),
    ("https://ex.com/\ud800", "url_inside"),
    ("https://ex.com\\@evil.example/", "url_backslash"),
    ("https:\\\\ex.com", "url_scheme"),
    ("https://good.example@evil.example/", "url_disguise"),
    ("https://good.example%40x@evil.example/", "url_disguise"),
    ("https://a@b@evil.example/", "url_disguise"),
    ("https://b.s3.amazonaws.com/x?X-Amz-Signature=ab", "url_signed"),
    ("https://storage.googleapis.com/x?X-Goog-Signature=ab", "url_signed"),
    ("https://x.cloudfront.net/a?Expires=1&Signature=b&Key-Pair-Id=c", "url_signed"),
    ("https://x.blob.core.windows.net/a?se=2026&sig=b", "url_signed"),
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fex.com%2F&h=x", "url_wrapped"),
    ("https://www.awin1.com/cread.php?awinmid=1&ued=https%3A%2F%2Fex.com%2F", "url_wrapped"),
    ("https://ex.com/" + "a" * 2030, "url_too_long"),
]


@pytest.mark.parametrize(("url", "code"), REFUSED)
def test_a_dangerous_or_broken_address_is_refused(url: str, code: str) -> None:
    with pytest.raises(BuildError) as refused:
        build(url, MAIL)
    assert refused.value.code == code
    assert refused.value.field == "url"
    assert str(refused.value).startswith("url ")
    assert refused.value.say("fr").startswith("url ")


def test_an_address_is_trimmed_and_completed_only_on_demand() -> None:
    assert build(" \ufeffhttps://ex.com/\n", MAIL).url == f"https://ex.com/?{TAIL}"
    for schemeless in ("ex.com/x", "//ex.com/x"):
        assert build(schemeless, MAIL, Options(assume_https=True)).url == f"https://ex.com/x?{TAIL}"
    with pytest.raises(BuildError, match="must start with https://"):
        build("javascript:alert(1)", MAIL, Options(assume_https=True))


def test_http_can_be_ruled_out() -> None:
    with pytest.raises(BuildError, match=r"must start with https://, not 'http://ex.com/'"):
        build("http://ex.com/", MAIL, Options(schemes=("https",)))


def test_the_deep_links_of_an_application_are_allowed_by_name() -> None:
    options = Options(schemes=("https", "myapp"))
    assert build("myapp://page?x=1", MAIL, options).url == f"myapp://page?x=1&{TAIL}"


WARNED = [
    ("https://user:pw@ex.com/", MAIL, "credentials"),
    ("https://раypal.example/", MAIL, "mixed_script"),
    ("https://xn--ypal-43d9g.example/", MAIL, "mixed_script"),
    ("https://bücher.example/", MAIL, "international_host"),
    ("https://bit.ly/abc", MAIL, "short_link"),
    ("https://ex.com/?sig=abc", MAIL, "maybe_signed"),
    ("https://ex.com/", {"source": "a", "medium": "b"}, "core_missing"),
    ("https://ex.com/", {**MAIL, "content": "x" * 101}, "long_value"),
    ("https://ex.com/" + "a" * 1000, MAIL, "long_url"),
    ("https://ex.com/?utm_term=old", MAIL, "others_kept"),
]


@pytest.mark.parametrize(("url", "values", "code"), WARNED)
def test_what_is_worth_knowing_is_said(url: str, values: dict[str, str], code: str) -> None:
    warnings = build(url, values).warnings
    assert [notice.code for notice in warnings] == [code]
    assert warnings[0].say("en") != warnings[0].say("fr")


def test_an_ordinary_link_has_no_warning() -> None:
    assert build("https://shop.example/a?x=1", MAIL).warnings == ()


WRAPPED = [
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fex.com%2F%3Fa%3D1&h=x", "https://ex.com/?a=1"),
    ("https://www.google.com/url?sa=t&url=https%3A%2F%2Fex.com%2F", "https://ex.com/"),
    ("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fex.com%2F&data=x", "https://ex.com/"),
    ("https://urldefense.proofpoint.com/v2/url?u=https-3A__ex.com_a&d=x", "https://ex.com/a"),
    ("https://urldefense.com/v3/__https://ex.com/a__;!!abc!def$", "https://ex.com/a"),
    ("https://click.linksynergy.com/deeplink?id=1&murl=https%3A%2F%2Fex.com%2F", "https://ex.com/"),
    ("https://www.google.com/search?q=https%3A%2F%2Fex.com", None),
    ("https://ex.com/?u=https%3A%2F%2Fother.example", None),
    ("https://l.facebook.com/", None),
    ("https://l.facebook.com/l.php?u=javascript:alert(1)", None),
]


@pytest.mark.parametrize(("url", "inner"), WRAPPED)
def test_the_page_behind_a_redirection_is_found(url: str, inner: str | None) -> None:
    assert unwrap(url) == inner
