"""How a simulated event reaches the collector: at once, held back, days late, or twice; and the row it
becomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NamedTuple
from uuid import UUID

from collector.demo.audience import DAY, HOUR, MINUTE
from collector.demo.catalogue import LANGUAGES

POLICIES: Final = ("demo-1", "demo-2")  # versions of the shop's notice; everybody is asked again under the second
CHANGED: Final = 30 * DAY  # before the present
RETRIES: Final = 0.015  # share of events sent twice because the first answer was lost
HELD: Final = 0.03  # share held back for seconds or minutes by a poor connection
LATE: Final = 0.008  # share that waits in a closed laptop or a tunnel for hours or days


@dataclass
class Browser:
    """One browser of one person. `latency` is the network's (ms), constant so that order and gaps survive the
    trip; `skew` is what its clock is wrong by (ms, positive is ahead)."""

    visitor: str | None
    agent: str
    country: str
    latency: int = 0
    skew: int = 0
    consent: Mapping[str, str | int] | None = None
    bot: bool = False
    prompt: bool = False  # nothing of it is ever late or sent twice


class Hit(NamedTuple):
    """One event on its way. `happened` is the true time; `t` and `sent` are what the browser's clock said (ms
    UTC)."""

    received: int
    happened: int
    t: int
    sent: int
    number: int  # the event's UUIDv7 as an integer
    browser: Browser
    name: str
    url: str
    referrer: str | None = None
    props: Mapping[str, str | int | float] | None = None
    revenue: tuple[str, str] | None = None
    user: str | None = None
    consent: Mapping[str, str | int] | None = None  # the answer that held when it happened

    @property
    def is_late(self) -> bool:
        """Whether it was sent more than a day after it happened."""
        return self.received - self.browser.latency - self.happened > DAY


def delivered(hit: Hit, rng: Random, now: int) -> Iterator[Hit]:
    """The deliveries of one event, received by `now`: one, or two if the answer to the first was lost."""
    first = _after(hit, _delay(rng))
    if first.received > now or hit.browser.prompt:
        first = _after(hit, 0)
    yield first
    if rng.random() < RETRIES and not hit.browser.prompt:
        second = _after(first, rng.randrange(2_000, 10 * MINUTE))
        if second.received <= now:
            yield second


def hit(browser: Browser, happened: int, name: str, url: str, number: int) -> Hit:
    """An event as its browser first holds it, not sent yet."""
    t = happened + browser.skew
    return Hit(happened + browser.latency, happened, t, t, number, browser, name, url, consent=browser.consent)


def uuid7(t: int, rng: Random) -> int:
    """A UUIDv7 (RFC 9562) for a browser's time in ms, as an integer."""
    return (t & (1 << 48) - 1) << 80 | 7 << 76 | rng.getrandbits(12) << 64 | 2 << 62 | rng.getrandbits(62)


def row(sent: Hit) -> dict[str, Any]:
    """The import row of one delivery. Who did not consent has no visitor id."""
    browser, amount = sent.browser, sent.revenue
    cells: dict[str, Any] = {
        "id": str(UUID(int=sent.number)),
        "t": sent.t,
        "sent": sent.sent,
        "received": sent.received,
        "name": sent.name,
        "visitor": browser.visitor,
        "user": sent.user,
        "url": sent.url,
        "referrer": sent.referrer,
        "props": dict(sent.props) if sent.props else None,
        "revenue": {"amount": amount[0], "currency": amount[1]} if amount else None,
        "ua": browser.agent,
        "country": browser.country,
        "consent": dict(sent.consent) if sent.consent else None,
    }
    return {name: value for name, value in cells.items() if value is not None}


def malformed(rng: Random, t: int, origin: str) -> dict[str, Any]:
    """A row that an import must refuse without harm to its neighbours, in one of five usual ways."""
    good = {"t": t, "received": t, "name": "page_view", "url": f"{origin}/{rng.choice(LANGUAGES)}", "visitor": "v",
            "consent": {"state": "granted", "source": "banner", "at": t}}  # fmt: skip
    faults: tuple[dict[str, Any], ...] = (
        {"t": "yesterday"},
        {"name": ""},
        {"url": "not a url"},
        {"revenue": {"amount": "12,50", "currency": "euro"}},
        {"colour": "blue"},
    )
    return good | rng.choice(faults)


def _delay(rng: Random) -> int:
    fate = rng.random()
    if fate < LATE / 2:
        return rng.randrange(2 * DAY - 2 * HOUR, 2 * DAY + 6 * HOUR)
    if fate < LATE:
        return rng.randrange(HOUR, 9 * HOUR)
    return rng.randrange(3_000, 8 * MINUTE) if fate < LATE + HELD else 0


def _after(sent: Hit, delay: int) -> Hit:
    """The same event sent later: both clocks move on, so that received − (sent − t) stays its time."""
    return sent._replace(received=sent.received + delay, sent=sent.sent + delay)
