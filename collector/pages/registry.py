"""Every page of the dashboard, in the order of its navigation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from collector.pages import (
    abandonment,
    attribution,
    audit,
    builder,
    campaigns,
    consent,
    funnels,
    journeys,
    links,
    live,
    overview,
    quality,
    settings,
)
from collector.pages.panel import Page
from collector.pages.words import mark

PAGES_SHARED: Final = ("overview", "campaigns", "audit", "funnels", "abandonment", "journeys", "attribution", "consent",
                       "quality")  # fmt: skip
PAGES: Final[Mapping[str, Page]] = {
    page.name: page
    for page in (
        Page("overview", mark("Overview"), overview.PANELS, own=("figure",), compared=True),
        Page("campaigns", mark("Campaigns"), campaigns.PANELS, compared=True),
        Page("audit", mark("Link audit"), audit.PANELS, compared=True),
        Page("funnels", mark("Funnels"), funnels.PANELS, own=builder.OWN, compared=True),
        Page("abandonment", mark("Abandonment"), abandonment.PANELS, own=abandonment.OWN, compared=True),
        Page("journeys", mark("Journeys"), journeys.PANELS, own=journeys.OWN, compared=True),
        Page("attribution", mark("Attribution"), attribution.PANELS, own=attribution.OWN, compared=True),
        Page("links", mark("Links"), links.PANELS, own=links.OWN, segmented=False),
        Page("consent", mark("Consent"), consent.PANELS, segmented=False, compared=True),
        Page("quality", mark("Data quality"), quality.PANELS, segmented=False, compared=True),
        Page("live", mark("Live"), live.PANELS, ranged=False),
        Page("settings", mark("Settings"), settings.PANELS, ranged=False),
    )
}  # fmt: skip
