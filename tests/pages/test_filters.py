"""The bar of filters: what its form sends is the view that was meant."""

from __future__ import annotations

import pytest

from collector.pages.filters import Filters, read

NOW = 1_795_348_800_000  # 2026-11-22T12:00:00Z


def sent(query: str) -> Filters:
    found, faults = read("shop", "Europe/Paris", NOW, [tuple(pair.split("=")) for pair in query.split("&")])
    assert faults == []
    return found


@pytest.mark.parametrize(
    ("query", "preset", "kept"),
    [
        ("range=7d&from=2026-11-16&to=2026-11-22", "7d", "range=7d"),
        ("range=7d&from=2026-11-15&to=2026-11-22", "custom", "from=2026-11-15&to=2026-11-22"),
        ("range=7d&from=2026-11-16", "custom", "from=2026-11-16"),
        ("range=all&from=&to=&compare=year", "all", "range=all&compare=year"),
        ("range=never&from=2026-11-16&to=2026-11-22", "custom", "from=2026-11-16&to=2026-11-22"),
    ],
)
def test_a_named_range_stays_itself_while_its_days_are_untouched(query: str, preset: str, kept: str) -> None:
    found = sent(query)
    assert (found.preset, found.query()) == (preset, kept)
