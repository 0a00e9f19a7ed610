"""balise utm build | parse | channel | check, as people and scripts call them."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from collector.cli import balise

LINK = "https://shop.example/?utm_source=letter&utm_medium=email&utm_campaign=spring"
CORE = ("--source", "letter", "--medium", "email", "--campaign", "spring")
BOOK = """
version = "2.1.0"
[source]
required = true
case = "lower"
values = ["facebook", "letter"]
aliases = { fb = "facebook" }
[campaign]
template = "{date:%Y-%m}_{geo:ISO2}_{brand}"
[[when]]
medium = "cpc"
require = ["id"]
[channels]
otherwise = "ga4"
[[channels.rule]]
channel = "Influencers"
medium = ["influencer*", "creator"]
[[channels.rule]]
channel = "Press"
source = "*.press.example"
campaign = "pr-*"
"""
Run = Callable[..., Result]


@pytest.fixture(name="run")
def _run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "book.toml").write_text(BOOK, encoding="utf-8")

    def run(*arguments: str, stdin: str | bytes = "") -> Result:
        done = CliRunner().invoke(balise, ["utm", *arguments], input=stdin)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run


def read(done: Result) -> Any:
    assert done.exit_code in (0, 1), done.stderr
    return json.loads(done.stdout)


def test_the_link_stands_alone_on_the_output(run: Run) -> None:
    done = run("build", "https://shop.example/?a=%E9#x", *CORE, "--set", "utm_x=y z")
    assert done.stdout == (
        "https://shop.example/?a=%E9&utm_source=letter&utm_medium=email&utm_campaign=spring&utm_x=y%20z#x\n"
    )
    assert done.stderr == "balise: utm_x is a parameter of your own: most reporting tools do not read it.\n"
    assert done.exit_code == 0


def test_a_link_comes_as_json_with_its_channel_under_every_set(run: Run) -> None:
    built = read(run("build", "https://shop.example/", *CORE, "--term", "a%20b", "--json"))
    assert built["url"] == LINK + "&utm_term=a%2520b"
    assert built["channels"] == {"ga4": "Email", "plausible": "Email", "matomo": "Campaigns"}
    assert [warning["code"] for warning in built["warnings"]] == ["encoded_value"]


POLICIES = [
    ("replace", "utm_source=letter&utm_medium=email&utm_campaign=spring"),
    ("keep", "utm_source=old"),
    ("fill", "utm_source=old&utm_medium=email&utm_campaign=spring"),
]


@pytest.mark.parametrize(("policy", "query"), POLICIES)
def test_what_is_there_is_dealt_with_as_asked(run: Run, policy: str, query: str) -> None:
    done = run("build", "https://shop.example/?utm_source=old", *CORE, "--policy", policy)
    assert done.stdout == f"https://shop.example/?{query}\n"


BAD = [
    (["build", "javascript:alert(1)", *CORE], "url must start with https://"),
    (["build", "https://shop.example/\u202e", *CORE], "an invisible character"),
    (["build", "https://shop.example/", "--source", "a", "--medium", "b"], "--campaign is missing"),
    (["build", "https://shop.example/", *CORE, "--set", "utm_soruce=x"], "did you mean utm_source?"),
    (["build", "https://shop.example/", *CORE, "--set", "utm_userid=7"], "not a campaign parameter"),
    (["build", "https://shop.example/", *CORE, "--set", "nothing"], "--set must be written NAME=VALUE"),
    (["build", "https://shop.example/", *CORE, "--id", "a@b.example"], "looks like an e-mail address"),
    (["build", "https://shop.example/?utm_source=x", *CORE, "--policy", "error"], "utm_source is already 'x'"),
    (["build", "https://shop.example/", *CORE, "--policy", "merge"], "'merge' is not one of"),
    (["build", *CORE], "Missing argument 'URL'"),
    (["build", "https://shop.example/", *CORE, "--sauce", "x"], "No such option"),
    (["build", "https://shop.example/", *CORE, "--platform", "mta", "--term", "{{ad.id}}"], "platform must be one of"),
    (["build", "https://shop.example/", *CORE, "--platform", "mta"], "platform must be one of"),
    (["build", "https://shop.example/", *CORE, "--set", "utm_source=x"], "utm_source is given twice"),
    (["build", "https://shop.example/", *CORE, "--column", "a=b"], "--column needs a dictionary"),
    (["parse", "https://shop.example/", "--rules", "ga5"], "'ga5' is not one of"),
    (["parse", "https://shop.example/", "--rules", "own"], "--rules own needs a dictionary"),
    (["channel", "--click-id", "clid"], "--click-id must be the name of a known click id"),
    (["channel", "--dictionary", "none.toml"], "the dictionary none.toml cannot be read"),
    (["check", "nowhere.html"], "nowhere.html is neither a file nor an address"),
    (["check", "."], ". is a folder"),
    (["check"], "Missing argument"),
    (["check", "-", "--fix"], "standard input cannot be written back"),
]


@pytest.mark.parametrize(("arguments", "said"), BAD)
def test_bad_input_is_answered_with_one_sentence(run: Run, arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("balise: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("arguments", "said"), BAD)
def test_bad_input_is_answered_in_french_too(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said not in done.stderr
    english = {"is", "the", "a", "must", "such", "not", "of", "cannot", "neither", "needs", "missing"}
    assert set(re.findall(r"[a-z’]+", done.stderr)) & english <= {"a"}  # which is a French verb


def test_a_refusal_is_said_in_french_where_the_system_speaks_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert "doit commencer par" in run("build", "ftp://x", *CORE).stderr
    assert "must start with" in run("build", "ftp://x", *CORE, "--lang", "en").stderr


KEYS = ["source", "medium", "campaign", "term", "content", "id", "channel", "referrer", "click_id", "explain"]


def test_a_landing_is_told_whole(run: Run) -> None:
    url = "https://shop.example/?utm_source=News&utm_medium=Email&utm_campaign=Ete&utm_id=AbC&utm_term=t&utm_content=c"
    found = read(
        run("parse", url + "&gclid=SECRET", "--referrer", "https://www.google.fr/search?q=robe+rouge", "--json")
    )
    assert list(found) == KEYS
    explain = found.pop("explain")
    assert found == {
        "source": "news", "medium": "email", "campaign": "Ete", "term": "t", "content": "c", "id": "AbC",
        "channel": "Email", "click_id": "gclid",
        "referrer": {"medium": "search", "source": "Google", "term": "robe rouge"},
    }  # fmt: skip
    assert explain[-1] == "channel Email: email source or medium (ga4, rule 16)."
    assert "SECRET" not in json.dumps(explain)


def test_what_is_not_told_is_null(run: Run) -> None:
    nobody = {"medium": None, "source": None, "term": None}
    for arguments in (["parse", "https://shop.example/"], ["channel"]):
        found = read(run(*arguments, "--json"))
        assert list(found) == KEYS
        assert found.pop("explain")
        assert found == {
            "source": "(direct)", "medium": "(none)", "campaign": None, "term": None, "content": None, "id": None,
            "channel": "Direct", "referrer": nobody, "click_id": None,
        }  # fmt: skip


def test_a_page_of_the_site_itself_is_internal(run: Run) -> None:
    for page in ("https://www.shop.example/a", "https://cart.shop.example/", "https://pay.example/"):
        found = read(run("parse", "https://shop.example/", "--referrer", page, "--own-host", "pay.example", "--json"))
        assert found["referrer"]["medium"] == "internal"
        assert found["channel"] == "Direct"


def test_each_rule_set_is_asked_by_its_name(run: Run) -> None:
    asked = ("channel", "--source", "yt-ads", "--medium", "x", "--campaign", "spring", "--json", "--rules")
    assert {rules: read(run(*asked, rules))["channel"] for rules in ("ga4", "plausible", "matomo")} == {
        "ga4": "Unassigned", "plausible": "Paid Video", "matomo": "Campaigns",
    }  # fmt: skip


def test_a_team_has_rules_of_its_own(run: Run) -> None:
    own = ("--rules", "own", "--dictionary", "book.toml", "--json")
    found = read(run("channel", "--source", "x", "--medium", "Influencer-paid", *own))
    assert found["channel"] == "Influencers"
    assert found["explain"] == ["channel Influencers: medium is influencer* or creator (own, rule 1)."]
    assert read(run("channel", "--source", "fr.press.example", "--campaign", "pr-1", *own))["channel"] == "Press"
    assert read(run("channel", "--source", "google", "--medium", "cpc", *own))["channel"] == "Paid Search"


def test_the_dictionary_says_what_was_meant(run: Run) -> None:
    url = "https://shop.example/?utm_source=FB&utm_medium=social&utm_campaign=2026-01_FR_acme"
    found = read(run("parse", url, "--dictionary", "book.toml", "--json"))
    assert found["source"] == "facebook"
    assert "source FB means facebook (dictionary 2.1.0)." in found["explain"]
    assert "campaign follows the naming template: date = 2026-01, geo = FR, brand = acme." in found["explain"]


def test_the_dictionary_is_enforced_when_building(run: Run) -> None:
    book = ("--dictionary", "book.toml", "--column", "date=2026-01", "--column", "geo=FR", "--column", "brand=acme")
    done = run("build", "https://shop.example/", "--source", "FB", "--medium", "social", *book)
    assert done.stdout == "https://shop.example/?utm_source=facebook&utm_medium=social&utm_campaign=2026-01_FR_acme\n"
    assert done.stderr == "balise: utm_source FB is written facebook, as the dictionary says.\n"
    for arguments, said in (
        (["--source", "facebok", "--medium", "social"], "did you mean facebook?"),
        (["--source", "letter", "--medium", "cpc"], "utm_id is required when medium = cpc"),
    ):
        refused = run("build", "https://shop.example/", *arguments, *book)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert said in refused.stderr
    off = run("build", "https://shop.example/", *CORE, "--dictionary", "book.toml")
    assert "expected the shape {date:%Y-%m}_{geo:ISO2}_{brand}" in off.stderr


def test_a_clean_link_passes_and_a_faulty_one_fails(run: Run) -> None:
    assert run("check", LINK).exit_code == 0
    done = run("check", LINK, "https://shop.example/?utm_source=a&utm_medium=social_paid&utm_campaign=c")
    assert done.exit_code == 1
    assert "error L09 utm_medium" in done.stdout
    assert "better: https://shop.example/?utm_source=a&utm_medium=paid_social&utm_campaign=c" in done.stdout


def test_a_warning_alone_does_not_fail(run: Run) -> None:
    done = run("check", LINK.replace("letter", "Letter"))
    assert done.exit_code == 0
    assert "warning L04" in done.stdout


def test_a_file_is_corrected_in_place_and_stays_correct(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(
        f'<a title="\xe9" href="{LINK.replace("letter", "Letter").replace("&", "&amp;")}">x</a>\r\n'.encode("latin-1")
    )
    assert run("check", "page.html", "--fix").exit_code == 0
    assert page.read_bytes() == f'<a title="\xe9" href="{LINK.replace("&", "&amp;")}">x</a>\r\n'.encode("latin-1")
    before = page.stat().st_mtime_ns
    run("check", "page.html", "--fix")
    assert page.stat().st_mtime_ns == before


def test_a_corrected_address_is_printed(run: Run) -> None:
    assert run("check", "--fix", LINK.replace("letter", "Letter")).stdout == LINK + "\n"


def test_findings_come_as_json(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"name,url\nx,{LINK}\ny,{LINK}&utm_source=other\n", encoding="utf-8")
    told = read(run("check", "a.csv", "--format", "json", "--dictionary", "book.toml"))
    assert (told["links"], told["errors"]) == (2, 3)
    first = told["findings"][0]
    assert (first["file"], first["line"], first["column"], first["rule"]) == ("a.csv", 2, 3, "L13/off_pattern")
    assert {finding["rule"] for finding in told["findings"]} == {"L13/off_pattern", "L06"}


def test_findings_come_as_sarif(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a b.md").write_text(f"# x\n\n[y]({LINK.replace('letter', 'Letter')})\n", encoding="utf-8")
    done = read(run("check", "a b.md", "--format", "sarif"))
    assert done["version"] == "2.1.0"
    driver = done["runs"][0]["tool"]["driver"]
    assert len(driver["rules"]) == 32
    (result,) = done["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("L04", "warning")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a%20b.md"}
    assert place["region"]["startLine"] == 3
    replacement = result["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert replacement["insertedContent"] == {"text": LINK}
    assert replacement["deletedRegion"] == place["region"]


def test_standard_input_and_ignored_rules(run: Run) -> None:
    bad = LINK.replace("email", "social_paid")
    assert run("check", "-", stdin=f"see {bad}\n").exit_code == 1
    assert run("check", "-", "--ignore", "L09", stdin=f"see {bad}\n").exit_code == 0


def test_a_page_on_standard_input_is_read_as_a_page(run: Run) -> None:
    page = f'<p><a href="{LINK.replace("&", "&amp;")}">x</a></p>'
    assert run("check", "-", stdin=page).exit_code == 0
    assert run("check", "-", stdin=f"<{LINK}>").exit_code == 0


def test_a_mail_is_read_through_its_encoding_and_not_corrected_in_it(run: Run, tmp_path: Path) -> None:
    page = f'<p>\u20ac</p><a href="{LINK.replace("letter", "Letter").replace("&", "&amp;")}">x</a>\n' * 3
    mail = EmailMessage()
    mail.set_content(f"see {LINK}", cte="quoted-printable")
    mail.add_alternative(page, subtype="html", charset="cp1252", cte="base64")
    data = mail.as_bytes()
    (tmp_path / "letter.eml").write_bytes(data)
    told = read(run("check", "letter.eml", "--format", "json"))
    assert (told["links"], told["errors"]) == (4, 0)
    first = told["findings"][0]
    assert (len(told["findings"]), first["rule"], first["url"], first["fix"]) == (
        3, "L04", LINK.replace("letter", "Letter"), LINK,
    )  # fmt: skip
    begin = data.split(b"\n")[first["line"] - 1]
    assert base64.b64decode(begin).decode("cp1252").startswith("<p>\u20ac</p>")
    (result, *_) = read(run("check", "letter.eml", "--format", "sarif"))["runs"][0]["results"]
    assert "fixes" not in result
    done = run("check", "letter.eml", "--fix")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "is a mail in an encoding, which --fix would break" in done.stderr
    assert (tmp_path / "letter.eml").read_bytes() == data


ENCODED = [
    ("a.csv", "cp1252", "name,url\r\n\u20ac \u0153uf,{}\r\n"),
    ("a.csv", "utf-8-sig", "url;name\n{};\u20ac\n"),
    ("a.csv", "utf-16", "url\tname\n{}\t\u20ac\n"),
    ("a.csv", "utf-16-be", "\ufeffurl\tname\n{}\t\u20ac\n"),
    ("a.html", "latin-1", "<p title='\x81\xe9'><a href='{}'>x</a>"),
    ("a.md", "utf-8", "[x]: <{}> 'caf\xe9'\n\n[x] or <{}>\n"),
]


@pytest.mark.parametrize(("name", "encoding", "text"), ENCODED)
def test_a_file_in_any_usual_encoding_is_corrected_in_its_own(
    run: Run, tmp_path: Path, name: str, encoding: str, text: str
) -> None:
    loud, calm = (text.replace("{}", link) for link in (LINK.replace("letter", "Letter"), LINK))
    (tmp_path / name).write_bytes(loud.encode(encoding))
    told = read(run("check", name, "--fix", "--format", "json"))
    assert (told["links"], told["findings"]) == (text.count("{}"), [])
    assert (tmp_path / name).read_bytes() == calm.encode(encoding)


def test_a_sitemap_index_is_read_like_a_sitemap(run: Run, tmp_path: Path) -> None:
    index = "<sitemapindex><sitemap><loc>https://shop.example/s.xml{}</loc></sitemap></sitemapindex>"
    (tmp_path / "index.xml").write_text(index.format("?utm_source=map&amp;x=1"), encoding="utf-8")
    assert "L01" in run("check", "index.xml").stdout
    run("check", "index.xml", "--fix")
    assert (tmp_path / "index.xml").read_text(encoding="utf-8") == index.format("?x=1")


def test_the_commands_start_without_database_server_or_data_folder(tmp_path: Path) -> None:
    code = (
        "import sys; from collector.cli import main; sys.argv = ['balise', 'utm', 'parse', 'https://a.example/']\n"
        "try: main()\n"
        "except SystemExit as done: assert not done.code\n"
        "heavy = {'duckdb', 'starlette', 'uvicorn', 'orjson', 'msgspec', 'ua_parser', 'sqlite3', 'asyncio'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
