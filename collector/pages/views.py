"""Saved views: a page's filters under a name. What may be saved is what the page would show, written in one way."""

from __future__ import annotations

import shlex
from typing import Final
from urllib.parse import parse_qsl

from collector.event import Site
from collector.pages.filters import COMPARES, DIMENSIONS, Filters, read
from collector.pages.period import PRESETS
from collector.pages.question import as_request
from collector.pages.registry import PAGES
from collector.pages.values import spelt
from collector.pages.words import Words, mark
from collector.reports.spec import SpecError

NAME: Final = 64  # characters of a name at most


def address(filters: Filters) -> str:
    """The view as a query that says what it is, also where it is the usual one."""
    return filters.query() or "range=30d"


def canonical(name: str, site: Site, query: str, now: int) -> str:
    """A page's query as it is kept, as of now (ms UTC). Raises `SpecError` where there is no such page or view."""
    page = PAGES.get(name)
    if page is None or not page.ranged:
        pages = ", ".join(page.name for page in PAGES.values() if page.ranged)
        raise SpecError(
            "page", "%(field)s: expected one of %(pages)s, not %(value)s", pages=pages, value=repr(name[:64])
        )
    filters, faults = read(site.name, site.timezone, now, parse_qsl(query.removeprefix("?")), page.own)
    for fault in faults:
        raise SpecError("query", fault.sentence, **fault.values)
    return address(filters)


def described(words: Words, here: Filters, name: str, query: str) -> str:
    """A page's view in words: its period as it moves on, its conditions as pages say them."""
    page = PAGES.get(name)
    filters, _ = read(here.site, here.zone, here.now, parse_qsl(query), page.own if page else ())
    told = [filters.told(words) if filters.preset == "custom" else words(PRESETS[filters.preset])]
    if filters.compare != "none":
        told.append(words.pair(words(mark("Compare with")), words.inside(COMPARES[filters.compare])))
    told += [words.pair(words(DIMENSIONS[one]), spelt(words, one, value)) for one, value in filters.where]
    for key, value in filters.own:
        told.append(words.pair(words(mark("Saved funnel")), value) if key == "saved" else f"{key}={value}")
    return " · ".join(told)


def named(name: str) -> str:
    """A view's name as it may be. Raises `SpecError`."""
    if not 1 <= len(name) <= NAME or not name.isprintable() or not name.strip():
        raise SpecError(
            "name", "%(field)s: expected 1 to %(most)s characters, not %(value)s", most=NAME, value=repr(name[:NAME])
        )
    return name.strip()


def as_commands(name: str, filters: Filters, origin: str, program: str) -> dict[str, tuple[str, str]]:
    """How this view of a page is shared, and saved, by the API and as a command."""
    query, at, site = address(filters), f"{origin}/api/sites/{filters.site}", ["--site", filters.site]
    alone = address(filters._replace(compare="none"))  # as it is shared

    def said(words: list[str]) -> str:
        return f"{program} {shlex.join(words)}"

    share = ["share", "add", name, *site, "--filters", alone, "--days", "30"]
    save = ["view", "save", "NAME", *site, "--page", name, "--query", query]
    return {
        "share": (
            as_request(f"{at}/shares", {"page": name, "filters": alone, "days": 30}),
            said(share),
        ),
        "view": (
            as_request(f"{at}/views", {"page": name, "name": "NAME", "query": query}),
            said(save),
        ),
    }
