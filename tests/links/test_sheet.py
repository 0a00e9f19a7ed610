"""Sheets of links: what is read, what is a row's fault and what the sheet's, and what a spreadsheet gets back."""

from __future__ import annotations

import csv
import io
import json
import re
import tracemalloc
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from collector.dictionary import dictionary_in
from collector.links.sheet import MAX_ROWS, SheetError, rows
from collector.links.workbook import filled, headings, template
from collector.pages.links import TITLES
from collector.pages.words import LANGUAGES, Language, words
from tests.links.run import PAGE, listed, run
from tests.links.sheets import changed, csv_of, xlsx_of

DICTIONARY = Path(__file__).parents[2] / "config" / "utm.toml"
HEAD = "url,source,medium,campaign,note"
SHEET = "xl/worksheets/sheet1.xml"


def cells(content: bytes) -> list[dict[str, str]]:
    return [row.cells for row in rows(content)]


@pytest.mark.parametrize("content", [
    csv_of("url,source", f"{PAGE},a"),
    csv_of("URL;UTM Source", f"{PAGE};a"),
    b"\xef\xbb\xbf" + csv_of("Link\tutm_source", f"{PAGE}\ta"),
    csv_of("url\tsource", f"{PAGE}\ta").decode().encode("utf-16"),
    csv_of("short,target,source,human", f"http://go/l/x,{PAGE},a,12"),
    xlsx_of(("url", "source"), (PAGE, "a")),
    xlsx_of(("url", "source", None), (PAGE, "a"), title="Tabelle1"),
])  # fmt: skip
def test_sheets_are_read_as_spreadsheets_save_them(content: bytes) -> None:
    assert cells(content) == [{"url": PAGE, "source": "a"}]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_forms_own_labels_are_headings(language: Language) -> None:
    labels = ";".join(words(language)(title) for title in TITLES.values())
    values = {name: f"{number}x" for number, name in enumerate(TITLES)}
    assert cells(csv_of(labels, ";".join(values.values()))) == [values]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_sheet_is_read_in_the_encoding_that_spreadsheets_save_it_in(encoding: str) -> None:
    assert cells(f"url;note\r\n{PAGE};thé d’été".encode(encoding)) == [{"url": PAGE, "note": "thé d’été"}]


def test_cells_that_are_no_texts_are_read_as_people_see_them() -> None:
    content = xlsx_of(("url", "id", "expires", "content"), (PAGE, 77.0, datetime(2026, 12, 31), 1.5))  # noqa: DTZ001
    assert cells(content) == [{"url": PAGE, "id": "77", "expires": "2026-12-31", "content": "1.5"}]


def test_rows_are_numbered_as_the_spreadsheet_numbers_them() -> None:
    content = csv_of(HEAD, f'{PAGE},a,b,c,"two\nlines"', "", ",,,,", f"{PAGE}/2,a,b,c,")
    assert [row.number for row in rows(content)] == [2, 5]


@pytest.mark.parametrize(("content", "code"), [
    (b"", "sheet_url"),
    (b"\xff\x00\xfe", "sheet_encoding"),
    (b"url,note\n\x00\x81\xff", "sheet_encoding"),
    (csv_of("source,medium", "a,b"), "sheet_url"),
    (csv_of("url,sourse", "a,b"), "sheet_column"),
    (csv_of("url,utm_source,source", "a,b,c"), "sheet_twice"),
    (csv_of("url", *["https://shop.example/"] * (MAX_ROWS + 1)), "sheet_rows"),
    (b"PK\x03\x04 no zip at all", "sheet_unread"),
    (xlsx_of(("url",), (PAGE,))[:-400], "sheet_unread"),
    (changed(xlsx_of(("url",), (PAGE,)), SHEET, b"<worksheet><sheetData><row>"), "sheet_unread"),
    (changed(xlsx_of(("url",), (PAGE,)), SHEET, b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>'), "sheet_unread"),
    (changed(xlsx_of(("url",), (PAGE,)), SHEET, b" " * (33 << 20)), "sheet_large"),
    (changed(xlsx_of(("url",), (PAGE,)), "xl/workbook.xml", b"<x/>"), "sheet_unread"),
])  # fmt: skip
def test_a_sheet_that_cannot_be_read_is_refused_in_one_sentence(content: bytes, code: str) -> None:
    with pytest.raises(SheetError) as refused:
        rows(content)
    assert refused.value.remark.code == code
    assert all("\n" not in refused.value.say(language) for language in ("en", "fr"))


MAIN = b'<%s xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


@pytest.mark.parametrize(("part", "text"), [
    (SHEET, MAIN % b"worksheet" + b"<sheetData><row>" + b"<c/>" * 150_000),
    (SHEET, MAIN % b"worksheet" + b"<x/>" * 150_000),
    (SHEET, b'<worksheet><row xmlns="urn:other">' + b"<x/></row><row>" * 60_000),
    ("xl/styles.xml", MAIN % b"styleSheet" + b"<row/>" * 110_000),
    ("docProps/app.xml", MAIN % b"sst" + b"<si/>" * 310_000),
], ids=["cells", "others", "rows of another kind", "styles", "strings"])  # fmt: skip
def test_a_small_workbook_of_many_elements_is_refused(part: str, text: bytes) -> None:
    content = changed(xlsx_of(("url",), (PAGE,)), part, text)
    assert len(content) < 40_000
    with pytest.raises(SheetError, match="elements") as refused:
        rows(content)
    assert refused.value.remark.code == "sheet_elements"


@pytest.mark.parametrize("part", ["xl/styles.xml", SHEET, "docProps/core.xml"])
@pytest.mark.parametrize("text", [b"<x a='%s'/>", b"<!--%s-->"], ids=["tag", "comment"])
def test_a_tag_that_a_reader_would_take_in_whole_is_refused(part: str, text: bytes) -> None:
    with pytest.raises(SheetError, match="bytes") as refused:
        rows(
            changed(xlsx_of(("url",), (PAGE,)), part, MAIN % b"worksheet" + text % (b"a" * 3_000_000) + b"</worksheet>")
        )
    assert refused.value.remark.code == "sheet_tag"


def test_a_long_text_in_a_workbook_is_no_tag() -> None:
    text = MAIN % b"sst" + b"<si><t>" + b"a" * 3_000_000 + b"</t></si></sst>"
    assert cells(changed(xlsx_of(("url",), (PAGE,)), "docProps/app.xml", text)) == [{"url": PAGE}]


def test_many_elements_are_refused_before_anybody_holds_them() -> None:
    text = MAIN % b"worksheet" + b"<sheetData><row>" + b"<c/>" * 150_000
    content = changed(xlsx_of(("url",), (PAGE,)), SHEET, text)
    tracemalloc.start()
    try:
        with pytest.raises(SheetError, match="elements"):
            rows(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


LATE = " " * 100_000 + '<!DOCTYPE a [<!ENTITY b "c">]><sst/>'


@pytest.mark.parametrize("text", [
    LATE.encode(),
    f'<?xml version="1.0"?><!--{LATE}-->{LATE}'.encode(),
    '<!DOCTYPE a [<!ENTITY b "c">]><sst/>'.encode("utf-16"),
    '<!DOCTYPE a [<!ENTITY b "c">]><sst/>'.encode("utf-16-be"),
    '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE sst><sst/>'.encode("utf-16"),
    b'<?xml version="1.0" encoding="cp1252"?><!DOCTYPE \xe9><\xe9/>',
    b'<!DOCTYPE a [<!ENTITY b "c">]><sst>' + b"<a>" * 9,
], ids=["late", "behind a comment", "UTF-16", "UTF-16 unmarked", "declared", "one byte", "not whole"])  # fmt: skip
def test_no_part_of_a_workbook_has_a_document_type_however_late_or_encoded(text: bytes) -> None:
    with pytest.raises(SheetError, match="DOCTYPE"):
        rows(changed(xlsx_of(("url",), (PAGE,)), "docProps/core.xml", text))


def test_what_is_no_xml_in_a_workbook_is_left_alone() -> None:
    for odd in (b"", b"\x89PNG\r\n\x1a\n" * 20_000, b'<?xml version="1.0" encoding="none"?><a/>', bytes(100_000)):
        assert cells(changed(xlsx_of(("url",), (PAGE,)), "xl/theme/theme1.xml", odd)) == [{"url": PAGE}]


def _shared(index: str) -> bytes:
    """A sheet whose second row is the shared string `index`."""
    head, row = '<c r="A1" t="inlineStr"><is><t>url</t></is></c>', f'<c r="A2" t="s"><v>{index}</v></c>'
    lines = f'<sheetData><row r="1">{head}</row><row r="2">{row}</row></sheetData>'
    return f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{lines}</worksheet>'.encode()


def _packed(method: int) -> bytes:
    """A workbook whose parts are packed by `method`, and the sheet's bytes broken behind their beginning."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx_of(("url",), (PAGE,)))) as old, zipfile.ZipFile(out, "w", method) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
        place = new.getinfo(SHEET)
    content = bytearray(out.getvalue())
    begin = place.header_offset + 30 + len(SHEET)
    content[begin + 8 : begin + 200] = b"\xff" * 192
    return bytes(content)


@pytest.mark.parametrize("content", [
    changed(xlsx_of(("url",), (PAGE,)), SHEET, _shared("4096")),
    changed(xlsx_of(("url",), (PAGE,)), SHEET, b'<?xml version="1.0" encoding="none"?><worksheet/>'),
    _packed(zipfile.ZIP_DEFLATED),
    _packed(zipfile.ZIP_BZIP2),
    _packed(zipfile.ZIP_LZMA),
], ids=["index", "encoding", "deflate", "bzip2", "lzma"])  # fmt: skip
def test_a_workbook_that_is_broken_inside_is_one_error(content: bytes) -> None:
    with pytest.raises(SheetError, match="cannot be read"):
        rows(content)


def test_a_workbook_that_claims_less_than_it_unpacks_to_is_refused() -> None:
    content = changed(xlsx_of(("url",), (PAGE,)), SHEET, b"<worksheet>" + b" " * 1_000_000)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        claimed = book.getinfo(SHEET).file_size
    lying = content.replace(claimed.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    with pytest.raises(SheetError):
        rows(lying)


def test_a_row_at_the_far_corner_of_a_workbook_costs_nothing() -> None:
    far = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>url</t></is></c></row><row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>'  # noqa: E501
    with pytest.raises(SheetError, match="rows"):
        rows(changed(xlsx_of(("url",), (PAGE,)), SHEET, far))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1", '=HYPERLINK("https://evil.example")'])
def test_a_formula_is_its_rows_fault_and_an_apostrophe_makes_it_a_text(text: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["url", "note"], [PAGE, text], [PAGE, f"'{text}"]])
    bad, good = rows(out.getvalue().encode())
    assert [(fault.field, fault.sentence.code) for fault in bad.faults] == [("note", "formula")]
    assert (good.faults, good.cells["note"]) == ([], text)


def test_a_formula_cell_of_a_workbook_is_its_rows_fault_whatever_it_would_show() -> None:
    bad, good = rows(xlsx_of(("url", "note"), ('=HYPERLINK("https://evil.example")', "x"), (PAGE, "x")))
    assert [(fault.field, fault.sentence.code) for fault in bad.faults] == [("url", "formula")]
    assert good.faults == []


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"url,note\n{text}".encode("utf-8", "replace")))
def test_whatever_the_bytes_there_are_rows_or_one_error(content: bytes) -> None:
    try:
        found = rows(content)
    except SheetError:
        return
    assert all(row.number > 1 and row.cells.keys() <= {"url", "note", *row.cells} for row in found)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_hostile_cell_is_told_with_row_column_and_value_and_its_neighbours_are_issued(
    kind: str, data: Path, tmp_path: Path
) -> None:
    lines = [
        ("url", "source", "medium", "campaign", "note"),
        (f"{PAGE}/1", "a", "email", "c", "fine"),
        ("javascript:alert(1)", "a", "email", "c", ""),
        (f"{PAGE}/3", "a", "email", "c\u202eb", ""),
        (f"{PAGE}/4", "a", "email", "c", "x" * 32_000),
        (f"{PAGE}/5?email=ana@mail.example", "a", "email", "c", ""),
        ("http://169.254.169.254/", "a", "email", "c", ""),
        (f"{PAGE}/7", "a", "email", "c", "two\nlines"),
        (f"{PAGE}/8", "y" * 5_000, "email", "c", ""),
        (f"{PAGE}/9", "a", "email", "c", "fine"),
    ]
    file = tmp_path / f"links.{kind}"
    if kind == "xlsx":
        file.write_bytes(xlsx_of(*lines))
    else:
        lines[4] = (*lines[4][:4], "x" * 1_000_000)
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(lines)
    told: dict[str, Any] = json.loads(run(data, "links", "import", str(file), "--json", code=1).stdout)
    assert (told["added"], told["refused"]) == (2, 7)
    faults = [(row["row"], fault["column"]) for row in told["rows"] for fault in row["faults"]]
    expected = [(3, "url"), (4, "campaign"), (5, "note"), (6, "email"), (7, "url"), (8, "note"), (9, "source")]
    assert faults == expected
    assert all(len(fault["value"]) <= 60 for row in told["rows"] for fault in row["faults"])
    said = run(data, "links", "import", str(file), "--lang", "fr", code=1)
    assert "row 3, column url, 'javascript:alert(1)': url doit commencer par" in said.stderr
    assert sorted(link["target"][len(PAGE)] for link in listed(data)) == ["/", "/"]


def test_a_dry_run_says_what_the_import_then_does_and_writes_nothing(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "links.csv"
    file.write_bytes(csv_of(
        HEAD + ",code", f"{PAGE},a,email,c,,spring", f"{PAGE},a,email,c,,spring", f"{PAGE}/2,a,email,c,,spring",
        f"{PAGE}/3,a,email,c,,",
    ))  # fmt: skip
    dry = run(data, "links", "import", str(file), "--dry-run", code=1).stdout
    assert listed(data) == []
    assert run(data, "links", "import", str(file), code=1).stdout == dry == "added 2\nknown 1\nchanged 0\nrefused 1\n"
    again = run(data, "links", "import", str(file), code=1).stdout
    assert again == "added 0\nknown 3\nchanged 0\nrefused 1\n"


def test_what_the_form_warns_of_is_told_of_every_row_of_a_sheet_which_is_issued(data: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "links.csv", tmp_path / "out.csv"
    file.write_bytes(csv_of(HEAD, f"{PAGE},a,email,c,", f"{PAGE},Face Book,,Spring,"))
    told = json.loads(run(data, "links", "import", str(file), "--json", "--output", str(out)).stdout)
    found = [[warning["code"] for warning in row["warnings"]] for row in told["rows"]]
    assert found == [[], ["core_missing", "L04", "L04", "L05"]]
    kept = list(csv.DictReader(io.StringIO(out.read_text("utf-8"))))
    assert [row["outcome"] for row in kept] == ["added", "added"]
    assert [row["warning"] for row in kept] == ["", told["rows"][1]["warning"]]
    assert "(L04)" in kept[1]["warning"]
    assert f"row 3, worth a look: {kept[1]['warning']}" in run(data, "links", "import", str(file)).stderr
    file.write_bytes(out.read_bytes())
    assert run(data, "links", "import", str(file)).stdout.startswith("added 0\nknown 2\n")


def test_our_own_list_comes_back_as_it_is(data: Path, tmp_path: Path) -> None:
    for note in ("=1+1", "plain", "'quoted"):
        run(data, "links", "add", f"{PAGE}/{len(note)}", "--source", "a", "--note", note, "--code", f"c{len(note)}")
    file = tmp_path / "links.csv"
    file.write_text(run(data, "links", "list", "--format", "csv").stdout, encoding="utf-8")
    assert run(data, "links", "import", str(file)).stdout == "added 0\nknown 3\nchanged 0\nrefused 0\n"
    file.write_text(file.read_text("utf-8").replace("plain", "other"), encoding="utf-8")
    assert run(data, "links", "import", str(file)).stdout == "added 0\nknown 2\nchanged 1\nrefused 0\n"
    assert sorted(link["note"] for link in listed(data)) == ["'quoted", "=1+1", "other"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_template_offers_the_dictionarys_values_and_can_be_filled_in(language: str, tmp_path: Path) -> None:
    names = dictionary_in(DICTIONARY)
    book = load_workbook(io.BytesIO(template(names, language)))  # type: ignore[arg-type]
    sheet = book["links"]
    offered = {}
    for rule in sheet.data_validations.dataValidation:
        column = sheet.cell(1, sheet[str(rule.sqref).partition(":")[0]].column).value
        last = re.fullmatch(r"dictionary!\$([A-Z])\$2:\$[A-Z]\$(\d+)", rule.formula1)
        assert last is not None
        values = [book["dictionary"][f"{last[1]}{row}"].value for row in range(2, int(last[2]) + 1)]
        offered[column] = (values, rule.showErrorMessage)
    assert offered == {name: (sorted(names.fields[name].values), name == "medium") for name in ("source", "medium")}
    sheet.append([PAGE, "newsletter", "email", "202611_fr_acme_acq"])
    out = io.BytesIO()
    book.save(out)
    assert cells(out.getvalue()) == [
        {"url": PAGE, "source": "newsletter", "medium": "email", "campaign": "202611_fr_acme_acq"}
    ]
    help_ = book[{"en": "help", "fr": "aide"}[language]]
    assert {row[0].value for row in help_.iter_rows()} == {cell.value for cell in sheet[1]}


def test_what_became_of_a_sheet_is_written_without_formulas(data: Path, tmp_path: Path) -> None:
    sheet, out = tmp_path / "links.csv", tmp_path / "out.xlsx"
    sheet.write_bytes(csv_of(HEAD, f"{PAGE},a,email,c,", "=1+1,a,email,c,"))
    run(data, "links", "import", str(sheet), "--output", str(out), code=1)
    found = [[(cell.value, cell.data_type) for cell in row] for row in load_workbook(out)["links"].iter_rows()]
    assert [kind for row in found for _, kind in row if kind == "f"] == []
    assert [row[1][0] for row in found] == ["outcome", "added", "refused"]
    raw = load_workbook(io.BytesIO(filled(["a"], [{"a": "=1+1"}])))["links"]["A2"]
    assert (raw.value, raw.data_type) == ("'=1+1", "s")


def test_a_bad_file_exits_with_2_and_the_template_as_csv_is_an_empty_sheet(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    run(data, "links", "template", str(file))
    assert rows(file.read_bytes()) == rows(headings()) == []
    file.write_text("url,sourse\n", encoding="utf-8")
    assert "nearest known one is source" in run(data, "links", "import", str(file), code=2).stderr
    assert "cannot be read" in run(data, "links", "import", str(tmp_path / "none.csv"), code=2).stderr
    assert ".csv or .xlsx" in run(data, "links", "template", str(tmp_path / "t.pdf"), code=2).stderr
