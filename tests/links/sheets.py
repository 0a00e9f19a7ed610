"""Sheets to import, as people and attackers make them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook


def csv_of(*rows: str) -> bytes:
    return "\r\n".join(rows).encode()


def xlsx_of(*rows: Sequence[Any], title: str = "links") -> bytes:
    """A workbook with these rows; a text that begins with = is a formula, as a spreadsheet saves it."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(content: bytes, part: str, text: bytes) -> bytes:
    """The workbook with one of its parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, text if entry.filename == part else old.read(entry))
    return out.getvalue()
