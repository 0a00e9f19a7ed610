"""balise links import | template | qr."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

import click
import orjson

from collector.cli import Place
from collector.cli.language import spoken
from collector.cli.links import base, desk, issue, links, who
from collector.cli.rows import progress
from collector.journal import Link, snapshot
from collector.links import bulk, qr
from collector.links.bulk import Line
from collector.links.listing import as_csv
from collector.links.sheet import SheetError, rows
from collector.links.target import PATH
from collector.links.workbook import filled, headings, template
from collector.utm.sentences import Language

_SHOWN = 50  # refused rows told one by one, and rows worth a look

_language = click.option(
    "--lang", type=click.Choice(["en", "fr"]), help="Language of the messages; LANG tells by default."
)
_names = click.option(
    "--dictionary", "names", type=click.Path(path_type=Path, dir_okay=False), help="Instead of the settings'."
)


@links.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Say what would become of every row; issue nothing.")
@click.option("--author", help="Who issues them, where a row names nobody; your login name by default.")
@_names
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Every row's outcome, .csv or .xlsx.")
@click.option("--json", "as_json", is_flag=True, help="Every row's outcome on standard output.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
@_language
@click.pass_obj
def import_(
    place: Place, file: Path, dry_run: bool, author: str | None, names: Path | None, output: Path | None,
    as_json: bool, quiet: bool, lang: str | None,
) -> None:  # fmt: skip
    """Issue the links of a sheet, CSV or XLSX (- for standard input).

    Importing a sheet twice adds nothing. A bad row is told with its column, value
    and what was expected; the others are issued. Exit 1 if a row was refused.
    """
    language = spoken(lang)
    suffix = _suffix(output)
    lines = _lines(place, file, who(author), names, quiet or not sys.stderr.isatty(), language)
    settled = _rehearsed(place, lines) if dry_run else _issued(place, lines)
    origin = base(place)
    told = [bulk.told(line, origin, language) for line in settled]
    counts = bulk.counted(settled)
    if output:
        output.write_bytes(filled(bulk.COLUMNS, told) if suffix == ".xlsx" else as_csv(told, bulk.COLUMNS).encode())
    if as_json:
        click.echo(orjson.dumps({"dry_run": dry_run, **counts, "rows": told}))
    else:
        _tell(told)
        for outcome, n in counts.items():
            click.echo(f"{outcome} {n}")
    raise SystemExit(1 if counts["refused"] else 0)


@links.command(name="template")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_names
@_language
@click.pass_obj
def template_(place: Place, file: Path, names: Path | None, lang: str | None) -> None:
    """Write an empty sheet to fill in: FILE.xlsx with the dictionary's values to choose from, or FILE.csv."""
    language = spoken(lang)
    try:
        content = headings() if _suffix(file) == ".csv" else template(desk(place, names).dictionary, language)
    except SheetError as error:
        raise click.ClickException(error.say(language)) from None
    file.write_bytes(content)
    click.echo(f"{file} waits to be filled in; then: balise links import {file} --dry-run")


@links.command(name="qr")
@click.argument("code")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-",
              help="A file, .svg or .png; standard output (SVG) without it.")  # fmt: skip
@click.option("--scale", type=click.IntRange(1, 40), default=8, show_default=True, help="Pixels of a module.")
@click.option("--long", is_flag=True, help="Of the whole link, which no click is counted for.")
@_language
@click.pass_obj
def qr_(place: Place, code: str, output: Path, scale: int, long: bool, lang: str | None) -> None:
    """Draw the QR code of a link's short address."""
    with snapshot(place.folder) as view:
        link = view.link(code.lower())
    kind = cast("Literal['svg', 'png']", "svg" if str(output) == "-" else _suffix(output, ".svg", ".png")[1:])
    try:
        drawn = qr.drawn(link.target if long else f"{base(place)}{PATH}{link.code}", kind, scale)
    except qr.QRError as error:
        raise click.ClickException(error.remark.say(spoken(lang))) from None
    if str(output) == "-":
        click.echo(drawn)
    else:
        output.write_bytes(drawn)


def _lines(
    place: Place, file: Path, author: str, names: Path | None, quiet: bool, language: Language
) -> list[Line]:  # fmt: skip
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        found = rows(content)
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror}") from None
    except SheetError as error:
        raise click.UsageError(f"{file}: {error.say(language)}") from None
    with progress(len(found), quiet) as advance:
        return list(bulk.drafted(found, desk(place, names), author, advance))


def _issued(place: Place, lines: Sequence[Line]) -> list[Line]:
    drafts = bulk.drafts(lines)
    return bulk.settled(lines, asyncio.run(issue(place, drafts)) if drafts else [])


def _rehearsed(place: Place, lines: Sequence[Line]) -> list[Line]:
    known: list[Link] = []
    if place.folder.log.exists():
        with snapshot(place.folder) as view:
            known = view.related_links(bulk.drafts(lines))
    return bulk.rehearsal(lines, known)


def _tell(told: Sequence[dict[str, Any]]) -> None:
    refused = [row for row in told if row["faults"]]
    say = partial(click.echo, err=True)
    for row in refused[:_SHOWN]:
        for fault in row["faults"]:
            say(f"row {row['row']}, column {fault['column']}, {fault['value']!r}: {fault['message']}")
    if len(refused) > _SHOWN:
        say(f"and {len(refused) - _SHOWN} more refused rows: --json or --output tells all")
    doubtful = [row for row in told if row["warnings"]]
    for row in doubtful[:_SHOWN]:
        say(f"row {row['row']}, worth a look: {row['warning']}")
    if len(doubtful) > _SHOWN:
        say(f"and {len(doubtful) - _SHOWN} more rows worth a look")


def _suffix(file: Path | None, *allowed: str) -> str:
    allowed = allowed or (".csv", ".xlsx")
    suffix = file.suffix.lower() if file else allowed[0]
    if suffix not in allowed:
        raise click.UsageError(f"{file}: expected a name that ends with {' or '.join(allowed)}")
    return suffix
