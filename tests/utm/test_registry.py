from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import collector.utm
from collector.event import Site
from collector.intake.minimise import landing
from collector.links.target import location
from collector.utm import BuildError, Tags, build, check, classify, parse, registry, strip

ROOM = Path(collector.utm.__file__).parent


def test_the_registry_knows_over_a_hundred_click_ids_each_of_a_known_kind() -> None:
    assert len(registry.CLICK_IDS) > 100
    for click in registry.CLICK_IDS.values():
        assert click.name == click.name.lower()
        assert click.privacy in ("U", "C", "P"), click
        assert click.evidence in ("paid", "organic", "unknown"), click
        assert bool(click.medium) <= bool(click.source) or click.privacy == "P", click


def test_every_campaign_parameter_fills_a_known_field_and_belongs_to_one_family() -> None:
    names = [name for family in registry.FAMILIES.values() for name in family]
    assert len(names) == len(set(names))
    assert not set(names) & registry.CLICK_IDS.keys()
    for family in registry.FAMILIES.values():
        assert set(family.values()) <= {*registry.FIELDS, "extra"}


def test_every_alias_and_scope_leads_to_a_click_id() -> None:
    data = tomllib.loads((ROOM / "registry.toml").read_text("utf-8"))
    assert set(registry.ALIASES.values()) <= registry.CLICK_IDS.keys()
    assert data["scopes"].keys() <= registry.CLICK_IDS.keys()


def test_a_scoped_name_is_a_click_id_only_on_its_own_hosts() -> None:
    assert registry.click_id("si") is None
    assert registry.click_id("SI", "music.youtube.com") is registry.CLICK_IDS["si"]
    assert registry.click_id("si", "notyoutube.com") is None
    assert registry.click_id("ScClickId") is registry.CLICK_IDS["sccid"]


def test_the_room_stands_alone_on_the_standard_library(tmp_path: Path) -> None:
    (tmp_path / "lifted").symlink_to(ROOM)
    program = (
        "import sys, lifted; lifted.tags('gclid=1'); lifted.check('https://a.example/?utm_source=x');"
        "lifted.build('https://a.example', {'source': 'x'});"
        "print([m for m in sys.modules if m.partition('.')[0] not in sys.stdlib_module_names | {'lifted'}])"
    )
    command = [sys.executable, "-S", "-B", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "['__main__']" or done.stdout.strip() == "[]", done.stdout


def test_the_tables_are_valid_toml_with_both_languages() -> None:
    for table in ("sentences", "lint"):
        rows = tomllib.loads((ROOM / f"{table}.toml").read_text("utf-8"))
        rows.pop("words", None)
        for code, row in rows.items():
            assert row["en"], code
            assert row["fr"], code
            assert row["en"] != row["fr"], code


def test_what_is_on_record_names_click_ids_of_the_registry() -> None:
    data = tomllib.loads((ROOM / "registry.toml").read_text("utf-8"))
    named = {name for names in data["evidence"].values() for name in names.split()}
    assert named <= registry.CLICK_IDS.keys()
    assert len(named) >= 80
    assert len(registry.CLICK_IDS["gclid"].on_record) == 4


SECRET = "S3cret-Value_42x"
EVERYWHERE = [click for click in registry.CLICK_IDS.values() if not click.hosts]


@pytest.mark.parametrize("click", EVERYWHERE, ids=lambda click: click.name)
def test_everybody_reads_the_same_registry(click: registry.ClickId) -> None:
    page, query = "https://shop.example/", f"{click.name.upper()}={SECRET}"
    kept = landing(f"{page}?{query}", Site(1, "shop", b"", ("https://shop.example",)))  # the collector
    assert kept.tags.click_id == (click.name if click.source else None)
    assert (SECRET in repr(kept)) == (click.privacy == "C" and bool(click.source))
    with pytest.raises(BuildError):  # the builder
        build(page, {click.name: "x"})
    assert strip(f"{page}?a=1&{query}", "clicks") == f"{page}?a=1"
    found = {
        finding.rule for finding in check(f"{page}?utm_source=s&utm_medium=m&utm_campaign=c&{query}")
    }  # the checker
    assert ("L20" in found) == (click.privacy != "C")
    if click.source:  # the reports
        assert classify(Tags(click_id=click.name), None).source == click.source
    told = " ".join(parse(f"{page}?{query}").explain)
    assert click.name in told
    assert SECRET not in told or click.privacy == "C"
    assert location(page, query) == (page if click.privacy == "P" else f"{page}?{query}")  # short links


def test_the_families_of_other_tools_fill_the_same_fields_for_everybody() -> None:
    for family in registry.FAMILIES.values():
        for name, field in family.items():
            url = f"https://shop.example/?{name}=Spring"
            kept = landing(url, Site(1, "shop", b"", ("https://shop.example",))).tags
            assert kept[:6] == tuple("Spring" if one == field else None for one in registry.FIELDS), name
            assert strip(url, "campaign") == "https://shop.example/"
            assert name in " ".join(parse(url).explain)
