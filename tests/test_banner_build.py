"""The built banner is the one its source makes, and as small as promised. No node is needed here."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import brotli

ROOT = Path(__file__).parents[1]
BUILT = ROOT / "collector" / "web" / "static" / "banner.js"


def test_the_built_banner_is_fresh() -> None:
    source = hashlib.sha256((ROOT / "js" / "banner.js").read_bytes()).hexdigest()
    assert json.loads(BUILT.with_suffix(".json").read_text())["source"] == source, "run `node banner.mjs` in js/"


def test_the_banner_is_at_most_2500_bytes_on_the_wire() -> None:
    assert len(brotli.compress(BUILT.read_bytes(), quality=11)) <= 2_500


def test_the_banner_makes_no_markup_and_no_code() -> None:
    assert not re.findall(
        r"innerHTML|insertAdjacent|document\.write|\beval\b|Function\(|cookie\b(?=\s*=)", BUILT.read_text()
    )
