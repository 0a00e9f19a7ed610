"""Answers that pages have just been given, for those who ask the same while nothing has arrived since.

A page asks ten questions, and whoever looks at it goes back and forth between pages, languages and segments. An answer
is kept for a few seconds, and only as long as the log's last event is the one that it saw and nothing else has been
decided: no site's options, no names, nobody told apart. The API is always answered anew.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import orjson

from collector.reports.answer import Answer
from collector.web.ask import Reports

SECONDS: Final = 20.0
_MOST: Final = 64  # answers; those of pages have at most some hundred rows
_ROWS: Final = 2_000


class Since(NamedTuple):
    """When a page began to ask (`time.monotonic`), and how many decisions had been written by then: what it reads may
    be older than the next."""

    moment: float
    decisions: int


class _Kept(NamedTuple):
    answer: Answer
    seq: int
    decisions: int
    until: float


class Recent:
    """The answers of the last seconds. `stands` tells how far the log is, and how many decisions were written to it."""

    def __init__(self, reports: Reports, stands: Callable[[], tuple[int, int]], seconds: float = SECONDS) -> None:
        self._reports, self._stands, self._seconds = reports, stands, seconds
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()

    async def answer(self, site: str, name: str, spec: dict[str, Any], since: Since | None = None) -> Answer:
        """An answer as of the last event, or since then. Raises what `Reports.answer` does."""
        spec = self._reports.meant(site, name, spec)
        key = _key(site, name, spec)
        if (known := self._known(key)) is not None:
            return known
        decisions = self.decisions() if since is None else since.decisions
        found = await self._reports.answer(site, name, spec, since and since.moment)
        if len(found.rows) <= _ROWS:
            self._kept[key] = _Kept(found, found.data.through_seq, decisions, time.monotonic() + self._seconds)
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return found

    def remembered(self, site: str, name: str, spec: dict[str, Any]) -> Answer | None:
        """The same if it is remembered: it costs nobody anything. Raises `SpecError`, `UnknownSiteError`."""
        return self._known(_key(site, name, self._reports.meant(site, name, spec)))

    def _known(self, key: bytes) -> Answer | None:
        kept = self._kept.get(key)
        if kept is None or (kept.seq, kept.decisions) != self._stands() or time.monotonic() >= kept.until:
            return None
        return kept.answer

    def since(self) -> Since:
        """Now: what is asked since then is answered as of one moment."""
        decisions = self.decisions()
        return Since(time.monotonic(), decisions)

    def decisions(self) -> int:
        """How many decisions were written: what was asked before the last of them is another question."""
        return self._stands()[1]

    def known(self, site: str) -> dict[str, dict[str, Any]]:
        """The specs of the site's saved funnels. Raises `SpecError`, `UnknownSiteError`."""
        return self._reports.known(site)


def _key(site: str, name: str, spec: dict[str, Any]) -> bytes:
    return orjson.dumps([site, name, spec], option=orjson.OPT_SORT_KEYS)
