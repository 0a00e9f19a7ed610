"""Who the simulated visitors are: browsers, countries, hours of the day, and the machines among them."""

from __future__ import annotations

from random import Random
from typing import Final, NamedTuple

DAY: Final = 86_400_000
HOUR: Final = 3_600_000
MINUTE: Final = 60_000


class Device(NamedTuple):
    """A browser as its user agent states it; `kind` is desktop, mobile or tablet."""

    kind: str
    weight: float
    agent: str


class Country(NamedTuple):
    """`french` is the share that reads the shop in French. Prices have the same figure in every currency."""

    code: str
    weight: float
    french: float
    currency: str


_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)"
_IPAD = "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X)"
_ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
_KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_CRAWLER = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; {})"
_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"

DEVICES: Final = (
    Device("desktop", 17, f"{_WINDOWS} {_KIT} Chrome/143.0.0.0 Safari/537.36"),
    Device("desktop", 5, f"{_WINDOWS} {_KIT} Chrome/142.0.0.0 Safari/537.36"),
    Device("desktop", 6, f"{_WINDOWS} {_KIT} Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0"),
    Device("desktop", 5, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0"),
    Device("desktop", 1, f"{_WINDOWS} {_KIT} Chrome/142.0.0.0 Safari/537.36 OPR/126.0.0.0"),
    Device("desktop", 7, f"{_MAC} {_WEBKIT} Version/26.1 Safari/605.1.15"),
    Device("desktop", 5, f"{_MAC} {_KIT} Chrome/143.0.0.0 Safari/537.36"),
    Device("desktop", 2, _MAC.replace("10_15_7)", "10.15; rv:146.0) Gecko/20100101 Firefox/146.0")),
    Device("desktop", 2, "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"),
    Device("desktop", 1, f"{_LINUX} {_KIT} Chrome/143.0.0.0 Safari/537.36"),
    Device("mobile", 15, f"{_IPHONE} {_WEBKIT} Version/26.1 Mobile/15E148 Safari/604.1"),
    Device("mobile", 4, f"{_IPHONE} {_WEBKIT} Version/18.6 Mobile/15E148 Safari/604.1"),
    Device("mobile", 3, f"{_IPHONE} {_WEBKIT} CriOS/143.0.7499.92 Mobile/15E148 Safari/604.1"),
    Device("mobile", 1, f"{_IPHONE} {_WEBKIT} FxiOS/146.0 Mobile/15E148 Safari/605.1.15"),
    Device("mobile", 3, f"{_IPHONE} {_WEBKIT} Mobile/22G100 Instagram 407.0.0.26.243 "
                        "(iPhone16,1; iOS 18_6; fr_FR; fr; scale=3.00; 1179x2556; 807434671)"),
    Device("mobile", 15, f"{_ANDROID} {_KIT} Chrome/143.0.0.0 Mobile Safari/537.36"),
    Device("mobile", 4, f"{_ANDROID} {_KIT} SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36"),
    Device("mobile", 2, "Mozilla/5.0 (Android 15; Mobile; rv:146.0) Gecko/146.0 Firefox/146.0"),
    Device("mobile", 1, f"{_ANDROID} {_KIT} Chrome/142.0.0.0 Mobile Safari/537.36 EdgA/142.0.0.0"),
    Device("mobile", 1, f"{_ANDROID} {_KIT} Chrome/142.0.0.0 Mobile Safari/537.36 OPR/93.0.0.0"),
    Device("tablet", 3, f"{_IPAD} {_WEBKIT} Version/18.6 Mobile/15E148 Safari/604.1"),
    Device("tablet", 1, f"{_IPAD} {_WEBKIT} CriOS/143.0.7499.92 Mobile/15E148 Safari/604.1"),
    Device("tablet", 2, f"Mozilla/5.0 (Linux; Android 14; SM-X210) {_KIT} Chrome/143.0.0.0 Safari/537.36"),
    Device("tablet", 1, f"{_ANDROID.replace('10; K', '13; TB-X606F')} {_KIT} Chrome/142.0.0.0 Safari/537.36"),
)  # fmt: skip

CRAWLERS: Final = (  # they say what they are: no report counts them
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    _CRAWLER.format("bingbot/2.0; +http://www.bing.com/bingbot.htm") + " Chrome/136.0.0.0 Safari/537.36",
    _CRAWLER.format("GPTBot/1.3; +https://openai.com/gptbot"),
    _CRAWLER.format("ClaudeBot/1.0; +claudebot@anthropic.com"),
    _CRAWLER.format("PerplexityBot/1.0; +https://perplexity.ai/perplexitybot"),
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
)
PROGRAMS: Final = (  # they do not: reports count them unless asked to leave out whatever looks automated
    f"{_LINUX} {_KIT} HeadlessChrome/143.0.0.0 Safari/537.36",
    "python-requests/2.32.5",
)
BOTS: Final = (*CRAWLERS, *PROGRAMS)

COUNTRIES: Final = (
    Country("FR", 52, 0.97, "EUR"),
    Country("BE", 9, 0.6, "EUR"),
    Country("CH", 7, 0.45, "CHF"),
    Country("DE", 8, 0.02, "EUR"),
    Country("GB", 8, 0.02, "GBP"),
    Country("LU", 2, 0.8, "EUR"),
    Country("NL", 4, 0.02, "EUR"),
    Country("ES", 3, 0.05, "EUR"),
    Country("IT", 3, 0.05, "EUR"),
    Country("CA", 3, 0.7, "EUR"),
    Country("US", 2, 0.02, "EUR"),
)

# Shares of a day's visits by hour of the day in UTC, and of a week's by day from Monday: a shop that people
# visit in the lunch break and, above all, in the evening, on Sundays most.
_HOURS: Final = (1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 13, 14, 12, 11, 11, 12, 13, 15, 19, 23, 21, 14, 7, 3)
_WEEKDAYS: Final = (10, 11, 11, 10, 9, 11, 15)


def device(rng: Random, kind: str | None = None) -> Device:
    """One browser of the audience, of any kind or of one."""
    among = [one for one in DEVICES if kind in (None, one.kind)]
    return rng.choices(among, [one.weight for one in among])[0]


def country(rng: Random) -> Country:
    """One country of the audience."""
    return rng.choices(COUNTRIES, [one.weight for one in COUNTRIES])[0]


def first_moment(rng: Random, now: int, days: int) -> int:
    """When somebody first comes (ms UTC): more on busy weekdays and hours, half as many again at the end as
    at first."""
    ages = range(days)
    weights = [_WEEKDAYS[weekday(now - age * DAY)] * (1.5 - 0.5 * age / days) for age in ages]
    return hour_of(rng, now - rng.choices(ages, weights)[0] * DAY, now)


def hour_of(rng: Random, day: int, now: int) -> int:
    """A moment of the UTC day that holds `day`, at a likely hour; before `now` on its last day."""
    midnight = day - day % DAY
    hours = range(24) if now - midnight >= DAY else range((now - midnight) // HOUR + 1)
    return midnight + rng.choices(hours, _HOURS[: len(hours)])[0] * HOUR + rng.randrange(HOUR)


def weekday(t: int) -> int:
    """The day of the week in UTC, Monday is 0. 1970-01-01 was a Thursday."""
    return (t // DAY + 3) % 7
