"""Abandonment: SQL brings each person's or session's events in order; `collector.reports` judges them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import chain, groupby
from operator import itemgetter
from sys import intern
from typing import Any

import duckdb
import msgspec
import orjson

from collector.engines.duckdb.matching import Parameters, matcher, sessions_asked
from collector.engines.duckdb.statements import filled_in, statement
from collector.engines.duckdb.view import View
from collector.reports.abandonment import (
    FIELD,
    SUBMIT,
    SUCCESS,
    VIEW,
    Filling,
    Visit,
    Walk,
    by_interval,
    by_label,
    checkout,
    form,
    pages,
)  # fmt: skip
from collector.reports.answer import Answer
from collector.reports.buckets import Buckets
from collector.reports.carts import KINDS, Cart, Deed, Limits, by_state, carts, figures, labelled
from collector.reports.caution import few, guessed, thin
from collector.reports.funnel import label
from collector.reports.parts import Matcher
from collector.reports.questions import Abandonment
from collector.reports.remark import Remark, remark
from collector.reports.spec import filled
from collector.reports.statistics import ratio

_HOUR = 3_600_000
_CART = 240  # bytes of this process that a cart takes while all are gathered, beside what DuckDB has
_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_SESSION = "e.number"
_LABELS = {
    "source": "s.utm",
    "medium": "s.utm_medium",
    "campaign": "s.utm_campaign",
    "channel": "s.channel",
    "device": "coalesce(s.device, json_extract_string(e.props, '$.device'))",
    "browser": "s.browser",
    "country": "s.country",
    None: "NULL",
}


def abandonment(view: View, asked: Abandonment) -> Answer:
    """Answer for carts, a checkout, a form or pages."""
    view.persons(asked.identity, asked.erase, asked.frozen, each=False)
    if asked.type != "cart" or asked.method == "session" or asked.group_by or asked.session_where:
        view.sessions(asked.session, list(asked.purchase))
    if asked.type == "checkout" and not asked.steps:
        asked = msgspec.structs.replace(asked, steps=_steps(view, asked))
    rows, totals = {"cart": _carts, "checkout": _checkout, "form": _form, "page": _pages}[asked.type](view, asked)
    if asked.type == "cart" and asked.method != "session":
        totals |= view.guesses()
    columns = list(rows[0]) if rows else ["state"]
    return Answer("abandonment", filled(asked), columns, rows, totals, _notes(asked, totals), view.data())


def _carts(view: View, asked: Abandonment) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    idle = _idle(view, asked)
    whole = asked.method == "session"
    limits = Limits(idle, None if whole else asked.recover, asked.idle_from, view.now)
    found: list[Cart] = []
    orders = alone = 0
    for deeds in _deeds(view, asked):
        listed, without = carts(deeds, limits)
        found += [cart._replace(worth=_worth(tuple(cart.worth.items()))) for cart in listed if cart.wanted]
        orders += sum(deed.wanted and deed.kind == "purchase" for deed in deeds)
        alone += without
    totals = figures(found, alone if whole else 0) | {"orders": orders, "orders_without_cart": alone}
    totals |= _trend(view, asked, found, lambda cart: cart.opened, figures)
    if asked.method == "ratio":
        share = ratio(len(found) - orders, len(found))
        totals |= {"rate": share, "rate_net": share, "rate_gross": share}
    rows = by_state(found, totals)
    if asked.group_by:
        groups = labelled(found)
        totals["groups"] = groups
        own = {label: [cart for cart in found if cart.label == label] for label in groups}
        rows = [{asked.group_by: label, **row} for label, one in groups.items() for row in by_state(own[label], one)]
    return rows, totals


def _trend(
    view: View,
    asked: Abandonment,
    found: list[Any],
    when: Callable[[Any], int],
    judge: Callable[[Iterable[Any]], dict[str, Any]],
) -> dict[str, Any]:
    """The figures by interval. One is `complete` once everything that began in it has its final state: a cart may be
    bought until it is lost."""
    if asked.trend is None:
        return {}
    buckets = Buckets(asked.trend.interval, view.zone(asked.trend.tz_offset_min))
    stop = None if asked.range.stop is None else min(asked.range.stop, view.now + 1)
    listed = by_interval(found, when, judge, buckets, (asked.range.start, stop))
    after = _idle(view, asked)
    if asked.type == "cart":
        after = after if asked.method == "session" else max(after, asked.recover)
    return {"trend": [one | {"complete": buckets.after(one["start"]) + after <= view.now} for one in listed]}


def _idle(view: View, asked: Abandonment) -> int:
    """How long after the last sign somebody has left (ms)."""
    return asked.idle or (_HOUR if asked.type == "cart" else asked.session.timeout or view.site.session_timeout)


def _deeds(view: View, asked: Abandonment) -> Iterator[list[Deed]]:
    """Each person's (or visit's) events in order, of those who ever had a cart or bought: all that matter to it."""
    events, (unit, joins) = "events", _person(view)
    if asked.method == "session" or asked.group_by or asked.session_where:
        events, joins = "sessioned", f"{joins} LEFT JOIN session s USING (number)"
    bound = Parameters()
    texts = {
        "unit": _SESSION if asked.method == "session" else unit,
        "joins": joins,
        "events": events,
        "id": "e.id" if view.rows("SELECT 1 FROM events WHERE uuid IS NULL LIMIT 1") else "e.uuid",
        "label": _LABELS[asked.group_by],
        "asked": f"e.t >= {view.start} AND e.t < {view.stop} AND {sessions_asked(asked.session_where, bound)}",
    }
    bound.values |= {name: list(getattr(asked, name)) for name in ("add", "remove", "touch", "purchase")}
    view.rows(filled_in("buyers", texts), **bound.values)
    with beside(view, view.rows("SELECT coalesce(sum(adds), 0)::BIGINT AS n FROM buyer")[0]["n"]):
        rows = chain.from_iterable(view.chunks(filled_in("deeds", texts), bound.values))
        for _, listed in groupby(rows, key=itemgetter(0)):
            yield [_deed(row) for row in listed]


@contextmanager
def beside(view: View, carts: int) -> Iterator[None]:
    """DuckDB has the memory that so many carts leave it (there is at most one for each article that was put into one),
    and at least half; all of it if it holds more and cannot spill, in a data folder that may only be read."""
    said = view.rows("SELECT current_setting('memory_limit') AS most")[0]["most"]
    number, unit = said.split()
    most = float(number) * _UNITS[unit]
    with suppress(duckdb.IOException, duckdb.OutOfMemoryException):
        view.rows(f"SET memory_limit = '{max(most / 2, most - carts * _CART):.0f}B'")
    try:
        yield
    finally:
        view.rows(f"SET memory_limit = '{most:.0f}B'")


def _person(view: View) -> tuple[str, str]:
    """A person's 64 bits as an expression on an event `e`, and the joins that it needs."""
    if not view.known.linked:
        return view.key(), ""
    view.rows(filled_in("linked", {"key": view.key("visitor")}))
    joins = f"LEFT JOIN linked l ON l.key = {view.key()}"
    unit = f"coalesce(l.unit, {view.key()})"
    if view.known.tangled:
        return f"CASE WHEN l.tangled THEN hash(p.person, 1) ELSE {unit} END", f"{joins} LEFT JOIN person p USING (seq)"
    return unit, joins


def _deed(row: tuple[Any, ...]) -> Deed:
    _, t, kind, path, label, wanted, said = row
    path = path and intern(path)  # carts keep them, and many the same
    if said is None:
        return Deed(t, KINDS[kind], path, label, wanted=wanted)
    article, quantity, price, value, currency = orjson.loads(said)
    money = _number(quantity), _number(price), _number(value), currency and intern(currency)
    return Deed(t, KINDS[kind], path, label, article, *money, wanted)


@lru_cache(10_000)  # what many carts are worth is kept once: half of what a cart takes
def _worth(sums: tuple[tuple[str, Decimal], ...]) -> Mapping[str, Decimal]:
    return dict(sums)


@lru_cache(10_000)  # a number that many carts have is kept once
def _number(text: str | None) -> Decimal | None:
    try:
        number = Decimal(text) if text is not None else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _steps(view: View, asked: Abandonment) -> tuple[Matcher, ...]:
    """A checkout's steps, where nobody named them: the pages whose paths say so."""
    bound = Parameters()
    sql = statement("checkout_pages").replace("{asked}", sessions_asked(asked.session_where, bound))
    rows = view.rows(sql, **bound.values, **{"from": view.start, "to": view.stop})
    return tuple(Matcher(path=row["path"]) for row in rows)


def _checkout(view: View, asked: Abandonment) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    bound = Parameters()
    steps = [matcher(step, bound, f"steps[{n}]") for n, step in enumerate(asked.steps)]
    mask = (
        " + ".join(f"CASE WHEN {text} THEN {1 << n}::BIGINT ELSE 0 END" for n, text in enumerate(steps)) or "0::BIGINT"
    )
    done = matcher(asked.complete, bound, "complete")
    columns = f"{mask} AS mask, {done} AS done, CASE WHEN e.name = 'page_view' THEN e.path END AS page"
    begun = " OR ".join([*steps, done])
    within = f"e.number IN (SELECT e.number FROM sessioned e WHERE {begun})"
    where = f"{begun} OR (e.name = 'page_view' AND {within})"
    walks = [Walk([row[2:5] for row in rows], *told) for rows, told in _sessions(view, asked, columns, where, bound)]

    def judged(some: Iterable[Walk]) -> dict[str, Any]:
        return checkout(some, len(asked.steps))

    def told(totals: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {
                "step": n + 1,
                "label": label(step, n),
                "reached": totals["reached"][n],
                "abandoned": totals["abandoned_at"][n],
                "rate": totals["step_rate"][n],
                "next": next(iter(totals["next_pages"][n]), None),
            }
            for n, step in enumerate(asked.steps)
        ]

    return _grouped(view, asked, walks, judged, told)


def _form(view: View, asked: Abandonment) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    bound = Parameters()
    bound.values |= {"form": asked.form, "names": [VIEW, FIELD, SUBMIT, SUCCESS]}
    columns = (
        f"e.name, CASE WHEN e.name = '{FIELD}' THEN json_extract_string(e.props, '$.field') END AS field, "
        "json_extract_string(e.props, '$.form') AS form, e.t"
    )
    where = (
        "e.name IN (SELECT unnest($names::VARCHAR[])) "
        "AND ($form IS NULL OR json_extract_string(e.props, '$.form') = $form)"
    )
    fillings = [
        Filling([(row[2], row[3], row[5]) for row in rows if row[4] == name], *told)
        for rows, told in _sessions(view, asked, columns, where, bound)
        for name in dict.fromkeys(row[4] for row in rows)
    ]
    return _grouped(view, asked, fillings, form, _fields)


def _fields(totals: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "field": field,
            "touched": n,
            "last": totals["last_field"].get(field, 0),
            "drop": totals["field_drop"][field],
            "returned": totals["returned"].get(field, 0),
            "hesitation_ms": totals["hesitation"][field]["p50_ms"],
            "time_ms": totals["time"][field]["p50_ms"],
        }
        for field, n in sorted(totals["touched"].items(), key=lambda item: (-item[1], item[0]))
    ]


def _pages(view: View, asked: Abandonment) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    columns, where = "e.path, s.entry, s.exit, s.bounced", "e.name = 'page_view' AND e.path IS NOT NULL"
    visits = [
        Visit(rows[0][3], rows[0][4], frozenset(row[2] for row in rows), rows[0][5], *told)
        for rows, told in _sessions(view, asked, columns, where, Parameters())
    ]

    def judged(some: Iterable[Visit]) -> dict[str, Any]:
        found = pages(some)
        exits = {page: one["exits"] for page, one in found.items() if one["exits"]}
        return {"pages": found, "exits": exits} | (found.get(asked.path, {}) if asked.path is not None else {})

    def told(totals: dict[str, Any]) -> list[dict[str, Any]]:
        listed = [{"page": page, **one} for page, one in totals["pages"].items() if asked.path in (None, page)]
        return listed[: asked.limit]

    return _grouped(view, asked, visits, judged, told)


def _grouped(
    view: View,
    asked: Abandonment,
    found: list[Any],
    judge: Callable[[Iterable[Any]], dict[str, Any]],
    rows: Callable[[dict[str, Any]], list[dict[str, Any]]],
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows and totals of all; where the question groups, rows by label."""
    totals = judge(found) | _trend(view, asked, found, lambda one: one.start, judge)
    if asked.group_by is None:
        return rows(totals), totals
    groups = by_label(found, judge)
    listed = [{asked.group_by: label, **row} for label, group in groups.items() for row in rows(group)]
    return listed, totals | {"groups": groups}


def _sessions(
    view: View, asked: Abandonment, columns: str, where: str, bound: Parameters
) -> Iterator[tuple[list[tuple[Any, ...]], tuple[bool, str | None, int]]]:
    """Per session that began in the range: its rows in order; whether it is still running, its label, its start."""
    idle = _idle(view, asked)
    columns += f", s.start, {_LABELS[asked.group_by]} AS label"
    sql = statement("session_events").replace("{columns}", columns).replace("{where}", where)
    sql = sql.replace("{asked}", sessions_asked(asked.session_where, bound))
    values = bound.values | {"from": view.start, "to": view.stop}
    for _, listed in groupby(chain.from_iterable(view.chunks(sql, values)), key=itemgetter(0)):
        rows = list(listed)
        yield rows, (view.now - rows[0][1] < idle, rows[0][-1], rows[0][-2])


def _notes(asked: Abandonment, totals: dict[str, Any]) -> list[Remark]:
    running = totals.get("open", 0)
    notes = [remark("still_open", n=running)] if running else []
    if "purchased" in totals and len(totals["value_lost_by_currency"]) > 1:
        notes.append(remark("currencies"))
    if asked.type == "checkout" and not asked.steps:
        notes.append(remark("no_steps"))
    whole = {"cart": "closed", "checkout": "closed", "form": "starters", "page": "sessions"}[asked.type]
    what = {"cart": "closed carts", "checkout": "checkouts", "form": "starters", "page": "sessions"}[asked.type]
    groups = list(totals.get("pages" if asked.type == "page" else "groups", {}).values())
    most = totals.get(whole) or max((one.get(whole, 0) for one in groups), default=0)
    notes += few(most, what)
    return notes + guessed(totals) + thin([{whole: one.get(whole, 0)} for one in groups], whole, what)
