"""`answer`: one question about one site, from the segments and the tail, as the log stands now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import msgspec

from collector.engines.duckdb import tables
from collector.engines.duckdb.connecting import Options
from collector.engines.duckdb.funnel import funnel
from collector.engines.duckdb.view import View, view
from collector.journal import Folder, snapshot
from collector.reports import spec
from collector.reports.answer import Answer
from collector.reports.spec import Funnel, Quality, Question, SpecError

_TABLES: dict[str, Callable[[View, Any], Answer]] = {
    "overview": tables.overview,
    "sessions": tables.sessions,
    "pages": tables.pages,
    "campaigns": tables.campaigns,
    "channels": tables.channels,
    "realtime": tables.realtime,
}


def answer(folder: Folder, options: Options, site: str, name: str, body: dict[str, Any], now: int) -> Answer:
    """Answer a question. Raises `SpecError` for one that cannot be asked and `UnknownSiteError`.

    `now` (ms UTC) is the moment of asking; a question's own `now` goes before it. Equal sets of events give equal
    answers, whatever order they came in and however they are sealed.
    """
    asked = spec.question(name, body)
    asked = msgspec.structs.replace(asked, now=asked.now if asked.now is not None else now)
    try:
        return _ask(folder, options, site, name, asked)
    except duckdb.IOException:
        return _ask(
            folder, options, site, name, asked
        )  # a segment was replaced between looking and reading: look again
    except (duckdb.InvalidInputException, duckdb.OutOfRangeException) as error:
        raise SpecError("spec", f"the question cannot be answered: {str(error).splitlines()[0]}") from None


def _ask(folder: Folder, options: Options, site: str, name: str, asked: Question) -> Answer:
    assert asked.now is not None
    with view(folder, options, site, asked, asked.now) as opened:
        return _dispatch(folder, opened, name, asked)


def _dispatch(folder: Folder, opened: View, name: str, asked: Question) -> Answer:
    if isinstance(asked, Funnel):
        return funnel(opened, asked)
    if isinstance(asked, Quality):
        with snapshot(folder) as seen:
            return tables.quality(opened, asked, seen.counters())
    return _TABLES[name](opened, asked)
