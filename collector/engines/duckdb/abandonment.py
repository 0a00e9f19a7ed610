"""Abandonment: SQL brings each person's or session's events in order; `collector.reports` judges them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from collector.engines.duckdb.matching import Parameters, matcher
from collector.engines.duckdb.statements import statement
from collector.engines.duckdb.view import View
from collector.reports.abandonment import FIELD, SUBMIT, SUCCESS, VIEW, Filling, Visit, Walk, checkout, form, pages
from collector.reports.answer import Answer
from collector.reports.carts import STATES, Cart, Deed, Limits, by_label, carts, figures
from collector.reports.questions import Abandonment
from collector.reports.spec import filled
from collector.reports.statistics import ratio

_HOUR = 3_600_000
_PERSON = "coalesce(p.person, 'anon:' || e.visitor)"
_SESSION = "c.stream || ' ' || c.island || ' ' || c.part"
_LABELS = {"source": "s.utm", "device": "coalesce(s.device, json_extract_string(e.props, '$.device'))", None: "NULL"}


def abandonment(view: View, asked: Abandonment) -> Answer:
    """Answer for carts, a checkout, a form or pages."""
    view.persons(asked.identity, asked.erase, asked.frozen)
    if asked.type != "cart" or asked.method == "session" or asked.group_by:
        view.sessions(asked.session, list(asked.purchase))
    rows, totals = {"cart": _carts, "checkout": _checkout, "form": _form, "page": _pages}[asked.type](view, asked)
    columns = list(rows[0]) if rows else ["state"]
    return Answer("abandonment", filled(asked), columns, rows, totals, _notes(totals), view.data())


def _carts(view: View, asked: Abandonment) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    idle = asked.idle or _HOUR
    whole = asked.method == "session"
    limits = Limits(idle, None if whole else asked.recover, asked.idle_from, view.now)
    found: list[Cart] = []
    orders = alone = 0
    for deeds in _deeds(view, asked):
        listed, without = carts(deeds, limits)
        found += [cart for cart in listed if view.start <= cart.opened < view.stop]
        orders += sum(deed.kind == "purchase" and view.start <= deed.t < view.stop for deed in deeds)
        alone += without
    totals = figures(found, alone if whole else 0) | {"orders": orders, "orders_without_cart": alone}
    if asked.method == "ratio":
        share = ratio(len(found) - orders, len(found))
        totals |= {"rate": share, "rate_net": share, "rate_gross": share}
    if asked.group_by:
        totals["groups"] = by_label(found)
    values: dict[str, float] = dict.fromkeys(STATES, 0.0)
    for cart in found:
        values[cart.state] += float(cart.order if cart.order is not None else cart.left)
    single = len({cart.currency for cart in found}) <= 1
    rows = [{"state": state, "carts": totals[state], "value": values[state] if single else None} for state in STATES]
    return rows, totals


def _deeds(view: View, asked: Abandonment) -> Iterator[list[Deed]]:
    """Each person's (or visit's) events in order, of those who ever had a cart or bought."""
    joins = "LEFT JOIN person p USING (seq)"
    if asked.method == "session" or asked.group_by:
        joins += (
            " JOIN cut c USING (seq) LEFT JOIN session s ON (s.stream, s.island, s.part) = (c.stream, c.island, c.part)"
        )
    unit = _SESSION if asked.method == "session" else _PERSON
    sql = statement("deeds").replace("{unit}", unit).replace("{joins}", joins)
    sql = sql.replace("{label}", _LABELS[asked.group_by])
    bound: dict[str, object] = {
        name: list(getattr(asked, name)) for name in ("add", "remove", "touch", "purchase")
    }  # fmt: skip
    rows = chain.from_iterable(view.chunks(sql, bound))
    for _, listed in groupby(rows, key=itemgetter(0)):
        yield [
            Deed(t, kind, path, label, article, _number(quantity), _number(price), _number(value), currency)
            for _, t, kind, path, label, article, quantity, price, value, currency in listed
        ]


def _number(text: str | None) -> Decimal | None:
    try:
        number = Decimal(text) if text is not None else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _checkout(view: View, asked: Abandonment) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    bound = Parameters()
    steps = [matcher(step, bound, f"steps[{n}]") for n, step in enumerate(asked.steps)]
    mask = " + ".join(f"CASE WHEN {text} THEN {1 << n}::BIGINT ELSE 0 END" for n, text in enumerate(steps))
    done = matcher(asked.complete, bound, "complete")
    columns, where = f"{mask} AS mask, {done} AS done", " OR ".join([*steps, done])
    walks = (
        Walk([(row[2], row[3]) for row in rows], running)
        for rows, running in _sessions(view, asked, columns, where, bound.values)
    )
    totals = checkout(walks, len(asked.steps))
    rows = [
        {
            "step": n + 1,
            "label": step.label or step.name or step.path or step.regex or f"step {n + 1}",
            "reached": totals["reached"][n],
            "abandoned": totals["abandoned_at"][n],
            "rate": totals["step_rate"][n],
        }
        for n, step in enumerate(asked.steps)
    ]
    return rows, totals


def _form(view: View, asked: Abandonment) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    bound: dict[str, object] = {"form": asked.form, "names": [VIEW, FIELD, SUBMIT, SUCCESS]}
    columns = "e.name, json_extract_string(e.props, '$.field') AS field, json_extract_string(e.props, '$.form') AS form"
    where = (
        "e.name IN (SELECT unnest($names::VARCHAR[])) "
        "AND ($form IS NULL OR json_extract_string(e.props, '$.form') = $form)"
    )
    totals = form(
        Filling([(row[2], row[3]) for row in rows if row[4] == name], running)
        for rows, running in _sessions(view, asked, columns, where, bound)
        for name in dict.fromkeys(row[4] for row in rows)
    )
    rows = [
        {
            "field": field,
            "touched": n,
            "last": totals["last_field"].get(field, 0),
            "drop": totals["field_drop"][field],
            "returned": totals["returned"].get(field, 0),
        }
        for field, n in sorted(totals["touched"].items(), key=lambda item: (-item[1], item[0]))
    ]
    return rows, totals


def _pages(view: View, asked: Abandonment) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    columns, where = "e.path, s.entry, s.exit, s.bounced", "e.name = 'page_view' AND e.path IS NOT NULL"
    found = pages(
        Visit(rows[0][3], rows[0][4], frozenset(row[2] for row in rows), rows[0][5], running)
        for rows, running in _sessions(view, asked, columns, where, {})
    )
    rows = [{"page": page, **entry} for page, entry in found.items() if asked.path in (None, page)][: asked.limit]
    totals: dict[str, Any] = {
        "pages": found,
        "exits": {page: one["exits"] for page, one in found.items() if one["exits"]},
    }
    if asked.path is not None:
        totals |= found.get(asked.path, {})
    return rows, totals


def _sessions(
    view: View, asked: Abandonment, columns: str, where: str, bound: dict[str, object]
) -> Iterator[tuple[list[tuple[Any, ...]], bool]]:
    """Per session that began in the range: its rows in order, and whether it is still running."""
    idle = asked.idle or asked.session.timeout or view.site.session_timeout
    sql = statement("session_events").replace("{columns}", columns).replace("{where}", where)
    values = bound | {"from": view.start, "to": view.stop}
    for _, listed in groupby(chain.from_iterable(view.chunks(sql, values)), key=itemgetter(0)):
        rows = list(listed)
        yield rows, view.now - rows[0][1] < idle


def _notes(totals: dict[str, Any]) -> list[str]:
    running = totals.get("open", 0)
    notes = [f"{running} are still open: they are in no rate"] if running else []
    if "purchased" in totals and len(totals["value_lost_by_currency"]) > 1:
        notes.append("value_lost is missing: carts are in several currencies; see value_lost_by_currency")
    return notes
