"""The funnel's one pass as a lambda over a unit's sorted, packed events.

It is `collector.reports.ordered` for the usual rule (in order, window from the first event, ties in any order): per
step the latest start of a chain that reaches it. What the reference matches together within a millisecond comes out
right in order of the packed integers, because events of one moment stand there in the order of the steps; that holds
while none of them fits two steps. Units where one does are `odd`, and go to the reference.
"""

from __future__ import annotations

from collector.engines.duckdb.packing import Packing

_LONG = 2_000
_NEVER = -(2**63 - 1)  # so far back that no window reaches it


def fold(events: str, packing: Packing, window: int | None) -> str:
    """A struct whose `best` tells the deepest level, and the first and last event of the chain that came there first;
    level 1 if nobody got further than entering."""
    steps = packing.steps
    reached = [
        f"({packing.step('e', step)} AND {_within('e', f's.at{step}', packing, window)})" for step in range(1, steps)
    ]
    fields = [f"at1 := CASE WHEN {packing.step('e', 0)} THEN e ELSE s.at1 END"]
    fields += [
        f"at{n + 1} := CASE WHEN {reached[n - 1]} THEN s.at{n} ELSE s.at{n + 1} END" for n in range(1, steps - 1)
    ]
    deeper = [
        f"WHEN s.best.depth < {n + 1} AND {reached[n - 1]} THEN {_best(f'{n + 1}::BIGINT', f's.at{n}', 'e')}"
        for n in range(steps - 1, 0, -1)
    ]
    fields.append(f"best := CASE {' '.join(deeper)} ELSE s.best END")
    empty = [f"at{n} := {_NEVER}::BIGINT" for n in range(1, steps)]
    empty.append(f"best := {_best('1::BIGINT', '0::BIGINT', '0::BIGINT')}")
    return f"list_reduce({events}, lambda s, e: struct_pack({', '.join(fields)}), struct_pack({', '.join(empty)}))"


def _best(depth: str, start: str, stop: str) -> str:
    return f"struct_pack(depth := {depth}, start := {start}, stop := {stop})"


def thinned(events: str, packing: Packing) -> str:
    """Without entries that another entry follows at once: nothing that comes later would choose them. Most events of
    most funnels are such. What a unit of depth 1 entered by is lost too."""
    steps, entry = ((1 << packing.steps) - 1) << packing.codes, 1 << packing.codes
    after = f"{events}[n + 1]"
    return f"list_filter({events}, lambda e, n: e & {steps} <> {entry} OR {after} & {steps} <> {entry})"


def chain(events: str, packing: Packing, start: str) -> str:
    """A struct of the events of the canonical chain, c1 to cN: from its first event always the earliest next. It may
    hold more than the chain has: what comes behind its window."""
    fields = ["c1 := s.c1", f"n := CASE WHEN e > s.c1 AND {packing.mask('e')} >> s.n & 1 = 1 THEN s.n + 1 ELSE s.n END"]
    for n in range(1, packing.steps):
        chosen = f"s.n = {n} AND {packing.step('e', n)}"
        fields.append(f"c{n + 1} := CASE WHEN {chosen} THEN e ELSE s.c{n + 1} END")
    empty = [f"c1 := {start}", "n := 1", *(f"c{n} := 0::BIGINT" for n in range(2, packing.steps + 1))]
    return f"list_reduce({events}, lambda s, e: struct_pack({', '.join(fields)}), struct_pack({', '.join(empty)}))"


def entries(events: str, packing: Packing) -> str:
    """The events by which an attempt may begin."""
    return f"list_filter({events}, lambda e: {packing.step('e', 0)})"


def odd(events: str, packing: Packing) -> str:
    """Whether some moment has no certain order: one of its events fits two steps, or two fit the same one and differ in
    what they carry. `events` are sorted."""
    after = f"{events}[n + 1]"
    several = " OR ".join(f"bit_count({packing.mask(event)}) > 1" for event in ("e", after))
    differ = f"(e <> {after} AND {packing.mask('e')} = {packing.mask(after)})"
    tied = f"{packing.time('e')} = {packing.time(after)}"
    return f"len(list_filter({events}, lambda e, n: {tied} AND ({several} OR {differ}))) > 0"


def long(events: str) -> str:
    """Whether the list is so long that the reference is quicker: the fold takes 11 µs for each place of the longest
    list among 2,048, whatever the others hold."""
    return f"coalesce(len({events}) > {_LONG}, false)"


def _within(event: str, start: str, packing: Packing, window: int | None) -> str:
    if window is None:
        return f"{start} >= 0"
    return f"{packing.time(event)} - {packing.time(start)} <= {window}"
