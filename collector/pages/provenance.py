"""What a panel's figures rest on, in a line: how many events, how many of them with consent, and how to know more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from collector.pages.comparison import BEFORE
from collector.pages.sight import Sight
from collector.pages.words import UNKNOWN, mark
from collector.reports.answer import Answer


class Provenance(NamedTuple):
    """The line, and what is told where it is opened: titles and texts."""

    line: str
    facts: Sequence[tuple[str, str]]


def provenance(sight: Sight, answers: Mapping[str, Answer]) -> Provenance | None:
    """That of the answer that the panel is made of; None for a panel that asks nothing."""
    found = next((answer for name, answer in answers.items() if not name.startswith(BEFORE)), None)
    if found is None:
        return None
    words, zone, data = sight.words, sight.filters.zone, found.data
    line = words.many(
        "Based on %(n)s event, %(consented)s of it with consent (%(share)s)",
        "Based on %(n)s events, %(consented)s of them with consent (%(share)s)", data.events,
        consented=words.number(data.consented),
        share=words.percent(data.consented / data.events if data.events else None),
    )  # fmt: skip
    bounds = (words.moment(data.start, zone), words.moment(data.stop, zone)) if data.events else (UNKNOWN, UNKNOWN)
    facts = (
        (mark("Kept without consent, under an exemption"), words.number(data.events - data.consented)),
        (mark("The first one"), bounds[0]),
        (mark("The last one"), bounds[1]),
        (mark("Log read up to entry"), words.number(data.through_seq)),
    )
    return Provenance(line, [(words(title), text) for title, text in facts])
