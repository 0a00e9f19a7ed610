"""The truth about the simulated traffic beside what the reports say of it, figure by figure, in two languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from collector.demo.audience import DAY
from collector.demo.catalogue import FUNNEL
from collector.demo.losses import STEPS
from collector.demo.truth import Truth
from collector.demo.visit import STAGES

MONTH: Final = 30 * DAY
_CONSENT: Final = ("denied", "no_consent", "withdrawn")  # what rows were dropped for want of
_FRENCH: Final = {
    "/cart": "panier", "/checkout/address": "adresse", "/checkout/shipping": "livraison",
    "/checkout/payment": "paiement", "banner": "bandeau", "privacy": "page vie privée", "denied": "refusé",
    "no_consent": "sans réponse", "withdrawn": "retiré", "invalid": "mal formé",
}  # fmt: skip


class Asked(NamedTuple):
    """A question to compare with: which report, and its spec. Of `books` that go on, the answer holds for once."""

    report: str
    spec: Mapping[str, Any]
    books: bool = False


def questions(now: int) -> dict[str, Asked]:
    """The questions to compare with, by name, asked at `now` (ms UTC), as pages ask them: machines that do not say what
    they are count, but for `people`. The last month begins with a UTC day, as the books do."""
    until = now + 1
    month = {"from": month_of(now), "to": until}
    steps = [{"path": f"/*{path}"} for path in STEPS]
    return {
        "overview": Asked("overview", {}),
        "people": Asked("overview", {"bots": "exclude"}),
        "funnel": Asked("funnel", FUNNEL),
        "campaigns": Asked("campaigns", {"limit": 1000}),
        "carts": Asked("abandonment", {"group_by": "campaign", "range": month}),
        "checkout": Asked("abandonment", {"type": "checkout", "steps": steps, "group_by": "device"}),
        "forms": Asked("abandonment", {"type": "form"}),
        "links": Asked("utm_audit", {}),
        "consent": Asked("consent", {"limit": 100_000, "range": {"to": until}}),
        "refusals": Asked("consent", {"limit": 100_000, "range": month}, books=True),
        "quality": Asked("quality", {}, books=True),
    }


def month_of(now: int) -> int:
    """Where the last month begins (ms UTC)."""
    return (now - MONTH) // DAY * DAY


class Line(NamedTuple):
    """One figure of the truth beside the report's. `report` is None where the report does not have it."""

    what_en: str
    what_fr: str
    truth: int | Decimal
    report: int | Decimal | None
    agrees: bool


def compare(truth: Truth, answers: Mapping[str, Mapping[str, Any]]) -> list[Line]:
    """The truth beside the answers to `questions`, by name, in one list of figures.

    `import` holds what the import told: received, accepted, duplicate, and dropped by reason. What is not
    among the answers has no lines.
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
            _line(f"Dropped: {reason}", f"Écartés : {_FRENCH[reason]}", count, dropped.get(reason, 0))
            for reason, count in sorted(truth.dropped.items())
            if count
        ),
    ]


def _overview(truth: Truth, answer: Mapping[str, Any]) -> list[Line]:
    """The key figures of the page, with the visits of machines that do not say what they are."""
    totals, visits = answer["totals"], len(truth.programs)
    views = truth.page_views + sum(truth.programs)
    lines = [
        _line("Visitors (browsers)", "Visiteurs (navigateurs)", truth.visitors + visits, totals.get("visitors")),
        _line("Sessions", "Sessions", truth.sessions + visits, totals.get("sessions")),
        _line("Page views", "Pages vues", views, totals.get("page_views")),
        _line("Purchases", "Achats", truth.purchases, totals.get("purchases")),
    ]
    revenue = totals.get("revenue") or {}
    return lines + [
        _line(f"Revenue, {currency}", f"Chiffre d’affaires, {currency}", amount, revenue.get(currency))
        for currency, amount in sorted(truth.revenue.items())
    ]


def _people(truth: Truth, answer: Mapping[str, Any]) -> list[Line]:
    totals = answer["totals"]
    return [
        _line("Visitors, bots=exclude", "Visiteurs, bots=exclude", truth.visitors, totals.get("visitors")),
        _line("Sessions, bots=exclude", "Sessions, bots=exclude", truth.sessions, totals.get("sessions")),
        _line("Page views, bots=exclude", "Pages vues, bots=exclude", truth.page_views, totals.get("page_views")),
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


def _carts(truth: Truth, answer: Mapping[str, Any]) -> list[Line]:
    """What the carts of the last month were worth that were left, in euro, by the campaigns that lost most."""
    mine = truth.losses.lost(answer["spec"]["range"]["from"])
    theirs: Counter[tuple[str, str]] = Counter()
    for name, group in answer["totals"]["groups"].items():
        for currency, amount in group["value_lost_by_currency"].items():
            theirs["" if name == "(none)" else _fold(name), currency] += round(amount * 100)
    worst = sorted((key for key in mine if key[0] and key[1] == "EUR"), key=lambda key: (-mine[key], key))[:3]
    return [
        _line(f"Left in carts: {name}, {currency}", f"Laissé aux paniers : {name}, {currency}", mine[name, currency],
              Decimal(theirs[name, currency]) / 100)
        for name, currency in worst
    ]  # fmt: skip


def _checkout(truth: Truth, answer: Mapping[str, Any]) -> list[Line]:
    left = {row["step"]: row["abandoned"] for row in answer["rows"] if row["device"] == "mobile"}
    return [
        _line(f"Mobile, left at: {path}", f"Mobile, abandon : {_FRENCH[path]}", truth.losses.left["mobile", n],
              left.get(n + 1, 0))
        for n, path in enumerate(STEPS)
    ]  # fmt: skip


def _forms(truth: Truth, answer: Mapping[str, Any]) -> list[Line]:
    told, totals = truth.losses, answer["totals"]
    stopped = sorted(told.stopped.items(), key=lambda pair: (-pair[1], pair[0]))
    last = totals["last_field"]
    return [
        _line("Forms begun", "Formulaires commencés", told.begun, totals["starters"]),
        _line("Forms not sent", "Formulaires abandonnés", told.unsent, totals["abandoned"]),
        *(
            _line(f"Forms, given up at: {name}", f"Formulaires, dernier champ : {name}", n, last.get(name))
            for name, n in stopped
        ),
    ]


def _links(truth: Truth, answer: Mapping[str, Any]) -> list[Line]:
    names, sessions = truth.misspelt()
    told = [row["sessions"] for row in answer["rows"] if row["finding"] == "near_duplicate"]
    return [
        _line("Misspelt names in links", "Noms mal écrits dans les liens", names, len(told)),
        _line("Sessions by them", "Sessions par ces liens", sessions, sum(told)),
    ]


def _consent(truth: Truth, answer: Mapping[str, Any]) -> list[Line]:
    given: Counter[tuple[str, str]] = Counter()
    for row in answer["rows"]:
        given[row["state"], row["policy"]] += row["receipts"]
        given[row["state"], row["source"]] += row["receipts"]
    mine: Counter[tuple[str, str]] = Counter()
    for (state, source, policy), n in truth.receipts.items():
        mine[state, policy] += n
        mine[state, source] += n
    said = {"granted": ("Grants", "Accords"), "withdrawn": ("Withdrawals", "Retraits")}
    return [
        _line(f"{said[state][0]}: {key}", f"{said[state][1]} : {_FRENCH.get(key, key)}", n, given[state, key])
        for (state, key), n in sorted(mine.items())
        if key != "forget"
    ]


def _refusals(truth: Truth, answer: Mapping[str, Any]) -> list[Line]:
    since = answer["spec"]["range"]["from"] // DAY
    mine: Counter[str] = Counter()
    for (day, outcome, reason), n in truth.books.items():
        mine[reason] += n if outcome == "dropped" and day >= since and reason in _CONSENT else 0
    dropped = answer["totals"]["dropped"]
    return [
        _line(f"Dropped, last 30 days: {reason}", f"Écartés, 30 jours : {_FRENCH[reason]}", n, dropped.get(reason, 0))
        for reason, n in sorted(mine.items())
        if n
    ]


_FIGURES: Final[Mapping[str, Callable[[Truth, Mapping[str, Any]], list[Line]]]] = {
    "import": _import,
    "overview": _overview,
    "people": _people,
    "funnel": _funnel,
    "campaigns": _campaigns,
    "carts": _carts,
    "checkout": _checkout,
    "forms": _forms,
    "links": _links,
    "consent": _consent,
    "refusals": _refusals,
    "quality": _quality,
}


def _line(what_en: str, what_fr: str, truth: int | Decimal, told: Any) -> Line:
    report = told if told is None or isinstance(told, int) else Decimal(str(told))
    return Line(what_en, _narrow(what_fr), truth, report, report == truth)


def _narrow(sentence: str) -> str:
    """The sentence with the blanks before its colons narrow, and none to be broken."""
    return sentence.replace(" :", "\N{NARROW NO-BREAK SPACE}:")


def _fold(text: str | None) -> str:
    return (text or "").strip().lower()


def _shown(figure: int | Decimal | None, french: bool) -> str:
    if figure is None:
        return "-"
    text = f"{figure:,.2f}" if isinstance(figure, Decimal) else f"{figure:,}"
    return text.replace(",", "\u202f").replace(".", ",") if french else text
