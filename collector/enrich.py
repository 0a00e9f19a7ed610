"""What a kept event means under today's dictionary: its touch (source, medium, campaign, channel) and its session tag.

A pure function of the event's own fields and the site, applied when a segment is sealed and to the tail when it is
read: a corrected dictionary corrects history as soon as the segments are made anew.
"""

from __future__ import annotations

from typing import NamedTuple

from collector.event import Site
from collector.utm import Tags, classify


class Trace(NamedTuple):
    """The fields of an event that tell where its visitor came from; equal traces are enriched once."""

    source: str | None
    medium: str | None
    campaign: str | None
    click_id: str | None
    referrer_host: str | None
    referrer_path: str | None


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


def enrich(trace: Trace, site: Site) -> Enriched:
    """Classify one trace. A referrer on one of the site's own hosts is not a source."""
    own = trace.referrer_host is not None and trace.referrer_host in site.hosts
    tagged = any((trace.source, trace.medium, trace.campaign))
    tags = Tags(
        None if own else trace.source,
        None if own else trace.medium,
        None if own else trace.campaign,
        None,
        None,
        None,
        (),
        None if own else trace.click_id,
    )
    touch = classify(tags, None if own else trace.referrer_host, None if own else trace.referrer_path)
    return Enriched(
        touch.source,
        touch.medium,
        touch.campaign,
        touch.channel,
        folded(trace) if tagged and not own else None,
        tagged and own,
    )


def folded(trace: Trace) -> str:
    """The campaign as sessions compare it: source, medium and campaign, trimmed and in lower case."""
    return "\x1f".join((value or "").strip().lower() for value in trace[:3])
