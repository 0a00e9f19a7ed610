"""The truth about the simulated traffic beside what the reports say of it, figure by figure, in two languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from collector.demo.catalogue import FUNNEL
from collector.demo.truth import Truth
from collector.demo.visit import STAGES

# The specs of the questions to compare with, by report. Machines that do not say what they are count as machines.
QUESTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "overview": {"bots": "exclude"},
    "funnel": {**FUNNEL, "bots": "exclude"},
    "campaigns": {"bots": "exclude", "limit": 1000},
    "quality": {},
}


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
