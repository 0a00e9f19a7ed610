"""A browser's time zone to a country: no address is needed for it.

From the zone tables of the tz database (public domain), as the `tzdata` package ships them. A zone that several
countries share gives the first, which is the most populous one by the tables' own rule; that is an estimate.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

# Names that the tables dropped or renamed and that browsers still report.
_RENAMED = {
    "Asia/Calcutta": "IN",
    "Asia/Katmandu": "NP",
    "Asia/Rangoon": "MM",
    "Asia/Saigon": "VN",
    "America/Buenos_Aires": "AR",
    "Atlantic/Faeroe": "FO",
    "Europe/Kiev": "UA",
    "America/Godthab": "GL",
    "Africa/Asmera": "ER",
    "Pacific/Truk": "FM",
    "Pacific/Ponape": "FM",
}
_CODE = re.compile(r"^[A-Z]{2}\Z")
_UNKNOWN = frozenset({"XX", "T1", "ZZ"})


def country(header: str | None, zone: str | None) -> str | None:
    """The ISO 3166 code from a trusted proxy's header, else from the time zone, else None."""
    if header and _CODE.match(header) and header not in _UNKNOWN:
        return header
    return _zones().get(zone) if zone else None


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows} | _RENAMED
