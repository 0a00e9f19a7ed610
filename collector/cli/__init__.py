"""The command line. Exit codes: 0 done · 1 a fault was found, or the work failed · 2 wrong usage or input.

serving   serve, demo            sites    site add, list, show, remove
rows      import, export         asking   report
upkeep    check, rebuild         links    links add, list, show, remove
sheets    links import, template, qr
identity  identity explain, unlink, list          funnels  funnel save, list, show, remove
users     user add, list, password, role, remove  tokens    token, token add, list, revoke
shares    share add, list, revoke                 language  English or French, also of errors (`sentences.toml`)
consent   consent verify, show, export
utm       utm build, parse, channel               checking utm check

A command's module is imported when the command is asked for: `balise utm …` runs in commit hooks and starts without
the database and the server.
"""

from __future__ import annotations

import io
import os
import sys
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from collector import __version__
from collector.cli import disk

if TYPE_CHECKING:
    from collector.journal import Folder
    from collector.settings import Settings

ROOMS: Final = {
    "serve": "serving",
    "demo": "serving",
    "site": "sites",
    "consent": "consent",
    "report": "asking",
    "utm": "checking",
    "links": "sheets",
    "identity": "identity",
    "funnel": "funnels",
    "import": "rows",
    "export": "rows",
    "check": "upkeep",
    "rebuild": "upkeep",
    "token": "tokens",
    "user": "users",
    "share": "shares",
    "view": "views",
}
"""Command → the module that holds it."""


class Place:
    """The data folder and the settings that every command works with, and the language that one was asked in."""

    language: str | None = None

    def __init__(self, data: Path, config: Path | None) -> None:
        self._data, self._config = data, config

    @property
    def folder(self) -> Folder:
        """The data folder, which need not be there yet."""
        from collector.journal import Folder  # noqa: PLC0415  see above

        return Folder(self._data)

    @cached_property
    def settings(self) -> Settings:
        """Read once, when they are needed: what they warn of is said once. Raises `SettingsError`."""
        from collector.settings import load  # noqa: PLC0415  see above

        return load(self._config, os.environ)

    def origin(self) -> str:
        """Where the server that runs, or ran last, is reached; else where it would be."""
        address = self.folder.address
        return address.read_text(encoding="ascii") if address.exists() else self.settings.server.origin()

    @property
    def configured(self) -> bool:
        """Whether anything but the defaults may hold for the links' toolkit."""
        return self._config is not None or any(name.startswith("BALISE_UTM_") for name in os.environ)


class RefusedError(click.ClickException):
    """Input that cannot be worked with, in one sentence: exit 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """The sentence on standard error."""
        from collector.cli.language import said, spoken  # noqa: PLC0415  see below

        click.echo(f"balise: {said(self.message, spoken())}", err=True, file=file)


class Group(click.Group):
    """Finds commands where they are, and turns the house's own errors into one sentence and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click asks so
        """Every command, in the order of the alphabet."""
        return sorted(ROOMS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, its module imported."""
        if cmd_name in ROOMS:
            import_module(f"collector.cli.{ROOMS[cmd_name]}")
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            raise _put(error, ctx) from None
        except (click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            code = _exit_code(error)
            if code is None:
                raise
            place = ctx.obj if isinstance(ctx.obj, Place) else None
            told = (disk.full(error, place.folder) if place else None) or error
            disk.abandon_output(error)
            click.echo(f"balise: {_sentence(told, place.language if place else None)}", err=True)
            ctx.exit(code)


def _put(error: click.ClickException, ctx: click.Context) -> click.ClickException:
    """The error in the language that the command was asked to speak, as far as it was read, or the shell's."""
    from collector.cli.language import put, spoken  # noqa: PLC0415  see above

    asked = getattr(error, "ctx", None) or ctx
    return put(error, spoken(asked.params.get("lang")))


def _sentence(error: Exception, language: str | None) -> str:
    from collector.cli.language import said, spoken  # noqa: PLC0415  see above
    from collector.reports.parts import SpecError  # noqa: PLC0415  see above

    if isinstance(error, SpecError) and spoken(language) == "fr":
        from collector.pages.words import words  # noqa: PLC0415  see above

        return said(words("fr").fault(error), "fr")
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror[0].lower()}{error.strerror[1:]}"
    sentence = f"{error}; `balise check` tells more" if type(error).__module__ == "sqlite3" else str(error)
    return said(sentence, spoken(language))


def _exit_code(error: Exception) -> int | None:
    """2 for wrong input, 1 for failed work, None for a fault of the house itself."""
    import sqlite3  # noqa: PLC0415  see above

    from collector import journal  # noqa: PLC0415
    from collector.dictionary import DictionaryError  # noqa: PLC0415
    from collector.journal.access import AccessError  # noqa: PLC0415
    from collector.reports.spec import SpecError  # noqa: PLC0415
    from collector.settings import SettingsError  # noqa: PLC0415

    unknown = (journal.UnknownError, journal.FolderMissingError)
    wrong = (SettingsError, AccessError, journal.SiteError, SpecError, DictionaryError, *unknown)
    failed = (journal.FolderHeldError, journal.LogDamagedError, journal.UnavailableError, sqlite3.DatabaseError)
    if isinstance(error, wrong):
        return 2
    return 1 if isinstance(error, (*failed, RuntimeError, OSError)) else None


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
    """The command `balise`. A standard output that is closed takes what is said and says nothing."""
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # an argument need not be text; said again it must not end in a traceback
            stream.reconfigure(errors="replace")
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
