"""Where sessions give up: checkouts, forms and pages. Sessions that are still running are counted as open, and are in
no rate. What a form's fields contain is never asked for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from collector.reports.buckets import Buckets
from collector.reports.statistics import quantile, ratio

NONE, LEFT = "(none)", "(left)"
VIEW, FIELD, SUBMIT, SUCCESS = "form_view", "form_field", "form_submit", "form_success"


def ranked(counts: Mapping[str, int]) -> dict[str, int]:
    """The most frequent first, equals by name: the same whatever order they were counted in."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


class Walk(NamedTuple):
    """A session at a checkout: for each event that matters, in order, the steps it fits (bits), whether it is the
    order, and the page it shows; whether the session is still running; its label; and when it began (ms UTC)."""

    events: Sequence[tuple[int, bool, str | None]]
    running: bool
    label: str | None = None
    start: int = 0


class Filling(NamedTuple):
    """A session at a form: (event, field, when in ms) in order, whether the session is still running, its label, and
    when it began (ms UTC)."""

    events: Sequence[tuple[str, str | None, int]]
    running: bool
    label: str | None = None
    start: int = 0


class Visit(NamedTuple):
    """A session by its pages: where it began and ended, what it saw, whether it was one event, whether it runs; its
    label, and when it began (ms UTC)."""

    entry: str | None
    exit: str | None
    pages: frozenset[str]
    bounced: bool
    running: bool
    label: str | None = None
    start: int = 0


_Labelled = TypeVar("_Labelled", Walk, Filling, Visit)


def by_label(
    found: Iterable[_Labelled], judge: Callable[[Iterable[_Labelled]], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """What is said of all, for each label of a session by itself."""
    groups: dict[str, list[_Labelled]] = defaultdict(list)
    for one in found:
        groups[one.label or NONE].append(one)
    return {label: judge(listed) for label, listed in sorted(groups.items())}


_Dated = TypeVar("_Dated")


def by_interval(
    found: Iterable[_Dated],
    when: Callable[[_Dated], int],
    judge: Callable[[Iterable[_Dated]], dict[str, Any]],
    buckets: Buckets,
    span: tuple[int | None, int | None],
) -> list[dict[str, Any]]:
    """The figures of those that began in each interval, empty ones too, from the first of `span` (ms UTC) or the first
    that began, to before its last or with the last that began."""
    listed: dict[int, list[_Dated]] = defaultdict(list)
    for one in found:
        listed[buckets.start(when(one))].append(one)
    first = span[0] if span[0] is not None else min(listed, default=None)
    stop = span[1] if span[1] is not None else max(listed, default=-1) + 1
    starts = buckets.between(first, stop) if first is not None else ()
    return [{"start": start, **_single(judge(listed.get(start, [])))} for start in starts]


def _single(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that are one number."""
    return {key: n for key, n in figures.items() if not isinstance(n, dict | list)}


def checkout(walks: Iterable[Walk], steps: int) -> dict[str, Any]:
    """The furthest step of each session that began one; a skipped step counts as reached, an order as all of them.

    `next_pages`: by step, the page that those who gave up there saw next in the same session.
    """
    reached, left, done, running = [0] * steps, [0] * steps, 0, 0
    onward = [Counter[str]() for _ in range(steps)]
    for walk in walks:
        furthest, ordered = _furthest(walk.events, steps)
        if not furthest:
            continue
        if walk.running and not ordered:
            running += 1
            continue
        done += ordered
        for n in range(furthest):
            reached[n] += 1
        left[furthest - 1] += not ordered
        onward[furthest - 1].update([] if ordered else [_next(walk.events, furthest)])
    gone = sum(left)
    return {
        "reached": reached,
        "abandoned_at": left,
        "completed": done,
        "abandoned": gone,
        "open": running,
        "closed": gone + done,
        "step_rate": [ratio(at, came) for at, came in zip(left, reached, strict=True)],
        "rate_net": ratio(gone, gone + done),
        "next_pages": [ranked(pages) for pages in onward],
    }


def _next(events: Sequence[tuple[int, bool, str | None]], furthest: int) -> str:
    """The page behind the last event of the furthest step."""
    last = max(n for n, (mask, _, _) in enumerate(events) if mask.bit_length() == furthest)
    return next((path for _, _, path in events[last + 1 :] if path is not None), LEFT)


def _furthest(events: Sequence[tuple[int, bool, str | None]], steps: int) -> tuple[int, bool]:
    furthest = 0
    for mask, order, _ in events:
        if order and furthest:
            return steps, True
        furthest = max(furthest, mask.bit_length())
    return furthest, False


def form(fillings: Iterable[Filling]) -> dict[str, Any]:
    """Views, starters (who touched a field), completions, and the field that abandoners touched last.

    Whoever only looked is no abandoner. Fields count in sessions that are over. By field, `hesitation` is the time from
    the sign before (the view, another field) to its first input, in the sessions that have one; `time` all the time
    from its inputs to the sign behind each.
    """
    n: Counter[str] = Counter()
    last: Counter[str] = Counter()
    touched: Counter[str] = Counter()
    returned: Counter[str] = Counter()
    waited: dict[str, list[int]] = defaultdict(list)
    took: dict[str, list[int]] = defaultdict(list)
    for filling in fillings:
        names = {name for name, _, _ in filling.events}
        fields = [field for name, field, _ in filling.events if name == FIELD and field is not None]
        fate = _fate(names, filling.running)
        n.update(["views"] * (VIEW in names) + ["starters"] * (names != {VIEW}) + [fate])
        n["failed_submit"] += fate == "abandoned" and SUBMIT in names
        if fate == "open":
            continue
        touched.update(set(fields))
        returned.update(_returns(fields))
        last.update(fields[-1:] if fate == "abandoned" else [])
        _timed(filling.events, waited, took)
    counts = {key: n[key] for key in ("views", "starters", "completed", "abandoned", "open", "failed_submit")}
    return counts | {
        "abandon_rate": ratio(n["abandoned"], n["abandoned"] + n["completed"]),
        "start_rate": ratio(n["starters"], n["views"]),
        "last_field": ranked(last),
        "touched": ranked(touched),
        "returned": ranked(returned),
        "field_drop": {field: last[field] / came for field, came in ranked(touched).items()},
        "hesitation": {field: _span(waited[field]) for field in ranked(touched)},
        "time": {field: _span(took[field]) for field in ranked(touched)},
    }


def _timed(
    events: Sequence[tuple[str, str | None, int]], waited: dict[str, list[int]], took: dict[str, list[int]]
) -> None:
    """Add how long a session waited before each field's first input, since whatever it did at the form before, and how
    long it was at each field, until whatever it did next; what was last has no end."""
    spent: Counter[str] = Counter()
    seen = {field for _, field, _ in events[:1]}
    for (_, before, begun), (name, field, t) in pairwise(events):
        if before is not None:
            spent[before] += t - begun
        if name == FIELD and field is not None and field not in seen:
            seen.add(field)
            waited[field].append(t - begun)
    for field, whole in spent.items():
        took[field].append(whole)


def _span(times: Sequence[int]) -> dict[str, float | None]:
    return {"n": len(times), "p50_ms": quantile(times, 0.5), "p90_ms": quantile(times, 0.9)}


def _fate(names: set[str], running: bool) -> str:
    """What became of a session at a form."""
    if SUCCESS in names:
        return "completed"
    if names == {VIEW}:
        return "looked"
    return "open" if running else "abandoned"


def _returns(fields: Sequence[str]) -> set[str]:
    """Fields that were left for another one and touched again."""
    seen: set[str] = set()
    again: set[str] = set()
    for before, field in zip([None, *fields], fields, strict=False):
        if field in seen and field != before:
            again.add(field)
        seen.add(field)
    return again


def pages(visits: Iterable[Visit]) -> dict[str, dict[str, Any]]:
    """By page: sessions with it, those that ended on it, entrances, and those that bounced; sessions that are over."""
    seen: Counter[str] = Counter()
    exits: Counter[str] = Counter()
    entrances: Counter[str] = Counter()
    bounces: Counter[str] = Counter()
    for visit in visits:
        if visit.running:
            continue
        seen.update(visit.pages)
        exits.update([visit.exit] if visit.exit else [])
        entrances.update([visit.entry] if visit.entry else [])
        bounces.update([visit.entry] if visit.entry and visit.bounced else [])
    return {
        page: {
            "sessions": n,
            "exits": exits[page],
            "exit_rate": ratio(exits[page], n),
            "entrances": entrances[page],
            "bounces": bounces[page],
            "bounce_rate": ratio(bounces[page], entrances[page]),
        }
        for page, n in sorted(seen.items(), key=lambda item: (-item[1], item[0]))
    }
