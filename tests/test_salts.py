"""The visitor of a day: what it is made of, how long it lives, and where its salt is."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collector.event import Site
from collector.salts import SIZE, Salts, place
from tests.intake.made import a_site

ADDRESS, AGENT = "203.0.113.77", "Mozilla/5.0 Firefox/140.0"
MINUTE = 60_000
PARIS = a_site(profile="exempt", timezone="Europe/Paris")


def at(text: str, site: Site = PARIS) -> int:
    """A moment (ms UTC) from the site's own clock."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(site.timezone)).timestamp() * 1000)


def who(salts: Salts, text: str, site: Site = PARIS, address: str = ADDRESS, agent: str = AGENT) -> str:
    return salts.daily(site, address, agent, at(text, site)).today


def test_a_visitor_is_one_for_the_sites_own_day() -> None:
    salts = Salts()
    first = who(salts, "2026-11-22T00:00:00")
    assert who(salts, "2026-11-22T23:59:59") == first
    assert who(salts, "2026-11-23T00:31:00") != first


def test_another_network_another_agent_and_another_site_are_others() -> None:
    salts, noon = Salts(), "2026-11-22T12:00:00"
    other = a_site(number=2, profile="exempt")
    ids = [
        who(salts, noon), who(salts, noon, address="198.51.100.7"), who(salts, noon, agent="Mozilla/5.0 Chrome/142"),
        who(salts, noon, other), who(Salts(), noon),
    ]  # fmt: skip
    assert len(set(ids)) == 5
    assert who(salts, noon, address="203.0.113.1") == ids[0], "the same network"


def test_a_visit_that_runs_on_over_midnight_keeps_its_hash_until_it_ends() -> None:
    salts = Salts()
    evening = who(salts, "2026-11-22T23:50:00")
    assert who(salts, "2026-11-23T00:10:00") == evening
    assert who(salts, "2026-11-23T00:29:00") == evening
    assert who(salts, "2026-11-23T00:45:00") == evening, "the salt is gone, the visit is not"
    assert who(salts, "2026-11-23T01:14:59") == evening
    later = who(salts, "2026-11-23T01:44:59")
    assert later != evening
    assert who(salts, "2026-11-23T01:45:00") == later


def test_a_visit_that_was_over_before_midnight_is_not_taken_up() -> None:
    salts = Salts()
    evening = who(salts, "2026-11-22T23:40:00")
    assert who(salts, "2026-11-23T00:10:00") != evening


def test_nobody_else_is_taken_for_the_visit_that_runs() -> None:
    salts = Salts()
    evening = who(salts, "2026-11-22T23:59:00")
    assert who(salts, "2026-11-23T00:00:30", address="198.51.100.7") != evening


def test_a_visit_may_run_on_over_two_midnights() -> None:
    salts, site = Salts(), a_site(profile="exempt", session_timeout=43_200_000)
    first = who(salts, "2026-11-22T18:00:00", site)
    for moment in ("2026-11-23T05:00:00", "2026-11-23T16:00:00", "2026-11-24T03:00:00"):
        assert who(salts, moment, site) == first
    assert who(salts, "2026-11-24T15:00:00", site) != first


def test_what_happened_before_midnight_has_its_own_days_hash_while_that_salt_is_there() -> None:
    salts = Salts()
    yesterday = who(salts, "2026-11-22T12:00:00")
    soon = salts.daily(PARIS, ADDRESS, AGENT, at("2026-11-23T00:05:00"))
    assert (soon.before, soon.midnight) == (yesterday, at("2026-11-23T00:00:00"))
    assert salts.daily(PARIS, ADDRESS, AGENT, at("2026-11-23T00:30:00")).before is None


def test_a_day_that_the_clock_changes_is_a_day() -> None:
    salts = Salts()
    first = who(salts, "2026-10-25T00:10:00")  # 25 hours
    assert who(salts, "2026-10-25T23:50:00") == first
    assert salts.daily(PARIS, ADDRESS, AGENT, at("2026-10-26T00:05:00")).midnight == at("2026-10-26T00:00:00")


def test_a_clock_that_was_put_back_brings_no_salt_back() -> None:
    drawn: list[int] = []

    def draw(size: int) -> bytes:
        drawn.append(size)
        return bytes([len(drawn)]) * size

    salts = Salts(draw=draw)
    who(salts, "2026-11-22T12:00:00")
    later = who(salts, "2026-11-24T12:00:00")
    assert who(salts, "2026-11-22T12:00:00") == later
    assert drawn == [SIZE, SIZE]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = place(str(tmp_path), tmp_path / "data")
    assert found is not None
    return found


def test_a_restart_costs_nothing(file: Path) -> None:
    before = who(Salts(file), "2026-11-22T12:00:00")
    assert who(Salts(file), "2026-11-22T13:00:00") == before


def test_the_file_is_the_owners_and_holds_salts_only(file: Path) -> None:
    who(Salts(file), "2026-11-22T12:00:00")
    assert file.stat().st_mode & 0o777 == 0o600
    assert ADDRESS not in file.read_text()
    assert "Firefox" not in file.read_text()


def test_a_salt_is_destroyed_after_the_overlap_though_nobody_comes(file: Path) -> None:
    salts = Salts(file, draw=lambda size: bytes(range(size)) if not file.exists() else os.urandom(size))
    salts.daily(PARIS, ADDRESS, AGENT, at("2026-11-22T12:00:00"))
    first = file.read_bytes()
    kept = first[first.index(b'"now"') :][:40]
    salts.expire([PARIS], at("2026-11-23T00:00:01"))
    assert kept.split(b":")[1] in file.read_bytes()
    salts.expire([PARIS], at("2026-11-23T00:30:00"))
    assert kept.split(b":")[1] not in file.read_bytes()


def test_the_salts_of_a_site_that_is_gone_go_too(file: Path) -> None:
    salts = Salts(file)
    who(salts, "2026-11-22T12:00:00")
    salts.expire([], at("2026-11-22T12:00:10"))
    assert file.read_bytes() == b"{}"


def a_link(file: Path) -> None:
    file.with_suffix(".other").write_bytes(b"{}")
    file.symlink_to(file.with_suffix(".other"))


def a_file_for_all(file: Path) -> None:
    file.write_bytes(b"{}")
    file.chmod(0o644)


@pytest.mark.parametrize("trap", [a_link, a_file_for_all, Path.mkdir])
def test_a_file_that_is_not_plainly_ours_is_not_used(file: Path, trap: Callable[[Path], None]) -> None:
    trap(file)
    salts = Salts(file)
    first = who(salts, "2026-11-22T12:00:00")
    assert who(salts, "2026-11-22T13:00:00") == first, "in memory it still works"
    assert file.is_dir() or file.read_bytes() == b"{}"


@pytest.mark.parametrize("torn", [b"", b"{", b'{"1":{}}', b'{"x":{"midnight":0,"tomorrow":1,"now":""}}', b"\xff"])
def test_a_torn_file_is_none(file: Path, torn: bytes) -> None:
    file.write_bytes(torn)
    file.chmod(0o600)
    assert who(Salts(file), "2026-11-22T12:00:00")


def test_the_folder_lies_outside_of_the_data(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="outside of the data folder"):
        place(str(tmp_path / "data" / "salts"), tmp_path / "data")
    assert place("", tmp_path) is None
    assert place(str(tmp_path / "nowhere"), tmp_path / "data") is None
