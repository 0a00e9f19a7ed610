"""The language that a command speaks: the one asked for, else the shell's; and what goes wrong, said in it."""

from __future__ import annotations

import os
import re
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

import click

if TYPE_CHECKING:
    from collector.utm.sentences import Language


def spoken(chosen: str | None = None) -> Language:
    """`--lang` where it is given, else what LC_ALL, LC_MESSAGES or LANG say; English where that is none of ours."""
    told = chosen or next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "fr" if told.lower().startswith("fr") else "en"


def said(sentence: str, language: str) -> str:
    """An English sentence of an error in that language, where it is known (`sentences.toml`)."""
    if language == "en":
        return sentence
    for known, french in _catalogue():
        if found := known.fullmatch(sentence):
            values = found.groupdict()
            return french.format(**values | {"why": said(values.get("why", ""), language)})
    return sentence


class MisusedError(click.UsageError):
    """Wrong usage of a command, said in French as click says it in English: exit 2."""

    def show(self, file: Any = None) -> None:
        """How the command is used, where help is, and what is wrong, on standard error."""
        if self.ctx is not None:
            usage = " ".join([self.ctx.command_path, *self.ctx.command.collect_usage_pieces(self.ctx)])
            click.echo(f"Utilisation\u202f: {usage}\nAide\u202f: {self.ctx.command_path} --help\n", err=True, file=file)
        click.echo(f"Erreur\u202f: {self.message}", err=True, file=file)


def put(error: click.ClickException, language: str) -> click.ClickException:
    """The error as it is to be shown in that language."""
    if language == "en" or not isinstance(error, click.UsageError):
        return error
    return MisusedError(said(error.format_message(), language), error.ctx)


@cache
def _catalogue() -> list[tuple[re.Pattern[str], str]]:
    """French sentences, each with the pattern of its English one; values stand for any text."""
    from collector.utm.sentences import typeset  # noqa: PLC0415  only who speaks French waits for it

    text = resources.files("collector.cli").joinpath("sentences.toml").read_text(encoding="utf-8")
    entries = cast("list[dict[str, str]]", tomllib.loads(text)["said"])
    return [(_pattern(entry["en"]), typeset(entry["fr"])) for entry in entries]


def _pattern(english: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", english)
    told = [f"(?P<{piece}>.+?)" if n % 2 else re.escape(piece) for n, piece in enumerate(pieces)]
    return re.compile("".join(told), re.DOTALL)
