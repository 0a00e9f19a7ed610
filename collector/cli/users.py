"""balise user add | invite | list | password | role | sign-out | remove | history."""

from __future__ import annotations

import sys
import time
from datetime import UTC, date, datetime

import click

from collector.access import ROLES
from collector.access.granting import invited
from collector.access.secret import hashed, named
from collector.cli import Place, balise
from collector.cli.tokens import settled
from collector.journal import snapshot
from collector.journal.access import AccessError, AddAccount, ChangeAccount, RemoveAccount, Role, SignOut, Uninvite

_ROLE = click.Choice(list(ROLES))


@balise.group()
def user() -> None:
    """Who may sign in to the dashboard: viewers read, analysts also save and make links, admins do everything."""


@user.command()
@click.argument("name")
@click.option("--role", type=_ROLE, default="viewer", show_default=True, help="What they may do.")
@click.pass_obj
def add(place: Place, name: str, role: Role) -> None:
    """Add a user. The password is asked for, or read from standard input where nobody types."""
    settled(place, AddAccount(named(name), hashed(_password()), role))
    click.echo(f"added {name}, {role}")


@user.command()
@click.argument("name")
@click.option("--role", type=_ROLE, default="viewer", show_default=True, help="What they may do.")
@click.pass_obj
def invite(place: Place, name: str, role: Role) -> None:
    """Print a link by which somebody becomes a user and chooses a password, once, within a week."""
    code, order = invited(name, role, int(time.time() * 1000))
    settled(place, order)
    click.echo(f"{place.origin()}/setup/{code}")


@user.command(name="list")
@click.pass_obj
def list_(place: Place) -> None:
    """All users, one a line: name, role, since when; then who is invited, and until when."""
    with snapshot(place.folder) as view:
        found = view.access()
    for account in found.accounts:
        click.echo(f"{account.name:<24} {account.role:<8} {_day(account.created)}")
    for one in found.invitations:
        click.echo(f"{one.name:<24} {one.role:<8} invited until {_day(one.expires)}")


@user.command()
@click.argument("name")
@click.pass_obj
def password(place: Place, name: str) -> None:
    """Give a user another password; all their sessions end."""
    settled(place, ChangeAccount(name, password=hashed(_password())))
    click.echo(f"{name} has another password, and is signed out everywhere")


@user.command()
@click.argument("name")
@click.argument("role", type=_ROLE)
@click.pass_obj
def role(place: Place, name: str, role: Role) -> None:
    """Let a user do more, or less; all their sessions end."""
    settled(place, ChangeAccount(name, role=role))
    click.echo(f"{name} is {role} now, and is signed out everywhere")


@user.command(name="sign-out")
@click.argument("name")
@click.pass_obj
def sign_out(place: Place, name: str) -> None:
    """End all sessions of a user."""
    settled(place, SignOut(name))
    click.echo(f"{name} is signed out everywhere")


@user.command()
@click.argument("name")
@click.confirmation_option(prompt="Remove this user? Their sessions end.")
@click.pass_obj
def remove(place: Place, name: str) -> None:
    """Remove a user, whose sessions end and whose own views go; or take an invitation back."""
    with snapshot(place.folder) as view:
        only_invited = name in {one.name for one in view.access().invitations}
    settled(place, Uninvite(name) if only_invited else RemoveAccount(name))
    click.echo(f"removed {name}")


@user.command()
@click.option("--most", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Lines, the newest.")
@click.pass_obj
def history(place: Place, most: int) -> None:
    """Who changed users, tokens, shares and sites, and when (UTC), newest first. No address is kept."""
    with snapshot(place.folder) as view:
        for deed in view.deeds(most):
            at = datetime.fromtimestamp(deed.at / 1000, UTC).strftime("%Y-%m-%d %H:%M")
            click.echo(f"{at} {deed.who:<24} {deed.what:<18} {deed.about:<24} {deed.site}".rstrip())


def _day(ms: int) -> date:
    return datetime.fromtimestamp(ms / 1000, UTC).date()


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise AccessError("password", "password: expected UTF-8 on standard input") from None
