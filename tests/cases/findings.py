"""A report's answer under the names that cases expect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.cases.rows import Names

Answer = dict[str, Any]
_OF_PAGES = ("sessions", "exits", "entrances", "bounces", "exit_rate", "bounce_rate")


def findings(kind: str, answer: Answer, names: Names, expected: Answer) -> dict[str, Any]:
    """What a case of this kind may expect. A table may ask for a list of ids or for their number, for money in all or
    by currency, a page's figures by page or a figure's pages, and may list channels that have no credit."""
    found = _KINDS[kind](answer, names)
    for key, wanted in expected.items():
        if isinstance(found.get(key), list) and isinstance(wanted, int) and not isinstance(wanted, bool):
            found[key] = len(found[key])
        elif isinstance(wanted, dict) and f"{key}_by_currency" in found:
            found[key] = found[f"{key}_by_currency"]
        elif isinstance(wanted, dict) and key in _OF_PAGES and "pages" in found:
            found[key] = {page: one[key] for page, one in found["pages"].items() if page in wanted or one[key]}
        elif isinstance(wanted, dict) and key == "credit":
            found[key] = {channel: 0 for channel, credit in wanted.items() if credit == 0} | found[key]
    return found


def _sessions(answer: Answer, names: Names) -> dict[str, Any]:
    rows = [
        {**row, "visitor": names.original(row["visitor"]), "id": names.original(row["session"])}
        for row in answer["rows"]
    ]
    return answer["totals"] | {"sessions": rows}


def _stitching(answer: Answer, names: Names) -> dict[str, Any]:
    totals = answer["totals"]
    persons = {names.original(row["person"]): list(map(names.original, row["ids"])) for row in answer["rows"]}
    told = {key: list(map(names.original, totals[key])) for key in ("refused", "erased", "ambiguous_ids")}
    return totals | told | {"persons": persons, "ambiguous": told["ambiguous_ids"]}


def _funnel(answer: Answer, names: Names) -> dict[str, Any]:
    totals = answer["totals"]
    depth = {names.original(unit).removeprefix("anon:"): n for unit, n in totals.get("units", {}).items()}
    spans = totals["times"]
    times = {"steps": [_span(span) for span in spans["steps"]], "total": _span(spans["total"])}
    return totals | {"depth": depth, "times": times} | _compared(totals)


def _compared(totals: dict[str, Any]) -> dict[str, Any]:
    """The difference of two rates as such too, not only in points of a hundred."""
    said = totals.get("compare")
    if not said:
        return {}
    delta, *interval = (None if said[key] is None else said[key] / 100 for key in ("delta_pp", "low_pp", "high_pp"))
    return {"compare": said | {"delta": delta, "interval": interval}}


def _span(span: dict[str, Any]) -> dict[str, Any]:
    return span | {name.removesuffix("_ms"): value for name, value in span.items()}


def _attribution(answer: Answer, _: Names) -> dict[str, Any]:
    totals = dict(answer["totals"])
    effect = totals.get("removal_effect")
    return totals | dict.fromkeys(("removal", "removal_effects"), effect) if effect is not None else totals


def _plain(answer: Answer, _: Names) -> dict[str, Any]:
    return dict(answer["totals"])


_KINDS: dict[str, Callable[[Answer, Names], dict[str, Any]]] = {
    "sessions": _sessions,
    "stitching": _stitching,
    "funnel": _funnel,
    "abandonment": _plain,
    "attribution": _attribution,
    "journeys": _plain,
}
