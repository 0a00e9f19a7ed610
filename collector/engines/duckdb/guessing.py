"""Guesses by device, from spells instead of events: what `sql/guess.sql` tells of events, in passes over arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from duckdb import DuckDBPyConnection

from collector.engines.duckdb.marks import Numbers, changes
from collector.engines.duckdb.statements import filled_in

_MANY = 500_000  # devices at once: with two spells each they take 100 MB
_NEVER = 2**62  # ms


class _Spells(NamedTuple):
    """Spells, with the number of their device: from when to when (ms UTC), how many unnamed events they have or begin
    with (below 0 where it cannot be told), whether they name somebody."""

    devices: Numbers
    begun: Numbers
    stop: Numbers
    unnamed: Numbers
    named: Numbers

    def only(self, chosen: Numbers) -> _Spells:
        """Some of them, or all in another order."""
        return _Spells(*(column[chosen] for column in self))


def spelled_guesses(
    connection: DuckDBPyConnection, spells: str, devices: int, silence: int, start: int, stop: int
) -> tuple[int, list[int]]:
    """How many events with `start` ≤ t < `stop` (ms UTC) are guesses, of so many devices in the table `known`; and the
    keys of devices of which spells (in SQL) do not tell it: some overlap or touch, one holds a sign, or one lies in the
    range in part."""
    parts, counted, unsure = devices // _MANY + 1, 0, []
    for part in range(parts):
        among = f" AND visitor_key % {parts} = {part}" if parts > 1 else ""
        columns = connection.execute(filled_in("guess_spells", {"spells": spells, "among": among})).fetchnumpy()
        keys = columns.pop("visitor_key")
        n, odd = _guesses(*_likely(keys, columns, silence), silence, (start, stop))
        counted += n
        unsure += odd.tolist()
    return counted, unsure


def _likely(keys: Numbers, columns: dict[str, Numbers], silence: int) -> tuple[_Spells, Numbers]:
    """The spells of devices that can have guesses at all, by device and time, and the devices' keys: something unnamed
    begins a silence after something named ended, for no spell is silent so long."""
    order = np.argsort(keys)
    keys = keys[order]
    begins = changes(keys)
    spells = _Spells(np.cumsum(begins) - 1, **{name: column[order] for name, column in columns.items()})
    places = np.flatnonzero(begins)
    if not len(places):
        return spells, keys
    named = np.minimum.reduceat(np.where(spells.named, spells.stop, _NEVER), places)
    unnamed = np.maximum.reduceat(np.where(spells.unnamed != 0, spells.begun, -_NEVER), places)
    spells = spells.only((unnamed >= named + silence)[spells.devices])
    return spells.only(_in_order(spells)), keys[places]


def _in_order(spells: _Spells) -> Numbers:
    """Their places by device and time; single numbers are sorted three times as fast as pairs."""
    by_time = np.argsort(spells.begun)
    ranks = np.empty_like(by_time)
    ranks[by_time] = np.arange(len(by_time))
    return np.argsort(spells.devices * len(ranks) + ranks)


def _guesses(spells: _Spells, keys: Numbers, silence: int, bounds: tuple[int, int]) -> tuple[int, Numbers]:
    """What an unnamed spell or its unnamed beginning has, if somebody was named in an earlier one and the device has
    been silent since. And the keys of devices of which it is not known."""
    begins = changes(spells.devices)
    gaps = np.where(begins, silence, spells.begun - np.concatenate([spells.begun[:1], spells.stop[:-1]]))
    unsure = (spells.unnamed < 0) | (gaps <= 0)
    for bound in bounds:
        unsure |= (spells.begun < bound) & (spells.stop >= bound)
    odd = np.unique(spells.devices[unsure])
    places = np.arange(len(begins))
    first = np.maximum.accumulate(np.where(begins, places, 0))
    silent = np.maximum.accumulate(np.where(gaps >= silence, places, 0))
    named = np.maximum.accumulate(np.where(spells.named, places, -1))
    before = np.concatenate([[-1], named[:-1]])  # the last one that named somebody, maybe of another device
    within = (spells.begun >= bounds[0]) & (spells.begun < bounds[1])
    found = (before >= first) & (silent > before) & within & ~np.isin(spells.devices, odd)
    return int(spells.unnamed[found].sum()), keys[odd]
