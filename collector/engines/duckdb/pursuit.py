"""Plain funnels in SQL: from every event that may enter, each next step is joined as the earliest at or after it.

For a fixed entry the earliest next event is always right, so a unit's best attempt is the best of its entries. That
holds where no event fits two steps: then events of one moment can stand in the order of the steps, and none serves
twice. What has exclusions, groups, intervals or other orders goes to the kernel, which is the reference of both.
"""

from __future__ import annotations

from collector.engines.duckdb.view import View
from collector.reports.questions import Funnel
from collector.reports.tally import Tally


def plain(asked: Funnel) -> bool:
    """Whether the question, by its own words, can be answered by joins."""
    usual = (asked.order, asked.window_from, asked.ties, asked.entry, asked.count)
    return (
        usual == ("ordered", "first", "any", "best", "unique")
        and asked.scope != "same_session"
        and len(asked.steps) > 1
        and not (asked.exclusions or asked.hold or asked.breakdown or asked.trend or asked.open or asked.units)
    )


def pursue(view: View, sql: str, bound: dict[str, object], tally: Tally) -> bool:
    """Fill the tally; False if the events turn out not to be plain. `sql` makes the table `step_event`."""
    view.rows(sql, **bound)
    odd = view.rows(
        "SELECT coalesce(max(bit_count(mask)), 0) AS fits, count(amount) FILTER (mask & 1 = 1) AS money FROM step_event"
    )[0]
    if odd["fits"] > 1 or odd["money"]:
        return False
    window, steps = tally.asked.window, tally.rule.steps
    view.rows(
        "CREATE OR REPLACE TEMP TABLE entered AS SELECT unit, max(t) AS last FROM step_event "
        "WHERE mask & 1 = 1 AND entry GROUP BY unit"
    )
    for level in range(2, steps + 1):
        _join(view, level, window)
    _choose(view, steps)
    _count(view, tally)
    return True


def _join(view: View, level: int, window: int | None) -> None:
    """The table `chain_K`: chains of K events, one for each entry that gets so far within the window."""
    view.rows(
        f"CREATE OR REPLACE TEMP TABLE step_{level} AS SELECT unit, t AS t{level}, "
        f"arg_min(seq, struct_pack(q := page_seq, i := id)) AS seq{level} "
        f"FROM step_event WHERE mask = {1 << (level - 1)} GROUP BY unit, t"
    )
    before = f"chain_{level - 1}"
    if level == 2:
        before = "(SELECT unit, t AS t1 FROM step_event SEMI JOIN step_2 USING (unit) WHERE mask & 1 = 1 AND entry)"
    within = f"WHERE t{level} - t1 <= {window}" if window is not None else ""
    view.rows(
        f"CREATE OR REPLACE TEMP TABLE chain_{level} AS SELECT c.*, s.t{level}, s.seq{level} "
        f"FROM {before} c ASOF JOIN step_{level} s ON c.unit = s.unit AND s.t{level} >= c.t{level - 1} {within}"
    )


def _choose(view: View, steps: int) -> None:
    """The table `chosen`: of each unit that got beyond the first step the deepest chain, then the one that ends first,
    then the one that starts last."""
    pieces = []
    for level in range(2, steps + 1):
        deeper = f"ANTI JOIN chain_{level + 1} USING (unit)" if level < steps else ""
        pieces.append(
            f"SELECT * FROM (SELECT DISTINCT ON (unit) {level} AS depth, * FROM chain_{level} {deeper} "
            f"ORDER BY unit, t{level}, t1 DESC)"
        )
    view.rows("CREATE OR REPLACE TEMP TABLE chosen AS " + " UNION ALL BY NAME ".join(pieces))


def _count(view: View, tally: Tally) -> None:
    steps, window = tally.rule.steps, tally.asked.window
    for row in view.rows("SELECT depth, count(*) AS n FROM chosen GROUP BY depth"):
        tally.depths[row["depth"]] = row["n"]
    entered = view.rows("SELECT count(*) AS n FROM entered")[0]["n"]
    tally.depths[1] = entered - sum(tally.depths.values())
    late = "" if window is None else f" AND last + {window} > {view.now}"
    sql = f"SELECT count(*) AS n FROM entered LEFT JOIN chosen USING (unit) WHERE coalesce(depth, 1) < {steps}{late}"
    tally.pending = view.rows(sql)[0]["n"]
    for level in range(2, steps + 1):
        gaps = view.rows(f"SELECT list(t{level} - t{level - 1}) AS gaps FROM chosen WHERE depth >= {level}")
        tally.gaps[level - 2] = gaps[0]["gaps"] or []
        for row in view.rows(
            "SELECT currency, sum(amount::DECIMAL(18, 6)) AS value FROM step_event "
            f"SEMI JOIN (SELECT seq{level} AS seq FROM chosen WHERE depth >= {level}) USING (seq) "
            "WHERE amount IS NOT NULL AND currency IS NOT NULL GROUP BY currency"
        ):
            tally.values[level - 1][row["currency"]] = row["value"]
    tally.totals = view.rows(f"SELECT list(t{steps} - t1) AS times FROM chosen WHERE depth = {steps}")[0]["times"] or []
