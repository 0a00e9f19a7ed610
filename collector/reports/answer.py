"""Answers: one shape for every report, as JSON, CSV or a table of 80 columns."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from msgspec import Struct

_WIDTH: Final = 80
_NARROW: Final = 6
_LONG: Final = 9
_MOMENT: Final = 10**12  # a whole number from here on is a time in ms (2001 and later)
_HOSTILE: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Data(Struct, frozen=True, rename={"start": "from", "stop": "to"}):
    """What the answer saw: events in all and consented, their first and last time (ms UTC), and how far the log was."""

    events: int
    start: int | None
    stop: int | None
    consented: int
    through_seq: int


class Answer(Struct, frozen=True):
    """`rows` are objects; `columns` are the keys that a table shows, in order. Undefined is null, never 0 or NaN."""

    report: str
    spec: dict[str, Any]
    columns: list[str]
    rows: list[dict[str, Any]]
    totals: dict[str, Any]
    notes: list[str]
    data: Data


def as_json(answer: Answer) -> bytes:
    """The answer as it is served."""
    data = {"events": answer.data.events, "from": answer.data.start, "to": answer.data.stop,
            "consented": answer.data.consented, "through_seq": answer.data.through_seq}  # fmt: skip
    fields = {name: getattr(answer, name) for name in answer.__struct_fields__ if name != "data"}
    return orjson.dumps({**fields, "data": data}, option=orjson.OPT_NON_STR_KEYS)


def as_csv(answer: Answer) -> str:
    """The rows with a header. A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.columns)
    for row in answer.rows:
        writer.writerow([inert(row.get(column)) for column in answer.columns])
    return out.getvalue()


def as_table(answer: Answer) -> str:
    """Rows, totals and notes as text, at most 80 columns wide; what is cut ends in …"""
    lines = _grid(answer.columns, answer.rows) if answer.rows else ["(no rows)"]
    lines += [
        "",
        *(
            _cut(f"{name}: {_shown(value)}")
            for name, value in answer.totals.items()
            if not isinstance(value, dict | list)
        ),
    ]
    data = answer.data
    lines += [
        "",
        f"{data.events} events, {data.consented} consented, through event {data.through_seq} of the log",
    ]
    return "\n".join([*lines, *(f"! {note}" for note in answer.notes)]) + "\n"


def _grid(columns: list[str], rows: list[dict[str, Any]]) -> list[str]:
    """Columns with their titles broken at `_`; when they are too wide together, the widest texts are cut."""
    titles = [_title(column) for column in columns]
    cells = [[_shown(row.get(column)) for column in columns] for row in rows]
    numeric = [all(isinstance(row.get(c), int | float | None) for row in rows) for c in columns]
    widths = [max(map(len, (*titles[n], *(line[n] for line in cells)))) for n in range(len(columns))]
    while sum(widths) + 2 * (len(widths) - 1) > _WIDTH and max(widths) > _NARROW:
        widths[widths.index(max(widths))] -= 1
    height = max(map(len, titles))
    heads = [[([""] * (height - len(title)) + title)[n] for title in titles] for n in range(height)]
    lines = [*heads, ["-" * width for width in widths], *cells]
    return [
        _cut("  ".join(_cell(t, w, n) for t, w, n in zip(line, widths, numeric, strict=True)).rstrip())
        for line in lines
    ]


def _title(column: str) -> list[str]:
    """A column's name in short lines: broken at `_`, and inside a long word."""
    return [
        word for part in column.split("_") for word in ([part] if len(part) <= _LONG else [part[:7] + "-", part[7:]])
    ]


def _cell(text: str, width: int, numeric: bool) -> str:
    text = text if len(text) <= width else text[: width - 1] + "…"
    return text.rjust(width) if numeric else text.ljust(width)


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1 else f"{value:.2f}"
    if isinstance(value, int) and value > _MOMENT:
        return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    text = orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)
    return "".join(character if character.isprintable() else "·" for character in text)


def inert(value: Any) -> Any:
    if isinstance(value, dict | list):
        value = orjson.dumps(value).decode()
    return f"'{value}" if isinstance(value, str) and value.startswith(_HOSTILE) else value
