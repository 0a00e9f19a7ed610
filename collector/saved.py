"""Saved funnels: those of a file that operators keep, and those saved per site through the API or the command line.

Of two with one name the site's own goes first; when it is deleted, the file's is there again. The file is read anew
every time, so that an edit counts at once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import orjson

from collector.journal import Folder, snapshot
from collector.reports.spec import SpecError, question

MOST: Final = 200  # saved funnels of one site
_NAME: Final = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")


class Saved(NamedTuple):
    """A funnel under a name, where it comes from, and its spec as it was written."""

    name: str
    source: Literal["file", "site"]
    spec: dict[str, Any]


def funnels(folder: Folder, site: str, file: str) -> dict[str, Saved]:
    """All that a site can ask by name; raises `SpecError` for a file that cannot be, `UnknownSiteError`."""
    with snapshot(folder) as view:
        own = view.funnels(view.site(site).number)
    found = {name: Saved(name, "file", spec) for name, spec in from_file(file, site).items()}
    found |= {name: Saved(name, "site", orjson.loads(spec)) for name, spec in own.items()}
    return dict(sorted(found.items()))


def merged(spec: Mapping[str, Any], folder: Folder, site: str, file: str) -> dict[str, Any]:
    """The spec over the saved funnel that its key `saved` names; raises `SpecError`."""
    rest = {key: value for key, value in spec.items() if key != "saved"}
    if "saved" not in spec:
        return rest
    name, known = spec["saved"], funnels(folder, site, file)
    if not isinstance(name, str) or name not in known:
        there = ", ".join(known) or "none"
        raise SpecError(
            "saved",
            "%(field)s: there is no saved funnel %(name)s on %(site)s; there are: %(there)s",
            name=repr(name),
            site=site,
            there=there,
        )
    return known[name].spec | rest


def checked(name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """A funnel as it may be saved; raises `SpecError`."""
    if not _NAME.match(name):
        raise SpecError("name", "%(field)s: expected 1 to 64 of a-z, 0-9, - and _, not %(name)s", name=repr(name))
    question("funnel", dict(spec))
    return dict(spec)


def from_file(file: str, site: str | None = None) -> dict[str, dict[str, Any]]:
    """The file's funnels, of all sites or of one; raises `SpecError` with the funnel and the field at fault."""
    if not file:
        return {}
    try:
        tables = tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise SpecError(
            "reports.funnels",
            "the funnels file %(file)s cannot be read: %(strerror)s",
            file=file,
            strerror=error.strerror,
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecError(
            "reports.funnels", "the funnels file %(file)s is not TOML: %(error)s", file=file, error=error
        ) from None
    found = {}
    for name, table in tables.items():
        sites, spec = _table(file, name, table)
        if site is None or sites is None or site in sites:
            found[name] = spec
    return found


def _table(file: str, name: str, table: Any) -> tuple[list[str] | None, dict[str, Any]]:
    """One table of the file: the sites it is for (None: all), and its spec."""
    if not isinstance(table, dict):
        raise SpecError(
            name, "the funnels file %(file)s: %(field)s: expected a table [%(field)s] with steps", file=file
        )
    sites = table.get("sites")
    if sites is not None and not (isinstance(sites, list) and all(isinstance(one, str) for one in sites)):
        raise SpecError(
            f"{name}.sites",
            "the funnels file %(file)s: [%(name)s] sites: expected a list of names of sites",
            file=file,
            name=name,
        )
    try:
        return sites, checked(name, {key: value for key, value in table.items() if key != "sites"})
    except SpecError as error:
        raise SpecError(
            f"{name}.{error.field}",
            "the funnels file %(file)s: [%(name)s] %(error)s",
            file=file,
            name=name,
            error=error,
        ) from None
