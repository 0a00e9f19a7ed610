"""Small cells of an answer hidden, for whoever may see a site's figures and nobody's visits.

A count under the threshold is told as `HIDDEN`, and with it goes whatever its row says beside counts: a rate of two
visits says as much as the two. A rate that is a whole share of a large count, and not of few, stays. Where one cell of
a column alone is hidden, the next smallest is hidden too, or the total would tell it; so it is where a sum has one
split only into counts as small, or one only for which as many cells would be hidden. It is so within each step and
currency too, because their sums stand in other tables. Both are told by the same word: it says nothing of how large a
count is. Rows that were ranked by what is hidden come last, by name: their order would tell it. Zero stays: it is about
nobody. Not promised: that nobody can work out a count as the difference of two large ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import msgspec

from collector.reports.answer import Answer


class Hidden(str):
    """A text that no campaign's name is, though it be spelt the same."""

    __slots__ = ()


HIDDEN: Final = Hidden("hidden")
ORDINALS: Final = frozenset({"step", "score", "touches"})  # whole numbers that count nobody
_CREDITED: Final = frozenset({"credit", "conversions"})  # counts that models part: 0.4 of a conversion is few, no rate
_MEASURED: Final = re.compile(r".*_ms|days_.*|.*ratio|value|revenue")  # what is told of what a row counts
_TOLD: Final = 40  # hidden cells of which is asked what they tell by being so many
_LOOKED: Final = 50  # values of the largest one that are tried
_IN_ORDER: Final = frozenset({"day", "step", "state", "outcome"})  # rows of these are ranked by no count
_SUMMED: Final = {"abandonment": ("step", "currency"), "consent": ("state",)}  # each has its sum in another place
_RANKED: Final = {"campaigns": "sessions", "channels": "sessions", "pages": "views", "journeys": "sessions"}


def hidden(answer: Answer, least: int) -> Answer:
    """The answer without its counts under `least`, and with its columns and single totals only; 0: as it is.

    A hidden cell is `HIDDEN`, and so is a number that follows from one; what is several numbers is None. A note that
    names a small number is left out.
    """
    if least <= 0:
        return answer
    sums = {key: value for key, value in answer.totals.items() if _counts(key, value)}
    rows = [_row({column: row.get(column) for column in answer.columns}, row, least, sums) for row in answer.rows]
    for column in answer.columns:
        for part in _parted(answer):
            _complement([rows[n] for n in part], [answer.rows[n] for n in part], column, least)
    rows = _listed(answer, rows)
    totals = {key: value for key, value in answer.totals.items() if not isinstance(value, dict | list)}
    notes = [note for note in answer.notes if not any(0 < int(n) < least for n in re.findall(r"\d+", note))]
    return msgspec.structs.replace(answer, rows=rows, totals=_row(totals, answer.totals, least), notes=notes)


def _parted(answer: Answer) -> Iterator[list[int]]:
    """The rows, by number, whose counts add up to a sum that is told: those of a step, a currency, and all."""
    for name in _SUMMED.get(answer.report, ()):
        if name in answer.columns:
            for value in dict.fromkeys(row.get(name) for row in answer.rows):
                yield [n for n, row in enumerate(answer.rows) if row.get(name) == value]
    yield list(range(len(answer.rows)))


def _row(
    shown: Mapping[str, Any], whole: Mapping[str, Any], least: int, sums: Mapping[str, float] = MappingProxyType({})
) -> dict[str, Any]:
    """A row as it may be shown. All that it holds says whether it is small, also what no column shows; `sums` are the
    counts that a rate of it may be a share of too."""
    small = any(_counts(key, value) and _few(value, least) for key, value in whole.items())
    small = small or any(_few(part, least) for rate in whole.values() for part in _parts(rate, whole))
    return {
        key: _cell(key, value, small and not _of_many(value, whole, sums, least), least) for key, value in shown.items()
    }


def _cell(key: str, value: Any, small: bool, least: int) -> Any:
    if _counts(key, value) and _few(value, least):
        return HIDDEN
    if small and isinstance(value, dict | list):
        return None
    derived = isinstance(value, float) or (isinstance(value, int) and _MEASURED.fullmatch(key))
    return HIDDEN if small and derived else value


def _listed(answer: Answer, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in an order that tells no hidden count: what was ranked by one goes last, by its names."""
    if _IN_ORDER & set(answer.columns):
        return list(rows)
    ranked = [_RANKED[answer.report]] if answer.report in _RANKED else answer.columns
    shown, last = [], []
    for row, whole in zip(rows, answer.rows, strict=True):
        if any(row.get(column) != whole.get(column) for column in ranked):
            names = [value if isinstance(value := whole.get(name), str) else "" for name in answer.columns]
            last.append((names, row))
        else:
            shown.append(row)
    return shown + [row for _, row in sorted(last, key=lambda one: one[0])]


def _complement(rows: Sequence[dict[str, Any]], whole: Sequence[Mapping[str, Any]], column: str, least: int) -> None:
    """Hide the next smallest cells of a column, as long as what is hidden could be told from its sum."""
    pairs = list(zip(rows, whole, strict=True))
    while cells := [old[column] for row, old in pairs if row[column] is HIDDEN and _counts(column, old[column])]:
        others = [row for row in rows if _counts(column, row[column]) and row[column] > 0]
        next_ = min(others, key=lambda row: float(row[column]), default=None)
        if next_ is None or not told_by_sum(cells, least, next_[column]):
            return
        for key, value in next_.items():
            next_[key] = _cell(key, value, True, least)  # its rates would tell it
        next_[column] = HIDDEN


def told_by_sum(cells: Sequence[float], least: int, next_: float) -> bool:
    """Whether the sum of hidden cells has one split only into as many counts under `least`; where a larger one is among
    them, into counts up to `next_`, the smallest that is shown; or one only of those for which as many would be hidden,
    which whoever knows this rule can tell."""
    n, total = len(cells), sum(cells)
    if n > _TOLD or not float(total).is_integer():
        return _splits(n, total, least - 1 if total <= n * (least - 1) else next_) < 2
    return _told(n, int(total), int(next_), least)


@lru_cache(4_096)
def _told(n: int, total: int, next_: int, least: int) -> bool:
    most = least - 1 if total <= n * (least - 1) else next_
    return _splits(n, total, most) < 2 or _ways(n, total, next_, least) < 2


@lru_cache(4_096)
def _ways(n: int, total: int, next_: int, least: int) -> int:
    """How many splits of a sum would have had just these `n` cells hidden, up to two, looked for among the likely ones:
    all are small, or the largest was hidden because the others were told."""
    found = _splits(n, total, least - 1)
    for last in range(min(next_, total - n + 1), least - 1, -1)[:_LOOKED] if n > 1 else ():
        if found < 2 and _told(n - 1, total - last, last, least):
            found += _ways(n - 1, total - last, last, least)
    return min(found, 2)


def _splits(n: int, total: float, most: float) -> int:
    """How many splits a sum has into `n` counts from 1 to `most`, up to two. There is a second one as soon as there are
    two counts and three values, and the sum is two away from the least and the largest possible: 1 + 3 is 2 + 2."""
    if not n <= total <= n * most:
        return 0
    return 1 if n == 1 or most < 3 or total < n + 2 or total > n * most - 2 else 2


def _counts(key: str, value: Any) -> bool:
    """Whether a value counts something; a number up to one with a fraction is a rate."""
    if isinstance(value, bool) or not isinstance(value, int | float) or key in ORDINALS:
        return False
    return not _MEASURED.fullmatch(key) and (isinstance(value, int) or value > 1 or key in _CREDITED)


def _few(value: float, least: int) -> bool:
    return 0 < value < least


def _of_many(rate: object, row: Mapping[str, Any], sums: Mapping[str, float], least: int) -> bool:
    """Whether a rate is one of the row's counts over another, and tells of no few, in the row or of a sum."""
    parts = _parts(rate, row)
    return bool(parts) and not any(_few(part, least) for part in (*parts, *_parts(rate, sums)))


def _parts(rate: object, row: Mapping[str, Any]) -> list[int]:
    """The counts that a rate may stand for, and their rests: it is a whole share of one of the row's counts."""
    if not isinstance(rate, float) or not 0 < rate < 1:
        return []
    counts = [value for key, value in row.items() if _counts(key, value) and value]  # all is a share of nothing
    whole = [(round(rate * n), n) for n in counts if abs(rate * n - round(rate * n)) < 1e-6]
    return [part for share, n in whole for part in (share, round(n) - share)]
