"""Definitions, tried in full: nothing here is clever, and nothing here is the product's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, permutations, product
from typing import NamedTuple

from collector.reports.marks import Mark, Rule


class Best(NamedTuple):
    """Depth, and the times of the canonical chain: deepest, earliest end, latest start, earliest middles."""

    depth: int
    times: tuple[int, ...]


def best(marks: Sequence[Mark], rule: Rule) -> Best:
    """By trying every sequence of distinct events."""
    found = list(chains(marks, rule))
    if rule.mode == "drop" and rule.bars:
        free = list(chains(marks, rule._replace(bars=())))
        deepest = max(map(len, free), default=0)
        if not any(len(chain) == deepest and clean(chain, marks, rule) for chain in free):
            return Best(0, ())
    if not found:
        return Best(0, ())
    depth = max(map(len, found))
    deepest = [chain for chain in found if len(chain) == depth]
    if rule.ties == "arrival":  # then the earliest end is the one that arrived first
        end = min(chain[-1] for chain in deepest)
        deepest = [chain for chain in deepest if chain[-1] == end]
    times = [tuple(marks[n].t for n in chain) for chain in deepest]
    return Best(depth, min(times, key=lambda one: (one[-1], -one[0], one)))


def chains(marks: Sequence[Mark], rule: Rule) -> Iterator[tuple[int, ...]]:
    """Every valid chain, as positions."""
    first = next((n for n, mark in enumerate(marks) if mark.entry and mark.mask & 1), None)
    if rule.order == "unordered" and rule.entry == "first":
        first = next((n for n, mark in enumerate(marks) if mark.entry and mark.mask), None)
    for length in range(1, rule.steps + 1):
        for chain in permutations(range(len(marks)), length):
            if not marks[chain[0]].entry or (rule.entry == "first" and chain[0] != first):
                continue
            if _in_order(chain, marks, rule) and _in_window(chain, marks, rule) and not _excluded(chain, marks, rule):
                yield chain


def _in_order(chain: tuple[int, ...], marks: Sequence[Mark], rule: Rule) -> bool:
    times = [marks[n].t for n in chain]
    if any(after < before for before, after in pairwise(times)):
        return False
    if rule.order == "unordered":
        ways = permutations(range(rule.steps), len(chain))
        return any(
            (not rule.anchor or 0 in steps)
            and all(marks[n].mask >> step & 1 for n, step in zip(chain, steps, strict=True))
            for steps in ways
        )
    if not all(marks[n].mask >> step & 1 for step, n in enumerate(chain)):
        return False
    if rule.ties == "strict" and len(set(times)) < len(times):
        return False
    if rule.ties == "arrival" and list(chain) != sorted(chain):
        return False
    return rule.order == "ordered" or _neighbours(chain, marks, rule)


def _neighbours(chain: tuple[int, ...], marks: Sequence[Mark], rule: Rule) -> bool:
    """Whether some order of all events that respects time (or arrival) puts the chain's events side by side."""
    if rule.ties == "arrival":
        return list(chain) == list(range(chain[0], chain[0] + len(chain)))
    moments = sorted({mark.t for mark in marks})
    ties = [list(permutations(n for n, mark in enumerate(marks) if mark.t == t)) for t in moments]
    for pieces in product(*ties):
        line = [n for piece in pieces for n in piece]
        at = line.index(chain[0])
        if tuple(line[at : at + len(chain)]) == chain:
            return True
    return False


def _in_window(chain: tuple[int, ...], marks: Sequence[Mark], rule: Rule) -> bool:
    if rule.window is None:
        return True
    times = [marks[n].t for n in chain]
    if rule.window_from == "first":
        return times[-1] - times[0] <= rule.window
    return all(after - before <= rule.window for before, after in pairwise(times))


def _excluded(chain: tuple[int, ...], marks: Sequence[Mark], rule: Rule) -> bool:
    for n, bar in enumerate(rule.bars):
        if len(chain) <= bar.after + 1:
            continue
        place = {at: at if rule.ties == "arrival" else mark.t for at, mark in enumerate(marks)}
        begin = place[chain[bar.after]]
        end = place[chain[min(bar.before, len(chain) - 1)]]
        for at, mark in enumerate(marks):
            inside = begin <= place[at] <= end if rule.bounds == "closed" else begin < place[at] < end
            if mark.bars >> n & 1 and inside:
                return True
    return False


def clean(chain: tuple[int, ...], marks: Sequence[Mark], rule: Rule) -> bool:
    """Whether no excluded event follows inside a span that the chain began, up to its end or the window's."""
    if _excluded(chain, marks, rule):
        return False
    since = marks[chain[0 if rule.window_from == "first" else -1]].t
    until = float("inf") if rule.window is None else since + rule.window
    place = {at: at if rule.ties == "arrival" else mark.t for at, mark in enumerate(marks)}
    for n, bar in enumerate(rule.bars):
        if not bar.after < len(chain) <= bar.before:
            continue
        begin = place[chain[bar.after]]
        for at, mark in enumerate(marks):
            after = place[at] >= begin if rule.bounds == "closed" else place[at] > begin
            if mark.bars >> n & 1 and after and mark.t <= until:
                return False
    return True


def totals(marks: Sequence[Mark], rule: Rule) -> list[int]:
    """Depths of attempts that do not overlap; without exclusions, within a total window."""
    depths, at = [], 0
    while True:
        entry = next((n for n in range(at, len(marks)) if marks[n].entry and marks[n].mask & 1), None)
        if entry is None:
            return depths
        rest = [mark._replace(entry=n == entry) for n, mark in enumerate(marks)]
        every = [chain for chain in chains(rest, rule) if min(chain) >= at]
        depth = max(map(len, every))
        depths.append(depth)
        if depth == rule.steps:
            end = min(marks[chain[-1]].t for chain in every if len(chain) == depth)
            at = max(_canonical_end(every, marks, depth, end), entry + 1)
        elif rule.window is None:
            return depths
        else:
            limit = marks[entry].t + rule.window
            at = next((n for n, mark in enumerate(marks) if mark.t > limit), len(marks))


def _canonical_end(every: list[tuple[int, ...]], marks: Sequence[Mark], depth: int, end: int) -> int:
    ends = [chain for chain in every if len(chain) == depth and marks[chain[-1]].t == end]
    return max(min(ends, key=lambda chain: [marks[n].t for n in chain])) + 1


class Hit(NamedTuple):
    """One event of a visitor for sessions: time, campaign, whether it is activity, its day."""

    t: int
    tag: str | None
    active: bool
    day: int


def sessions(hits: Sequence[Hit], timeout: int, longest: int, split: bool) -> list[list[int]]:
    """Sessions as lists of positions, by the words of the rule: walk on from each start as far as it goes."""
    found: list[list[int]] = []
    at = 0
    while at < len(hits):
        if not hits[at].active:
            at += 1
            continue
        members = [at]
        while members[-1] + 1 < len(hits) and _joins(hits, members, timeout, longest, split):
            members.append(members[-1] + 1)
        found.append(members)
        at = members[-1] + 1
    return found


def _joins(hits: Sequence[Hit], members: list[int], timeout: int, longest: int, split: bool) -> bool:
    """Whether the event behind a session's last one belongs to it."""
    one, last, first = hits[members[-1] + 1], hits[members[-1]], hits[members[0]]
    tags = [hits[n].tag for n in members if hits[n].active and hits[n].tag is not None]
    fresh = split and one.active and one.tag is not None and (not tags or one.tag != tags[-1])
    return one.t - last.t < timeout and one.t - first.t < longest and one.day == first.day and not fresh


class Sighting(NamedTuple):
    """One event of a device for identity."""

    user: str | None
    reset: bool = False


def persons(sightings: Sequence[Sighting], shared: int = 3) -> list[str | None]:
    """Who each event of one device belongs to, by the rule `epoch`, looking both ways from every event."""
    if len({one.user for one in sightings if one.user}) > shared:
        return [one.user for one in sightings]
    return [one.user or _looked(sightings, n) for n, one in enumerate(sightings)]


def _looked(sightings: Sequence[Sighting], n: int) -> str | None:
    for back in range(n - 1, -1, -1):
        if sightings[back].reset:
            break
        if sightings[back].user:
            return sightings[back].user
    if sightings[n].reset:
        return None
    for on in range(n + 1, len(sightings)):
        if sightings[on].user:
            return sightings[on].user
        if sightings[on].reset:
            break
    return None
