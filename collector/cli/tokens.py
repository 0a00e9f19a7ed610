"""balise token, token add | list | revoke."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import click

from collector.access.granting import DAYS, granted
from collector.access.role import ACTIONS
from collector.cli import Place, balise
from collector.control import writing
from collector.journal import snapshot
from collector.journal.access import AccessError, Action, Order, RevokeToken
from collector.web.guard import token as folders


@balise.group(name="token", invoke_without_command=True)
@click.pass_context
def group(ctx: click.Context) -> None:
    """Print the data folder's own token, which opens everything; or make narrower ones for programs."""
    if ctx.invoked_subcommand is None:
        place = ctx.obj
        place.folder.demand()
        click.echo(folders(place.folder.path))


@group.command()
@click.argument("name")
@click.option(
    "--action", "actions", type=click.Choice(list(ACTIONS)), multiple=True, required=True,
    help="collect: send events; read: ask; links: make links; admin: everything. Repeat for more.",
)  # fmt: skip
@click.option("--site", "sites", multiple=True, help="Only this site; repeat for more. All, if none is named.")
@click.option("--days", type=click.IntRange(1, DAYS), help="How long it opens something; for good, if not said.")
@click.pass_obj
def add(place: Place, name: str, actions: tuple[Action, ...], sites: tuple[str, ...], days: int | None) -> None:
    """Make a token for a program and print it, this once: only a hash of it is kept."""
    if sites and "links" in actions:
        raise AccessError("site", "site: links belong to no one site; make a token for links without --site")
    with snapshot(place.folder) as view:
        numbers = tuple(view.site(site, removed=False).number for site in sites) or None
    secret, order = granted(name, actions, numbers, days, int(time.time() * 1000))
    settled(place, order)
    click.echo(secret)


@group.command(name="list")
@click.pass_obj
def list_(place: Place) -> None:
    """All tokens of programs, one a line: name, actions, sites. What they are nobody knows any more."""
    with snapshot(place.folder) as view:
        names = {site.number: site.name for site in view.sites()}
        for found in view.access().tokens:
            sites = "all" if found.sites is None else " ".join(names[n] for n in sorted(found.sites) if n in names)
            until = found.expires and datetime.fromtimestamp(found.expires / 1000, UTC).date()
            told = f"{found.name:<24} {','.join(sorted(found.actions)):<24} {sites or '–'}"
            click.echo(f"{told} until {until}" if until else told)


@group.command()
@click.argument("name")
@click.pass_obj
def revoke(place: Place, name: str) -> None:
    """A token opens nothing from now on."""
    settled(place, RevokeToken(name))
    click.echo(f"revoked {name}")


def settled(place: Place, order: Order) -> int:
    """Carry an order out, by whoever holds the folder; raises `AccessError`, `UnknownError`."""
    place.folder.demand()

    async def work() -> int:
        settings = place.settings
        async with writing(place.folder, settings.log, settings.segments, settings.reports, settings.utm) as writer:
            return await writer.settle(order)

    return asyncio.run(work())
