"""Seeded traffic of the demo shop: people with habits, campaigns that are tagged by hand, machines, bad
networks.

`simulate` makes the visits and notes what is true about them while it makes them (`truth.Truth`); what it
hands out are import rows in order of arrival. It reads no clock: the same seed and the same `now` give the
same bytes.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from sys import stdout
from time import time
from typing import Any, Final, NamedTuple

from collector.demo.audience import BOTS, COUNTRIES, DAY, DEVICES, HOUR, MINUTE, PROGRAMS, first_moment, weekday
from collector.demo.campaigns import DIRECT, PAID, RECOVERY, Link, Touch, again, chosen, link
from collector.demo.catalogue import ARTICLES, LANGUAGES
from collector.demo.delivery import CHANGED, POLICIES, Browser, Hit, delivered, hit, malformed, row, uuid7
from collector.demo.people import Gap, Own, Person, answered, born, gap, moment, withdrawn
from collector.demo.truth import Session, Truth
from collector.demo.visit import Mood, Step, walk

ORIGIN: Final = "https://brumaire.example"
MOST_VISITS: Final = 12
REFUSALS: Final = {"denied": "denied", "withdrawn": "withdrawn", "pending": "no_consent"}


class Simulation(NamedTuple):
    """The rows, to be read once, and the truth about them, complete before the first row is read."""

    rows: Iterator[dict[str, Any]]
    truth: Truth


@dataclass
class Play:
    """The stage of one simulation: its dice, its span, what was sent and what is true."""

    rng: Random
    now: int
    days: int
    origin: str
    truth: Truth = field(default_factory=Truth)
    sent: list[Hit] = field(default_factory=list)

    def send(self, one: Hit, refusal: str | None = None) -> None:
        """Deliver one event, and note its fate."""
        copies = list(delivered(one, self.rng, self.now))
        self.sent += copies
        self.truth.arrived(copies, refusal)

    def policy(self, t: int) -> str:
        """The version of the shop's notice at `t`."""
        return POLICIES[t >= self.now - CHANGED]

    def number(self, browser: Browser, t: int) -> int:
        """A fresh event id for something that happens at `t` on a browser."""
        return uuid7(t + browser.skew, self.rng)


def rows(seed: int, now: int, days: int = 90, visitors: int = 6000) -> Iterator[dict[str, Any]]:
    """Import rows of `days` days up to `now` (ms UTC) by about `visitors` people, in order of arrival."""
    return simulate(seed, now, days, visitors).rows


def simulate(
    seed: int, now: int, days: int = 90, visitors: int = 6000, *, bad: int = 0, origin: str = ORIGIN
) -> Simulation:
    """The same rows with the truth about them; `bad` malformed ones are strewn in, `origin` is the shop's
    address."""
    play = Play(Random(seed), now, days, origin)
    for _ in range(visitors):
        _life(play, born(play.rng))
    for _ in range(visitors // 25):
        _machine(play)
    for _ in range(visitors // 3000 if days >= 3 else 0):
        _screen(play)
    faults = [(now - play.rng.randrange(days * DAY), play.rng.getrandbits(64)) for _ in range(bad)]
    for t, _ in faults:
        play.truth.refused(t)
    play.sent.sort(key=lambda one: (one.received, one.number, one.sent))
    play.truth.finished(play.sent, now)
    return Simulation(_woven(play.sent, sorted(faults), origin), play.truth)


def _woven(sent: list[Hit], faults: list[tuple[int, int]], origin: str) -> Iterator[dict[str, Any]]:
    for one in sent:
        while faults and faults[0][0] <= one.received:
            t, seed = faults.pop(0)
            yield malformed(Random(seed), t, origin)
        yield row(one)
    for t, seed in faults:
        yield malformed(Random(seed), t, origin)


class Visit(NamedTuple):
    """One visit about to be made: where, over which link, when, and to which session it belongs."""

    own: Own
    session: Session
    touch: Touch
    link: Link
    start: int
    returning: bool


def _life(play: Play, person: Person) -> None:
    """All visits of one person, one after the other, on one browser or another."""
    follows, own, session = Gap("return"), person.owned[0], None
    start = first_moment(play.rng, play.now, play.days)
    for count in range(MOST_VISITS):
        touch, where = _way(play, person, follows, session, start)
        if session is None or follows.kind in ("return", "dot", "hop"):
            session = Session(touch, where)
        end = _visit(play, person, Visit(own, session, touch, where, start, count > 0))
        if person.answer == "granted" and person.withdraws_after == count + 1:
            play.truth.known(person)
            play.truth.left(person, min(end + play.rng.randrange(5_000, 90_000), play.now))
            withdrawn(person)
        follows = gap(play.rng, person, session.link.source is not None and not session.link.messy)
        start = moment(play.rng, end, follows.wait, play.now) if follows.kind == "return" else end + follows.wait
        if follows.kind == "stop" or start >= play.now:
            break
        own = play.rng.choice(person.owned) if follows.kind == "return" else own
    if person.answer == "granted":
        play.truth.known(person)


def _way(play: Play, person: Person, follows: Gap, session: Session | None, start: int) -> tuple[Touch, Link]:
    """How a visit begins: by which touch, over which link."""
    rng = play.rng
    if session is None:
        touch = chosen(rng, weekday(start), known=False)
    elif follows.kind == "again":
        return session.touch, again(session.touch)
    elif follows.kind == "hop":
        touch = rng.choice([one for one in PAID if one.campaign != session.touch.campaign])
    elif follows.kind in ("back", "dot"):
        touch = DIRECT
    else:
        touch = RECOVERY if person.carrying and rng.random() < 0.3 else chosen(rng, weekday(start), known=True)
    return touch, link(touch, rng)


def _visit(play: Play, person: Person, visit: Visit) -> int:
    """Walk and send one visit; the time of its last event. It is cut short where the present begins."""
    own, t, last, url, referrer = visit.own, visit.start, visit.start, "", None
    signed = own.signed and play.rng.random() < 0.6
    answered(own, person.answer, person.place, play.policy(t), t + own.browser.skew)
    mood = Mood(visit.touch, own.patience, visit.returning, person.carrying)
    for place, step in enumerate(_with_login(walk(mood, play.rng), person, signed, play.rng)):
        t += step.pause
        if t + own.browser.latency > play.now:
            break
        if step.name == "page_view":
            referrer = url.partition("?")[0] if place else visit.touch.referrer
            url = _url(play, person, step, step.tag if place else visit.link.query)
        signed = signed or step.name == "login"
        last = t
        one = hit(own.browser, t, step.name, url, play.number(own.browser, t))._replace(
            referrer=referrer,
            props=_props(step, person),
            revenue=(str(step.amount), person.country.currency) if step.amount is not None else None,
            user=person.user if signed and person.answer == "granted" else None,
        )
        _happens(play, person, visit, step, one)
    return last


def _props(step: Step, person: Person) -> Mapping[str, str | int | float] | None:
    """What an event says; what is put in a cart has a price in the buyer's currency."""
    return {**(step.props or {}), "currency": person.country.currency} if step.name == "add_to_cart" else step.props


def _url(play: Play, person: Person, step: Step, query: str) -> str:
    return f"{play.origin}/{person.language}{step.path}" + (f"?{query}" if query else "")


def _happens(play: Play, person: Person, visit: Visit, step: Step, one: Hit) -> None:
    """Send one event and let everybody concerned know: the truth, and the person's cart."""
    play.send(one, REFUSALS.get(person.answer))
    if person.answer == "granted":
        visit.own.signed = visit.own.signed or one.user is not None
        play.truth.saw(visit.own, visit.session, one, step.stage)
        play.truth.internal += bool(step.tag)
    if step.name in ("add_to_cart", "purchase"):
        person.carrying = step.name == "add_to_cart"


def _with_login(steps: Iterator[Step], person: Person, signed: bool, rng: Random) -> Iterator[Step]:
    """The same steps, and a sign-in on the address page or, more rarely, on the landing page."""
    wants = person.user is not None and not signed
    for place, step in enumerate(steps):
        yield step
        if wants and rng.random() < (0.8 if step.path == "/checkout/address" else 0.15 if place == 0 else 0):
            wants = False
            yield Step(rng.randrange(3_000, 15_000), "login", step.path)


def _machine(play: Play) -> None:
    """A crawler that renders pages and accepts every banner, or a script that replays what it found."""
    rng = play.rng
    start = play.now - rng.randrange(HOUR, play.days * DAY)
    policy = play.policy(start)
    consent: dict[str, str | int] = {"state": "granted", "source": "banner", "policy": policy, "at": start}
    agent, origin = rng.choice(BOTS), rng.choice(COUNTRIES).code
    browser = Browser(f"{rng.getrandbits(128):032x}", agent, origin, 30, consent=consent, bot=True)
    paths = [f"/{language}/product/{one.sku}" for language in LANGUAGES for one in ARTICLES]
    walked = rng.sample(paths, rng.randrange(2, len(paths)))
    for place, path in enumerate(walked):
        t = start + place * rng.randrange(800, 4_000)
        play.send(hit(browser, t, "page_view", play.origin + path, play.number(browser, t)))
    if agent in PROGRAMS:
        play.truth.programs.append(len(walked))


def _screen(play: Play) -> None:
    """A screen in a shop window that shows the home page and reloads every twenty minutes for 26 hours: by
    the rule that a session ends after a day, its 73rd view starts the second one."""
    start = play.now - play.rng.randrange(27 * HOUR, 2 * DAY)
    own = Own(Browser(f"{play.rng.getrandbits(128):032x}", DEVICES[0].agent, "FR", 60), "desktop")
    answered(own, "granted", "banner", play.policy(start), start)
    person = Person([own], COUNTRIES[0], "fr", "granted", None)
    sessions = Session(DIRECT, Link(None, None, "")), Session(DIRECT, Link(None, None, ""))
    for view in range(79):
        t = start + view * 20 * MINUTE
        one = hit(own.browser, t, "page_view", play.origin + "/fr", play.number(own.browser, t))
        play.send(one)
        play.truth.saw(own, sessions[view >= 72], one, 0)
    play.truth.known(person)


def main() -> None:
    """Print the rows, for inspection."""
    parser = ArgumentParser(prog="python -m collector.demo.traffic", description=main.__doc__)
    for name, default in (("--seed", 1), ("--days", 90), ("--visitors", 6000), ("--bad", 0)):
        parser.add_argument(name, type=int, default=default)
    parser.add_argument("--now", type=int, default=None, help="ms UTC; the present if left out")
    asked = parser.parse_args()
    now = asked.now if asked.now is not None else int(time() * 1000)
    played = simulate(asked.seed, now, asked.days, asked.visitors, bad=asked.bad)
    for one in played.rows:
        stdout.write(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
