"""balise utm check."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import click

from collector import __version__
from collector.cli import Place, RefusedError
from collector.cli.language import spoken
from collector.cli.utm import Sentence, known, shared, utm
from collector.utm import Context, check, corrected
from collector.utm.documents import KINDS, Fault, Kind, Link, examined, links, mended
from collector.utm.encoding import encoding
from collector.utm.lint import RULES
from collector.utm.sarif import sarif
from collector.utm.sentences import Language
from collector.utm.telling import as_object

_MAILS: Final = (".eml", ".mht", ".mhtml")
_BEGINNING: Final = re.compile(r"\ufeff?\s*<(!doctype|!--|\?xml|[a-z][a-z0-9-]*(?=[\s>]))", re.IGNORECASE)


class _Document(NamedTuple):
    """A file's text and how to write it back."""

    path: Path
    text: str
    encoding: str
    kind: Kind


@utm.command("check", cls=Sentence)
@click.argument("targets", metavar="FILE|URL...", nargs=-1, required=True)
@click.option("--fix", is_flag=True, help="Correct files in place; print addresses corrected.")
@click.option("--format", "kind", type=click.Choice(["text", "json", "sarif"]), default="text", show_default=True)
@click.option("--ignore", multiple=True, type=click.Choice([*RULES]), metavar="RULE", help="A rule to leave out: L05.")
@click.option("--own-host", "own_hosts", multiple=True, help="A host of your site.")
@click.option("--page-of", metavar="HOST", help="The files are pages of this host: links to it are internal.")
@shared
@click.pass_obj
@click.pass_context
def check_(
    ctx: click.Context, place: Place, targets: Sequence[str], fix: bool, kind: str, ignore: Sequence[str],
    own_hosts: Sequence[str], page_of: str | None, book: str | None, language: Language | None,
) -> None:  # fmt: skip
    """Check campaign links: addresses, and those in web pages, mail templates, Markdown, CSV, sitemaps and text.

    Exit 1 when there is an error, so that it can stand in a commit hook or a build.

    \b
    balise utm check newsletter.html links.csv --dictionary config/utm.toml
    balise utm check 'https://shop.example/?utm_source=letter' --fix
    A line holding balise:ignore L05 is spared the rule; - reads standard input.
    """
    language = spoken(language)
    hosts = [*own_hosts, *([page_of] if page_of else [])]
    context = Context(hosts, page_of or "", known(place, book))
    faults: list[tuple[str, Fault]] = []
    looked_at = 0
    for target in targets:
        count, found = (
            _address(target, context, ignore, fix) if "://" in target else _file(target, context, ignore, fix)
        )
        looked_at += count
        faults += [(target, fault) for fault in found]
    errors = sum(fault.finding.severity == "error" for _, fault in faults)
    if kind == "sarif":
        click.echo(json.dumps(sarif(faults, __version__, language), ensure_ascii=False, indent=1))
    elif kind == "json":
        told = [_told(where, fault, language) for where, fault in faults]
        click.echo(json.dumps({"links": looked_at, "errors": errors, "findings": told}, ensure_ascii=False))
    else:
        _tell(faults, looked_at, errors, language)
    ctx.exit(1 if errors else 0)


def _address(url: str, context: Context, ignore: Collection[str], fix: bool) -> tuple[int, list[Fault]]:
    if fix:
        url = corrected(url, context, ignore)
        click.echo(url)
    link = Link(url, 0, len(url), 1, 1)
    return 1, [Fault(link, finding) for finding in check(url, context, ignore)]


def _file(name: str, context: Context, ignore: Collection[str], fix: bool) -> tuple[int, list[Fault]]:
    data = _bytes(name)
    if Path(name).suffix.lower() in _MAILS and (told := _mail(name, data, context, ignore, fix)):
        return told
    document = _read(name, data)
    if fix:
        if name == "-":
            raise RefusedError("--fix needs a file: standard input cannot be written back")
        text = mended(document.text, document.kind, context, ignore)
        if text != document.text:
            document.path.write_bytes(text.encode(document.encoding))
            document = document._replace(text=text)
    count = sum(1 for _ in links(document.text, document.kind))
    return count, examined(document.text, document.kind, context, ignore)


def _mail(
    name: str, data: bytes, context: Context, ignore: Collection[str], fix: bool
) -> tuple[int, list[Fault]] | None:
    """A mail in an encoding; None for one without, which is a page like others.

    Such a mail writes = as =3D and breaks lines anywhere: a correction made in it would change what it says.
    """
    from collector.utm import mail  # noqa: PLC0415  whoever checks no mail starts sooner

    if not mail.is_encoded(data):
        return None
    if fix:
        raise RefusedError(
            f"{name} is a mail in an encoding, which --fix would break: correct the page it is made from"
        )
    try:
        found = mail.parts(data)
    except ValueError as error:
        raise RefusedError(f"{name} is {error}") from None
    return mail.count(found), mail.faults(found, context, ignore)


def _bytes(name: str) -> bytes:
    """What the file called `name` holds; raises `RefusedError` when there is none."""
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except IsADirectoryError:
        raise RefusedError(f"{name} is a folder: name the files in it") from None
    except FileNotFoundError:
        raise RefusedError(f"{name} is neither a file nor an address that begins with https://") from None
    except (OSError, ValueError) as error:
        raise RefusedError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _read(name: str, data: bytes) -> _Document:
    """The same as text; raises `RefusedError` when it is none."""
    path, written = Path(name), encoding(data)
    try:
        text = data.decode(written)
    except UnicodeDecodeError:
        raise RefusedError(f"{name} is not text") from None
    return _Document(path, text, written, _kind(path, text))


def _kind(path: Path, text: str) -> Kind:
    """What the suffix says; standard input, which has none, is a page when it begins like one."""
    if str(path) == "-" and (begun := _BEGINNING.match(text)):
        return "xml" if begun[1].lower() in ("?xml", "urlset") else "html"
    return KINDS.get(path.suffix[1:].lower(), "text")


def _told(where: str, fault: Fault, language: Language) -> dict[str, str | int | None]:
    link, found = fault
    return {
        "file": where,
        "line": link.line,
        "column": link.column,
        "url": link.url,
        **as_object(found, language),
    }


def _tell(faults: Sequence[tuple[str, Fault]], looked_at: int, errors: int, language: Language) -> None:
    for line in _lines(faults, language):
        click.echo(line)
    counts = (
        f"{looked_at} liens, {errors} erreurs, {len(faults) - errors} avertissements"
        if language == "fr"
        else f"{looked_at} links, {errors} errors, {len(faults) - errors} warnings"
    )
    click.echo(counts, err=True)


def _lines(faults: Sequence[tuple[str, Fault]], language: Language) -> Iterator[str]:
    words = {"error": "erreur", "warning": "avertissement", "info": "information"} if language == "fr" else {}
    better = "mieux" if language == "fr" else "better"
    for where, (link, finding) in faults:
        place = "" if "://" in where else f"{where}:{link.line}:{link.column}: "
        found = f" [{finding.found}]" if finding.found else ""
        severity = words.get(finding.severity, finding.severity)
        yield f"{place}{severity} {finding.id} {finding.field}: {finding.reason(language)}{found}"
        if finding.fix is not None:
            yield f"    {better}: {finding.fix}"
