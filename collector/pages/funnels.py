"""Funnels: a form that makes one, how far people get, what became of those who stopped, and the saved ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from collector.charts import Bar, Drawing, Point, Step, Tick, bars, line, steps
from collector.pages import behind, builder
from collector.pages.filters import Filters
from collector.pages.listing import TITLES, Cell, Head, Listing, written
from collector.pages.notes import WHY
from collector.pages.panel import Panel
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.timeline import ticks
from collector.pages.words import UNKNOWN, Words, mark
from collector.reports.answer import Answer
from collector.reports.statistics import ratio, wilson

SAMPLES: Final = 5
NAMES: Final = 60  # names of events, and of pages, that the form's fields suggest
SHOWN: Final = 12  # of them in the tables
EMPTY: Final = 2  # fields for further steps


class Opened(NamedTuple):
    """A saved funnel: its name, a link that opens it, and whether it is open."""

    name: str
    link: str
    current: bool


def _ask_none(_: Filters) -> dict[str, Question]:
    return {}


def _builder(sight: Sight, _: Mapping[str, Answer]) -> dict[str, Any]:
    form, saved = builder.form(sight.filters), sight.facts.funnels
    held = form.steps
    if form.saved and form.saved in saved:
        held = builder.written(saved[form.saved].get("steps", [])) or ()
    opened = [
        Opened(name, "?" + sight.filters._replace(own=(("saved", name),)).query(), name == form.saved) for name in saved
    ]
    return {
        "form": form,
        "shared": sight.filters._replace(own=()).pairs(),
        "held": [*held, *[""] * max(EMPTY, 3 - len(held))],
        "unwritten": bool(form.saved) and not held,
        "saved": opened,
        "fresh": "?" + sight.filters._replace(own=(("new", "1"),)).query() + "#builder",
        "choices": {
            "window": _with(builder.WINDOWS, form.window),
            "order": builder.ORDERS,
            "scope": builder.SCOPES,
            "breakdown": _with(builder.BREAKDOWNS, form.breakdown),
            "trend": builder.TRENDS,
        },
        "may_save": sight.facts.role in ("analyst", "admin") and bool(sight.facts.csrf and form.steps and form.asks),
        "name": sight.filters.one("name"),
        "misnamed": builder.misnamed(name).get("name") if (name := sight.filters.one("name")) else None,
        "query": sight.filters.with_own(sample="", name="").removeprefix("?"),
    }


def _with(choices: Mapping[str, str], value: str) -> Mapping[str, str]:
    """The choices, and what the address holds beside them."""
    return choices if value in choices else {**choices, value: value}


def _ask(filters: Filters) -> dict[str, Question]:
    form = builder.form(filters)
    return {"funnel": Question("funnel", builder.spec(form, filters))} if form.asks else {}


def _show(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found = answers.get("funnel")
    if found is None:
        return {"found": None, "faulty": bool(builder.form(sight.filters).faults)}
    words, totals = sight.words, found.totals
    return {
        "found": found,
        "summary": _summary(words, found),
        "compared": _compared(words, totals.get("compare")),
        "chart": _chart(words, found),
        "table": _table(sight, found),
        "whys": [
            (row["label"], sight.filters.with_own(sample=str(row["step"])) + "#why")
            for row, after in zip(found.rows, found.rows[1:], strict=False)
            if after["dropped"]
        ],
        "groups": _groups(sight, found),
        "trend": _trend(sight, found),
        "notes": [words.note(note) for note in found.notes if "rate_closed" not in note],
    }


def _summary(words: Words, found: Answer) -> str:
    totals, last = found.totals, found.rows[-1]
    if not totals["entered"]:
        return words(mark("Nobody entered this funnel in this period."))
    said = words.many(
        "%(n)s of %(entered)s came to the end: %(rate)s (%(low)s to %(high)s likely).",
        "%(n)s of %(entered)s came to the end: %(rate)s (%(low)s to %(high)s likely).",
        totals["converted"], entered=words.number(totals["entered"]),
        rate=words.percent(totals["rate"]), low=words.percent(last["low"]), high=words.percent(last["high"]),
    )  # fmt: skip
    if totals["time"]["p50_ms"] is not None and len(found.rows) > 1:
        told = {"half": words.duration(totals["time"]["p50_ms"]), "nine": words.duration(totals["time"]["p90_ms"])}
        said += " " + words(mark("Half of them within %(half)s, nine in ten within %(nine)s."), **told)
    return " ".join(filter(None, (said, _pending(words, totals))))


def _pending(words: Words, totals: Mapping[str, Any]) -> str:
    """How many still have time, and between what the rate ends: none of them comes to the end, or all do. The rate
    without them would be too high: who will not come to the end still has time, and who did has none."""
    if not totals["pending"]:
        return ""
    most = ratio(totals["converted"] + totals["pending"], totals["entered"])
    return words.many(
        "%(n)s still has time: the rate will end between %(low)s and %(high)s.",
        "%(n)s still have time: the rate will end between %(low)s and %(high)s.", totals["pending"],
        low=words.percent(totals["rate"]), high=words.percent(most),
    )  # fmt: skip


def _compared(words: Words, compare: Mapping[str, Any] | None) -> str:
    if compare is None:
        return ""
    if compare["delta_pp"] is None:
        told = {"rate": words.percent(compare["rate"])}
        return words(mark("Before: %(rate)s. The two cannot be compared: too many are still on their way."), **told)
    return words(
        mark("Before: %(rate)s. The difference is %(delta)s points (%(low)s to %(high)s likely)."),
        rate=words.percent(compare["rate"]),
        **{name: words.points(compare[f"{name}_pp"] / 100) for name in ("delta", "low", "high")},
    )  # fmt: skip


def _chart(words: Words, found: Answer) -> Drawing:
    name = words.many("Funnel of %(n)s step", "Funnel of %(n)s steps", len(found.rows))
    after = [*found.rows[1:], None]
    return steps(name, [_step(words, row, then) for row, then in zip(found.rows, after, strict=True)])


def _step(words: Words, row: Mapping[str, Any], then: Mapping[str, Any] | None) -> Step:
    told = words.number(row["reached"])
    if row["step"] > 1 and row["rate_total"] is not None:
        told += f" · {words.percent(row['rate_total'])}"
    lost = ""
    if then is not None and then["dropped"] is not None:
        share = words.percent(ratio(then["dropped"], row["reached"]))
        lost = words.many("%(n)s stops here (%(share)s)", "%(n)s stop here (%(share)s)", then["dropped"], share=share)
        if then["p50_ms"] is not None:
            lost += words(mark(", half of the others need %(half)s"), half=words.duration(then["p50_ms"]))
    interval = row["step"] > 1
    low, high = (row["low"], row["high"]) if interval else (None, None)
    return Step(row["label"], row["rate_total"], told, lost, low, high)


def _told(sight: Sight, answers: Mapping[str, Answer]) -> list[Listing]:
    found, words = answers["funnel"], sight.words
    notes = [_timely(words, note.values["n"]) if note.code == "pending" else words.note(note) for note in found.notes]
    return [_table(sight, found)._replace(notes=notes)]


def _timely(words: Words, n: int) -> str:
    """The same of who still has time, where no rate without them is shown."""
    return words.many("%(n)s still has time to come to the end.", "%(n)s still have time to come to the end.", n)


def _table(sight: Sight, found: Answer) -> Listing:
    words = sight.words
    titles = (
        mark("Step"), mark("Reached"), mark("Stopped before"), mark("Share of first step"), mark("At least"),
        mark("At most"), mark("Share of previous step"), mark("Median time"), mark("90% within"),
    )  # fmt: skip
    rows = [
        [
            Cell(f"{row['step']}. {row['label']}"),
            *(Cell(words.number(row[name])) for name in ("reached", "dropped")),
            *(Cell(words.percent(row[name])) for name in ("rate_total", "low", "high", "rate_step")),
            *(Cell(words.duration(row[name])) for name in ("p50_ms", "p90_ms")),
        ]
        for row in found.rows
    ]
    heads = [Head(words(title), n > 0) for n, title in enumerate(titles)]
    return Listing(words(mark("The funnel, step by step")), heads, rows, "funnel", sight.questions["funnel"])


def _groups(sight: Sight, found: Answer) -> dict[str, Any] | None:
    """The breakdown: how many of each group came how far."""
    groups: Mapping[str, Sequence[int]] | None = found.totals.get("groups")
    if not groups:
        return None
    words = sight.words
    field = sight.filters.one("breakdown") or (found.spec.get("breakdown") or {}).get("field", "")
    names = {name: _named(words, field, name) for name in groups}
    parts, rows = [], []
    for name, counts in groups.items():
        rate, bounds = ratio(counts[-1], counts[0]), wilson(counts[-1], counts[0]) or (None, None)
        told = words(mark("%(rate)s of %(n)s"), rate=words.percent(rate), n=words.number(counts[0]))
        parts.append(Bar(names[name], rate, told, *bounds))
        rows.append([Cell(names[name]), *(Cell(words.number(n)) for n in counts), Cell(words.percent(rate)),
                     *(Cell(words.percent(bound)) for bound in bounds)])  # fmt: skip
    title = words(builder.BREAKDOWNS.get(field, field))
    heads = [title, *(f"{row['step']}. {row['label']}" for row in found.rows)]
    heads += [words(text) for text in (mark("Rate"), mark("At least"), mark("At most"))]
    caption = words(mark("Conversion by %(field)s"), field=title)
    table = Listing(
        caption, [Head(text, n > 0) for n, text in enumerate(heads)], rows, "funnel", sight.questions["funnel"]
    )
    return {"caption": caption, "chart": bars(caption, parts), "table": table}


def _named(words: Words, field: str, name: str) -> str:
    """A group's name, as tables of that field write it; of a field of the question's own as it is."""
    column = field.removeprefix("touch_")
    return written(words, column, name) if column in TITLES else words.named(name)


def _trend(sight: Sight, found: Answer) -> dict[str, Any] | None:
    """Those who entered in each interval, and how many of them came to the end."""
    trend = found.totals.get("trend")
    if not trend:
        return None
    words, zone = sight.words, ZoneInfo(sight.filters.zone)
    days = [datetime.fromtimestamp(one["start"] / 1000, zone).date() for one in trend]
    points, rows = [], []
    for one, day in zip(trend, days, strict=True):
        told = words(mark("%(day)s: %(converted)s of %(entered)s, %(rate)s"), day=words.day(day),
                     converted=words.number(one["converted"]), entered=words.number(one["entered"]),
                     rate=words.percent(one["rate"]))  # fmt: skip
        points.append(Point(words.day(day, "short"), one["rate"], told, not one["complete"]))
        state = mark("over") if one["complete"] else mark("some still have time")
        rows.append([Cell(words.day(day)), Cell(words.number(one["entered"])), Cell(words.number(one["converted"])),
                     Cell(words.percent(one["rate"])), Cell(words(state))])  # fmt: skip
    most = max((one["rate"] or 0 for one in trend), default=0)
    caption = words(mark("Conversion by day of entry")) if len(days) < 2 or (days[1] - days[0]).days < 2 else words(
        mark("Conversion by week of entry"))  # fmt: skip
    titles = (mark("Entered on"), mark("Entered"), mark("Completed"), mark("Rate"), mark("Window"))
    heads = [Head(words(title), 0 < n < 4) for n, title in enumerate(titles)]
    marks = [Tick(value, words.tick(value)) for value in ticks(most)]
    chart = line(caption, points, marks, unfinished=words(mark("hatched: some still have time")))
    return {
        "caption": caption,
        "chart": chart,
        "table": Listing(caption, heads, rows, "funnel", sight.questions["funnel"]),
    }


def _ask_why(filters: Filters) -> dict[str, Question]:
    form, step = builder.form(filters), filters.one("sample")
    if not form.asks or not step.isdecimal() or not 1 <= int(step) <= 32:
        return {}
    asked = builder.spec(form, filters)
    for name in ("trend", "breakdown", "compare"):
        asked.pop(name, None)
    members = {"step": int(step), "what": "stopped", "samples": SAMPLES}
    return {"why": Question("funnel", asked | {"members": members})}


def _why(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found = answers.get("why")
    if found is None:
        return {"found": None}
    words = sight.words
    people = [
        {
            "n": n + 1,
            "why": _reason(words, row),
            "next": [(one["what"], words.duration(one["after_ms"])) for one in row["next"]],
        }
        for n, row in enumerate(found.rows)
    ]
    caption = words.many(
        "%(n)s stopped after step %(step)s:", "%(n)s stopped after step %(step)s. A few of them:",
        found.totals["units"], step=sight.filters.one("sample"),
    )  # fmt: skip
    return {"found": found, "caption": caption, "people": people}


def _reason(words: Words, row: Mapping[str, Any]) -> str:
    """Why somebody came no further, in this language where the reason is known."""
    known = WHY.get(row["code"])
    return words(known) if known else row["why"] or UNKNOWN


def _ask_names(filters: Filters) -> dict[str, Question]:
    return {
        "events": Question("events", filters.spec(limit=NAMES)),
        "pages": Question("pages", filters.spec(limit=NAMES, times=False)),
    }


def _names(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """What funnels can be made of; a name is a link that adds it as the next step."""
    words = sight.words
    events = [(row["event"], row["events"]) for row in answers["events"].rows if row["event"] != "page_view"]
    pages = [(row["path"], row["views"]) for row in answers["pages"].rows]
    told = ((mark("Events"), mark("Event"), events, "events"), (mark("Pages"), mark("Page"), pages, "pages"))
    return {
        "names": [name for name, _ in (*events, *pages)],
        "tables": [
            Listing(
                words(caption), [Head(words(title), False), Head(words(mark("Times")), True)],
                [[Cell(name, _added(sight.filters, name)), Cell(words.number(n))] for name, n in listed[:SHOWN]],
                asked, sight.questions[asked],
            )
            for caption, title, listed, asked in told
        ],
    }  # fmt: skip


def _added(filters: Filters, name: str) -> str:
    """A link to the same funnel with one more step."""
    kept = tuple(pair for pair in filters.own if pair[0] not in ("saved", "sample"))
    return "?" + filters._replace(own=(*kept, ("step", name))).query() + "#builder"


PANELS: Final = (
    Panel("builder", mark("Build a funnel"), _ask_none, _builder, "builder"),
    Panel("funnel", mark("How far visitors get"), _ask, _show, "funnel", told=_told),
    Panel("why", mark("Why they stopped"), _ask_why, _why, "why"),
    Panel("names", mark("Events and pages to choose from"), _ask_names, _names, "names"),
    behind.PANEL,
)
