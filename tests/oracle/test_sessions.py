"""Sessions and persons in SQL and in the kernel, against the words of the rules."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC

import duckdb
import pytest

from collector.engines.duckdb.cutting import label_sessions, make_sessions
from collector.engines.duckdb.stitching import Stitching, make_persons
from collector.event import Site
from collector.identity import RESET, Sign, resolve
from collector.reports.parts import SessionRule
from collector.sessions import Beat, Rule, cut
from tests.oracle import brute
from tests.oracle.units import DEEP

_UNITS = 20_000 if DEEP else 2_000
_MINUTE = 60_000
_DAY = 1_440 * _MINUTE
_COLUMNS = (
    "seq BIGINT, uuid UUID, visitor VARCHAR, t BIGINT, page_seq BIGINT, id VARCHAR, name VARCHAR, tag VARCHAR, "
    "received BIGINT, "
    "user_id VARCHAR, props JSON, source VARCHAR, medium VARCHAR, campaign VARCHAR, touch_source VARCHAR, "
    "touch_medium VARCHAR, touch_campaign VARCHAR, channel VARCHAR, referrer_host VARCHAR, click_id VARCHAR, "
    "path VARCHAR, device VARCHAR, browser VARCHAR, country VARCHAR, state VARCHAR"
)


def _events(rng: random.Random) -> dict[str, list[tuple[int, str, str | None]]]:
    """Per visitor (time, name, campaign): minutes and hours apart, so that gaps, midnights and the maximum meet."""
    logs: dict[str, list[tuple[int, str, str | None]]] = {}
    for n in range(_UNITS):
        step = rng.choice([5, 15, 30, 300])
        times = sorted(rng.randrange(40) * step * _MINUTE for _ in range(rng.randrange(1, 9)))
        logs[f"v{n}"] = [
            (t, rng.choice(["page_view", "page_view", "heartbeat"]), rng.choice([None, None, "a", "b"])) for t in times
        ]
    return logs


def _table(logs: dict[str, list[tuple[int, str, str | None]]], rng: random.Random) -> duckdb.DuckDBPyConnection:
    """The events in a random order of arrival; ids keep the order of ties."""
    rows = [(v, t, f"{n:03d}", name, tag) for v, log in logs.items() for n, (t, name, tag) in enumerate(log)]
    rng.shuffle(rows)
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE events ({_COLUMNS})")
    connection.execute(
        "INSERT INTO events BY NAME SELECT unnest($1) AS seq, unnest($2) AS visitor, unnest($3) AS t, "
        "unnest($4) AS id, unnest($5) AS name, unnest($6::VARCHAR[]) AS tag",
        [list(range(len(rows))), *map(list, zip(*rows, strict=True))],
    )
    return connection


@pytest.mark.parametrize("midnight", [False, True])
@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("boundary", ["gte", "gt"])
def test_sessions_in_sql_are_those_of_the_rule(midnight: bool, split: bool, boundary: str) -> None:
    rng = random.Random(f"{midnight}{split}{boundary}")
    logs = _events(rng)
    rule = SessionRule(
        timeout=30 * _MINUTE, boundary=boundary, split_on_utm=split, split_at_midnight=midnight, passive=["heartbeat"],
        max=600 * _MINUTE,
    )  # fmt: skip
    with _table(logs, rng) as connection:
        make_sessions(connection, rule, 30 * _MINUTE, UTC, ["purchase"])
        label_sessions(connection)
        rows = connection.execute(
            "SELECT visitor, start, stop, events FROM session ORDER BY visitor, start, stop"
        ).fetchall()
    found = defaultdict(list)
    for visitor, *session in rows:
        found[visitor].append(tuple(session))
    for visitor, log in logs.items():
        hits = [brute.Hit(t, tag, name != "heartbeat", t // _DAY if midnight else 0) for t, name, tag in log]
        wanted = brute.sessions(hits, 30 * _MINUTE + (boundary == "gt"), 600 * _MINUTE, split)
        spans = [(hits[m[0]].t, hits[m[-1]].t, sum(hits[n].active for n in m)) for m in wanted]
        assert sorted(found[visitor]) == sorted(spans), log


def test_the_kernel_of_sessions_is_the_rule() -> None:
    rng = random.Random(5)
    for _ in range(_UNITS):
        times = sorted(rng.randrange(20) for _ in range(rng.randrange(1, 8)))
        beats = [Beat(t, rng.choice([None, "a", "b"]), rng.random() < 0.7, t // 10) for t in times]
        wanted: list[int | None] = [None] * len(beats)
        for number, members in enumerate(brute.sessions([brute.Hit(*beat) for beat in beats], 4, 9, split=True)):
            for n in members:
                wanted[n] = number
        assert cut(beats, Rule(4, 9)) == wanted


def test_persons_in_sql_and_in_the_kernel_are_those_of_the_rule() -> None:
    rng = random.Random(11)
    logs: dict[str, list[brute.Sighting]] = {}
    for n in range(_UNITS):
        users = [None, None, *(f"u{n}-{k}" for k in range(rng.randrange(1, 6)))]
        logs[f"d{n}"] = [
            brute.Sighting(None if reset else rng.choice(users), reset)
            for reset in (rng.random() < 0.15 for _ in range(rng.randrange(1, 8)))
        ]
    rows = [
        (device, n, f"{n:03d}", RESET if one.reset else "page_view", one.user)
        for device, log in logs.items()
        for n, one in enumerate(log)
    ]
    rng.shuffle(rows)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE events ({_COLUMNS})")
        connection.execute(
            "INSERT INTO events BY NAME SELECT unnest($1) AS seq, unnest($2) AS visitor, unnest($3) AS t, "
            "unnest($4) AS id, unnest($5) AS name, unnest($6::VARCHAR[]) AS user_id",
            [list(range(len(rows))), *map(list, zip(*rows, strict=True))],
        )
        make_persons(connection, Site(1, "shop", b"", ()), Stitching("epoch", (), 1_800_000))
        sql = dict(connection.execute("SELECT seq, person FROM person").fetchall())
    signs = sorted((Sign(seq, d, t, user, name) for seq, (d, t, _, name, user) in enumerate(rows)), key=lambda s: s.t)
    kernel = resolve(signs).persons
    for seq, (device, t, *_) in enumerate(rows):
        wanted = brute.persons(logs[device])[t] or f"anon:{device}"
        assert kernel[seq] == wanted, logs[device]
        assert sql.get(seq, f"anon:{device}") == wanted, logs[device]
