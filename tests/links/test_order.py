"""What may become a link, where it may lead, what is carried along, and who clicked: the pure part."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector import utm
from collector.dictionary import dictionary_in
from collector.event import Site
from collector.journal.links import NEVER
from collector.links import Desk, Made, Options, Order, Places, Refused, draft
from collector.links.click import Visitors, kind
from collector.links.target import ascii_address, is_public, location, objection, places

NOW = 1_795_000_000_000  # 2026-11-18T10:26:40Z
DAY = 86_400_000
NAMES = dictionary_in(Path(__file__).parents[2] / "config" / "utm.toml")
PLACES = Places(frozenset({"shop.example", "127.0.0.1"}), (), frozenset({"go.example"}))
DESK = Desk(None, PLACES, NOW)
MAIL = {"source": "newsletter", "medium": "email", "campaign": "spring"}


def made(url: str = "https://shop.example/p", desk: Desk = DESK, **order: object) -> Made:
    return draft(Order(**{"url": url, "campaign": MAIL, **order}), desk)  # type: ignore[arg-type]


def faults(url: str = "https://shop.example/p", desk: Desk = DESK, **order: object) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        made(url, desk, **order)
    said = [fault.sentence.say(language) for fault in refused.value.faults for language in ("en", "fr")]
    plain = [sentence.replace("\N{NARROW NO-BREAK SPACE}", " ") for sentence in said]
    assert all(sentence.isprintable() and len(sentence) < 400 for sentence in plain)
    return [(fault.field, fault.sentence.code) for fault in refused.value.faults]


def test_a_link_is_built_checked_and_says_which_dictionary_it_follows() -> None:
    campaign = {"source": "FB", "medium": "social_paid", "campaign": "202611_FR_acme_acq", "id": "Ab9"}
    found = made(desk=Desk(NAMES, PLACES, NOW), campaign=campaign, note=" Banner ", author="ana")
    assert found.draft.target == (
        "https://shop.example/p?utm_source=facebook&utm_medium=paid_social&utm_campaign=202611_fr_acme_acq&utm_id=Ab9"
    )
    assert (found.draft.dictionary, found.draft.note, found.draft.author) == (NAMES.version, "Banner", "ana")
    assert [(one.code, one.field) for one in found.warnings[:3]] == [
        ("written_as", "source"), ("written_as", "medium"), ("written_as", "campaign"),
    ]  # fmt: skip


def test_every_fault_is_told_at_once() -> None:
    desk = Desk(NAMES, PLACES, NOW)
    found = faults("https://10.0.0.8/x", desk, campaign={"source": "x", "medium": "foo"}, code="A b", expires="soon")
    assert found == [
        ("code", "code_shape"), ("expires", "expires_shape"), ("url", "unsafe_host"),
        ("medium", "not_a_value"), ("campaign", "required"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("javascript:alert(1)", "url_scheme"),
        ("data:text/html,x", "url_scheme"),
        ("//evil.example", "url_scheme"),
        ("https:\\\\evil.example", "url_scheme"),
        ("https://evil.example\\@shop.example", "url_backslash"),
        ("https://shop.example/\r\nSet-Cookie: a=b", "url_inside"),
        ("https://shop.example/a\x00b", "url_inside"),
        ("https://shop.example/\u202egpj.exe", "url_inside"),
        ("https://good.example@evil.example/", "url_disguise"),
        ("https://ana:secret@shop.example/", "credentials"),
        ("https://169.254.169.254/latest/meta-data", "unsafe_host"),
        ("http://[::1]/", "unsafe_host"),
        ("http://[::ffff:10.0.0.1]/", "unsafe_host"),
        ("http://2130706433/", "unsafe_host"),
        ("http://0x7f.1/", "unsafe_host"),
        ("http://localhost:8080/", "unsafe_host"),
        ("https://intranet/", "unsafe_host"),
        ("https://db.internal./", "unsafe_host"),
        ("https://go.example/l/abc", "own_link"),
        ("https://GO.example/L/abc", "own_link"),
        ("https://shop.example/?email=ana@mail.example", "L02"),
        ("https://shop.example/?gclid=Cj0abc", "L20"),
        ("https://shop.example/" + "a" * 3000, "url_too_long"),
        ("https://shop.example/" + "a" * 1_000_000, "text_long"),
        ("", "url_empty"),
    ],
)
def test_what_must_not_be_a_link_is_refused(url: str, code: str) -> None:
    assert code in [found for _, found in faults(url)]


def test_a_last_day_may_be_typed_day_first_where_days_are_written_so() -> None:
    french = DESK._replace(day_first=True)
    days = [made(desk=french, expires=typed).draft.expires for typed in ("31/12/2026", "1/2/2027", " 2026-12-31 ")]
    assert days == [made(expires=day).draft.expires for day in ("2026-12-31", "2027-02-01", "2026-12-31")]
    assert faults(expires="31/12/2026") == [("expires", "expires_shape")]
    with pytest.raises(Refused) as refused:
        made(desk=french, expires="31/02/2027")
    assert refused.value.faults[0].value == "31/02/2027"


@pytest.mark.parametrize("field", ["note", "author", "code", "expires"])
@pytest.mark.parametrize("text", ["a\r\nb", "\u202eabc", "a\x00", "x" * 1_000_000])
def test_hostile_texts_are_refused_and_named(field: str, text: str) -> None:
    assert [name for name, _ in faults(**{field: text})] == [field]


@pytest.mark.parametrize("code", ["bulk", "Template"])
def test_words_of_the_api_are_no_codes(code: str) -> None:
    assert faults(code=code) == [("code", "code_reserved")]


def test_the_operators_list_narrows_where_links_may_lead() -> None:
    only = Places(frozenset({"shop.example"}), ("market.example",))
    allowed = ["https://shop.example/", "https://www.market.example/", "https://eu.shop.example/x"]
    assert [objection(url, only) for url in allowed] == [None] * 3
    refused = objection("https://evilmarket.example/", only)
    assert refused is not None
    assert refused.code == "foreign_host"


def test_places_are_the_sites_own_hosts_and_the_origin_of_short_links() -> None:
    site = Site(1, "shop", b"k" * 32, origins=("http://127.0.0.1:9000",), own_hosts=("pay.example",))
    found = places([site], Options(base="https://go.example:8443"), "http://localhost:8787")
    assert found.own == {"127.0.0.1", "pay.example"}
    assert objection("http://127.0.0.1:1234/", found) is None
    assert objection("http://127.0.0.2:1234/", found) is not None
    assert [
        objection(f"{origin}/l/x", found) is None for origin in ("https://go.example:8443", "http://localhost:8787")
    ] == [False] * 2
    assert objection("https://go.example:8443/landing", found) is None


@pytest.mark.parametrize(("host", "public"), [
    ("shop.example", True), ("münchen.de", True), ("1.1.1.1", True), ("[2606:4700::1111]", True),
    ("127.1", False), ("10.1.2.3", False), ("[fe80::1]", False), ("0.0.0.0", False), ("%31%32%37.0.0.1", False),
    ("printer", False), ("nas.local", False), ("a.b.0x10", False), ("224.0.0.1", False),
])  # fmt: skip
def test_a_host_is_public_by_its_name_alone(host: str, public: bool) -> None:
    assert is_public(host) is public


@pytest.mark.parametrize(("typed", "expected"), [
    ("", None), ("never", NEVER), ("2026-11-30", 1_796_083_200_000), ("2026-11-18T23:00:00+01:00", 1_795_039_200_000),
    ("2d", (NOW + 2 * DAY) // DAY * DAY + DAY),
])  # fmt: skip
def test_an_end_is_a_day_a_moment_a_span_or_never(typed: str, expected: int | None) -> None:
    assert made(expires=typed).draft.expires == expected


@pytest.mark.parametrize("typed", ["2026-11-01", "yesterday", "2026-13-01", "9999-12-31", "0d", "99999999999d", "1e9"])
def test_an_end_that_cannot_be_is_refused(typed: str) -> None:
    assert [field for field, _ in faults(expires=typed)] == ["expires"]


def test_a_macro_in_a_short_link_is_warned_of() -> None:
    campaign = {**MAIL, "campaign": "{{campaign.name}}"}
    found = made(campaign=campaign, options=utm.Options(platform="meta"))
    assert "macro_short" in [one.code for one in found.warnings]


TARGET = "https://shop.example/p?utm_source=a#top"


@pytest.mark.parametrize(("query", "expected"), [
    ("", TARGET),
    ("gclid=Cj0K", "https://shop.example/p?utm_source=a&gclid=Cj0K#top"),
    ("fbclid=A_b-1&next=//evil.example&utm_source=b", "https://shop.example/p?utm_source=a&fbclid=A_b-1#top"),
    ("gclid=%0d%0aSet-Cookie:x", TARGET),
    ("mc_eid=person", TARGET),
    ("gclid=a&gclid=b", "https://shop.example/p?utm_source=a&gclid=a#top"),
])  # fmt: skip
def test_only_click_ids_that_name_nobody_are_carried_along(query: str, expected: str) -> None:
    assert location(TARGET, query) == expected


def test_a_click_id_the_target_has_already_stays_as_it_is() -> None:
    assert location("https://shop.example/?gclid=mine", "gclid=theirs") == "https://shop.example/?gclid=mine"


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_request_moves_a_redirect_or_breaks_its_header(path: str, query: str) -> None:
    target = f"https://shop.example/{path}"
    if objection(target, PLACES) is not None:
        return
    found = location(target, query)
    assert found.startswith("https://shop.example/")
    assert all(0x20 < ord(char) < 0x7F for char in found)


def test_an_address_is_written_in_ascii_as_browsers_send_it() -> None:
    assert ascii_address("https://café.example/é?ü=1#à") == "https://xn--caf-dma.example/%C3%A9?%C3%BC=1#%C3%A0"


_odd = st.sampled_from(["=1+1", "https://shop.example/", "{{x}}", "a@b.fr", "\u202e", "\ud800", "%ff", "email"])
_texts = st.text(max_size=60) | _odd
_names = st.sampled_from(["source", "medium", "campaign", "utm_x", "id"])


@settings(deadline=None)
@given(_texts, st.dictionaries(_names | _texts, _texts, max_size=4), _texts, st.sampled_from([None, NAMES]))
def test_whatever_is_asked_there_is_a_draft_or_a_refusal_and_a_draft_asks_for_itself(
    tail: str, campaign: dict[str, str], own: str, names: utm.Dictionary | None
) -> None:
    desk = Desk(names, PLACES, NOW)
    for url in (tail, f"https://shop.example/{tail}"):
        with suppress(Refused):
            target = draft(Order(url, campaign, own, own, own, own), desk).draft.target
            assert objection(target, PLACES) is None
            assert draft(Order(target), desk).draft.target == target


CHROME = b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"


@pytest.mark.parametrize(("method", "headers", "expected"), [
    ("GET", {b"user-agent": CHROME}, "human"),
    ("GET", {b"user-agent": CHROME, b"sec-fetch-dest": b"document"}, "human"),
    ("GET", {b"user-agent": CHROME, b"sec-fetch-dest": b"image"}, "preview"),
    ("GET", {b"user-agent": CHROME, b"sec-purpose": b"prefetch;prerender"}, "preview"),
    ("GET", {b"user-agent": CHROME, b"purpose": b"preview"}, "preview"),
    ("HEAD", {b"user-agent": CHROME}, "preview"),
    ("GET", {b"user-agent": b"Twitterbot/1.0"}, "preview"),
    ("GET", {b"user-agent": b"WhatsApp/2.23.20.0"}, "preview"),
    ("GET", {b"user-agent": b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}, "bot"),
    ("GET", {b"user-agent": b"curl/8.5.0"}, "bot"),
    ("GET", {}, "bot"),
])  # fmt: skip
def test_people_previews_and_programs_are_told_apart(method: str, headers: dict[bytes, bytes], expected: str) -> None:
    assert kind(method, headers) == expected


def test_the_same_sender_is_a_repeat_for_a_while_and_for_one_link_only() -> None:
    now = 0.0
    visitors = Visitors(60, lambda: now)
    assert [visitors.again(1, "192.0.2.1", CHROME) for _ in range(2)] == [False, True]
    others = [
        visitors.again(2, "192.0.2.1", CHROME),
        visitors.again(1, "192.0.2.2", CHROME),
        visitors.again(1, "192.0.2.1", b"x"),
    ]
    assert others == [False] * 3
    now = 59.9
    assert visitors.again(1, "192.0.2.1", CHROME)
    now = 60.0
    assert not visitors.again(1, "192.0.2.1", CHROME)
    assert b"192.0.2" not in repr(visitors.__dict__).encode()
