"""What values there are to filter by: offered while one types, taken for what was typed, told where a filter finds
none.

They are asked only then: a page without such a question costs nothing more.
"""

from __future__ import annotations

from typing import Final

from collector.engines.duckdb import TooSlowError
from collector.journal.segment import SegmentError
from collector.pages.filters import Dimension, Filters
from collector.pages.question import Question
from collector.pages.values import Offer, meant, offered
from collector.pages.words import NOTHING
from collector.reports.spec import SpecError
from collector.web.recent import Recent

_MOST: Final = 1_000  # values that are looked through, those of most sessions first


class Values:
    """The values of one server's sessions."""

    def __init__(self, reports: Recent) -> None:
        self._reports = reports

    async def there(self, filters: Filters, dimension: Dimension) -> list[str | None]:
        """The values of the view's days, whatever its other conditions are; none where they cannot be told."""
        question = Question("campaigns", filters.spec(by=[dimension], limit=_MOST, visitors=False))
        try:
            found = await self._reports.answer(filters.site, *question)
        except (SpecError, TooSlowError, SegmentError):
            return []  # the panels say why
        return list(dict.fromkeys(None if row[dimension] in NOTHING else row[dimension] for row in found.rows))

    async def canonical(self, filters: Filters, dimension: Dimension) -> Filters:
        """The view with the stored word in the place of what was typed."""
        there = await self.there(filters, dimension)
        said = tuple((name, meant(name, value, there) if name == dimension else value) for name, value in filters.where)
        return filters._replace(where=said, by=None)

    async def offer(self, filters: Filters, dimension: Dimension) -> Offer:
        """Those that there are, the most frequent first."""
        return Offer(dimension, offered("", await self.there(filters, dimension)))

    async def strange(self, filters: Filters) -> list[Offer]:
        """The conditions of the view whose value no session of its days has, each with values that some have."""
        found = []
        for dimension, value in filters.where:
            there = await self.there(filters, dimension)
            if not await self._some(filters._replace(where=((dimension, value),)), dimension):
                found.append(Offer(dimension, offered(value, there), value))
        return found

    async def _some(self, filters: Filters, dimension: Dimension) -> bool:
        question = Question("campaigns", filters.part(by=[dimension], limit=1, visitors=False))
        try:
            return bool((await self._reports.answer(filters.site, *question)).rows)
        except (SpecError, TooSlowError, SegmentError):
            return True  # nobody knows
