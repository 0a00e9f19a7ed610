"""What columns and totals of reports are called by those who read them, where a table says it in words.

Files, the API and English tables have the names themselves. A name that is not here is one of the site's: a field that
somebody asked for.
"""

from __future__ import annotations

from typing import Final

from collector.reports.parts import mark

HEADINGS: Final[dict[str, str]] = {
    "day": mark("Day"), "visitors": mark("Visitors"), "sessions": mark("Sessions"), "page_views": mark("Page views"),
    "pageviews": mark("Page views"), "events": mark("Events"), "purchases": mark("Purchases"),
    "bounce_rate": mark("Bounce rate"), "engagement_rate": mark("Engagement rate"),
    "avg_duration_ms": mark("Average duration"), "duration_ms": mark("Duration"), "start": mark("Start"),
    "entry": mark("Entry page"), "exit": mark("Exit page"), "source": mark("Source"), "medium": mark("Medium"),
    "campaign": mark("Campaign"), "channel": mark("Channel"), "device": mark("Device"), "browser": mark("Browser"),
    "country": mark("Country"), "referrer": mark("Referrer"), "path": mark("Page"), "views": mark("Views"),
    "entrances": mark("Entrances"), "exits": mark("Exits"), "exit_rate": mark("Exit rate"),
    "bounces": mark("Bounces"), "avg_time_ms": mark("Average time"), "timed": mark("Measured"),
    "converted": mark("Converted"), "conversions": mark("Conversions"), "conversion_rate": mark("Conversion rate"),
    "step": mark("Step"), "label": mark("Name"), "reached": mark("Reached"), "dropped": mark("Lost"),
    "rate_total": mark("Total rate"), "rate_step": mark("Step rate"), "step_rate": mark("Step rates"),
    "low": mark("At least"), "high": mark("At most"), "p50_ms": mark("Median"), "p90_ms": mark("9 in 10"),
    "mean_ms": mark("Mean"), "revenue": mark("Revenue"), "state": mark("Basis"), "currency": mark("Currency"),
    "carts": mark("Carts"), "value": mark("Value"), "credit": mark("Credit"), "assisted": mark("Assisted"),
    "last": mark("Last"), "first": mark("First"), "assist_ratio": mark("Assist ratio"), "journey": mark("Journey"),
    "share": mark("Share"), "ended": mark("Ended"), "person": mark("Person"), "persons": mark("Persons"),
    "devices": mark("Devices"), "event": mark("Event"), "outcome": mark("Outcome"), "reason": mark("Reason"),
    "n": mark("Events"), "policy": mark("Notice"), "receipts": mark("Receipts"), "finding": mark("Finding"),
    "field": mark("Field"), "nearest": mark("Closest match"), "code": mark("Code"), "target": mark("Target"),
    "parameter": mark("Parameter"), "expected": mark("In the link"), "clicks": mark("Clicks"), "score": mark("Score"),
    "abandoned": mark("Abandoned"), "rate": mark("Rate"), "next": mark("Next"), "touched": mark("Touched"),
    "drop": mark("Given up"), "returned": mark("Returned"), "hesitation_ms": mark("Hesitation"),
    "time_ms": mark("Time"), "time": mark("Time"), "times": mark("Times by step"), "page": mark("Page"),
    "touches": mark("Touches"), "days_p50": mark("Days, median"), "days_p90": mark("Days, 9 in 10"),
    "cost": mark("Cost"), "cpa": mark("CPA"), "roas": mark("ROAS"), "roi": mark("ROI"), "ids": mark("Ids"),
    "at": mark("At"), "gap_ms": mark("After"), "entered": mark("Entered"), "pending": mark("Pending"),
    "rate_closed": mark("Rate of those whose time is up"), "counts": mark("Counts"), "ambiguous": mark("Ambiguous"),
    "ambiguous_share": mark("Ambiguous share"), "open": mark("Open"), "purchased": mark("Purchased"),
    "recovered": mark("Recovered"), "lost": mark("Missing"), "emptied": mark("Emptied"), "closed": mark("Closed"),
    "rate_net": mark("Net rate"), "rate_gross": mark("Gross rate"), "rate_low": mark("Rate, at least"),
    "rate_high": mark("Rate, at most"), "recovery_rate": mark("Recovery rate"), "value_lost": mark("Value lost"),
    "value_recovered": mark("Value recovered"), "value_lost_by_currency": mark("Value lost by currency"),
    "value_recovered_by_currency": mark("Value recovered by currency"), "left_to": mark("Left to"),
    "purchased_within": mark("Purchased within"), "orders": mark("Orders"),
    "orders_without_cart": mark("Orders without a cart"), "paths": mark("Paths"),
    "one_touch_share": mark("Share of one touch"), "days_to_convert": mark("Days to convert"),
    "currencies": mark("Currencies"), "shown": mark("Shown"), "known": mark("Known"), "refused": mark("Refused"),
    "erased": mark("Erased"), "ambiguous_ids": mark("Ambiguous ids"), "shared_devices": mark("Shared devices"),
    "received": mark("Received"), "settled": mark("Settled"), "balanced": mark("Balanced"),
    "tags_on_internal_links": mark("Tags on internal links"), "granted": mark("Granted"),
    "withdrawn": mark("Withdrawn"), "withdrawal_rate": mark("Withdrawal rate"), "consented": mark("Consented"),
    "consented_share": mark("Consented share"), "without_consent": mark("Without consent"),
    "session_rate": mark("Share of sessions with a grant"), "days": mark("Days"), "unassigned": mark("Unassigned"),
    "unassigned_rate": mark("Unassigned rate"), "tagged": mark("Tagged"), "outside": mark("Not in the dictionary"),
    "spelling": mark("Spelt differently"), "near_duplicate": mark("Nearly the same"), "macro": mark("Placeholders"),
    "internal": mark("Tags inside the site"), "unissued": mark("Without an issued link"),
    "lost_all": mark("Lost all parameters"), "dictionary": mark("Dictionary"),
    "page_views_in_sessions": mark("Page views in sessions"), "engaged_sessions": mark("Engaged sessions"),
    "sessions_with_duration": mark("Sessions with a duration"), "groups": mark("Groups"), "trend": mark("Trend"),
    "compare": mark("Comparison"), "units": mark("Units"), "never_entered": mark("Never entered"),
    "completed": mark("Completed"), "abandoned_at": mark("Abandoned at"), "next_pages": mark("Next pages"),
    "starters": mark("Starters"), "failed_submit": mark("Failed to submit"), "abandon_rate": mark("Abandonment rate"),
    "start_rate": mark("Start rate"), "last_field": mark("Last field"), "field_drop": mark("Given up by field"),
    "hesitation": mark("Hesitation"), "pages": mark("Pages"), "removal_effect": mark("Removal effect"),
    "unit": mark("Unit"), "depth": mark("Depth"), "stop": mark("Stop"), "pending_until": mark("Pending until"),
    "complete": mark("Complete"), "delta_pp": mark("Difference, in points"), "relative": mark("Relative"),
    "low_pp": mark("At least, in points"), "high_pp": mark("At most, in points"),
}  # fmt: skip
# of one report, where the same name means something else
_OWN: Final[dict[tuple[str, str], str]] = {
    ("abandonment", "state"): mark("State"), ("attribution", "path"): mark("Path"),
    ("quality", "dropped"): mark("Dropped"), ("consent", "dropped"): mark("Dropped"),
}  # fmt: skip


def heading(report: str, name: str) -> str:
    """The English title of a column or total; empty if there is none."""
    return _OWN.get((report, name)) or HEADINGS.get(name, "")
