"""Checkouts: how far they get, where they are left, by whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from collector.charts import Bar, Drawing, Group, Step, sides, steps
from collector.pages import builder
from collector.pages.carts import GROUPS, ROWS, label, place
from collector.pages.filters import Dimension, Filters
from collector.pages.listing import Cell, Head, Listing
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.words import UNKNOWN, Words, mark
from collector.reports.answer import Answer
from collector.reports.statistics import ratio


def _per(filters: Filters) -> Dimension:
    asked = filters.one("per", "device")
    return next((name for name in GROUPS if name == asked), "device")


def ask(filters: Filters) -> dict[str, Question]:
    named = [builder.step(text.strip()) for text in filters.all("step") if text.strip()]
    asked = filters.part(type="checkout", **({"steps": named} if named else {}))
    return {"checkout": Question("abandonment", asked),
            "per": Question("abandonment", asked | {"group_by": _per(filters)})}  # fmt: skip


def show(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
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
            Bar(label(words, per, row[per]), row["rate"], told)
        )
    listed = [Group(label, parts[:ROWS]) for label, parts in groups.items()]
    title = words(mark("Share that gives up at each step, by %(field)s"), field=words(GROUPS[per]))
    return sides(title, listed) if listed else None


def _step_table(sight: Sight, rows: Iterable[Mapping[str, Any]], name: str, per: Dimension | None) -> Listing:
    words = sight.words
    titles = [mark("Step"), mark("Reached"), mark("Given up there"), mark("Share"), mark("Most often next")]
    cells = [
        [
            *([Cell(label(words, per, row[per]), sight.filters.narrowed(per, row[per]))] if per else []),
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
