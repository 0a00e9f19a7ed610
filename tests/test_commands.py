"""The commands, as an operator types them."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import BALISE, ORIGIN, Server, command, report


def rows(*changes: dict[str, Any]) -> bytes:
    start = {"t": "2026-03-02T10:00:00Z", "name": "page_view", "url": "https://shop.example/a", "visitor": "v1"}
    return b"\n".join(json.dumps(start | change).encode() for change in changes)


def test_an_import_is_idempotent_by_id(data: Path) -> None:
    file = rows({"id": "a"}, {"id": "b"}, {"id": "a"})
    assert command(data, "import", "-", "--site", "shop", stdin=file).split() == [
        "accepted",
        "2",
        "duplicate",
        "1",
        "dropped",
        "0",
    ]
    assert command(data, "import", "-", "--site", "shop", stdin=file).split()[:4] == ["accepted", "0", "duplicate", "3"]


def test_rows_without_an_id_are_known_by_their_content(data: Path) -> None:
    """Two equal rows of one file are two events; the same file again adds nothing."""
    file = rows({}, {}, {"visitor": "v2"})
    assert "accepted 3" in command(data, "import", "-", "--site", "shop", stdin=file)
    assert "duplicate 3" in command(data, "import", "-", "--site", "shop", stdin=file)


def test_the_mark_in_front_of_a_text_is_no_part_of_its_first_row(data: Path) -> None:
    file = b"\xef\xbb\xbf" + rows({"id": "a"}, {"id": "b"})
    assert "accepted 2" in command(data, "import", "-", "--site", "shop", stdin=file)


def test_a_bad_row_is_told_and_its_neighbours_are_kept(data: Path) -> None:
    bad = [
        b'{"t": 1',
        b'{"t":"2026-03-02T10:00:00Z","name":"x","colour":"red"}',
        b"[]",
        b'{"t":"yesterday","name":"x"}',
    ]
    file = b"\n".join(
        [rows({"id": "a"}), *bad, rows({"id": "b"}), b"", b'{"t":"2026-03-02T10:00:00Z","name":"x","url":"ftp://x"}']
    )
    said = command(data, "import", "-", "--site", "shop", stdin=file)
    assert "accepted 2" in said
    assert "dropped 5\n  invalid 3\n  malformed 2" in said


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"t,name\n1,x\n", b"\xff\xfe{\x00"])
def test_a_file_without_json_is_refused(data: Path, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "rows"
    file.write_bytes(content)
    command(data, "import", str(file), "--site", "shop", code=2 if content else 0)


def test_a_missing_file_and_an_unknown_site_exit_with_2_and_one_sentence(data: Path, tmp_path: Path) -> None:
    assert "cannot be read: No such file" in command(data, "import", str(tmp_path / "no"), "--site", "shop", code=2)
    assert "there is no site named shpo; did you mean shop?" in command(data, "import", "-", "--site", "shpo", code=2)
    assert "start with `balise site add`" in command(tmp_path / "empty", "report", "overview", "--site", "shop", code=2)


def test_a_row_longer_than_a_megabyte_is_one_dropped_row(data: Path) -> None:
    long = b'{"id":"l","t":1772445600000,"name":"x","url":"https://shop.example/' + b"a" * 3_000_000 + b'"}'
    said = command(data, "import", "-", "--site", "shop", stdin=long + b"\n" + rows({"id": "b"}))
    assert said.split() == ["accepted", "1", "duplicate", "0", "dropped", "1", "malformed", "1"]


def test_consent_of_rows_is_honoured(data: Path) -> None:
    states = [{"state": "granted"}, {"state": "denied"}, {"state": "withdrawn"}, {"state": "pending"}]
    file = rows(*({"id": f"r{n}", "consent": state} for n, state in enumerate(states)), {"id": "none"})
    said = command(data, "import", "-", "--site", "shop", stdin=file)
    assert "accepted 2" in said
    assert {"denied 1", "withdrawn 1", "no_consent 1"} <= {line.strip() for line in said.splitlines()}
    assert report(data, "overview")["data"] | {"from": 0, "to": 0} == {
        "events": 2, "from": 0, "to": 0, "consented": 1, "through_seq": 2,
    }  # fmt: skip


def test_an_export_can_be_read_back(data: Path, tmp_path: Path) -> None:
    command(
        data,
        "import",
        "-",
        "--site",
        "shop",
        stdin=rows({"id": "a", "props": {"x": "=1+1"}}, {"id": "b", "ua": "curl/8"}),
    )
    kept = [json.loads(line) for line in command(data, "export", "--site", "shop").splitlines()]
    assert [row["id"] for row in kept] == ["a", "b"]
    assert kept[0]["path"] == "/a"
    table = list(csv.DictReader(io.StringIO(command(data, "export", "--site", "shop", "--format", "csv"))))
    assert [row["id"] for row in table] == ["a", "b"]
    command(data, "export", "--site", "shop", "--format", "parquet", "--output", str(tmp_path / "e.parquet"))
    names = duckdb.sql(f"FROM '{tmp_path / 'e.parquet'}'").columns
    assert (names[0], names[-1], "visitor" in names) == ("seq", "internal", True)
    assert "needs --output" in command(data, "export", "--site", "shop", "--format", "parquet", code=2)


@pytest.mark.parametrize("kind", ["ndjson", "parquet"])
def test_an_output_that_cannot_be_written_is_told_in_one_sentence(data: Path, tmp_path: Path, kind: str) -> None:
    nowhere = tmp_path / "no" / "file"
    said = command(data, "export", "--site", "shop", "--format", kind, "--output", str(nowhere), code=2)
    assert f"--output {nowhere} cannot be written: No such file" in said


def test_a_reader_may_leave_before_an_export_ends(data: Path) -> None:
    command(data, "import", "-", "--site", "shop", stdin=rows(*({"id": f"row-{n}"} for n in range(3_000))))
    export = [*BALISE, "--data", str(data), "export", "--site", "shop"]
    with subprocess.Popen(export, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert b"row-0" in running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 1


def test_a_log_of_a_later_format_is_not_guessed_at(data: Path) -> None:
    with closing(sqlite3.connect(data / "log.sqlite")) as log:
        log.execute("PRAGMA user_version = 99")
    for arguments in (["report", "overview", "--site", "shop"], ["check"], ["site", "list"], ["serve", "--port", "0"]):
        assert "the log has format 99" in command(data, *arguments, code=1)


def test_a_backup_of_the_log_alone_is_a_folder_again_after_a_rebuild(data: Path, tmp_path: Path) -> None:
    changes = [{"id": f"row-{n}", "visitor": f"v{n % 7}"} for n in range(40)]
    command(data, "import", "-", "--site", "shop", stdin=rows(*changes))
    command(data, "rebuild")
    told = report(data, "overview", {"now": 1_795_000_000_000})
    restored = tmp_path / "restored"
    restored.mkdir()
    with closing(sqlite3.connect(data / "log.sqlite")) as log:
        log.execute("VACUUM INTO ?", (str(restored / "log.sqlite"),))
    assert "`balise rebuild` makes it anew" in command(restored, "report", "overview", "--site", "shop", code=1)
    command(restored, "rebuild")
    assert "0 faults" in command(restored, "check")
    assert report(restored, "overview", {"now": 1_795_000_000_000}) == told
    assert not list((restored / "spill").iterdir())


def test_only_its_owner_may_read_the_log(tmp_path: Path) -> None:
    """Also in a folder that was there before and that everybody may open."""
    tmp_path.chmod(0o755)
    command(tmp_path, "site", "add", "shop", "--origin", ORIGIN)
    assert stat.S_IMODE((tmp_path / "log.sqlite").stat().st_mode) == 0o600


def test_a_site_is_added_shown_and_removed(data: Path) -> None:
    command(
        data,
        "site",
        "add",
        "two",
        "--origin",
        "https://Two.example:443/",
        "--origin",
        "https://straße.example",
        "--timezone",
        "Europe/Paris",
        "--own-host",
        "pay.example",
    )
    said = command(data, "site", "show", "two")
    assert "https://two.example https://xn--strae-oqa.example\n" in said
    assert (
        '<script defer src="http://127.0.0.1:8787/m/s.js" data-site="two" referrerpolicy="no-referrer"></script>'
        in said
    )
    assert "integrity=" in said
    assert [line.split()[0] for line in command(data, "site", "list").splitlines()] == ["shop", "two"]
    command(data, "site", "remove", "two", "--yes")
    assert "two" not in command(data, "site", "list")
    assert report(data, "overview", site="two")["totals"]["sessions"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shop", "--origin", ORIGIN], "there is a site named shop already"),
        (["Shop!", "--origin", ORIGIN], "a site's name is 1 to 40 of a-z"),
        (["x", "--origin", "shop.example"], "an origin looks like https://shop.example"),
        (["x", "--origin", "https://shop.example/path"], "an origin looks like https://shop.example"),
        (["x", "--origin", "https://☃.example"], "'☃.example' is no host name by IDNA 2008"),
        (["x", "--origin", f"https://{'ü' * 70}.example"], "is no host name by IDNA 2008"),
        (["x", "--origin", ORIGIN, "--profile", "exempted"], "'exempted' is not one of 'required', 'exempt', 'hybrid'"),
        (["x", "--origin", ORIGIN, "--receipt-days", "0"], "Expected `int` >= 1 - at `$.receipt_days`"),
        (["x", "--origin", ORIGIN, "--session-timeout", "5"], "5 is not in the range 60<=x<=86400"),
        (["x", "--origin", ORIGIN, "--timezone", "Europe/Pari"], "did you mean Europe/Paris?"),
    ],
)
def test_a_site_that_cannot_be_is_refused_in_one_sentence(data: Path, arguments: list[str], said: str) -> None:
    assert said in command(data, "site", "add", *arguments, code=2)


def facts(said: str) -> dict[str, str]:
    """What `site show` says, by its labels."""
    return {line[:16].strip(): line[17:] for line in said.partition("\n\n")[0].splitlines()}


@pytest.mark.parametrize("running", [False, True])
def test_what_a_site_asks_of_consent_can_change(data: Path, start: Callable[..., Server], running: bool) -> None:
    if running:
        start()
    assert facts(command(data, "site", "show", "shop"))["policy"] == "– (any)"
    changes = ["--profile", "hybrid", "--policy", "2026-12", "--receipt-days", "180"]
    said = facts(command(data, "site", "change", "shop", *changes))
    assert (said["profile"], said["policy"], said["receipt days"]) == ("hybrid", "2026-12", "180")
    command(data, "site", "change", "shop", "--policy", "2027-01")
    said = facts(command(data, "site", "show", "shop"))
    assert (said["profile"], said["policy"], said["receipt days"]) == ("hybrid", "2027-01", "180")
    assert "--receipt-days" in command(data, "site", "change", "shop", code=2)
    assert "receipt_days" in command(data, "site", "change", "shop", "--receipt-days", "0", code=2)
    assert "there is no site named shopp" in command(data, "site", "change", "shopp", "--policy", "x", code=2)


def test_commands_that_write_hand_their_work_to_the_server(data: Path, server: Server) -> None:
    command(data, "site", "add", "two", "--origin", "https://two.example")
    assert "accepted 2" in command(data, "import", "-", "--site", "two", stdin=rows({"id": "a"}, {"id": "b"}))
    assert report(data, "overview", site="two")["totals"]["page_views"] == 2
    assert "rebuilt 1 segments" in command(data, "rebuild")
    assert report(data, "overview", site="two")["totals"]["page_views"] == 2
    assert "a site named two already" in command(data, "site", "add", "two", "--origin", "https://two.example", code=2)
    assert "0 faults" in command(data, "check")
    assert server.post({"v": 1, "site": "two", "events": []}, origin="https://two.example").status_code == 202
    assert "there is no site named three" in command(data, "site", "remove", "three", "--yes", code=2)


def test_a_second_server_is_refused_with_the_pid_of_the_first(data: Path, server: Server) -> None:
    assert f"is in use by process {server.process.pid}" in command(data, "serve", "--port", "0", code=1)


def test_a_port_that_is_taken_is_told(data: Path, server: Server, tmp_path: Path) -> None:
    assert "address already in use" in command(tmp_path / "other", "serve", "--port", str(server.port), code=1).lower()


@pytest.fixture(scope="module")
def long_names(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose pages and campaigns have names longer than a line."""
    data = shutil.copytree(fresh, tmp_path_factory.mktemp("long") / "data")
    campaign = "?utm_source=a-very-long-source-name&utm_medium=a-long-medium&utm_campaign=" + "long-" * 12
    changes = [
        {"id": f"e{n}", "visitor": f"v{n}", "url": f"https://shop.example/{'deep/' * n}{campaign}"} for n in range(9)
    ]
    command(data, "import", "-", "--site", "shop", stdin=rows(*changes))
    return data


@pytest.mark.parametrize("name", ["overview", "sessions", "pages", "campaigns", "channels", "quality", "realtime"])
def test_every_report_fits_80_columns(long_names: Path, name: str) -> None:
    lines = command(long_names, "report", name, "--site", "shop").splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) > 4


def test_completion_is_offered(data: Path) -> None:
    assert "complete" in command(data, code=None, _BALISE_COMPLETE="bash_source")
