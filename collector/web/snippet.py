"""The built snippet: the file, its hash and its integrity, as the build left them in `static`."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import NamedTuple

import orjson

# Fetching the script is the one request before consent: it says nothing of the page it is for.
_QUIET = 'referrerpolicy="no-referrer"'


class Snippet(NamedTuple):
    """`hash` names the file that never changes; `integrity` is its SRI value."""

    code: bytes
    hash: str
    integrity: str


@lru_cache(maxsize=1)
def snippet() -> Snippet:
    """Read the built files."""
    static = resources.files("collector.web").joinpath("static")
    facts = orjson.loads(static.joinpath("s.json").read_bytes())
    return Snippet(static.joinpath("s.js").read_bytes(), facts["hash"], facts["integrity"])


def tag(site: str, collector: str, prefix: str) -> str:
    """The script tag to paste into the pages of a site; `collector` is the server's public origin."""
    return f'<script defer src="{collector.rstrip("/")}{prefix}/s.js" data-site="{site}" {_QUIET}></script>'


def pinned_tag(site: str, collector: str, prefix: str) -> str:
    """The same with a fixed version and its integrity: it changes only when you paste a new one."""
    found = snippet()
    return (
        f'<script defer src="{collector.rstrip("/")}{prefix}/s.{found.hash}.js" data-site="{site}" '
        f'integrity="{found.integrity}" crossorigin="anonymous" {_QUIET}></script>'
    )
