"""A view as one file: to be printed, kept, or sent by mail. No link, no script, its style and its charts inside."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from typing import Final

from markupsafe import Markup

from collector.pages.drawing import draw
from collector.pages.filters import Filters
from collector.pages.panel import Page, Panel
from collector.pages.registry import PAGES
from collector.pages.words import Words

PARTS: Final = (
    ("overview", ("figures", "sources", "channels", "pages", "devices", "countries")),
    ("campaigns", ("campaigns",)),
    ("overview", ("behind",)),
)
_STYLE: Final = "pages.css"


def parts() -> list[tuple[Page, Panel]]:
    """The panels of the file, in their order."""
    return [
        (PAGES[name], panel) for name, listed in PARTS for panel in PAGES[name].panels if panel.name in listed
    ]  # fmt: skip


@lru_cache(maxsize=1)
def style() -> str:
    """The pages' own style sheet."""
    return resources.files("collector.web").joinpath("static", _STYLE).read_text("utf-8")


@lru_cache(maxsize=1)
def policy() -> str:
    """The Content-Security-Policy of the file: its own style, and nothing else."""
    known = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{known}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def printed(words: Words, filters: Filters, panels: Iterable[str]) -> Markup:
    """The whole file; `panels` are drawn already."""
    inside = Markup("").join(Markup(panel) for panel in panels)  # noqa: S704  drawn by the templates
    return draw("printed", words, filters=filters, style=Markup(style()), panels=inside)  # noqa: S704  our own files
