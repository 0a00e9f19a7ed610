"""Carts: what became of them, what those were worth that were given up, and whose they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from collector.charts import Bar, Drawing, bars
from collector.pages import comparison, trends
from collector.pages.filters import OFFERED, Dimension, Filters
from collector.pages.listing import Cell, Head, Listing, written
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.words import NOTHING, UNKNOWN, Words, mark
from collector.reports.answer import Answer
from collector.reports.small import Hidden
from collector.reports.statistics import ratio, wilson

ROWS: Final = 8  # bars of a chart
_BY: Final[tuple[Dimension, ...]] = ("campaign", "source", "medium", "channel", "device", "browser", "country")
GROUPS: Final[dict[Dimension, str]] = {name: OFFERED[name] for name in _BY}
STATES: Final = {
    "purchased": mark("purchased"), "recovered": mark("recovered: purchased after a long pause"),
    "abandoned": mark("abandoned, may still be recovered"), "lost": mark("lost: too old to be recovered"),
    "emptied": mark("emptied"), "open": mark("still open"),
}  # fmt: skip
_GONE: Final = ("abandoned", "lost")
_CLOSED: Final = ("purchased", "recovered", *_GONE)
_SHARES: Final = (mark("Carts"), mark("Abandoned"), mark("Share"), mark("At least"), mark("At most"))
_NOWHERE: Final = {  # what a report says instead of a page
    "(unknown)": mark("not seen again"), "(left)": mark("left the site"), "(none)": mark("(none)")
}  # fmt: skip
_WITHIN: Final = {"1h": mark("an hour"), "1d": mark("a day"), "7d": mark("a week")}


class Figure(NamedTuple):
    """A key figure: its title, its values, what it rests on, and what it was before."""

    name: str
    title: str
    values: Sequence[str]
    told: str = ""
    change: comparison.Change | None = None


def ask(filters: Filters) -> dict[str, Question]:
    return {"carts": Question("abandonment", filters.part(trend=trends.asked(filters)))}


def show(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found, words, before = answers["carts"], sight.words, comparison.earlier(answers, "carts")
    totals = found.totals
    most = max((totals[state] for state in STATES), default=0) or 1
    titles = {state: words(title) for state, title in STATES.items()}
    states = [
        Bar(title, totals[state] / most, words.number(totals[state]), hatched=state in _GONE)
        for state, title in titles.items()
        if totals[state] or state not in ("emptied", "open")
    ]
    within = [
        Bar(words(_WITHIN[name]), share, words.percent(share)) for name, share in totals["purchased_within"].items()
    ]
    rows = [
        [Cell(title), Cell(words.number(totals[state])), Cell(", ".join(moneys(words, _worth(found.rows, state))))]
        for state, title in titles.items()
    ]
    caption = words(mark("What became of the carts"))
    heads = [Head(words(title), n > 0) for n, title in enumerate((mark("Carts"), mark("Number"), mark("Value")))]
    return {
        "found": found,
        "empty": not totals["carts"],
        "figures": _figures(words, totals, before.totals if before else None),
        "states": bars(caption, states),
        "within": bars(words(mark("Purchased within")), within),
        "exits": _places(words, mark("Last page seen"), totals["exits"]),
        "trend": trends.shown(sight, words(mark("Carts abandoned, by opening date")), found, before, "carts"),
        "next": _places(words, mark("Next page seen"), totals["left_to"]),
        "table": Listing(caption, heads, rows, "carts", sight.questions["carts"]),
        "notes": _notes(words, found),
    }


def told(sight: Sight, answers: Mapping[str, Answer]) -> list[Listing]:
    """What became of the carts, each currency by itself: amounts of one may be hidden, and those of another not."""
    found, words = answers["carts"], sight.words
    several = len({row["currency"] for row in found.rows if row["carts"]}) > 1
    titled = {state: words(title) for state, title in STATES.items()}
    rows = [
        [Cell(titled[row["state"]]), *([Cell(_currency(words, row))] if several else []),
         Cell(words.number(row["carts"])),
         Cell(_amount(words, row["value"], row["currency"], row["carts"]) if row["carts"] else UNKNOWN)]
        for row in found.rows
    ]  # fmt: skip
    titles = (mark("Carts"), *([mark("Currency")] if several else []), mark("Number"), mark("Value"))
    heads = [Head(words(title), n > several) for n, title in enumerate(titles)]
    caption = words(mark("What became of the carts"))
    drawn = [
        (" · ".join(cell.text for cell in cells[: 1 + several] if cell.text != UNKNOWN), row["carts"],
         words.number(row["carts"]))
        for row, cells in zip(found.rows, rows, strict=True)
    ]  # fmt: skip
    notes = _notes(words, found)
    return [Listing(caption, heads, rows, "carts", sight.questions["carts"], notes, _drawn(caption, drawn))]


def _currency(words: Words, row: Mapping[str, Any]) -> str:
    """A row's currency; where there is no cart there is nothing that could have one."""
    return row["currency"] or (words.none if row["carts"] else UNKNOWN)


def _drawn(caption: str, parts: Sequence[tuple[str, float | Hidden | None, str]]) -> Drawing | None:
    """Bars with their labels and figures, as long as the longest that is not hidden; none if all are."""
    known = [0 if n is None or isinstance(n, Hidden) else n for _, n, _ in parts]
    most = max(known, default=0)
    if not most:
        return None
    return bars(caption, [
        Bar(label, None if n is None or isinstance(n, Hidden) else n / most, told) for label, n, told in parts[:ROWS]
    ])  # fmt: skip


def _amount(words: Words, amount: float | Hidden | None, currency: str | None, carts: int | Hidden) -> str:
    """An amount that is hidden where its carts are."""
    if isinstance(carts, Hidden):
        return words.untold(carts)
    return (
        words.untold(amount) if amount is None or isinstance(amount, Hidden) else money(words, amount, currency or "")
    )


def _notes(words: Words, found: Answer) -> list[str]:
    """What the report says of itself; sums over currencies are not missed here, where each has its own."""
    return [words.note(note) for note in found.notes if not note.startswith("value_lost is missing")]


def _figures(words: Words, totals: Mapping[str, Any], before: Mapping[str, Any] | None) -> list[Figure]:
    gone, back = totals["abandoned"] + totals["lost"], totals["recovered"]
    interval = ""
    if totals["rate_low"] is not None:
        low, high = words.percent(totals["rate_low"]), words.percent(totals["rate_high"])
        interval = words(mark("%(low)s to %(high)s"), low=low, high=high)
    told = {"gone": words.number(gone), "closed": words.number(totals["closed"])}
    listed = [
        Figure("rate", words(mark("Cart abandonment")), [words.percent(totals["rate_net"])],
               words(mark("%(gone)s of %(closed)s"), **told) + (f" · {interval}" if interval else "")),
        Figure("lost", words(mark("Abandoned value")), moneys(words, totals["value_lost_by_currency"])),
        Figure("recovered", words(mark("Recovered")), [words.percent(totals["recovery_rate"])],
               words(mark("%(back)s of %(n)s that paused"), back=words.number(back), n=words.number(gone + back))),
        Figure("value", words(mark("Recovered value")), moneys(words, totals["value_recovered_by_currency"])),
    ]  # fmt: skip
    changes = _changes(words, totals, before) if before is not None else [None] * len(listed)
    return [figure._replace(change=change) for figure, change in zip(listed, changes, strict=True)]


def _changes(words: Words, now: Mapping[str, Any], then: Mapping[str, Any]) -> list[comparison.Change]:
    """What each of the figures was."""
    worth = [", ".join(moneys(words, then[f"value_{what}_by_currency"])) for what in ("lost", "recovered")]
    return [
        comparison.share(words, gone_of(now), gone_of(then)), comparison.Change("", worth[0]),
        comparison.share(words, _back_of(now), _back_of(then)), comparison.Change("", worth[1]),
    ]  # fmt: skip


def gone_of(totals: Mapping[str, Any]) -> tuple[int, int]:
    """How many carts were given up, of how many."""
    return totals["abandoned"] + totals["lost"], totals["closed"]


def _back_of(totals: Mapping[str, Any]) -> tuple[int, int]:
    return totals["recovered"], totals["abandoned"] + totals["lost"] + totals["recovered"]


def moneys(words: Words, amounts: Mapping[str, float]) -> list[str]:
    """Amounts by currency, the largest first; what has no currency is a number."""
    listed = sorted(amounts.items(), key=lambda item: -item[1])
    return [money(words, amount, currency) for currency, amount in listed] or [UNKNOWN]


def money(words: Words, amount: float, currency: str) -> str:
    """An amount in a currency, or without one."""
    if len(currency) == 3 and currency.isalpha():
        return words.money(f"{amount:.2f}", currency)
    return words(mark("%(amount)s (no currency)"), amount=words.number(amount, 2))


def _worth(rows: Sequence[Mapping[str, Any]], state: str) -> dict[str, float]:
    """What the carts of a state were worth, by currency; nothing where there are none."""
    return {row["currency"] or "": row["value"] for row in rows if row["state"] == state and row["carts"]}


def _places(words: Words, title: str, counts: Mapping[str, int]) -> dict[str, Any]:
    """Pages with how often each was one, the most frequent ones."""
    whole = sum(counts.values())
    listed = list(counts.items())[:ROWS]
    parts = [
        Bar(place(words, path), n / whole, f"{words.number(n)} · {words.percent(n / whole)}") for path, n in listed
    ]
    caption = words(title)
    return {"caption": caption, "chart": bars(caption, parts) if parts else None}


def place(words: Words, path: str) -> str:
    """A page, or what is said where there is none."""
    return words(_NOWHERE[path]) if path in _NOWHERE else path


def _group(filters: Filters) -> Dimension:
    asked = filters.one("group", "campaign")
    return next((name for name in GROUPS if name == asked), "campaign")


def ask_by(filters: Filters) -> dict[str, Question]:
    return {"by": Question("abandonment", filters.part(group_by=_group(filters)))}


def show_by(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """The carts of each group, those that lost most in the currency that lost most first."""
    found, words, group = answers["by"], sight.words, _group(sight.filters)
    groups: Mapping[str, Mapping[str, Any]] = found.totals.get("groups", {})
    lost = found.totals["value_lost_by_currency"]
    currency = max(lost, key=lambda name: (lost[name], name), default="")
    ranked = sorted(groups.items(), key=lambda item: (-_in(item[1], currency), -item[1]["closed"], item[0]))
    most = max((_in(totals, currency) for totals in groups.values()), default=0) or 1
    parts = [
        Bar(label(words, group, name), _in(totals, currency) / most, money(words, _in(totals, currency), currency))
        for name, totals in ranked[:ROWS]
    ]
    before = comparison.earlier(answers, "by")
    earlier = None if before is None else before.totals.get("groups", {})
    titles = [GROUPS[group], *_SHARES,
              *([mark("Change of the rate, in points")] if earlier is not None else []),
              mark("Abandoned value"), mark("Recovered value")]  # fmt: skip
    rows = [_line(sight, group, name, totals, earlier) for name, totals in ranked]
    caption = words(mark("Value abandoned in carts, by %(field)s"), field=words.inside(GROUPS[group]))
    heads = [Head(words(title), n > 0) for n, title in enumerate(titles)]
    return {
        "chart": bars(caption, parts) if parts else None,
        "caption": caption,
        "worst": _worst(words, group, ranked, currency),
        "choices": [
            (words(title), sight.filters.with_own(group=name) + "#by", name == group) for name, title in GROUPS.items()
        ],
        "table": Listing(caption, heads, rows, "by", sight.questions["by"]),
        "notes": _notes(words, found),
    }


def _line(
    sight: Sight,
    group: Dimension,
    name: str,
    totals: Mapping[str, Any],
    earlier: Mapping[str, Mapping[str, Any]] | None,
) -> list[Cell]:
    """A group's row, with the change of its share where there is an earlier time."""
    words = sight.words
    was = (earlier or {}).get(name)
    shift = comparison.share(words, gone_of(totals), gone_of(was) if was else (0, 0)).bare or UNKNOWN
    return [
        Cell(label(words, group, name), sight.filters.narrowed(group, None if name in NOTHING else name)),
        Cell(words.number(totals["closed"])), Cell(words.number(gone_of(totals)[0])),
        *(Cell(words.percent(totals[key])) for key in ("rate_net", "rate_low", "rate_high")),
        *([Cell(shift)] if earlier is not None else []),
        Cell(", ".join(moneys(words, totals["value_lost_by_currency"]))),
        Cell(", ".join(moneys(words, totals["value_recovered_by_currency"]))),
    ]  # fmt: skip


def _in(totals: Mapping[str, Any], currency: str) -> float:
    return float(totals["value_lost_by_currency"].get(currency, 0))


def parted(answer: Answer) -> Answer:
    """The rows of each group's states as a row for each group and currency, those that lost most first: how many carts
    ended, how many of them were given up, what those were worth."""
    group = answer.columns[0]
    sums: dict[tuple[str, str], dict[str, Any]] = {}
    for row in answer.rows:
        if row["carts"] and row["state"] in _CLOSED:
            known = sums.setdefault((row[group], row["currency"] or ""), {"carts": 0, "gone": 0, "lost": 0.0})
            known["carts"] += row["carts"]
            if row["state"] in _GONE:
                known["gone"] += row["carts"]
                known["lost"] += row["value"]
    rows = []
    for (name, currency), one in sorted(sums.items(), key=lambda item: (-item[1]["lost"], item[0])):
        low, high = wilson(one["gone"], one["carts"]) or (None, None)
        shares = {"share": ratio(one["gone"], one["carts"]), "low": low, "high": high}
        rows.append({group: name, "currency": currency, "carts": one["carts"], "gone": one["gone"], **shares,
                     "lost": one["lost"]})  # fmt: skip
    columns = [group, "currency", "carts", "gone", "share", "low", "high", "lost"]
    return replace(answer, rows=rows, columns=columns)


def told_by(sight: Sight, answers: Mapping[str, Answer]) -> list[Listing]:
    """The carts of each group and currency: see `parted`."""
    found, words, group = answers["by"], sight.words, _group(sight.filters)
    several = len({row["currency"] for row in found.rows}) > 1
    titles = [GROUPS[group], *([mark("Currency")] if several else []), *_SHARES, mark("Abandoned value")]
    rows = [
        [Cell(label(words, group, row[group])), *([Cell(row["currency"] or words.none)] if several else []),
         Cell(words.number(row["carts"])), Cell(words.number(row["gone"])),
         *(Cell(words.percent(row[name])) for name in ("share", "low", "high")),
         Cell(_amount(words, row["lost"], row["currency"], row["gone"]))]
        for row in found.rows
    ]  # fmt: skip
    caption = words(mark("Value abandoned in carts, by %(field)s"), field=words(GROUPS[group]))
    heads = [Head(words(title), n > several) for n, title in enumerate(titles)]
    currency = found.rows[0]["currency"] if found.rows else ""  # that of the group that lost most
    drawn = [(cells[0].text, row["lost"], cells[-1].text)
             for row, cells in zip(found.rows, rows, strict=True) if row["currency"] == currency]  # fmt: skip
    notes = _notes(words, found)
    return [Listing(caption, heads, rows, "by", sight.questions["by"], notes, _drawn(caption, drawn))]


def label(words: Words, group: str, name: str) -> str:
    """A group's name."""
    return written(words, group, name)


def _worst(words: Words, group: str, ranked: Sequence[tuple[str, Mapping[str, Any]]], currency: str) -> str:
    """The group that lost most, in a sentence; what has no name is none."""
    named = [(name, totals) for name, totals in ranked if name != "(none)" and _in(totals, currency)]
    if not named:
        return ""
    name, totals = named[0]
    told = {"name": label(words, group, name), "worth": money(words, _in(totals, currency), currency)}
    if not currency:
        return words(mark("Most was lost by %(name)s: %(worth)s."), **told)
    return words(mark("In %(currency)s, most was lost by %(name)s: %(worth)s."), currency=currency, **told)
