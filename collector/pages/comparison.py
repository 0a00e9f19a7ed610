"""A view beside the time that it is compared with: the same questions asked twice, and what is told of the change.

A share's change is told in points with Newcombe's interval (statistics.newcombe), where the report says of how many it
is a share; a number's change is told as a share of what it was, without one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from collector.pages.filters import Filters
from collector.pages.notes import Said
from collector.pages.panel import Ask
from collector.pages.question import Question
from collector.pages.words import UNKNOWN, Words, mark
from collector.reports.answer import Answer
from collector.reports.statistics import newcombe, ratio

BEFORE: Final = "before"  # what the names of questions about the earlier time begin with
NO_BREAK: Final = "\N{NO-BREAK SPACE}"
COLUMNS: Final = ("before", "change")
SHIFT: Final = "shift"
MOST: Final = 1_000  # rows of the earlier time: what stands in few of today's may have been far down


class Change(NamedTuple):
    """A change in texts: what it is, what it is from, and whether it is more than chance would do. `bare`: a share's,
    without saying that it is told in points."""

    told: str = ""
    before: str = ""
    sure: bool = False
    bare: str | None = None


class Fact(NamedTuple):
    """A figure: its title, or a pair of them for one thing and for several; its value; of how many it is a part (part,
    whole) where it is a share."""

    title: Said
    value: Any
    of: tuple[int, int] | None = None
    share: bool = False


def facts(words: Words, now: Sequence[Fact], then: Sequence[Fact]) -> list[tuple[str, str, Change | None]]:
    """Figures as texts, each with its change where there are those of an earlier time."""
    listed = []
    for n, fact in enumerate(now):
        change = _changed(words, fact, then[n]) if then else None
        counted = None if isinstance(fact.value, str) else fact.value
        listed.append((words.counted(fact.title, counted), _written(words, fact), change))
    return listed


def beside(ask: Ask, most: int | None = None) -> Ask:
    """What a panel asks, and all of it, or its first questions, about the earlier time, where one is to be compared
    with."""

    def both(filters: Filters) -> dict[str, Question]:
        asked, earlier = dict(ask(filters)), filters.earlier()
        for name, question in list(ask(earlier).items())[:most] if earlier else ():
            wide = {"limit": max(MOST, question.spec["limit"])} if "limit" in question.spec else {}
            asked[f"{BEFORE}-{name}"] = question._replace(spec=question.spec | wide)
        return asked

    return both


def earlier(answers: Mapping[str, Answer], name: str) -> Answer | None:
    """The answer of the earlier time to the question of that name."""
    return answers.get(f"{BEFORE}-{name}")


def number(words: Words, now: float | None, then: float | None, before: str = "") -> Change:
    """A number's change; `before`: the earlier one as it is written, if not as a number."""
    told = "" if now is None or then is None else _grown(words, now, then)
    return Change(told, before or words.number(then), sure=True)


def share(words: Words, now: tuple[int, int], then: tuple[int, int]) -> Change:
    """The change of a share, given as (part, whole), in points."""
    shares = ratio(*now), ratio(*then)
    bounds = newcombe(*then, *now)
    before = words.percent(shares[1])
    if shares[0] is None or shares[1] is None or bounds is None:
        return Change("", before)
    low, high = (words.points(bound) for bound in bounds)
    values = {"delta": words.points(shares[0] - shares[1]), "low": low, "high": high}
    told = words(mark("%(delta)s points (%(low)s to %(high)s)"), **values)
    bare = _folded(words(mark("%(delta)s (%(low)s to %(high)s)"), **values))
    return Change(told, before, bounds[0] > 0 or bounds[1] < 0, bare)


def part(words: Words, now: tuple[float, float], then: tuple[float, float] | None) -> tuple[str, str, str]:
    """A part of a whole beside what it was, given as (part, whole): the earlier number, its change, and the change of
    the share in points. Newcombe's interval holds for whole numbers: for others no share is compared. `then` is None
    where it is not known, because the earlier rows were cut off."""
    if then is None:
        return UNKNOWN, UNKNOWN, UNKNOWN
    counted = all(float(n).is_integer() for n in (*now, *then))
    shift = share(words, (int(now[0]), int(now[1])), (int(then[0]), int(then[1]))).bare if counted else None
    return words.number(then[0], 2), _grown(words, now[0], then[0]), shift or UNKNOWN


def cut(words: Words, known: bool) -> list[str]:
    """What is said where the earlier rows were cut off, so that not all is known."""
    said = mark("–: not among the %(n)s most frequent ones before, so what it was is not known.")
    return [] if known else [words(said, n=words.number(MOST))]


PART: Final = (mark("Before"), mark("Change"), mark("Change of the share, in points"))


def sentence(words: Words, change: Change) -> str:
    """The change of a share as a sentence; empty if there is nothing to compare with."""
    if not change.told:
        return ""
    return words(mark("Before: %(before)s. The difference is %(told)s."), before=change.before, told=change.told)


def rows(
    words: Words, found: Answer, before: Answer | None, keys: Sequence[str], count: str,
    rate: tuple[str, str] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """An answer's rows with what they were: see `paired`."""
    return paired(words, found.rows, None if before is None else before.rows, keys, count, rate)


def paired(
    words: Words, found: Sequence[dict[str, Any]], before: Sequence[Mapping[str, Any]] | None, keys: Sequence[str],
    count: str, rate: tuple[str, str] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """The rows with what they were: `before` and `change` of the column `count`, and `shift` of the rate whose part and
    whole are the two columns of `rate`. Rows are the same whose `keys` are. Without an earlier time: as they are."""
    if before is None:
        return list(found)
    known = {_label(row, keys): row for row in before}
    return [row | _told(words, row, known.get(_label(row, keys), {}), count, rate) for row in found]


def columns(named: Iterable[str], before: Answer | None, count: str, rate: str = "") -> list[str]:
    """The columns of a table, those of the change behind the ones they are of."""
    listed: list[str] = []
    for name in named:
        listed.append(name)
        if before is not None:
            listed += COLUMNS if name == count else (SHIFT,) if name == rate else ()
    return listed


def _written(words: Words, fact: Fact) -> str:
    if isinstance(fact.value, str):
        return fact.value
    return words.percent(fact.value) if fact.share else words.number(fact.value)


def _changed(words: Words, now: Fact, then: Fact) -> Change:
    if now.of and then.of:
        return share(words, now.of, then.of)
    if isinstance(now.value, str) and now.value == then.value:
        return Change()
    if isinstance(now.value, str) or now.value is None or then.value is None:
        return Change("", _written(words, then))
    if now.share:
        told = words(mark("%(delta)s points"), delta=words.points(now.value - then.value))
        return Change(told, _written(words, then))
    return number(words, now.value, then.value)


def _told(
    words: Words, row: Mapping[str, Any], was: Mapping[str, Any], count: str, rate: tuple[str, str] | None
) -> dict[str, Any]:
    then = was.get(count, 0)
    told: dict[str, Any] = {"before": then, "change": _grown(words, row[count], then)}
    if rate is not None:
        part, whole = rate
        told[SHIFT] = share(words, (row[part], row[whole]), (was.get(part, 0), was.get(whole, 0))).bare
    return told


def _label(row: Mapping[str, Any], keys: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row.get(key) for key in keys)


def _grown(words: Words, now: float, then: float) -> str:
    if then:
        return words.change((now - then) / then)
    return words(mark("new")) if now else "±" + words.number(0)  # there is no percentage of nothing


def _folded(text: str) -> str:
    """The text with its brackets whole: a narrow cell has them on a line of their own."""
    return text.replace(" ", NO_BREAK).replace(NO_BREAK + "(", " (")
