"""Dying while a corrected dictionary changes what history means leaves the old meaning or the new one, never a mix."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from collector.engines.duckdb import Options
from collector.engines.duckdb.engine import answer
from collector.journal import Folder
from tests.conftest import BALISE, ORIGIN, command
from tests.crash.basket import faults, lying, published, serving

pytestmark = pytest.mark.crash

START = 1_772_500_000_000
BOOK = 'version = "1.0.{}"\n[source]\naliases = {{ fb = "{}" }}\n'
SMALL = {"BALISE_SEGMENTS_ROWS": "500"}
OLD, NEW = {"facebok": 900, "facebook": 300}, {"facebook": 1_200}
STEPS = ["seal_half_renamed:2", "seal_renamed:3", "seal_published"]  # of the second new segment, the last, all of them


def meant(data: Path) -> dict[str, int]:
    """Source → sessions, as the folder is."""
    spec = {"range": {"from": START - 1, "to": START + 10**9}}
    rows = answer(Folder(data), Options(), "shop", "campaigns", spec, START + 10**9).rows
    return {row["source"]: row["sessions"] for row in rows}


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,200 visits in three segments, under a dictionary with a misspelt alias."""
    data = tmp_path_factory.mktemp("meaning") / "data"
    command(data, "site", "add", "shop", "--origin", ORIGIN)
    rows = [
        {"t": START + n, "name": "page_view", "visitor": f"v{n}",
         "url": f"{ORIGIN}/?utm_source={'fb' if n % 4 else 'facebook'}"}
        for n in range(1_200)
    ]  # fmt: skip
    book = data.parent / "book.toml"
    book.write_text(BOOK.format(1, "facebok"), encoding="utf-8")
    names = SMALL | {"BALISE_UTM_DICTIONARY": str(book)}
    command(data, "import", "-", "--site", "shop", stdin="\n".join(map(json.dumps, rows)).encode(), **names)
    command(data, "rebuild", **names)
    assert (meant(data), len(published(data))) == (OLD, 6)
    return data


@pytest.mark.parametrize("step", STEPS)
def test_a_change_of_meaning_that_is_killed_is_whole_or_has_not_happened(
    step: str, sealed: Path, tmp_path: Path
) -> None:
    data, book = shutil.copytree(sealed, tmp_path / "data"), tmp_path / "book.toml"
    book.write_text(BOOK.format(2, "facebook"), encoding="utf-8")
    names = SMALL | {"BALISE_UTM_DICTIONARY": str(book)}
    asked = [*BALISE, "--data", str(data), "report", "campaigns", "--site", "shop"]
    dying = subprocess.run(asked, env=os.environ | names | {"BALISE_CRASH_AT": step}, capture_output=True, check=False)
    assert dying.returncode == -signal.SIGKILL, dying.stderr
    assert meant(data) == (NEW if step == "seal_published" else OLD)
    assert faults(data) == []
    with serving(data, names):
        deadline = time.monotonic() + 120
        while meant(data) != NEW or lying(data) != published(data):
            assert time.monotonic() < deadline, (meant(data), lying(data), published(data))
            time.sleep(0.05)
    assert faults(data) == []
