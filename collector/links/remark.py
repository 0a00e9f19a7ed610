"""What is said to people about links, in English and French, out of `remarks.toml` and the toolkit's own catalogue."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import NamedTuple, Protocol

from collector.utm.sentences import Language, bilingual, typeset


class Sentence(Protocol):
    """Something to say: a `Remark`, or the toolkit's `Notice`."""

    @property
    def code(self) -> str:
        """Its name in the catalogue."""

    @property
    def field(self) -> str:
        """What it is about."""

    def say(self, language: Language = "en") -> str:
        """It, in a language."""


class Remark(NamedTuple):
    """One thing to say: its code in the catalogue, the field it is about, and its facts."""

    code: str
    field: str
    facts: Mapping[str, object] = {}

    def say(self, language: Language = "en") -> str:
        """The sentence in `language`."""
        return _catalogue()[self.code][language].format(field=self.field, **self.facts)


class Ruled(NamedTuple):
    """What a rule of the toolkit's checker says of a link: its number and its reason."""

    code: str
    field: str
    en: str
    fr: str

    def say(self, language: Language = "en") -> str:
        """The reason in `language`, with the rule's number."""
        said = f"{self.field}: {self.en}" if language == "en" else typeset(f"{self.field} : {self.fr}")
        return f"{said} ({self.code})"


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    text = resources.files("collector.links").joinpath("remarks.toml").read_text(encoding="utf-8")
    return bilingual(tomllib.loads(text))
