"""Where a visitor's next event starts a session: the reference of the rules, pure.

A session ends when the next event comes after the timeout or later, when a campaign appears that is not the session's,
or when the session would grow to the maximum. Order is (time, sequence on the page, id), never the order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Beat(NamedTuple):
    """One event as sessions see it: when (ms), and its folded campaign, None without one."""

    t: int
    tag: str | None


def cut(beats: Iterable[Beat], timeout: int, longest: int, split: bool = True) -> list[int]:
    """For one visitor's events in order: the number of each one's session, from 0."""
    numbers: list[int] = []
    number, start, before, tag = -1, 0, 0, None
    for beat in beats:
        fresh = split and beat.tag is not None and beat.tag != tag
        if number < 0 or beat.t - before >= timeout or beat.t - start >= longest or fresh:
            number, start, tag = number + 1, beat.t, beat.tag
        before = beat.t
        numbers.append(number)
    return numbers
