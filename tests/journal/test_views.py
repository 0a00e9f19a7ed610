"""Saved views: how many of them one owner, and everybody together, may keep."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.resources import files

import pytest

from collector.journal.access import AccessError
from collector.journal.views import View, save, views


def view(owner: str, number: int, site: int = 1) -> View:
    return View(0, site, "overview", f"view {number}", "range=7d", owner, owner or "anna", first=False, at=0)


def test_one_owners_views_take_nobody_elses_room() -> None:
    with closing(sqlite3.connect(":memory:")) as log:
        log.executescript((files("collector.journal") / "desk.sql").read_text("utf-8"))
        for owner, most in (("anna", 50), ("", 200), ("paul", 50)):
            for number in range(most):
                save(log, view(owner, number))
            with pytest.raises(AccessError, match=f"there are {most} saved views .* delete one first") as full:
                save(log, view(owner, most))
            assert (full.value.field, full.value.taken, full.value.most) == ("name", True, most)
            save(log, view(owner, most, site=2))
        assert len(views(log, 1)) == 300
