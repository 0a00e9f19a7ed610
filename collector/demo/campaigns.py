"""Where the simulated visits come from: campaigns, search engines, assistants, partners, and nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Final, NamedTuple
from urllib.parse import urlencode

MESSY_SHARE: Final = 0.07  # of the tagged links: what a year of hand-written links looks like


class Touch(NamedTuple):
    """One way into the shop. Several have no tag at all; `landing` is home, category, product or cart.

    `weight` is relative; `mailing` marks what is sent on Tuesdays and opened within two days. `bounce` is the
    share that looks at one page, `buy` multiplies the will to go on, `keep` is the share that does not
    abandon a checkout.
    """

    source: str | None
    medium: str | None
    campaign: str | None
    landing: str
    weight: float
    referrer: str | None = None
    click_id: str | None = None
    more: Mapping[str, str] = {}
    bounce: float = 0.4
    buy: float = 1.0
    keep: float = 0.8
    mailing: bool = False


_GOOGLE = ("https://www.google.com/", "gclid")
_FACEBOOK = ("https://l.facebook.com/", "fbclid")
_INSTAGRAM = ("https://l.instagram.com/", "fbclid")

PAID: Final = (
    Touch("newsletter", "email", "letter_teapots", "product", 3, more={"utm_content": "picture"},
          bounce=0.25, buy=1.5, keep=0.85, mailing=True),
    Touch("newsletter", "email", "letter_harvest", "home", 3, more={"utm_content": "button"},
          bounce=0.25, buy=1.4, keep=0.85, mailing=True),
    Touch("google", "cpc", "brand", "home", 9, *_GOOGLE, {"utm_term": "brumaire tea"},
          bounce=0.2, buy=1.7, keep=0.85),
    Touch("google", "cpc", "generic_teapot", "category", 10, *_GOOGLE, {"utm_term": "stoneware teapot"},
          bounce=0.5, buy=0.8, keep=0.72),
    Touch("google", "cpc", "shopping_feed", "product", 7, *_GOOGLE, {"utm_id": "sf-204"},
          bounce=0.45, buy=1.0, keep=0.75),
    Touch("bing", "cpc", "generic_teapot", "category", 3, "https://www.bing.com/", "msclkid",
          {"utm_term": "teapot"}, bounce=0.45, buy=0.9, keep=0.78),
    Touch("facebook", "paid_social", "prospecting_ceramics", "product", 9, *_FACEBOOK,
          {"utm_content": "video_a"}, bounce=0.62, buy=0.6, keep=0.6),
    Touch("instagram", "paid_social", "prospecting_ceramics", "product", 7, *_INSTAGRAM,
          {"utm_content": "story"}, bounce=0.66, buy=0.5, keep=0.55),
    Touch("tea_hour_video", "influencer", "unboxing", "home", 4, "https://www.youtube.com/",
          bounce=0.4, buy=0.9, keep=0.7),
    Touch("slow_mornings", "influencer", "discount_code", "product", 3, "https://www.instagram.com/",
          bounce=0.45, buy=1.2, keep=0.75),
    Touch("gift-guide", "affiliate", "winter_gifts", "product", 4, "https://gift-guide.example/", None,
          {"utm_content": "list_top"}, bounce=0.35, buy=1.3, keep=0.82),
    Touch("hikers-union", "partner", "members_offer", "category", 2, "https://hikers-union.example/",
          bounce=0.3, buy=1.2),
)  # fmt: skip

RECOVERY: Final = Touch("automation", "email", "cart_recovery", "cart", 0, bounce=0.1, buy=2.0, keep=0.85)
DIRECT: Final = Touch(None, None, None, "home", 16, bounce=0.3, buy=1.2)

# An assistant that tags its links names a source without a medium: that is how it arrives in real logs.
UNPAID: Final = (
    Touch(None, None, None, "home", 14, "https://www.google.com/", bounce=0.4),
    Touch(None, None, None, "category", 6, "https://www.google.fr/", bounce=0.45),
    Touch(None, None, None, "product", 3, "https://www.bing.com/", bounce=0.45),
    Touch(None, None, None, "product", 2, "https://duckduckgo.com/", bounce=0.4),
    Touch(None, None, None, "home", 1.5, "https://www.ecosia.org/", bounce=0.4),
    Touch(None, None, None, "home", 1.5, "https://www.qwant.com/", bounce=0.4),
    Touch(None, None, None, "product", 2, "https://www.pinterest.fr/", bounce=0.6, buy=0.6),
    Touch("chatgpt.com", None, None, "product", 3, "https://chatgpt.com/", bounce=0.35, buy=1.3),
    Touch(None, None, None, "category", 1.5, "https://www.perplexity.ai/", bounce=0.35, buy=1.2),
    Touch(None, None, None, "home", 1, "https://claude.ai/", bounce=0.35, buy=1.2),
    Touch(None, None, None, "category", 1, "https://copilot.microsoft.com/", bounce=0.4),
    Touch(None, None, None, "home", 2, "https://potters-notebook.example/glazes", bounce=0.3, buy=1.1),
)
EVERYWHERE: Final = (*PAID, DIRECT, *UNPAID)


def chosen(rng: Random, weekday: int, known: bool) -> Touch:
    """One way in on that weekday (Monday is 0). Who knows the shop comes without a link more often."""
    return rng.choices(EVERYWHERE, [_weight(touch, weekday, known) for touch in EVERYWHERE])[0]


def _weight(touch: Touch, weekday: int, known: bool) -> float:
    if touch.mailing:
        return touch.weight * (8.0 if weekday == 1 else 3.0 if weekday == 2 else 0.6) * (1.6 if known else 0.5)
    if touch is DIRECT:
        return touch.weight * (2.5 if known else 0.8)
    return touch.weight * (0.7 if known else 1.0)


class Link(NamedTuple):
    """The tag as it stands on one link, raw: what a report by raw values must count. `query` is ready for a
    URL, `said` the names in it by parameter."""

    source: str | None
    campaign: str | None
    query: str
    messy: bool = False
    said: Mapping[str, str] = {}


def link(touch: Touch, rng: Random, click: bool = True) -> Link:
    """The link behind a touch: one in fourteen is badly tagged, in one of five usual ways."""
    if touch.source is None:
        return Link(None, None, "")
    tags = {
        "utm_source": touch.source,
        "utm_medium": touch.medium,
        "utm_campaign": touch.campaign,
        **touch.more,
    }
    messy = touch.medium is not None and rng.random() < MESSY_SHARE
    if messy:
        _spoil(tags, rng.randrange(5))
    said = {name.lower(): value.strip() for name, value in tags.items() if value}
    if click and touch.click_id:
        tags[touch.click_id] = f"{rng.getrandbits(160):040x}"
    query = urlencode({k: v for k, v in tags.items() if v})
    return Link(said.get("utm_source", ""), tags["utm_campaign"], query, messy, said)


def again(touch: Touch) -> Link:
    """The same campaign, written in capitals by another hand: the same touch."""
    tags = {"utm_source": touch.source, "utm_medium": touch.medium, "utm_campaign": touch.campaign}
    shouted = {name: value.upper() for name, value in tags.items() if value}
    return Link(shouted.get("utm_source"), shouted.get("utm_campaign"), urlencode(shouted), True)


def _spoil(tags: dict[str, str | None], way: int) -> None:
    source, medium = str(tags["utm_source"]), str(tags["utm_medium"])
    if way == 0:
        tags["utm_source"] = source.capitalize()
    elif way == 1:
        tags["utm_source"] = source + " "
    elif way == 2:
        tags["utm_medium"] = None
    elif way == 3:
        tags["utm_medium"] = medium.upper()
    else:
        tags["UTM_Source"] = tags.pop("utm_source")
