"""What stands behind the figures of a view: how many events they rest on, how many they leave out, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.intake.bots import SUSPECTED
from collector.pages.filters import Filters
from collector.pages.panel import Panel
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.words import mark
from collector.reports.answer import Answer


def ask(filters: Filters) -> dict[str, Question]:
    return {"consent": Question("consent", filters.spec()), "quality": Question("quality", filters.spec())}


def show(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """How many events there are that the figures rest on, and how many they leave out, and why."""
    kept, dropped = answers["consent"].totals, answers["consent"].totals["dropped"]
    counted = {(row["outcome"], row["reason"]): row["n"] for row in answers["quality"].rows}
    bots = {reason: n for (outcome, reason), n in counted.items() if outcome == "bot"}
    suspected = sum(bots.get(reason, 0) for reason in SUSPECTED)
    pending = dropped.get("no_consent", 0)
    figures = (
        (mark("with consent"), kept["consented"]),
        (mark("kept without, under an exemption"), kept["events"] - kept["consented"]),
        (mark("pending: not answered yet, not kept"), pending),
        (mark("refused, withdrawn, objected or expired, not kept"), sum(dropped.values()) - pending),
        (mark("from bots that identify themselves, in no figure"), sum(bots.values()) - suspected),
        (mark("from suspected bots, among the events kept above"), suspected),
        (mark("late: arrived more than a day after they happened"), counted.get(("flag", "late"), 0)),
    )
    rows = [(sight.words(title), sight.words.number(n)) for title, n in figures]
    return {"rows": rows, "notes": [sight.words.note(note) for note in answers["consent"].notes]}


PANEL: Final = Panel("behind", mark("Data behind these figures"), ask, show, "behind", rests=False)
