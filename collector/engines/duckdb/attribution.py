"""Attribution: SQL finds touches, conversions and leads of persons; `collector.reports.attribution` does the rest."""

from __future__ import annotations

from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from collector.engines.duckdb.matching import Parameters, condition, sessions_asked
from collector.engines.duckdb.statements import filled_in, statement
from collector.engines.duckdb.view import View
from collector.reports import attribution as answers
from collector.reports.answer import Answer
from collector.reports.attribution import SETS, Books, Conversion, Person
from collector.reports.caution import few, guessed
from collector.reports.models import Touch
from collector.reports.parts import SpecError
from collector.reports.questions import Attribution
from collector.reports.remark import Remark, remark
from collector.reports.spec import filled

_TAGGED = (
    "coalesce(nullif(lower(trim({s})), ''), '(not set)') || '/' || coalesce(nullif(lower(trim({m})), ''), '(none)')"
)
_LABELS = {
    "source": "CASE WHEN {tag} IS NOT NULL THEN " + _TAGGED + " WHEN {ts} = '(direct)' THEN 'direct' "
    "WHEN {ref} IS NOT NULL AND NOT {click} THEN 'ref:' || {ref} ELSE {ts} || '/' || {tm} END",
    "source_medium": "CASE WHEN {ts} = '(direct)' THEN 'direct' ELSE {ts} || ' / ' || {tm} END",
    "channel": "CASE WHEN {channel} = 'Direct' THEN 'direct' ELSE {channel} END",
}

_PART = 250_000  # touches of which paths are made at once
_ENOUGH = 300  # a month, by the usual floor of data-driven models


def attribution(view: View, asked: Attribution) -> Answer:
    """One row per channel."""
    books = Books(asked)
    notes = [remark("model", model=asked.model, days=asked.lookback // 86_400_000)]
    currencies: list[str] = []
    if asked.paths is None:
        currencies = [row["currency"] for row in view.ask("currencies", conversion=asked.conversion)]
        notes += _gathered(view, asked, books, currencies)
    found = answers.totals(books) | (view.guesses() | {"currencies": currencies} if asked.paths is None else {})
    notes += guessed(found)
    listed = answers.rows(books, found)
    columns = list(listed[0]) if listed else ["channel", "credit", "value"]
    notes += few(round(found["conversions"]), "conversions")
    if asked.model in SETS and found["conversions"] < _ENOUGH:
        notes.append(remark("few_for_model", least=_ENOUGH))
    if asked.model == "markov":
        notes.append(remark("association"))
    if books.repeated:
        notes.append(remark("repeats", n=books.repeated))
    return Answer("attribution", filled(asked), columns, listed, found, notes, view.data())


def _gathered(view: View, asked: Attribution, books: Books, currencies: list[str]) -> list[Remark]:
    """Fill the books; returns what is to be said about money."""
    view.persons(asked.identity, asked.erase, asked.frozen, each=False)
    view.sessions(asked.session, [asked.conversion])
    currency = asked.currency or (currencies[0] if len(currencies) == 1 else None)
    if asked.currency is not None and currencies and asked.currency not in currencies:
        raise SpecError("currency", "%(field)s: expected one of %(names)s", names=", ".join(currencies))
    bound = Parameters()
    where = " AND ".join(condition(one, bound, "conversion_where") for one in asked.conversion_where) or "true"
    events = "events e"
    if asked.session_where:
        events = "sessioned e LEFT JOIN session s USING (number)"
        where += f" AND {sessions_asked(asked.session_where, bound)}"
    if not view.made("outcomes"):
        named = {name: getattr(asked, name) for name in ("conversion", "refund", "lead")}
        view.rows(statement("owners"))
        outcomes = filled_in("outcomes", {"events": events, "where": where})
        view.rows(outcomes, **bound.values, **named, currency=currency or "")
    _credited(view, asked, books)
    if len(currencies) > 1 and asked.currency is None:
        return [remark("values_missing", currencies=", ".join(currencies))]
    return []


def _credited(view: View, asked: Attribution, books: Books) -> None:
    """The touches of who converted, and the paths of all others where the model looks at them."""
    whole = asked.model in SETS
    touches = {"touches": _touches(asked), "whose": "" if whole else "SEMI JOIN winner USING (unit)"}
    if not view.made("touched", whole):
        view.rows(filled_in("touched", touches))
    rows = chain.from_iterable(view.chunks(statement("attribution"), {}))
    for _, listed in groupby(rows, key=itemgetter(0)):
        books.add(_person(list(listed)), view.start, view.stop)
    if not whole:
        return
    parts = 1 + view.rows("SELECT count(*) AS n FROM touched")[0]["n"] // _PART
    bound = {"since": view.start - asked.lookback, "to": view.stop, "parts": parts}
    for part in range(parts):
        for block in view.chunks(statement("lost"), bound | {"part": part}):
            for path, n in block:
                books.lose(path, n)


def _touches(asked: Attribution) -> str:
    """The touches of devices (who, t, seq, label), by session or by event."""
    if asked.touch == "event":
        label = _label(asked.by, "e.", "e.source", "e.medium", "e.touch_source", "e.touch_medium", "e.referrer_host")
        return (
            f"SELECT md5_number_lower(e.visitor) AS who, e.t, e.seq, {label} AS label FROM events e "
            "WHERE e.name = 'page_view' AND (e.tag IS NOT NULL OR e.touch_source <> '(direct)')"
        )
    label = _label(asked.by, "s.", "s.utm", "s.utm_medium", "s.source", "s.medium", "s.referrer")
    return f"SELECT s.who, s.start AS t, s.first_seq AS seq, {label} AS label FROM session s"


def _label(by: str, table: str, source: str, medium: str, touch: str, touch_medium: str, referrer: str) -> str:
    """The channel of a touch as SQL."""
    names = {
        "tag": table + "tag", "s": source, "m": medium, "ts": touch, "tm": touch_medium, "ref": referrer,
        "channel": table + "channel", "click": f"({table}click_id IS NOT NULL)",
    }  # fmt: skip
    text = _LABELS[by]
    for name, expression in names.items():
        text = text.replace("{" + name + "}", expression)
    return text


def _person(rows: list[tuple[Any, ...]]) -> Person:
    person = Person([], [], [], [])
    for _, t, kind, label, value, order, again, returned in rows:
        if kind == "touch":
            person.touches.append(Touch(label, t))
        elif kind == "lead":
            person.leads.append(t)
        elif kind == "back":
            person.refunds.append(Conversion(t, float(value or 0), order))
        else:
            person.conversions.append(Conversion(t, float(value or 0), order, again, float(returned or 0)))
    return person
