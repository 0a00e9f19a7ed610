"""What a page is made of: panels, each with its questions, what it shows of the answers, and its template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from collector.pages.filters import Filters
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.reports.answer import Answer

Ask = Callable[[Filters], Mapping[str, Question]]
Show = Callable[[Sight, Mapping[str, Answer]], Mapping[str, Any]]


class Panel(NamedTuple):
    """A part of a page. `ask` says what it wants to know of a view, each question under a name; `show` makes of the
    answers what `templates/{template}.html` is given, beside `sight`. `half`: two of them stand side by side where
    there is room; `rests`: whether it is told how many events of the view it rests on."""

    name: str
    title: str
    ask: Ask
    show: Show
    template: str
    half: bool = False
    rests: bool = True


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
