"""Channel rule sets: tables of conditions, first match wins.

`ga4`        Google Analytics 4's manual-traffic rules, in its order, with the AI Assistant channel of May
             2026. Rules that need an account link (ad network types, engines) cannot be told from a link and
             are not here.
`plausible`  the same skeleton with paid `…ads` sources, AI assistants and newsletters by source, and Referral
             for the rest.
`matomo`     types of referrer: campaign, AI assistant, social network, search engine, website, direct entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

DIRECT: Final = "(direct)"
NONE: Final = "(none)"
NOT_SET: Final = "(not set)"


class Facts(NamedTuple):
    """What the rules look at; text is lower-case and trimmed.

    `name`: the canonical name of the source where it is a known one ("facebook" for "fb" and
    "l.facebook.com").
    `category`: search, social, video, shopping, email, ai-assistant … or "" for an unknown source.
    `tagged`: whether the link carried campaign parameters.
    """

    source: str
    medium: str
    campaign: str = ""
    name: str = ""
    category: str = ""
    click_id: str = ""
    tagged: bool = False


class Rule(NamedTuple):
    """A channel, why it applies, and the test."""

    channel: str
    why: str
    test: Callable[[Facts], bool]


_PAID: Final = re.compile(r".*cp.*|ppc|retargeting|paid.*", re.DOTALL)
_SHOP: Final = re.compile(r".*(([^a-df-z]|^)shop|shopping).*", re.DOTALL)
_EMAIL: Final = frozenset({"email", "e-mail", "e_mail", "e mail"})
_DISPLAY: Final = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
_SOCIAL: Final = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
_LINKS: Final = frozenset({"referral", "app", "link"})
_ADS: Final = re.compile(r"(?:.*[^a-z])?(?:ads?|adwords)|(?:fb|ig|yt|facebook|google|bing|tiktok|linkedin)ads?")


def is_paid(medium: str) -> bool:
    """Whether GA4 takes the lower-case `medium` for paid: contains "cp", is ppc or retargeting, starts with
    "paid"."""
    return bool(_PAID.fullmatch(medium))


def is_shop(campaign: str) -> bool:
    """Whether GA4 reads shopping into the lower-case `campaign` ("eshop", "coffeeshop"; not "workshop")."""
    return bool(_SHOP.fullmatch(campaign))


def _shopping(f: Facts) -> bool:
    return f.category == "shopping" or is_shop(f.campaign)


def _mobile_push(f: Facts) -> bool:
    return f.medium.endswith("push") or "mobile" in f.medium or "notification" in f.medium or f.source == "firebase"


# "organic shopping" is the medium this toolkit gives a click on a free product listing (srsltid); GA4 has no
# such medium.
_ORGANIC_SHOPPING: Final = "organic shopping"


def _skeleton(paid: Callable[[Facts], bool]) -> tuple[Rule, ...]:
    """Rules 2 to 12, which the first two sets share, for a notion of paid."""
    return (
        Rule("Cross-network", "campaign contains cross-network", lambda f: "cross-network" in f.campaign),
        Rule("Paid Shopping", "shopping source or campaign, paid medium", lambda f: _shopping(f) and paid(f)),
        Rule("Paid Search", "search source, paid medium", lambda f: f.category == "search" and paid(f)),
        Rule("Paid Social", "social source, paid medium", lambda f: f.category == "social" and paid(f)),
        Rule("Paid Video", "video source, paid medium", lambda f: f.category == "video" and paid(f)),
        Rule("Display", "display medium", lambda f: f.medium in _DISPLAY),
        Rule("Paid Other", "paid medium", paid),
        Rule(
            "Organic Shopping",
            "shopping source or campaign",
            lambda f: _shopping(f) or f.medium == _ORGANIC_SHOPPING,
        ),
        Rule("Organic Social", "social source", lambda f: f.category == "social"),
        Rule("Organic Social", "social medium", lambda f: f.medium in _SOCIAL),
        Rule("Organic Video", "video source or medium", lambda f: f.category == "video" or "video" in f.medium),
    )


def _organic_search(f: Facts) -> bool:
    return f.category == "search" or f.medium == "organic"


_GA4: Final = (
    Rule("Direct", "no source, no medium", lambda f: f.source == DIRECT and f.medium in (NONE, NOT_SET)),
    *_skeleton(lambda f: is_paid(f.medium)),
    Rule("Organic Search", "search source or organic medium", _organic_search),
    Rule("AI Assistant", "medium is ai-assistant", lambda f: f.medium == "ai-assistant"),
    Rule("Referral", "referral, app or link medium", lambda f: f.medium in _LINKS),
    Rule("Email", "email source or medium", lambda f: f.source in _EMAIL or f.medium in _EMAIL),
    Rule("Affiliates", "medium is affiliate", lambda f: f.medium == "affiliate"),
    Rule("Audio", "medium is audio", lambda f: f.medium == "audio"),
    Rule("SMS", "sms source or medium", lambda f: "sms" in (f.source, f.medium)),
    Rule("Mobile Push Notifications", "push, mobile or notification medium", _mobile_push),
)


def _paid_anyhow(f: Facts) -> bool:
    """Paid by medium, by an advertising source ("yt-ads") or by the click id of the engine itself."""
    engine = {"gclid": "google", "msclkid": "bing"}.get(f.click_id)
    return is_paid(f.medium) or bool(_ADS.fullmatch(f.source)) or (engine is not None and engine == f.name)


def _letter(f: Facts) -> bool:
    return f.category == "email" or bool(_EMAIL & {f.source, f.medium}) or "newsletter" in (f.source, f.medium)


_PLAUSIBLE: Final = (
    *_skeleton(_paid_anyhow),
    Rule("AI Assistants", "AI assistant source", lambda f: f.category == "ai-assistant"),
    Rule("Organic Search", "search source or organic medium", _organic_search),
    Rule("Email", "e-mail source or medium, newsletter", _letter),
    Rule("Affiliates", "medium is affiliate", lambda f: f.medium == "affiliate"),
    Rule("Audio", "medium is audio", lambda f: f.medium == "audio"),
    Rule("SMS", "sms source or medium", lambda f: "sms" in (f.source, f.medium)),
    Rule("Mobile Push Notifications", "push, mobile or notification medium", _mobile_push),
    Rule("Direct", "no source", lambda f: f.source in (DIRECT, NOT_SET)),
    Rule("Referral", "any other source", lambda _: True),
)

_MATOMO: Final = (
    Rule("Campaigns", "campaign parameters", lambda f: f.tagged),
    Rule("AI Assistants", "AI assistant referrer", lambda f: f.category == "ai-assistant"),
    Rule("Social Networks", "social network referrer", lambda f: f.category in ("social", "video")),
    Rule("Search Engines", "search engine referrer", lambda f: f.category == "search"),
    Rule("Direct Entry", "no referrer", lambda f: f.source in (DIRECT, NOT_SET)),
    Rule("Websites", "any other referrer", lambda _: True),
)

RULE_SETS: Final[dict[str, tuple[Rule, ...]]] = {"ga4": _GA4, "plausible": _PLAUSIBLE, "matomo": _MATOMO}
"""Rule set → its rules in order."""


def channel(facts: Facts, rules: str = "ga4") -> tuple[str, str]:
    """The channel of `facts` under the rule set `rules`, and why: ("Paid Search", "search source, paid
    medium").

    ("Unassigned", "no rule matched") where the set has no catch-all. Raises ValueError for an unknown rule
    set.
    """
    if rules not in RULE_SETS:
        raise ValueError(f"rules must be one of {', '.join(RULE_SETS)}, not {rules!r}")
    for rule in RULE_SETS[rules]:
        if rule.test(facts):
            return rule.channel, rule.why
    return "Unassigned", "no rule matched"
