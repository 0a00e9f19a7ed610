"""balise report."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec
import orjson

from collector.cli import Place, balise
from collector.cli.language import said, spoken
from collector.control import writing
from collector.dictionary import DictionaryError, text_of
from collector.engines.duckdb.engine import answer
from collector.journal import FolderHeldError, snapshot
from collector.reports.answer import Answer, as_csv, as_json
from collector.reports.spec import DAY, LATER, QUESTIONS, SpecError, duration
from collector.reports.table import WIDTH, as_table, english
from collector.saved import merged

_SPELT = {"steps": "step"}  # keys whose option is called otherwise


@balise.command()
@click.argument("name", metavar="REPORT", type=click.Choice([*QUESTIONS, *LATER]))
@click.option("--site", required=True, help="The site to ask about.")
@click.option(
    "--spec",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="The question as a JSON file (- for standard input).",
)
@click.option("--from", "start", help="The first moment: 2026-11-01, RFC 3339, or ms.")
@click.option("--to", "stop", help="The moment behind the last.")
@click.option(
    "--last",
    help="A duration up to now instead, such as 30d: 30 times 24 hours, not whole days as on the pages.",
)
@click.option(
    "--step",
    "steps",
    multiple=True,
    help="A funnel's step: an event's name, or a page's path such as /*/cart; repeat.",
)
@click.option("--saved", help="A saved funnel by its name; other options go over it.")
@click.option("--window", help="A funnel's window, such as 7d.")
@click.option("--breakdown", help="A field that tells groups apart, such as utm.source.")
@click.option("--tz", help="The zone of days and of times without an offset.")
@click.option("--limit", type=int, help="Rows at most.")
@click.option(
    "--bots",
    type=click.Choice(["declared", "exclude", "include", "only"]),
    help="Which programs to leave out; declared crawlers by default.",
)
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any key of the spec, such as model=linear; repeat."
)
@click.option("--format", "kind", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option("--lang", type=click.Choice(["en", "fr"]), help="Language of notes and errors; LANG tells by default.")
@click.pass_obj
def report(
    place: Place, /, name: str, site: str, spec: Path | None, kind: str, lang: str | None, **options: Any
) -> None:
    """Ask one question. Works beside a running server, as of the last acknowledged event.

    \b
    balise report overview --site shop --last 30d
    balise report funnel --site shop --step / --step '/product/*' --step purchase
    balise report funnel --site shop --spec funnel.json --format json
    """
    place.language = lang
    _adopt(place)
    now = int(time.time() * 1000)
    question = (read_spec(spec) if spec is not None else {}) | _asked(name, options, now)
    if name == "funnel":
        question = merged(question, place.folder, site, place.settings.reports.funnels)
    engine = msgspec.structs.replace(place.settings.reports, threads=os.cpu_count() or 1, seconds=3_600.0)
    found, say = _said(answer(place.folder, engine, site, name, question, now), spoken(lang))
    if kind == "json":
        click.echo(as_json(found))
    else:
        width = max(WIDTH, shutil.get_terminal_size().columns) if sys.stdout.isatty() else WIDTH
        click.echo(as_csv(found) if kind == "csv" else as_table(found, width, say, say is not english), nl=False)


def _said(found: Answer, language: str) -> tuple[Answer, Callable[..., str]]:
    """The answer with its notes in that language, and what says our own sentences in it."""
    if language == "en":
        return found, english
    from collector.pages.words import words  # noqa: PLC0415  its catalogues take 60 ms

    return words("fr").told(found), words("fr")


def _adopt(place: Place) -> None:
    """Let names mean what the settings' dictionary says now, as a running server does within a second; where that
    cannot be, they keep what they meant, and standard error says so."""
    names = place.settings.utm
    if not names.dictionary:  # a command without settings does not undo what the server was told
        return

    async def work() -> None:
        settings = place.settings
        async with writing(place.folder, settings.log, settings.segments, settings.reports, names):
            pass

    try:
        text = text_of(names)
        with snapshot(place.folder) as view:
            before = view.meaning()
        if (text, names.rules) != before[1:]:
            asyncio.run(work())
    except (DictionaryError, FolderHeldError, PermissionError) as error:
        click.echo(f"balise: {error}; names keep what they meant", err=True)


def read_spec(spec: Path) -> dict[str, Any]:
    """A file's JSON object (`-`: standard input); raises `SpecError`."""
    try:
        text = sys.stdin.buffer.read() if str(spec) == "-" else spec.read_bytes()
        read = orjson.loads(text)
    except OSError as error:
        raise SpecError(
            "spec",
            "the spec %(spec)s cannot be read: %(strerror)s",
            spec=spec,
            strerror=said(error.strerror or "", spoken()),
        ) from None
    except orjson.JSONDecodeError as error:
        raise SpecError("spec", "the spec %(spec)s is not JSON: %(error)s", spec=spec, error=error) from None
    if not isinstance(read, dict):
        raise SpecError("spec", "the spec %(spec)s is not a JSON object", spec=spec)
    return read


def _asked(name: str, options: dict[str, Any], now: int) -> dict[str, Any]:
    """Options as the spec's own keys; those not given leave the spec's alone. Raises `SpecError` for an option that the
    report does not know."""
    question: dict[str, Any] = {}
    if options["steps"]:
        question["steps"] = [{"path": step} if step.startswith("/") else {"name": step} for step in options["steps"]]
    if options["breakdown"]:
        question["breakdown"] = {"field": options["breakdown"]}
    if period := _period(options, now):
        question["range"] = period
    question |= {key: options[key] for key in ("saved", "window", "tz", "limit", "bots") if options[key] is not None}
    known = {*QUESTIONS[name].__struct_fields__, *(["saved"] if name == "funnel" else [])}
    for key in question:
        if key not in known:
            option = f"--{_SPELT.get(key, key)}"
            raise SpecError(
                key,
                "%(option)s is not an option of the report %(name)s; it has %(names)s",
                option=option,
                name=name,
                names=", ".join(sorted(known)),
            )
    for text in options["settings"]:
        _set(question, text)
    return question


def _period(options: dict[str, Any], now: int) -> dict[str, int | str]:
    period = {key: _moment(value) for key, value in (("from", options["start"]), ("to", options["stop"])) if value}
    if options["last"]:
        length = duration(options["last"])
        if length is None:
            raise SpecError(
                "last", "--last: expected a duration such as 30d, not %(value)s", value=repr(options["last"])
            )
        if period:
            raise SpecError("last", "--last: expected without --from and --to")
        period = {"from": max(now - length, DAY), "to": now + 1}
    return period


def _set(question: dict[str, Any], text: str) -> None:
    """`model=linear`, `session.timeout=10m`, `add=["cart_add"]`: JSON where it is JSON, else a text."""
    path, equals, value = text.partition("=")
    if not path or not equals:
        raise SpecError("set", "--set: expected KEY=VALUE, not %(text)s", text=repr(text))
    *outer, last = path.split(".")
    for key in outer:
        inner = question.setdefault(key, {})
        if not isinstance(inner, dict):
            raise SpecError("set", "--set %(path)s: %(key)s is no object", path=path, key=key)
        question = inner
    try:
        question[last] = orjson.loads(value)
    except orjson.JSONDecodeError:
        question[last] = value


def _moment(text: str) -> int | str:
    return int(text) if text.isdigit() and len(text) > 8 else text
