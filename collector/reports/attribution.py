"""Attribution: conversions to the touches before them, credits by channel, with paths and costs.

A touch is the start of a session of the person (or an event with a source); the path of a conversion are the touches
from `lookback` before it to itself, both ends included, days of 24 hours. Credits add up to the number of conversions,
`(none)` included. One conversion per order id; a refund lowers the value on the path of its order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from collector.reports.models import DIRECT, Journey, Touch, markov, shapley, weights
from collector.reports.questions import Attribution
from collector.reports.ratios import over
from collector.reports.statistics import mean, quantile, ratio

NONE: Final = "(none)"
_DAY: Final = 86_400_000
SETS: Final = ("markov", "shapley")  # the models that look at all paths at once, lost ones too


class Conversion(NamedTuple):
    """What a person did that counts, when (ms), what it was worth, under which order id, whether that id was there
    before, and what came back of the order later. A refund is one of negative value."""

    t: int
    value: float
    order: str | None = None
    again: bool = False
    returned: float = 0.0


class Person(NamedTuple):
    """One person's touches, conversions, leads and refunds, each in order of time."""

    touches: list[Touch]
    conversions: list[Conversion]
    leads: list[int]
    refunds: list[Conversion]


class _Won(NamedTuple):
    """A conversion with its path."""

    t: int
    value: float
    path: list[Touch]
    lead: int | None


class Books:
    """Adds persons: those who converted one by one."""

    def __init__(self, asked: Attribution) -> None:
        self.asked = asked
        self.won: list[_Won] = []
        self.lost: dict[tuple[str, ...], int] = defaultdict(int)
        self.repeated = 0

    def add(self, person: Person, start: int, stop: int) -> None:
        """Add a person who converted; conversions outside [start, stop) only reset paths."""
        before: int | None = None
        found: list[_Won] = []
        for one in person.conversions:
            if one.again:
                self.repeated += 1
                continue
            path = self._path(person.touches, one.t, before)
            before = one.t if self.asked.path_reset else None
            if start <= one.t < stop:
                led = [t for t in person.leads if t <= one.t]
                found.append(_Won(one.t, one.value - one.returned, path, led[0] if led else None))
        self.won += _less(found, [one for one in person.refunds if one.order is None])

    def lose(self, path: Sequence[str], persons: int) -> None:
        """Add so many persons who did not convert, with the channels of their touches in order of time."""
        touches = _thinned([Touch(channel, 0) for channel in path], self.asked)
        self.lost[tuple(touch.channel for touch in touches)] += persons

    def _path(self, touches: Sequence[Touch], t: int, after: int | None) -> list[Touch]:
        """The touches that count for a conversion, oldest first."""
        inside = [one for one in touches if t - self.asked.lookback <= one.t <= t]
        return _thinned([one for one in inside if after is None or one.t > after], self.asked)

    def journeys(self) -> list[Journey]:
        """What the models of whole sets are given: the question's own paths, else the site's."""
        if self.asked.paths is not None:
            return [Journey(_channels(one.path), one.conversions, one.nulls) for one in self.asked.paths]
        wins: dict[tuple[str, ...], int] = defaultdict(int)
        for one in self.won:
            wins[tuple(touch.channel for touch in one.path)] += 1
        paths = [path for path in {**wins, **self.lost} if path]
        return [Journey(path, wins.get(path, 0), self.lost.get(path, 0)) for path in paths]


def totals(books: Books) -> dict[str, Any]:
    """Credits, values, paths and, with costs, what each channel's conversions cost."""
    asked = books.asked
    credit, value, effects = _credits(books)
    found: dict[str, Any] = {
        "conversions": sum(one.conversions for one in books.journeys()) if asked.paths else len(books.won),
        "credit": {channel: share for channel, share in credit.items() if share},
        "value": value,
        "assisted": _assisted(books.won),
        "paths": _paths(books.won),
        **_lengths(books.won),
    }
    if effects is not None:
        found["removal_effect"] = effects
    if asked.cost is not None:
        found["cost"] = _costs(asked, credit, value)
    return found


def rows(books: Books, found: dict[str, Any]) -> list[dict[str, Any]]:
    """One row per channel, the most credited first; channels that only cost something stay. Or one per path."""
    if books.asked.rows == "paths":
        return _path_rows(books)
    costs = found.get("cost", {})
    channels = {*found["credit"], *found["assisted"], *costs}
    last: dict[str, int] = defaultdict(int)
    for one in books.won:
        last[one.path[-1].channel if one.path else NONE] += 1
    listed = [
        {
            "channel": channel,
            "credit": found["credit"].get(channel, 0.0),
            "value": found["value"].get(channel, 0.0),
            "assisted": found["assisted"].get(channel, 0),
            "last": last[channel],
            "assist_ratio": ratio(found["assisted"].get(channel, 0), last[channel]),
            **({name: costs.get(channel, {}).get(name) for name in ("cost", "cpa", "roas", "roi")} if costs else {}),
        }
        for channel in channels
    ]
    return sorted(listed, key=lambda row: (-row["credit"], row["channel"]))[: books.asked.limit]


def _credits(books: Books) -> tuple[dict[str, float], dict[str, float], dict[str, float] | None]:
    """Credit and value by channel, and the removal effects of the model that has them."""
    asked = books.asked
    if asked.model in SETS:
        return _credits_of_sets(books)
    credit: dict[str, float] = defaultdict(float)
    value: dict[str, float] = defaultdict(float)
    for one in books.won:
        shares = weights(asked.model, one.path, one.t, asked.half_life, one.lead) if one.path else [1.0]
        for channel, share in zip([touch.channel for touch in one.path] or [NONE], shares, strict=True):
            if share:
                credit[channel] += share
                value[channel] += share * one.value
    return dict(credit), dict(value), None


def _credits_of_sets(books: Books) -> tuple[dict[str, float], dict[str, float], dict[str, float] | None]:
    """The same for models that look at all paths at once; value is shared as credit is."""
    journeys = books.journeys()
    credit, effects = markov(journeys) if books.asked.model == "markov" else (shapley(journeys), None)
    bare = sum(not one.path for one in books.won)
    if bare and books.asked.paths is None:
        credit = credit | {NONE: float(bare)}
    value = sum(one.value for one in books.asked.paths or books.won)
    whole = sum(credit.values())
    return credit, {channel: share / whole * value if whole else 0.0 for channel, share in credit.items()}, effects


def _thinned(touches: Sequence[Touch], asked: Attribution) -> list[Touch]:
    """Direct touches out, repeats of a channel as one (its latest), if the question wants it so."""
    kept = [one for one in touches if asked.direct == "keep" or one.channel != DIRECT]
    if not asked.collapse:
        return kept
    return [list(run)[-1] for _, run in groupby(kept, key=lambda one: one.channel)]


def _less(won: list[_Won], refunds: Iterable[Conversion]) -> list[_Won]:
    """A refund that names no order lowers the person's latest conversion before it."""
    for refund in refunds:
        before = [n for n, one in enumerate(won) if one.t <= refund.t]
        if before:
            won[before[-1]] = won[before[-1]]._replace(value=won[before[-1]].value + refund.value)
    return won


def _assisted(won: Iterable[_Won]) -> dict[str, int]:
    """Conversions that a channel was on the path of, but not last."""
    found: dict[str, int] = defaultdict(int)
    for one in won:
        for channel in {touch.channel for touch in one.path[:-1]} - {touch.channel for touch in one.path[-1:]}:
            found[channel] += 1
    return dict(found)


def _paths(won: Iterable[_Won]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for one in won:
        entry = found.setdefault(_named(one.path), {"conversions": 0, "value": 0.0})
        entry["conversions"] += 1
        entry["value"] += one.value
    return dict(sorted(found.items(), key=lambda item: (-item[1]["conversions"], item[0])))


def _path_rows(books: Books) -> list[dict[str, Any]]:
    """One row per path, the most frequent first: its share of the conversions, worth, touches, days to convert."""
    days: dict[str, list[float]] = defaultdict(list)
    for one in books.won:
        days[_named(one.path)] += [(one.t - one.path[0].t) / _DAY] if one.path else []
    listed = [
        {
            "path": path,
            "conversions": said["conversions"],
            "share": ratio(said["conversions"], len(books.won)),
            "value": said["value"],
            "touches": 0 if path == NONE else path.count(" > ") + 1,
            "days_p50": quantile(days[path], 0.5),
            "days_p90": quantile(days[path], 0.9),
        }
        for path, said in _paths(books.won).items()
    ]
    return listed[: books.asked.limit]


def _named(path: Sequence[Touch]) -> str:
    return " > ".join(touch.channel for touch in path) or NONE


def _lengths(won: Sequence[_Won]) -> dict[str, Any]:
    days = [(one.t - one.path[0].t) / _DAY for one in won if one.path]
    return {
        "touches": mean([len(one.path) for one in won]),
        "one_touch_share": ratio(sum(len(one.path) == 1 for one in won), len(won)),
        "days_to_convert": {"p50": quantile(days, 0.5), "p90": quantile(days, 0.9)},
    }


def _costs(asked: Attribution, credit: dict[str, float], value: dict[str, float]) -> dict[str, dict[str, float | None]]:
    """Every channel that cost or earned something: a full outer join."""
    costs = asked.cost or {}
    found = {}
    for channel in sorted({*costs, *credit}):
        cost, won, worth = costs.get(channel), credit.get(channel, 0.0), value.get(channel, 0.0)
        found[channel] = {
            "cost": cost,
            "credit": won,
            "value": worth,
            "cpa": over(cost, won),
            "roas": over(worth, cost),
            "roi": None if cost is None else over(worth * asked.margin - cost, cost),
        }
    return found


def _channels(path: list[str] | str) -> tuple[str, ...]:
    return tuple(one.strip() for one in path.split(">")) if isinstance(path, str) else tuple(path)
