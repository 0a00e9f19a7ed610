"""An answer as text for a terminal: whole numbers and dates, and only so many columns as fit.

Numbers are never cut. Where the columns do not fit, long texts are cut first, down to twelve characters; then columns
are left out from the right, and a line says so. Columns and totals are called as files and the API call them, or by
their titles in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from textwrap import wrap
from typing import Any, Final, NamedTuple

import orjson

from collector.reports.answer import Answer
from collector.reports.headings import heading
from collector.reports.parts import mark

WIDTH: Final = 80
_NARROW: Final = 12
_LONG: Final = 9
_GAP: Final = 2
_BLANKS: Final = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
_TABLES: Final = frozenset({"groups", "trend", "compare"})  # totals that have lines of their own
_MOMENT: Final = 10**12  # a whole number from here on is a time in ms (2001 and later)


def english(sentence: str, /, **values: object) -> str:
    """The sentence with its values, as it is."""
    return sentence % values


class _Sheet(NamedTuple):
    """How wide it is, what puts our own sentences in the reader's language, and what a name is called."""

    width: int
    say: Callable[..., str]
    called: Callable[[str], str]

    def pair(self, name: str, told: str) -> str:
        return f"{self.called(name)}{self.say(mark(':'))} {told}".rstrip()


def as_table(answer: Answer, width: int = WIDTH, say: Callable[..., str] = english, titled: bool = False) -> str:
    """Rows, totals and notes, at most `width` columns wide; what is cut ends in …; `say` puts our own sentences in the
    reader's language. `titled`: names are told in it too."""

    def called(name: str) -> str:
        return (titled and say(heading(answer.report, name))) or name

    sheet = _Sheet(width, say, called)
    lines = _grid(answer.columns, answer.rows, sheet) if answer.rows else [say(mark("(no rows)"))]
    told = [sheet.pair(name, said) for name, value in answer.totals.items() if (said := _total(name, value, sheet))]
    parts = [part for name, value in answer.totals.items() for part in _part(name, value, sheet)]
    data = answer.data
    seen = say(
        mark("%(events)s events, %(consented)s consented, through event %(last)s of the log"),
        events=data.events, consented=data.consented, last=data.through_seq,
    )  # fmt: skip
    notes = [line for note in answer.notes for line in wrap(f"! {_plain(note)}", width, subsequent_indent="  ")]
    lines += ["", *(_cut(_plain(line), width) for line in told), *parts, "", seen, *notes]
    return "\n".join(lines) + "\n"


def _part(name: str, value: Any, sheet: _Sheet) -> list[str]:
    """A total that is a table of its own: the counts of each group, step by step; intervals; another range."""
    if name not in _TABLES or not value:
        return []
    if isinstance(value, dict):
        grouped = all(isinstance(counts, list) for counts in value.values())
        value = [_numbered(name, key, counts) for key, counts in value.items()] if grouped else [value]
    if not all(_plainly(row) for row in value):
        return []
    return ["", *([] if name in value[0] else [sheet.pair(name, "")]), *_grid(list(value[0]), value, sheet, "json")]


def _numbered(name: str, key: str, counts: list[Any]) -> dict[str, Any]:
    return {name: key} | {str(n): count for n, count in enumerate(counts, 1)}


def _flat(row: dict[str, Any]) -> bool:
    return not any(isinstance(item, dict | list) for item in row.values())


def _plainly(row: dict[str, Any]) -> bool:
    """Whether there are no objects in it, in lists neither."""
    parts = [part for item in row.values() for part in (item if isinstance(item, list) else [item])]
    return not any(isinstance(part, dict | list) for part in parts)


def _grid(columns: list[str], rows: list[dict[str, Any]], sheet: _Sheet, whole: str = "csv") -> list[str]:
    """The rows under their titles, in short lines; `whole` is the format that has what does not fit."""
    titles = [_lines(sheet.called(column)) for column in columns]
    cells = [[_shown(column, row.get(column)) for column in columns] for row in rows]
    numeric = [all(isinstance(row.get(c), int | float | None) for row in rows) for c in columns]
    widths = [max(map(len, (*titles[n], *(line[n] for line in cells)))) for n in range(len(columns))]
    fits = _fitted(widths, numeric, sheet.width)
    height = max(map(len, titles[:fits]))
    heads = [[([""] * (height - len(title)) + title)[n] for title in titles] for n in range(height)]
    lines = [*heads, ["-" * size for size in widths], *cells]
    drawn = [(" " * _GAP).join(_cell(line[n], widths[n], numeric[n]) for n in range(fits)).rstrip() for line in lines]
    left = ", ".join(columns[fits:])
    rest = sheet.say(mark("(left out: %(columns)s; --format %(format)s has them)"), columns=left, format=whole)
    return drawn + ([_cut(rest, sheet.width)] if left else [])


def _fitted(widths: list[int], numeric: list[bool], width: int) -> int:
    """Narrow the columns of text until all fit, or as many as can; returns how many those are."""

    def wide(count: int) -> bool:
        return sum(widths[:count]) + _GAP * (count - 1) > width

    texts = [n for n, number in enumerate(numeric) if not number]
    while wide(len(widths)) and texts and widths[widest := max(texts, key=lambda n: widths[n])] > _NARROW:
        widths[widest] -= 1
    count = len(widths)
    while count > 1 and wide(count):
        count -= 1
    return count


def _lines(title: str) -> list[str]:
    """What a column is called in short lines: broken at `_` and blanks, and inside a long word. Durations are shown in
    words, not ms."""
    parts = [part for part in title.replace(" ", "_").split("_") if part != "ms"] or [title]
    return [word for part in parts for word in ([part] if len(part) <= _LONG else [part[:7] + "-", part[7:]])]


def _cell(text: str, width: int, numeric: bool) -> str:
    text = text if len(text) <= width else text[: width - 1] + "…"
    return text.rjust(width) if numeric else text.ljust(width)


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 1] + "…"


def _total(name: str, value: Any, sheet: _Sheet) -> str:
    """A total in one line; lists and nested objects are for JSON, or a table. Of what is in it only times have names of
    ours."""
    if isinstance(value, dict):
        called = [sheet.called(key) if key.endswith("_ms") else key for key in value]
        told = (f"{key} {_shown(name, item)}" for key, (name, item) in zip(called, value.items(), strict=True))
        return ", ".join(told) if _flat(value) else ""
    return "" if isinstance(value, list) else _shown(name, value)


def _shown(column: str, value: Any) -> str:
    if value is None:
        return "–"
    if column.endswith("_ms") and isinstance(value, int | float):
        return _duration(value)
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1 else f"{value:.2f}"
    if isinstance(value, int) and value > _MOMENT:
        return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    text = orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)
    return _plain(text)


def _plain(text: str) -> str:
    """The text without what a terminal would obey: control characters, and those that turn the writing around. The
    blanks of typography are none."""
    return "".join(character if character.isprintable() or character in _BLANKS else "·" for character in text)


def _duration(milliseconds: float) -> str:
    """`0.4 s`, `42 s`, `7m05`, `3h12m`, `2d04h`."""
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 or seconds == 0 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02}"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{minutes:02}m"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours:02}h"
