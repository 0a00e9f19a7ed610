"""Every command that README.md and CONSENT.md print is run, in their order, in one folder, as a newcomer would."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.cli import balise
from tests.documents import week

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSENT = (ROOT / "CONSENT.md").read_text(encoding="utf-8")
BLOCKS = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
INLINE = [
    " ".join(found.split())
    for text in (README, CONSENT)
    for found in re.findall(r"`(balise [^`]* --?[^`]*)`", text)
    if "|" not in found and "NAME" not in found
]
PRINTED = [
    part.partition("   #")[0].strip()
    for line in BLOCKS.splitlines()
    for part in line.split(" && ")
    if part.startswith("balise ") and part.strip() != "balise serve"
]
FAULTS = {"balise utm check newsletter.html links.csv --fix --format sarif": 1}  # it finds some in these


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("newcomer")
    (place / "funnel.json").write_text(json.dumps({"steps": [{"path": "/"}, {"name": "purchase"}]}))
    (place / "newsletter.html").write_text('<a href="https://shop.example/?utm_source=News letter">Tea</a>')
    (place / "links.csv").write_text("url\nhttps://shop.example/?utm_source=a&utm_source=b\n")
    (place / "rows.ndjson").write_text("\n".join(map(json.dumps, week())))
    return place


def ran(folder: Path, line: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.chdir(folder)
    runner = CliRunner(env={"LC_ALL": "C.UTF-8"})
    done = runner.invoke(balise, shlex.split(line)[1:], input="correct horse battery\n" * 2)
    return done.exit_code, done.output


def test_each_command_does_what_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(PRINTED) >= 10
    for line in PRINTED:
        code, said = ran(folder, line, monkeypatch)
        assert code == FAULTS.get(line, 0), f"{line}: {said}"
        if line.startswith("balise site add"):
            assert '<script defer src="' in said
            assert ran(folder, "balise import rows.ndjson --site shop --quiet", monkeypatch)[0] == 0
    assert len(INLINE) >= 6
    for line in INLINE:
        asked = line.replace("--visitor ID", "--visitor b-17").replace("--event ID", "--event e1")
        code, said = ran(folder, asked, monkeypatch)
        assert code == 0, f"{asked}: {said}"
