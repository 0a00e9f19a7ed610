"""Is it a program? Signs by kind (`bots.toml`), written from how programs name themselves.

A verdict is kept with the event, never a reason to lose it: reports leave bots out and say how many they were.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import Final


def _kinds() -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = tomllib.loads(resources.files("collector.intake").joinpath("bots.toml").read_text(encoding="utf-8"))
    return tuple((kind, re.compile("|".join(signs), re.IGNORECASE)) for kind, signs in table.items())


_KINDS: Final = _kinds()
# Automation that names its tool but not a purpose: a site's own tests and servers look like this. Where consent was
# given to such a batch, a person or the site's owner is behind it; reports count these unless asked not to.
SUSPECTED: Final = ("headless", "library", "empty")

_PERSON: Final = re.compile(
    r"cubot|\bFB(?:AN|AV|_IAB)/|Instagram \d|Slack_SSB|Electron/|Lynx/|DuckDuckGo/\d|GSA/", re.IGNORECASE
)
_MACHINE: Final = re.compile(r"bot/|spider|crawl|headless|externalhit", re.IGNORECASE)


def bot(agent: str) -> str | None:
    """The kind of program that sends this user agent, or None if it looks like a person's browser.

    Kinds: ai, preview, search, seo, monitor, headless, library, crawler, empty. A program that pretends to be a
    browser is not recognised here; nothing in its user agent tells it apart.
    """
    if not agent.strip():
        return "empty"
    if _PERSON.search(agent) and not _MACHINE.search(agent.replace("CUBOT/", "").replace("cubot/", "")):
        return None
    return next((kind for kind, pattern in _KINDS if pattern.search(agent)), None)
