"""The tables: channels by source and medium, sources by referring page, the cases that break link builders."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from collector.utm import BuildError, Options, Tags, build, classify, parse, strip, tags
from collector.utm.channel import _listed

HERE = Path(__file__).parent
CHANNELS = tomllib.loads((HERE / "channels.toml").read_text("utf-8"))
REFERRERS = tomllib.loads((HERE / "referrers.toml").read_text("utf-8"))
LANDING = "https://www.landing.example/"


def test_the_tables_have_hundreds_of_rows() -> None:
    assert sum(map(len, CHANNELS.values())) >= 300
    assert sum(map(len, REFERRERS.values())) >= 250


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_source_and_a_medium_lead_to_their_channel(channel: str) -> None:
    found = {}
    for case in CHANNELS[channel]:
        values = [None if word == "-" else word.replace("~", " ") for word in case.split()]
        found[case] = classify(Tags(*values), None).channel  # type: ignore[arg-type]
    assert found == dict.fromkeys(CHANNELS[channel], channel)


@pytest.mark.parametrize("medium", REFERRERS)
def test_a_referring_page_is_who_it_is(medium: str) -> None:
    found = {}
    for page in REFERRERS[medium]:
        address = page if page.startswith("android-app:") else f"https://{page}"
        who = parse(LANDING, address, own_hosts=["www.landing.example"]).referrer
        found[page] = (who.medium, who.source or "")
    assert found == {page: (medium, source) for page, source in REFERRERS[medium].items()}


def test_every_source_on_googles_list_has_its_category() -> None:
    channels = {"search": "Organic Search", "social": "Organic Social", "shopping": "Organic Shopping",
                "video": "Organic Video"}  # fmt: skip
    listed = _listed()
    assert len(listed) > 800
    assert {source: classify(Tags(source), None).channel for source in listed} == {
        source: channels[category] for source, category in listed.items()
    }


S, M, C = "utm_source=s", "utm_medium=m", "utm_campaign=c"
ALL = f"{S}&{M}&{C}"
CORE = {"source": "s", "medium": "m", "campaign": "c"}
BUILT: list[tuple[int, str, dict[str, Any], str]] = [
    # the case, the link, what is asked beside source, medium and campaign, what comes out
    (1, "https://ex.com", {}, f"https://ex.com?{ALL}"),
    (2, "https://ex.com/?", {}, f"https://ex.com/?{ALL}"),
    (2, "https://ex.com/?a=1&", {}, f"https://ex.com/?a=1&{ALL}"),
    (3, "https://ex.com/?b=2&a=1&b=1&b", {}, f"https://ex.com/?b=2&a=1&b=1&b&{ALL}"),
    (4, "https://ex.com/?a&b=&c=1=2==", {}, f"https://ex.com/?a&b=&c=1=2==&{ALL}"),
    (5, "https://ex.com/?UTM_Source=x&a&utm_source=y", {}, f"https://ex.com/?{S}&a&{M}&{C}"),
    (5, f"https://ex.com/?{S}&a", {"existing": "keep"}, f"https://ex.com/?{S}&a"),
    (5, "https://ex.com/?utm_source=x&a", {"existing": "fill"}, f"https://ex.com/?utm_source=x&a&{M}&{C}"),
    (6, "https://ex.com/#section/all", {}, f"https://ex.com/?{ALL}#section/all"),
    (7, "https://ex.com/#/r", {}, f"https://ex.com/?{ALL}#/r"),
    (7, "https://ex.com/#/r", {"in_fragment": True}, f"https://ex.com/#/r?{ALL}"),
    (8, "https://ex.com/#:~:text=a%20b,c", {}, f"https://ex.com/?{ALL}#:~:text=a%20b,c"),
    (9, "https://ex.com/", {"term": "a b+c&d#e%"}, f"https://ex.com/?{ALL}&utm_term=a%20b%2Bc%26d%23e%25"),
    (10, "https://ex.com/", {"term": "a%20b"}, f"https://ex.com/?{ALL}&utm_term=a%2520b"),
    (10, "https://ex.com/", {"term": "a%20b", "encoded": True}, f"https://ex.com/?{ALL}&utm_term=a%20b"),
    (10, "https://ex.com/", {"term": "a%20b", "encoded": "auto"}, f"https://ex.com/?{ALL}&utm_term=a%20b"),
    (11, "https://ex.com/", {"term": "{keyword}", "platform": "google"}, f"https://ex.com/?{ALL}&utm_term={{keyword}}"),
    (12, "https://ex.com/%7Ea?q=a+b%20%c3%a9%E9%", {}, f"https://ex.com/%7Ea?q=a+b%20%c3%a9%E9%&{ALL}"),
    (13, "https://ex.com/a;jsessionid=1?x=1;y=2", {}, f"https://ex.com/a;jsessionid=1?x=1;y=2&{ALL}"),
    (14, "https://ex.com/?f[]=1&u=https://a/?x=1", {}, f"https://ex.com/?f[]=1&u=https://a/?x=1&{ALL}"),
    (15, "https://bücher.example/", {}, f"https://bücher.example/?{ALL}"),
    (16, "https://[2001:db8::1]:8443/", {}, f"https://[2001:db8::1]:8443/?{ALL}"),
    (16, "https://user:pw@ex.com/", {}, f"https://user:pw@ex.com/?{ALL}"),
    (17, "HTTPS://Ex.COM/A", {}, f"HTTPS://Ex.COM/A?{ALL}"),
    (18, "myapp://page/1", {"schemes": ("https", "myapp")}, f"myapp://page/1?{ALL}"),
    (19, "ex.com/x", {"assume_https": True}, f"https://ex.com/x?{ALL}"),
    (20, " \ufeffhttps://ex.com/\n", {}, f"https://ex.com/?{ALL}"),
    (22, "https://ex.com/", {"term": " "}, f"https://ex.com/?{ALL}"),
    (24, "https://ex.com/?a=1&amp;utm_medium=x", {}, f"https://ex.com/?a=1&{M}&{S}&{C}"),
    (26, "https://ex.com/", {"content": "5", "id": "3"}, f"https://ex.com/?{ALL}&utm_id=3&utm_content=5"),
]
REFUSED: list[tuple[int, str, dict[str, Any], str]] = [
    (5, "https://ex.com/?utm_source=x", {"existing": "error"}, "tag_conflict"),
    (11, "https://ex.com/", {"term": "{keywrd}", "platform": "google"}, "macro_unknown"),
    (11, "https://ex.com/", {"term": "{{ad.name}}"}, "macro_platform"),
    *((18, f"{scheme}:x", {}, "url_scheme") for scheme in
      ("javascript", "mailto", "tel", "sms", "data", "blob", "file", "JAVASCRIPT", "vbscript")),
    (19, "ex.com/x", {}, "url_scheme"),
    (19, "//ex.com/x", {}, "url_scheme"),
    *((20, f"https://ex.com/a{char}b", {}, "url_inside") for char in " \t\r\n\0\x1b\u200b\u202e\ufeff\u2066"),
    (20, "https://ex.com/", {"term": "a\u202eb"}, "value_inside"),
    (21, "https://ex.com\\@evil.example/", {}, "url_backslash"),
    (21, "https://good.example@evil.example/", {}, "url_disguise"),
    (23, "https://ex.com/", {"term": "x" * 421}, "value_too_long"),
    (23, "https://ex.com/" + "a" * 2048, {}, "url_too_long"),
    (27, "https://b.s3.amazonaws.com/k?X-Amz-Signature=ab", {}, "url_signed"),
    (28, "https://l.facebook.com/l.php?u=https%3A%2F%2Fex.com%2F", {}, "url_wrapped"),
    (28, "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fex.com%2F", {}, "url_wrapped"),
    (28, "https://urldefense.com/v3/__https://ex.com/__;!!x", {}, "url_wrapped"),
    (28, "https://www.google.com/amp/s/ex.com/a", {}, "url_wrapped"),
    (30, "https://www.awin1.com/cread.php?awinmid=1&ued=https%3A%2F%2Fex.com%2F", {}, "url_wrapped"),
]  # fmt: skip
WARNED: list[tuple[int, str, dict[str, Any], str]] = [
    (5, "https://ex.com/?utm_term=x", {}, "others_kept"),
    (10, "https://ex.com/", {"term": "a%20b"}, "encoded_value"),
    (10, "https://ex.com/", {"term": "a%20b", "encoded": "auto"}, "decoded_value"),
    (15, "https://bücher.example/", {}, "international_host"),
    (15, "https://gооgle.example/", {}, "mixed_script"),
    (16, "https://user:pw@ex.com/", {}, "credentials"),
    (23, "https://ex.com/", {"term": "x" * 101}, "long_value"),
    (23, "https://ex.com/" + "a" * 1000, {}, "long_url"),
    (27, "https://ex.com/?hmac=ab", {}, "maybe_signed"),
    (29, "https://bit.ly/x", {}, "short_link"),
]


def asked(extra: dict[str, Any]) -> tuple[dict[str, str], Options]:
    options = {name: value for name, value in extra.items() if name in Options._fields}
    return CORE | {name: value for name, value in extra.items() if name not in options}, Options(**options)


@pytest.mark.parametrize(("number", "url", "extra", "expected"), BUILT)
def test_an_edge_case_is_built_right(number: int, url: str, extra: dict[str, Any], expected: str) -> None:
    campaign, options = asked(extra)
    assert build(url, campaign, options).url == expected
    if "encoded" not in extra:
        assert build(expected, campaign, options).url == expected


@pytest.mark.parametrize(("number", "url", "extra", "code"), REFUSED)
def test_an_edge_case_is_refused_in_a_sentence(number: int, url: str, extra: dict[str, Any], code: str) -> None:
    with pytest.raises(BuildError) as refused:
        build(url, *asked(extra))
    assert refused.value.code == code
    assert all(refused.value.say(language) for language in ("en", "fr"))  # type: ignore[arg-type]


@pytest.mark.parametrize(("number", "url", "extra", "code"), WARNED)
def test_an_edge_case_is_built_with_a_warning(number: int, url: str, extra: dict[str, Any], code: str) -> None:
    notices = build(url, *asked(extra)).warnings
    assert code in {notice.code for notice in notices}
    assert all(notice.say("fr") != notice.say("en") for notice in notices)


def test_a_second_question_mark_is_read_as_a_separator() -> None:
    """Case 25; the checker says so too (L17)."""
    assert tags("a=1?utm_source=s&utm_medium=m")[:2] == ("s", "m")


def test_every_one_of_the_thirty_cases_is_in_a_table() -> None:
    told = {case[0] for case in (*BUILT, *REFUSED, *WARNED)} | {25}
    assert told == set(range(1, 31))


def test_stripping_undoes_what_was_built() -> None:
    for number, url, extra, _ in BUILT:
        if "utm" not in url.lower() and not url.endswith(("?", "&")) and number not in (19, 20):
            assert strip(build(url, *asked(extra)).url) == url


WRAPPED = [
    "https://l.facebook.com/l.php?u=https%3A%2F%2Fex.com%2F%3Futm_source%3Da%26utm_medium%3Demail&h=x",
    "https://www.google.com/amp/s/ex.com/p?utm_source=a&utm_medium=email",
    "https://ex-com.cdn.ampproject.org/c/s/ex.com/p?utm_source=a&utm_medium=email",
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3Dhttps%253A%252F%252F"
    "ex.com%252F%253Futm_source%253Da%2526utm_medium%253Demail",
]


@pytest.mark.parametrize("url", WRAPPED)
def test_a_wrapped_page_is_read_through_its_wrapping(url: str) -> None:
    found = parse(url)
    assert found.tags[:2] == ("a", "email")
    assert "is a redirection by" in found.explain[0]
