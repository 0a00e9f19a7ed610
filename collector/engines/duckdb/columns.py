"""The columns of a segment, in one place: their types, where the log's short names go, and the forms that files have.

A file says by its number which form it has, in the log beside its name. What is written has the newest; whoever reads
gets the columns of all forms alike, which are these with `received` in place of `delay`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PACKED: Final = 1  # the form since visitors are stored as UUIDs where they are such; before, as texts
FORM: Final = 2  # today's: arrivals are stored as distances, pages and grants wide; before, as times and numbers
# name of the column → (its short name in the log, its type)
LOGGED: Final = {
    "seq": ("#", "BIGINT"),
    "site": ("s", "INTEGER"),
    "id": ("id", "VARCHAR"),
    "t": ("t", "BIGINT"),
    "delay": ("r", "BIGINT"),  # ms from the event to its arrival; below 0 if its clock was ahead
    "name": ("n", "VARCHAR"),
    "user_id": ("u", "VARCHAR"),
    "page": ("g", "VARCHAR"),
    "page_seq": ("q", "BIGINT"),
    "host": ("h", "VARCHAR"),
    "path": ("p", "VARCHAR"),
    "query": ("y", "VARCHAR"),
    "referrer_host": ("rh", "VARCHAR"),
    "referrer_path": ("rp", "VARCHAR"),
    "source": ("us", "VARCHAR"),
    "medium": ("um", "VARCHAR"),
    "campaign": ("uc", "VARCHAR"),
    "term": ("ut", "VARCHAR"),
    "content": ("uo", "VARCHAR"),
    "campaign_id": ("ui", "VARCHAR"),
    "extra": ("ux", "JSON"),
    "click_id": ("k", "VARCHAR"),
    "browser": ("b", "VARCHAR"),
    "system": ("o", "VARCHAR"),
    "device": ("d", "VARCHAR"),
    "bot": ("z", "VARCHAR"),
    "country": ("c", "VARCHAR"),
    "props": ("x", "JSON"),
    "amount": ("a", "VARCHAR"),
    "currency": ("m", "VARCHAR"),
    "state": ("cs", "VARCHAR"),
    "consent_source": ("cr", "VARCHAR"),
    "policy": ("cp", "VARCHAR"),
    "consented_at": ("ct", "BIGINT"),
    "flags": ("f", "VARCHAR[]"),
}
_UUID: Final = "[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}"
_IS_UUID: Final = f"""regexp_full_match("id", '{_UUID}')"""
# What the log stores shorter: a grant's time as a distance from the event's own, a grant as its source alone. A page's
# id only tells pages apart: 64 bits of it do, and take half the room. An id that is a UUID has a column of its own:
# packed, its 16 bytes take 3 bytes less than its 36 letters. So has a visitor: 0.6 bytes an event less, and read in
# half the time.
# Numbers are written as differences; of those that do not go up, pages and grants, these take 2.1 bytes an event more
# where browsers sent it: so they are 128 bits, which are written as they are.
_WIDE: Final = "try_cast({} AS UHUGEINT)::UUID"
_DERIVED: Final = {
    "consented_at": _WIDE.format('"t" - "ct"'),
    "state": """coalesce("cs", CASE WHEN "cr" IS NOT NULL THEN 'granted' END)""",
    "page": _WIDE.format('CASE WHEN "g" IS NOT NULL THEN hash("g") END'),
    "id": f'CASE WHEN NOT {_IS_UUID} THEN "id" END',
    "uuid": f'CASE WHEN {_IS_UUID} THEN try_cast("id" AS UUID) END',
}
_WHOLE: Final = {
    "id": 'coalesce("id", "uuid"::VARCHAR)',
    "visitor": 'coalesce("visitor", "visitor_uuid"::VARCHAR)',
}
_NUMBERS: Final = {"page": "UBIGINT", "consented_at": "BIGINT"}
_KINDS: Final = dict.fromkeys(_NUMBERS, "UUID")
DEVICE: Final = ("v", "VARCHAR")  # the browser's id, which becomes `visitor`
ENRICHED: Final = {
    "visitor": "VARCHAR",  # the device's pseudonymous id; the page or the event itself where it has none
    "touch_source": "VARCHAR",
    "touch_medium": "VARCHAR",
    "touch_campaign": "VARCHAR",
    "channel": "VARCHAR",
    "tag": "VARCHAR",
    "internal": "BOOLEAN",
}
SEALED: Final = {
    "uuid": "UUID",  # the id if it is one; `id` is then null
    "visit": "BIGINT",  # the visit that the event belongs to, see `visits`; null for a declared bot's
    "visitor_uuid": "UUID",  # the visitor if it is one; in a file `visitor` is then null
}
TRACE: Final = ("source", "medium", "campaign", "campaign_id", "click_id", "referrer_host", "referrer_start")


def json_columns() -> str:
    """The log's lines as DuckDB's JSON reader wants them."""
    return "{" + ", ".join(f"'{short}': '{kind}'" for short, kind in (*LOGGED.values(), DEVICE)) + "}"


def renamed() -> str:
    """The log's short names as the columns' own, for a SELECT."""
    sources = {name: f'"{short}"' for name, (short, _) in LOGGED.items()} | _DERIVED
    return ", ".join(f'{source} AS "{name}"' for name, source in sources.items())


def definition() -> str:
    """The columns of an empty table of events."""
    return ", ".join(f'"{name}" {kind}' for name, kind in _kinds().items())


def stored() -> str:
    """Every column of a segment, in order, of the table of events that is to be one."""
    return _listed({"visitor": 'CASE WHEN "visitor_uuid" IS NULL THEN "visitor" END'})


def read(visited: bool = True, form: int = FORM) -> str:
    """The same for whoever reads a file of this form, or a table that is to be one: `id` and `visitor` are whole,
    `received` (ms UTC) is told; `visitor_text` is the visitor where it is no UUID. A segment sealed before there were
    visits (`visited`) has ids as texts alone."""
    numbers = {name: f'"{name}"::UHUGEINT::{kind}' for name, kind in _NUMBERS.items()}
    changed = _WHOLE | ({"delay": '"t" + "delay"'} | numbers if form >= FORM else {"delay": '"received"'})
    if form < PACKED:
        changed |= {"visitor": '"visitor"', "visitor_uuid": "NULL::UUID"}
    if not visited:
        changed |= {"id": '"id"', "uuid": _DERIVED["uuid"], "visit": "NULL::BIGINT"}
    return _listed(changed, {"delay": "received"}) + ', "visitor" AS "visitor_text"'


def again(form: int = FORM) -> str:
    """The columns of a file of this form for a table of events that is to be one again: all but the visits."""
    changed = {"visit": "NULL::BIGINT", "visitor": _WHOLE["visitor"]}
    if form < PACKED:
        changed |= {"visitor": '"visitor"', "visitor_uuid": as_uuid('"visitor"')}
    if form < FORM:
        changed |= {"delay": '"received" - "t"'} | {name: _WIDE.format(f'"{name}"') for name in _NUMBERS}
    return _listed(changed)


def as_uuid(visitor: str) -> str:
    """A visitor's text as a UUID, null if it is none."""
    return f"CASE WHEN regexp_full_match({visitor}, '{_UUID}') THEN try_cast({visitor} AS UUID) END"


def _listed(changed: dict[str, str], called: Mapping[str, str] = {}) -> str:
    sources = {name: f'"{name}"' for name in _kinds()} | changed
    return ", ".join(f'{source} AS "{called.get(name, name)}"' for name, source in sources.items())


def _kinds() -> dict[str, str]:
    return {name: kind for name, (_, kind) in LOGGED.items()} | _KINDS | ENRICHED | SEALED
