"""Attribution of random shops, by a second reading: visits, touches, orders and shares from the events alone."""

from __future__ import annotations

import random
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.cases.rows import row
from tests.cases.store import store

Event: TypeAlias = dict[str, Any]
Path_: TypeAlias = list[tuple[int, str]]
_T0 = 1_772_409_600_000
_MIN, _VISIT = 60_000, 1_800_000
_GAPS = (0, 0, 1, _MIN, _VISIT - 1, _VISIT, 60 * _MIN, 60 * _MIN + 1)  # ms, at and beside every limit
_LOOKBACKS = (1, 60 * _MIN, 86_400_000)
_OWNERS = {"d0": "U1", "d1": "U1", "d2": "U2", "d3": None}
_MODELS = ("first", "last", "last_non_direct", "linear", "position", "time_decay", "shapley")


def _shop(rng: random.Random) -> list[Event]:
    """Four devices of three persons, each event told by id alone where many are of one moment."""
    clock = dict.fromkeys(_OWNERS, _T0)
    events = []
    for number in rng.sample(range(100, 1_000), 40):
        device = rng.choice(list(clock))
        clock[device] += rng.choice(_GAPS)
        event: Event = {"id": f"e{number}", "ts": clock[device], "visitor": device, "name": "pageview", "path": "/"}
        if _OWNERS[device]:
            event["user_id"] = _OWNERS[device]
        if rng.random() < 0.25:
            event["utm"] = {"source": rng.choice(["a", "b"]), "medium": "cpc"}
        if rng.random() < 0.25:
            revenue = rng.choice([0, 5, "7.25", -3])
            event |= {"name": "order", "props": {"revenue": revenue, "order_id": rng.choice(["1", "2", "3", "4"])}}
        events.append(event)
    return events


def _person(event: Event) -> str:
    return _OWNERS[event["visitor"]] or "anon"


def _touches(events: list[Event]) -> dict[str, list[tuple[int, str, str]]]:
    """Time, id and channel of each visit's first event, by person."""
    found: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for device in _OWNERS:
        before, tag, touch = -_VISIT, "", None
        for event in sorted((one for one in events if one["visitor"] == device), key=_moment):
            said = event.get("utm", {}).get("source", "")
            if event["ts"] - before >= _VISIT or (said and said != tag):
                touch = (event["ts"], event["id"], f"{said}/cpc" if said else "direct")
                found[_person(event)].append(touch)
                tag = said
            before = event["ts"]
    return {person: sorted(touches) for person, touches in found.items()}


def _moment(event: Event) -> tuple[int, str]:
    return event["ts"], event["id"]


def _orders(events: list[Event]) -> dict[str, tuple[Event, Fraction]]:
    """The first order of each id with what is left of its worth; what is below nothing came back."""
    first: dict[str, Event] = {}
    back: dict[str, Fraction] = defaultdict(Fraction)
    for event in sorted((one for one in events if one["name"] == "order"), key=_moment):
        number, worth = event["props"]["order_id"], Fraction(str(event["props"]["revenue"]))
        if worth < 0:
            back[number] += worth
        else:
            first.setdefault(number, event)
    return {n: (one, Fraction(str(one["props"]["revenue"])) + back[n]) for n, one in first.items()}


def _shares(model: str, path: Path_, t: int) -> list[float]:
    n, told = len(path), [place for place, (_, channel) in enumerate(path) if channel != "direct"]
    if model in ("first", "last", "last_non_direct"):
        chosen = {"first": 0, "last": n - 1}.get(model, told[-1] if told else n - 1)
        return [float(place == chosen) for place in range(n)]
    if model == "position" and n > 2:
        return [0.4 if place in (0, n - 1) else 0.2 / (n - 2) for place in range(n)]
    if model == "time_decay":
        weights = [0.5 ** ((t - at) / (60 * _MIN)) for at, _ in path]
        return [weight / sum(weights) for weight in weights]
    if model == "shapley":
        channels = [channel for _, channel in path]
        return [1 / len(set(channels)) / channels.count(channel) for channel in channels]
    return [1 / n] * n


def _credits(events: list[Event], model: str, lookback: int) -> tuple[dict[str, float], dict[str, float]]:
    """Credit and value by channel."""
    touches, credit, value = _touches(events), defaultdict[str, float](float), defaultdict[str, float](float)
    for order, worth in _orders(events).values():
        path = [(t, channel) for t, _, channel in touches[_person(order)] if order["ts"] - lookback <= t <= order["ts"]]
        shares = _shares(model, path, order["ts"]) if path else [1.0]
        for channel, share in zip([one for _, one in path] or ["(none)"], shares, strict=True):
            credit[channel] += share
            value[channel] += share * float(worth)
    return {one: share for one, share in credit.items() if share}, value


async def test_credits_of_random_shops_are_those_of_a_second_reading(tmp_path: Path) -> None:
    rng = random.Random(4)
    async with store(tmp_path / "data", rows=16) as opened:
        for number in range(4):
            site, events = await opened.site(f"shop-{number}"), _shop(rng)
            await opened.take_at_once(site, map(row, rng.sample(events, len(events))))
            if number % 2:
                await opened.seal()
            for model in _MODELS:
                asked = {"model": model, "conversion": "order", "lookback": rng.choice(_LOOKBACKS), "bots": "include"}
                found = opened.ask(site, "attribution", asked | {"half_life": 60 * _MIN}, _T0 + 10**10)["totals"]
                credit, value = _credits(events, model, asked["lookback"])
                assert found["credit"] == pytest.approx(credit), (number, asked)
                assert sum(found["credit"].values()) == pytest.approx(len(_orders(events))), (number, asked)
                if model != "shapley":  # whose value goes by credit over all paths
                    assert {c: found["value"][c] for c in credit} == pytest.approx({c: value[c] for c in credit})
