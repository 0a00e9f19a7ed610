"""Usual funnels without the reference: SQL marks each unit's events as packed integers, and follows them by joins
(`trail`); where an event fits two steps it gathers them in lists and folds these (`folding`).

The answer is the reference's (`collector.reports.chains`) to the last figure, or it is not given: units whose events
leave something open are `odd` and handed back, and questions with exclusions, held values, other orders, other windows
or attempts that are counted are not `plain`. Units are told apart by 64 bits of a hash, as pages are: among ten million
visitors the chance that any two fall together is 1 in 370,000 (n² / 2⁶⁵).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from collector.engines.duckdb import folding
from collector.engines.duckdb.intervals import interval
from collector.engines.duckdb.packing import Packing
from collector.engines.duckdb.scores import weighed
from collector.engines.duckdb.statements import filled_in
from collector.engines.duckdb.trail import trail
from collector.engines.duckdb.view import View
from collector.reports.buckets import Buckets
from collector.reports.parts import Breakdown
from collector.reports.questions import Funnel
from collector.reports.span import placed, places
from collector.reports.tally import NONE, Tally

_ALONE = "struct_pack(depth := 1::BIGINT, start := 0::BIGINT, stop := 0::BIGINT)"
_MANY = 1_000  # texts: ten bits of an event
_MONEY = "e.currency || ' ' || e.amount"


class Sought(NamedTuple):
    """A funnel's events in SQL: what they score of each step, of the first only those that may enter; which events and
    times there are at all, the label ('NULL' if none is asked), the unit's key of 64 bits, the joins. `persons`: units
    are persons, and some are known; then the key is not used. `apart`: no event can fit two steps."""

    steps: Sequence[str]
    where: str
    times: str
    label: str
    unit: str
    joins: str
    persons: bool
    apart: bool
    values: dict[str, object]


def plain(asked: Funnel) -> bool:
    """Whether the question, by its own words, can be folded."""
    usual = (asked.order, asked.window_from, asked.ties, asked.entry, asked.count)
    return (
        usual == ("ordered", "first", "any", "best", "unique")
        and asked.scope != "same_session"
        and not (asked.exclusions or asked.hold or asked.open or asked.units)
    )


def pursue(view: View, sought: Sought, tally: Tally) -> int | None:
    """Fill the tally with all units but those in the table `odd` (key); how many these are, or None if nothing can be
    done this way."""
    labels = _numbered(view, "label", sought.label, sought)
    moneys = _numbered(view, "money", _MONEY, sought)
    packing = Packing(_begin(view, tally), len(sought.steps), len(labels), len(moneys))
    number = interval(tally.buckets, view.data()) if tally.buckets else None
    if not packing.fits(view.now) or (tally.buckets and number is None):
        return None
    pursuit = _Pursuit(view, sought, tally, packing)
    pursuit.mark()
    carrying = -1 if tally.asked.breakdown else pursuit.paid()
    odd = pursuit.chase(carrying, kept=number is not None)
    pursuit.count()
    pursuit.time(all_told=not odd)
    if moneys:
        pursuit.value(moneys, carrying)
    if tally.asked.breakdown:
        pursuit.group([NONE, *labels], tally.asked.breakdown)
    if tally.buckets and number:
        pursuit.follow(tally.buckets, number)
    return odd


def _begin(view: View, tally: Tally) -> int:
    """A time (ms UTC) that no event of the question lies before."""
    if tally.asked.range.start is not None:
        return tally.asked.range.start
    return view.data().start or 0 if view.asked.range.start is None else 0


def _numbered(view: View, kind: str, text: str, sought: Sought) -> list[str]:
    """The different labels or amounts of money of events, each with a number from 1 on: of all, which is found quickly,
    or, where there are many, of events that fit a step."""
    if text == "NULL":
        return []
    texts = view.moneys() if kind == "money" else None
    if texts is None or len(texts) > _MANY:
        texts = _looked_for(view, kind, text, sought)
    if texts:
        view.rows(f"CREATE OR REPLACE TEMP TYPE {kind}_number AS ENUM (SELECT unnest($texts))", texts=texts)
    return texts


def _looked_for(view: View, kind: str, text: str, sought: Sought) -> list[str]:
    where = f"{sought.times} AND ({text}) IS NOT NULL" + (" AND e.amount IS NOT NULL" if kind == "money" else "")
    some = f"SELECT DISTINCT {text} AS text FROM events e WHERE {where}"
    texts = _listed(view, f"{some} LIMIT {_MANY + 1}", sought)
    if len(texts) > _MANY:
        texts = _listed(view, f"{some} AND {' + '.join(sought.steps)} > 0", sought)
    return texts


def _listed(view: View, some: str, sought: Sought) -> list[str]:
    return view.rows(f"SELECT list(text ORDER BY text) AS texts FROM ({some})", **sought.values)[0]["texts"] or []


def _made(view: View, sql: str) -> int:
    """Make a table; how many rows it has."""
    return int(view.rows(sql)[0]["Count"])


class _Pursuit:
    """One question on its way through the tables `gathered` and `reached`."""

    def __init__(self, view: View, sought: Sought, tally: Tally, packing: Packing) -> None:
        self._view, self._sought, self._tally, self._packing = view, sought, tally, packing
        self._open = 1 << packing.steps  # the bit of a unit whose last entry's window is not over
        self._chains = "reached"  # whose chains carry something
        longest = max(view.now - packing.base, 1)  # a longer window changes nothing and may be longer than 63 bits
        self._window = tally.rule.window if tally.rule.window is None else min(tally.rule.window, longest)

    def mark(self) -> None:
        """The table `marked`: the packed events that fit a step, each with its unit."""
        sought = self._sought
        found = self._marked(sought.unit, sought.joins)
        if sought.persons:
            found = self._marked(self._view.key(), sought.joins)
        if sought.persons and self._view.known.linked:
            self._view.rows(filled_in("linked", {"key": self._view.key("visitor")}))
            found = filled_in("united", {"by_device": found})
            if self._view.known.tangled:
                by_event = self._marked("hash(person.person, 1)", f"JOIN person USING (seq) {sought.joins}")
                found += f" UNION ALL {by_event}"
        self._view.rows(f"CREATE OR REPLACE TEMP TABLE marked AS {found}", **sought.values)

    def _marked(self, key: str, joins: str) -> str:
        sought, packing = self._sought, self._packing
        label = _number("label", sought.label, packing.labels)
        money = _number("money", _MONEY, packing.moneys)
        return filled_in("marked", {
            "key": "key" if joins else key, "joins": joins, "where": sought.where,
            "mask": weighed(sought.steps),
            "carried": f"e.*, {key} AS key" if joins else "e.*",
            "event": packing.packed("t", "mask::BIGINT", label, money),
        })  # fmt: skip

    def paid(self) -> int:
        """The bits of the steps whose events carry money."""
        packing = self._packing
        if not packing.moneys:
            return 0
        sql = f"SELECT bit_or({packing.mask('e')}) AS mask FROM marked WHERE {packing.money('e')} > 0"
        return int(self._view.rows(sql)[0]["mask"] or 0)

    def _late(self) -> str:
        """Whether the window of the entry `{e}` is still open."""
        window = self._tally.rule.window
        if window is None:
            return "true"
        return f"{self._packing.time('{e}')} > {max(self._view.now - window, -1) - self._packing.base}"

    def chase(self, carrying: int, kept: bool) -> int:
        """The table `reached`: by joins where no event fits two steps, else by the fold; what is odd in it goes to the
        table `odd`. How much that is. `carrying`: the bits of steps whose events carry a label or money."""
        packing = self._packing
        shared = f"SELECT 1 FROM marked WHERE bit_count({packing.mask('e')}) > 1 LIMIT 1"
        odd = "SELECT key FROM reached WHERE odd"
        if packing.steps > 1 and (self._sought.apart or not self._view.rows(shared)):
            trail(self._view, packing, self._window, self._late(), carrying=carrying, kept=kept)
            self._count_others(lone=carrying & 1 > 0)
            odd += " UNION ALL SELECT key FROM lone WHERE odd" if carrying & 1 else ""
        else:
            self.gather()
            self.reach("reached", "gathered", kept=kept, unclear=carrying if self._sought.apart else -1)
        left = _made(self._view, f"CREATE OR REPLACE TEMP TABLE odd AS {odd}")
        if left:
            self._view.rows("DELETE FROM reached WHERE odd")
        return left

    def _count_others(self, lone: bool) -> None:
        """Count who entered and came no further, of the table `lone` if there is one, and all who may still come
        further."""
        entered = f"SELECT count(DISTINCT key) FROM marked WHERE {self._packing.step('e', 0)}"
        alone = "SELECT count(*) FROM lone WHERE NOT odd" if lone else f"({entered}) - (SELECT count(*) FROM reached)"
        done = f"SELECT key FROM reached WHERE odd OR depth = {self._packing.steps}"
        if lone:
            done += " UNION ALL SELECT key FROM lone WHERE odd"
            self._chains = (
                "(FROM reached UNION ALL BY NAME SELECT key, 0 AS part, 1 AS depth, c1 FROM lone WHERE NOT odd)"
            )
        late = f"SELECT count(*) FROM late ANTI JOIN ({done}) USING (key)"
        row = self._view.rows(f"SELECT ({alone}) AS alone, ({late}) AS late")[0]
        self._tally.depths[1] += row["alone"]
        self._tally.pending += row["late"]

    def gather(self, by_label: bool = False) -> None:
        """The table `gathered`: a list of packed events for each unit, or for each label of each unit."""
        packing = self._packing
        texts = {
            "part": packing.label("e") if by_label else "0",
            "mask": packing.mask("e"), "entry": packing.step("e", 0), "open": str(self._open),
            "late": self._late().replace("{e}", "e"),
        }  # fmt: skip
        self._view.rows(filled_in("gathered", texts))

    def reach(self, table: str, source: str, kept: bool = False, unclear: int = 0) -> None:
        """A table of how far each unit came, and by which events. Units with a step among the bits `unclear` may be
        odd."""
        packing, several = self._packing, self._packing.steps > 1
        odd = f"CASE WHEN fits & {unclear} > 0 THEN {folding.odd('events', packing)} ELSE false END"
        single = f"{folding.entries('events', packing)}[1]" if unclear & 1 else "NULL::BIGINT"
        texts = {
            "table": table, "source": source, "open": str(self._open),
            "kept": "true" if kept or unclear & 1 else "false",
            "needed": "true" if kept else f"fits & 3 = 3 OR fits & {unclear} > 0",
            "odd": f"{folding.long('events')} OR {odd}" if unclear else folding.long("events"),
            "thinned": folding.thinned("events", packing) if several else "NULL::BIGINT[]",
            "fold": f"({folding.fold('thin', packing, self._window)}).best" if several else _ALONE,
            "chain": folding.chain("thin", packing, "best.start"),
            "links": "".join(f", {_link(n, single)} AS c{n}" for n in range(1, packing.steps + 1)),
        }  # fmt: skip
        for stage in ("sorted", "thinned", "folded", "reached"):
            # each a table: lists that a function made are slow to read until they are stored, twice as slow in all
            self._view.rows(filled_in(stage, texts))
            self._view.rows(f"DROP TABLE {source}")
            source = stage

    def count(self) -> None:
        """How many units came how far, and how many may still come further."""
        sql = "SELECT depth, count(*) AS n, count(*) FILTER (open) AS open FROM reached GROUP BY depth"
        for row in self._view.rows(sql):
            self._tally.depths[row["depth"]] += row["n"]
            if row["depth"] < self._packing.steps:
                self._tally.pending += row["open"]

    def time(self, all_told: bool) -> None:
        """How long each step took, and the whole way; of all lengths only a few are looked up if no more will come."""
        steps = self._packing.steps
        if steps == 1:
            self._tally.totals += [0] * self._tally.depths[1]
        elif all_told:
            self._measure()
        else:
            for n in range(1, steps):
                self._tally.gaps[n - 1] += self._lengths(n, n + 1)
            self._tally.totals += self._lengths(1, steps)

    def _lengths(self, first: int, last: int) -> list[int]:
        sql = f"SELECT list({self._length(first, last)}) AS lengths FROM reached WHERE depth >= {last}"
        return self._view.rows(sql)[0]["lengths"] or []

    def _measure(self) -> None:
        steps = self._packing.steps
        spans = [(n, n + 1) for n in range(1, steps)] + [(1, steps)]
        counts = [sum(n for depth, n in self._tally.depths.items() if depth >= last) for _, last in spans]
        texts = [
            f"SELECT {place} AS place, sum(n)::BIGINT AS total, {_looked_up(n)} AS lengths "
            f"FROM (SELECT {self._length(*one)} AS n FROM reached WHERE depth >= {one[1]})"
            for place, (n, one) in enumerate(zip(counts, spans, strict=True))
        ]
        rows = self._view.rows(" UNION ALL ".join(texts) + " ORDER BY place")
        for n, row in zip(counts, rows, strict=True):
            lengths = dict(zip(places(n), row["lengths"] or [], strict=True))
            self._tally.measured.append(placed(n, row["total"], lengths))

    def _length(self, first: int, last: int) -> str:
        return f"{self._packing.time(f'c{last}')} - {self._packing.time(f'c{first}')}"

    def value(self, moneys: list[str], carrying: int) -> None:
        """What the events of the chains brought."""
        chosen = [
            f"SELECT {n} AS step, {self._packing.money(f'c{n + 1}')} AS money FROM {self._chains} WHERE depth > {n}"
            for n in range(self._packing.steps)
            if carrying >> n & 1
        ]
        sql = f"SELECT step, money, count(*) AS n FROM ({' UNION ALL '.join(chosen)}) WHERE money > 0 GROUP BY ALL"
        for row in self._view.rows(sql) if chosen else []:
            currency, _, amount = moneys[row["money"] - 1].partition(" ")
            self._tally.values[row["step"]][currency] += Decimal(amount) * row["n"]

    def group(self, labels: list[str], breakdown: Breakdown) -> None:
        """How far units came by label; the number of a label is its place."""
        numbers = [f"nullif({self._packing.label(f'c{n}')}, 0)" for n in range(1, self._packing.steps + 1)]
        chosen = {"first_touch": numbers, "last_touch": reversed(numbers), "all_events": ["part"]}
        which = chosen.get(breakdown.attribution) or [numbers[int(breakdown.attribution[5:])]]
        table = self._chains
        if breakdown.attribution == "all_events":
            table = "labelled ANTI JOIN odd USING (key)"
            self.gather(by_label=True)
            self.reach("labelled", "gathered")
        sql = f"SELECT coalesce({', '.join(which)}, 0) AS label, depth, count(*) AS n FROM {table} GROUP BY ALL"
        for row in self._view.rows(sql):
            self._tally.groups[labels[row["label"]]][row["depth"]] += row["n"]

    def follow(self, buckets: Buckets, number: str) -> None:
        """Who entered in which interval, and converted from there. `number` is that of the interval of `{t}`."""
        packing = self._packing
        texts = {
            "number": number.replace("{t}", f"({packing.time('e')} + {packing.base})"),
            "entry": packing.step("e", 0), "bit": str(1 << packing.codes), "mask": packing.mask("e"),
        }  # fmt: skip
        begun = {"number": number.replace("{t}", f"(t + {packing.base})"), "time": packing.time("e")}
        self._view.rows(filled_in("entered", texts | begun))
        starts = {}
        for row in self._view.rows("SELECT number, count(*) AS n, min(t) AS t FROM entered GROUP BY number"):
            starts[row["number"]] = buckets.start(row["t"] + packing.base)
            self._tally.trend[starts[row["number"]]][0] += row["n"]
        self._view.rows(filled_in("again", texts | {"steps": str(packing.steps)}))
        self.reach("converted", "again")
        sql = f"SELECT part, count(*) AS n FROM converted WHERE depth = {packing.steps} GROUP BY part"
        for row in self._view.rows(sql):
            self._tally.trend[starts[row["part"]]][1] += row["n"]


def _link(n: int, single: str) -> str:
    """Event n (from 1) of the chain that the fold found; `single` is that of a unit that only entered."""
    if n == 1:
        return f"CASE depth WHEN 1 THEN {single} WHEN 2 THEN best.start ELSE chosen.c1 END"
    two = "WHEN depth = 2 THEN best.stop " if n == 2 else ""
    return f"CASE {two}WHEN depth >= {max(n, 3)} THEN chosen.c{n} END"


def _looked_up(n: int) -> str:
    """A list of those of n values that lie at the `places`. What is asked for lies in the middle of a place, and no
    rounding takes the next one."""
    asked = ", ".join(f"{(place + 0.5) / n!r}::DOUBLE" for place in places(n))
    return f"quantile_disc(n, [{asked}])" if n else "NULL"


def bits(conditions: Sequence[str]) -> str:
    """Bit i of the number: the i-th condition holds."""
    found = (f"CASE WHEN {text} THEN {1 << n}::BIGINT ELSE 0 END" for n, text in enumerate(conditions))
    return " + ".join(found) or "0::BIGINT"


def _number(kind: str, text: str, known: int) -> str:
    if not known:
        return "0"
    number = f"coalesce(enum_code(({text})::{kind}_number)::BIGINT + 1, 0)"
    return f"CASE WHEN e.amount IS NULL THEN 0 ELSE {number} END" if kind == "money" else number
