"""The oracle's own test: each wrong algorithm, and each fault planted in the product's code, is caught by it."""

from __future__ import annotations

import random
import sys
import types
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from collector.reports.chains import attempt
from collector.reports.marks import Bar, Mark, Rule
from collector.sessions import Beat
from collector.sessions import Rule as SessionRule
from tests.oracle import brute
from tests.oracle.wrong import WRONG, Wrong, banning

_TRIES = 6_000


@pytest.mark.parametrize(("wrong", "kind", "unit", "rule"), WRONG, ids=lambda one: getattr(one, "__name__", ""))
def test_a_wrong_algorithm_is_caught(wrong: Wrong, kind: dict[str, Any], unit: list[Mark], rule: Rule) -> None:
    true = brute.best(unit, rule).depth
    assert attempt(unit, rule).depth == true
    assert wrong(unit, rule) != true
    assert _differs(wrong, kind)


def test_banning_everybody_with_an_excluded_event_is_caught() -> None:
    """A X A B: the second attempt is clean; an excluded event behind the window does not count."""
    rule = Rule(2, 10, bars=(Bar(0, 1),))
    unit = [Mark(0, 1), Mark(1, 0, bars=1), Mark(2, 1), Mark(3, 2)]
    assert (banning(unit, rule), attempt(unit, rule).depth, brute.best(unit, rule).depth) == (0, 2, 2)
    after = [Mark(0, 1), Mark(3, 2), Mark(20, 0, bars=1)]
    assert (banning(after, rule), attempt(after, rule._replace(mode="drop")).depth) == (0, 2)


# module, what stands there, what is planted instead, and the kind of rule that must show it
_PLANTED = [
    ("ordered", "range(mask.bit_length() - 1, -1, -1)", "range(mask.bit_length())", {}),
    ("ordered", "= max(best[deeper], t if", "= (t if", {"ties": "any", "entry": "best"}),
    ("ordered", "rule.window is not None and t - start > rule.window", "rule.window and t - start >= rule.window", {}),
    ("ordered", 'best[level + 1] = t if rule.window_from == "previous" else start', "best[level + 1] = start",
     {"window_from": "previous"}),
    ("ordered", "t, old = group[0].t, list(best)", "t, old = group[0].t, best", {"ties": "any"}),
    ("ordered", "mask |= mark.mask if mark.entry else mark.mask & ~1", "mask |= mark.mask", {"ties": "strict"}),
    ("ordered", "range(bar.after + 1, bar.before + 1)", "range(bar.after, bar.before + 1)", {"bars": (Bar(1, 2),)}),
    ("ordered", "range(bar.after + 1, bar.before + 1)", "range(bar.after + 1, bar.before)", {"bars": (Bar(0, 1),)}),
    ("ordered", "bar.after < begun and deeper <= bar.before", "False", {"bars": (Bar(0, 2),)}),
    ("ordered", "min(far, max(level, bar.after + 1))", "far", {"bars": (Bar(0, 1),), "bounds": "closed"}),
    ("ordered", 'if rule.entry == "best":', "if True:", {"entry": "first"}),
    ("assignment", "if n not in owner or place(owner[n], seen):", "if n not in owner:", {"ties": "any"}),
    ("marks", 'if rule.ties == "arrival":', "if False:", {"ties": "arrival"}),
    ("adjacent", "if taken is None or len(taken) < whole:", "if taken is None:", {"order": "strict"}),
    ("adjacent", "return min(size, 1) if", "return size if", {"order": "strict", "ties": "strict"}),
    ("unordered", "mark.t - (rule.bounds ==", "mark.t + (rule.bounds !=", {"order": "unordered", "bars": (Bar(0, 2),)}),
    ("unordered", "marks[first].t <= marks[n].t <= stop", "first < n and marks[n].t <= stop", {"order": "unordered"}),
]  # fmt: skip


@pytest.mark.parametrize(("room", "sound", "planted", "kind"), _PLANTED)
def test_a_planted_fault_is_caught(room: str, sound: str, planted: str, kind: dict[str, Any]) -> None:
    with _Planted(room, sound, planted) as kernel:
        assert _differs(lambda marks, rule: _canonical(kernel, marks, rule), kind, canonical=True)


def test_the_sound_code_differs_nowhere() -> None:
    """What the two tests above rely on."""
    for *_, kind in _PLANTED:
        assert not _differs(lambda marks, rule: _canonical(attempt, marks, rule), kind, canonical=True)


class _Planted:
    """The rooms of the kernel loaded anew with a fault in one of them, beside the sound ones."""

    _rooms = ("marks", "assignment", "ordered", "adjacent", "unordered", "chains")

    def __init__(self, room: str, sound: str, planted: str) -> None:
        self._fault = (room, sound, planted)
        self._kept = {name: import_module(f"collector.reports.{name}") for name in self._rooms}

    def __enter__(self) -> Callable[[list[Mark], Rule], Any]:
        where, sound, planted = self._fault
        for name in self._rooms:
            path = Path(str(self._kept[name].__file__))
            text = path.read_text(encoding="utf-8")
            if name == where:
                assert sound in text, f"{path.name} no longer says {sound!r}"
                text = text.replace(sound, planted)
            module = types.ModuleType(f"collector.reports.{name}")
            sys.modules[module.__name__] = module
            exec(compile(text, str(path), "exec"), module.__dict__)
        kernel: Callable[[list[Mark], Rule], Any] = sys.modules["collector.reports.chains"].attempt
        return kernel

    def __exit__(self, *_: object) -> None:
        sys.modules.update({f"collector.reports.{name}": module for name, module in self._kept.items()})


def _canonical(kernel: Callable[[list[Mark], Rule], Any], marks: list[Mark], rule: Rule) -> Any:
    try:
        found = kernel(marks, rule)
    except (AssertionError, RecursionError, ValueError) as error:
        return type(error).__name__
    times = tuple(marks[n].t for n in found.chain)
    return found.depth, times[:1] + times[-1:]


def _differs(said: Callable[[list[Mark], Rule], Any], kind: dict[str, Any], canonical: bool = False) -> bool:
    """Whether an algorithm and the oracle disagree on one of many random units."""
    rng = random.Random(7)
    for _ in range(_TRIES):
        rule = Rule(3, rng.choice([None, 0, 1, 3]), **({"ties": "any"} | kind))
        marks = []
        for t in sorted(rng.randrange(5) for _ in range(rng.randrange(1, 6))):
            bars = rng.choice([0, 1]) if rule.bars else 0
            marks.append(Mark(t, 0 if bars else rng.randrange(8), rng.random() < 0.8, bars))
        best = brute.best(marks, rule)
        wanted: Any = (best.depth, best.times[:1] + best.times[-1:]) if canonical else best.depth
        if said(marks, rule) != wanted:
            return True
    return False


_BEATS = {
    "timeout_from_start": lambda beats, rule: _cut(beats, rule, since_start=True),
    "tags_with_case": lambda beats, rule: _cut(beats, rule, fold=False),
    "gap_must_be_longer": lambda beats, rule: _cut(beats, rule._replace(timeout=rule.timeout + 1)),
    "passive_starts": lambda beats, rule: _cut([beat._replace(active=True) for beat in beats], rule),
    "day_in_key": lambda beats, rule: _cut(beats, rule, days=5),
}


def _cut(
    beats: list[Beat], rule: SessionRule, *, since_start: bool = False, fold: bool = True, days: int = 0
) -> list[int]:
    """A plain fold with one fault switched on; returns how many active events each session has."""
    sizes: list[int] = []
    start = last = 0
    tag: str | None = None
    for beat in beats:
        own = beat.tag.lower() if beat.tag and fold else beat.tag
        gap = beat.t - (start if since_start else last)
        day = bool(days) and beat.t // days != last // days
        cuts = not sizes or gap >= rule.timeout or beat.t - start >= rule.longest or day
        if beat.active and (cuts or (own is not None and own != tag)):
            sizes.append(0)
            start, tag = beat.t, own
        if sizes:
            sizes[-1] += beat.active
        last = beat.t
    return sizes


@pytest.mark.parametrize("name", _BEATS)
def test_a_wrong_sessionizer_is_caught(name: str) -> None:
    rng = random.Random(3)
    rule = SessionRule(timeout=3, longest=9)
    for _ in range(3_000):
        times = sorted(rng.randrange(20) for _ in range(rng.randrange(1, 7)))
        beats = [Beat(t, rng.choice([None, None, "a", "A", "b"]), rng.random() < 0.8) for t in times]
        hits = [brute.Hit(one.t, one.tag.lower() if one.tag else None, one.active, 0) for one in beats]
        found = brute.sessions(hits, rule.timeout, rule.longest, split=True)
        if _BEATS[name](beats, rule) != [sum(hits[n].active for n in members) for members in found]:
            return
    pytest.fail("the oracle sees no difference")
