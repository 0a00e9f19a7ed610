"""`answer`: one question about one site, from the segments and the tail, as the log stands now."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import msgspec

from collector.engines.duckdb import tables
from collector.engines.duckdb.abandonment import abandonment
from collector.engines.duckdb.attribution import attribution
from collector.engines.duckdb.audit import audit
from collector.engines.duckdb.connecting import LEAST, Options
from collector.engines.duckdb.consent import consent
from collector.engines.duckdb.journeys import journeys
from collector.engines.duckdb.loading import meant
from collector.engines.duckdb.opening import view
from collector.engines.duckdb.persons import persons
from collector.engines.duckdb.rollups import Moment
from collector.engines.duckdb.sharing import may
from collector.engines.duckdb.tracing import sampled, traced
from collector.engines.duckdb.view import View
from collector.journal import Folder, snapshot
from collector.journal.segment import SegmentError
from collector.reports import spec
from collector.reports.answer import Answer
from collector.reports.funnel import listed
from collector.reports.horizon import assumed, beyond, follows, refused, shortened, told
from collector.reports.questions import Consent, Funnel, Quality, Question, UtmAudit
from collector.reports.spec import SpecError

_SEGMENT = re.compile(r"[0-9]{12}-[0-9]{12}[\w.-]*\.(?:parquet|visits)")
_TABLES: dict[str, Callable[[View, Any], Answer]] = {
    "overview": tables.overview,
    "sessions": tables.sessions,
    "pages": tables.pages,
    "campaigns": tables.campaigns,
    "channels": tables.channels,
    "events": tables.events,
    "realtime": tables.realtime,
    "persons": persons,
    "abandonment": abandonment,
    "attribution": attribution,
    "journeys": journeys,
}


def answer(
    folder: Folder, options: Options, site: str, name: str, body: dict[str, Any], now: int, moment: Moment | None = None
) -> Answer:
    """Answer a question. Raises `SpecError` for one that cannot be asked and `UnknownSiteError`.

    `now` (ms UTC) is the moment of asking; a question's own `now` goes before it. Equal sets of events give equal
    answers, whatever order they came in and however they are sealed. `moment` is what a server keeps in memory.
    """
    asked = spec.question(name, body)
    share = moment is not None and may(asked)
    asked = msgspec.structs.replace(asked, now=asked.now if asked.now is not None else now)
    if isinstance(asked, Funnel) and asked.members is not None:
        asked = msgspec.structs.replace(asked, units=True)
    for again in (True, True, False):  # a segment may be replaced between looking and reading: look again
        try:
            with _viewed(folder, options, site, asked, moment, share) as opened:
                asked = msgspec.structs.replace(asked, now=opened.now)  # of a shared one: when it was opened
                found = _ask(folder, opened, name, asked)
            return _sampled(folder, options, site, asked, found)
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            if not again or not _SEGMENT.search(str(error)):
                raise failed(error, options) from None
        except (duckdb.OutOfRangeException, duckdb.OutOfMemoryException) as error:
            raise failed(error, options) from None
    raise AssertionError("unreachable")  # pragma: no cover


def failed(error: duckdb.Error, options: Options) -> Exception:
    """What is said where DuckDB gives up: a segment that cannot be read, too little memory, else its own sentence."""
    if found := _SEGMENT.search(str(error)):
        return SegmentError(found[0], "cannot be read")
    if isinstance(error, duckdb.OutOfMemoryException):
        return SpecError(
            "spec",
            "the question needs more than %(most)s MB of memory: ask for a shorter range, or raise [reports] memory_mb",
            most=options.memory_mb,
        )
    return SpecError("spec", "the question cannot be answered: %(value)s", value=str(error).splitlines()[0])


@contextmanager
def _viewed(
    folder: Folder, options: Options, site: str, asked: Question, moment: Moment | None, share: bool
) -> Iterator[View]:
    """The site from a rollup, if it can be, else from its files, with the memory that the rollups leave; to `share`:
    with what questions of the same page have made out."""
    assert asked.now is not None
    if moment is not None:
        with moment.rollups.view(site, asked, asked.now, moment.since) as rolled:
            if rolled is not None:
                yield rolled
                return
        options = msgspec.structs.replace(options, memory_mb=max(options.memory_mb - moment.rollups.taken(), LEAST))
        if share:
            with moment.rollups.sharing.view(folder, options, site, asked, asked.now, moment.since) as shared:
                yield shared
            return
        moment.rollups.sharing.close()
    with view(folder, options, site, asked, asked.now) as opened:
        yield opened


def _ask(folder: Folder, opened: View, name: str, asked: Question) -> Answer:
    found = _within(opened, asked, lambda: _dispatch(folder, opened, name, asked))
    return assumed(found, opened.unproven())


def _sampled(folder: Folder, options: Options, site: str, asked: Question, found: Answer) -> Answer:
    """With samples, if they are asked for, instead of the units' names."""
    if not (isinstance(asked, Funnel) and asked.members is not None and asked.members.samples):
        return found
    assert asked.now is not None
    units = [row["unit"] for row in found.rows]
    with view(folder, options, site, asked, asked.now) as again:
        return _within(again, asked, lambda: sampled(again, asked, units))


def _within(opened: View, asked: Question, answered: Callable[[], Answer]) -> Answer:
    """The answer as far as visitors are known."""
    nameless = others = 0
    if beyond(asked, ZoneInfo(opened.site.timezone), opened.site.session_timeout, opened.now):
        nameless, others = opened.nameless()
    if not nameless:
        return answered()
    if not follows(asked):
        return told(answered(), nameless)
    if not others:
        raise refused(asked)
    opened.follow()
    return shortened(answered(), nameless)


def _dispatch(folder: Folder, opened: View, name: str, asked: Question) -> Answer:
    if isinstance(asked, Funnel):
        from collector.engines.duckdb.funnel import funnel  # noqa: PLC0415  numpy comes with it: 16 MB, 50 ms

        return listed(asked, funnel(opened, asked)) if asked.explain is None else traced(opened, asked)
    if isinstance(asked, Quality):
        with snapshot(folder) as seen:
            return tables.quality(opened, asked, seen.counters())
    if isinstance(asked, UtmAudit):
        with snapshot(folder) as seen:
            means, links, clicks = meant(seen), seen.links(), seen.clicks()
        return audit(opened, asked, means, links, clicks)
    if isinstance(asked, Consent):
        with snapshot(folder) as seen:
            told_of = seen.answers(opened.site.number, opened.start, opened.stop)
            return consent(opened, asked, told_of, seen.counters())
    return _TABLES[name](opened, asked)
