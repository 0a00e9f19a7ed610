"""What reports say of their own answers, by the code of each remark: the sentences of pages and of other languages.

A pair of sentences is about `n` things, in the singular and the plural. Values of a remark are put in by name; those of
`WHAT` are counted things themselves.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from collector.reports.parts import mark

Said: TypeAlias = str | tuple[str, str]


def many(one: str, several: str) -> tuple[str, str]:
    """The pair itself, marked as `mark` does."""
    return one, several


NOTES: Final[dict[str, Said]] = {
    "few": mark("Only %(what)s: too few to compare rates."),
    "thin": mark("Rows that rest on fewer than %(least)s %(what)s: %(n)s of %(all)s. Their rates say little."),
    "guessed": many(
        "%(n)s event went to an earlier user of a device that had been silent since.",
        "%(n)s events went to an earlier user of a device that had been silent since.",
    ),
    "pending": many(
        "%(n)s is still inside its window: rate_closed leaves it out.",
        "%(n)s are still inside their window: rate_closed leaves them out.",
    ),
    "open_funnel": mark(
        "An open funnel counts everyone who did a step, wherever they entered; there is no rate over the first step."
    ),
    "groups_overlap": mark("Some are in several groups: these do not add up to the total."),
    "clipped": many(
        "%(n)s had more than %(most)s events that fit: what came later was not looked at.",
        "%(n)s had more than %(most)s events each that fit: what came later was not looked at.",
    ),
    "groups_folded": mark("%(n)s groups: all but the %(most)s largest are (other)."),
    "nameless": many(
        "%(n)s event came without consent: its visitor is known for a day, how many there were cannot be.",
        "%(n)s events came without consent: their visitors are known for a day, how many cannot be.",
    ),
    "left_out": many(
        "%(n)s event came without consent and is not counted here: whose it is is known for a day only.",
        "%(n)s events came without consent and are not counted here: whose they are is known for a day only.",
    ),
    "assumed": many(
        "%(n)s event from before a grant is taken to be of who gave it, for network and browser.",
        "%(n)s events from before a grant are taken to be of who gave it, for network and browser.",
    ),
    "still_open": many("%(n)s is still open: it is in no rate.", "%(n)s are still open: they are in no rate."),
    "currencies": mark(
        "The worth of what was left has no sum: carts are in several currencies. value_lost_by_currency has each."
    ),
    "no_steps": mark("No page looks like a cart or a checkout: name the steps."),
    "model": many(
        "Conversions go to touches by the model %(model)s, %(n)s day back.",
        "Conversions go to touches by the model %(model)s, %(n)s days back.",
    ),
    "values_missing": mark("Values are missing: conversions are in %(currencies)s. Name one as currency."),
    "few_for_model": mark(
        "Models of whole sets of paths want %(least)s conversions: with fewer they are mostly chance."
    ),
    "association": mark(
        "The Markov model says what goes together, not what causes what; few conversions make it noise."
    ),
    "repeats": many("%(n)s repeat of an order id was left out.", "%(n)s repeats of an order id were left out."),
    "bounce": mark("A bounce is a session of one event."),
    "limited": mark("%(n)s of %(all)s sessions are in these rows."),
    "rule": mark("Persons by the rule %(rule)s."),
    "rule_frozen": mark("Persons by the rule %(rule)s, with the links known at the end of the range."),
    "reached_all": mark("Every step was reached."),
    "stopped": mark("Step %(step)s (%(label)s) was not reached. %(why)s"),
    "first_only": mark("Only the first %(most)s events were looked at."),
    "no_dictionary": mark("No dictionary: set [utm] dictionary to hold names against it."),
    "more_rows": many("%(n)s more row.", "%(n)s more rows."),
    "unseen": mark("Who refuses or does not answer leaves no trace here: the share who grant cannot be known."),
    "dropped_days": mark("What was dropped is counted in events by UTC day, not in visitors."),
}

WHAT: Final[dict[str, tuple[str, str]]] = {  # what a remark counts
    "sessions": many("%(n)s session", "%(n)s sessions"),
    "entrances": many("%(n)s entrance", "%(n)s entrances"),
    "conversions": many("%(n)s conversion", "%(n)s conversions"),
    "closed carts": many("%(n)s closed cart", "%(n)s closed carts"),
    "checkouts": many("%(n)s checkout", "%(n)s checkouts"),
    "starters": many("%(n)s starter", "%(n)s starters"),
    "entered": many("%(n)s entry", "%(n)s entries"),
    "grants": many("%(n)s grant", "%(n)s grants"),
}
THINGS: Final[dict[str, str]] = {  # the same without a number
    "sessions": mark("sessions"), "entrances": mark("entrances"), "conversions": mark("conversions"),
    "closed carts": mark("closed carts"), "checkouts": mark("checkouts"), "starters": mark("starters"),
    "entered": mark("entries"),
}  # fmt: skip

WHY: Final[dict[str, str]] = {  # why somebody came no further in a funnel
    "never": mark("The next step never came."),
    "pending": mark("The window is still open: the next step may come."),
    "window": mark("The next step came too late, after the window."),
    "order": mark("The steps came in another order."),
    "neighbours": mark("Other events came between the steps."),
    "ties": mark("The steps fell into one moment."),
    "entry": mark("Only the first entry counts."),
    "hold": mark("The values that must agree differ or are missing."),
    "session": mark("The next step came in another visit."),
    "condition": mark("The entry does not meet the conditions."),
    "range": mark("The next step lies outside the period."),
    "filter": mark("The next step is filtered out."),
    "exclusion": mark("An excluded event came in between."),
    "several": mark("Several rules stand in the way."),
}
