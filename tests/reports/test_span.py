"""What is looked up at a few places is what all lengths give."""

from __future__ import annotations

import random
from statistics import fmean, quantiles

import pytest

from collector.reports.span import NONE, placed, places, span


@pytest.mark.parametrize("n", [1, 2, 3, 10, 11, 4_999])
def test_a_span_of_a_few_places_is_that_of_all_lengths(n: int) -> None:
    rng = random.Random(n)
    lengths = [rng.randrange(10**9) for _ in range(n)]
    looked_up = {place: sorted(lengths)[place] for place in places(n)}
    assert placed(n, sum(lengths), looked_up) == span(lengths)
    assert len(looked_up) <= 4


def test_a_span_is_mean_median_and_ninth_decile() -> None:
    lengths = [7, 1, 30, 12, 4, 9]
    deciles = quantiles(lengths, n=10, method="inclusive")
    assert span(lengths) == pytest.approx((6, fmean(lengths), deciles[4], deciles[8]))


def test_nothing_has_no_length() -> None:
    assert span([]) == placed(0, 0, {}) == NONE == (0, None, None, None)
