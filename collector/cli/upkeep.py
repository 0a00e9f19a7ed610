"""balise check | rebuild."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from collector.cli import Place, balise
from collector.control import writing
from collector.journal.check import selfcheck


@balise.command()
@click.pass_obj
@click.pass_context
def check(ctx: click.Context, place: Place) -> None:
    """Verify the log and the segments: gaps, duplicates, checksums, counters. Exit 1 on any fault."""
    place.folder.demand()
    with progress("checking") as advance:
        findings = selfcheck(place.folder, advance)
    for finding in findings:
        click.echo(
            f"{'FAULT' if finding.fault else 'ok':<6}{finding.check:<18}{finding.fault or finding.detail}".rstrip()
        )
    faults = sum(bool(finding.fault) for finding in findings)
    click.echo(f"{len(findings)} checks, {faults} faults")
    ctx.exit(1 if faults else 0)


@balise.command()
@click.pass_obj
def rebuild(place: Place) -> None:
    """Throw the segments away and make them anew from the log. Answers stay right meanwhile."""
    place.folder.demand()

    async def work() -> int:
        settings = place.settings
        async with writing(place.folder, settings.log, settings.segments, settings.reports, settings.utm) as writer:
            return await writer.rebuild()

    click.echo(f"rebuilt {asyncio.run(work())} segments")


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error for work whose length is told as it goes (done, total); nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def advance(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield advance
