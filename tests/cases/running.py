"""One case: every order it asks for, unsealed and with every event sealed alone, and its alternatives."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, NamedTuple

from collector.event import Site
from collector.reports.spec import SpecError
from tests.cases.comparing import difference
from tests.cases.figures import figure
from tests.cases.findings import findings
from tests.cases.questions import own_hosts, question
from tests.cases.rows import Names, row
from tests.cases.spelling import asked, spelt
from tests.cases.store import Store, store

SHUFFLES = 3  # beside the order as given and its reverse


class Verdict(NamedTuple):
    """What became of a case or of one alternative: ok, FAIL or skip, and why."""

    name: str
    state: str
    why: str = ""


async def verdict(case: dict[str, Any], folder: Path, shuffles: int = SHUFFLES) -> Verdict:
    """Run a case and its alternatives in a fresh data folder; an alternative that fails fails the case."""
    case = spelt(case)
    if case["kind"] == "kpi":
        return _figure(case)
    first, *others = await _verdicts(case, folder, shuffles)
    failed = next((one for one in (first, *others) if one.state == "FAIL"), None)
    if failed is not None:
        return Verdict(case["id"], "FAIL", failed.why if failed is first else f"[{failed.name}] {failed.why}")
    told = [f"[{one.name}: {one.state}{': ' if one.why else ''}{one.why}]" for one in others]
    return Verdict(case["id"], first.state, " ".join([first.why, *told]).strip())


async def _verdicts(case: dict[str, Any], folder: Path, shuffles: int) -> list[Verdict]:
    async with store(folder) as opened:
        try:
            site = await _imported(opened, case, case["events"], "as-given")
        except ValueError as error:
            return [Verdict(case["id"], "FAIL", str(error))]
        found = [_asked(opened, site, case, case["spec"], case["expected"], "unsealed", case["id"])]
        await opened.seal()
        found.append(_asked(opened, site, case, case["spec"], case["expected"], "sealed", case["id"]))
        if case.get("permute") and all(one.state == "ok" for one in found):
            for name, events in _orders(case, shuffles):
                other = await _imported(opened, case, events, name)
                found.append(_asked(opened, other, case, case["spec"], case["expected"], name, case["id"]))
        worst = next((one for one in found if one.state != "ok"), found[0])
        return [worst, *(_alternative(opened, site, case, other) for other in case.get("alternatives", []))]


def _figure(case: dict[str, Any]) -> Verdict:
    try:
        found = {"result": figure(case["spec"]["fn"], case["spec"]["args"])}
    except LookupError as error:
        return Verdict(case["id"], "skip", str(error))
    said = difference(case["expected"], found)
    return Verdict(case["id"], "FAIL" if said else "ok", said or "")


def _alternative(opened: Store, site: Site, case: dict[str, Any], other: dict[str, Any]) -> Verdict:
    spec = case["spec"] | other["spec_delta"]
    return _asked(opened, site, case, spec, other["expected"], "sealed", other["name"])


async def _imported(opened: Store, case: dict[str, Any], events: list[dict[str, Any]], name: str) -> Site:
    site = await opened.site(name, own_hosts(case))
    await opened.take(site, map(row, events))
    return site


def _asked(
    opened: Store, site: Site, case: dict[str, Any], spec: dict[str, Any], expected: dict[str, Any], how: str, name: str
) -> Verdict:
    try:
        report, body, now = question(case, asked(spec))
        answer = opened.ask(site, report, body, now)
    except SpecError as error:
        refused = "error" in expected
        return Verdict(name, "ok" if refused else "skip", "" if refused else f"{error.field}: {error}")
    except LookupError as error:
        return Verdict(name, "skip", str(error))
    said = difference(expected, findings(case["kind"], answer, Names(case["events"], site), expected))
    if said is None and case["kind"] == "funnel" and how in ("unsealed", "sealed"):
        said = _without_units(opened, site, body, now, expected)
    return Verdict(name, "FAIL" if said else "ok", f"{how}: {said}" if said else "")


def _without_units(opened: Store, site: Site, body: dict[str, Any], now: int, expected: dict[str, Any]) -> str | None:
    """The same funnel without its list of units, which lets the engine take its quickest way."""
    answer = opened.ask(site, "funnel", body | {"units": False}, now)
    rest = {key: value for key, value in expected.items() if key != "depth"}
    return difference(rest, findings("funnel", answer, Names((), site), rest))


def _orders(case: dict[str, Any], shuffles: int) -> list[tuple[str, list[dict[str, Any]]]]:
    events = case["events"]
    orders = [("reversed", events[::-1])]
    for n in range(shuffles):
        shuffled = list(events)
        random.Random(f"{case['id']} {n}").shuffle(shuffled)
        orders.append((f"shuffle-{n + 1}", shuffled))
    return orders
