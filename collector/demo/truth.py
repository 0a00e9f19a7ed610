"""What is true about the simulated traffic, noted while it is made.

Nothing here reads a row or a report's code: sessions are counted when the simulation opens one, funnel depths
are stamped on cards as people walk by. Machines are counted as such and nowhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from collector.demo.audience import DAY
from collector.demo.campaigns import Link, Touch
from collector.demo.delivery import Hit
from collector.demo.losses import Deed, Losses, Passage, losses
from collector.demo.people import Own, Person
from collector.demo.visit import STAGES

WINDOW: Final = 7 * DAY


@dataclass
class Session:
    """One session as the simulation opened it. It counts from its first kept event on."""

    touch: Touch
    link: Link
    credits: tuple[Credit, ...] = ()
    counted: bool = False
    passage: Passage = field(default_factory=Passage)


@dataclass
class Credit:
    """What one source or campaign brought."""

    sessions: int = 0
    purchases: int = 0


@dataclass
class Truth:
    """The figures that the reports must meet. `funnel` follows `visit.STAGES`; revenue is by currency.

    `sources` and `campaigns` are keyed by the raw value of the session's first tag, trimmed; sessions without
    that tag are in neither. `accepted` includes the events of machines (`bots`), no other figure does; `programs`
    are the pages of each visit of a machine that does not say what it is. `visitors` are browsers, `people` are
    browsers joined by a sign-in. `messy` sessions began with a badly written tag; `internal` page views carried a
    tag on a link between own pages; `late` events were sent more than a day after they happened. `books` say by
    UTC day what became of the rows, `receipts` how often which answer was given (state, source, policy), `names`
    by how many sessions which name of a link was brought.
    """

    received: int = 0
    accepted: int = 0
    duplicate: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    bots: int = 0
    late: int = 0
    programs: list[int] = field(default_factory=list)
    visitors: int = 0
    people: int = 0
    sessions: int = 0
    page_views: int = 0
    purchases: int = 0
    messy: int = 0
    internal: int = 0
    revenue: dict[str, Decimal] = field(default_factory=dict)
    funnel: list[int] = field(default_factory=lambda: [0] * len(STAGES))
    sources: dict[str, Credit] = field(default_factory=dict)
    campaigns: dict[str, Credit] = field(default_factory=dict)
    books: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    receipts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    withdrawals: list[tuple[str, int]] = field(default_factory=list)
    names: Counter[tuple[str, str]] = field(default_factory=Counter)
    losses: Losses = field(default_factory=Losses)
    passages: list[Passage] = field(default_factory=list)
    units: list[list[Deed]] = field(default_factory=list)

    @property
    def consented(self) -> float:
        """The share of the well-formed rows that came with consent."""
        return 1 - (self.dropped.total() - self.dropped["invalid"]) / max(1, self.received - self.dropped["invalid"])

    def arrived(self, copies: Sequence[Hit], refusal: str | None = None) -> None:
        """Note the deliveries of one event: all dropped for one reason, or the first kept and the others
        repeats."""
        self.received += len(copies)
        for place, copy in enumerate(copies):
            outcome = "dropped" if refusal else "duplicate" if place else "accepted"
            self.books[(copy.received // DAY, outcome, refusal or "")] += 1
        if refusal:
            self.dropped[refusal] += len(copies)
            return
        self.accepted += 1
        self.duplicate += len(copies) - 1
        self.bots += copies[0].browser.bot
        self.late += copies[0].is_late

    def refused(self, t: int) -> None:
        """Note a malformed row, received at `t`."""
        self.received += 1
        self.dropped["invalid"] += 1
        self.books[(t // DAY, "dropped", "invalid")] += 1

    def left(self, person: Person, t: int) -> None:
        """Note that somebody withdraws at `t`, on every browser of which something was kept."""
        for own in person.owned:
            if own.seen and own.browser.visitor:
                self.withdrawals.append((own.browser.visitor, t))

    def saw(self, own: Own, session: Session, one: Hit, stage: int | None = None) -> None:
        """Note one kept event of a person: its session, its figures, and its funnel stage, if any."""
        if not session.counted:
            self._open(session)
        own.seen += 1
        at, path = one.happened + one.browser.latency, urlsplit(one.url).path[3:]  # behind the language
        own.deeds.append(Deed(at, one.name, one.props or {}, session.link.campaign))
        session.passage.happened(at, one.name, path, one.props or {})
        session.passage.device = own.kind
        self.page_views += one.name == "page_view"
        if stage is not None:
            own.marks.append((at, stage))
        if one.revenue:
            amount, currency = one.revenue
            self.purchases += 1
            self.revenue[currency] = self.revenue.get(currency, Decimal(0)) + Decimal(amount)
            for credit in session.credits:
                credit.purchases += 1

    def known(self, person: Person) -> None:
        """Note who a person turned out to be: browsers that were signed in on are one, each other browser is
        another."""
        seen = [own for own in person.owned if own.seen]
        signed = [own for own in seen if own.signed]
        units = [[own] for own in seen if not own.signed] + ([signed] if signed else [])
        self.visitors += len(seen)
        self.people += len(units)
        for unit in units:
            self.units.append([deed for own in unit for deed in own.deeds])
            for stage in range(depth(mark for own in unit for mark in own.marks)):
                self.funnel[stage] += 1

    def finished(self, sent: Iterable[Hit], now: int) -> None:
        """Note what only the end tells: `sent` is every delivery in order of arrival, `now` the present (ms UTC)."""
        self.losses = losses(self.passages, self.units, now)
        answers: dict[str, tuple[str, str]] = {}
        for one in sent:
            visitor, consent = one.browser.visitor, one.consent
            if visitor is None or consent is None or consent["state"] != "granted":
                continue
            said = str(consent["source"]), str(consent["policy"])
            if answers.get(visitor) != said:
                answers[visitor] = said
                self.receipts[("granted", *said)] += 1
        for visitor, _ in self.withdrawals:
            self.receipts[("withdrawn", "forget", answers[visitor][1])] += 1

    def misspelt(self) -> tuple[int, int]:
        """How many names of links are another one in other letters' case that more sessions came by, and how many
        sessions came by them."""
        alike: dict[tuple[str, str], list[int]] = {}
        for (parameter, name), n in self.names.items():
            alike.setdefault((parameter, name.lower()), []).append(n)
        rare = [n for group in alike.values() for n in sorted(group)[:-1]]
        return len(rare), sum(rare)

    def _open(self, session: Session) -> None:
        source, campaign = session.link.source, session.link.campaign
        session.counted = True
        session.credits = tuple(
            table.setdefault(key, Credit())
            for table, key in ((self.sources, source), (self.campaigns, campaign))
            if key
        )
        self.sessions += 1
        self.messy += session.link.messy
        self.names.update(session.link.said.items())
        self.passages.append(session.passage)
        for credit in session.credits:
            credit.sessions += 1


def depth(marks: Iterable[tuple[int, int]], window: int = WINDOW) -> int:
    """How far somebody got, from (time in ms, stage): every home view opens a card that is good for the
    window, its last millisecond included; each stage that comes next is stamped on it; the fullest card
    counts."""
    cards: list[list[int]] = []  # [opened, stamps]
    for t, stage in sorted(marks):
        if stage == 0:
            cards.append([t, 1])
            continue
        for card in cards:
            if card[1] == stage and t - card[0] <= window:
                card[1] += 1
    return max((stamps for _, stamps in cards), default=0)
