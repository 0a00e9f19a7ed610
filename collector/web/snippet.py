"""The built snippets: the files, their hashes and their integrity, as the build left them in `static`."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from importlib import resources
from typing import Final, Literal, NamedTuple, TypeAlias

import orjson

from collector.event import Profile

Build: TypeAlias = Literal["lite", "standard", "default", "full"]

# Fetching the script is the one request before consent: it says nothing of the page it is for.
_QUIET: Final = 'referrerpolicy="no-referrer"'
# What the smallest build knows; in the others it would only wait for a grant.
_LITE: Final = frozenset({"required", "off"})


class Snippet(NamedTuple):
    """`file` is its name on the server; `hash` names the file that never changes; `integrity` is its SRI value."""

    file: str
    code: bytes
    hash: str
    integrity: str

    @property
    def fixed(self) -> str:
        """The name under which this version, and no other, is served for ever."""
        return f"s.{self.hash}.js"


@lru_cache(maxsize=1)
def snippets() -> dict[str, Snippet]:
    """Every built script by the name of its build; beside the four builds `cmp`, the consent platforms."""
    static = resources.files("collector.web").joinpath("static")
    facts = orjson.loads(static.joinpath("s.json").read_bytes())["builds"]
    return {
        name: Snippet(one["file"], static.joinpath(one["file"]).read_bytes(), one["hash"], one["integrity"])
        for name, one in facts.items()
    }


@lru_cache(maxsize=1)
def scripts() -> dict[str, tuple[Snippet, bool]]:
    """What is served by file name, and whether the name is of one version only."""
    found = snippets().values()
    return {one.file: (one, False) for one in found} | {one.fixed: (one, True) for one in found}


def fits(build: str, profile: Profile) -> bool:
    """Whether a build knows a site's consent profile."""
    return build != "lite" or profile in _LITE


def tag(
    site: str,
    collector: str,
    prefix: str,
    profile: Profile = "required",
    build: str = "default",
    policy: str | None = None,
) -> str:
    """The script tag to paste into the pages of a site; `collector` is the server's public origin, `policy` the version
    of the site's notice."""
    said = _said(site, profile, policy)
    return f'<script defer src="{_address(collector, prefix, snippets()[build].file)}" {said} {_QUIET}></script>'


def pinned_tag(
    site: str,
    collector: str,
    prefix: str,
    profile: Profile = "required",
    build: str = "default",
    policy: str | None = None,
) -> str:
    """The same with a fixed version and its integrity: it changes only when you paste a new one."""
    found = snippets()[build]
    return (
        f'<script defer src="{_address(collector, prefix, found.fixed)}" {_said(site, profile, policy)} '
        f'integrity="{found.integrity}" crossorigin="anonymous" {_QUIET}></script>'
    )


def _address(collector: str, prefix: str, file: str) -> str:
    return escape(f"{collector.rstrip('/')}{prefix}/{file}")


def _said(site: str, profile: Profile, policy: str | None) -> str:
    """What the snippet must know of the site: without `data-policy` a grant to another version would be void."""
    said = {"site": site, "consent": None if profile == "required" else profile, "policy": policy}
    return " ".join(f'data-{name}="{escape(value)}"' for name, value in said.items() if value is not None)
