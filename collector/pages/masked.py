"""Charts of shared pages. They are made of answers whose small cells are hidden already, and of nothing else: what is
hidden cannot be drawn, and no length, place or text follows from it. A hidden value is a gap in a line, a bar without
a length, and "hidden" where its figure stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from collector.charts import Bar, Drawing, Step, bars, steps
from collector.pages.listing import TITLES, written
from collector.pages.sight import Sight
from collector.pages.timeline import timeline
from collector.pages.words import Words, mark
from collector.reports.answer import Answer
from collector.reports.statistics import ratio, wilson

# What bars are made of: the first of these that is there.
_COUNTED: Final = ("sessions", "views", "carts", "credit", "conversions")
_NAMES: Final = {"carts": mark("Carts"), "credit": mark("Conversions")}
_PARTS: Final = 10  # bars at most
_LEFT_OUT: Final = ("quality", "utm_audit")  # their rows are no parts of one whole


def chart(sight: Sight, title: str, answer: Answer) -> Drawing | None:
    """The answer's chart, as its page draws one, else its rows as bars; None where there is nothing to draw."""
    words, rows = sight.words, answer.rows
    if answer.report == "overview" and len(rows) > 1:
        return _days(sight, _figure(sight, answer), rows)
    if "currency" in answer.columns:
        return None  # bars of several currencies are parts of nothing
    if answer.report == "consent":
        return _granted(sight, rows)
    if rows and "reached" in answer.columns and "step" in answer.columns:
        return None if _labels(answer)[0] != "step" else _steps(words, title, rows)
    if _rated(answer):
        return _rates(words, answer)
    return None if answer.report in _LEFT_OUT else _bars(words, title, answer)


def titled(sight: Sight, title: str, answer: Answer) -> str:
    """What stands above the chart: the panel's title with what its bars count, or what its line draws."""
    days = {"overview": _figure(sight, answer), "consent": "granted"}
    if answer.report not in days:
        return _named(sight.words, title, answer)
    return sight.words(mark("%(figure)s by day"), figure=sight.words(TITLES[days[answer.report]]))


def _named(words: Words, title: str, answer: Answer) -> str:
    column = _counted(answer)
    if _rated(answer):
        return words.pair(words(title), words(mark("Conversion rate")))
    return words.pair(words(title), _name(words, column)) if column and "step" not in answer.columns else words(title)


def _rated(answer: Answer) -> bool:
    """Whether rates are drawn, and not what they are of."""
    rates = (_number(row.get("conversion_rate")) for row in answer.rows)
    return "campaign" in answer.columns and any(rate is not None for rate in rates)


def _figure(sight: Sight, answer: Answer) -> str:
    figure = sight.filters.one("figure", "visitors")
    return figure if figure in answer.columns and figure in TITLES else "visitors"


def _days(sight: Sight, column: str, rows: Sequence[Mapping[str, Any]]) -> Drawing:
    return timeline(sight, column, [{"day": row["day"], column: _number(row[column])} for row in rows])


def _granted(sight: Sight, rows: Sequence[Mapping[str, Any]]) -> Drawing | None:
    """Grants by day; a day of which a part is hidden is a gap."""
    days: dict[str, float | None] = {}
    for row in rows:
        if row["state"] == "granted":
            known, n = days.get(row["day"], 0), _number(row["receipts"])
            days[row["day"]] = None if known is None or n is None else known + n
    listed = [{"day": day, "granted": n} for day, n in sorted(days.items())]
    return timeline(sight, "granted", listed) if len(listed) > 1 else None


def _steps(words: Words, title: str, rows: Sequence[Mapping[str, Any]]) -> Drawing:
    first = _number(rows[0]["reached"])
    drawn = []
    for row in rows:
        reached = _number(row["reached"])
        share = ratio(reached, first) if reached is not None and first is not None else None
        told = written(words, "reached", row["reached"])
        told += f" · {words.percent(share)}" if share is not None and row is not rows[0] else ""
        low, high = (_number(row.get(end)) if row is not rows[0] else None for end in ("low", "high"))
        drawn.append(Step(str(row["label"]), share, told, "", low, high))
    return steps(words(title), drawn)


def _rates(words: Words, answer: Answer) -> Drawing:
    """Conversion rates with their intervals."""
    rows = answer.rows[:_PARTS]
    bounds = [_interval(row) for row in rows]
    most = max((high for _, high in bounds), default=0) or 1
    parts = []
    for row, (low, high) in zip(rows, bounds, strict=True):
        rate, sessions = _number(row.get("conversion_rate")), written(words, "sessions", row.get("sessions"))
        told = words(mark("%(rate)s of %(n)s"), rate=words.percent(row.get("conversion_rate")), n=sessions)
        ends = (low / most, high / most) if rate is not None and high else (None, None)
        parts.append(Bar(_label(words, answer, row), None if rate is None else rate / most, told, *ends))
    return bars(words(mark("Conversion rate")), parts)


def _interval(row: Mapping[str, Any]) -> tuple[float, float]:
    """That of a rate whose counts are both shown; nothing for another."""
    converted, sessions = (_number(row.get(name)) for name in ("converted", "sessions"))
    if converted is None or sessions is None or _number(row.get("conversion_rate")) is None:
        return 0.0, 0.0
    return wilson(int(converted), int(sessions)) or (0.0, 0.0)


def _bars(words: Words, title: str, answer: Answer) -> Drawing | None:
    """Rows as parts, as long as the longest that is shown."""
    column = _counted(answer)
    if "state" in _labels(answer)[1:]:
        return None  # parts of each group: bars of all would be parts of nothing
    rows = answer.rows[:_PARTS]
    known = [n for row in rows if column and (n := _number(row.get(column))) is not None]
    if column is None or len(rows) < 2 or not known:
        return None
    most = max(known) or 1
    parts = []
    for row in rows:
        n = _number(row.get(column))
        told = written(words, column, row.get(column))
        parts.append(Bar(_label(words, answer, row), None if n is None else n / most, told))
    return bars(_named(words, title, answer), parts)


def _counted(answer: Answer) -> str | None:
    return next((name for name in _COUNTED if name in answer.columns), None)


def _name(words: Words, column: str) -> str:
    return words(TITLES.get(column) or _NAMES[column])


def _labels(answer: Answer) -> list[str]:
    """The columns that say what a row is about: those before its counts."""
    counted = {"reached", *_COUNTED}
    names = []
    for name in answer.columns:
        if name in counted:
            break
        names.append(name)
    return names or ["step"]


def _label(words: Words, answer: Answer, row: Mapping[str, Any]) -> str:
    known = [name for name in _labels(answer) if row.get(name) is not None]
    return " · ".join(written(words, name, row[name]) for name in known) or words.none


def _number(value: object) -> float | None:
    """A number that is shown; None for what is hidden or not known."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
