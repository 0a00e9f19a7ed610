"""Times, consent and what types alone cannot say."""

from __future__ import annotations

import pytest

from collector.event import Drop, Receipt
from collector.intake import consent, validate
from collector.intake.location import ascii_host
from tests.intake.made import DAY, NOW, a_hit, a_site, admitted, dropped

# Happened, sent (by the sender's clock), received → the time that is kept, and its flag.
CLOCKS = {
    "no sending time": ((NOW - 500, None), (NOW - 500, None)),
    "all clocks agree": ((NOW - 500, NOW), (NOW - 500, None)),
    "an hour behind": ((NOW - 3_600_500, NOW - 3_600_000), (NOW - 500, None)),
    "a year ahead": ((NOW + 365 * DAY - 500, NOW + 365 * DAY), (NOW - 500, None)),
    "since 1970": ((500, 1_000), (NOW - 500, None)),
    "a second ahead": ((NOW + 1_000, None), (NOW + 1_000, None)),
    "five minutes ahead": ((NOW + 300_000, None), (NOW + 300_000, None)),
    "more than five minutes ahead": ((NOW + 300_001, None), (NOW, "clamped")),
    "a year ahead without a sending time": ((NOW + 365 * DAY, None), (NOW, "clamped")),
    "after its own sending": ((NOW + 400_000, NOW), (NOW, "clamped")),
    "a day late": ((NOW - DAY, None), (NOW - DAY, None)),
    "more than a day late": ((NOW - DAY - 1, None), (NOW - DAY - 1, "late")),
    "waited a week in the page": ((NOW - 7 * DAY, NOW), (NOW - 7 * DAY, "late")),
    "five years late": ((NOW - 5 * 365 * DAY, None), (NOW - 5 * 365 * DAY, "late")),
}


@pytest.mark.parametrize("which", CLOCKS)
def test_a_skewed_clock_cancels_out(which: str) -> None:
    (t, sent_at), (kept, flag) = CLOCKS[which]
    assert validate.clock(a_hit(t=t, sent_at=sent_at)) == (kept, flag)
    event = admitted(t=t, sent_at=sent_at)
    assert (event.t, event.flags) == (kept, [flag] if flag else None)


@pytest.mark.parametrize("t", [0, 1, 1_795_000_000, 946_684_799_999])
def test_a_time_before_2000_is_no_time(t: int) -> None:
    drop = dropped(t=t)
    assert (drop.reason, drop.field) == ("invalid", "t")
    assert "2000" in (drop.expected or "")


def test_the_first_moment_of_2000_is_one() -> None:
    assert admitted(t=946_684_800_000).flags == ["late"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "/x",
        "//a.example",
        "javascript:alert(1)",
        "data:,x",
        "ftp://a.example/",
        "http://",
        "http://a:99999/",
        "http://[::1",
    ],
)
def test_a_page_is_an_absolute_web_address(url: str) -> None:
    drop = dropped(url=url)
    assert (drop.reason, drop.field) == ("invalid", "url")


@pytest.mark.parametrize("path", ["cart", "?x", "#x", "https://a.example/", " /x"])
def test_a_path_starts_with_a_slash(path: str) -> None:
    assert dropped(url=None, path=path).field == "path"


REFUSED = {"denied": "denied", "withdrawn": "withdrawn", "objected": "opt_out"}
UNASKED = {"required": "no_consent", "off": None, "exempt": None, "hybrid": None}
STATES: dict[tuple[str, str | None], str | None] = {
    **{(profile, state): reason for profile in UNASKED for state, reason in REFUSED.items()},
    **{(profile, "granted"): None for profile in UNASKED},
    **{(profile, None): reason for profile, reason in UNASKED.items()},
    **{(profile, "pending"): reason for profile, reason in UNASKED.items()},
    ("off", "pending"): "no_consent",
}


@pytest.mark.parametrize("profile,state", STATES)
def test_consent_decides_before_anything_is_read(profile: str, state: str | None) -> None:
    receipt = Receipt(state, "api", NOW) if state else None  # type: ignore[arg-type]
    expected = STATES[(profile, state)]
    assert consent.refusal(profile, receipt) == expected  # type: ignore[arg-type]
    site = a_site(profile=profile)
    if expected is None:
        reduced = profile == "exempt" or (profile == "hybrid" and state != "granted")
        assert admitted(site, receipt=receipt, visitor=None).state == ("exempt" if reduced else state)
    else:
        drop = dropped(site, receipt=receipt, t=0, url="nonsense")  # its faults are not looked for
        assert (drop.reason, drop.field) == (expected, None)


@pytest.mark.parametrize("objection", ["gpc", "dnt", "opt_out"])
@pytest.mark.parametrize("profile", ["required", "off", "exempt", "hybrid"])
def test_an_objection_wins_over_a_grant(profile: str, objection: str) -> None:
    assert dropped(a_site(profile=profile), objection=objection).reason == objection


HEADERS: list[tuple[dict[bytes, bytes], str | None]] = [
    ({}, None),
    ({b"sec-gpc": b"1"}, "gpc"),
    ({b"sec-gpc": b"0"}, None),
    ({b"sec-gpc": b"true"}, None),
    ({b"dnt": b"1"}, "dnt"),
    ({b"dnt": b"0"}, None),
    ({b"dnt": b"unspecified"}, None),
    ({b"sec-gpc": b"1", b"dnt": b"1"}, "gpc"),
    ({b"cookie": b"m_optout=1"}, "opt_out"),
    ({b"cookie": b"a=b; m_optout=1; c=d"}, "opt_out"),
    ({b"cookie": b"m_optout=0"}, None),
    ({b"cookie": b"optout=1"}, None),
    ({b"sec-gpc": b" 1 "}, "gpc"),
    ({b"sec-gpc": b"1, 0"}, "gpc"),
    ({b"dnt": b"0,1"}, "dnt"),
    ({b"dnt": b"10"}, None),
    ({b"cookie": b"a=b;m_optout=1"}, "opt_out"),
    ({b"cookie": b"xm_optout=1"}, None),
    ({b"cookie": b"m_optout=10; a=m_optout=1"}, None),
]


@pytest.mark.parametrize("headers,expected", HEADERS)
def test_the_browsers_own_signals_are_read(headers: dict[bytes, bytes], expected: str | None) -> None:
    assert consent.objection(headers) == expected


def test_a_fault_names_its_field_and_what_was_expected() -> None:
    for raw, field in (
        (b'{"id":"a","name":"b"}', "t"),
        (b'{"id":1,"name":"b","t":1}', "id"),
        (b'{"id":"a","name":"b","t":1,"props":{"k":[]}}', "props"),
    ):
        drop = validate.sent(raw)
        assert drop.reason == "invalid"  # type: ignore[union-attr]
        assert field in f"{drop.field} {drop.expected}"  # type: ignore[union-attr]


def test_a_state_nobody_knows_is_told_the_known_ones() -> None:
    said = validate.batch(b'{"site":"s","events":[],"consent":{"state":"GRANTED","source":"api","at":1795000000000}}')
    assert isinstance(said, Drop)
    assert (said.field, said.expected) == (
        "consent.state",
        "Invalid enum value 'GRANTED', expected granted, denied, withdrawn, objected, pending",
    )


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Shop.Example", "shop.example"),
        ("straße.example", "xn--strae-oqa.example"),  # IDNA 2003 made it strasse.example, which is somebody else's
        ("BÜCHER。example", "xn--bcher-kva.example"),
        ("x_y.bücher.example", "x_y.xn--bcher-kva.example"),
    ],
)
def test_a_host_is_written_as_browsers_send_it(written: str, sent: str) -> None:
    assert ascii_host(written) == sent
