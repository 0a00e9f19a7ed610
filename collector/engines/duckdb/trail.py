"""The funnel by joins, for steps that no event can share: each event of a step is joined to those of the step before
that were reached, and so carries the latest start of a chain that ends with it.

That is the reference's rule (`collector.reports.ordered`): per step the latest start is enough. It never grows less
from one event of a step to the next, so that the latest event has it; an event whose latest start is beyond the window
is reached from no other. Events of one moment stand in the order of the steps, as packed. Where two of one step and
moment carry different labels or money, the unit is `odd` and goes to the reference.
"""

from __future__ import annotations

from collector.engines.duckdb.packing import Packing
from collector.engines.duckdb.statements import filled_in, statement
from collector.engines.duckdb.view import View

_MANY = 16  # events behind the first step: a unit with more is joined by `ASOF`, which never makes pairs of them all
_WINNERS = """LEFT JOIN (
    SELECT key, list_sort(list(e)) AS events
    FROM marked SEMI JOIN (FROM best WHERE depth = {steps}) USING (key) GROUP BY key
) w USING (key)"""


def trail(view: View, packing: Packing, window: int | None, late: str, *, carrying: int, kept: bool) -> None:
    """Of the units in the table `marked` make the tables `reached`, of those that came further, and `late`,
    of those that may still come further; where entries carry something, also `lone`, of those that came no further.
    `window` in ms; `late` says of `{e}` whether its window is still open; `carrying` are the bits of steps whose events
    carry something; `kept`: with the events of all who converted."""
    steps, entry, listed = packing.steps, packing.step("e", 0), carrying & 1 > 0
    low = (1 << packing.codes) - 1
    view.rows(filled_in("late", {"entry": entry, "late": late.replace("{e}", "e")}))
    crowded = view.rows(filled_in("later", {"entry": entry, "many": str(_MANY)}))[0]["Count"] > 0
    _levels(view, packing, window, low if listed else None, crowded)
    if carrying:
        texts = {"mask": packing.mask("e"), "unclear": str(carrying), "codes": str(packing.codes)}
        view.rows(filled_in("unclear", texts))
    odd = ["b.key IN (FROM unclear)"] if carrying else ["false"]
    odd += [f"xor(b.other, {low}) <> b.start"] if listed else []
    texts = {
        "levels": " UNION ALL ".join(_summed(level, steps) for level in range(2, steps + 1)),
        "links": "".join(_link(packing, n) for n in range(2, steps)),
        "last": str(steps - 1),
        "odd": " OR ".join(odd),
        "events": "w.events" if kept else "NULL::BIGINT[]",
        "chain": ", ".join(_chosen(n, steps) for n in range(1, steps + 1)),
        "winners": _WINNERS.replace("{steps}", str(steps)) if kept else "",
    }
    view.rows(filled_in("trail", texts))
    if listed:
        view.rows(filled_in("lone", {"entry": entry, "low": str(low)}))


def _levels(view: View, packing: Packing, window: int | None, low: int | None, crowded: bool) -> None:
    """The tables `level2` to `levelN`. Without `low`, the bits that starts carry, `other` says nothing."""
    entries = f"SELECT key, e, e AS start, {'NULL' if low is None else f'xor(e, {low})'} AS other FROM marked"
    before = f"({entries} WHERE {packing.step('e', 0)})"
    texts = {
        "few": "later ANTI JOIN crowded USING (key)" if crowded else "later",
        "more": statement("level_crowded") if crowded else "",
        "other": "NULL::BIGINT" if low is None else "max(b.other)",
        "within": "true" if window is None else f"{packing.time('e')} - {packing.time('start')} <= {window}",
        "codes": str(packing.codes),
    }
    for level in range(2, packing.steps + 1):
        its = {"level": f"level{level}", "before": before, "step": packing.step("e", level - 1)}
        view.rows(filled_in("level", texts | its))
        before = f"level{level}"


def _summed(level: int, steps: int) -> str:
    """Those who came to a level and no further: whoever came further is in the table before, too."""
    those = f"level{level}" + (f" ANTI JOIN level{level + 1} USING (key)" if level < steps else "")
    first = "arg_min(start, e) AS start, arg_min(other, e) AS other, min(e) AS stop"
    return f"SELECT key, {level} AS depth, {first} FROM {those} GROUP BY key"


def _link(packing: Packing, n: int) -> str:
    """The earliest event of step n (from 1) behind the chain's one before, of all that go on."""
    before = ", ".join(f"l.c{one}" for one in range(1, n))
    return filled_in("link", {"n": str(n), "last": str(n - 1), "before": before, "step": packing.step("f.e", n - 1)})


def _chosen(n: int, steps: int) -> str:
    """Event n (from 1) of the chain; of those who only entered their first entry."""
    if n == 1:
        return "b.start AS c1"
    more = f" WHEN b.depth > {n} THEN l.c{n}" if n < steps else ""
    return f"CASE WHEN b.depth = {n} THEN b.stop{more} END AS c{n}"
