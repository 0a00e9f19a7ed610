"""Attribution models: how one conversion is shared among the touches before it, and what whole sets of paths say.

Weights of a path add up to 1; credits add up to the conversions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

DIRECT: Final = "direct"
_START, _WON, _LOST = "(start)", "(conversion)", "(null)"


class Touch(NamedTuple):
    """A contact with a channel, when (ms)."""

    channel: str
    t: int


class Journey(NamedTuple):
    """A path of channels, how often it converted and how often it did not."""

    path: tuple[str, ...]
    conversions: float
    nulls: float = 0


def weights(model: str, touches: Sequence[Touch], t: int, half_life: int, lead: int | None = None) -> list[float]:
    """The share of each touch, oldest first, in a conversion at `t`; `lead` is when the person became a lead."""
    n = len(touches)
    if model == "time_decay":
        decays = [2.0 ** (-(t - touch.t) / half_life) for touch in touches]
        whole = sum(decays)
        # beyond a thousand half-lives a weight is 0 in floating point: then the last touch is the nearest by far
        return [decay / whole for decay in decays] if whole else _at(n, n - 1)
    if model == "w":
        return _w(touches, lead)
    return _SHARES[model](touches)


def _at(n: int, place: int) -> list[float]:
    return [float(i == place) for i in range(n)]


def _last_non_direct(touches: Sequence[Touch]) -> list[float]:
    told = [n for n, touch in enumerate(touches) if touch.channel != DIRECT]
    return _at(len(touches), told[-1] if told else len(touches) - 1)


def _position(touches: Sequence[Touch]) -> list[float]:
    """40 % first, 40 % last, 20 % shared between; two touches share equally."""
    n = len(touches)
    if n <= 2:
        return [1 / n] * n
    return [0.4, *[0.2 / (n - 2)] * (n - 2), 0.4]


_SHARES: Final[dict[str, Callable[[Sequence[Touch]], list[float]]]] = {
    "first": lambda touches: _at(len(touches), 0),
    "last": lambda touches: _at(len(touches), len(touches) - 1),
    "last_non_direct": _last_non_direct,
    "linear": lambda touches: [1 / len(touches)] * len(touches),
    "position": _position,
}


def _w(touches: Sequence[Touch], lead: int | None) -> list[float]:
    """30 % each to the first touch, the one that made the lead and the last; 10 % shared by the rest. Where there is no
    rest the three get a third each; without a lead it is the U shape of `position`."""
    n = len(touches)
    led = [place for place, touch in enumerate(touches) if lead is not None and touch.t <= lead]
    if not led:
        return _position(touches)
    marks = [0, led[-1], n - 1]
    rest = n - len(set(marks))
    share = 0.3 if rest else 1 / 3
    found = [0.1 / rest if rest and place not in marks else 0.0 for place in range(n)]
    for place in marks:
        found[place] += share
    return found


def shapley(journeys: Sequence[Journey]) -> dict[str, float]:
    """Credits where a set of channels is worth the conversions of the paths inside it: each path's conversions shared
    equally by its distinct channels."""
    credit: dict[str, float] = defaultdict(float)
    for journey in journeys:
        channels = set(journey.path)
        for channel in channels:
            credit[channel] += journey.conversions / len(channels)
    return dict(credit)


def markov(journeys: Sequence[Journey]) -> tuple[dict[str, float], dict[str, float]]:
    """Credits by removal effect in a first-order Markov chain over converting and null paths, and the effects.

    Removing a channel sends everybody who would have come to it away; its effect is the share of conversions that are
    lost so. Solved exactly. Without null paths every chain converts, and effects measure presence only.
    """
    flow = _transitions(journeys)
    channels = sorted({channel for journey in journeys for channel in journey.path})
    whole = _absorbed(flow, channels)
    conversions = sum(journey.conversions for journey in journeys)
    effects = {}
    for channel in channels:
        left = _absorbed(flow, [one for one in channels if one != channel])
        effects[channel] = 1 - left / whole if whole else 0.0
    total = sum(effects.values())
    return {channel: effect / total * conversions if total else 0.0 for channel, effect in effects.items()}, effects


def _transitions(journeys: Sequence[Journey]) -> dict[str, dict[str, float]]:
    flow: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for journey in journeys:
        both = journey.conversions + journey.nulls
        states = [_START, *journey.path]
        for before, after in pairwise(states):
            flow[before][after] += both
        flow[states[-1]][_WON] += journey.conversions
        flow[states[-1]][_LOST] += journey.nulls
    return flow


def _absorbed(flow: dict[str, dict[str, float]], channels: Sequence[str]) -> float:
    """The chance to convert from the start, if only these channels exist: (I − Q) x = R by elimination."""
    states = [_START, *channels]
    rows = []
    for state in states:
        out = flow.get(state, {})
        whole = sum(out.values()) or 1.0
        rows.append(
            [(state == other) - (out.get(other, 0.0) / whole) for other in states] + [out.get(_WON, 0.0) / whole]
        )
    size = len(states)
    for place in range(size):
        _, pivot = max((abs(rows[row][place]), row) for row in range(place, size))
        rows[place], rows[pivot] = rows[pivot], rows[place]
        if abs(rows[place][place]) < 1e-15:  # a channel that leads only to itself never converts
            continue
        for row in range(size):
            if row != place and rows[row][place]:
                factor = rows[row][place] / rows[place][place]
                rows[row] = [one - factor * other for one, other in zip(rows[row], rows[place], strict=True)]
    return rows[0][size] / rows[0][0] if rows[0][0] else 0.0
