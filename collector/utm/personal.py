"""Personal data by its looks: what must not stand in a link, whatever the parameter is called."""

from __future__ import annotations

import re
from typing import Final

KEYS: Final = frozenset(
    [
        "email",
        "e-mail",
        "e_mail",
        "mail",
        "courriel",
        "useremail",
        "user_email",
        "username",
        "user_name",
        "firstname",
        "first_name",
        "lastname",
        "last_name",
        "fullname",
        "full_name",
        "nom",
        "prenom",
        "surname",
        "phone",
        "telephone",
        "tel",
        "mobile",
        "gsm",
        "password",
        "passwd",
        "pwd",
        "mdp",
        "motdepasse",
        "ssn",
        "nir",
        "birthdate",
        "birthday",
        "dob",
        "naissance",
        "iban",
    ]
)
"""Parameter names (lower-case) that announce a person."""

_EMAIL: Final = re.compile(r"[^\s@=&/:;,<>\"]+@[^\s@=&/:;,<>\"]+\.[A-Za-z]{2,}")
_TOKEN: Final = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*")
# International with its + or 00, or French national: a bare run of digits is far more often an id.
_PHONE: Final = re.compile(r"(?<![\w.])(?:(?:\+|00)[1-9][\d .()-]{7,16}\d|0[1-9](?:[ .-]?\d{2}){4})(?![\w.])")
_CARD: Final = re.compile(r"(?<!\d)(?:4\d{3}|5[1-5]\d\d|6011|3[47]\d\d)(?:[ -]?\d){11,12}(?!\d)")


def kind(value: str) -> str | None:
    """What personal thing the decoded `value` looks like ("an e-mail address", …), or None."""
    if "@" in value and _EMAIL.search(value):
        return "an e-mail address"
    if "eyJ" in value and _TOKEN.search(value):
        return "an access token"
    if any(_luhn(card) for card in _CARD.findall(value)):
        return "a payment card number"
    if _PHONE.search(value):
        return "a phone number"
    return None


def _luhn(card: str) -> bool:
    digits = [int(char) for char in card if char.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
