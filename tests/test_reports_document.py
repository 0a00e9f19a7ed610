"""REPORTS.md shows what its commands print."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.reports.spec import QUESTIONS
from tests.documents import BLOCK, REPORTS, printed, stocked

TEXT = REPORTS.read_text(encoding="utf-8")
SHOWN = [(found[1], found[2]) for found in BLOCK.finditer(TEXT)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("document") / "data"
    stocked(place)
    return place


@pytest.mark.parametrize("number", range(len(SHOWN)), ids=[command.split("--site")[0].strip() for command, _ in SHOWN])
def test_the_document_shows_what_the_command_prints(folder: Path, number: int) -> None:
    """`python -m tests.documents` writes it anew."""
    command, shown = SHOWN[number]
    assert printed(folder, command) == shown


def test_each_report_has_a_worked_example() -> None:
    assert set(QUESTIONS) <= {command.split()[2] for command, _ in SHOWN if command.startswith("balise report ")}
