"""Where people give up: carts and what they were worth, checkouts, forms, pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from collector.charts import Bar, Drawing, Group, Step, bars, sides, steps
from collector.pages import builder
from collector.pages.filters import Dimension, Filters
from collector.pages.listing import Cell, Head, Listing, written
from collector.pages.panel import Panel
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.words import UNKNOWN, Words, mark
from collector.reports.answer import Answer
from collector.reports.statistics import ratio

OWN: Final = ("group", "step", "per")
ROWS: Final = 8  # bars of a chart
PAGES: Final = 15
GROUPS: Final[dict[Dimension, str]] = {
    "campaign": mark("Campaign"), "source": mark("Source"), "medium": mark("Medium"), "channel": mark("Channel"),
    "device": mark("Device"), "browser": mark("Browser"), "country": mark("Country"),
}  # fmt: skip
STATES: Final = {
    "purchased": mark("bought"), "recovered": mark("won back: bought after a long pause"),
    "abandoned": mark("given up, may still be bought"), "lost": mark("lost: too old to be bought still"),
    "emptied": mark("emptied"), "open": mark("still open"),
}  # fmt: skip
_GONE: Final = ("abandoned", "lost")
_NOWHERE: Final = {  # what a report says instead of a page
    "(unknown)": mark("not seen again"), "(left)": mark("left the site"), "(none)": mark("without one")
}  # fmt: skip
_WITHIN: Final = {"1h": mark("within an hour"), "1d": mark("within a day"), "7d": mark("within a week")}


class Figure(NamedTuple):
    """A key figure: its title, its values, and what it rests on."""

    name: str
    title: str
    values: Sequence[str]
    told: str = ""


def _ask_carts(filters: Filters) -> dict[str, Question]:
    return {"carts": Question("abandonment", filters.part())}


def _carts(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found, words = answers["carts"], sight.words
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
        [Cell(titles[row["state"]]), Cell(words.number(row["carts"])), Cell(_worth(words, row["value"]))]
        for row in found.rows
    ]
    caption = words(mark("What became of the carts"))
    heads = [Head(words(title), n > 0) for n, title in enumerate((mark("Carts"), mark("Number"), mark("Worth")))]
    return {
        "found": found,
        "empty": not totals["carts"],
        "figures": _figures(words, totals),
        "states": bars(caption, states),
        "within": bars(words(mark("Bought within")), within),
        "exits": _places(words, mark("The last page they saw"), totals["exits"]),
        "next": _places(words, mark("What they saw next"), totals["left_to"]),
        "table": Listing(caption, heads, rows, "carts", sight.questions["carts"]),
        "notes": _notes(words, found),
    }


def _notes(words: Words, found: Answer) -> list[str]:
    """What the report says of itself; sums over currencies are not missed here, where each has its own."""
    return [words.note(note) for note in found.notes if not note.startswith("value_lost is missing")]


def _figures(words: Words, totals: Mapping[str, Any]) -> list[Figure]:
    gone, back = totals["abandoned"] + totals["lost"], totals["recovered"]
    interval = ""
    if totals["rate_low"] is not None:
        low, high = words.percent(totals["rate_low"]), words.percent(totals["rate_high"])
        interval = words(mark("%(low)s to %(high)s"), low=low, high=high)
    told = {"gone": words.number(gone), "closed": words.number(totals["closed"])}
    return [
        Figure("rate", words(mark("Carts given up")), [words.percent(totals["rate_net"])],
               words(mark("%(gone)s of %(closed)s"), **told) + (f" · {interval}" if interval else "")),
        Figure("lost", words(mark("Worth of what was left")), moneys(words, totals["value_lost_by_currency"])),
        Figure("recovered", words(mark("Won back")), [words.percent(totals["recovery_rate"])],
               words(mark("%(back)s of %(n)s that paused"), back=words.number(back), n=words.number(gone + back))),
        Figure("value", words(mark("Worth won back")), moneys(words, totals["value_recovered_by_currency"])),
    ]  # fmt: skip


def moneys(words: Words, amounts: Mapping[str, float]) -> list[str]:
    """Amounts by currency, the largest first; what has no currency is a number."""
    listed = sorted(amounts.items(), key=lambda item: -item[1])
    return [money(words, amount, currency) for currency, amount in listed] or [UNKNOWN]


def money(words: Words, amount: float, currency: str) -> str:
    """An amount in a currency, or without one."""
    if len(currency) == 3 and currency.isalpha():
        return words.money(f"{amount:.2f}", currency)
    return words(mark("%(amount)s (no currency told)"), amount=words.number(amount, 2))


def _worth(words: Words, value: float | None) -> str:
    return words(mark("several currencies")) if value is None else words.number(value, 2)


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


def _ask_by(filters: Filters) -> dict[str, Question]:
    return {"by": Question("abandonment", filters.part(group_by=_group(filters)))}


def _by(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """The carts of each group, those that lost most in the currency that lost most first."""
    found, words, group = answers["by"], sight.words, _group(sight.filters)
    groups: Mapping[str, Mapping[str, Any]] = found.totals.get("groups", {})
    lost = found.totals["value_lost_by_currency"]
    currency = max(lost, key=lambda name: (lost[name], name), default="")
    ranked = sorted(groups.items(), key=lambda item: (-_in(item[1], currency), -item[1]["closed"], item[0]))
    most = max((_in(totals, currency) for totals in groups.values()), default=0) or 1
    parts = [
        Bar(_label(words, group, name), _in(totals, currency) / most, money(words, _in(totals, currency), currency))
        for name, totals in ranked[:ROWS]
    ]
    titles = (GROUPS[group], mark("Carts"), mark("Given up"), mark("Share"), mark("At least"), mark("At most"),
              mark("Worth of what was left"), mark("Worth won back"))  # fmt: skip
    rows = [
        [
            Cell(_label(words, group, name), sight.filters.narrowed(group, None if name == "(none)" else name)),
            Cell(words.number(totals["closed"])), Cell(words.number(totals["abandoned"] + totals["lost"])),
            *(Cell(words.percent(totals[key])) for key in ("rate_net", "rate_low", "rate_high")),
            Cell(", ".join(moneys(words, totals["value_lost_by_currency"]))),
            Cell(", ".join(moneys(words, totals["value_recovered_by_currency"]))),
        ]
        for name, totals in ranked
    ]  # fmt: skip
    caption = words(mark("Worth of what was left in carts, by %(field)s"), field=words(GROUPS[group]))
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


def _in(totals: Mapping[str, Any], currency: str) -> float:
    return float(totals["value_lost_by_currency"].get(currency, 0))


def _label(words: Words, group: str, name: str) -> str:
    return words(mark("without one")) if name == "(none)" else written(words, group, name)


def _worst(words: Words, group: str, ranked: Sequence[tuple[str, Mapping[str, Any]]], currency: str) -> str:
    """The group that lost most, in a sentence; what has no name is none."""
    named = [(name, totals) for name, totals in ranked if name != "(none)" and _in(totals, currency)]
    if not named:
        return ""
    name, totals = named[0]
    told = {"name": _label(words, group, name), "worth": money(words, _in(totals, currency), currency)}
    if not currency:
        return words(mark("Most was lost by %(name)s: %(worth)s."), **told)
    return words(mark("In %(currency)s, most was lost by %(name)s: %(worth)s."), currency=currency, **told)


def _per(filters: Filters) -> Dimension:
    asked = filters.one("per", "device")
    return next((name for name in GROUPS if name == asked), "device")


def _ask_checkout(filters: Filters) -> dict[str, Question]:
    named = [builder.step(text.strip()) for text in filters.all("step") if text.strip()]
    asked = filters.part(type="checkout", **({"steps": named} if named else {}))
    return {"checkout": Question("abandonment", asked),
            "per": Question("abandonment", asked | {"group_by": _per(filters)})}  # fmt: skip


def _checkout(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found, words, per = answers["checkout"], sight.words, _per(sight.filters)
    held = builder.written(found.spec["steps"]) or ()
    return {
        "empty": not found.rows or not found.rows[0]["reached"],
        "held": [*held, *[""] * max(2, 4 - len(held))],
        "shared": [pair for pair in sight.filters.pairs() if pair[0] != "step"],
        "summary": words(
            mark("%(done)s of %(closed)s checkouts were completed; %(gone)s were given up (%(rate)s)."),
            done=words.number(found.totals["completed"]), closed=words.number(found.totals["closed"]),
            gone=words.number(found.totals["abandoned"]), rate=words.percent(found.totals["rate_net"]),
        ),
        "chart": _steps(words, found.rows),
        "table": _step_table(sight, found.rows, "checkout", None),
        "groups": _sides(words, per, answers["per"].rows),
        "per": _step_table(sight, answers["per"].rows, "per", per),
        "choices": [
            (words(title), sight.filters.with_own(per=name) + "#checkout", name == per)
            for name, title in GROUPS.items()
        ],
        "notes": [words.note(note) for note in (*found.notes, *answers["per"].notes)],
    }  # fmt: skip


def _steps(words: Words, rows: Sequence[Mapping[str, Any]]) -> Drawing:
    first = rows[0]["reached"] if rows else 0
    listed = []
    for row in rows:
        share = ratio(row["reached"], first)
        lost = words(mark("%(n)s give up here (%(share)s)"), n=words.number(row["abandoned"]),
                     share=words.percent(row["rate"]))  # fmt: skip
        told = words.number(row["reached"]) + (f" · {words.percent(share)}" if row["step"] > 1 else "")
        listed.append(Step(row["label"], share, told, lost))
    return steps(words(mark("Checkout, step by step")), listed)


def _sides(words: Words, per: Dimension, rows: Sequence[Mapping[str, Any]]) -> Drawing | None:
    """For each step, the share that gives up there in each group."""
    groups: dict[str, list[Bar]] = {}
    for row in rows:
        told = words(mark("%(rate)s of %(n)s"), rate=words.percent(row["rate"]), n=words.number(row["reached"]))
        groups.setdefault(f"{row['step']}. {row['label']}", []).append(
            Bar(_label(words, per, row[per]), row["rate"], told)
        )
    listed = [Group(label, parts[:ROWS]) for label, parts in groups.items()]
    title = words(mark("Share that gives up at each step, by %(field)s"), field=words(GROUPS[per]))
    return sides(title, listed) if listed else None


def _step_table(sight: Sight, rows: Iterable[Mapping[str, Any]], name: str, per: Dimension | None) -> Listing:
    words = sight.words
    titles = [mark("Step"), mark("Reached"), mark("Given up there"), mark("Share"), mark("Most often next")]
    cells = [
        [
            *([Cell(_label(words, per, row[per]), sight.filters.narrowed(per, row[per]))] if per else []),
            Cell(f"{row['step']}. {row['label']}"), Cell(words.number(row["reached"])),
            Cell(words.number(row["abandoned"])), Cell(words.percent(row["rate"])),
            Cell(place(words, row["next"]) if row["next"] else UNKNOWN),
        ]
        for row in rows
    ]  # fmt: skip
    heads = [Head(words(title), 0 < n < 4) for n, title in enumerate(titles)]
    caption = words(mark("Where the checkout is left"))
    if per:
        heads.insert(0, Head(words(GROUPS[per]), numeric=False))
        caption = words(mark("Where the checkout is left, by %(field)s"), field=words(GROUPS[per]))
    return Listing(caption, heads, cells, name, sight.questions[name])


def _ask_forms(filters: Filters) -> dict[str, Question]:
    return {"forms": Question("abandonment", filters.part(type="form"))}


def _forms(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found, words = answers["forms"], sight.words
    totals = found.totals
    titles = (mark("Field"), mark("Touched"), mark("Last one before giving up"), mark("Share"), mark("Came back to it"),
              mark("Half hesitate for"), mark("Half take"))  # fmt: skip
    rows = [
        [Cell(row["field"]), Cell(words.number(row["touched"])), Cell(words.number(row["last"])),
         Cell(words.percent(row["drop"])), Cell(words.number(row["returned"])),
         Cell(words.duration(row["hesitation_ms"])), Cell(words.duration(row["time_ms"]))]
        for row in found.rows
    ]  # fmt: skip
    caption = words(mark("Fields of forms"))
    parts = [
        Bar(row["field"], row["drop"], f"{words.percent(row['drop'])} · {words.number(row['last'])}", hatched=True)
        for row in sorted(found.rows, key=lambda row: -row["last"])[:ROWS]
    ]
    told = {"gone": words.number(totals["abandoned"]), "starters": words.number(totals["starters"]),
            "rate": words.percent(totals["abandon_rate"])}  # fmt: skip
    return {
        "empty": not totals["starters"] and not totals["views"],
        "summary": words(mark("%(gone)s of %(starters)s who began a form gave it up (%(rate)s)."), **told),
        "chart": bars(words(mark("The field where they gave up")), parts) if parts else None,
        "table": Listing(caption, [Head(words(title), n > 0) for n, title in enumerate(titles)], rows, "forms",
                         sight.questions["forms"]),
        "notes": [words.note(note) for note in found.notes],
    }  # fmt: skip


def _ask_pages(filters: Filters) -> dict[str, Question]:
    return {"pages": Question("abandonment", filters.part(type="page", limit=PAGES))}


def _pages(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found, words = answers["pages"], sight.words
    titles = (mark("Page"), mark("Sessions with it"), mark("Ended there"), mark("Share"), mark("Began there"),
              mark("Of these bounced"))  # fmt: skip
    rows = [
        [Cell(row["page"]), Cell(words.number(row["sessions"])), Cell(words.number(row["exits"])),
         Cell(words.percent(row["exit_rate"]), None, row["exit_rate"]), Cell(words.number(row["entrances"])),
         Cell(words.percent(row["bounce_rate"]))]
        for row in found.rows
    ]  # fmt: skip
    caption = words(mark("Pages on which visits end"))
    heads = [Head(words(title), n > 0) for n, title in enumerate(titles)]
    notes = [words.note(note) for note in found.notes]
    return {"table": Listing(caption, heads, rows, "pages", sight.questions["pages"], notes)}


PANELS: Final = (
    Panel("carts", mark("Carts"), _ask_carts, _carts, "carts"),
    Panel("by", mark("Whose carts"), _ask_by, _by, "losses"),
    Panel("checkout", mark("Checkout"), _ask_checkout, _checkout, "checkout"),
    Panel("forms", mark("Forms"), _ask_forms, _forms, "forms"),
    Panel("pages", mark("Last pages"), _ask_pages, _pages, "listed"),
)
