"""balise view save | list | remove."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from collector.cli import Place, balise
from collector.control import Writer, writing
from collector.journal import UnknownError, snapshot
from collector.journal.deeds import COMMAND
from collector.journal.views import View
from collector.pages.views import canonical, named

_T = TypeVar("_T")


@balise.group()
def view() -> None:
    """Views of the dashboard's pages under a name, for all of a site's users."""


@view.command()
@click.argument("name")
@click.option("--site", required=True, help="The site it is saved for.")
@click.option("--page", required=True, help="The page, such as overview.")
@click.option("--query", default="", help="The view, as it stands in the page's address behind ?.")
@click.option("--first", is_flag=True, help="The page opens with it.")
@click.pass_obj
def save(place: Place, name: str, site: str, page: str, query: str, first: bool) -> None:
    """Keep a view under a name, in place of an earlier one."""
    with snapshot(place.folder) as look:
        found = look.site(site, removed=False)
        same = (found.number, page, named(name), "")
        known = [one for one in look.views(found.number) if (one.site, one.page, one.name, one.owner) == same]
    now = int(time.time() * 1000)
    number = known[0].number if known else 0
    kept = View(number, found.number, page, named(name), canonical(page, found, query, now), "", COMMAND, first, now)
    _write(place, lambda writer: writer.save_view(kept))
    click.echo(f"saved {kept.name}")


@view.command(name="list")
@click.option("--site", required=True, help="The site whose views to show.")
@click.pass_obj
def list_(place: Place, site: str) -> None:
    """The views that all of a site's users see, one a line: number, page, name, query."""
    with snapshot(place.folder) as look:
        for one in look.views(look.site(site).number):
            if not one.owner:
                first = "  opens first" if one.first else ""
                click.echo(f"{one.number:<6} {one.page:<14} {one.name:<24} {one.query}{first}")


@view.command()
@click.argument("number", type=int)
@click.option("--site", required=True, help="The site it was saved for.")
@click.pass_obj
def remove(place: Place, number: int, site: str) -> None:
    """Forget a view."""
    if not _write(place, lambda writer: writer.drop_view(site, number)):
        raise UnknownError(f"there is no view {number} on {site}; `balise view list --site {site}` shows them all")
    click.echo(f"removed {number}")


def _write(place: Place, work: Callable[[Writer], Awaitable[_T]]) -> _T:
    async def written() -> _T:
        settings = place.settings
        async with writing(place.folder, settings.log, settings.segments, settings.reports, settings.utm) as writer:
            return await work(writer)

    return asyncio.run(written())
