"""What is true about the simulated traffic, noted while it is made, and how the reports compare with it.

Nothing here reads a row or a report's code: sessions are counted when the simulation opens one, funnel depths
are stamped on cards as people walk by. Machines are counted as such and nowhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from collector.demo.audience import DAY
from collector.demo.campaigns import Link, Touch
from collector.demo.catalogue import FUNNEL
from collector.demo.delivery import Hit
from collector.demo.people import Own, Person
from collector.demo.visit import STAGES

WINDOW: Final = 7 * DAY

# The specs of the questions to compare with, by report. Machines that do not say what they are count as machines.
QUESTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "overview": {"bots": "exclude"},
    "funnel": {**FUNNEL, "bots": "exclude"},
    "campaigns": {"bots": "exclude", "limit": 1000},
    "quality": {},
}


@dataclass
class Session:
    """One session as the simulation opened it. It counts from its first kept event on."""

    touch: Touch
    link: Link
    credits: tuple[Credit, ...] = ()
    counted: bool = False


@dataclass
class Credit:
    """What one source or campaign brought."""

    sessions: int = 0
    purchases: int = 0


@dataclass
class Truth:
    """The figures that the reports must meet. `funnel` follows `visit.STAGES`; revenue is by currency.

    `sources` and `campaigns` are keyed by the raw value of the session's first tag, trimmed; sessions without
    that tag are in neither. `accepted` includes the events of machines (`bots`), no other figure does.
    `visitors` are browsers, `people` are browsers joined by a sign-in. `messy` sessions began with a badly
    written tag; `internal` page views carried a tag on a link between own pages; `late` events were sent more
    than a day after they happened.
    """

    received: int = 0
    accepted: int = 0
    duplicate: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    bots: int = 0
    late: int = 0
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

    @property
    def consented(self) -> float:
        """The share of the well-formed rows that came with consent."""
        return 1 - (self.dropped.total() - self.dropped["invalid"]) / max(1, self.received - self.dropped["invalid"])

    def arrived(self, copies: Sequence[Hit], refusal: str | None = None) -> None:
        """Note the deliveries of one event: all dropped for one reason, or the first kept and the others
        repeats."""
        self.received += len(copies)
        if refusal:
            self.dropped[refusal] += len(copies)
            return
        self.accepted += 1
        self.duplicate += len(copies) - 1
        self.bots += copies[0].browser.bot
        self.late += copies[0].is_late

    def refused(self, rows: int) -> None:
        """Note malformed rows."""
        self.received += rows
        self.dropped["invalid"] += rows

    def saw(self, own: Own, session: Session, one: Hit, stage: int | None = None) -> None:
        """Note one kept event of a person: its session, its figures, and its funnel stage, if any."""
        if not session.counted:
            self._open(session)
        own.seen += 1
        self.page_views += one.name == "page_view"
        if stage is not None:
            own.marks.append((one.happened + one.browser.latency, stage))
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
            for stage in range(depth(mark for own in unit for mark in own.marks)):
                self.funnel[stage] += 1

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


class Line(NamedTuple):
    """One figure of the truth beside the report's. `report` is None where the report does not have it."""

    what_en: str
    what_fr: str
    truth: int | Decimal
    report: int | Decimal | None
    agrees: bool


def compare(truth: Truth, answers: Mapping[str, Mapping[str, Any]]) -> list[Line]:
    """The truth beside the answers to QUESTIONS, by report, in one list of figures.

    `import` holds what the import told: received, accepted, duplicate, and dropped by reason. A report that is
    not among the answers has no lines.
    """
    lines: list[Line] = []
    for name, figures in _FIGURES.items():
        if name in answers:
            lines += figures(truth, answers[name])
    return lines


def table(lines: Sequence[Line], lang: str = "en") -> str:
    """The lines as text, 80 columns wide, with a verdict at the end, in `en` or `fr`."""
    french = lang == "fr"
    head = ("Chiffre", "Vérité", "Rapport") if french else ("Figure", "Truth", "Report")
    good, bad = ("oui", "NON") if french else ("yes", "NO")
    rows = [f"{head[0]:<42}{head[1]:>15}{head[2]:>15}{'=':>8}", "─" * 80]
    for line in lines:
        what = line.what_fr if french else line.what_en
        figures = f"{_shown(line.truth, french):>15}{_shown(line.report, french):>15}"
        rows.append(f"{what[:41]:<42}{figures}{good if line.agrees else bad:>8}")
    agreed = sum(line.agrees for line in lines)
    said = "chiffres concordent" if french else "figures agree"
    return "\n".join([*rows, "─" * 80, f"{agreed} / {len(lines)} {said}"])


def _import(truth: Truth, told: Mapping[str, Any]) -> list[Line]:
    dropped = told.get("dropped", {})
    return [
        _line("Rows received", "Lignes reçues", truth.received, told.get("received")),
        _line("Events kept", "Événements gardés", truth.accepted, told.get("accepted")),
        _line("Repeats left out", "Répétitions écartées", truth.duplicate, told.get("duplicate")),
        *(
            _line(f"Dropped: {reason}", f"Écartés : {reason}", count, dropped.get(reason, 0))
            for reason, count in sorted(truth.dropped.items())
            if count
        ),
    ]


def _overview(truth: Truth, answer: Mapping[str, Any]) -> list[Line]:
    totals = answer["totals"]
    lines = [
        _line("Visitors (browsers)", "Visiteurs (navigateurs)", truth.visitors, totals.get("visitors")),
        _line("Sessions", "Sessions", truth.sessions, totals.get("sessions")),
        _line("Page views", "Pages vues", truth.page_views, totals.get("page_views")),
        _line("Purchases", "Achats", truth.purchases, totals.get("purchases")),
    ]
    revenue = totals.get("revenue") or {}
    return lines + [
        _line(f"Revenue, {currency}", f"Chiffre d'affaires, {currency}", amount, revenue.get(currency))
        for currency, amount in sorted(truth.revenue.items())
    ]


def _funnel(truth: Truth, answer: Mapping[str, Any]) -> list[Line]:
    french = ("accueil", "article", "panier", "commande", "achat")
    counts: list[Any] = [row.get("reached") for row in answer["rows"]] + [None] * len(STAGES)
    return [
        _line(f"Funnel, people at: {STAGES[n]}", f"Entonnoir, personnes : {french[n]}", count, counts[n])
        for n, count in enumerate(truth.funnel)
    ]


def _campaigns(truth: Truth, answer: Mapping[str, Any]) -> list[Line]:
    """Campaign by campaign, letters' case and edges aside: a report may fold them, the truth does not."""
    mine, theirs = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for name, credit in truth.campaigns.items():
        mine.update({(_fold(name), "sessions"): credit.sessions, (_fold(name), "purchases"): credit.purchases})
    for row in answer["rows"]:
        theirs[_fold(row.get("campaign")), "sessions"] += row.get("sessions") or 0
        theirs[_fold(row.get("campaign")), "purchases"] += row.get("conversions") or 0
    french = {"sessions": "sessions", "purchases": "achats"}
    return [
        _line(f"{name}: {what}", f"{name} : {french[what]}", mine[name, what], theirs[name, what])
        for name in sorted({name for name, _ in mine})
        for what in ("sessions", "purchases")
    ]


def _quality(truth: Truth, answer: Mapping[str, Any]) -> list[Line]:
    told: Counter[str] = Counter()
    for row in answer["rows"]:
        told[row["outcome"] if row["outcome"] == "bot" else f"{row['outcome']} {row['reason']}"] += row["n"]
    internal = answer["totals"].get("tags_on_internal_links")
    return [
        _line("Events of machines", "Événements de robots", truth.bots, told["bot"]),
        _line("Late events", "Événements tardifs", truth.late, told["flag late"]),
        _line("Tags on own links", "Balises sur des liens internes", truth.internal, internal),
    ]


_FIGURES: Final[Mapping[str, Callable[[Truth, Mapping[str, Any]], list[Line]]]] = {
    "import": _import,
    "overview": _overview,
    "funnel": _funnel,
    "campaigns": _campaigns,
    "quality": _quality,
}


def _line(what_en: str, what_fr: str, truth: int | Decimal, told: Any) -> Line:
    report = told if told is None or isinstance(told, int) else Decimal(str(told))
    return Line(what_en, what_fr, truth, report, report == truth)


def _fold(text: str | None) -> str:
    return (text or "").strip().lower()


def _shown(figure: int | Decimal | None, french: bool) -> str:
    if figure is None:
        return "-"
    text = f"{figure:,.2f}" if isinstance(figure, Decimal) else f"{figure:,}"
    return text.replace(",", "\u202f").replace(".", ",") if french else text
