"""The report `utm_audit`: names in arriving links held against the dictionary, issued links against their visits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from collector.engines.duckdb.view import View
from collector.enrich import Meaning
from collector.journal import Clicks, Link
from collector.reports.answer import Answer
from collector.reports.audit import Issued, Landing, findings
from collector.reports.questions import UtmAudit
from collector.reports.spec import filled
from collector.reports.statistics import ratio
from collector.utm import Tags, tags

_COLUMNS: Final = ["finding", "field", "value", "nearest", "clicks", "sessions", "converted", "score"]
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
    landings = [_landing(row) for row in view.ask("audit")]
    issued = [_issued(link, clicks) for link in links if link.removed is None]
    rows, score = findings(landings, issued, means.dictionary)
    bound = {"from": view.start, "to": view.stop, "limit": asked.limit}
    inside = view.rows(_INTERNAL, **bound)
    rows += [{"finding": "internal", "field": "path", **row} for row in inside]
    totals = view.rows(_SESSIONS, **bound)[0]
    totals["unassigned_rate"] = ratio(totals["unassigned"], totals["sessions"])
    totals["tagged"] = sum(landing.sessions for landing in landings)
    totals["score"] = score
    kinds = Counter(str(row["finding"]) for row in rows)
    totals |= {kind: kinds[kind] for kind in ("outside", "spelling", "near_duplicate", "macro", "internal", "unissued")}
    totals["dictionary"] = means.dictionary.version if means.dictionary else None
    whole = [dict.fromkeys(_COLUMNS) | row for row in rows]
    notes = [] if means.dictionary else ["no dictionary: set [utm] dictionary to hold names against it"]
    notes += [f"{len(whole) - asked.limit} more rows"] if len(whole) > asked.limit else []
    return Answer("utm_audit", filled(asked), _COLUMNS, whole[: asked.limit], totals, notes, view.data())


def _landing(row: dict[str, Any]) -> Landing:
    said = Tags(row["said_source"], row["said_medium"], row["said_campaign"], row["term"], row["content"], row["id"])
    return Landing(
        said, row["source"], row["medium"], row["campaign"], row["channel"], row["sessions"], row["converted"]
    )


def _issued(link: Link, clicks: Sequence[Clicks]) -> Issued:
    people = sum(one.n for one in clicks if one.link == link.number and one.kind in ("human", "repeat"))
    query = link.target.partition("#")[0].partition("?")[2]
    return Issued(link.code, link.target, tags(query), people)
