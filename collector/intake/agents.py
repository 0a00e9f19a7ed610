"""A user agent string to families: which browser, which system, what kind of device, and whether a program sent it.

The string itself goes no further than the cache of this module, which lives in memory.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final, NamedTuple

from collector.intake.bots import bot

if TYPE_CHECKING:
    from user_agents.parsers import UserAgent

MAX_AGENT: Final = 512  # characters: cut before any pattern sees it
_NAMES: Final = tomllib.loads(resources.files("collector.intake").joinpath("families.toml").read_text(encoding="utf-8"))
_BROWSERS: Final = frozenset(_NAMES["browsers"])
_SYSTEMS: Final = frozenset(_NAMES["systems"])
_CACHED: Final = 10_000  # strings


class Families(NamedTuple):
    """`device` is desktop, mobile, tablet, tv or None; `bot` is the kind of program, None for a person's browser."""

    browser: str | None
    system: str | None
    device: str | None
    bot: str | None


NOBODY: Final = Families(None, None, None, None)


def families(agent: str) -> Families:
    """The families of a raw user agent. An empty one is a bot: every browser sends one."""
    return _families(agent[:MAX_AGENT])


@lru_cache(maxsize=_CACHED)
def _families(agent: str) -> Families:
    kind = bot(agent)
    if not agent:
        return Families(None, None, None, kind)
    filled = _user_agent(agent)
    if kind is None and filled.is_bot:
        kind = "crawler"
    return Families(_known(filled.browser.family, _BROWSERS), _known(filled.os.family, _SYSTEMS), _device(filled), kind)


def _user_agent(agent: str) -> UserAgent:
    """A `user_agents` object filled by the compiled parser; its own constructor uses one that is 7 times slower.

    Both are imported when the first agent is met: their patterns are a third of the start of every command, and only
    a server and an import need them.
    """
    import ua_parser  # noqa: PLC0415
    from user_agents.parsers import UserAgent, parse_browser, parse_device, parse_operating_system  # noqa: PLC0415

    found = ua_parser.parse(agent)
    browser, system, device = found.user_agent, found.os, found.device
    filled = UserAgent.__new__(UserAgent)
    filled.ua_string = agent
    filled.browser = parse_browser(browser.family if browser else "Other", browser.major if browser else None)
    filled.os = parse_operating_system(system.family if system else "Other", system.major if system else None)
    filled.device = parse_device(*((device.family, device.brand, device.model) if device else ("Other", None, None)))
    return filled


def _device(filled: UserAgent) -> str | None:
    if "TV" in filled.ua_string or filled.device.family in ("Apple TV", "Chromecast"):
        return "tv"
    if filled.is_tablet:
        return "tablet"
    if filled.is_mobile:
        return "mobile"
    return "desktop" if filled.is_pc else None


def _known(family: str, names: frozenset[str]) -> str | None:
    """A family may be a text of the sender's own: only a name on the list is kept."""
    return family if family in names else None
