"""The command line. Exit codes: 0 done · 1 a fault was found, or the work failed · 2 wrong usage or input.

serving   serve, demo            sites    site add, list, show, remove
rows      import, export         asking   report
upkeep    check, rebuild, token  links    links add, list, show, remove
identity  identity explain, unlink, list
"""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

import click

from collector import __version__
from collector.dictionary import DictionaryError
from collector.journal import (
    Folder,
    FolderHeldError,
    FolderMissingError,
    LogDamagedError,
    SiteError,
    UnavailableError,
    UnknownLinkError,
    UnknownSiteError,
)
from collector.reports.spec import SpecError
from collector.settings import Settings, SettingsError, load

_INPUT = (SettingsError, SiteError, UnknownSiteError, UnknownLinkError, SpecError, DictionaryError, FolderMissingError)
_FAILED = (FolderHeldError, LogDamagedError, UnavailableError, sqlite3.DatabaseError)


class Place:
    """The data folder and the settings that every command works with."""

    def __init__(self, data: Path, config: Path | None) -> None:
        self.folder = Folder(data)
        self._config = config

    @property
    def settings(self) -> Settings:
        """Read when they are needed; raises `SettingsError`."""
        return load(self._config, os.environ)


class Group(click.Group):
    """Turns the house's own errors into one sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except _INPUT as error:
            click.echo(f"balise: {error}", err=True)
            ctx.exit(2)
        except (*_FAILED, RuntimeError, OSError) as error:
            if isinstance(error, BrokenPipeError | click.exceptions.Exit | click.Abort):
                raise
            hint = "; `balise check` tells more" if isinstance(error, sqlite3.DatabaseError) else ""
            click.echo(f"balise: {error}{hint}", err=True)
            ctx.exit(1)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="balise")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="BALISE_DATA",
    default="balise-data",
    show_default=True,
    help="The data folder.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="BALISE_CONFIG",
    help="A settings file; config/balise.toml shows every option.",
)
@click.pass_context
def balise(ctx: click.Context, data: Path, config: Path | None) -> None:
    """Collect page views and conversions with the visitor's consent, and ask what they say.

    Shell completion: eval "$(_BALISE_COMPLETE=bash_source balise)" (or zsh_source, fish_source).
    """
    ctx.obj = Place(data, config)


def main() -> None:
    """The command `balise`."""
    from collector.cli import asking, identity, links, rows, serving, sites, upkeep  # noqa: PLC0415  commands register themselves

    assert all((asking, identity, links, rows, serving, sites, upkeep))
    sys.exit(balise.main(args=_hoisted(sys.argv[1:]), prog_name="balise", standalone_mode=True))


def _hoisted(arguments: list[str]) -> list[str]:
    """--data and --config are accepted behind a command too; click wants them in front."""
    front, rest = [], []
    queue = list(arguments)
    while queue:
        argument = queue.pop(0)
        if argument == "--":
            rest += [argument, *queue]
            break
        if argument in ("--data", "--config") and queue:
            front += [argument, queue.pop(0)]
        elif argument.startswith(("--data=", "--config=")):
            front.append(argument)
        else:
            rest.append(argument)
    return front + rest
