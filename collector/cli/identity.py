"""balise identity explain | unlink | list."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any, Final

import click

from collector.cli import Place, balise
from collector.control import writing
from collector.engines.duckdb.engine import answer
from collector.intake.minimise import keyed
from collector.intake.validate import usable
from collector.journal import snapshot
from collector.reports.answer import Answer, as_json
from collector.reports.spec import SpecError

_WAYS: Final = {
    "own": "named the customer",
    "earlier": "came after the customer was named",
    "later": "came before the customer was named",
    "nobody": "nobody's",
    "ambiguous": "after a long silence, a guess",
}
_LINKS: Final = ("login", "stranger", "alias", "merge")


@balise.group()
def identity() -> None:
    """Who is taken for one person, why, and how to undo it."""


@identity.command()
@click.option("--site", required=True, help="The site to ask about.")
@click.option("--visitor", help="A browser's pseudonymous id.")
@click.option("--user", help="A customer's id, or its hash as reports show it.")
@click.option("--format", "kind", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_obj
def explain(place: Place, site: str, visitor: str | None, user: str | None, kind: str) -> None:
    """What made these browsers and customers one person, in order of time."""
    found = _explained(place, site, visitor, user)
    click.echo(as_json(found) if kind == "json" else _text(found))


def _text(found: Answer) -> str:
    totals = found.totals
    lines = [f"person     {totals['person']}", f"customers  {' '.join(totals['customers']) or '–'}"]
    for device, ways in totals["browsers"].items():
        told = ", ".join(f"{n} {_WAYS.get(way, way)}" for way, n in ways.items())
        shared = " (shared: only events that name a customer count)" if device in totals["shared_devices"] else ""
        lines.append(f"browser    {device}: {told}{shared}")
    return "\n".join([*lines, "", *map(_line, found.rows)])


def _line(row: dict[str, Any]) -> str:
    return f"{_moment(row['at'])}  {row['says']}" + (f" [event {row['event']}]" if row["event"] else "")


@identity.command()
@click.option("--site", required=True, help="The site they are on.")
@click.option("--visitor", help="The browser's pseudonymous id.")
@click.option("--user", "users", multiple=True, required=True, help="The customer's id; two of them undo a $merge.")
@click.option("--undo", is_flag=True, help="Follow what links them again.")
@click.pass_obj
def unlink(place: Place, site: str, visitor: str | None, users: tuple[str, ...], undo: bool) -> None:
    """Never take a browser and a customer, or two customers, for one person.

    The rule is kept beside the log, which stays as it is; every report follows at once. Events that name the customer
    stay the customer's; what was carried over to the browser's other events is undone.
    """
    if len(users) + (visitor is not None) != 2:
        raise click.UsageError("expected --visitor and --user, or --user twice")
    before = _explained(place, site, visitor, None if visitor else users[0])
    one, other = _pair(place, site, visitor, users, before, undo)

    async def work() -> None:
        settings = place.settings
        async with writing(place.folder, settings.log, settings.segments, settings.reports, settings.utm) as writer:
            await writer.unlink(site, one, other, undo)

    asyncio.run(work())
    after = _explained(place, site, visitor, None if visitor else users[0])
    click.echo(f"{one} and {other} are {'linked again' if undo else 'told apart'}")
    for label, found in (("before", before), ("now", after)):
        totals = found.totals
        counted = (
            ("event", totals["events"]), ("browser", len(totals["browsers"])), ("customer", len(totals["customers"])),
        )  # fmt: skip
        parts = ", ".join(f"{n} {name}{'s' * (n != 1)}" for name, n in counted)
        click.echo(f"{label:<7} {totals['person']}: {parts}")


@identity.command(name="list")
@click.option("--site", required=True, help="The site to show.")
@click.pass_obj
def list_(place: Place, site: str) -> None:
    """Who was told apart, one pair a line."""
    with snapshot(place.folder) as view:
        for one, other, at in view.apart(view.site(site).number):
            click.echo(f"{_moment(at)}  {one}  {other}")


def _explained(place: Place, site: str, visitor: str | None, user: str | None) -> Answer:
    said = {name: value for name, value in (("visitor", visitor), ("user", user)) if value is not None}
    if len(said) != 1:
        raise click.UsageError("expected --visitor or --user")
    spec: dict[str, Any] = {"explain": said, "bots": "include"}
    return answer(place.folder, place.settings.reports, site, "persons", spec, int(time.time() * 1000))


def _pair(
    place: Place, site: str, visitor: str | None, users: tuple[str, ...], found: Answer, undo: bool
) -> tuple[str, str]:
    """The two as the log knows them; raises `SpecError` if nothing links them directly, or nothing was undone."""
    with snapshot(place.folder) as view:
        known = view.site(site)
        rules = {(one, other) for one, other, _ in view.apart(known.number)}
    names = {name for row in found.rows for name in (row["device"], row["user"], row["other"]) if name}
    hashes = [user if user in names else keyed(usable(user) or "", known.key) for user in users]
    one, other = (visitor, hashes[0]) if visitor is not None else (hashes[0], hashes[1])
    links = {(row["device"] or row["other"], row["user"]) for row in found.rows if row["what"] in _LINKS}
    for pair in ((one, other), (other, one)):
        if pair in (rules if undo else links):
            return pair
    if undo:
        raise SpecError("user", "these two were not told apart; `balise identity list` shows who was")
    raise SpecError("user", "nothing links these two directly; `balise identity explain` shows what does")


def _moment(t: int) -> str:
    return datetime.fromtimestamp(t / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
