"""Usual funnels without the reference: SQL marks each unit's events as packed integers, and `counts` follows those of
all units at once.

The answer is the reference's (`collector.reports.chains`) to the last figure, or it is not given: units whose events
leave something open are `odd` and handed back, and questions with exclusions, held values, other orders, other windows
or attempts that are counted are not `plain`. Units are told apart by 64 bits of a hash, as pages are: among ten million
visitors the chance that any two fall together is 1 in 370,000 (n² / 2⁶⁵).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from collector.engines.duckdb.counts import Asked, Counts, counted
from collector.engines.duckdb.intervals import intervals
from collector.engines.duckdb.marks import Found
from collector.engines.duckdb.packing import Packing
from collector.engines.duckdb.scores import weighed
from collector.engines.duckdb.statements import filled_in
from collector.engines.duckdb.view import View
from collector.engines.duckdb.workers import workers
from collector.reports.questions import Funnel
from collector.reports.tally import Tally

_MANY = 1_000  # texts: ten bits of an event
_MOST = 1 << 23  # events that are followed at once


class Sought(NamedTuple):
    """A funnel's events in SQL: what they score of each step, of the first only those that may enter; which events and
    times there are at all, the label ('NULL' if none is asked), the unit's key of 64 bits, the joins. `persons`: units
    are persons, and some are known; then the key is not used. `money` tells amounts apart, null if there is none."""

    steps: Sequence[str]
    where: str
    times: str
    label: str
    unit: str
    joins: str
    persons: bool
    values: dict[str, object]
    money: str = "e.currency || ' ' || e.amount"


def plain(asked: Funnel) -> bool:
    """Whether the question, by its own words, can be answered so."""
    usual = (asked.order, asked.window_from, asked.ties, asked.entry, asked.count)
    return (
        usual == ("ordered", "first", "any", "best", "unique")
        and asked.scope != "same_session"
        and not (asked.exclusions or asked.hold or asked.open or asked.units)
    )


def pursue(view: View, sought: Sought, tally: Tally) -> int | None:
    """Fill the tally with all units but those in the table `odd` (key); how many these are, or None if nothing can be
    done this way."""
    labels = _labels(view, sought)
    moneys, money = _moneys(view, sought)
    sought = sought._replace(money=money)
    packing = Packing(_begin(view, tally), len(sought.steps), len(labels), len(moneys))
    trend = intervals(tally.buckets, view.data()) if tally.buckets else None
    if not packing.fits(view.now) or (tally.buckets and trend is None):
        return None
    breakdown = tally.asked.breakdown
    asked = Asked(
        packing, _window(view, tally, packing), _late(view, tally, packing),
        breakdown.attribution if breakdown else None, trend,
    )  # fmt: skip
    counts = Counts(packing.steps)
    n = _mark(view, sought, packing)
    with workers(view.options.threads) as each:
        for found in _parts(view, packing, n):
            counts.merge(counted(asked, found, each))
    counts.put(tally, packing.base, labels, moneys)
    if counts.odd:
        view.rows("CREATE OR REPLACE TEMP TABLE odd AS SELECT unnest($keys::UBIGINT[]) AS key", keys=counts.odd)
    return len(counts.odd)


def _window(view: View, tally: Tally, packing: Packing) -> int | None:
    """The window in ms; a longer one than all time there is changes nothing, and may be longer than 63 bits."""
    window = tally.rule.window
    return window if window is None else min(window, max(view.now - packing.base, 1))


def _late(view: View, tally: Tally, packing: Packing) -> int:
    """The time since the base behind which an entry's window is still open."""
    window = tally.rule.window
    return -1 if window is None else max(view.now - window, -1) - packing.base


def _begin(view: View, tally: Tally) -> int:
    """A time (ms UTC) that no event of the question lies before."""
    if tally.asked.range.start is not None:
        return tally.asked.range.start
    return view.data().start or 0 if view.asked.range.start is None else 0


def _labels(view: View, sought: Sought) -> list[str]:
    """The different labels of events, each with a number from 1 on."""
    texts = _looked_for(view, sought.label, sought) if sought.label != "NULL" else []
    _number(view, "label", texts)
    return texts


def _moneys(view: View, sought: Sought) -> tuple[list[str], str]:
    """The different amounts of money of events, each with a number from 1 on, and what tells them apart in SQL. Where
    all are of one currency, amounts do, and no currency is read: a seventh of the marking."""
    texts = view.moneys()
    if texts is None or len(texts) > _MANY:
        texts = _looked_for(view, sought.money, sought, " AND e.amount IS NOT NULL")
    alone = len({text.partition(" ")[0] for text in texts}) == 1
    _number(view, "money", [text.partition(" ")[2] for text in texts] if alone else texts)
    return texts, "e.amount" if alone else sought.money


def _number(view: View, kind: str, texts: list[str]) -> None:
    if texts:
        view.rows(f"CREATE OR REPLACE TEMP TYPE {kind}_number AS ENUM (SELECT unnest($texts))", texts=texts)


def _looked_for(view: View, text: str, sought: Sought, also: str = "") -> list[str]:
    """The different texts of all events, which are found quickly, or, where there are many, of those that fit."""
    where = f"{sought.times} AND ({text}) IS NOT NULL{also}"
    some = f"SELECT DISTINCT {text} AS text FROM events e WHERE {where}"
    texts = _listed(view, f"{some} LIMIT {_MANY + 1}", sought)
    if len(texts) > _MANY:
        texts = _listed(view, f"{some} AND {' + '.join(sought.steps)} > 0", sought)
    return texts


def _listed(view: View, some: str, sought: Sought) -> list[str]:
    return view.rows(f"SELECT list(text ORDER BY text) AS texts FROM ({some})", **sought.values)[0]["texts"] or []


def _made(view: View, sql: str, **values: object) -> int:
    """Make a table; how many rows it has."""
    return int(view.rows(sql, **values)[0]["Count"])


def _mark(view: View, sought: Sought, packing: Packing) -> int:
    """Make the table `marked`: the packed events that fit a step, each with its unit. How many there are."""
    found = _marked(sought, packing, sought.unit, sought.joins)
    if sought.persons:
        found = _marked(sought, packing, view.key(), sought.joins)
    if sought.persons and view.known.linked:
        view.rows(filled_in("linked", {"key": view.key("visitor")}))
        found = filled_in("united", {"by_device": found})
        if view.known.tangled:
            by_event = _marked(sought, packing, "hash(person.person, 1)", f"JOIN person USING (seq) {sought.joins}")
            found += f" UNION ALL {by_event}"
    return _made(view, f"CREATE OR REPLACE TEMP TABLE marked AS {found}", **sought.values)


def _marked(sought: Sought, packing: Packing, key: str, joins: str) -> str:
    label = _code("label", sought.label, packing.labels)
    money = _code("money", sought.money, packing.moneys)
    return filled_in("marked", {
        "key": "key" if joins else key, "joins": joins, "where": sought.where,
        "mask": weighed(sought.steps),
        "carried": f"e.*, {key} AS key" if joins else "e.*",
        "event": packing.packed("t", "mask::BIGINT", label, money),
    })  # fmt: skip


def _parts(view: View, packing: Packing, n: int) -> Iterator[Found]:
    """The n marked events, so many at once that they and what is made of them fit into some memory, 60 bytes each."""
    parts = -(-n // min(view.options.memory_mb << 13, _MOST)) or 1
    codes = f"(e & {(1 << packing.codes) - 1})::{_narrow(packing.codes)}"
    sql = f"SELECT key AS keys, (e >> {packing.codes})::UBIGINT AS events, {codes} AS codes FROM marked"
    for low, high in pairwise(part * 2**64 // parts for part in range(parts + 1)):
        where = f" WHERE key BETWEEN {low}::UBIGINT AND {high - 1}::UBIGINT" if parts > 1 else ""
        yield Found(**view.arrays(sql + where))


def _narrow(bits: int) -> str:
    """The narrowest type of numbers of so many bits."""
    types = (("TINYINT", 8), ("SMALLINT", 16), ("INTEGER", 32), ("BIGINT", 64))
    return next(f"U{name}" for name, wide in types if bits <= wide)


def bits(conditions: Sequence[str]) -> str:
    """Bit i of the number: the i-th condition holds."""
    found = (f"CASE WHEN {text} THEN {1 << n}::BIGINT ELSE 0 END" for n, text in enumerate(conditions))
    return " + ".join(found) or "0::BIGINT"


def _code(kind: str, text: str, known: int) -> str:
    if not known:
        return "0"
    number = f"coalesce(enum_code(({text})::{kind}_number)::BIGINT + 1, 0)"
    return f"CASE WHEN e.amount IS NULL THEN 0 ELSE {number} END" if kind == "money" else number
