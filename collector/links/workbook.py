"""Workbooks that we write: the template with the dictionary's values to choose from, and what became of a sheet.

Every cell is written as a text and never as a formula.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from collector.links.sheet import NAMES, SheetError
from collector.reports.answer import inert
from collector.utm import Dictionary
from collector.utm.registry import FIELDS
from collector.utm.sentences import Language

_ROWS: Final = 10_000  # rows of the template with something to choose from
_WIDTHS: Final = {"url": 60, "note": 40, "campaign": 32}
_HELP: Final = {
    "en": {
        "sheet": "help",
        "url": "The page the link leads to, with https://. Required.",
        "source": "Who sends the visitors: newsletter, google, facebook …",
        "medium": "How: email, cpc, social …",
        "campaign": "What for.",
        "term": "The keyword of an advert.",
        "content": "Which of several links: banner, footer …",
        "id": "The campaign's id; capital letters count.",
        "code": "The end of the short address, if it is to be a word; empty: a random one.",
        "note": "What the link is for. Not part of the link.",
        "expires": "The last day, such as 2026-12-31; a span, such as 30d; never; empty: no end.",
        "author": "Who asks for it; empty: whoever brings the sheet.",
        "required": "required",
        "choose": "one of the listed values",
        "suggest": "listed values are suggestions",
        "template": "built as",
    },
    "fr": {
        "sheet": "aide",
        "url": "La page où mène le lien, avec https://. Obligatoire.",
        "source": "Qui envoie les visiteurs : newsletter, google, facebook…",
        "medium": "Comment : email, cpc, social…",
        "campaign": "Pour quoi.",
        "term": "Le mot-clé d'une annonce.",
        "content": "Lequel de plusieurs liens : bannière, pied de page…",
        "id": "L'identifiant de la campagne ; les majuscules comptent.",
        "code": "La fin de l'adresse courte, si elle doit être un mot ; vide : au hasard.",
        "note": "À quoi sert le lien. N'en fait pas partie.",
        "expires": "Le dernier jour, par exemple 2026-12-31 ; une durée, par exemple 30d ; never ; vide : sans fin.",
        "author": "Qui le demande ; vide : qui apporte la feuille.",
        "required": "obligatoire",
        "choose": "une des valeurs listées",
        "suggest": "les valeurs listées sont des suggestions",
        "template": "construit comme",
    },
}


def template(dictionary: Dictionary | None, language: Language) -> bytes:
    """An XLSX template: headings, drop-downs of the dictionary's values, a page of help. Raises `SheetError`."""
    book = _book()
    links = book.create_sheet("links")
    _write(links, [NAMES])
    _dress(links)
    _choices(book, links, dictionary)
    _help(book, dictionary, _HELP[language])
    return _saved(book)


def filled(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> bytes:
    """Rows as an XLSX workbook. Raises `SheetError`."""
    book = _book()
    sheet = book.create_sheet("links")
    _write(sheet, [columns, *([row[column] for column in columns] for row in rows)])
    sheet.freeze_panes = "A2"
    return _saved(book)


def headings() -> bytes:
    """The template as CSV: its headings, for spreadsheets of any make."""
    return ("\ufeff" + ",".join(NAMES) + "\r\n").encode()


def _book() -> Any:
    try:
        from openpyxl import Workbook  # noqa: PLC0415  an extra
    except ImportError:
        raise SheetError("sheet_extra") from None
    book = Workbook()
    book.remove(book.active)
    return book


def _saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write(sheet: Any, rows: Iterable[Sequence[Any]]) -> None:
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column)
            cell.value = inert(value)
            if isinstance(value, str):
                cell.data_type = "s"  # whatever it begins with


def _dress(sheet: Any) -> None:
    from openpyxl.styles import Font  # noqa: PLC0415

    sheet.freeze_panes = "A2"
    for column, name in enumerate(NAMES, 1):
        cell = sheet.cell(1, column)
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = _WIDTHS.get(name, 18)


def _choices(book: Any, links: Any, dictionary: Dictionary | None) -> None:
    """The values on a sheet of their own, and drop-downs that point there: a list inside a rule ends at 255 bytes."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415

    values = book.create_sheet("dictionary")
    fields = {name: field for name, field in (dictionary.fields if dictionary else {}).items() if field.values}
    for place, (name, field) in enumerate(fields.items(), 1):
        column = [name, *sorted(field.values)]
        for number, value in enumerate(column, 1):
            _write_at(values, number, place, value)
        letter = get_column_letter(place)
        rule = DataValidation("list", formula1=f"dictionary!${letter}$2:${letter}${len(column)}", allow_blank=True)
        rule.showErrorMessage = not field.open
        ours = get_column_letter(NAMES.index(name) + 1)
        rule.add(f"{ours}2:{ours}{_ROWS + 1}")
        links.add_data_validation(rule)
    if not fields:
        book.remove(values)


def _write_at(sheet: Any, row: int, column: int, value: str) -> None:
    cell = sheet.cell(row, column)
    cell.value, cell.data_type = inert(value), "s"


def _help(book: Any, dictionary: Dictionary | None, words: dict[str, str]) -> None:
    sheet = book.create_sheet(words["sheet"])
    _write(sheet, [(name, words[name], *_agreed(name, dictionary, words)) for name in NAMES])
    sheet.column_dimensions["B"].width = 80
    sheet.column_dimensions["C"].width = 60


def _agreed(name: str, dictionary: Dictionary | None, words: dict[str, str]) -> list[str]:
    """What the dictionary says of a field, in a cell."""
    field = dictionary.fields.get(name) if dictionary and name in FIELDS else None
    if field is None:
        return []
    said = [words["required"]] if field.required else []
    said += [words["suggest" if field.open else "choose"]] if field.values else []
    said += [f"{words['template']} {field.template.text}"] if field.template else []
    return [" · ".join(said)]
