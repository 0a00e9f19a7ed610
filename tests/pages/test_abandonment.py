"""The page of abandonment: what is left in carts and where, as the report says it, by currency and by group."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from collector.pages.carts import STATES, moneys
from collector.pages.words import words
from tests.conftest import command
from tests.pages.place import TRAP, Place
from tests.pages.test_funnels import panel, tables

SAID = words("en")


def shown(place: Place, query: str, *specs: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The page, and what the report says at that moment: time passes, and a cart may become too old in between."""
    before: list[dict[str, Any]] = []
    html = ""
    for _ in range(20):
        after = [place.ask("abandonment", spec) for spec in specs]
        same = [{"rows": one["rows"], "totals": one["totals"]} for one in after]
        if before == same:
            return html, after
        before, html = same, place.get(f"/sites/shop/abandonment?{query}").text
    raise AssertionError("the report never said the same twice")


def worth(rows: list[dict[str, Any]], *states: str) -> dict[str, float]:
    """The sums by currency that somebody makes of the rows."""
    sums: dict[str, float] = {}
    for row in rows:
        if row["state"] in states and row["carts"]:
            sums[row["currency"]] = sums.get(row["currency"], 0) + row["value"]
    return sums


def values(html: str, figure: str) -> list[str]:
    part = html.partition(f'data-figure="{figure}"')[2].partition("</li>")[0]
    return [unescape(value) for value in re.findall(r'<p class="value[^"]*">(.*?)</p>', part)]


def test_carts_are_those_of_the_report(place: Place) -> None:
    html, (found,) = shown(place, "range=all", {})
    html, totals = panel(html, "carts"), found["totals"]
    assert totals["closed"] > 0
    assert values(html, "rate") == [SAID.percent(totals["rate_net"])]
    assert "an hour" in html.partition("Purchased within")[2]
    assert "within an hour" not in html
    assert values(html, "lost") == moneys(SAID, totals["value_lost_by_currency"])
    assert values(html, "recovered") == [SAID.percent(totals["recovery_rate"])]
    assert {"EUR"} < {row["currency"] for row in found["rows"] if row["carts"]} <= {"EUR", "CHF", "GBP"}
    assert [row[:3] for row in tables(html)[0]] == [
        [SAID(title), SAID.number(totals[state]), ", ".join(moneys(SAID, worth(found["rows"], state)))]
        for state, title in STATES.items()
    ]
    assert tables(html)[0][-2][1:] == ["0", "–"]  # nobody empties a cart: nothing to be worth something
    for share in totals["purchased_within"].values():
        assert f">{SAID.percent(share)}</span>" in html


def test_carts_by_campaign_have_their_sums_by_currency_in_every_form(place: Place) -> None:
    spec = {"group_by": "campaign", "now": place.now}
    sent = {"Authorization": f"Bearer {place.token}"}
    url = f"{place.server.url}/api/sites/shop/reports/abandonment"
    csv_, table = (httpx2.post(f"{url}?format={kind}", content=json.dumps(spec), headers=sent, timeout=120).text
                   for kind in ("csv", "table"))  # fmt: skip
    set_ = [part for name, value in spec.items() for part in ("--set", f"{name}={value}")]
    said = command(place.server.data, "report", "abandonment", "--site", "shop", *set_, "--format", "csv")
    assert said == csv_
    groups = place.ask("abandonment", spec)["totals"]["groups"]
    lines = list(csv.DictReader(io.StringIO(csv_)))
    assert list(lines[0]) == ["campaign", "state", "currency", "carts", "value"]
    for name, totals in groups.items():
        rows: list[dict[str, Any]] = [
            {**row, "carts": int(row["carts"]), "value": float(row["value"])}
            for row in lines if row["campaign"] == name
        ]  # fmt: skip
        assert worth(rows, "abandoned", "lost") == pytest.approx(totals["value_lost_by_currency"])
        assert worth(rows, "recovered") == pytest.approx(totals["value_recovered_by_currency"])
        assert sum(row["carts"] for row in rows) == totals["carts"]
    assert re.search(r" lost +EUR +\d+ +\d+\.\d\d$", table, re.MULTILINE)


@pytest.mark.parametrize("group", ["campaign", "device"])
def test_the_group_that_lost_most_stands_first(place: Place, group: str) -> None:
    html, (found,) = shown(place, f"range=all&group={group}", {"group_by": group})
    html, totals = panel(html, "by"), found["totals"]
    lost = totals["value_lost_by_currency"]
    currency = max(lost, key=lambda name: (lost[name], name))
    amounts = {name: one["value_lost_by_currency"].get(currency, 0) for name, one in totals["groups"].items()}
    rows = tables(html)[0]
    assert sorted(amounts.values(), reverse=True) == [amounts["(none)" if row[0] == "–" else row[0]] for row in rows]
    most = max(amount for name, amount in amounts.items() if name != "(none)")
    worst = [name for name, amount in amounts.items() if amount == most and name != "(none)"]
    said = {f"In {currency}, most was lost by {name}: {SAID.money(most, currency)}." for name in worst}
    assert any(sentence in unescape(html) for sentence in said)
    assert currency in {"EUR", "CHF", "GBP"}


def test_where_mobile_visitors_leave_the_checkout_is_seen_without_naming_its_steps(place: Place) -> None:
    steps = [{"path": f"/*/{path}"} for path in ("cart", "checkout/address", "checkout/shipping", "checkout/payment")]
    asked = {"type": "checkout", "steps": steps}
    html, (found,) = shown(place, "range=all", {**asked, "group_by": "device"})
    rows, html = found["rows"], panel(html, "checkout")
    listed = [row[1:5] for row in tables(html)[1] if row[0] == "mobile"]
    assert listed == [
        [f"{row['step']}. {row['label']}", SAID.number(row["reached"]), SAID.number(row["abandoned"]),
         SAID.percent(row["rate"])]
        for row in rows if row["device"] == "mobile"
    ]  # fmt: skip
    assert len(listed) == 4
    whole, labels = place.ask("abandonment", asked)["totals"], {row["step"]: row["label"] for row in rows}
    assert f"{SAID.number(whole['closed'])} sessions came to {labels[1]} or a later step, with an empty cart" in html
    where = {"session_where": [["device", "eq", "mobile"]]}
    only, (found,) = shown(place, "range=all&where=device:mobile", {**asked, **where})
    assert [row[1] for row in tables(panel(only, "checkout"))[0]] == [
        SAID.number(row["reached"]) for row in found["rows"]
    ]


def test_steps_of_ones_own_and_what_nobody_did(place: Place) -> None:
    html, (found,) = shown(place, "range=all&step=/*/cart&step=purchase", {"type": "page", "limit": 15})
    assert [row[0] for row in tables(panel(html, "checkout"))[0]] == ["1. /*/cart", "2. purchase"]
    assert [row[:2] for row in tables(panel(html, "pages"))[0]] == [
        [row["page"], SAID.number(row["sessions"])] for row in found["rows"]
    ]
    empty = place.get("/sites/shop/abandonment?from=2001-01-01&to=2001-01-02").text
    assert "No cart in this period." in panel(empty, "carts")
    assert "looks like a cart" in panel(empty, "checkout")
    assert "No form was touched" in panel(empty, "forms")


def test_hostile_fields_of_forms_are_text(place: Place) -> None:
    html = place.get(f"/sites/trap/abandonment?range=all&group={quote(TRAP)}&step={quote('/' + TRAP)}").text
    assert "<img src=x" not in html
    assert "<script>" not in html
