from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from uuid import UUID

import pytest
from user_agents import parse

from collector.demo.audience import BOTS, DEVICES
from collector.demo.traffic import ORIGIN, rows, simulate

NOW = 1_795_000_000_000
DAY = 86_400_000
MADE = {"id", "t", "sent", "received", "name", "url", "ua", "country", "consent"}
SOMETIMES = {"visitor", "user", "referrer", "props", "revenue"}


@pytest.fixture(scope="module")
def sample() -> list[dict]:
    return list(rows(7, NOW, days=40, visitors=1500))


def granted(sample: list[dict]) -> list[dict]:
    return [row for row in sample if row["consent"]["state"] == "granted"]


def test_the_same_seed_and_moment_give_the_same_rows() -> None:
    again = [json.dumps(row) for row in rows(3, NOW, days=5, visitors=60)]
    assert again == [json.dumps(row) for row in rows(3, NOW, days=5, visitors=60)]
    assert again != [json.dumps(row) for row in rows(4, NOW, days=5, visitors=60)]


def test_rows_come_in_order_of_arrival_and_none_from_the_future(sample: list[dict]) -> None:
    arrivals = [row["received"] for row in sample]
    assert arrivals == sorted(arrivals)
    assert arrivals[-1] <= NOW
    assert NOW - arrivals[-1] < DAY


def test_rows_hold_nothing_but_the_fields_of_an_import_row(sample: list[dict]) -> None:
    assert set().union(*sample) == MADE | SOMETIMES
    assert all(row.keys() >= MADE for row in sample)
    assert all(row["t"] <= row["sent"] for row in sample)


def test_some_events_arrive_after_later_ones_of_the_same_browser(sample: list[dict]) -> None:
    latest: dict[str, int] = defaultdict(int)
    overtaken = 0
    for row in granted(sample):
        happened = row["received"] - (row["sent"] - row["t"])
        overtaken += happened < latest[row["visitor"]]
        latest[row["visitor"]] = max(happened, latest[row["visitor"]])
    assert overtaken > 50


def test_a_repeat_is_the_same_event_sent_later(sample: list[dict]) -> None:
    first: dict[str, dict] = {}
    repeats = 0
    for row in sample:
        before = first.setdefault(row["id"], row)
        if before is row:
            continue
        repeats += 1
        assert row["sent"] - before["sent"] == row["received"] - before["received"] > 0
        assert {**row, "sent": 0, "received": 0} == {**before, "sent": 0, "received": 0}
    assert 0.005 < repeats / len(sample) < 0.03


def test_event_ids_are_version_7_and_carry_the_browsers_time(sample: list[dict]) -> None:
    for row in sample[:2000]:
        number = UUID(row["id"])
        assert number.version == 7
        assert number.int >> 80 == row["t"]


def test_who_did_not_consent_has_no_visitor_and_no_user(sample: list[dict]) -> None:
    refused = [row for row in sample if row["consent"]["state"] != "granted"]
    states = Counter(row["consent"]["state"] for row in refused)
    assert set(states) == {"denied", "withdrawn", "pending"}
    assert not any("visitor" in row or "user" in row for row in refused)


def test_a_receipt_is_never_younger_than_the_event_it_allows(sample: list[dict]) -> None:
    assert all(row["consent"]["at"] <= row["t"] for row in granted(sample))


def test_people_come_on_many_browsers_in_two_languages_from_many_countries(sample: list[dict]) -> None:
    assert len({row["ua"] for row in sample if row["ua"] not in BOTS}) >= 20
    assert {row["url"].removeprefix(ORIGIN)[1:3] for row in sample} == {"fr", "en"}
    assert len({row["country"] for row in sample}) >= 8
    assert len({row["user"] for row in sample if "user" in row}) > 20


def test_some_people_sign_in_on_two_browsers(sample: list[dict]) -> None:
    browsers: dict[str, set[str]] = defaultdict(set)
    for row in sample:
        if "user" in row:
            browsers[row["user"]].add(row["visitor"])
    assert max(len(known) for known in browsers.values()) == 2


def test_some_clocks_are_wrong_by_hours_and_some_events_wait_for_days(sample: list[dict]) -> None:
    assert any(row["t"] - row["received"] > 3_600_000 for row in sample)
    assert any(row["sent"] - row["t"] > DAY for row in sample)


def test_known_kinds_of_bad_tagging_are_there(sample: list[dict]) -> None:
    urls = {row["url"] for row in sample}
    for sign in (
        r"utm_source=Google&",
        r"utm_source=google\+&",
        r"UTM_Source=",
        r"utm_medium=CPC",
        r"utm_source=NEWSLETTER",
    ):
        assert any(re.search(sign, url) for url in urls), sign
    assert any("utm_source=google" in url and "utm_medium" not in url for url in urls)


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.agent[:60])
def test_a_device_is_what_its_user_agent_says(device) -> None:
    agent = parse(device.agent)
    assert device.kind == ("tablet" if agent.is_tablet else "mobile" if agent.is_mobile else "desktop")
    assert not agent.is_bot


def test_malformed_rows_are_strewn_in_only_when_asked_for() -> None:
    whole = list(rows(5, NOW, days=5, visitors=100))
    strewn = list(simulate(5, NOW, 5, 100, bad=12).rows)
    assert [row for row in strewn if row in whole] == whole
    assert len(strewn) == len(whole) + 12


def test_the_shops_address_can_be_chosen() -> None:
    played = simulate(1, NOW, 2, 20, origin="http://127.0.0.1:9000")
    assert all(row["url"].startswith("http://127.0.0.1:9000/") for row in played.rows)


def test_the_command_prints_one_json_object_a_line() -> None:
    asked = [
        sys.executable,
        "-m",
        "collector.demo.traffic",
        "--days",
        "2",
        "--visitors",
        "20",
        "--now",
        str(NOW),
    ]
    printed = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=120).stdout
    assert [json.loads(line) for line in printed.splitlines()] == list(rows(1, NOW, 2, 20))
