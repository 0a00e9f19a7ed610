"""Rows of a sheet of links, CSV or XLSX, however hostile. A bad cell is its row's fault; the neighbours stay.

Cells are texts: nothing is computed. A cell that a spreadsheet would run as a formula is refused, since it would run in
the next spreadsheet that opens a list of links; an apostrophe in front, as our own lists write it, makes it a text.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from itertools import islice
from typing import Any, Final, NamedTuple
from xml.parsers import expat

from collector.journal.links import KINDS
from collector.links.order import Fault, shown
from collector.links.remark import Remark
from collector.links.weight import TAG, HeavyError, LongError, weigh
from collector.reports.answer import HOSTILE
from collector.utm.encoding import encoding
from collector.utm.link import ORDER
from collector.utm.registry import FIELDS
from collector.utm.sentences import Language

MAX_ROWS: Final = 50_000
MAX_COLUMNS: Final = 64
_MAX_PARTS: Final = 500  # files in a workbook
_MAX_MB: Final = 32  # of a workbook, unpacked: 50,000 rows of 600 bytes
_PROLOG: Final = 65_536  # bytes in which the root element of an XML part must begin
_OWN: Final = ("code", "note", "expires", "author")
NAMES: Final = ("url", *FIELDS, *_OWN)
# Columns of our own lists that say what was, not what is wanted.
_TOLD: Final = frozenset({"short", "created", "dictionary", "removed", "row", "outcome", "fault", "warning", *KINDS})
_ALIASES: Final = {
    "target": "url", "link": "url", "lien": "url",
    # what the form of a link calls its fields, in both languages
    "page": "url", "support": "medium", "campagne": "campaign", "keyword": "term", "mot-clé": "term",
    "contenu": "content", "campaign_id": "id", "identifiant_de_campagne": "id", "short_code": "code",
    "code_court": "code", "ends": "expires", "date_de_fin": "expires", "your_name": "author", "votre_nom": "author",
}  # fmt: skip
_KNOWN: Final = frozenset({*NAMES, *ORDER})

csv.field_size_limit(1 << 26)  # long cells are refused by us, one by one; the module's own limit ends the sheet


class SheetError(ValueError):
    """The whole sheet cannot be read."""

    def __init__(self, code: str, **facts: object) -> None:
        self.remark = Remark(code, "sheet", facts)
        super().__init__(self.remark.say())

    def say(self, language: Language = "en") -> str:
        """The sentence in `language`."""
        return self.remark.say(language)


class Row(NamedTuple):
    """One row as the spreadsheet numbers it (the headings are row 1): texts by column, and the faults of its cells."""

    number: int
    cells: dict[str, str]
    faults: list[Fault]


class _Cell(NamedTuple):
    text: str
    wrong: str = ""  # the code of what is wrong with it


def rows(content: bytes) -> list[Row]:
    """The rows that hold anything. Raises `SheetError`."""
    read = _workbook(content) if content.startswith(b"PK\x03\x04") else _csv(content)
    try:
        lines = list(islice(read, MAX_ROWS + 2))
    except SheetError:
        raise
    except Exception as error:  # a workbook may be broken in more ways than its readers have names for
        raise SheetError("sheet_unread", why=shown(str(error) or type(error).__name__)) from None
    if len(lines) > MAX_ROWS + 1:
        raise SheetError("sheet_rows", limit=MAX_ROWS)
    names = _headings([cell.text for cell in lines[0]] if lines else [])
    return [_row(number, names, line) for number, line in enumerate(lines[1:], 2) if any(cell.text for cell in line)]


def _headings(typed: Sequence[str]) -> list[str]:
    """The column's name at each place, empty for one that is left out. Raises `SheetError`."""
    names: list[str] = []
    for heading in typed:
        name = "_".join(heading.strip().lower().split())
        name = _ALIASES.get(name, name)
        name = name if name not in ORDER or name.removeprefix("utm_") not in FIELDS else name.removeprefix("utm_")
        if name and name not in _KNOWN | _TOLD:
            near = get_close_matches(name, [*NAMES, *ORDER], n=1, cutoff=0.0)
            raise SheetError("sheet_column", found=repr(shown(heading)), nearest=near[0])
        if name in names and name in _KNOWN:
            raise SheetError("sheet_twice", found=name)
        names.append("" if name in _TOLD else name)
    if "url" not in names:
        raise SheetError("sheet_url", columns=", ".join(NAMES))
    return names


def _row(number: int, names: Sequence[str], line: Sequence[_Cell]) -> Row:
    cells: dict[str, str] = {}
    faults: list[Fault] = []
    for name, cell in zip(names, line, strict=False):
        if not name or not cell.text:
            continue
        text = cell.text[1:] if cell.text[0] == "'" and cell.text[1:].startswith(HOSTILE) else cell.text
        wrong = cell.wrong or ("formula" if cell.text.startswith(HOSTILE) else "")
        if wrong:
            faults.append(Fault(name, shown(text), Remark(wrong, name, {"found": repr(shown(text))})))
        cells[name] = text
    return Row(number, cells, faults)


def _csv(content: bytes) -> Iterator[list[_Cell]]:
    try:
        text = content.decode(encoding(content)).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise SheetError("sheet_encoding") from None
    if "\0" in text:  # every byte is something in latin-1; no sheet holds this one
        raise SheetError("sheet_encoding")
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    yield from ([_Cell(cell.strip(" ")) for cell in line[:MAX_COLUMNS]] for line in lines)


def _workbook(content: bytes) -> Iterator[list[_Cell]]:
    try:
        import openpyxl  # noqa: PLC0415  an extra
    except ImportError:
        raise SheetError("sheet_extra") from None
    _weigh(content)
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    sheet = book["links"] if "links" in book.sheetnames else book.worksheets[0]
    head = [_cell(cell) for cell in next(sheet.iter_rows(max_row=1, max_col=MAX_COLUMNS), ())]
    width = max((place for place, cell in enumerate(head, 1) if cell.text), default=1)
    yield head
    for line in sheet.iter_rows(min_row=2, max_row=MAX_ROWS + 2, max_col=width):
        yield [_cell(cell) for cell in line]


def _weigh(content: bytes) -> None:
    """Refuse what would unpack to too much, declares a document type, or has too many elements, before it is read.

    `zipfile` never unpacks more of a part than its entry says, so the sum of the entries is a bound.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        entries = parts.infolist()
        if len(entries) > _MAX_PARTS or sum(entry.file_size for entry in entries) > _MAX_MB << 20:
            raise SheetError("sheet_large", limit=_MAX_MB)
        for entry in entries:
            with parts.open(entry) as part:
                head = part.read(_PROLOG)
            if not _plain(head, entry.file_size <= _PROLOG):
                raise SheetError("sheet_unread", why="DOCTYPE")
            try:
                with parts.open(entry) as part:
                    weigh(part)
            except HeavyError as heavy:
                raise SheetError("sheet_elements", limit=heavy.limit) from None
            except LongError:
                raise SheetError("sheet_tag", limit=TAG) from None


def _plain(head: bytes, whole: bool) -> bool:
    """Whether a part that begins so can have no document type: its root element begins first, or it is no XML.

    In every encoding: the parser is the one that openpyxl reads by, and gives up where that one does.
    """
    begun: list[str] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: begun.append("document type")
    parser.StartElementHandler = lambda *_: begun.append("root")
    try:
        parser.Parse(head, whole)
    except (expat.ExpatError, ValueError, LookupError):  # the last two: an encoding that is none
        begun.append("nothing")
    return begun[:1] in (["root"], ["nothing"])


def _cell(cell: Any) -> _Cell:
    value, kind = cell.value, getattr(cell, "data_type", "n")
    if value is None:
        return _Cell("")
    if kind in ("f", "e"):
        return _Cell(str(value), "formula" if kind == "f" else "cell_error")
    if isinstance(value, datetime):
        midnight = value.time().isoformat() == "00:00:00"
        return _Cell(value.date().isoformat() if midnight else value.isoformat())
    if isinstance(value, date):
        return _Cell(value.isoformat())
    if isinstance(value, float) and value.is_integer():
        return _Cell(str(int(value)))  # a spreadsheet has no whole numbers
    return _Cell(str(value).strip(" "))
