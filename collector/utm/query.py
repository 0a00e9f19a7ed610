"""Campaign tags out of a raw query string: the reader every collected event goes through.

Forgiving by design: links are pasted out of HTML (`&amp;`), joined by hand (a second `?`), re-encoded by
e-mail software and typed in capitals. Values are decoded and trimmed, never re-cased.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from . import registry

_MAPPED: Final = len(registry.FIELDS)  # slots 0-5: utm_*; 6-11: the same fields from the other families
_EXTRA: Final = 2 * _MAPPED
_CLICK: Final = _EXTRA + 1  # an id unique to a click names the click ...
_HINT: Final = _CLICK + 1  # ... the others (campaign level, recipient) speak only when there is none
_HINT_KEPT: Final = _HINT + 1


_AMPERSANDS: Final = re.compile(r"(?:amp;)+")


class Tags(NamedTuple):
    """What a link says about its campaign. Fields are decoded and trimmed, in the case they were written in.

    `extra`: other known campaign-level parameters, (lower-case name, value), in order of appearance.
    `click_id`: the registry's name of the click id present; never the value of one that identifies a click or
    a person.
    """

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    term: str | None = None
    content: str | None = None
    id: str | None = None
    extra: tuple[tuple[str, str], ...] = ()
    click_id: str | None = None


EMPTY_TAGS: Final = Tags()


def reader(*optional: str) -> Callable[[str], Tags]:
    """A reader that also reads the `optional` families of the registry ("adobe": cid; "ref": source, ref).

    Raises ValueError for a family the registry does not have.
    """
    roles = _roles(optional)
    return lambda query: _read(query, roles)


def tags(query: str) -> Tags:
    """The campaign tags of `query`: a raw query without its `?` (a leading one does no harm).

    utm_* win over the other families, field by field; of a repeated parameter the first that is not empty
    counts. Never raises. Values are not shortened: whoever keeps them sets the limit.
    """
    return _read(query, _ROLES) if "=" in query else EMPTY_TAGS


Role = tuple[int, str]


def _roles(optional: tuple[str, ...] = ()) -> dict[str, Role]:
    """Lower-case parameter name → (slot, canonical name)."""
    roles: dict[str, Role] = {}
    for family in optional:
        if family not in registry.OPTIONAL_FAMILIES:
            known = ", ".join(registry.OPTIONAL_FAMILIES)
            raise ValueError(f"family must be one of {known}, not {family!r}")
        roles |= {
            name: _campaign_role(name, field, _MAPPED) for name, field in registry.OPTIONAL_FAMILIES[family].items()
        }
    for family, names in registry.FAMILIES.items():
        first = 0 if family == "utm" else _MAPPED
        roles |= {name: _campaign_role(name, field, first) for name, field in names.items()}
    # A scoped name belongs to other people's sites; one that implies no source says nothing about this visit.
    clicks = {c.name: (_click_slot(c), c.name) for c in registry.CLICK_IDS.values() if c.source and not c.hosts}
    aliases = {alias: clicks[name] for alias, name in registry.ALIASES.items() if name in clicks}
    return roles | clicks | aliases


def _campaign_role(name: str, field: str, first: int) -> Role:
    return (_EXTRA, name) if field == "extra" else (first + registry.FIELDS.index(field), name)


def _click_slot(click: registry.ClickId) -> int:
    return {"U": _CLICK, "P": _HINT, "C": _HINT_KEPT}[click.privacy]


_ROLES: Final = _roles()


def _read(query: str, roles: dict[str, Role]) -> Tags:
    fields: list[str | None] = [None] * (2 * _MAPPED)
    extra: dict[str, str] = {}
    click = hint = None
    found = False
    pairs = query.split("&") if "?" not in query else resplit(query, roles)
    for pair in pairs:
        key, _, raw = pair.partition("=")
        role = roles.get(key.lower())
        if role is None and ("%" in key or ";" in key):
            role = roles.get(fold(key))
        if role is None or not raw or not (value := decode(raw)):
            continue
        found = True
        slot, name = role
        if slot < _EXTRA:
            fields[slot] = fields[slot] or value
        elif slot == _CLICK:
            click = click or name
        else:
            if slot != _EXTRA:
                hint = hint or name
            if slot != _HINT:
                extra.setdefault(name, value)
    if not found:
        return EMPTY_TAGS
    s, m, c, t, n, i, s2, m2, c2, t2, n2, i2 = fields
    return Tags(s or s2, m or m2, c or c2, t or t2, n or n2, i or i2, tuple(extra.items()), click or hint)


def resplit(query: str, roles: dict[str, Role] = _ROLES) -> list[str]:
    """Pairs of a query in which a `?` may stand for a `&`; a `?` inside a nested URL is left alone. What stands behind
    one comes last: a parameter that every tool reads goes before one that only this reader finds."""
    pairs: list[str] = []
    behind: list[str] = []
    for pair in query.split("&"):
        head, mark, tail = pair.partition("?")
        if mark and "/" not in head and fold(tail.partition("=")[0]) in roles:
            pairs.append(head)
            behind.append(tail)
        else:
            pairs.append(pair)
    return pairs + behind


def fold(key: str) -> str:
    """A parameter name as meant: decoded, lower-case, without what `&amp;` leaves in front."""
    name = (_unquote(key) if "%" in key else key).strip().lower()
    return _AMPERSANDS.sub("", name, 1) if name.startswith("amp;") else name


def decode(raw: str) -> str:
    """A value as meant: `+` and %XX decoded, trimmed, without control characters."""
    if "+" in raw:
        raw = raw.replace("+", " ")
    if "%" in raw:
        raw = _unquote(raw)
    if not raw.isprintable():
        raw = "".join(map(_printable, raw))
    return raw.strip()


def _unquote(raw: str) -> str:
    """Percent-decoded. Bytes that are not UTF-8 are read as Windows-1252: old sites still send `%E9` for
    é."""
    octets = unquote_to_bytes(raw.encode("utf-8", "replace"))
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")


def _printable(char: str) -> str:
    """`char`, or a space for a control character and a replacement mark for half a surrogate pair."""
    kind = unicodedata.category(char)
    return " " if kind == "Cc" else "\ufffd" if kind == "Cs" else char
