"""The language that a browser asks for."""

from __future__ import annotations

from collections.abc import Sequence


def preferred(accepted: str, languages: Sequence[str]) -> str:
    """Of `languages` the one that an Accept-Language header likes best; the first if it names none.

    Source: RFC 9110, 12.5.4. A region is ignored: `fr-CA` is French.
    """
    wishes = []
    for wish in accepted.split(","):
        tag, _, weight = wish.partition(";q=")
        try:
            wishes.append((float(weight or 1), tag.strip().lower()[:2]))
        except ValueError:
            continue
    known = [(weight, tag) for weight, tag in wishes if tag in languages and weight > 0]
    return max(known, key=lambda wish: wish[0])[1] if known else languages[0]
