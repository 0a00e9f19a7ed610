"""What the toolkit says to people, in English and French, out of `sentences.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

Language = Literal["en", "fr"]
_LOOSE: Final = re.compile("(?<=«) | (?=[:;?!»])")
_ELISION: Final = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_]|\{)")


class Notice(NamedTuple):
    """One thing to say: its code in the catalogue, the field it is about, and its facts."""

    code: str
    field: str
    facts: Mapping[str, object] = {}

    def say(self, language: Language = "en") -> str:
        """The sentence in `language`."""
        facts = self.facts
        if language == "fr":
            facts = {key: _catalogue()["words"].get(str(fact), fact) for key, fact in facts.items()}
            nearest = typeset(" : vouliez-vous dire {} ?")
        else:
            nearest = ": did you mean {}?"
        if "nearest" in facts:
            facts = {**facts, "nearest": nearest.format(facts["nearest"]) if facts["nearest"] else ""}
        sentence = _catalogue()[self.code][language].format(field=self.field, **facts)
        return sentence[:-1] if sentence.endswith("?.") else sentence


class BuildError(ValueError):
    """A link that cannot be built. `field` says what is wrong, `str(error)` says it in one English
    sentence."""

    def __init__(self, code: str, field: str, **facts: object) -> None:
        self.notice = Notice(code, field, facts)
        self.code = code
        self.field = field
        super().__init__(self.notice.say())

    def say(self, language: Language = "en") -> str:
        """The sentence in `language`."""
        return self.notice.say(language)


def typeset(french: str) -> str:
    """A French sentence with narrow blanks that do not break where it is written with plain ones: before : ; ? ! and
    inside « »; and with the apostrophe of print."""
    return _ELISION.sub("\N{RIGHT SINGLE QUOTATION MARK}", _LOOSE.sub("\N{NARROW NO-BREAK SPACE}", french))


def printed(text: str, language: str) -> str:
    """A sentence as its language prints it."""
    return typeset(text) if language == "fr" else text


def bilingual(catalogue: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """A catalogue of sentences in `en` and `fr`, each as its language prints it."""
    return {code: {key: printed(text, key) for key, text in entry.items()} for code, entry in catalogue.items()}


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    return bilingual(tomllib.loads(Path(__file__).with_name("sentences.toml").read_text("utf-8")))
