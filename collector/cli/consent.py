"""balise consent verify | show | export: what a data-protection officer asks of the consent log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from collector.cli import Place, balise
from collector.cli.rows import line, written
from collector.cli.upkeep import progress
from collector.event import Site
from collector.intake.minimise import kept_id
from collector.journal import Snapshot, snapshot
from collector.journal.chain import read_mark
from collector.journal.proving import chain, covered, covering, located, texts
from collector.journal.receipts import Entry
from collector.journal.rows import key
from collector.reports.answer import inert

_COLUMNS = (
    "receipt", "site", "visitor", "state", "source", "policy", "at", "received", "purposes", "tcf", "gpp", "snippet",
    "after_event",
)  # fmt: skip


@balise.group()
def consent() -> None:
    """The consent log: who answered what, and when."""


@consent.command()
@click.pass_obj
@click.pass_context
def verify(ctx: click.Context, place: Place) -> None:
    """Verify the chain, and that a grant in force covers every stored event.

    Events without a grant (exempt measurement, imports without consent) need none. Exit 1 on any fault.
    """
    place.folder.demand()
    mark = read_mark(place.folder.proven)
    with snapshot(place.folder) as view, progress("verifying") as advance:
        number, broken = chain(view, mark)
        found = covered(view, advance)
    faults = ([f"the chain: {broken}"] if broken else []) + found.faults
    for fault in faults:
        click.echo(f"FAULT {fault}")
    click.echo(f"{number} receipts, {found.events} events of a grant, {len(faults)} faults")
    ctx.exit(1 if faults else 0)


@consent.command()
@click.option("--site", "name", required=True, help="The site.")
@click.option("--visitor", help="A visitor's id: the value of the cookie, or of an export.")
@click.option("--event", "event", help="An event's id: the receipt that covers it.")
@click.pass_obj
def show(place: Place, name: str, visitor: str | None, event: str | None) -> None:
    """What one visitor answered, in order; or the receipt that covers one event."""
    if (visitor is None) == (event is None):
        raise click.UsageError("expected --visitor or --event, one of them")
    with snapshot(place.folder) as view:
        site = view.site(name)
        found = (
            _of_event(view, site, event) if event else list(view.receipts(site.number, kept_id(visitor or "", site)))
        )
    for entry in found:
        for label, value in texts(entry, name):
            click.echo(f"{label:<16} {_moment(value) if label in ('at', 'received') else _plain(value)}")
        click.echo()
    if not found:
        click.echo(f"there is no receipt of {visitor}" if visitor else f"no receipt covers {event}: it needs none")


@consent.command()
@click.option("--site", "name", required=True, help="The site whose receipts to write.")
@click.option("--visitor", help="Only this visitor's.")
@click.option("--format", "kind", type=click.Choice(["ndjson", "csv"]), default="ndjson", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="A file; standard output without it.")
@click.pass_obj
def export(place: Place, name: str, visitor: str | None, kind: str, output: Path | None) -> None:
    """Write the receipts of a site, in the order they came; times are ms UTC."""
    with snapshot(place.folder) as view, written(output) as out:
        site = view.site(name)
        entries = view.receipts(site.number, kept_id(visitor, site) if visitor else None)
        for text in _csv(entries, name) if kind == "csv" else _ndjson(entries, name):
            out.write(text)


def _of_event(view: Snapshot, site: Site, event: str) -> list[Entry]:
    place = located(view, site.number, key(kept_id(event, site)))
    if place is None:
        raise click.UsageError(f"--event: the site {site.name} has no event {event}")
    found = covering(view, site.number, *place)
    return [found] if found is not None else []


def _ndjson(entries: Iterator[Entry], name: str) -> Iterator[str]:
    for entry in entries:
        yield orjson.dumps(dict(texts(entry, name))).decode() + "\n"


def _csv(entries: Iterator[Entry], name: str) -> Iterator[str]:
    yield line(list(_COLUMNS))
    for entry in entries:
        told = dict(texts(entry, name))
        yield line([inert(told.get(column)) for column in _COLUMNS])


def _moment(value: object) -> str:
    return datetime.fromtimestamp(int(str(value)) / 1000, UTC).isoformat(timespec="milliseconds")


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
