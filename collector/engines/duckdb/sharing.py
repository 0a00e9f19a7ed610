"""One view for the questions about persons of one page: who is who and what sessions are is made out once, not eight
times.

A page names the moment at which it began to ask; what was opened since then tells of one moment, which is what the page
is to do. Small sites alone: what a large one's view holds in memory, the next question needs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

import duckdb
import msgspec

from collector.engines.duckdb.connecting import Lent, Options, watched
from collector.engines.duckdb.opening import begun
from collector.engines.duckdb.view import View
from collector.journal import Folder
from collector.reports.questions import Abandonment, Attribution, Question

_MOST: Final = 32_000_000  # bytes that a view may take while it waits; the demo's takes 8 MB
# What these questions do with persons and sessions: a view depends on all else that they say.
_OWN: Final[dict[type[Question], tuple[str, ...]]] = {
    Abandonment: ("type", "idle", "recover", "idle_from", "method", "group_by", "steps", "complete", "form", "path",
                  "trend", "limit"),
    Attribution: ("model", "half_life", "direct", "collapse", "path_reset", "cost", "margin", "rows", "limit"),
}  # fmt: skip


class _Kept(NamedTuple):
    """A view that waits; `taken` by the clock that only goes on."""

    lent: Lent
    view: View
    key: tuple[str, Question]
    taken: float


class Sharing:
    """The view of the last question about persons. One question at a time has it."""

    def __init__(self) -> None:
        self._kept: _Kept | None = None
        self._turn = threading.Lock()

    @contextmanager
    def view(
        self, folder: Folder, options: Options, site: str, asked: Question, now: int, since: float
    ) -> Iterator[View]:
        """A view for a question that may share one, see `may`; opened since then, or anew as of `now` (ms UTC)."""
        folder.demand()
        key, kept = (site, _plain(asked)), self._take()
        if kept is not None and (kept.key != key or kept.taken < since):
            kept.lent.back()
            kept = None
        taken = time.monotonic() if kept is None else kept.taken
        lent = Lent(folder, options) if kept is None else kept.lent
        try:
            with watched(lent.connection, options.seconds):
                found = begun(lent.connection, folder, site, asked, now) if kept is None else kept.view
                found.again = kept is not None
                yield found
                small = found.shared() and _taken(lent.connection) <= _MOST
        except BaseException:
            lent.close()
            raise
        if not (small and self._put(_Kept(lent, found, key, taken))):
            lent.back()

    def close(self) -> None:
        """Let go of what waits."""
        if kept := self._take():
            kept.lent.back()

    def _take(self) -> _Kept | None:
        with self._turn:
            kept, self._kept = self._kept, None
        return kept

    def _put(self, kept: _Kept) -> bool:
        """Whether there was no other one."""
        with self._turn:
            if self._kept is not None:
                return False
            self._kept = kept
        return True


def may(asked: Question) -> bool:
    """Whether a question's view can be another's too: asked as of now, of all persons, of the site's own paths."""
    if asked.now is not None:
        return False
    return type(asked) in _OWN and not getattr(asked, "erase", ()) and not getattr(asked, "paths", None)


def _plain(asked: Question) -> Question:
    """The question without what a view does not depend on."""
    usual, names = type(asked)(), _OWN[type(asked)]
    return msgspec.structs.replace(asked, now=None, **{name: getattr(usual, name) for name in names})


def _taken(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT sum(memory_usage_bytes) FROM duckdb_memory()").fetchone()
    return int(row[0] or 0) if row else 0
