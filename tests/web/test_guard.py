"""The token's file: made whole, kept, and never an empty word that opens everything."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from collector.web.guard import TOKEN_FILE, bears, token


def test_a_token_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    made = token(tmp_path)
    assert len(made) > 40
    assert token(tmp_path) == made
    assert stat.S_IMODE((tmp_path / TOKEN_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [TOKEN_FILE]


def test_one_that_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / TOKEN_FILE).write_text("mine\n")
    assert token(tmp_path) == "mine"


@pytest.mark.parametrize("left", ["", "\n"])
def test_an_empty_file_as_a_full_disk_leaves_it_is_no_token(left: str, tmp_path: Path) -> None:
    (tmp_path / TOKEN_FILE).write_text(left)
    assert len(token(tmp_path)) > 40


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "bearer  "])
def test_nothing_given_opens_nothing(header: str) -> None:
    assert not bears(header, "")
    assert not bears(header, "t")
