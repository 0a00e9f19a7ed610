"""balise funnel save | list | show | remove."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
import orjson

from collector.cli import Place, balise
from collector.cli.asking import read_spec
from collector.control import Writer, writing
from collector.reports.funnel import label
from collector.reports.questions import Funnel
from collector.reports.spec import SpecError, question
from collector.saved import Saved, checked, funnels


@balise.group()
def funnel() -> None:
    """Funnels under a name, for `balise report funnel --saved NAME`."""


@funnel.command()
@click.argument("name")
@click.option("--site", required=True, help="The site it is saved for.")
@click.option(
    "--spec",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    required=True,
    help="The funnel as a JSON file (- for standard input).",
)
@click.pass_obj
def save(place: Place, name: str, site: str, spec: Path) -> None:
    """Keep a funnel under a name, in place of an earlier one. It goes before one of the same name in the file."""
    kept = orjson.dumps(checked(name, read_spec(spec))).decode()
    _write(place, lambda writer: writer.save_funnel(site, name, kept))
    click.echo(f"saved {name}")


@funnel.command(name="list")
@click.option("--site", required=True, help="The site whose funnels to show.")
@click.pass_obj
def list_(place: Place, site: str) -> None:
    """All saved funnels, one a line, and where each comes from."""
    for found in funnels(place.folder, site, place.settings.reports.funnels).values():
        asked = question("funnel", found.spec)
        assert isinstance(asked, Funnel)
        steps = " > ".join(label(step, n) for n, step in enumerate(asked.steps))
        click.echo(f"{found.name:<20} {found.source:<5} {steps}")


@funnel.command()
@click.argument("name")
@click.option("--site", required=True, help="The site whose funnel to show.")
@click.pass_obj
def show(place: Place, name: str, site: str) -> None:
    """A saved funnel's spec, as it was written."""
    click.echo(orjson.dumps(_found(place, site, name).spec, option=orjson.OPT_INDENT_2))


@funnel.command()
@click.argument("name")
@click.option("--site", required=True, help="The site it was saved for.")
@click.pass_obj
def remove(place: Place, name: str, site: str) -> None:
    """Forget a funnel that was saved for a site; one of the same name in the file is there again."""
    if _found(place, site, name).source == "file":
        raise SpecError("name", "%(name)s comes from the funnels file: take it out there", name=name)
    _write(place, lambda writer: writer.drop_funnel(site, name))
    click.echo(f"removed {name}")


def _found(place: Place, site: str, name: str) -> Saved:
    known = funnels(place.folder, site, place.settings.reports.funnels)
    if name not in known:
        raise SpecError(
            "name",
            "there is no saved funnel %(name)s on %(site)s; there are: %(value)s",
            name=repr(name),
            site=site,
            value=", ".join(known) or "none",
        )
    return known[name]


def _write(place: Place, work: Callable[[Writer], Awaitable[object]]) -> None:
    async def written() -> None:
        settings = place.settings
        async with writing(place.folder, settings.log, settings.segments, settings.reports, settings.utm) as writer:
            await work(writer)

    asyncio.run(written())
