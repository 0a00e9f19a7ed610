"""The built snippets are what their sources make, and as small as promised. No node is needed here."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path

import brotli
import pytest

from collector.utm.registry import ALIASES, CAMPAIGN_NAMES, CLICK_IDS

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "js"
STATIC = ROOT / "collector" / "web" / "static"
MANIFEST = json.loads((STATIC / "s.json").read_text())
BUILDS = MANIFEST["builds"]
# Bytes on the wire, compressed as hard as Brotli and gzip can.
LIMITS = {
    "lite": (1_500, 1_750),
    "standard": (2_400, 2_750),
    "default": (2_950, 3_300),
    "full": (3_400, 3_800),
    "cmp": (900, 1_050),
}


def code(build: str) -> bytes:
    return (STATIC / BUILDS[build]["file"]).read_bytes()


def test_the_built_files_are_fresh() -> None:
    sources = [path.relative_to(SOURCES).as_posix() for path in (SOURCES / "src").rglob("*") if path.is_file()]
    names = ["build.mjs", "package.json", "package-lock.json", *sources]
    parts = (f"{name}\0{(SOURCES / name).read_text()}\0" for name in sorted(names))
    digest = hashlib.sha256("".join(parts).encode()).hexdigest()
    assert digest == MANIFEST["sources"], "js/ has changed: run `npm ci && npm run build` there"


@pytest.mark.parametrize("build", LIMITS)
def test_the_manifest_describes_the_built_file(build: str) -> None:
    assert BUILDS[build]["hash"] == hashlib.sha256(code(build)).hexdigest()[:12]
    assert BUILDS[build]["integrity"] == "sha384-" + base64.b64encode(hashlib.sha384(code(build)).digest()).decode()
    assert BUILDS[build]["bytes"]["min"] == len(code(build))


@pytest.mark.parametrize("build", LIMITS)
def test_every_build_is_as_small_as_promised(build: str) -> None:
    assert len(brotli.compress(code(build), quality=11)) <= LIMITS[build][0]
    assert len(gzip.compress(code(build), 9)) <= LIMITS[build][1]


@pytest.mark.parametrize("module", ["index", "cmp"])
def test_the_package_holds_what_was_built(module: str) -> None:
    built = (SOURCES / "dist" / f"{module}.js").read_bytes()
    assert hashlib.sha256(built).hexdigest() == MANIFEST["modules"][module]


def test_the_package_names_types_first_and_files_that_are_there() -> None:
    package = json.loads((SOURCES / "package.json").read_text())
    assert package["sideEffects"] is False
    for entry in (".", "./cmp"):
        targets = package["exports"][entry]
        assert next(iter(targets)) == "types"
        assert all((SOURCES / path).is_file() for path in targets.values())


def test_there_is_a_limit_for_every_build() -> None:
    assert set(BUILDS) == set(LIMITS)


@pytest.mark.parametrize("build", LIMITS)
def test_no_build_makes_code_or_reads_what_people_type(build: str) -> None:
    text = code(build).decode()
    forbidden = r"\beval\b|Function\(|innerHTML|outerHTML|createElement|textContent|innerText|\.selected|\.files"
    assert not re.findall(forbidden, text)
    assert not re.findall(r"sessionStorage|indexedDB|caches|canvas|plugins|userAgent|screen\b", text)


@pytest.mark.parametrize("build", ["lite", "cmp"])
def test_the_smallest_files_never_touch_storage(build: str) -> None:
    assert not re.findall(r"localStorage|\.cookie", code(build).decode())


@pytest.mark.parametrize("build", LIMITS)
def test_the_builds_are_written_for_browsers_of_2021(build: str) -> None:
    """ES2017 syntax: no optional chaining, no catch without a name, no private members, no big integers."""
    assert not re.findall(r"\?\.[a-z\[(]|\?\?|catch\{|#\w+\(|\b\d+n\b|\*\*=|\{\.\.\.", code(build).decode())


def test_the_parameters_the_snippet_takes_are_a_subset_of_the_registry() -> None:
    """All of the registry's click ids do not fit: the snippet knows endings that those of the ad networks share, and
    each of them, like each prefix of a campaign parameter, stands for names of the registry."""
    source = (SOURCES / "src" / "address.js").read_text()
    endings, letters, prefixes = re.findall(
        r"TAG = /\^\(\[\^=\]\*\((.*?)\)=\)\.\*\|\^\((\[\w+\]tm)\|(.*?)\)_/i;", source
    )[0]
    clicks = [*CLICK_IDS, *ALIASES]
    for ending in endings.split("|"):
        assert [name for name in clicks if re.fullmatch(f".*(?:{ending})", name, re.IGNORECASE)], ending
    known = [*clicks, *CAMPAIGN_NAMES]
    for prefix in (*(letter + "tm" for letter in letters[1:-3]), *prefixes.split("|")):
        assert [name for name in known if name.startswith(prefix + "_")], prefix
    networks = {"gclid", "gbraid", "wbraid", "dclid", "msclkid", "fbclid", "ttclid", "twclid", "li_fat_id", "epik"}
    assert networks <= {name for name in clicks if re.fullmatch(f".*(?:{endings})", name, re.IGNORECASE)}


def test_the_lock_file_names_no_place_where_packages_come_from() -> None:
    assert "http" not in (SOURCES / "package-lock.json").read_text()
