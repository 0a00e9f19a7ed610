"""The language that a command speaks: the one asked for, else the shell's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collector.utm.sentences import Language


def spoken(chosen: str | None = None) -> Language:
    """`--lang` where it is given, else what LC_ALL, LC_MESSAGES or LANG say; English where that is none of ours."""
    told = chosen or next(filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "fr" if told.lower().startswith("fr") else "en"
