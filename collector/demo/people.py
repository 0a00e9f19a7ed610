"""The people behind the browsers: what they answer to the banner, which devices they own, when they come
again."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Final, NamedTuple

from collector.demo.audience import DAY, HOUR, MINUTE, Country, country, device, hour_of
from collector.demo.delivery import Browser
from collector.demo.losses import Deed

TIMEOUT: Final = 30 * MINUTE
_ANSWERS: Final = {"granted": 0.66, "denied": 0.29, "pending": 0.05}
_SKEWS: Final = (3 * MINUTE, -7 * MINUTE, HOUR, -HOUR, 20 * HOUR, -3 * DAY)
_PATIENCE: Final = {"desktop": 1.0, "tablet": 0.9, "mobile": 0.78}


@dataclass
class Own:
    """One browser and what the shop knows on it: whether its person ever signed in there,
    how many events it kept, the funnel stages among them as (time in ms, stage), and what else was done there."""

    browser: Browser
    kind: str
    signed: bool = False
    seen: int = 0
    marks: list[tuple[int, int]] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)

    @property
    def patience(self) -> float:
        """How far its screen lets one go, 1 on a desktop."""
        return _PATIENCE[self.kind]


@dataclass
class Person:
    """Somebody with one browser or two. `user` is the customer number, if there is an account."""

    owned: list[Own]
    country: Country
    language: str
    answer: str
    user: str | None
    carrying: bool = False
    withdraws_after: int | None = None  # visits
    place: str = "banner"  # where the answer is given


class Gap(NamedTuple):
    """What comes after a visit: `kind`, `wait` ms after its last event.

    Inside the session timeout: again (the same link in other letters), hop (another campaign), back (no link
    at all). Beyond it: dot (exactly at the timeout), return (another day). Or stop.
    """

    kind: str
    wait: int = 0


def born(rng: Random) -> Person:
    """One person, with browsers and habits."""
    home = country(rng)
    language = "fr" if rng.random() < home.french else "en"
    answer = rng.choices(tuple(_ANSWERS), tuple(_ANSWERS.values()))[0]
    owned = [_own(rng, home, answer)]
    if rng.random() < 0.2:
        owned.append(_own(rng, home, answer, "desktop" if owned[0].kind == "mobile" else "mobile"))
    user = f"c-{rng.getrandbits(40):010x}" if rng.random() < 0.3 * len(owned) else None
    leaves = rng.choice((1, 2)) if rng.random() < 0.02 else None
    for own in owned:
        own.browser.prompt = leaves is not None  # what is on its way when consent is withdrawn is dropped
    place = "privacy" if rng.random() < 0.15 else "banner"
    return Person(owned, home, language, answer, user, withdraws_after=leaves, place=place)


def answered(own: Own, answer: str, place: str, policy: str, t: int) -> None:
    """The receipt of the answer at `t` (the browser's own clock), given at `place` to a version of the notice;
    `pending` is no answer yet."""
    before = own.browser.consent
    if before is None or (before["state"], before["policy"]) != (answer, policy):
        own.browser.consent = {"state": answer, "source": place, "policy": policy, "at": t}


def withdrawn(person: Person) -> None:
    """Consent is taken back on every browser: new browsers as far as anybody can tell, without an id."""
    person.answer = "withdrawn"
    for own in person.owned:
        before = own.browser
        own.browser = Browser(None, before.agent, before.country, before.latency, before.skew)


def gap(rng: Random, person: Person, tagged: bool) -> Gap:
    """What comes after a visit that began with or without a clean tag. A filled cart and a second screen
    bring more people back."""
    fate, carrying = rng.random(), person.carrying
    if fate < 0.03:
        return Gap("hop", rng.randrange(MINUTE, 25 * MINUTE))
    if fate < 0.07:
        return Gap("back", TIMEOUT - 1 if rng.random() < 0.1 else rng.randrange(MINUTE, TIMEOUT))
    if fate < 0.08:
        return Gap("dot", TIMEOUT)
    if fate < 0.10 and tagged:
        return Gap("again", rng.randrange(MINUTE, 25 * MINUTE))
    if fate < (0.75 if carrying or len(person.owned) > 1 else 0.58):
        return Gap("return", int(rng.expovariate(1 / (3 if carrying else 11)) * DAY))
    return Gap("stop")


def moment(rng: Random, last: int, wait: int, now: int) -> int:
    """When a return takes place: the day after `wait`, at a likely hour, never within the session timeout."""
    return max(last + TIMEOUT + MINUTE, hour_of(rng, min(last + wait, now), now) if last + wait < now else now)


def _own(rng: Random, home: Country, answer: str, kind: str | None = None) -> Own:
    one = device(rng, kind)
    visitor = f"{rng.getrandbits(128):032x}" if answer == "granted" else None
    skew = rng.choice(_SKEWS) if rng.random() < 0.03 else rng.randrange(-900, 900)
    return Own(Browser(visitor, one.agent, home.code, rng.randrange(20, 400), skew), one.kind)
