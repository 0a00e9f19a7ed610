"""Hostile text in every stored field is inert wherever answers go: spreadsheets, terminals, programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from collector.engines.duckdb import Options
from collector.engines.duckdb.engine import answer
from collector.journal import Folder
from collector.pages.filters import read
from collector.pages.registry import PAGES
from collector.pages.words import words
from collector.reports.answer import HOSTILE, Answer, as_csv, as_json
from collector.reports.spec import QUESTIONS
from collector.reports.table import as_table
from tests.conftest import command
from tests.pages.place import TRAP, Place

BLANKS = "\n\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
STEPS = [{"name": "add_to_cart"}, {"name": "purchase"}]
MORE: tuple[tuple[str, dict[str, Any]], ...] = (
    *((name, {"steps": STEPS} if name == "funnel" else {}) for name in QUESTIONS),
    *(("funnel", {"steps": STEPS, "breakdown": {"field": field}}) for field in ("utm.source", "props.sku", "path")),
    *(("campaigns", {"by": [by]}) for by in ("utm.campaign", "referrer", "entry", "browser")),
    *(("abandonment", {"type": kind, "group_by": "campaign"}) for kind in ("cart", "checkout", "form", "page")),
    ("funnel", {"steps": STEPS, "explain": {"visitor": "other-0000"}}),
    ("funnel", {"steps": STEPS, "members": {"step": 2, "samples": 5}}),
)


def questions(now: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that pages ask of the site, and more."""
    yield from MORE
    for page in PAGES.values():
        filters = read("trap", "Europe/Paris", now, [("range", "all")], page.own)[0]
        for panel in page.panels:
            yield from ((name, spec) for name, spec in panel.ask(filters).values())


@pytest.fixture(scope="module")
def answers(place: Place) -> list[Answer]:
    folder, told = Folder(place.server.data), {json.dumps(one): one for one in questions(place.now)}
    return [answer(folder, Options(), "trap", name, spec, place.now) for name, spec in told.values()]


def test_the_traps_are_in_the_answers(answers: list[Answer]) -> None:
    told = "".join(as_json(one).decode() for one in answers)
    assert json.dumps(TRAP)[1:-1] in told
    assert "=cmd()" in told
    assert len([one for one in answers if one.rows]) > 25


def test_no_cell_of_a_file_is_a_formula(answers: list[Answer]) -> None:
    for one in answers:
        rows = list(csv.reader(io.StringIO(as_csv(one))))
        cells = {cell for row in rows for cell in row if not number(cell)}
        assert [cell for cell in cells if cell.startswith(HOSTILE)] == [], one.report
        assert {len(row) for row in rows} == {len(one.columns)}


def number(cell: str) -> bool:
    try:
        return float(cell) == float(cell)
    except ValueError:
        return False


def test_no_terminal_obeys_an_answer(answers: list[Answer]) -> None:
    for one in answers:
        for language in ("en", "fr"):
            said = words(language)  # type: ignore[arg-type]
            text = as_table(said.told(one), 80, said)
            assert [sign for sign in text if not sign.isprintable() and sign not in BLANKS] == [], one.report


def test_no_terminal_obeys_the_consent_log(place: Place) -> None:
    told = command(place.server.data, "consent", "show", "--site", "trap", "--visitor", "other-0012")
    assert "owned" in told
    assert [sign for sign in told if not sign.isprintable() and sign not in BLANKS] == []
