"""What a reader must know beside the figures: sentences with a code and values, so that a page can say them in its
reader's language."""

from __future__ import annotations

from typing import Any, Final

# A code is for good: pages, translations and other people's programs know it. The values are named in the braces.
SENTENCES: Final[dict[str, str | tuple[str, str]]] = {  # a pair: of one thing, of several
    "few": "only {n} {what}: too few to compare rates",
    "thin": "{n} of {all} rows have fewer than {least} {what}: their rates say little",
    "guessed": (
        "{n} event went to an earlier user of a device that had been silent since",
        "{n} events went to an earlier user of a device that had been silent since",
    ),
    "pending": (
        "{n} is still inside its window: see rate_closed",
        "{n} are still inside their window: see rate_closed",
    ),
    "open_funnel": "open funnel: everyone who did a step, wherever they entered; there is no rate over the first step",
    "groups_overlap": "a unit may be in several groups: they do not add up to the total",
    "clipped": (
        "{n} had more than {most} events that fit: what came later was not looked at",
        "{n} had more than {most} events each that fit: what came later was not looked at",
    ),
    "groups_folded": "{n} groups: all but the {most} largest are (other)",
    "nameless": (
        "{n} event came without consent, whose visitor is known for one day: "
        "how many visitors there were in all cannot be known",
        "{n} events came without consent, whose visitors are known for one day: "
        "how many visitors there were in all cannot be known",
    ),
    "left_out": (
        "{n} event came without consent and is left out: whose it is is known for one day only",
        "{n} events came without consent and are left out: whose they are is known for one day only",
    ),
    "assumed": (
        "{n} event from before a grant is taken to be of the visitor who gave it, because network, browser "
        "and visit are the same: it may be of another person behind the same address",
        "{n} events from before a grant are taken to be of the visitor who gave it, because network, browser "
        "and visit are the same: another person behind the same address may be among them",
    ),
    "still_open": ("{n} is still open: it is in no rate", "{n} are still open: they are in no rate"),
    "currencies": "value_lost is missing: carts are in several currencies; see value_lost_by_currency",
    "no_steps": "no page looks like a cart or a checkout: name the steps",
    "model": (
        "conversions go to touches by the model {model}, {days} day back",
        "conversions go to touches by the model {model}, {days} days back",
    ),
    "values_missing": "values are missing: conversions are in {currencies}; name one as currency",
    "few_for_model": "models of whole sets of paths want {least} conversions: with fewer they are mostly chance",
    "association": "removal effects say what goes together, not what causes what; few conversions make them noise",
    "repeats": ("{n} repeat of an order id was left out", "{n} repeats of an order id were left out"),
    "bounce": "bounce_rate is classic: one event",
    "limited": "{n} of {all} {what} are in these rows: raise limit to see more",
    "rule": "persons by the rule {rule}",
    "rule_frozen": "persons by the rule {rule}, links as known at the end of the range",
    "reached_all": "every step was reached",
    "stopped": "{says}",
    "first_only": "only the first {most} events were looked at",
    "no_dictionary": "no dictionary: set [utm] dictionary to hold names against it",
    "more_rows": ("{n} more row", "{n} more rows"),
    "unseen": "who refuses or does not answer leaves no trace here: the share of visitors who grant cannot be known",
    "dropped_days": "dropped are events by UTC day, not visitors",
}


class Remark(str):
    """A sentence, as programs and terminals read it, with its `code` and `values`."""

    code: str
    values: dict[str, Any]

    __slots__ = ("code", "values")

    def said(self, sentence: str) -> Remark:
        """The same in other words."""
        told = Remark(sentence)
        told.code, told.values = self.code, self.values
        return told


def remark(name: str, /, **values: Any) -> Remark:
    """The sentence of the code `name` with its values put in."""
    said = SENTENCES[name]
    sentence = said if isinstance(said, str) else said[values.get("n", values.get("days")) != 1]
    told = Remark(sentence.format(**values))
    told.code, told.values = name, values
    return told
