"""From a hit to an event, or to the reason why not: pure, no clock, no server, no database.

    consent    may it be looked at?           headers and the envelope only
    validate   sizes, types, clocks           a fault names the field and what was expected
    minimise   what may be kept of it         the only function that sees both sides

`salvage` takes a broken batch apart; `location`, `mask`, `agents`, `bots` and `country` serve minimise.
"""

from __future__ import annotations

from collector.event import Drop, Event, Hit, Site
from collector.intake import consent, minimise, validate

__all__ = ["admit", "consent", "minimise", "validate"]


def admit(hit: Hit, site: Site) -> Event | Drop:
    """The whole intake of one event. Never raises on what a sender can send; keeps no reference to the hit."""
    sender = hit.sender
    reason = consent.refusal(site.profile, sender.receipt, sender.objection)
    if reason is not None:
        return Drop(reason)
    return validate.fault_of(hit) or minimise.event(hit, site)
