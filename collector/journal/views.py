"""Saved views as rows: a page's query under a name, for one user or for all of a site's."""

from __future__ import annotations

import sqlite3
from typing import Final

import msgspec

from collector.journal.access import AccessError
from collector.journal.sites import UnknownError

COMMON: Final = 200  # views of one site that everybody sees
OWN: Final = 50  # views of one site that one owner keeps; nobody takes another's room


class View(msgspec.Struct, frozen=True):
    """A saved view. `owner` sees it alone, empty: everybody; `author` saved it; `first`: the page opens with it."""

    number: int
    site: int
    page: str
    name: str
    query: str
    owner: str
    author: str
    first: bool
    at: int


def views(connection: sqlite3.Connection, site: int) -> list[View]:
    """All of a site, by page and name."""
    found = connection.execute("SELECT * FROM view WHERE site = ? ORDER BY page, name, number", (site,))
    return [msgspec.structs.replace(View(*row), first=bool(row[7])) for row in found]


def save(connection: sqlite3.Connection, view: View) -> int:
    """Keep a view, in place of the one of its number (0: a new one), and commit; its number.

    Raises `AccessError` where its owner has one of that name on the page, or too many on the site, `UnknownError`.
    """
    try:
        number = _saved(connection, view)
        if view.first:
            sql = "UPDATE view SET first = 0 WHERE site = ? AND page = ? AND owner = ? AND number <> ?"
            connection.execute(sql, (view.site, view.page, view.owner, number))
        connection.commit()
    except sqlite3.IntegrityError:
        connection.rollback()
        raise AccessError("name", f"there is a view named {view.name!r} on {view.page} already", taken=True) from None
    except BaseException:
        connection.rollback()
        raise
    return number


def drop(connection: sqlite3.Connection, site: int, number: int) -> bool:
    """Forget a view, and commit; whether there was one."""
    done = connection.execute("DELETE FROM view WHERE site = ? AND number = ?", (site, number)).rowcount
    connection.commit()
    return bool(done)


def _saved(connection: sqlite3.Connection, view: View) -> int:
    if view.number:
        sql = "UPDATE view SET name = ?, query = ?, first = ? WHERE site = ? AND number = ?"
        values = (view.name, view.query, view.first, view.site, view.number)
        if not connection.execute(sql, values).rowcount:
            raise UnknownError(f"there is no view {view.number} on this site")
        return view.number
    most = OWN if view.owner else COMMON
    counted = "SELECT count(*) FROM view WHERE site = ? AND owner = ?"
    if connection.execute(counted, (view.site, view.owner)).fetchone()[0] >= most:
        whose = "of your own" if view.owner else "for everybody"
        sentence = f"there are {most} saved views {whose} on this site: delete one first"
        raise AccessError("name", sentence, taken=True, most=most)
    sql = "INSERT INTO view (site, page, name, query, owner, author, first, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    return int(connection.execute(sql, msgspec.structs.astuple(view)[1:]).lastrowid or 0)
