"""Macros: the placeholders that advertising platforms and mail tools fill in, platform by platform."""

from __future__ import annotations

import difflib
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

# Anything that looks like a macro of some platform.
_ANY: Final = re.compile(
    r"\{\{[^{}]*\}\}|\{%[^%]*%\}|\$?\{[^{}]*\}|__[A-Z][A-Z0-9_]*?__|\*\|[^|]*\|\*|%%[^%]+%%|\[\[[^\[\]]*\]\]|%[a-z]+!|\$[a-z]+_[a-z_]+\$"
)


class Platform(NamedTuple):
    """A platform's macros. `names` empty: any name. `custom`: what the names an advertiser makes up begin
    with."""

    name: str
    syntax: re.Pattern[str]
    names: tuple[str, ...]
    custom: str
    any_case: bool

    def knows(self, macro: str) -> bool:
        """Whether the platform would fill in `macro` (with its braces)."""
        found = self.syntax.fullmatch(macro)
        if not found or not self.names:
            return bool(found)
        name = self._name(found.group(1))
        return name in self.names or bool(self.custom and name.startswith(self.custom))

    def nearest(self, macro: str) -> str:
        """The macro most likely meant, or ""."""
        bare = self._name(macro.strip("{}_*|%$[] "))
        folded = {name.lower(): name for name in self.names}
        close = difflib.get_close_matches(bare.lower(), folded, n=1)
        return self._write(folded[close[0]]) if close else ""

    def _name(self, inner: str) -> str:
        name = inner.partition(":")[0]
        return name.lower() if self.any_case else name

    def _write(self, name: str) -> str:
        shapes = (f"{{{{{name}}}}}", f"{{{name}}}", f"__{name}__")
        return next((shape for shape in shapes if self.syntax.fullmatch(shape)), name)


def found(text: str) -> list[str]:
    """Everything in `text` that looks like a macro, in order."""
    return _ANY.findall(text)


def known_anywhere(macro: str) -> bool:
    """Whether some platform with a published list would fill in `macro`."""
    return any(platform.knows(macro) for platform in platforms().values() if platform.names)


def nearest_anywhere(macro: str) -> str:
    """The published macro most likely meant by `macro`, written alike; "" when none is near."""
    written = (p.nearest(macro) for p in platforms().values() if p.names and p.syntax.fullmatch(macro))
    return next(filter(None, written), "")


@cache
def platforms() -> dict[str, Platform]:
    """Name → platform, out of `macros.toml`."""
    data = tomllib.loads(Path(__file__).with_name("macros.toml").read_text("utf-8"))
    return {name: _platform(name, row) for name, row in data.items()}


def _platform(name: str, row: dict[str, str | list[str] | bool]) -> Platform:
    return Platform(
        name,
        re.compile(str(row["syntax"])),
        tuple(row.get("names", ())),  # type: ignore[arg-type]
        str(row.get("custom", "")),
        bool(row.get("any_case", False)),
    )
