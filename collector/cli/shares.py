"""balise share add | list | revoke."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import click

from collector.access.secret import new_secret
from collector.access.share import DAYS, LEAST, Sharing, shared
from collector.cli import Place, balise
from collector.cli.tokens import settled
from collector.journal import snapshot
from collector.journal.access import RevokeShare
from collector.pages.shared import chosen
from collector.saved import funnels


@balise.group()
def share() -> None:
    """Pages of the dashboard that whoever has their address may look at."""


@share.command()
@click.argument("page")
@click.option("--site", required=True, help="The site it shows.")
@click.option("--filters", default="", help="The view, as it stands in the page's address behind ?.")
@click.option("--days", type=int, default=30, show_default=True, help=f"How long it is open, 1 to {DAYS}.")
@click.option(
    "--least", type=int, default=LEAST, show_default=True, help="Counts under this are not shown; 0: all are."
)
@click.option("--note", default="", help="Whom it is for.")
@click.pass_obj
def add(place: Place, page: str, site: str, filters: str, days: int, least: int, note: str) -> None:
    """Share a page and print its address, this once: only a hash of it is kept."""
    with snapshot(place.folder) as log:
        found = log.site(site, removed=False)
    secret, now = new_secret(), int(time.time() * 1000)
    saved = {name: one.spec for name, one in funnels(place.folder, site, place.settings.reports.funnels).items()}
    view = chosen(page, found, filters.removeprefix("?"), now, saved)
    wish = Sharing(page=page, filters=view, days=days, least=least, note=note)
    settled(place, shared(wish, secret, found.number, "", now))
    click.echo(f"{place.origin()}/share/{secret}")


@share.command(name="list")
@click.pass_obj
def list_(place: Place) -> None:
    """All shares, one a line: number, until when, site, page, its view, last use, whom it is for."""
    with snapshot(place.folder) as view:
        names = {site.number: site.name for site in view.sites()}
        for found in view.access().shares:
            until = datetime.fromtimestamp(found.expires / 1000, UTC).date()
            what = f"{names.get(found.site, '–'):<16} {found.page:<14} {found.filters or '–'}"
            used = found.seen and datetime.fromtimestamp(found.seen / 1000, UTC).date()
            click.echo(f"{found.number:<6} {until} {what}  {used or 'never used'}  {found.note}".rstrip())


@share.command()
@click.argument("number", type=int)
@click.pass_obj
def revoke(place: Place, number: int) -> None:
    """A share opens nothing from now on."""
    settled(place, RevokeShare(number))
    click.echo(f"revoked {number}")
