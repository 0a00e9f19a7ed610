"""What is kept without a grant, and what is refused because it says too much."""

from __future__ import annotations

from typing import Any

import pytest

from collector.event import Daily, Event, Receipt, Revenue, Site
from collector.intake.consent import RULES, void
from collector.intake.exempt import coarse
from tests.intake.made import DAY, NOW, a_site, admitted, dropped

EXEMPT = a_site(profile="exempt", parameters=("size",))
HYBRID = a_site(profile="hybrid", parameters=("size",))
DAILY = Daily("today-hash", "yesterday-hash", NOW - 60_000)
NOBODY: dict[str, Any] = {"receipt": None, "visitor": None, "daily": DAILY}


def kept(site: Site = EXEMPT, **changes: Any) -> Event:
    return admitted(site, **NOBODY | changes)


@pytest.mark.parametrize("site", [EXEMPT, HYBRID])
def test_without_a_grant_the_page_the_referrers_host_and_numbers_are_kept(site: Site) -> None:
    event = kept(
        site,
        url="https://shop.example/tea?size=xl&q=private#anchor",
        referrer="https://www.google.com/search?q=my+disease",
        props={"depth": 75, "ok": True, "note": "who knows", "nothing": None},
        zone="Europe/Paris",
    )
    assert (event.state, event.visitor, event.path, event.query) == ("exempt", "today-hash", "/tea", None)
    assert (event.referrer_host, event.referrer_path) == ("www.google.com", None)
    assert event.props == {"depth": 75, "ok": True}
    assert (event.device, event.country, event.user, event.amount) == ("desktop", "FR", None, None)
    assert (event.consent_source, event.policy, event.consented_at) == (None, None, None)


def test_an_app_that_led_here_is_kept_by_its_name() -> None:
    event = kept(referrer="android-app://com.google.android.gm/inbox")
    assert (event.referrer_host, event.referrer_path) == ("com.google.android.gm", None)


TOO_MUCH: dict[str, tuple[dict[str, Any], str]] = {
    "a campaign": ({"url": "https://shop.example/?utm_source=news"}, "url"),
    "a campaign beside others": ({"url": "https://shop.example/?a=1&UTM_Campaign=x"}, "url"),
    "a click id": ({"url": "https://shop.example/?gclid=1"}, "url"),
    "a visitor": ({"visitor": "v-12345678"}, "visitor"),
    "a customer": ({"user": "c-1"}, "user"),
    "money": ({"revenue": Revenue("1.00", "EUR")}, "revenue"),
    "an alias": ({"name": "$alias", "props": {"from": "a", "to": "b"}}, "name"),
    "a form": ({"name": "form_submit"}, "name"),
    "an attachment": ({"name": "consent_granted"}, "name"),
}


@pytest.mark.parametrize("what", TOO_MUCH)
@pytest.mark.parametrize("site", [EXEMPT, HYBRID])
def test_an_event_that_says_too_much_is_dropped_with_its_field(what: str, site: Site) -> None:
    changes, field = TOO_MUCH[what]
    drop = dropped(site, **NOBODY | changes)
    assert (drop.reason, drop.field) == ("not_exempt", field)
    assert "grant" in (drop.expected or "")


@pytest.mark.parametrize("what", TOO_MUCH)
def test_a_grant_allows_in_hybrid_what_exempt_never_does(what: str) -> None:
    changes, _ = TOO_MUCH[what]
    assert admitted(HYBRID, **changes).state == "granted"
    assert dropped(EXEMPT, **changes).reason == "not_exempt"


def test_an_event_of_last_night_has_last_nights_hash() -> None:
    assert kept(t=DAILY.midnight - 1).visitor == "yesterday-hash"
    assert kept(t=DAILY.midnight).visitor == "today-hash"
    assert kept(t=DAILY.midnight - 1, daily=Daily("today-hash", None, DAILY.midnight)).visitor == "today-hash"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("unknown", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_address_is_cut_to_its_network_before_anything_else(address: str, network: str) -> None:
    assert coarse(address) == network


def test_the_rules_are_one_table_that_says_something_of_every_profile() -> None:
    assert set(RULES.profiles) == {"required", "exempt", "hybrid", "off"}
    assert [name for name, rule in RULES.profiles.items() if rule.without == "full"] == ["off"]
    assert [name for name, rule in RULES.profiles.items() if rule.granted == "reduced"] == ["exempt"]


def grant(**changes: Any) -> Receipt:
    return Receipt(**{"state": "granted", "source": "api", "at": NOW} | changes)


def test_a_grant_is_void_once_it_is_too_old() -> None:
    site = a_site(receipt_days=180)
    assert void(site, grant(at=NOW - 180 * DAY), NOW) is None
    assert void(site, grant(at=NOW - 180 * DAY - 1), NOW) == "receipt_expired"
    assert dropped(site, receipt=grant(at=NOW - 181 * DAY)).reason == "receipt_expired"


def test_a_wrong_clock_makes_no_grant_old() -> None:
    """A device a year behind or ahead: it was asked a minute ago, whatever one of the calendars says."""
    site, behind, ahead = a_site(receipt_days=180), NOW - 365 * DAY, NOW + 365 * DAY
    assert void(site, grant(at=behind), NOW, behind + 60_000) is None
    assert void(site, grant(at=NOW - 60_000), NOW, ahead) is None
    assert void(site, grant(at=behind), NOW) == "receipt_expired"
    assert void(site, grant(at=behind), NOW, NOW + DAY) == "receipt_expired"


@pytest.mark.parametrize("policy", ["2026-01", None])
def test_a_grant_to_another_version_of_the_notice_is_void(policy: str | None) -> None:
    site = a_site(policy="2026-12")
    assert dropped(site, receipt=grant(policy=policy)).reason == "policy_changed"
    assert admitted(site, receipt=grant(policy="2026-12")).policy == "2026-12"


def test_a_refusal_stays_one_whatever_its_version_and_age() -> None:
    site = a_site(policy="2026-12", receipt_days=1)
    assert dropped(site, receipt=grant(state="denied", at=NOW - 9 * DAY)).reason == "denied"
