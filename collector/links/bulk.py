"""A sheet of links into the registry: every row made a draft or told its faults, then issued, or rehearsed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from collector.journal import Draft, Link, Outcome
from collector.journal.links import rehearsed
from collector.links.order import Desk, Fault, Made, Order, Refused, draft, refusal
from collector.links.remark import Sentence
from collector.links.sheet import Row
from collector.links.target import PATH
from collector.utm.sentences import Language

OUTCOMES: Final = ("added", "known", "changed", "refused")
COLUMNS: Final = ("row", "outcome", "code", "short", "target", "fault", "warning")
_OWN: Final = ("url", "code", "note", "expires", "author")


class Line(NamedTuple):
    """What became of a row: `made`, or `faults`; `outcome` is empty until it is issued."""

    row: int
    made: Made | None
    faults: list[Fault]
    outcome: str = ""
    code: str = ""


def drafted(rows: Sequence[Row], desk: Desk, author: str, advance: Callable[[int], object] = bool) -> Iterator[Line]:
    """Each row's draft or faults; `advance` is told of every row. `author` where the row names none."""
    for row in rows:
        yield _line(row, desk, author)
        advance(1)


def drafts(lines: Sequence[Line]) -> list[Draft]:
    """Those that can be issued."""
    return [line.made.draft for line in lines if line.made]


def settled(lines: Sequence[Line], outcomes: Sequence[Outcome]) -> list[Line]:
    """The lines with the registry's outcomes, which are those of `drafts(lines)`."""
    left = iter(outcomes)
    return [_settled(line, next(left)) if line.made else line._replace(outcome="refused") for line in lines]


def rehearsal(lines: Sequence[Line], known: Sequence[Link]) -> list[Line]:
    """The same without issuing anything."""
    return settled(lines, rehearsed(known, drafts(lines)))


def counted(lines: Sequence[Line]) -> dict[str, int]:
    """How many of each outcome."""
    counts = Counter(line.outcome for line in lines)
    return {outcome: counts[outcome] for outcome in OUTCOMES}


def told(line: Line, origin: str, language: Language) -> dict[str, Any]:
    """A line as it is shown: row, outcome, code, short address, target, warnings, and faults with column, value and
    what was expected; `fault` and `warning` are their sentences as one text."""
    faults = [
        {"column": fault.field, "value": fault.value, "message": fault.sentence.say(language)} for fault in line.faults
    ]
    warnings = [_said(warning, language) for warning in (line.made.warnings if line.made and not faults else ())]
    return {
        "row": line.row,
        "outcome": line.outcome,
        "code": line.code,
        "short": f"{origin}{PATH}{line.code}" if line.code else "",
        "target": line.made.draft.target if line.made else "",
        "warnings": warnings,
        "faults": faults,
        "fault": " ".join(fault["message"] for fault in faults),
        "warning": " ".join(warning["message"] for warning in warnings),
    }


def _said(warning: Sentence, language: Language) -> dict[str, str]:
    return {"code": warning.code, "field": warning.field, "message": warning.say(language)}


def _line(row: Row, desk: Desk, author: str) -> Line:
    campaign = {name: text for name, text in row.cells.items() if name not in _OWN}
    url, code, note, expires, asker = (row.cells.get(name, "") for name in _OWN)
    try:
        made = draft(Order(url, campaign, code, note, asker or author, expires), desk)
    except Refused as refused:
        told = {fault.field for fault in row.faults}  # a bad cell is told once
        return Line(row.number, None, [*row.faults, *(fault for fault in refused.faults if fault.field not in told)])
    return Line(row.number, None, row.faults) if row.faults else Line(row.number, made, [])


def _settled(line: Line, outcome: Outcome) -> Line:
    if outcome.what in ("taken", "removed"):
        return line._replace(outcome="refused", faults=[refusal(outcome.what, outcome.code)])
    return line._replace(outcome=outcome.what, code=outcome.code)
