"""The report `utm_audit`: names in arriving links held against the dictionary, issued links against their visits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Final

from collector.engines.duckdb.view import View
from collector.enrich import Meaning
from collector.intake.minimise import landing
from collector.journal import Clicks, Link
from collector.reports.answer import Answer
from collector.reports.audit import Issued, Landing, findings
from collector.reports.caution import few
from collector.reports.questions import UtmAudit
from collector.reports.remark import remark
from collector.reports.spec import filled
from collector.reports.statistics import ratio
from collector.utm import Tags
from collector.utm.landing import fragment_query
from collector.utm.sources import bare_host, is_own

_COLUMNS: Final = ["finding", "field", "value", "nearest", "clicks", "sessions", "converted", "score"]
_COUNTED: Final = ("outside", "spelling", "near_duplicate", "macro", "internal", "unissued", "lost", "lost_all")
_DAY: Final = 86_400_000
_INTERNAL: Final = (
    "SELECT path AS value, count(*) AS sessions FROM events WHERE internal AND t >= $from AND t < $to "
    "GROUP BY path ORDER BY sessions DESC, path LIMIT $limit"
)
_SESSIONS: Final = (
    "SELECT count(*) AS sessions, count(*) FILTER (channel = 'Unassigned') AS unassigned "
    "FROM session WHERE start >= $from AND start < $to"
)


def audit(view: View, asked: UtmAudit, means: Meaning, links: Sequence[Link], clicks: Sequence[Clicks]) -> Answer:
    """Rows by finding, the most frequent first. `internal` counts events; every other line sessions."""
    view.sessions(asked.session, [asked.conversion])
    issued = _issued(view, links, clicks)
    pages = sorted({link.page for link in issued})
    landings = [_landing(row) for row in view.ask("audit", pages=pages)]
    bare = {(row["page"], row["day"]): row["sessions"] for row in view.ask("audit_bare", pages=pages)}
    rows, score = findings(landings, issued, means.dictionary, bare)
    bound = {"from": view.start, "to": view.stop, "limit": asked.limit}
    inside = view.rows(_INTERNAL, **bound)
    rows += [{"finding": "internal", "field": "path", **row} for row in inside]
    totals = view.rows(_SESSIONS, **bound)[0]
    totals["unassigned_rate"] = ratio(totals["unassigned"], totals["sessions"])
    totals["tagged"] = sum(landing.sessions for landing in landings)
    totals["score"] = score
    kinds = Counter(str(row["finding"]) for row in rows)
    totals |= {kind: kinds[kind] for kind in _COUNTED}
    totals["dictionary"] = means.dictionary.version if means.dictionary else None
    whole = [dict.fromkeys((*_COLUMNS, "where")) | row for row in rows]
    notes = [] if means.dictionary else [remark("no_dictionary")]
    notes += few(totals["sessions"], "sessions")
    notes += [remark("more_rows", n=len(whole) - asked.limit)] if len(whole) > asked.limit else []
    return Answer("utm_audit", filled(asked), _COLUMNS, whole[: asked.limit], totals, notes, view.data())


def _landing(row: dict[str, Any]) -> Landing:
    said = Tags(row["said_source"], row["said_medium"], row["said_campaign"], row["term"], row["content"], row["id"])
    names = (row["source"], row["medium"], row["campaign"], row["channel"])
    return Landing(said, *names, row["sessions"], row["converted"], row["page"])


def _issued(view: View, links: Sequence[Link], clicks: Sequence[Clicks]) -> list[Issued]:
    """The links to the site's own pages, with the clicks of people on the UTC days that the question looks at."""
    days: dict[int, Counter[int]] = defaultdict(Counter)
    first, last = view.start // _DAY, (view.stop - 1) // _DAY
    for one in clicks:
        if one.kind in ("human", "repeat") and first <= one.day <= last:
            days[one.link][one.day] += one.n
    hosts = [bare_host(host) for host in view.site.hosts]
    found = [(link, landing(_sent(link.target), view.site)) for link in links if link.removed is None]
    return [
        Issued(link.code, link.target, page.tags, days[link.number].total(), f"{page.host}{page.path}",
               frozenset(days[link.number]))
        for link, page in found if page.host and is_own(bare_host(page.host), hosts)
    ]  # fmt: skip


def _sent(target: str) -> str:
    """A link as the page behind it says where it is: parameters behind the # stand in the query."""
    page, mark, fragment = target.partition("#")
    behind = fragment_query(target)
    return f"{page}{'&' if '?' in page else '?'}{behind}{mark}{fragment}" if behind else target
