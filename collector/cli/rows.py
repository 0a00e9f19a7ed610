"""balise import | export."""

from __future__ import annotations

import asyncio
import codecs
import csv
import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click
import msgspec
import orjson

from collector.cli import Place, balise
from collector.cli.disk import OUTPUT
from collector.control import writing
from collector.engines.duckdb.exporting import parquet
from collector.event import Event, Site
from collector.importing import Tally, bring
from collector.journal import snapshot
from collector.journal.rows import event as event_of
from collector.reports.answer import inert

_MAX_LINE = 1_048_576  # bytes of a row


@balise.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--site", "name", required=True, help="The site that the rows belong to.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
@click.pass_obj
def import_(place: Place, file: Path, name: str, quiet: bool) -> None:
    """Read events, one JSON object a line (- for standard input).

    Rows are known by their id: importing a file twice adds nothing. A bad row is dropped and told; the others are
    kept. Exit 2 if the file cannot be read or holds no JSON at all.
    """
    with snapshot(place.folder) as view:
        site = view.site(name, removed=False)
    with _opened(file) as (lines, size):
        tally = asyncio.run(_import(place, site, lines, size, quiet or not sys.stderr.isatty()))
    for number, drop in tally.faults:
        click.echo(f"line {number}: {drop.field}: {drop.expected}", err=True)
    dropped = {reason: n for (outcome, reason), n in tally.counts.items() if outcome == "dropped"}
    received, malformed = tally.counts[("received", "")], dropped.get("malformed", 0)
    click.echo(f"accepted {tally.counts[('accepted', '')]}")
    click.echo(f"duplicate {tally.counts[('duplicate', '')]}")
    click.echo(f"dropped {sum(dropped.values())}")
    for reason, n in sorted(dropped.items()):
        click.echo(f"  {reason} {n}")
    if received and malformed == received:
        raise click.UsageError(f"{file} holds no JSON object: expected one a line")


@balise.command()
@click.option("--site", "name", required=True, help="The site whose events to write.")
@click.option("--format", "kind", type=click.Choice(["ndjson", "csv", "parquet"]), default="ndjson", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="A file; standard output without it.")
@click.pass_obj
def export(place: Place, name: str, kind: str, output: Path | None) -> None:
    """Write every kept event of a site, in the order they came."""
    if kind == "parquet":
        if output is None:
            raise click.UsageError("--format parquet needs --output FILE")
        with written(output):
            pass  # DuckDB's own sentence for a file that cannot be written is a traceback
        parquet(place.folder, place.settings.reports, name, output)
        return
    with snapshot(place.folder) as view, written(output) as out:
        site = view.site(name)
        events = (event_of(key, body) for _, _, key, body in view.rows(0, site=site.number))
        for text in _csv(events) if kind == "csv" else _ndjson(events):
            out.write(text)


async def _import(place: Place, site: Site, lines: Iterator[bytes], size: int | None, quiet: bool) -> Tally:
    settings = place.settings
    async with writing(place.folder, settings.log, settings.segments, settings.reports, settings.utm) as writer:
        with progress(size, quiet) as advance:
            return await bring(writer, site, lines, advance)


@contextmanager
def _opened(file: Path) -> Iterator[tuple[Iterator[bytes], int | None]]:
    if str(file) == "-":
        yield _lines(sys.stdin.buffer), None
        return
    try:
        lines = file.open("rb")
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror}") from None
    with lines:
        yield _lines(lines), file.stat().st_size


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Lines of bounded length: of one that is longer only the beginning, which is no JSON and is dropped as such.

    The mark that some programs put in front of UTF-8 is no part of the first.
    """
    mark = codecs.BOM_UTF8
    while line := file.readline(_MAX_LINE):
        rest = line
        while len(rest) == _MAX_LINE and not rest.endswith(b"\n"):
            rest = file.readline(_MAX_LINE)
        yield line.removeprefix(mark)
        mark = b""


@contextmanager
def progress(size: int | None, quiet: bool) -> Iterator[Any]:
    """A bar on standard error over that many bytes (None: not known), or nothing."""
    if quiet:
        yield lambda done: None
        return
    with click.progressbar(length=size or 0, label="importing", file=sys.stderr, show_pos=size is None) as bar:
        yield bar.update


@contextmanager
def written(path: Path | None) -> Iterator[IO[str]]:
    """A file to write to; standard output for None."""
    if path is None:
        with _named(OUTPUT):
            yield sys.stdout
            sys.stdout.flush()
        return
    try:
        opened = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise click.UsageError(f"--output {path} cannot be written: {error.strerror}") from None
    with _named(str(path)), opened as file:
        yield file


@contextmanager
def _named(name: str) -> Iterator[None]:
    """What cannot be written is named."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, error.filename or name) from None


def _ndjson(events: Iterable[Event]) -> Iterator[str]:
    for event in events:
        kept = {name: value for name, value in msgspec.structs.asdict(event).items() if value is not None}
        yield orjson.dumps(kept).decode() + "\n"


def _csv(events: Iterable[Event]) -> Iterator[str]:
    columns = [field.name for field in msgspec.structs.fields(Event)]
    yield line(columns)
    for event in events:
        yield line([inert(getattr(event, column)) for column in columns])


def line(values: list[Any]) -> str:
    """A line of a CSV file."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(values)
    return out.getvalue()
