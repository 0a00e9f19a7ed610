"""The built snippet is the one its sources make, and as small as promised. No node is needed here."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path

import brotli

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "js"
BUILT = ROOT / "collector" / "web" / "static" / "s.js"
MANIFEST = json.loads((BUILT.parent / "s.json").read_text())


def test_the_built_file_is_fresh() -> None:
    names = ["build.mjs", "package-lock.json", *(f"src/{path.name}" for path in (SOURCES / "src").iterdir())]
    parts = (f"{name}\0{(SOURCES / name).read_text()}\0" for name in sorted(names))
    digest = hashlib.sha256("".join(parts).encode()).hexdigest()
    assert digest == MANIFEST["sources"], "js/ has changed: run `npm ci && npm run build` there"


def test_the_manifest_describes_the_built_file() -> None:
    code = BUILT.read_bytes()
    assert MANIFEST["hash"] == hashlib.sha256(code).hexdigest()[:12]
    assert MANIFEST["integrity"] == "sha384-" + base64.b64encode(hashlib.sha384(code).digest()).decode()
    assert MANIFEST["bytes"]["min"] == len(code)


def test_the_snippet_is_at_most_1500_bytes_on_the_wire() -> None:
    code = BUILT.read_bytes()
    assert len(brotli.compress(code, quality=11)) <= 1_500
    assert len(gzip.compress(code, 9)) <= 1_750


def test_the_snippet_never_touches_storage_and_never_makes_code() -> None:
    code = BUILT.read_text()
    assert not re.findall(r"localStorage|sessionStorage|indexedDB|\.cookie|caches|\beval\b|Function\(|innerHTML", code)


def test_the_snippet_is_written_for_browsers_of_2021() -> None:
    """ES2017 syntax: no optional chaining, no catch without a name, no private members, no big integers."""
    assert not re.findall(r"\?\.[a-z\[(]|\?\?|catch\{|#\w+\(|\b\d+n\b", BUILT.read_text())


def test_the_lock_file_names_no_place_where_packages_come_from() -> None:
    assert "http" not in (SOURCES / "package-lock.json").read_text()
