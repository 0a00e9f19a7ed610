"""The funnel by joins, for steps that no event can share: each event of a step is joined to the latest one of the step
before that was reached, and so carries the latest start of a chain that ends with it.

That is the reference's rule (`collector.reports.ordered`): per step the latest start is enough. It never grows less
from one event of a step to the next, so that the latest event has it; an event whose latest start is beyond the window
is reached from no other. Events of one moment stand in the order of the steps, as packed. Where two of one step and
moment carry different labels or money, the unit is `odd` and goes to the reference.
"""

from __future__ import annotations

from collector.engines.duckdb.packing import Packing
from collector.engines.duckdb.statements import filled_in
from collector.engines.duckdb.view import View

_MANY = 16  # events of the second step: a unit with more is joined by `ASOF`, which never makes pairs of them all
_EVENTS = "(SELECT list_sort(list(c.e)) FROM chased c WHERE c.key = n.key AND b.depth = {})"


def trail(view: View, packing: Packing, window: int | None, late: str, *, unclear: int, kept: bool) -> None:
    """The table `reached` of the units in the table `marked`. Those that only entered are left out where their entry
    carries nothing: then they are in the table `entrant` alone. `window` in ms; `late` says of `{e}` whether its window
    is still open; `unclear` are the bits of steps whose events carry something; `kept`: with the events of all who
    converted."""
    steps = packing.steps
    mask, entry = packing.mask("e"), packing.step("e", 0)
    least = "min(e)" if unclear & 1 else "NULL::BIGINT"
    view.rows(filled_in("entrant", {"least": least, "entry": entry}))
    view.rows(filled_in("followed", {"second": packing.step("e", 1), "many": str(_MANY)}))
    view.rows(filled_in("paired", {"entry": packing.step("e", 0), "within": _within(packing, window)}))
    needed = f"NOT {packing.step('m.e', 0)}"
    if unclear & 1:
        needed += " OR m.e < n.second"
    view.rows(filled_in("chased", {"needed": "true" if kept else needed}))
    _levels(view, packing, window)
    if unclear:
        view.rows(filled_in("unclear", {"mask": mask, "unclear": str(unclear), "codes": str(packing.codes)}))
    texts = {
        "levels": " UNION ALL ".join(_summed(level, steps) for level in range(2, steps + 1)),
        "middles": f"[b.start, {', '.join(f'l{n}.e' for n in range(1, steps - 1))}]",
        "links": " ".join(_link(packing, n) for n in range(1, steps - 1)),
        "late": late.replace("{e}", "n.latest"),
        "odd": "n.key IN (FROM unclear)" if unclear else "false",
        "events": _EVENTS.format(steps) if kept else "NULL::BIGINT[]",
        "single": "[n.least]" if unclear & 1 else "NULL::BIGINT[]",
        "deep": "LEFT JOIN" if unclear & 1 else "JOIN",
    }
    view.rows(filled_in("trail", texts))


def _levels(view: View, packing: Packing, window: int | None) -> None:
    """The tables `level3` to `levelN`."""
    for level in range(3, packing.steps + 1):
        step = packing.step("e", level - 1)
        texts = {"level": f"level{level}", "before": f"level{level - 1}", "step": step}
        view.rows(filled_in("level", texts | {"within": _within(packing, window)}))


def _within(packing: Packing, window: int | None) -> str:
    """Whether the event `e` lies in the window of the entry `start`."""
    return "true" if window is None else f"{packing.time('e')} - {packing.time('start')} <= {window}"


def _summed(level: int, steps: int) -> str:
    """Those who came to a level and no further: whoever came further is in the table before, too."""
    those = f"level{level}" + (f" ANTI JOIN level{level + 1} USING (key)" if level < steps else "")
    return f"SELECT key, {level} AS depth, arg_min(start, e) AS start, min(e) AS stop FROM {those} GROUP BY key"


def _link(packing: Packing, step: int) -> str:
    """The earliest event of a step behind the chain's one before."""
    before, kind = ("b.start", "ASOF JOIN") if step == 1 else (f"l{step - 1}.e", "ASOF LEFT JOIN")
    deep = "SEMI JOIN (FROM best WHERE depth > 2) USING (key)"
    events = f"(SELECT key, e FROM chased {deep} WHERE {packing.step('e', step)}) l{step}"
    return f"{kind} {events} ON l{step}.key = b.key AND {before} <= l{step}.e"
