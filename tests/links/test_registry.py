"""The registry of issued links: once by content, never another target behind a code, kept beside a running server."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from collector.journal import Draft, Folder, Link, snapshot
from collector.journal.links import NEVER, rehearsed
from collector.journal.log import Journal
from tests.conftest import Server
from tests.links.run import MAIL, PAGE, listed, run


def added(data: Path, *arguments: str, url: str = PAGE) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(data, "links", "add", url, *MAIL, "--json", *arguments).stdout)
    return found


def test_a_link_is_known_by_its_content(data: Path) -> None:
    first = added(data, "--author", "ana", "--note", "banner")
    assert first["target"] == f"{PAGE}?utm_source=newsletter&utm_medium=email&utm_campaign=spring"
    assert added(data, "--author", "bob")["outcome"] == "known"
    assert added(data, "--expires", "2099-01-01")["outcome"] == "changed"
    assert added(data, "--expires", "2099-01-01")["outcome"] == "known"
    assert added(data, "--expires", "never")["expires"] is None
    found = listed(data)
    assert [(one["code"], one["author"], one["note"]) for one in found] == [(first["code"], "ana", "banner")]


def test_a_code_never_leads_to_another_page_and_is_never_given_out_again(data: Path) -> None:
    assert added(data, "--code", "Spring-26")["code"] == "spring-26"
    other = ("links", "add", f"{PAGE}/other", *MAIL, "--code", "spring-26")
    assert "leads to another page already" in run(data, *other, code=2).stderr
    run(data, "links", "remove", "spring-26", "--yes")
    assert "was removed" in run(data, *other, code=2).stderr
    assert "spring-26" not in run(data, "links", "list").stdout
    assert added(data)["outcome"] == "added"


def test_links_are_issued_beside_a_running_server(data: Path, start: Callable[..., Server]) -> None:
    server = start()
    first = added(data)
    assert first["short"] == f"{server.url}/l/{first['code']}"
    server.stop()
    assert added(data)["outcome"] == "known"
    run(data, "links", "remove", first["code"], "--yes")
    run(data, "links", "remove", first["code"], "--yes")
    assert "there is no link with the code" in run(data, "links", "show", "nothing", code=2).stderr
    assert "removed" in run(data, "links", "show", first["code"]).stdout


def test_a_refused_link_exits_with_2_and_a_sentence_for_each_fault_in_either_language(data: Path) -> None:
    bad = ("links", "add", "http://10.0.0.8/", "--medium", "email", "--code", "?")
    english, french = (run(data, *bad, "--lang", lang, code=2).stderr.splitlines() for lang in ("en", "fr"))
    assert [line.split()[1] for line in english] == [line.split()[1] for line in french] == ["code", "url"]
    assert "doit" in french[0]
    assert listed(data) == []


def test_the_dictionary_of_the_settings_is_enforced_and_its_version_kept(data: Path, tmp_path: Path) -> None:
    names = tmp_path / "utm.toml"
    names.write_text('version = "2.1.0"\n[source]\nvalues = ["newsletter"]\naliases = { nl = "newsletter" }\n')
    told = {"BALISE_UTM_DICTIONARY": str(names)}
    mail = ("--medium", "email")
    found = json.loads(run(data, "links", "add", PAGE, "--source", "nl", *mail, "--json", **told).stdout)
    assert (found["dictionary"], found["target"]) == ("2.1.0", f"{PAGE}?utm_source=newsletter&utm_medium=email")
    assert "source" in run(data, "links", "add", PAGE, "--source", "tv", code=2, **told).stderr
    names.write_text("version = 2\n")
    assert str(names) in run(data, "links", "add", PAGE, code=2, **told).stderr


def test_a_list_as_csv_runs_no_formula(data: Path) -> None:
    added(data, "--note", "=HYPERLINK(1)", "--author", "@ana")
    said = run(data, "links", "list", "--format", "csv").stdout
    assert "'=HYPERLINK(1)" in said
    assert ",'@ana," in said


def test_a_rehearsal_says_what_storing_would_and_writes_nothing(data: Path) -> None:
    known = [Link(1, "aaa", PAGE, "", 0, "", "note", None, None), Link(2, "bbb", f"{PAGE}/2", "", 0, "", "", None, 5)]
    drafts = [
        Draft(PAGE), Draft(f"{PAGE}/new"), Draft(f"{PAGE}/new"), Draft(f"{PAGE}/x", "aaa"), Draft(f"{PAGE}/2", "bbb"),
        Draft(PAGE, expires=9), Draft(PAGE, expires=NEVER),
    ]  # fmt: skip
    found = [outcome.what for outcome in rehearsed(known, drafts)]
    assert found == ["known", "added", "known", "taken", "removed", "changed", "changed"]


def test_a_log_of_the_first_format_gets_its_tables_and_keeps_its_events(data: Path) -> None:
    with closing(sqlite3.connect(data / "log.sqlite")) as connection:
        later = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN "
            "('event', 'batch', 'counter', 'site', 'segment')"
        ).fetchall()
        connection.executescript(" ".join(f"DROP TABLE {name};" for (name,) in later) + "PRAGMA user_version = 1;")
    with snapshot(Folder(data)) as view:
        assert (view.links(), view.clicks(), view.find_link("x")) == ([], [], None)
    assert added(data)["outcome"] == "added"
    run(data, "check")


async def test_clicks_of_a_failed_round_reach_the_disk_with_the_next(data: Path) -> None:
    from collector.journal import Click, UnavailableError  # noqa: PLC0415

    folder = Folder(data)
    with folder.held():
        journal = await Journal.open(folder)
        await journal.execute(("ALTER TABLE click RENAME TO away", ()))
        for _ in range(3):
            with pytest.raises(UnavailableError):
                await journal.click(Click(1, "human"))
        await journal.execute(("ALTER TABLE away RENAME TO click", ()))
        await journal.click(Click(1, "bot"))
        await journal.close()
    with snapshot(folder) as view:
        assert Counter({one.kind: one.n for one in view.clicks()}) == {"human": 3, "bot": 1}
