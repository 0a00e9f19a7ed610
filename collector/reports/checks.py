"""What types alone cannot say of a question, checked before it runs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from collector.reports.parts import Condition, Matcher, Range, SpecError, Who
from collector.reports.questions import Abandonment, Attribution, Funnel, Journeys, Persons, Question

_BUCKETS = 1_000

_FOREIGN = re.compile(r"\(\?(?:[=!]|<[=!]|P=)|(?<!\\)(?:\\\\)*\\[1-9]|\{\s*\d{4,}|,\s*\d{4,}\s*\}")

# What Python reads and the engine's RE2 does not.
_UNKNOWN = re.compile(r"(?<!\\)(?:\\\\)*(?:\\Z|[*+?}]\+|\(\?(?:>|\(|#))")


def sensible(asked: Question) -> None:
    """Raise `SpecError` for a question that has no answer."""
    _range(asked.range, "range")
    for name in ("session_where", "entry_where", "event_where", "conversion_where"):
        conditions(getattr(asked, name, ()), name)
    if isinstance(asked, Persons) and asked.explain is not None:
        who(asked.explain, "explain")
    if isinstance(asked, Attribution):
        _paths(asked)
    if isinstance(asked, Abandonment):
        _abandonment(asked)
    if isinstance(asked, Journeys):
        _journeys(asked)
    if isinstance(asked, Funnel):
        _funnel(asked)


def _funnel(asked: Funnel) -> None:
    if asked.explain is not None:
        who(asked.explain, "explain")
    if asked.members is not None and (asked.open or asked.members.step > len(asked.steps)):
        raise SpecError(
            "members",
            "%(field)s: expected a step from 1 to %(most)s of a funnel that is not open",
            most=len(asked.steps),
        )
    for index, step in enumerate(asked.steps):
        matcher(step, f"steps[{index}]")
    _order(asked)
    _exclusions(asked)
    _breakdown(asked)
    _trend(asked)
    if asked.compare is not None:
        _range(asked.compare.range, "compare.range")


def _paths(asked: Attribution) -> None:
    if asked.paths is not None and asked.model not in ("markov", "shapley"):
        raise SpecError("paths", "%(field)s: expected the model markov or shapley, not %(model)s", model=asked.model)
    for index, one in enumerate(asked.paths or ()):
        channels = one.path.split(">") if isinstance(one.path, str) else one.path
        if not channels or not all(map(str.strip, channels)):
            raise SpecError(f"paths[{index}].path", "%(field)s: expected channels, not %(value)s", value=repr(one.path))


def _abandonment(asked: Abandonment) -> None:
    for index, step in enumerate(asked.steps):
        matcher(step, f"steps[{index}]")
    matcher(asked.complete, "complete")
    _trend(asked)
    if asked.type == "cart" and not asked.add:
        raise SpecError("add", "%(field)s: expected at least one name, of the event that puts something in a cart")
    if asked.type == "cart" and asked.idle is not None and asked.recover < asked.idle:
        raise SpecError(
            "recover",
            "%(field)s: expected at least idle, %(idle)s ms, not %(recover)s",
            idle=asked.idle,
            recover=asked.recover,
        )


def _journeys(asked: Journeys) -> None:
    if asked.through is not None and asked.event is not None:
        raise SpecError("event", "%(field)s: expected either through (a page) or event, not both")
    if asked.direction == "before" and asked.through is None and asked.event is None:
        raise SpecError("direction", "%(field)s: expected through (a page) or event beside before")


def who(asked: Who, where: str) -> None:
    """Refuse a person who is named in no way, or in two."""
    names = list(asked.__struct_fields__)
    if sum(getattr(asked, name) is not None for name in names) != 1:
        raise SpecError(where, "%(field)s: expected one of %(names)s", names=", ".join(names))


def expression(text: str, where: str) -> None:
    """A regular expression that takes linear time: no look-around, no back-reference, no repeat of a thousand."""
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise SpecError(where, "%(field)s: %(error)s, in %(value)s", error=error, value=repr(text)) from None
    if _FOREIGN.search(text):
        raise SpecError(where, "%(field)s: expected no look-around, back-reference or repeat of 1000 and more")
    if _UNKNOWN.search(text):
        raise SpecError(where, "%(field)s: expected no atomic group, possessive repeat or condition, and $ for the end")


def conditions(asked: Iterable[Condition], where: str) -> None:
    """Refuse a regex that cannot be read, and a value where nothing is compared with one."""
    for index, (name, operator, value) in enumerate(asked):
        if where == "session_where" and name == "link" and operator not in ("exists", "missing"):
            raise SpecError(
                f"{where}[{index}]", "%(field)s: link takes exists or missing, not %(operator)s %(value)s",
                operator=operator, value=repr(value),
            )  # fmt: skip
        if operator == "regex":
            expression(str(value), f"{where}[{index}]")
        if operator in ("exists", "missing") and value not in (None, True):
            raise SpecError(
                f"{where}[{index}]", "%(field)s: %(operator)s takes no value, not %(value)s",
                operator=operator, value=repr(value),
            )  # fmt: skip


def matcher(step: Matcher, where: str) -> None:
    """Refuse a matcher that matches everything, or whose regex cannot be read."""
    if not (step.name or step.path or step.regex or step.any_of or step.where):
        raise SpecError(where, "%(field)s: expected name, path, regex, any_of or where")
    if step.regex is not None:
        expression(step.regex, f"{where}.regex")
    conditions(step.where, f"{where}.where")
    for index, inner in enumerate(step.any_of or []):
        matcher(inner, f"{where}.any_of[{index}]")


def _range(asked: Range, where: str) -> None:
    if asked.start is not None and asked.stop is not None and asked.start >= asked.stop:
        raise SpecError(where, "%(field)s: expected from to lie before to")


def _order(asked: Funnel) -> None:
    if asked.order == "unordered" and asked.window_from == "previous":
        raise SpecError("window_from", "%(field)s: expected first; steps in any order have no step before")
    if asked.order == "unordered" and asked.count == "totals":
        raise SpecError("count", "%(field)s: expected unique; attempts in any order are not told apart")
    if asked.order != "unordered" and asked.anchor_first:
        raise SpecError("anchor_first", "%(field)s: expected order to be unordered; an ordered funnel has its anchor")
    if asked.order != "strict" and asked.strict_ignores:
        raise SpecError("strict_ignores", "%(field)s: expected order to be strict")
    if asked.open and (asked.exclusions or asked.hold or asked.count == "totals"):
        raise SpecError("open", "%(field)s: expected no exclusions, hold or totals; an open funnel has no attempts")


def _exclusions(asked: Funnel) -> None:
    last = len(asked.steps) - 1
    for index, exclusion in enumerate(asked.exclusions):
        where = f"exclusions[{index}]"
        matcher(exclusion.match, f"{where}.match")
        before = last if exclusion.before is None else exclusion.before
        if not exclusion.after < before <= last:
            raise SpecError(where, "%(field)s: expected from before to, both from 0 to %(last)s", last=last)
        inside = asked.steps[exclusion.after : before + 1]
        if any(_same(exclusion.match, step) for step in inside):
            raise SpecError(where, "%(field)s: what it excludes is a step between from and to")
        if asked.order == "strict" and exclusion.match.name in {*asked.strict_ignores, *asked.session.passive}:
            raise SpecError(where, "%(field)s: what it excludes is ignored between neighbours")
        if asked.order == "unordered" and (exclusion.after, before) != (0, last):
            raise SpecError(
                where,
                "%(field)s: expected from 0 to %(last)s; steps in any order have no order to lie between",
                last=last,
            )


def _same(one: Matcher, other: Matcher) -> bool:
    """Whether two matchers are certainly the same; labels do not matter."""
    mine = (one.name, one.path, one.regex, one.any_of, one.where)
    return mine == (other.name, other.path, other.regex, other.any_of, other.where)


def _breakdown(asked: Funnel) -> None:
    if asked.breakdown is None or not asked.breakdown.attribution.startswith("step:"):
        return
    if int(asked.breakdown.attribution[5:]) >= len(asked.steps):
        raise SpecError(
            "breakdown.attribution", "%(field)s: expected step:0 to step:%(value)s", value=len(asked.steps) - 1
        )


def _trend(asked: Funnel | Abandonment) -> None:
    start, stop = asked.range.start, asked.range.stop
    if asked.trend is None or start is None or stop is None:
        return
    if (stop - start) / asked.trend.interval > _BUCKETS:
        raise SpecError("trend.interval", "%(field)s: expected at most %(most)s intervals in the range", most=_BUCKETS)
