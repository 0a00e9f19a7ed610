from __future__ import annotations

import pytest

from collector.utm.personal import kind

PERSONAL = [
    ("jean.dupont@mail.example", "an e-mail address"),
    ("x jean+tag@sub.mail.example y", "an e-mail address"),
    ("+33612345678", "a phone number"),
    ("+33 6 12 34 56 78", "a phone number"),
    ("0033 612345678", "a phone number"),
    ("06.12.34.56.78", "a phone number"),
    ("06 12 34 56 78", "a phone number"),
    ("+1 (415) 555-0100", "a phone number"),
    ("4111111111111111", "a payment card number"),
    ("4111 1111 1111 1111", "a payment card number"),
    ("5555-5555-5555-4444", "a payment card number"),
    ("378282246310005", "a payment card number"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "an access token"),
]
ORDINARY = [
    "", "spring-sale", "2026-01-15", "20260115", "2026-01-15_fr_rouge", "120210000000000000", "23851234567890123",
    "17301234567", "1.2.3.4", "@shop", "shop@home", "soldes d'été", "4111111111111112",
    "robe 38-40", "uuid-0612345678a",
    "018f6b3e-7a1c-7cc0-9a0e-2b1f0c9d8e7f", "eyJ", "v1.0612345678", "a+b", "+20%", "00-12", "500 000 000 vues",
]  # fmt: skip


@pytest.mark.parametrize(("value", "what"), PERSONAL)
def test_personal_data_is_known_by_its_looks(value: str, what: str) -> None:
    assert kind(value) == what


@pytest.mark.parametrize("value", ORDINARY)
def test_an_ordinary_value_is_not_taken_for_personal_data(value: str) -> None:
    assert kind(value) is None
