"""Checkouts: how far they get, where they are left, by whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from collector.charts import Bar, Drawing, Group, Step, sides, steps
from collector.pages import builder, comparison, trends
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


def _spec(filters: Filters) -> dict[str, Any]:
    named = [builder.step(text) for text in _held(filters)]
    return filters.part(type="checkout", **({"steps": named} if named else {}))


def _held(filters: Filters) -> list[str]:
    return [text.strip() for text in filters.all("step") if text.strip()]


def ask(filters: Filters) -> dict[str, Question]:
    """How far checkouts get, and where each group leaves them; nothing where a step cannot be."""
    asked = _spec(filters)
    if builder.faulty("abandonment", asked):
        return {}
    return {"checkout": Question("abandonment", asked | {"trend": trends.asked(filters)}),
            "per": Question("abandonment", asked | {"group_by": _per(filters)})}  # fmt: skip


def show(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found, filters = answers.get("checkout"), sight.filters
    held = _held(filters) if found is None else builder.written(found.spec["steps"]) or ()
    form = {
        "held": [*held, *[""] * max(2, 4 - len(held))],
        "shared": [pair for pair in filters.pairs() if pair[0] != "step"],
        "faults": builder.faulty("abandonment", _spec(filters)) if found is None else {},
    }
    return form | ({"found": None} if found is None else _told(sight, found, answers))


def _told(sight: Sight, found: Answer, answers: Mapping[str, Answer]) -> dict[str, Any]:
    words, per, before = sight.words, _per(sight.filters), comparison.earlier(answers, "checkout")
    return {
        "found": found,
        "empty": not found.rows or not found.rows[0]["reached"],
        "summary": _summary(words, found) if found.rows else "",
        "compared": before and comparison.sentence(words, comparison.share(words, *map(_gone, (found, before)))),
        "chart": _steps(words, found.rows),
        "trend": trends.shown(sight, words(mark("Checkouts abandoned, by start date")), found, before,
                              "checkout"),
        "table": _step_table(sight, found.rows, "checkout", None),
        "groups": _sides(words, per, answers["per"].rows),
        "per": _step_table(sight, answers["per"].rows, "per", per),
        "choices": [
            (words(title), sight.filters.with_own(per=name) + "#checkout", name == per)
            for name, title in GROUPS.items()
        ],
        "notes": list(dict.fromkeys(words.note(note) for note in (*found.notes, *answers["per"].notes))),
    }  # fmt: skip


def _gone(found: Answer) -> tuple[int, int]:
    return found.totals["abandoned"], found.totals["closed"]


def _summary(words: Words, found: Answer) -> str:
    """What became of the sessions that are counted, and which those are: the first step asks for no cart with goods."""
    totals = found.totals
    return words.many(
        "%(n)s session came to %(step)s or a later step, with an empty cart or not; completed: %(done)s, abandoned: "
        "%(gone)s (%(rate)s).",
        "%(n)s sessions came to %(step)s or a later step, with an empty cart or not; completed: %(done)s, abandoned: "
        "%(gone)s (%(rate)s).", totals["closed"],
        step=found.rows[0]["label"], done=words.number(totals["completed"]), gone=words.number(totals["abandoned"]),
        rate=words.percent(totals["rate_net"]),
    )  # fmt: skip


def _steps(words: Words, rows: Sequence[Mapping[str, Any]]) -> Drawing:
    first = rows[0]["reached"] if rows else 0
    listed = []
    for row in rows:
        share = ratio(row["reached"], first)
        lost = words.many("%(n)s abandons here (%(share)s)", "%(n)s abandon here (%(share)s)", row["abandoned"],
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
    title = words(mark("Share that abandons at each step, by %(field)s"), field=words.inside(GROUPS[per]))
    return sides(title, listed) if listed else None


def told(sight: Sight, answers: Mapping[str, Answer]) -> list[Listing]:
    """The tables of the steps, for all and by group."""
    per = _per(sight.filters)
    return [_step_table(sight, answers["checkout"].rows, "checkout", None),
            _step_table(sight, answers["per"].rows, "per", per)]  # fmt: skip


def _group(sight: Sight, per: Dimension, name: str) -> Cell:
    """A group's name, which narrows the view to it."""
    return Cell(label(sight.words, per, name), None if sight.facts.printed else sight.filters.narrowed(per, name))


def _step_table(sight: Sight, rows: Iterable[Mapping[str, Any]], name: str, per: Dimension | None) -> Listing:
    words = sight.words
    titles = [mark("Step"), mark("Reached"), mark("Abandoned there"), mark("Share"), mark("Most often next")]
    cells = [
        [
            *([_group(sight, per, row[per])] if per else []),
            Cell(f"{row['step']}. {row['label']}"), Cell(words.number(row["reached"])),
            Cell(words.number(row["abandoned"])), Cell(words.percent(row["rate"])),
            Cell(place(words, row["next"]) if row["next"] else UNKNOWN),
        ]
        for row in rows
    ]  # fmt: skip
    heads = [Head(words(title), 0 < n < 4) for n, title in enumerate(titles)]
    caption = words(mark("Where the checkout is abandoned"))
    if per:
        heads.insert(0, Head(words(GROUPS[per]), numeric=False))
        caption = words(mark("Where the checkout is abandoned, by %(field)s"), field=words.inside(GROUPS[per]))
    return Listing(caption, heads, cells, name, sight.questions[name])
