"""From a hit to an event, or to the reason why not: pure, no clock, no server, no database.

    consent    may it be looked at?           headers and the envelope only; the rules are in profiles.json
    validate   sizes, types, clocks           a fault names the field and what was expected
    minimise   what may be kept of it         the only function that sees both sides
    exempt     the same without a grant       a reduced hit, minimised; one that says too much is dropped

`salvage` takes a broken batch apart; `location`, `mask`, `agents`, `bots` and `country` serve minimise.
"""

from __future__ import annotations

from collector.event import Drop, Event, Hit, Sender, Site
from collector.intake import consent, exempt, minimise, validate

__all__ = ["admit", "barred", "consent", "exempt", "minimise", "validate"]


def admit(hit: Hit, site: Site) -> Event | Drop:
    """The whole intake of one event. Never raises on what a sender can send; keeps no reference to the hit."""
    reason = barred(hit.sender, site)
    if reason is not None:
        return Drop(reason)
    fault = validate.fault_of(hit)
    if fault is not None:
        return fault
    reduced = consent.measure(site.profile, hit.sender.receipt) == "reduced"
    return exempt.event(hit, site) if reduced else minimise.event(hit, site)


def barred(sender: Sender, site: Site) -> str | None:
    """Why nothing of what this sender says may be read, or None if it may."""
    return consent.refusal(site.profile, sender.receipt, sender.objection) or consent.void(
        site, sender.receipt, sender.received, sender.sent_at
    )
