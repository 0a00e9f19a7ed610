"""What the demo shop sells. The texts are in pages/fr.json and pages/en.json, under the article's number."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

LANGUAGES: Final = ("fr", "en")
CATEGORIES: Final = ("tea", "teaware", "travel")


class Article(NamedTuple):
    """One article: `sku` is its last path segment and the name of its drawing; `price` is in euro."""

    sku: str
    category: str
    price: Decimal


ARTICLES: Final = (
    Article("morning-sencha", "tea", Decimal("12.50")),
    Article("smoked-oolong", "tea", Decimal("16.90")),
    Article("blue-earl-grey", "tea", Decimal("11.00")),
    Article("stoneware-teapot", "teaware", Decimal("58.00")),
    Article("pair-of-cups", "teaware", Decimal("34.00")),
    Article("tea-caddy", "teaware", Decimal("27.00")),
    Article("walking-flask", "travel", Decimal("39.00")),
    Article("mesh-infuser", "travel", Decimal("14.50")),
    Article("camp-kettle", "travel", Decimal("46.00")),
)
SHIPPING: Final = {"relay": Decimal("3.90"), "home": Decimal("5.90")}

# The funnel that the shop is made for. `/*` is the home page in either language: all others lie deeper.
FUNNEL: Final = {
    "steps": [
        {"name": "page_view", "path": "/*", "label": "home"},
        {"name": "page_view", "path": "/*/product/*", "label": "product"},
        {"name": "page_view", "path": "/*/cart", "label": "cart"},
        {"name": "page_view", "path": "/*/checkout/address", "label": "checkout"},
        {"name": "purchase", "label": "purchase"},
    ],
    "window": "7d",
}
