"""The bar of filters: what its form sends is the view that was meant."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest

from collector.pages.filters import DIMENSIONS, Filters, read
from collector.pages.listing import TITLES
from collector.pages.words import LANGUAGES, Language, words

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


MORE = "Today is not over yet: "


@pytest.mark.parametrize(
    ("query", "stop", "said", "french"),
    [
        ("range=7d&compare=previous", "2026-11-15T13:00", "9 Nov 2026 to 15 Nov 2026 at 13:00", " à 13:00, "),
        ("range=today&compare=previous", "2026-11-21T13:00", "21 Nov 2026 until 13:00", " jusqu’à 13:00, "),
        ("range=month&compare=year", "2025-11-22T13:00", "1 Nov 2025 to 22 Nov 2025 at 13:00", " à 13:00, "),
        # chosen days that are not over either, and those of a summer: the clock's time, not the hours since midnight
        ("from=2026-10-20&to=2026-12-31&compare=previous", "2026-10-19T13:00", "to 19 Oct 2026 at 13:00", "à 13:00, "),
        ("range=yesterday&compare=previous", None, "20 Nov 2026, Europe/Paris.", "20 nov. 2026, Europe/Paris."),
        ("range=7d&compare=own&before_from=2026-01-01&before_to=2026-01-02", None, "1 Jan 2026 to 2 Jan 2026, ",
         "elle est comparée à des jours entiers."),
    ],
)  # fmt: skip
def test_a_day_that_is_not_over_is_compared_with_as_much_of_another(
    query: str, stop: str | None, said: str, french: str
) -> None:
    found = sent(query)
    earlier = found.earlier()
    assert earlier is not None
    told, bound = found.compared(words("en")), earlier.spec()["range"]["to"]
    ends = datetime.fromtimestamp(bound / 1000, ZoneInfo("Europe/Paris"))
    assert said in told
    assert french in found.compared(words("fr"))
    assert ends.isoformat("T", "minutes")[:16] == stop or (stop is None and (ends.hour, ends.minute) == (0, 0))
    both, whole = f"{MORE}both periods end at this time of day.", f"{MORE}it is compared with whole days."
    assert (both in told, whole in told) == (stop is not None, "own" in query)
    assert found.spec()["range"]["to"] >= NOW or "yesterday" in query, "what is asked, and copied, is the view itself"


@pytest.mark.parametrize(
    ("today", "query", "days", "cut"),
    [
        ("2026-11-22", "range=last_month&compare=previous", "2026-09-01 2026-09-30", False),
        ("2026-03-02", "range=last_month&compare=previous", "2026-01-01 2026-01-31", False),
        ("2025-03-02", "range=last_month&compare=year", "2024-02-01 2024-02-29", False),
        ("2026-11-22", "range=month&compare=previous", "2026-10-01 2026-10-22", True),
        ("2026-11-30", "range=month&compare=previous", "2026-10-01 2026-10-30", True),
        ("2026-03-31", "range=month&compare=previous", "2026-02-01 2026-02-28", False),  # there is no 31 February
        ("2025-02-28", "range=month&compare=year", "2024-02-01 2024-02-28", True),
        ("2026-11-22", "range=year&compare=previous", "2025-01-01 2025-11-22", True),
        ("2026-11-22", "from=2026-07-01&to=2026-09-30&compare=previous", "2026-04-01 2026-06-30", False),
        ("2026-11-22", "from=2025-01-01&to=2025-12-31&compare=previous", "2024-01-01 2024-12-31", False),
        ("2026-11-22", "from=2026-10-02&to=2026-10-31&compare=previous", "2026-09-02 2026-10-01", False),
        ("2026-11-30", "range=30d&compare=previous", "2026-10-02 2026-10-31", True),
    ],
)
def test_calendar_months_are_compared_with_those_before(today: str, query: str, days: str, cut: bool) -> None:
    now = datetime.fromisoformat(f"{today}T13:00").replace(tzinfo=ZoneInfo("Europe/Paris"))
    earlier = read("shop", "Europe/Paris", int(now.timestamp() * 1000), parse_qsl(query))[0].earlier()
    assert earlier is not None
    assert " ".join(map(str, earlier.span)) == days
    assert (earlier.stop is not None) == cut


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_a_filter_may_ask_for_is_listed_and_a_normalised_name_is_called_so(language: Language) -> None:
    said, (fault,) = words(language), read("shop", "Europe/Paris", NOW, [("where", "foo:bar")])[1]
    assert set(DIMENSIONS) <= set(re.findall(r"[a-z.]+", fault.said(said)))
    for name in ("source", "medium", "campaign"):
        assert f"utm_{name}" in (title := said(TITLES[f"utm.{name}"]))
        assert "normalis" in title
