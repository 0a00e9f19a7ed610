"""balise links add | list | show | remove."""

from __future__ import annotations

import asyncio
import getpass
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast

import click
import orjson

from collector import utm
from collector.cli import Place, balise
from collector.cli.language import spoken
from collector.control import writing
from collector.dictionary import dictionary, dictionary_in
from collector.journal import Draft, Outcome, snapshot
from collector.journal.links import KINDS
from collector.links import Desk, Fault, Order, Refused, draft
from collector.links.listing import COLUMNS, as_csv, detailed, listed, told
from collector.links.order import refusal
from collector.links.remark import Sentence
from collector.links.target import PATH, places
from collector.utm.sentences import Language

_LINE = 5_000  # links in one line of the control socket: at most 15 MB


@balise.group()
def links() -> None:
    """Campaign links with a short address: issued, counted, taken back."""


@links.command()
@click.argument("url")
@click.option("--source", help="utm_source: who sends the visitors, such as newsletter.")
@click.option("--medium", help="utm_medium: how, such as email.")
@click.option("--campaign", help="utm_campaign: what for.")
@click.option("--term", help="utm_term: the keyword.")
@click.option("--content", help="utm_content: which of several links.")
@click.option("--id", "id_", help="utm_id: the campaign's id; its case is kept.")
@click.option("--set", "others", multiple=True, metavar="NAME=VALUE", help="Any other campaign parameter; repeatable.")
@click.option("--policy", type=click.Choice(["replace", "keep", "error", "fill"]), default="replace", show_default=True,
              help="What happens to the same parameters already in URL.")  # fmt: skip
@click.option("--platform", help="Whose macros the values may hold, such as meta or google.")
@click.option("--ignore", multiple=True, metavar="RULE", help="A rule of the checker that this link may break.")
@click.option("--code", default="", help="The end of the short address; a random one without it.")
@click.option("--note", default="", help="What the link is for.")
@click.option("--expires", default="", help="2026-12-31 (that day included), a time, 30d, or never.")
@click.option("--author", help="Who issues it; your login name by default.")
@click.option("--dictionary", "file", type=click.Path(path_type=Path, dir_okay=False), help="Instead of the settings'.")
@click.option("--lang", type=click.Choice(["en", "fr"]), help="Language of the messages; LANG tells by default.")
@click.option("--json", "as_json", is_flag=True, help="Everything about it as JSON.")
@click.pass_obj
def add(
    place: Place, /, url: str, others: tuple[str, ...], policy: str, platform: str | None, ignore: tuple[str, ...],
    code: str, note: str, expires: str, author: str | None, file: Path | None, lang: str | None, as_json: bool,
    id_: str | None, **fields: Any,
) -> None:  # fmt: skip
    """Issue a link: prints its short address, then the whole link.

    The same link again is the same short address. With another note or another end it is changed.
    """
    options = utm.Options(existing=cast("Literal['replace']", policy), platform=platform)
    campaign = {name: value for name, value in {**fields, "id": id_}.items() if value} | dict(map(_pair, others))
    order = Order(url, campaign, code, note, who(author), expires, options, ignore)
    language = spoken(lang)
    try:
        made = draft(order, desk(place, file))
    except Refused as refused:
        refuse(refused.faults, language)
    outcome = asyncio.run(issue(place, [made.draft]))[0]
    if outcome.what in ("taken", "removed"):
        refuse([refusal(outcome.what, outcome.code)], language)
    with snapshot(place.folder) as view:
        link = view.link(outcome.code)
    if as_json:
        warned = [{"code": one.code, "field": one.field, "message": one.say(language)} for one in made.warnings]
        click.echo(orjson.dumps({"outcome": outcome.what, **told(link, base(place)), "warnings": warned}))
        return
    warn(made.warnings, language)
    click.echo(f"{base(place)}{PATH}{link.code}\n{link.target}")


@links.command(name="list")
@click.option("--format", "kind", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option("--removed", is_flag=True, help="Those that were removed, too.")
@click.pass_obj
def list_(place: Place, kind: str, removed: bool) -> None:
    """Every issued link and its clicks, the newest first.

    human: people · repeat: the same ones again · late: after its end · preview:
    messengers and link checkers · bot: programs.
    """
    with snapshot(place.folder) as view:
        rows = listed(view, base(place), removed)
    if kind == "json":
        click.echo(orjson.dumps({"links": rows}))
    elif kind == "csv":
        click.echo(as_csv(rows), nl=False)
    else:
        width = max([len(row["short"]) for row in rows], default=5)
        click.echo(f"{'short':<{width}} {' '.join(f'{kind:>7}' for kind in KINDS)}  target")
        for row in rows:
            click.echo(f"{row['short']:<{width}} {' '.join(f'{row[kind]:>7}' for kind in KINDS)}  {row['target']}")


@links.command()
@click.argument("code")
@click.pass_obj
def show(place: Place, code: str) -> None:
    """One link: everything about it, and its clicks by day (UTC)."""
    with snapshot(place.folder) as view:
        facts = detailed(view, base(place), code.lower())
    for name in COLUMNS:
        click.echo(f"{name:<12} {'–' if facts[name] in (None, '') else facts[name]}")
    for day in facts["days"]:
        click.echo(f"  {day['day']}  " + "  ".join(f"{kind} {day[kind]}" for kind in KINDS))


@links.command()
@click.argument("code")
@click.confirmation_option(prompt="Take this link back? Who follows it will read that it is gone; its clicks stay.")
@click.pass_obj
def remove(place: Place, code: str) -> None:
    """Take a link back. Its clicks stay; its code is never given out again."""
    with snapshot(place.folder) as view:
        view.link(code.lower())

    async def work() -> None:
        settings = place.settings
        async with writing(place.folder, settings.log, settings.segments, settings.reports, settings.utm) as writer:
            await writer.remove_link(code.lower())

    asyncio.run(work())
    click.echo(f"{code.lower()} leads nowhere now")


async def issue(place: Place, drafts: Sequence[Draft]) -> list[Outcome]:
    """Have them stored by whoever holds the folder."""
    settings = place.settings
    async with writing(place.folder, settings.log, settings.segments, settings.reports, settings.utm) as writer:
        outcomes: list[Outcome] = []
        for done in range(0, len(drafts), _LINE):
            outcomes += await writer.add_links(drafts[done : done + _LINE])
        return outcomes


def desk(place: Place, file: Path | None) -> Desk:
    """What links are held against here and now."""
    settings = place.settings
    names = dictionary_in(file) if file else dictionary(settings.utm)
    sites = []
    if place.folder.log.exists():
        with snapshot(place.folder) as view:
            sites = view.sites()
    return Desk(names, places(sites, settings.links, base(place)), int(time.time() * 1000))


def base(place: Place) -> str:
    """The origin of short addresses: the settings', else that of the server that runs, or ran last."""
    settings = place.settings
    if settings.links.base:
        return settings.links.base
    if place.folder.address.exists():
        return place.folder.address.read_text(encoding="ascii")
    return settings.server.origin()


def who(author: str | None) -> str:
    """The one named, else the login name."""
    if author is not None:
        return author
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as containers have
        return ""


def warn(sentences: Sequence[Sentence], language: Language) -> None:
    """On standard error, one a line."""
    for sentence in sentences:
        click.echo(sentence.say(language), err=True)


def refuse(faults: Sequence[Fault], language: Language) -> None:
    """Say them all and end with 2."""
    for fault in faults:
        click.echo(f"balise: {fault.sentence.say(language)}", err=True)
    raise SystemExit(2)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--set: expected NAME=VALUE, such as utm_source_platform=dv360, not {text!r}")
    return name, value
