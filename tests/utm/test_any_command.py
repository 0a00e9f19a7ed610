"""Any words behind `balise utm …`: an answer, or exit 2 and one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.cli import balise
from tests.utm.test_anything import EXAMPLE, TEXT

CALM = settings(max_examples=100, deadline=None, derandomize=True)
# No shell can hand over a NUL; half a character is a case of its own, below.
WORD = TEXT.map(lambda text: text.replace("\0", "").encode("utf-8", "replace").decode())
URL = st.one_of(WORD, WORD.map(lambda text: "https://shop.example/" + text))
NAMES = ["--source", "--medium", "--campaign", "--term", "--content", "--id", "--set", "--column", "--platform",
         "--policy", "--encoded", "--scheme", "--referrer", "--own-host", "--rules", "--click-id", "--lang", "--ignore",
         "--page-of", "--format"]  # fmt: skip
GIVEN = st.tuples(
    st.sampled_from(NAMES), st.one_of(WORD, st.sampled_from(["keep", "error", "auto", "own", "fr", "L05"]))
)
FLAGS = st.lists(st.sampled_from(["--json", "--fix", "--in-fragment", "--assume-https"]), max_size=2)
CORE = ["--source", "a", "--medium", "b", "--campaign", "c"]


def answered(*arguments: str) -> None:
    done = CliRunner().invoke(balise, ["utm", *arguments], env={"LANG": "C"})
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code in (0, 1, 2)
    if done.exit_code == 2:
        assert done.stdout == ""
        assert done.stderr.startswith("balise: ")
        assert done.stderr.rstrip("\n").count("\n") == 0
    elif "--json" in arguments and arguments[0] != "check":
        json.loads(done.stdout)


@CALM
@given(st.sampled_from(["build", "parse", "channel", "check"]), URL, st.lists(GIVEN, max_size=4), FLAGS)
def test_options_of_any_kind(command: str, url: str, given_: list[tuple[str, str]], flags: list[str]) -> None:
    answered(command, *([url] if command != "channel" else []), *(word for pair in given_ for word in pair), *flags)


@CALM
@given(URL, WORD, WORD, WORD, st.sampled_from(["replace", "keep", "error", "fill"]))
def test_building(url: str, source: str, term: str, own: str, policy: str) -> None:
    more = [f"--source={source}", f"--term={term}", f"--set=utm_x={own}", f"--policy={policy}", "--json"]
    answered("build", *CORE[2:], *more, "--", url)


@CALM
@given(URL, URL, st.sampled_from(["ga4", "plausible", "matomo"]), WORD)
def test_reading(url: str, referrer: str, rules: str, medium: str) -> None:
    answered("parse", f"--referrer={referrer}", f"--rules={rules}", "--json", "--", url)
    answered("channel", f"--source={url}", f"--medium={medium}", f"--rules={rules}", "--json")


@pytest.fixture(name="place", scope="module")
def _place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


@CALM
@given(
    st.one_of(
        st.binary(max_size=120), st.lists(URL, max_size=4).map(lambda urls: "\n".join(urls).encode("utf-8", "replace"))
    ),
    st.sampled_from(["csv", "html", "md", "eml", "xml", "txt"]),
    st.sampled_from(["text", "json", "sarif"]),
    st.booleans(),
)
def test_checking_files(place: Path, content: bytes, suffix: str, kind: str, fix: bool) -> None:
    file = place / f"file.{suffix}"
    file.write_bytes(content)
    answered("check", str(file), "--format", kind, *(["--fix"] if fix else []))


@CALM
@given(st.integers(0, len(EXAMPLE)), WORD, URL)
def test_dictionaries(place: Path, at: int, text: str, url: str) -> None:
    book = place / "book.toml"
    book.write_bytes((EXAMPLE[:at] + text).encode("utf-8", "replace"))
    answered("build", *CORE, f"--dictionary={book}", "--json", "--", url)


@pytest.mark.parametrize("arguments", [
    [b"parse", b"https://shop.example/?utm_source=\xff", b"--json"], [b"channel", b"--source", b"\xff", b"--json"],
    [b"check", b"https://shop.example/?utm_source=\xff"], [b"check", b"\xff.html"],
    [b"build", b"https://shop.example/", b"--source", b"\xff", b"--medium", b"m", b"--campaign", b"c"],
])  # fmt: skip
def test_bytes_that_are_no_text_are_told_as_such(arguments: list[bytes]) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8:strict", "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "collector", "utm", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode in (0, 1, 2)
    assert b"Traceback" not in done.stderr
    assert done.stdout or done.stderr.startswith(b"balise: ")
