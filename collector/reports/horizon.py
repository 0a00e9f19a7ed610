"""How far a visitor is known. Without a grant a visitor is a hash of one day of the site: who came on two days cannot
be told, nor what somebody did the day after. A report that looks further says so and gives no number for it.

A question about visits is answered: a visit that runs over midnight keeps its hash. A question that follows persons
leaves such events out beyond that day, or is refused where there are no others. Distinct visitors over more than a day
are null.
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any, Final

from msgspec.structs import replace

from collector.event import YEAR_2100
from collector.reports.answer import Answer
from collector.reports.parts import DAY, SpecError
from collector.reports.questions import Abandonment, Attribution, Funnel, Persons, Question, Realtime
from collector.reports.remark import remark

_UNKNOWN: Final = "visitors"
_BY_DAY: Final = frozenset({"overview"})  # its rows are days of the site, and known


def follows(asked: Question) -> bool:
    """Whether the question is about persons, whatever visits they came in."""
    if isinstance(asked, Funnel):
        return asked.scope != "session"
    if isinstance(asked, Abandonment):
        return asked.type == "cart" and asked.method != "session"
    return isinstance(asked, Attribution | Persons)


def beyond(asked: Question, zone: tzinfo, timeout: int, now: int) -> bool:
    """Whether the question looks further than one day of the site. `zone` is the site's, `timeout` (ms) its
    session's: a visit that runs on is known over midnight."""
    if _reach(asked) > DAY:
        return True
    start, stop = asked.range.start, min(now, asked.range.stop or now)
    if isinstance(asked, Realtime):
        start = now - asked.minutes * 60_000
    if start is None or max(start, stop) > YEAR_2100:
        return True
    days = [datetime.fromtimestamp(t / 1000, zone).date() for t in (start, max(start, stop - 1))]
    return days[0] != days[1] and stop - start > timeout


def refused(asked: Question) -> SpecError:
    """What to say where the question could only be about visitors of a day."""
    if isinstance(asked, Funnel):
        return SpecError(
            "scope",
            "%(field)s: expected one day of the site, a window of at most a day, or scope session: without consent "
            "visitors are known for one day, and there is nobody else in this range",
        )
    return SpecError(
        "range",
        "%(field)s: expected one day of the site: without consent visitors are known for one day, and there is nobody "
        "else in this range",
    )


def told(answer: Answer, nameless: int) -> Answer:
    """The answer without the numbers that cannot be known, and a note that says why; as it is if it has none."""
    if not any(_UNKNOWN in found for found in (answer.totals, *answer.rows[:1])):
        return answer
    rows = answer.rows if answer.report in _BY_DAY else [_without(row) for row in answer.rows]
    note = remark("nameless", n=nameless)
    return replace(answer, rows=rows, totals=_without(answer.totals), notes=[*answer.notes, note])


def shortened(answer: Answer, nameless: int) -> Answer:
    """The answer about those who can be followed, and a note on who is left out."""
    note = remark("left_out", n=nameless)
    return replace(answer, notes=[*answer.notes, note])


def assumed(answer: Answer, unproven: int) -> Answer:
    """The answer with a note on what a grant joined to its visitor that only a hash of the day says is theirs."""
    if not unproven:
        return answer
    note = remark("assumed", n=unproven)
    return replace(answer, notes=[*answer.notes, note])


def _without(found: dict[str, Any]) -> dict[str, Any]:
    return {name: None if name == _UNKNOWN else value for name, value in found.items()}


def _reach(asked: Question) -> int:
    """How far (ms) beyond its range the question follows somebody."""
    if isinstance(asked, Funnel) and asked.scope == "person" and asked.range.end != "all":
        return asked.window if asked.window is not None else 2 * DAY
    if isinstance(asked, Attribution):
        return asked.lookback
    if isinstance(asked, Abandonment) and follows(asked):
        return asked.recover
    return 0
