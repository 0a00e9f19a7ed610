"""Checks of a campaign link: thirty-two rules, each with a reason and, where it is safe, a correction.

No network, no clock: the rules about sites, traffic and redirections take their facts from a `Context`, and
stay silent without them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple, cast

from . import evidence, faults
from .sentences import Language, Notice, bilingual
from .subject import Context, subject

Severity = Literal["error", "warning", "info"]

RULES: Final = dict(sorted({**faults.RULES, **evidence.RULES}.items()))
"""L01 … L32 → the function that looks for it."""


class Finding(NamedTuple):
    """One fault: the rule, the parameter it is about, what was found, and the corrected link where that is safe.

    `notice`: what a rule says of this case in particular, where the rule's own reason would not be enough.
    """

    rule: str
    severity: Severity
    field: str
    found: str
    fix: str | None = None
    notice: Notice | None = None

    @property
    def id(self) -> str:
        """The rule; for one of the dictionary's, which: L13/not_a_value."""
        return f"{self.rule}/{self.notice.code}" if self.notice else self.rule

    def reason(self, language: Language = "en") -> str:
        """What is wrong and what comes of it, in `language`."""
        return self.notice.say(language) if self.notice else catalogue()[self.rule][language]


def check(url: str, context: Context | None = None, ignore: Collection[str] = ()) -> list[Finding]:
    """Every fault of the link `url`, in the order of the rules; `ignore` names rules to leave out. Never raises."""
    looked_at = subject(url, context or Context())
    return [
        _finding(code, field, found, fix)
        for code, find in RULES.items()
        if code not in ignore
        for field, found, fix in find(looked_at)
    ]


def corrected(url: str, context: Context | None = None, ignore: Collection[str] = ()) -> str:
    """`url` with every safe correction made, one after the other."""
    for _ in range(100):  # a correction removes a fault; the bound is for two that would undo each other
        fix = next((f.fix for f in check(url, context, ignore) if f.fix not in (None, url)), None)
        if fix is None:
            break
        url = fix
    return url


def _finding(code: str, field: str, found: str | Notice, fix: str | None) -> Finding:
    severity = cast("Severity", catalogue()[code]["severity"])
    if isinstance(found, str):
        return Finding(code, severity, field, found, fix)
    if found.code == "discouraged":  # advice, not a fault
        severity = "info"
    return Finding(code, severity, field, str(found.facts.get("found", "")), fix, found)


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Rule → severity, and the reason in en and fr."""
    return bilingual(tomllib.loads(Path(__file__).with_name("lint.toml").read_text("utf-8")))
