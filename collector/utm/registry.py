"""The registry: every campaign parameter and click id the toolkit knows, read once from `registry.toml`.

The collector, the link builder, the checks and the reports all use this one table, so that a parameter added
there is read, built, checked and hidden everywhere at once. Names are lower-case here and matched whatever
their case.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final, Literal, NamedTuple

Evidence = Literal["paid", "organic", "unknown"]
Privacy = Literal["U", "C", "P"]

FIELDS: Final[tuple[str, ...]] = ("source", "medium", "campaign", "term", "content", "id")
"""The six fields a campaign is known by, in the order of `Tags`."""


class ClickId(NamedTuple):
    """One click id. `source` and `medium` are what it implies; an empty `source` says nothing about the
    origin.

    `privacy`: "U" unique to a click or a browser (the name may be kept, the value not), "C" campaign level
    (the value may be kept), "P" points to a person (removed before anything is written).
    `on_record`: public lists of parameters that name it; none where it is only known from the vendor's links.
    `hosts`: when not empty, the name is a click id only on links to these hosts or their subdomains.
    """

    name: str
    vendor: str
    source: str
    medium: str
    evidence: Evidence
    privacy: Privacy
    hosts: tuple[str, ...]
    on_record: tuple[str, ...] = ()


_DATA: Final = tomllib.loads(Path(__file__).with_name("registry.toml").read_text("utf-8"))

FAMILIES: Final[dict[str, dict[str, str]]] = _DATA["families"]
"""Family → parameter → the field it fills ("source", …) or "extra". Families always read."""

OPTIONAL_FAMILIES: Final[dict[str, dict[str, str]]] = _DATA["optional"]
"""Families whose names collide with ordinary parameters; read only where a site asks for them."""

_RECORDS: Final = {place: frozenset(names.split()) for place, names in _DATA["evidence"].items()}


def _on_record(name: str) -> tuple[str, ...]:
    return tuple(place for place, names in _RECORDS.items() if name in names)


CLICK_IDS: Final[dict[str, ClickId]] = {
    name: ClickId._make([name, *row, tuple(_DATA["scopes"].get(name, ())), _on_record(name)])
    for name, row in _DATA["click_ids"].items()
}
"""Canonical name → click id."""

ALIASES: Final[dict[str, str]] = _DATA["aliases"]
"""Other spellings of a click id → its canonical name."""

CAMPAIGN_NAMES: Final[frozenset[str]] = frozenset(name for family in FAMILIES.values() for name in family)
"""Every parameter of the families that are always read."""

PERSONAL_NAMES: Final[frozenset[str]] = frozenset(c.name for c in CLICK_IDS.values() if c.privacy == "P")
"""Parameters that point to a person: never to be written anywhere."""

IDENTIFYING_NAMES: Final[frozenset[str]] = frozenset(
    name
    for name, canonical in [*ALIASES.items(), *((name, name) for name in CLICK_IDS)]
    if CLICK_IDS[canonical].privacy != "C" and not CLICK_IDS[canonical].hosts
)
"""Parameters whose value is unique to a click, a browser or a person: to be cut from stored URLs and referrers.

Names scoped to some hosts are not here, since they mean other things elsewhere: ask `click_id(name, host)`.
"""


def click_id(name: str, host: str = "") -> ClickId | None:
    """The click id called `name` (any case, aliases included), or None.

    A scoped name is answered only for a `host` in its scope.
    """
    folded = name.lower()
    found = CLICK_IDS.get(ALIASES.get(folded, folded))
    if found and found.hosts and not any(host == h or host.endswith("." + h) for h in found.hosts):
        return None
    return found
