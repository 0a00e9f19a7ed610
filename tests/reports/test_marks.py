"""Many units in order at once: the same whatever their keys are, and however the events are cut into pieces."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count

import numpy as np
import pytest

from collector.engines.duckdb import counts, marks
from collector.engines.duckdb.marks import Found, in_order
from collector.engines.duckdb.packing import Packing
from collector.engines.duckdb.workers import workers

_STEPS = 3
_KEYS: dict[str, Callable[[int], int]] = {
    "apart": lambda unit: random.Random(unit).getrandbits(64),
    "all alike": lambda unit: 7 + unit,
    "some alike": lambda unit: random.Random(unit).getrandbits(64) if unit % 3 else 2**63 + unit,
    "alike but for the last": lambda unit: 2**64 - 1 - unit,
}


def _events(seed: int) -> list[tuple[int, int, int]]:
    """(unit, event, what it carries): moments that units share, and such as hold several of one's events."""
    rng = random.Random(seed)
    found = []
    for unit in range(60):
        for _ in range(rng.randrange(1, 9)):
            time, mask = rng.randrange(12), 1 << rng.randrange(_STEPS)
            if rng.random() < 0.05:
                mask |= 1
            found.append((unit, time << _STEPS | mask, rng.choice([0, 0, 0, 1, 2])))
    rng.shuffle(found)
    return found


def _found(events: list[tuple[int, int, int]], key: Callable[[int], int]) -> Found:
    keys, packed, codes = zip(*((key(unit), event, code) for unit, event, code in events), strict=True)
    return Found(np.array(keys, np.uint64), np.array(packed, np.uint64), np.array(codes, np.uint8))


def _odd(events: list[tuple[int, int]]) -> bool:
    """Whether one of a moment's events fits two steps, or two fit the same and carry something else."""
    for time in {event >> _STEPS for event, _ in events}:
        moment = [(event & 7, code) for event, code in events if event >> _STEPS == time]
        several = any(mask.bit_count() > 1 for mask, _ in moment)
        if (several and len(moment) > 1) or len(set(moment)) > len({mask for mask, _ in moment}):
            return True
    return False


@pytest.mark.parametrize("keys", _KEYS)
@pytest.mark.parametrize("piece", [1, 20, 10_000])
def test_each_units_events_stand_together_in_order(keys: str, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "_PIECE", piece)
    for seed in range(10):
        events = _events(seed)
        key = _KEYS[keys]
        its = {key(unit): [(e, code) for one, e, code in events if one == unit] for unit in range(60)}
        odd = sorted(key for key, found in its.items() if _odd(found))
        seen, told = [], []
        for piece_of_them in in_order(_found(events, key), _STEPS):
            found = piece_of_them()
            told += found.odd.tolist()
            for unit in np.unique(found.units):
                here = np.flatnonzero((found.units == unit) & (found.steps > 0))
                if len(here):
                    assert found.begins[here].tolist() == [True] + [False] * (len(here) - 1)
                    rows = zip(found.times[here], found.steps[here], found.codes[here], strict=True)
                    seen.append([(int(time) << _STEPS | int(mask), int(code)) for time, mask, code in rows])
        assert sorted(told) == odd
        assert odd
        left = [sorted(found) for key, found in its.items() if key not in odd]
        assert sorted(map(sorted, seen)) == sorted(left)
        assert all(events == sorted(events, key=lambda one: one[0]) for events in seen)


@pytest.mark.parametrize("attribution", [None, "first_touch", "last_touch", "step:1", "all_events"])
def test_figures_depend_on_no_key_no_piece_and_no_thread(
    attribution: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    packing = Packing(0, _STEPS, labels=2)
    asked = counts.Asked(packing, window=6, late=7, attribution=attribution, intervals=None)
    for seed in range(10):
        events = _events(seed)
        told = []
        for key in _KEYS.values():
            for piece, threads in ((1, 1), (10_000, 1), (5, 3)):
                monkeypatch.setattr(marks, "_PIECE", piece)
                with workers(threads) as each:
                    figures = vars(counts.counted(asked, _found(events, key), each))
                lengths = [sorted(np.concatenate([[], *its]).tolist()) for its in figures.pop("_lengths")]
                told.append((len(figures.pop("odd")), lengths, figures))
        assert all(one == told[0] for one in told)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_what_threads_share_comes_back_in_order_and_so_does_what_fails(threads: int) -> None:
    with workers(threads) as each:
        assert list(each(lambda n: n * n, iter(range(300)))) == [n * n for n in range(300)]
        assert list(each(str, [])) == []
        with pytest.raises(ZeroDivisionError):
            list(each(lambda n: 1 // (20 - n), count()))  # of which there is no end: nothing is begun any more
