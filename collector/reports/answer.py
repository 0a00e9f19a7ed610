"""Answers: one shape for every report, as JSON or CSV; `table` draws it as text."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

import orjson
from msgspec import Struct

from collector.reports.remark import Remark

HOSTILE: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


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
    notes: list[Remark]
    data: Data


def as_json(answer: Answer) -> bytes:
    """The answer as it is served; `remarks` are the notes by code and values, in the same order."""
    data = {"events": answer.data.events, "from": answer.data.start, "to": answer.data.stop,
            "consented": answer.data.consented, "through_seq": answer.data.through_seq}  # fmt: skip
    fields = {name: getattr(answer, name) for name in answer.__struct_fields__ if name != "data"}
    remarks = [{"code": note.code, "values": note.values} for note in answer.notes]
    return orjson.dumps({**fields, "remarks": remarks, "data": data}, option=orjson.OPT_NON_STR_KEYS)


def as_csv(answer: Answer) -> str:
    """The rows with a header. A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(answer.columns)
    for row in answer.rows:
        writer.writerow([inert(row.get(column)) for column in answer.columns])
    return out.getvalue()


def inert(value: Any) -> Any:
    """A value that no spreadsheet runs as a formula."""
    if isinstance(value, dict | list):
        value = orjson.dumps(value).decode()
    return f"'{value}" if isinstance(value, str) and value.startswith(HOSTILE) else value
