"""What brought a visit: tags and referrer → source, medium, campaign and channel.

Order: utm and the families mapped on it, then the click id, then the referrer, then direct.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from . import registry, sources
from .channel import DIRECT, NONE, NOT_SET, Facts, RuleSet, channel, rule_set
from .query import Tags


class Touch(NamedTuple):
    """Source and medium are lower-case; the campaign keeps its case (None: no campaign).

    `rule`: why the visit is in this channel, in words; `number`: the place of that rule in its set, 0 where none
    decided.
    """

    source: str
    medium: str
    campaign: str | None
    channel: str
    rule: str
    number: int = 0


class Origin(NamedTuple):
    """Source, medium and campaign before channels, and the step that told: utm, click id, referrer, own host,
    payment return or direct."""

    source: str
    medium: str
    campaign: str | None
    step: str
    category: str = ""


def classify(
    tags: Tags,
    referrer_host: str | None,
    referrer_path: str | None = None,
    own_hosts: Collection[str] = (),
    rules: str | RuleSet = "ga4",
) -> Touch:
    """The touch of a visit that began with `tags` and that referrer.

    A link without medium takes the one of its paid click id, or ai-assistant from an assistant's source. A
    campaign id stands in for a missing campaign name. A page shown by an AMP cache is itself. A referrer on an own
    host (or below one) or on a payment page is Direct; tags still win over it: whether a tag on an internal link counts
    is the session's question, not this one's. Raises ValueError for an unknown rule set.
    """
    chosen = rule_set(rules)
    origin = resolve(seen(tags, chosen), referrer_host, referrer_path, own_hosts)
    known = _kind(sources.named(origin.source)) if not origin.category and origin.source != DIRECT else None
    facts = Facts(
        source=origin.source,
        medium=origin.medium,
        campaign=(origin.campaign or "").lower(),
        name=known.name if known else origin.source,
        category=known.category if known else origin.category,
        click_id=tags.click_id or "",
        tagged=bool(origin.campaign),
        said=origin.step == "utm",
    )
    label, why, number = channel(facts, chosen)
    if origin.step in ("own host", "payment return"):
        why, number = f"referrer: {origin.step}", 0
    return Touch(origin.source, origin.medium, origin.campaign, label, why, number)


def seen(tags: Tags, rules: RuleSet) -> Tags:
    """The tags as far as `rules` let them tell the source."""
    return tags if rules.clicks or not tags.click_id else tags._replace(click_id=None)


def resolve(
    tags: Tags, referrer_host: str | None, referrer_path: str | None = None, own_hosts: Collection[str] = ()
) -> Origin:
    """Where a visit came from, without its channel. See `classify`."""
    click = registry.CLICK_IDS.get(tags.click_id or "")
    if tags.source or tags.medium or tags.campaign or tags.id:
        return _tagged(tags, click)
    referrer = _referrer(referrer_host, referrer_path, own_hosts)
    # fbclid stands on links opened from Instagram too: where the id proves little, a known referrer knows
    # better.
    if click and not (click.evidence == "unknown" and referrer.category == "social"):
        return Origin(click.source, click.medium or NOT_SET, None, "click id")
    return referrer


def _tagged(tags: Tags, click: registry.ClickId | None) -> Origin:
    source = (tags.source or (click.source if click else NOT_SET)).lower()
    medium = (tags.medium or "").lower()
    if not medium and click and click.evidence == "paid":
        medium = click.medium
    if not medium and (known := sources.named(source)) and known.category == "ai-assistant":
        medium = known.medium
    return Origin(source, medium or NOT_SET, tags.campaign or tags.id, "utm")


def _referrer(host: str | None, path: str | None, own_hosts: Collection[str]) -> Origin:
    if not host:
        return Origin(DIRECT, NONE, None, "direct")
    host = sources.bare_host(host)
    host, path = sources.amp_page(host, path) or (host, path)
    if sources.is_own(host, [sources.bare_host(own) for own in own_hosts]):
        return Origin(DIRECT, NONE, None, "own host")
    known = _kind(sources.find(host, path))
    if known is None:
        return Origin(host, "referral", None, "referrer")
    if known.category == "payment":
        return Origin(DIRECT, NONE, None, "payment return")
    return Origin(known.name, known.medium, None, "referrer", known.category)


def _kind(known: sources.Source | None) -> sources.Source | None:
    """The source, if it says what kind of visit it sends; a report shows any other under its own host."""
    return known if known and known.category != "unknown" else None
