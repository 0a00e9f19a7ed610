"""What a question sees of a site's events, as SQL: which times and bots, and what its own rules make of sources."""

from __future__ import annotations

import msgspec

from collector.engines.duckdb.visits import DECLARED
from collector.reports.parts import SessionRule
from collector.reports.questions import Funnel, Question

BOTS = {
    "declared": DECLARED,
    "exclude": "bot IS NULL",
    "include": "true",
    "only": "bot IS NOT NULL",
}
FOREVER = 2**53


def bounds(asked: Question, now: int) -> tuple[int, int]:
    """The times that a question sees: from, and up to but without."""
    if asked.range.end == "all" and not isinstance(asked, Funnel):  # a funnel may ask for two ranges
        return asked.range.start or 0, min(asked.range.stop or FOREVER, now + 1)
    return 0, now + 1


def sourcing(asked: Question, rule: SessionRule) -> SessionRule:
    """The rule with all own hosts that the question names."""
    return msgspec.structs.replace(rule, own_hosts=[*rule.own_hosts, *getattr(asked, "own_hosts", [])])


def sourced(events: str, rule: SessionRule) -> str:
    """What the question's own rules change of events' sources: further own hosts, and tags on internal links."""
    split = rule.internal_utm == "split"
    if rule.own_hosts:
        hosts = ", ".join("'" + host.lower().replace("'", "''") + "'" for host in rule.own_hosts)
        own = f"coalesce(referrer_host IN ({hosts}), false)" + (" AND tag IS NULL" if split else "")
        fixed = {"touch_source": "'(direct)'", "touch_medium": "'(none)'", "channel": "'Direct'"}
        fixed |= dict.fromkeys(("tag", "touch_campaign", "referrer_host"), "NULL")
        kept = ", ".join(f"CASE WHEN {own} THEN {value} ELSE {name} END AS {name}" for name, value in fixed.items())
        events = f"SELECT * REPLACE ({kept}, internal OR ({own} AND tag IS NOT NULL) AS internal) FROM ({events})"
    if split:
        names = ("source", "medium", "campaign")
        folded = " || chr(31) || ".join(f"coalesce(lower(trim({name})), '')" for name in names)
        touch = "".join(
            f", CASE WHEN internal THEN coalesce(lower(trim({n})), '(not set)') ELSE touch_{n} END AS touch_{n}"
            for n in names[:2]
        )
        events = f"SELECT * REPLACE (CASE WHEN internal THEN {folded} ELSE tag END AS tag{touch}) FROM ({events})"
    return events
