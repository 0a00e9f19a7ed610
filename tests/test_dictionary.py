"""The dictionary over kept events: what a link said stays, what it meant follows the file."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest

from collector.dictionary import Options as NameOptions
from collector.engines.duckdb import Options as EngineOptions
from collector.engines.duckdb.engine import answer
from collector.enrich import Meaning, Trace, enrich, meaning
from collector.event import Event, Site
from collector.follower import Follower
from collector.follower import Options as SegmentOptions
from collector.journal import Folder, Journal, snapshot
from tests.conftest import Server, command

HEAD = 'version = "1.0.{}"\n[source]\ncase = "lower"\naliases = {{ {} }}\n[campaign]\ncase = "lower"\nseparator = "-"\n'
TAIL = '[channels]\notherwise = "ga4"\n[[channels.rule]]\nchannel = "Partners"\nsource = "partner-*"\n'
NOW = 1_772_500_000_000
SITE = Site(1, "shop", b"", ("https://shop.example",))


def book(path: Path, version: int, aliases: str) -> None:
    path.write_text(HEAD.format(version, aliases) + TAIL, encoding="utf-8")
    os.utime(path, ns=(version, version))  # a file's times may be coarser than a test is long


def trace(**said: str) -> Trace:
    return Trace(**(dict.fromkeys(Trace._fields) | said))  # type: ignore[arg-type]


def test_a_trace_is_read_as_it_was_meant_and_sessions_compare_meanings() -> None:
    means = meaning(HEAD.format(1, 'fb = "facebook"') + TAIL, "own")
    one = enrich(trace(source="FB", medium="paid", campaign="Big Sale"), SITE, means)
    other = enrich(trace(source="facebook", medium="paid", campaign="big-sale"), SITE, means)
    assert one == other
    assert one[:4] == ("facebook", "paid", "big-sale", "Paid Social")
    assert enrich(trace(source="partner-7"), SITE, means).channel == "Partners"
    assert enrich(trace(source="FB", campaign="Big Sale"), SITE, Meaning())[2] == "Big Sale"


def test_a_campaign_told_by_its_id_alone_is_a_campaign() -> None:
    told = enrich(trace(campaign_id="AbC"), SITE)
    assert (told.touch_campaign, told.tag) == ("AbC", "\x1f\x1fabc")


def test_own_rules_need_a_dictionary_that_has_them() -> None:
    with pytest.raises(ValueError, match=r"needs a dictionary with \[channels\]"):
        meaning("", "own")


def visit(number: int, source: str) -> Event:
    t = NOW + number * 10_000_000
    return Event(
        id=f"e{number}", t=t, received=t, name="page_view", visitor=f"v{number}", source=source, medium="social",
        campaign="Big Sale",
    )  # fmt: skip


def campaigns(folder: Folder) -> list[tuple[Any, ...]]:
    spec = {"range": {"from": NOW - 1, "to": NOW + 10**9}}
    rows = answer(folder, EngineOptions(), "shop", "campaigns", spec, NOW + 10**9).rows
    return sorted((row["source"], row["campaign"], row["sessions"]) for row in rows)


async def test_a_corrected_alias_corrects_history_at_one_moment_and_the_raw_value_stays(
    data: Path, tmp_path: Path
) -> None:
    folder, file = Folder(data), tmp_path / "names.toml"
    book(file, 1, 'fb = "facebok"')
    with folder.held():
        journal = await Journal.open(folder)
        follower = Follower(folder, journal, SegmentOptions(rows=2), EngineOptions(), NameOptions(str(file)))
        try:
            await journal.keep(1, [visit(n, source) for n, source in enumerate(["fb", "FB", "facebook", "fb", "FB"])])
            assert campaigns(folder) == [("facebook", "Big Sale", 1), ("fb", "Big Sale", 4)]
            assert await follower.adopt() == 0
            assert campaigns(folder) == [("facebok", "big-sale", 4), ("facebook", "big-sale", 1)]  # the tail already
            assert await follower.seal() == 3
            assert await follower.adopt() == 0
            with snapshot(folder) as view:
                before = view.segments()
            book(file, 2, 'fb = "facebook"')
            assert await follower.adopt() == 3
            assert campaigns(folder) == [("facebook", "big-sale", 5)]
            with snapshot(folder) as view:
                after = view.segments()
                raw = list(view.lines(0))
            assert [segment[:2] for segment in after] == [segment[:2] for segment in before]
            assert {path.name for path in folder.segments.iterdir() if path.is_file()} >= {s.file for s in after}
            assert not any((folder.segments / segment.file).exists() for segment in before)
            assert sum(b'"us":"FB"' in line for line in raw) == 2
            file.write_text("version = 1", encoding="utf-8")
            assert await follower.adopt() == 0
            file.unlink()
            assert await follower.adopt() == 0
            assert campaigns(folder) == [("facebook", "big-sale", 5)]
        finally:
            await journal.close()


def test_a_running_server_takes_a_changed_file_over(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "names.toml"
    book(file, 1, 'fb = "facebok"')
    rows = b'{"t":"2026-03-02T10:00:00Z","name":"page_view","visitor":"v","url":"https://shop.example/?utm_source=FB"}'
    command(data, "import", "-", "--site", "shop", stdin=rows)
    server = Server(data, environment={"BALISE_UTM_DICTIONARY": str(file)})
    try:
        wait(data, "facebok")
        book(file, 2, 'fb = "facebook"')
        wait(data, "facebook")
    finally:
        server.stop()
    command(data, "import", "-", "--site", "shop", stdin=rows)
    wait(data, "facebook")  # a command without settings does not undo it


def test_a_report_without_a_server_takes_a_changed_file_over(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "names.toml"
    names = {"BALISE_UTM_DICTIONARY": str(file)}
    asked = ("report", "campaigns", "--site", "shop", "--set", 'range={"from":"2026-03-01","to":"2026-04-01"}')
    rows = b'{"t":"2026-03-02T10:00:00Z","name":"page_view","visitor":"v","url":"https://shop.example/?utm_source=FB"}'
    book(file, 1, 'fb = "facebok"')
    command(data, "import", "-", "--site", "shop", stdin=rows, **names)
    command(data, "rebuild", **names)
    assert "facebok " in command(data, *asked, **names)
    book(file, 2, 'fb = "facebook"')
    assert "facebook " in command(data, *asked, **names)
    assert "facebook " in command(data, *asked)
    file.write_text("version = 1", encoding="utf-8")
    assert "facebook " in command(data, *asked, **names)


def wait(data: Path, source: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        rows = answer(Folder(data), EngineOptions(), "shop", "campaigns", {}, NOW * 2).rows
        if [row["source"] for row in rows] == [source]:
            return
        time.sleep(0.05)
    raise AssertionError(f"{source} never came")


def test_a_dictionary_at_fault_is_told_before_the_server_starts(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "names.toml"
    file.write_text('version = "1.0.0"\n[sauce]\n', encoding="utf-8")
    config = tmp_path / "balise.toml"
    for text, said in ((f'dictionary = "{file}"', "did you mean source"), ('rules = "own"', "needs a dictionary"),
                       ('dictionary = "none.toml"', "cannot be read")):  # fmt: skip
        config.write_text(f"[utm]\n{text}\n", encoding="utf-8")
        assert said in command(data, "serve", "--port", "0", "--config", str(config), code=2)


async def test_a_stopped_correction_changes_nothing_and_is_done_at_the_next_turn(data: Path, tmp_path: Path) -> None:
    folder, file = Folder(data), tmp_path / "names.toml"
    book(file, 1, 'fb = "facebook"')
    names = NameOptions(str(file))
    with folder.held():
        journal = await Journal.open(folder)
        try:
            await journal.keep(1, [visit(n, "fb") for n in range(4)])
            await Follower(folder, journal, SegmentOptions(rows=2), EngineOptions()).seal()
            stopped = Follower(folder, journal, SegmentOptions(rows=2), EngineOptions(), names)
            stopped.stop()
            assert await stopped.adopt() == 0
            assert campaigns(folder) == [("fb", "Big Sale", 4)]
            again = Follower(folder, journal, SegmentOptions(rows=2), EngineOptions(), names)
            assert await asyncio.wait_for(again.adopt(), 60) == 2
            assert campaigns(folder) == [("facebook", "big-sale", 4)]
        finally:
            await journal.close()
