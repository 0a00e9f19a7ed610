"""Whatever is asked: an answer whose figures hold together, or a sentence that names the field. Never anything else."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from collector.engines.duckdb import Options
from collector.engines.duckdb.engine import answer
from collector.journal import Folder
from collector.reports.answer import Answer, as_csv, as_json
from collector.reports.questions import QUESTIONS
from collector.reports.spec import SpecError
from collector.reports.table import as_table
from tests.cases.store import store

_T0 = 1_772_409_600_000
_NOW = _T0 + 90 * 60_000
_NAMES = ["page_view", "add_to_cart", "purchase", "form_field", "$reset", "$alias", "lead", "X"]


def _rows(seed: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(seed)
    for n in range(120):
        name = rng.choice(_NAMES)
        row: dict[str, Any] = {"id": f"e{n}", "t": _T0 + rng.randrange(80) * 60_000, "name": name}
        row["visitor"], row["received"] = f"v{rng.randrange(9)}", row["t"]
        url = f"https://shop.example{rng.choice(['/', '/cart', '/a/b'])}"
        row["url"] = url + rng.choice(["", "", "?utm_source=g&utm_medium=cpc&utm_campaign=c", "?gclid=1"])
        if rng.random() < 0.2:
            row["user"] = f"u{rng.randrange(3)}"
        row["props"] = {
            "sku": rng.choice("ab"),
            "price": rng.choice([5, "7.50", "x", -1]),
            "form": "f",
            "field": "mail",
            "from": "v1",
            "to": "u1",
            "order_id": rng.choice(["o1", "o2"]),
            "revenue": rng.choice([9, -2]),
        }
        if name == "purchase" and rng.random() < 0.5:
            row["revenue"] = {"amount": rng.choice(["12.50", "-3", "0"]), "currency": rng.choice(["EUR", "CHF"])}
        yield row


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A site with a little of everything, half of it sealed."""
    place = Folder(tmp_path_factory.mktemp("laws") / "data")

    async def fill() -> None:
        async with store(place.path, rows=60) as opened:
            site = await opened.site("shop")
            rows = list(_rows(7))
            await opened.take_at_once(site, rows[:60])
            await opened.seal()
            await opened.take_at_once(site, rows[60:])

    asyncio.run(fill())
    return place


_TEXT = st.sampled_from(
    ["", "x", "/cart", "**", "(", "(a+)+$", "props.sku", "utm.source", "\x00", "é'\"", "9" * 40, "7d"]
)
_NUMBER = st.sampled_from([0, 1, -1, 60_000, 3_600_000, 86_400_000, _T0, _NOW, 2**53, 2**63, 2**70, 1.5, 1e308])
_JUNK = st.recursive(
    st.none() | st.booleans() | _NUMBER | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=5,
)
_CONDITION = st.tuples(
    st.sampled_from(["props.sku", "path", "utm.source", "props.price", "amount", "country", "nothing"]),
    st.sampled_from(["eq", "ne", "in", "nin", "contains", "gt", "lte", "exists", "missing", "regex", "like"]),
    st.sampled_from([5, "a", "x", ["a", 5], None, True, "(", "9" * 30]),
).map(list)
_MATCHER = st.one_of(
    st.sampled_from([{"name": name} for name in _NAMES]),
    st.sampled_from([{"path": "/cart"}, {"path": "/**"}, {"regex": "a.b"}, {"regex": "("}, {}]),
    st.builds(lambda condition: {"where": [condition]}, _CONDITION),
    st.builds(lambda one: {"any_of": [{"name": "X"}, one]}, st.sampled_from([{"name": "lead"}, {"path": "/*"}])),
)
_RANGE = st.sampled_from([{}, {"from": _T0}, {"to": _NOW}, {"from": _T0, "to": _T0 + 3_600_000}, {"from": 5, "to": 4}])
_SESSION = st.fixed_dictionaries({}, optional={
    "timeout": st.sampled_from(["10m", 1, 0, "soon"]), "split_at_midnight": st.booleans(), "max": st.just("20m"),
    "passive": st.just(["X"]), "lateness": st.sampled_from(["online", "full"]), "boundary": st.just("gt"),
    "internal_utm": st.just("split"), "own_hosts": st.just(["shop.example"]), "prev_salt": st.booleans(),
})  # fmt: skip
_KEYS: dict[str, st.SearchStrategy[Any]] = {
    "range": _RANGE, "session": _SESSION, "steps": st.lists(_MATCHER, max_size=4), "bots": st.just("include"),
    "tz": st.sampled_from(["Europe/Paris", "Nowhere", "UTC"]),
    "window": st.sampled_from(["20m", None, 0, 1, "1w", 2**62]),
    "window_from": st.sampled_from(["first", "previous"]), "order": st.sampled_from(["ordered", "strict", "unordered"]),
    "ties": st.sampled_from(["any", "strict", "arrival"]), "entry": st.sampled_from(["best", "first"]),
    "scope": st.sampled_from(["person", "session", "same_session"]), "count": st.sampled_from(["unique", "totals"]),
    "exclusions": st.lists(st.fixed_dictionaries({"match": _MATCHER}, optional={"from": st.integers(0, 2),
                                                                              "to": st.integers(0, 3)}), max_size=2),
    "exclusion_mode": st.sampled_from(["cut", "drop"]), "exclusion_bounds": st.just("closed"),
    "hold": st.lists(st.sampled_from(["props.sku", "nothing"]), max_size=2), "open": st.booleans(),
    "breakdown": st.fixed_dictionaries({"field": st.sampled_from(["props.sku", "device", "x"])}, optional={
        "attribution": st.sampled_from(["first_touch", "last_touch", "all_events", "step:1", "step:9"])}),
    "trend": st.sampled_from([{}, {"interval": "10m"}, {"interval": 5}]), "units": st.booleans(),
    "compare": st.builds(lambda one: {"range": one}, _RANGE), "anchor_first": st.booleans(),
    "entry_where": st.lists(_CONDITION, max_size=1), "event_where": st.lists(_CONDITION, max_size=1),
    "session_where": st.lists(_CONDITION, max_size=1), "like": st.sampled_from(["ga4", "umami", "posthog", "other"]),
    "explain": st.sampled_from([{"visitor": "v1"}, {"user": "u1"}, {}, {"unit": "anon:v2"}, {"visitor": "nobody"}]),
    "members": st.sampled_from([{"step": 1}, {"step": 2, "what": "stopped"}, {"step": 9}]),
    "identity": st.sampled_from(["epoch", "graph", "last_known", "first_known"]), "frozen": st.booleans(),
    "rule": st.sampled_from(["epoch", "graph"]), "events": st.booleans(),
    "erase": st.just([{"user": "u1", "at": _NOW}]),
    "type": st.sampled_from(["cart", "checkout", "form", "page"]), "method": st.sampled_from(["session", "ratio"]),
    "group_by": st.sampled_from(["source", "device", "channel"]), "idle": st.just("5m"), "path": st.just("/cart"),
    "idle_from": st.just("cart"), "complete": _MATCHER, "limit": st.sampled_from([1, 5, 0]),
    "model": st.sampled_from(["first", "linear", "time_decay", "w", "markov", "shapley", "position", "best"]),
    "lookback": st.sampled_from(["10m", 1]), "touch": st.just("event"), "by": st.just("channel"),
    "lead": st.just("lead"),
    "collapse": st.booleans(), "path_reset": st.booleans(), "cost": st.just({"g/cpc": 5.0, "x": 0}),
    "currency": st.sampled_from(["EUR", "JPY"]), "conversion_where": st.lists(_CONDITION, max_size=1),
    "paths": st.just([{"path": "a > b", "conversions": 2, "nulls": 1}]), "length": st.integers(0, 4),
    "through": st.sampled_from(["/cart", "**", ""]), "conversion": st.sampled_from(["purchase", "X", ""]),
    "minutes": st.sampled_from([1, 90, 0]),
}  # fmt: skip


def _spec(name: str) -> st.SearchStrategy[dict[str, Any]]:
    known = {key: _KEYS[key] for key in QUESTIONS[name].__struct_fields__ if key in _KEYS}
    sane = st.fixed_dictionaries({}, optional=known)
    if name == "funnel":
        steps = st.lists(st.sampled_from([{"name": one} for one in _NAMES]), min_size=2, max_size=3)
        sane = st.builds(lambda one, own: {"steps": own, **one}, sane, steps)
    odd = st.builds(lambda one, key, junk: {**one, key: junk}, sane, st.sampled_from([*known, "x"]), _JUNK)
    return st.one_of(sane, sane, odd)


_ASKED = st.sampled_from(sorted(QUESTIONS)).flatmap(lambda name: st.tuples(st.just(name), _spec(name)))


@settings(max_examples=120, deadline=None, phases=[Phase.generate])
@given(_ASKED)
def test_a_question_is_answered_or_refused_with_its_field(folder: Folder, asked: tuple[str, dict[str, Any]]) -> None:
    name, spec = asked
    found = _asked(folder, name, spec)
    if isinstance(found, SpecError):
        assert found.field
        assert len(str(found)) > 10
        return
    json.loads(as_json(found))
    assert as_csv(found)
    assert as_table(found)
    _holds_together(name, found)


def _asked(folder: Folder, name: str, spec: dict[str, Any]) -> Answer | SpecError:
    try:
        return answer(folder, Options(memory_mb=256), "shop", name, spec, _NOW)
    except SpecError as refused:
        return refused


def _holds_together(name: str, found: Answer) -> None:
    """What is true of every answer."""
    for row in [*found.rows, found.totals]:
        rates = {key: value for key, value in row.items() if key.endswith("_rate") and isinstance(value, float)}
        assert all(-1e-9 <= rate <= 1 + 1e-9 for rate in rates.values()), rates
        assert all(value == value for value in row.values() if isinstance(value, float)), "NaN"
    if name == "funnel" and "counts" in found.totals and not found.spec["open"]:
        counts = found.totals["counts"]
        assert counts == sorted(counts, reverse=True)
    if name == "attribution" and found.totals["conversions"]:
        assert abs(sum(found.totals["credit"].values()) - found.totals["conversions"]) < 1e-6
