"""What a page is made of: panels, each with its questions, what it shows of the answers, and its template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from collector.pages.filters import Filters
from collector.pages.listing import Listing
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.reports.answer import Answer

_SEEN: Final = ("viewer", "analyst", "admin")
Ask = Callable[[Filters], Mapping[str, Question]]
Show = Callable[[Sight, Mapping[str, Answer]], Mapping[str, Any]]
Told = Callable[[Sight, Mapping[str, Answer]], Sequence[Listing]]


class Panel(NamedTuple):
    """A part of a page. `ask` says what it wants to know of a view, each question under a name; `show` makes of the
    answers what `templates/{template}.html` is given, beside `sight`. `half`: two of them stand side by side where
    there is room; `rests`: whether it says how many events of the view it rests on; `role`: who sees it, at least.

    Where the page is shared small cells of the answers are hidden, and `told` makes the tables of what is left (None:
    they show rows as they are); `parted` makes of an answer the one whose cells are hidden then."""

    name: str
    title: str
    ask: Ask
    show: Show
    template: str
    half: bool = False
    rests: bool = True
    role: str = "viewer"
    told: Told | None = None
    parted: Callable[[Answer], Answer] | None = None


class Page(NamedTuple):
    """A page: its place in the address, its title, its panels, and the query's parameters that are its own. `ranged`:
    whether the filter bar means anything to it, `segmented`
    whether its conditions do, and `compared` whether an earlier time does."""

    name: str
    title: str
    panels: tuple[Panel, ...]
    own: tuple[str, ...] = ()
    ranged: bool = True
    segmented: bool = True
    compared: bool = False

    def shown(self, role: str) -> list[Panel]:
        """The panels that somebody of this role sees."""
        seen = _SEEN[: _SEEN.index(role) + 1]
        return [panel for panel in self.panels if panel.role in seen]
