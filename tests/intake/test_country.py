"""A country from a proxy's header or the browser's time zone."""

from __future__ import annotations

import pytest

from collector.intake.country import country

ZONES = {
    "Europe/Paris": "FR", "Europe/Berlin": "DE", "America/New_York": "US", "Asia/Tokyo": "JP",
    "Australia/Sydney": "AU", "Africa/Johannesburg": "ZA",
    "America/Sao_Paulo": "BR", "Asia/Kolkata": "IN", "Asia/Calcutta": "IN", "Europe/Kiev": "UA", "Europe/Kyiv": "UA",
    "Europe/Brussels": "BE",
    "America/Toronto": "CA", "Indian/Reunion": "RE", "America/Martinique": "MQ", "Pacific/Noumea": "NC",
    "Atlantic/Faeroe": "FO", "Asia/Saigon": "VN",
    "UTC": None, "Etc/GMT+5": None, "": None, "x": None, "europe/paris": None, "../../etc/passwd": None, None: None,
    "Europe/Paris\n": None,
}  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
def test_a_time_zone_has_a_country(zone: str | None) -> None:
    assert country(None, zone) == ZONES[zone]


@pytest.mark.parametrize(
    "header,expected",
    [
        ("FR", "FR"),
        ("XX", "DE"),
        ("T1", "DE"),
        ("ZZ", "DE"),
        ("fr", "DE"),
        ("FRA", "DE"),
        ("", "DE"),
        ("<b", "DE"),
        ("F1", "DE"),
        (None, "DE"),
        ("FR\n", "DE"),
    ],
)
def test_a_proxys_word_goes_before_the_zone_if_it_is_a_country(header: str | None, expected: str) -> None:
    assert country(header, "Europe/Berlin") == expected
