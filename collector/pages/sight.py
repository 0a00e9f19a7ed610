"""What a panel's template may show: the language, the view, what was asked, and a few facts about the house."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from collector.event import Site
from collector.pages.filters import Filters
from collector.pages.household import Household, Told, View
from collector.pages.issued import Issued
from collector.pages.question import Question
from collector.pages.words import Words


class Tag(NamedTuple):
    """A site's script tag of one build: what the build does, the tag that follows new versions, and the fixed one."""

    build: str
    does: str
    newest: str
    fixed: str


class Facts(NamedTuple):
    """The house as the caller may see it: its sites, where browsers reach it (`root`: the path that it is mounted
    under), the prefix of what browsers send, its tags for this site, who looks, the specs of the funnels and the views
    that are saved, and what the page of links is about. `printed`: what is drawn leads nowhere. `told`: what became of
    the form that was sent. `folder`: the data folder, for who may see what belongs to no one site."""

    sites: Sequence[Site]
    origin: str
    root: str = ""
    prefix: str = "/m"
    tags: Sequence[Tag] = ()
    csrf: str = ""
    user: str = ""
    role: str = "viewer"
    printed: bool = False
    funnels: Mapping[str, Mapping[str, Any]] = {}
    household: Household = Household()
    told: Told = Told("")
    views: Sequence[View] = ()
    links: Issued | None = None
    folder: str = ""

    @property
    def program(self) -> str:
        """What a command begins with that finds this data, wherever it is called."""
        return shlex.join(["balise", *(["--data", self.folder] if self.folder else [])])


class Sight(NamedTuple):
    """One panel of one view, for one caller."""

    words: Words
    filters: Filters
    facts: Facts
    page: str
    panel: str
    questions: Mapping[str, Question]

    @property
    def site(self) -> Site:
        """The site that the view is of."""
        return next(site for site in self.facts.sites if site.name == self.filters.site)
