"""What the toolkit says to people, in English and French, out of `sentences.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

Language = Literal["en", "fr"]


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
            nearest = " : vouliez-vous dire {} ?"
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


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("sentences.toml").read_text("utf-8"))
