"""A grant in the middle of a visit (`hybrid`): the visit's events from before it become the visitor's who gave it, and
its campaign and referrer those of the visit's landing. So every report sees what it would have seen had the grant been
there from the first page on: one session, one touch, no second page view. The event that carries them is no event of
its own.

The link is the page's id, which the event shares with the view of its page; no hash of a day is stored beside a
visitor. That proves whose this page is. The visit's earlier pages are joined because they have the same hash: the same
network, browser and day, without a gap. Somebody else behind the same address may be taken in, so every answer counts
them in a note; where a second visitor gives a grant in that run, pages alone join.

It is followed at question time, like stitching: late or shuffled events give the same answer. What a running visit is
says the site's session timeout (SEMANTICS: a gap of the timeout or more ends it). Joined events keep out of
`consented`: they were measured without a grant, and their state is `joined`.
"""

from __future__ import annotations

from typing import Final

import duckdb

from collector.engines.duckdb.statements import statement
from collector.event import Site
from collector.intake.consent import RULES

_TOUCH: Final = (
    "query", "referrer_host", "referrer_path", "source", "medium", "campaign", "term", "content", "campaign_id",
    "extra", "click_id", "touch_source", "touch_medium", "touch_campaign", "channel", "tag", "internal",
)  # fmt: skip
CARRIER: Final = f"(name = '{RULES.attach}' AND state = 'granted')"


def attach(connection: duckdb.DuckDBPyConnection, site: Site, now: int) -> str | None:
    """The events of the view `kept` as grants make them, in SQL; None if every event is as it was kept."""
    found = connection.execute(f"SELECT 1 FROM kept WHERE {CARRIER} AND t <= {now} LIMIT 1").fetchone()
    if found is None:
        return None
    bound = {"attach": RULES.attach, "now": now}
    connection.execute(statement("joined"), bound | {"timeout": site.session_timeout})
    connection.execute(statement("attached"), {"attach": RULES.attach, "hosts": sorted(site.hosts)})
    touch = ", ".join(f"CASE WHEN a.seq IS NULL THEN e.{name} ELSE a.{name} END AS {name}" for name in _TOUCH)
    return (
        f"SELECT e.* REPLACE (coalesce(j.visitor, e.visitor) AS visitor, {touch}, "
        "CASE WHEN j.seq IS NULL THEN e.state ELSE 'joined' END AS state) "
        "FROM kept e LEFT JOIN joined j ON j.seq = e.seq LEFT JOIN attached a ON a.seq = e.seq"
    )
