"""Who is behind the devices: persons, the links that made them, and what was left out."""

from __future__ import annotations

from collector.engines.duckdb.kinship import explained
from collector.engines.duckdb.view import View
from collector.identity import SPECIAL
from collector.reports.answer import Answer
from collector.reports.caution import guessed
from collector.reports.questions import Persons
from collector.reports.remark import Remark, remark
from collector.reports.spec import filled
from collector.reports.statistics import ratio

_SHARED = "SELECT count(*) AS n FROM known WHERE shared"
_COLUMNS = ("person", "devices", "events", "first", "last")


def persons(view: View, asked: Persons) -> Answer:
    """One row per person, most events first. Totals tell how many were known, and what could not be decided."""
    if asked.explain is not None:
        told, _, signs = view.stitched(asked.rule, asked.erase, asked.frozen)
        return explained(view, asked, signs, told)
    found = view.persons(asked.rule, asked.erase, asked.frozen, each=False, told=asked.events)
    texts = {"key": view.key(), "owner": view.key("visitor"), "special": str(tuple(SPECIAL))}
    texts |= {"from": str(view.start), "to": str(view.stop)}
    view.ask_by("persons", texts)
    rows = view.ask_by("persons_shown", texts, limit=asked.limit, others=asked.limit - 1)
    ids = _told(view, [row["person"] for row in rows]) if asked.events else {}
    for row in rows:
        row["ids"] = ids.get(row["person"])
    every = view.ask("persons_totals")[0]
    guesses = view.guesses()["ambiguous"]
    totals = {
        **every,
        "refused": _ids(view, found.told.refused) if found else [],
        "erased": _ids(view, found.erased, special=False) if found else [],
        "ambiguous": guesses,
        "ambiguous_ids": _ids(view, found.told.ambiguous, special=False) if found and asked.events else None,
        "ambiguous_share": ratio(guesses, every["events"]),
        "shared_devices": len(found.told.shared) if found else view.rows(_SHARED)[0]["n"],
    }
    columns = [*_COLUMNS, "ids"] if asked.events else list(_COLUMNS)
    return Answer("persons", filled(asked), columns, rows, totals, _notes(asked, totals), view.data())


def _told(view: View, persons: list[str]) -> dict[str, list[str]]:
    """The ids of these persons' events."""
    return {row["person"]: row["ids"] for row in view.ask("persons_ids", special=list(SPECIAL), persons=persons)}


def _ids(view: View, seqs: list[int], special: bool = True) -> list[str]:
    """The ids of these events, in order of time, with or without `$reset`, `$alias` and `$merge`."""
    view.see("asked")
    sql = "SELECT id, name FROM asked WHERE seq IN (SELECT unnest($seqs::BIGINT[])) ORDER BY t, page_seq, id"
    return [row["id"] for row in view.rows(sql, seqs=seqs) if special or row["name"] not in SPECIAL]


def _notes(asked: Persons, totals: dict[str, object]) -> list[Remark]:
    return [remark("rule_frozen" if asked.frozen else "rule", rule=asked.rule), *guessed(totals)]
