"""Rows of an import file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collector.event import Drop, Event, Hit
from collector.intake import admit
from collector.intake.imported import row
from tests.intake.made import DAY, NOW, a_site

OFF = a_site(profile="off")


def read(**changes: Any) -> Hit | Drop:
    """A row with changes; one that is `...` is left out."""
    line = {"t": NOW - 1_000, "name": "page_view", "url": "https://shop.example/"} | changes
    return row(json.dumps({key: value for key, value in line.items() if value is not ...}).encode(), NOW)


def kept(**changes: Any) -> Event:
    """What is kept of a row on a site that needs no consent."""
    hit = read(**changes)
    assert isinstance(hit, Hit), hit
    found = admit(hit, OFF)
    assert isinstance(found, Event), found
    return found


TIMES = {
    1_795_000_000_000: 1_795_000_000_000,
    "2026-11-18T11:06:40Z": 1_795_000_000_000,
    "2026-11-18T11:06:40.123Z": 1_795_000_000_123,
    "2026-11-18T12:06:40+01:00": 1_795_000_000_000,
    "2026-11-18T06:06:40-05:00": 1_795_000_000_000,
    "2026-11-18 11:06:40+00:00": 1_795_000_000_000,
    "2026-11-18t11:06:40z": 1_795_000_000_000,
    "2016-12-31T23:59:60Z": 1_483_228_800_000,
    "2016-12-31T23:59:60.5Z": 1_483_228_800_500,
}


@pytest.mark.parametrize("t", TIMES)
def test_a_time_is_milliseconds_or_rfc_3339(t: int | str) -> None:
    assert kept(t=t).t == TIMES[t]


@pytest.mark.parametrize(
    "t",
    [
        "",
        "now",
        "2026-11-18",
        "2026-11-18T11:06:40",
        "11:06",
        "1795000000000",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-11-18T25:00:00Z",
        "2026-11-18T11:06:61Z",
        "2026-11-18T11:60:60Z",
        "x" * 65,
    ],
)
def test_a_text_that_is_no_moment_is_refused(t: str) -> None:
    drop = read(t=t)
    assert isinstance(drop, Drop)
    assert (drop.reason, drop.field) == ("invalid", "t")
    assert drop.expected


@pytest.mark.parametrize("field", ["sent", "received"])
def test_each_time_is_named_by_its_own_field(field: str) -> None:
    drop = read(**{field: "soon"})
    assert isinstance(drop, Drop)
    assert drop.field == field


@pytest.mark.parametrize("t", [True, 1.5, -1, 2**53 + 1, None, [], {}])
def test_a_value_that_is_no_time_is_refused(t: Any) -> None:
    drop = read(t=t)
    assert isinstance(drop, Drop)
    assert drop.field == "t"


def test_a_skewed_clock_cancels_out_only_with_both_times() -> None:
    hour = 3_600_000
    assert kept(t=NOW - hour, sent=NOW - hour + 500, received=NOW).t == NOW - 500
    assert kept(t=NOW - hour, sent=NOW - hour + 500).t == NOW - hour
    assert kept(t=NOW - hour, received=NOW).t == NOW - hour


def test_an_old_row_is_late_to_nobody_who_says_when_it_was_received() -> None:
    then = NOW - 400 * DAY
    assert kept(t=then, received=then + 1_000).flags is None
    assert kept(t=then, received=then + 1_000).received == then + 1_000
    assert kept(t=then).flags == ["late"]


@pytest.mark.parametrize("key", ["urll", "T", "properties", "ip", "__proto__", ""])
def test_an_unknown_key_is_the_rows_error_and_named(key: str) -> None:
    drop = read(**{key: 1})
    assert isinstance(drop, Drop)
    assert drop.reason == "invalid"
    assert f"`{key}`" in (drop.expected or "")


MALFORMED = (
    b"",
    b"x",
    b"{",
    b'{"t":1',
    b'{"t":1}x',
    b"{'t':1}",
    b"\xff",
    b'{"t":NaN}',
    b"[" * 5_000,
    b'\xef\xbb\xbf{"t":1}',
)


@pytest.mark.parametrize("line", MALFORMED)
def test_a_line_that_is_no_json_object_is_refused(line: bytes) -> None:
    drop = row(line, NOW)
    assert isinstance(drop, Drop)
    assert drop.reason in ("malformed", "invalid")
    assert drop.field
    assert drop.expected


@pytest.mark.parametrize("line", [b"[]", b"null", b"1", b'"x"'])
def test_a_line_that_is_another_value_names_the_row(line: bytes) -> None:
    drop = row(line, NOW)
    assert isinstance(drop, Drop)
    assert drop.field == "row"


CONSENTS: dict[str, tuple[Any, str | None]] = {
    "none": (..., None),
    "null": (None, None),
    "granted": ({"state": "granted"}, None),
    "granted with all": ({"state": "granted", "source": "tcf", "at": NOW - 5, "policy": "v2", "purposes": ["a"]}, None),
    "granted at a written time": ({"state": "granted", "at": "2026-11-18T11:06:40Z"}, None),
    "denied": ({"state": "denied"}, "denied"),
    "withdrawn": ({"state": "withdrawn"}, "withdrawn"),
    "objected": ({"state": "objected"}, "opt_out"),
    "pending": ({"state": "pending"}, "no_consent"),
    "another state": ({"state": "maybe"}, "invalid"),
    "no state": ({}, "invalid"),
    "an unknown key": ({"state": "granted", "x": 1}, "invalid"),
    "no time": ({"state": "granted", "at": "soon"}, "invalid"),
    "a text": ("granted", "invalid"),
}


@pytest.mark.parametrize("which", CONSENTS)
def test_a_rows_consent_decides(which: str) -> None:
    given, reason = CONSENTS[which]
    hit = read(consent=given)
    found = hit if isinstance(hit, Drop) else admit(hit, OFF)
    assert (found.reason if isinstance(found, Drop) else None) == reason
    if reason == "invalid":
        assert isinstance(found, Drop)
        assert (found.field or "").startswith("consent")


def test_a_grant_without_more_has_a_source_and_the_rows_time() -> None:
    event = kept(consent={"state": "granted"})
    assert (event.state, event.consent_source, event.consented_at) == ("granted", "import", NOW - 1_000)


def test_a_row_without_consent_is_counted_as_not_consented() -> None:
    assert kept().state is None


def test_a_row_without_an_id_gets_the_same_one_each_time() -> None:
    line = json.dumps({"t": NOW, "name": "a"}).encode()
    first, again, spaced, second = (
        row(line, NOW),
        row(line, NOW + 5),
        row(b" " + line + b"\r\n", NOW),
        row(line, NOW, lambda content: 1),
    )
    ids = [hit.sent.id for hit in (first, again, spaced, second) if isinstance(hit, Hit)]
    assert ids[0] == ids[1] == ids[2] != ids[3]
    assert row(line.replace(b'"a"', b'"b"'), NOW).sent.id != ids[0]  # type: ignore[union-attr]


def test_an_id_of_a_row_without_one_is_kept_as_it_is() -> None:
    event = kept()
    assert len(event.id) == 32


def test_a_row_takes_everything_it_may_have() -> None:
    event = kept(
        id="row-1", visitor="v-1", user="u-1", url=..., path="/cart", referrer="https://a.example/x?y", page="p-1",
            seq=2, props={"a": 1},
        revenue={"amount": "12.50", "currency": "EUR"}, ua="curl/8.0", country="fr",
    )  # fmt: skip
    assert (event.id, event.visitor, event.path, event.host, event.referrer_host) == (
        "row-1",
        "v-1",
        "/cart",
        None,
        "a.example",
    )
    assert (event.page, event.seq, event.props, event.amount, event.currency) == ("p-1", 2, {"a": 1}, "12.50", "EUR")
    assert (event.bot, event.country) == ("library", "FR")
    assert event.user not in (None, "u-1")


def test_a_row_without_a_user_agent_is_no_bot() -> None:
    assert kept().bot is None
    assert kept(ua="").bot == "empty"


@pytest.mark.parametrize(
    "value,ok",
    [
        ("FR", True),
        ("fr", True),
        ("FRA", False),
        ("F", False),
        ("", False),
        ("F1", False),
        ("FR\n", False),
        (None, True),
        (1, False),
    ],
)
def test_a_country_is_two_letters(value: Any, ok: bool) -> None:
    assert isinstance(read(country=value), Hit) is ok


@pytest.mark.parametrize("changes", [{"url": "x"}, {"url": ..., "path": "cart"}, {"t": 5}])
def test_what_a_row_means_is_checked_like_a_browsers_event(changes: dict[str, Any]) -> None:
    hit = read(**changes)
    assert isinstance(hit, Hit)
    drop = admit(hit, OFF)
    assert isinstance(drop, Drop)
    assert drop.field in ("url", "path", "t")
