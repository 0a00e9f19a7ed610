"""Every page of the dashboard, in the order of its navigation. `links` is drawn by its own script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from collector.pages import builder, funnels, overview
from collector.pages.panel import Page
from collector.pages.words import mark

PAGES: Final[Mapping[str, Page]] = {
    page.name: page
    for page in (
        Page("overview", mark("Overview"), overview.PANELS, own=("figure",)),
        Page("funnels", mark("Funnels"), funnels.PANELS, own=builder.OWN),
    )
}  # fmt: skip
