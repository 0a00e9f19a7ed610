"""Channel rule sets: tables of conditions, first match wins.

`ga4`        Google Analytics 4's manual-traffic rules, in its order and with its own list of sources (`ga4.toml`), with
             the AI Assistant channel of May 2026. Rules that need an account link (ad network types, engines) cannot
             be told from a link and are not here.
`plausible`  the same skeleton with paid `…ads` sources, AI assistants and newsletters by source, and Referral
             for the rest.
`matomo`     types of referrer: campaign, AI assistant, social network, search engine, website, direct entry.

A team's own set comes out of its dictionary: see `own`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from . import sources

DIRECT: Final = "(direct)"
NONE: Final = "(none)"
NOT_SET: Final = "(not set)"


class Facts(NamedTuple):
    """What the rules look at; text is lower-case and trimmed.

    `name`: the canonical name of the source where it is a known one ("facebook" for "fb" and
    "l.facebook.com").
    `category`: search, social, video, shopping, email, ai-assistant … or "" for an unknown source.
    `tagged`: whether a campaign's name or id was told. `said`: whether the source was told by the link, so that a set's
    own list of names goes before what the toolkit knows of it.
    """

    source: str
    medium: str
    campaign: str = ""
    name: str = ""
    category: str = ""
    click_id: str = ""
    tagged: bool = False
    said: bool = True


class Rule(NamedTuple):
    """A channel, why it applies, and the test."""

    channel: str
    why: str
    test: Callable[[Facts], bool]


class RuleSet(NamedTuple):
    """A named set. `category`: what the set takes the source for, where that is not what the toolkit knows. `clicks`:
    whether a click id stands in for a missing source and medium; a rule may look at its name either way."""

    name: str
    rules: tuple[Rule, ...]
    category: Callable[[Facts], str] = lambda f: f.category
    clicks: bool = True


_PAID: Final = re.compile(r".*cp.*|ppc|retargeting|paid.*", re.DOTALL)
_SHOP: Final = re.compile(r".*(([^a-df-z]|^)shop|shopping).*", re.DOTALL)
_EMAIL: Final = frozenset({"email", "e-mail", "e_mail", "e mail"})
_DISPLAY: Final = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
_SOCIAL: Final = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
_LINKS: Final = frozenset({"referral", "app", "link"})
_ADS: Final = re.compile(
    r"(?P<whose>(?:.*[^a-z])?)(?:ads?|adwords)|(?P<name>fb|ig|yt|facebook|google|bing|tiktok|linkedin)ads?"
)


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


@cache
def _listed() -> dict[str, str]:
    """Source → category, by Google's own list."""
    found: dict[str, str] = {}
    for category, row in tomllib.loads(Path(__file__).with_name("ga4.toml").read_text("utf-8")).items():
        names = [*row["names"].split(), *(f"{place}.search.yahoo.com" for place in row.get("yahoo", "").split())]
        both = row["both"].split()
        found |= dict.fromkeys([*names, *both, *(f"{name}.com" for name in both)], category)
    return found


def _by_google(f: Facts) -> str:
    listed = _listed().get(f.source, "")
    return (listed or f.category) if f.said else (f.category or listed)


def _advertiser(f: Facts) -> str:
    """Plausible reads `fb-ads` as Facebook, and bought."""
    found = _ADS.fullmatch(f.source) if f.category in ("", "cpc") else None
    if not found:
        return f.category
    meant = (found["whose"] or "").rstrip(" _-") or found["name"] or "google"  # adwords alone
    known = sources.named(meant)
    return known.category if known else f.category


def _paid_anyhow(f: Facts) -> bool:
    """Paid by medium, by an advertising source ("yt-ads") or by the click id of the engine itself."""
    engine = {"gclid": "google", "msclkid": "bing"}.get(f.click_id)
    return is_paid(f.medium) or bool(_ADS.fullmatch(f.source)) or (engine is not None and engine == f.name)


def _letter(f: Facts) -> bool:
    return (
        f.category == "email"
        or bool(_EMAIL & {f.source, f.medium})
        or "newsletter" in f.source
        or f.medium == "newsletter"
    )


_PLAUSIBLE: Final = (
    Rule("Referral", "a page of links", lambda f: f.name == "linktree" and not is_paid(f.medium)),
    *_skeleton(_paid_anyhow),
    Rule("AI Assistants", "AI assistant source", lambda f: f.category == "ai-assistant"),
    Rule("Organic Search", "search source or organic medium", _organic_search),
    Rule("Email", "e-mail source or medium, newsletter", _letter),
    Rule("Affiliates", "medium is affiliate", lambda f: f.medium == "affiliate"),
    Rule("Audio", "medium is audio", lambda f: f.medium == "audio"),
    Rule("SMS", "sms source or medium", lambda f: "sms" in (f.source, f.medium)),
    Rule("Mobile Push Notifications", "push, mobile or notification medium", _mobile_push),
    Rule("Direct", "no source", lambda f: f.source in (DIRECT, NOT_SET) and f.medium in (NONE, NOT_SET)),
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

RULE_SETS: Final[dict[str, RuleSet]] = {
    "ga4": RuleSet("ga4", _GA4, _by_google),
    "plausible": RuleSet("plausible", _PLAUSIBLE, _advertiser, clicks=False),
    "matomo": RuleSet("matomo", _MATOMO),
}
"""The sets that are always there. The rules of one are in order."""


class Verdict(NamedTuple):
    """A channel, why, and the place of the rule that fired in its set (from 1; 0 where none did)."""

    channel: str
    why: str
    number: int


def channel(facts: Facts, rules: str | RuleSet = "ga4") -> Verdict:
    """The channel of `facts` under a rule set, and why: ("Paid Search", "search source, paid medium", 4).

    ("Unassigned", "no rule matched", 0) where the set has no catch-all. Raises ValueError for an unknown rule
    set.
    """
    chosen = rule_set(rules)
    facts = facts._replace(category=chosen.category(facts))
    for number, rule in enumerate(chosen.rules, 1):
        if rule.test(facts):
            return Verdict(rule.channel, rule.why, number)
    return Verdict("Unassigned", "no rule matched", 0)


def rule_set(rules: str | RuleSet) -> RuleSet:
    """The set called `rules`. Raises ValueError for an unknown one."""
    if isinstance(rules, RuleSet):
        return rules
    if rules not in RULE_SETS:
        raise ValueError(f"rules must be one of {', '.join(RULE_SETS)}, not {rules!r}")
    return RULE_SETS[rules]


CONDITIONS: Final = ("source", "medium", "campaign", "name", "category", "click_id")


def own(rows: Sequence[Mapping[str, Sequence[str]]], otherwise: str) -> RuleSet:
    """A team's own set: each row a "channel" and the conditions that must all hold, each a list of texts of which one
    must fit (`*` stands for anything). Where none fits, the set `otherwise` decides; "" leaves it Unassigned."""
    rules = tuple(Rule(row["channel"][0], _told(row), _test(row)) for row in rows)
    if not otherwise:
        return RuleSet("own", rules)
    rest = rule_set(otherwise)
    return RuleSet("own", rules + rest.rules, rest.category, rest.clicks)


def _told(row: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(f"{key} is {' or '.join(row[key])}" for key in CONDITIONS if key in row)


def _test(row: Mapping[str, Sequence[str]]) -> Callable[[Facts], bool]:
    wanted = {
        key: re.compile("|".join(".*".join(map(re.escape, text.lower().split("*"))) for text in row[key]), re.DOTALL)
        for key in CONDITIONS
        if key in row
    }
    return lambda f: all(shape.fullmatch(getattr(f, key)) for key, shape in wanted.items())
