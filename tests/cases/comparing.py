"""Expected and found: a subset match, exact where a set of keys is the point."""

from __future__ import annotations

from math import isclose
from typing import Any

_EXACT = frozenset({"persons", "credit", "groups", "depth", "exits", "last_field", "touched"})


def difference(expected: Any, found: Any, at: str = "") -> str | None:
    """The first difference in words, None if what is expected was found. Numbers agree within 1e-6, or in the seven
    decimals that tables give."""
    if isinstance(expected, dict):
        return _objects(expected, found, at)
    if isinstance(expected, list):
        return _lists(expected, found, at)
    if isinstance(expected, bool) or expected is None or isinstance(expected, str):
        same = type(expected) is type(found) and expected == found
    else:
        number = isinstance(found, int | float) and not isinstance(found, bool)
        same = number and isclose(expected, found, rel_tol=1e-6, abs_tol=5e-7)
    return None if same else f"{at or 'result'}: expected {expected!r}, found {found!r}"


def _objects(expected: dict[str, Any], found: Any, at: str) -> str | None:
    if not isinstance(found, dict):
        return f"{at or 'result'}: expected {expected!r}, found {found!r}"
    if at.rpartition(".")[2] in _EXACT and set(expected) != set(found):
        return f"{at}: expected the keys {sorted(expected)}, found {sorted(found)}"
    for key, value in expected.items():
        if key not in found:
            return f"{at}.{key}".lstrip(".") + f": expected {value!r}, found nothing of that name"
        if said := difference(value, found[key], f"{at}.{key}".lstrip(".")):
            return said
    return None


def _lists(expected: list[Any], found: Any, at: str) -> str | None:
    if not isinstance(found, list | tuple) or len(expected) != len(found):
        return f"{at or 'result'}: expected {expected!r}, found {found!r}"
    parts = (difference(one, other, f"{at}[{n}]") for n, (one, other) in enumerate(zip(expected, found, strict=True)))
    return next((said for said in parts if said), None)
