"""What a kept event means under today's dictionary: its touch (source, medium, campaign, channel) and its session tag.

A pure function of the event's own fields and the site, applied when a segment is sealed and to the tail when it is
read: a corrected dictionary corrects history as soon as the segments are made anew.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from collector.event import Site
from collector.utm import Dictionary, RuleSet, Tags, classify, read_dictionary


class Trace(NamedTuple):
    """The fields of an event that tell where its visitor came from; equal traces are enriched once."""

    source: str | None
    medium: str | None
    campaign: str | None
    campaign_id: str | None
    click_id: str | None
    referrer_host: str | None
    referrer_path: str | None


class Meaning(NamedTuple):
    """What names mean: the team's dictionary, and the rule set of channels."""

    dictionary: Dictionary | None = None
    rules: str | RuleSet = "ga4"


class Enriched(NamedTuple):
    """`tag` is what splits a session when it changes: the campaign, folded; None without one or on an internal link.

    `internal` marks a tag found on a link between the site's own pages: reported as a fault, ignored for sessions.
    """

    touch_source: str
    touch_medium: str
    touch_campaign: str | None
    channel: str
    tag: str | None
    internal: bool


@lru_cache(maxsize=4)
def meaning(dictionary: str, rules: str) -> Meaning:
    """The meaning of a dictionary's text ("": none) and the name of a rule set, "own" for the dictionary's.

    Raises ValueError with one sentence for a text that is no dictionary, and for "own" without rules in it.
    """
    book = read_dictionary(dictionary) if dictionary else None
    if rules != "own":
        return Meaning(book, rules)
    if book is None or book.channels is None:
        raise ValueError('rules = "own" needs a dictionary with [channels]')
    return Meaning(book, book.channels)


def enrich(trace: Trace, site: Site, means: Meaning = Meaning()) -> Enriched:  # noqa: B008  a constant
    """Classify one trace as `means` has it. A referrer on one of the site's own hosts is not a source."""
    own = trace.referrer_host is not None and trace.referrer_host in site.hosts
    said = Tags(trace.source, trace.medium, trace.campaign, id=trace.campaign_id, click_id=trace.click_id)
    tagged = any((said.source, said.medium, said.campaign, said.id))
    tags = Tags() if own else means.dictionary.apply(said) if means.dictionary else said
    host, path = (None, None) if own else (trace.referrer_host, trace.referrer_path)
    touch = classify(tags, host, path, rules=means.rules)
    return Enriched(
        touch.source,
        touch.medium,
        touch.campaign,
        touch.channel,
        folded(tags) if tagged and not own else None,
        tagged and own,
    )


def folded(tags: Tags) -> str:
    """The campaign as sessions compare it: source, medium and campaign (or its id), trimmed and in lower case."""
    values = (tags.source, tags.medium, tags.campaign or tags.id)
    return "\x1f".join((value or "").strip().lower() for value in values)
