"""balise user add | list | password | role | remove."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from collector.access import ROLES
from collector.access.secret import hashed, named
from collector.cli import Place, balise
from collector.cli.tokens import settled
from collector.journal import snapshot
from collector.journal.access import AccessError, AddAccount, ChangeAccount, RemoveAccount, Role

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


@user.command(name="list")
@click.pass_obj
def list_(place: Place) -> None:
    """All users, one a line: name, role, since when."""
    with snapshot(place.folder) as view:
        for account in view.access().accounts:
            since = datetime.fromtimestamp(account.created / 1000, UTC).date()
            click.echo(f"{account.name:<24} {account.role:<8} {since}")


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


@user.command()
@click.argument("name")
@click.confirmation_option(prompt="Remove this user? Their sessions end.")
@click.pass_obj
def remove(place: Place, name: str) -> None:
    """Remove a user; all their sessions end."""
    settled(place, RemoveAccount(name))
    click.echo(f"removed {name}")


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise AccessError("password", "password: expected UTF-8 on standard input") from None
