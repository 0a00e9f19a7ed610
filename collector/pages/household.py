"""Who may ask and what is kept, as the page Settings shows it, and what became of a form; no secret but a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from collector.pages.filters import Fault


class User(NamedTuple):
    """Somebody who signs in, since a moment (ms UTC), and how many sessions are open."""

    name: str
    role: str
    since: int
    sessions: int


class Guest(NamedTuple):
    """Somebody who was invited, and until when (ms UTC)."""

    name: str
    role: str
    until: int


class Token(NamedTuple):
    """A program's token. `sites` None: all; `until` None: for good (ms UTC)."""

    name: str
    actions: Sequence[str]
    sites: Sequence[str] | None
    since: int
    until: int | None


class Share(NamedTuple):
    """A shared page of the site: until when, and when it was last looked at (ms UTC, to the hour), if ever."""

    number: int
    page: str
    filters: str
    note: str
    author: str
    least: int
    until: int
    seen: int | None


class Deed(NamedTuple):
    """Who did what about whom or what, and when (ms UTC)."""

    at: int
    who: str
    what: str
    about: str
    site: str


class Agreed(NamedTuple):
    """The campaign dictionary: its file and the rules of channels; since when (ms UTC) what holds holds; how many names
    it lists by field; what is wrong with the file, if anything is."""

    file: str = ""
    rules: str = ""
    since: int | None = None
    names: Mapping[str, int] = {}
    fault: str = ""


class View(NamedTuple):
    """A saved view: whose it is (`mine`: nobody else's), and whether the page opens with it."""

    number: int
    name: str
    query: str
    mine: bool
    first: bool
    author: str


class Household(NamedTuple):
    """All of it, as far as whoever looks may see it."""

    users: Sequence[User] = ()
    guests: Sequence[Guest] = ()
    tokens: Sequence[Token] = ()
    shares: Sequence[Share] = ()
    deeds: Sequence[Deed] = ()
    agreed: Agreed = Agreed()


class Told(NamedTuple):
    """What became of a form of the panel `panel`: what is wrong and what was typed, or what was done, and the secret
    that was made by it, which is shown this once."""

    panel: str
    do: str = ""
    fault: Fault | None = None
    held: Mapping[str, str] = {}
    done: str = ""
    secret: str = ""

    def wrong(self, panel: str, do: str) -> Fault | None:
        """What is wrong with this form, if it is the one that was sent."""
        return self.fault if (self.panel, self.do) == (panel, do) else None

    def kept(self, panel: str, do: str, name: str, default: str = "") -> str:
        """What was typed into a field of this form, else its default."""
        return self.held.get(name, default) if self.wrong(panel, do) else default
