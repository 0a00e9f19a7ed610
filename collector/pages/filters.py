"""What a page's address asks for: a range of days, a comparison, a part of the sessions; and links to other views.

All of it stands in the query, so that a link is the view. Days are those of the site's time zone; `to` is the last day
that is in. A value that cannot be is a `Fault`, a sentence that names it, and what it should have said is left as it
is by default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal, NamedTuple, get_args
from urllib.parse import urlencode

from collector.pages import exact
from collector.pages.exact import SAID
from collector.pages.period import (
    PRESETS,
    Preset,
    Span,
    before,
    day_of,
    moments,
    same_time,
    span_of,
    year_before,
)
from collector.pages.words import Words, mark
from collector.reports.headings import HEADINGS
from collector.reports.parts import glob

Compare = Literal["none", "previous", "year", "own"]
Dimension = Literal[
    "source", "medium", "campaign", "channel", "device", "browser", "country", "entry", "exit", "referrer",
    "utm.source", "utm.medium", "utm.campaign",
    "link", "link.source", "link.medium", "link.campaign", "link.term", "link.content", "link.id",
]  # fmt: skip
COMPARES: Final[dict[Compare, str]] = {
    "none": mark("No comparison"), "previous": mark("Previous period"), "year": mark("Previous year"),
    "own": mark("Custom dates"),
}  # fmt: skip
_VISIT: Final[tuple[Dimension, ...]] = (
    "source", "medium", "campaign", "channel", "device", "browser", "country", "entry", "exit", "referrer",
)  # fmt: skip
OFFERED: Final[dict[Dimension, str]] = {
    **{name: HEADINGS[name] for name in _VISIT}, "utm.source": mark("utm_source, normalised"),
    "utm.medium": mark("utm_medium, normalised"), "utm.campaign": mark("utm_campaign, normalised"),
}  # fmt: skip
DIMENSIONS: Final[dict[Dimension, str]] = {**OFFERED, **SAID}
PATHS: Final = ("entry", "exit")  # dimensions in which a star is that of a path
MISSING: Final = "(none)"  # a segment of what has no value, whatever is stored then
_MOST: Final = 8  # fields with a condition at once
_VALUES: Final = 32  # conditions at once: of what a link says several values may be asked for
_LONGEST: Final = 512  # characters of a value
_OWN: Final = 4_096  # of a page's own parameter, which may be an address
# what is stored where a link or a visit had none, in dimensions that always have a value
_NONE: Final[Mapping[Dimension, list[str]]] = {"source": ["(not set)"], "medium": ["(none)", "(not set)"]}
_CALLED: Final = {
    "range": mark("Period"), "from": mark("From"), "to": mark("To"), "compare": mark("Compare with"),
    "before_from": mark("Compare from"), "before_to": mark("up to"),
}  # fmt: skip
_CHOICES: Final[Mapping[str, Mapping[Any, str]]] = {"range": PRESETS, "compare": COMPARES}
# what the form of the bar says anew
_BAR: Final = frozenset({"from", "to", "range", "compare", "before_from", "before_to"})


class Fault(NamedTuple):
    """What is wrong with an address: a sentence to be said, with its values, and the field."""

    field: str
    sentence: str
    values: Mapping[str, object]

    def said(self, words: Words) -> str:
        """The sentence, its field, days and choices called as the bar calls them."""
        values = {name: words.day(value) if isinstance(value, date) else value for name, value in self.values.items()}
        if "field" in values and self.field in _CALLED:
            values["field"] = words(_CALLED[self.field])
        if self.field in _CHOICES:
            values["words"] = ", ".join(map(words, _CHOICES[self.field].values()))
        return words(self.sentence, **values)


class Filters(NamedTuple):
    """One view. `today` is the day of asking in the site's zone, `now` its moment (ms UTC); `own` are the page's own
    parameters. `stop`: where the last day ends (ms UTC), if not at midnight; `against`: the days to compare with, where
    `compare` is own; `by`: the dimension whose values are asked for, to choose one."""

    site: str
    zone: str
    now: int
    today: date
    preset: Preset = "30d"
    span: Span = Span(None, None)
    compare: Compare = "none"
    where: tuple[tuple[Dimension, str], ...] = ()
    own: tuple[tuple[str, str], ...] = ()
    stop: int | None = None
    against: Span = Span(None, None)
    by: Dimension | None = None

    def spec(self, **more: Any) -> dict[str, Any]:
        """What every report is asked: the range."""
        bounds = moments(self.span, self.zone)
        return {"range": bounds if self.stop is None else bounds | {"to": self.stop}} | more

    def part(self, **more: Any) -> dict[str, Any]:
        """What reports on sessions are asked: the range, and the segment."""
        return self.spec(**self.segment(), **more)

    def segment(self) -> dict[str, Any]:
        """The conditions on sessions, as a spec writes them."""
        told = [_condition(*one) for one in self.where if one[0] not in SAID]
        told += [exact.condition(name, [value for key, value in self.where if key == name])
                 for name in dict.fromkeys(key for key, _ in self.where if key in SAID)]  # fmt: skip
        return {"session_where": told} if told else {}

    def earlier(self) -> Filters | None:
        """The view to compare with, if one is wanted: as many days, or as many of the calendar's months, and no further
        into the last one than now; days that were chosen are taken as they are."""
        if self.compare == "own":
            return self._replace(span=self.against, compare="none", preset="custom", against=Span(None, None))
        first, last = self.span.first, min(self.span.last or self.today, self.today)
        if self.compare == "none" or first is None or first > last:
            return None
        years, over = self.compare == "year", last < self.today
        earlier = year_before(first, last, over) if years else before(first, last, over, self.preset)
        cut = not over and not earlier.short
        stop = same_time(earlier.last, self.now, self.zone) if cut else None
        return self._replace(span=Span(*earlier[:2]), compare="none", preset="custom", stop=stop)

    def compared(self, words: Words) -> str:
        """What the view is compared with, and up to when; empty where it is with nothing."""
        earlier = self.earlier()
        if earlier is None:
            return ""
        said = words(mark("Compared with %(days)s."), days=earlier.told(words))
        if (self.span.last or self.today) < self.today:
            return said
        cut = mark("Today is not over yet: both periods end at this time of day.")
        whole = mark("Today is not over yet: it is compared with whole days.")
        return f"{said} {words(whole if earlier.stop is None else cut)}"

    def one(self, name: str, default: str = "") -> str:
        """The page's own parameter, its last value."""
        return next((value for key, value in reversed(self.own) if key == name), default)

    def all(self, name: str) -> list[str]:
        """All values of the page's own parameter."""
        return [value for key, value in self.own if key == name]

    def query(self) -> str:
        """The view as a query, without `?`; empty for the usual one."""
        return urlencode(self.pairs())

    def pairs(self) -> list[tuple[str, str]]:
        """The same as pairs."""
        said: list[tuple[str, str]] = []
        if self.preset == "custom":
            said += [("from", str(self.span.first or "")), ("to", str(self.span.last or ""))]
        elif self.preset != "30d":
            said.append(("range", self.preset))
        if self.compare != "none":
            said.append(("compare", self.compare))
        if self.compare == "own":
            said += [("before_from", str(self.against.first or "")), ("before_to", str(self.against.last or ""))]
        said += [("where", f"{dimension}:{value}") for dimension, value in self.where]
        return [pair for pair in said if pair[1]] + list(self.own)

    def shared(self) -> str:
        """The view without the page's own parameters: what another page takes over."""
        return self._replace(own=()).query()

    def kept(self) -> list[tuple[str, str]]:
        """What the form of the bar hands on as it is."""
        return [pair for pair in self.pairs() if pair[0] not in _BAR]

    def told(self, words: Words) -> str:
        """The range in words, with its zone."""
        first, last = self.span
        if first is None or last is None:
            ends = {
                "first": words.day(first) if first else "",
                "last": words.day(last) if last else "",
                "zone": self.zone,
            }
            sentence = mark("since %(first)s, %(zone)s") if first else mark("up to %(last)s, %(zone)s")
            return words(sentence if first or last else mark("all there is, %(zone)s"), **ends)
        days = {"first": words.day(first), "last": words.day(last), "zone": self.zone}
        if self.stop is not None:
            days["clock"] = words.clock(self.stop, self.zone, "short")
            return words(
                mark("%(first)s until %(clock)s, %(zone)s") if first == last
                else mark("%(first)s to %(last)s at %(clock)s, %(zone)s"), **days,
            )  # fmt: skip
        return words(mark("%(first)s, %(zone)s") if first == last else mark("%(first)s to %(last)s, %(zone)s"), **days)

    def again(self) -> str:
        """A link to the same view."""
        return _link(self)

    def ranged(self, preset: Preset) -> str:
        """A link to the same view of another range."""
        return _link(self._replace(preset=preset, span=span_of(preset, self.today)))

    def narrowed(self, dimension: Dimension, value: str | None) -> str:
        """A link to the same view of those sessions only."""
        kept = tuple(one for one in self.where if one[0] != dimension)
        return _link(self._replace(where=(*kept, (dimension, MISSING if value is None else value))))

    def chosen(self, conditions: Sequence[Sequence[Any]]) -> str | None:
        """A query of the view of those sessions only that fulfil the conditions, which are a report's; None if a page's
        address cannot say them."""
        named = {name for name, *_ in conditions}
        where = [one for one in self.where if one[0] not in named]
        where += [
            (name, text)
            for name, operator, value in conditions
            for text in exact.texts(name, operator, value) or [MISSING]
        ]
        several = any(name in _NONE and value == MISSING for name, _, value in conditions)  # which means more than that
        if several or _crowded(where) or any(len(text) > _LONGEST for _, text in where):
            return None
        return self._replace(own=(), where=tuple(where)).query()

    def without(self, n: int) -> str:
        """A link to the same view without its nth condition."""
        return _link(self._replace(where=self.where[:n] + self.where[n + 1 :]))

    def with_own(self, **values: str) -> str:
        """A link to the same view with other values of the page's own parameters."""
        kept = tuple(pair for pair in self.own if pair[0] not in values)
        return _link(self._replace(own=kept + tuple((k, v) for k, v in values.items() if v)))


def read(
    site: str, zone: str, now: int, pairs: Iterable[tuple[str, str]], own: Sequence[str] = ()
) -> tuple[Filters, list[Fault]]:
    """The view that a query asks for, and what is wrong with it; unknown parameters are not ours and are left out."""
    today = day_of(now, zone)
    listed = [(name, value) for name, value in pairs if value]
    given, faults = dict(listed), list[Fault]()
    span, preset = _range(given, today, faults)
    compare = _word("compare", given.get("compare", "none"), get_args(Compare), "none", faults)
    against = _against(given, faults) if compare == "own" else Span(None, None)
    where = _where(listed, given, faults)
    kept = tuple((name, value[:_OWN]) for name, value in listed if name in own)
    by = next((one for one in OFFERED if one == given.get("by")), None)
    return Filters(site, zone, now, today, preset, span, compare, where, kept, against=against, by=by), faults


def _range(given: dict[str, str], today: date, faults: list[Fault]) -> tuple[Span, Preset]:
    if "from" not in given and "to" not in given:
        preset = _word("range", given.get("range", "30d"), list(PRESETS), "30d", faults)
        return span_of(preset, today), preset
    span = _days(given, "from", "to", faults)
    preset = given.get("range", "")  # the bar's form names it beside its days; as long as they are untouched it holds
    return (span, preset) if preset in PRESETS and span == span_of(preset, today) else (span, "custom")


def _against(given: dict[str, str], faults: list[Fault]) -> Span:
    """The days to compare with: both ends are wanted."""
    for name in ("before_from", "before_to"):
        if name not in given:
            sentence = mark("%(field)s: expected a day to compare with, such as 2026-11-22")
            faults.append(Fault(name, sentence, {"field": name}))
    return _days(given, "before_from", "before_to", faults)


def _days(given: dict[str, str], start: str, stop: str, faults: list[Fault]) -> Span:
    """The days from the field `start` to the field `stop`; a field that is not given is an open end."""
    first, last = (_day(name, given[name], faults) if name in given else None for name in (start, stop))
    if first and last and first > last:
        sentence = mark("%(field)s: expected a day up to %(to)s, not %(value)s")
        faults.append(Fault(start, sentence, {"field": start, "to": last, "value": first}))
    return Span(first, last)


def _day(name: str, text: str, faults: list[Fault]) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not 1970 < found.year < 9000:
        faults.append(
            Fault(
                name,
                mark("%(field)s: expected a day such as 2026-11-22, not %(value)s"),
                {"field": name, "value": text[:64]},
            )
        )
        return None
    return found


def _word(name: str, value: str, words: Sequence[str], default: str, faults: list[Fault]) -> Any:
    if value in words:
        return value
    said = {"field": name, "words": ", ".join(words), "value": value[:64]}
    faults.append(Fault(name, mark("%(field)s: expected one of %(words)s, not %(value)s"), said))
    return default


def _where(
    listed: list[tuple[str, str]], given: dict[str, str], faults: list[Fault]
) -> tuple[tuple[Dimension, str], ...]:
    """Conditions as `where=source:google`; the form's own two fields add one more."""
    texts = [value for name, value in listed if name == "where"]
    if "by" in given and given.get("is"):
        texts.append(f"{given['by']}:{given['is']}")
    elif given.get("is"):
        sentence = mark("Say what “%(value)s” is: a source, a device, a country, a page …")
        faults.append(Fault("by", sentence, {"value": given["is"][:64]}))
    found: dict[tuple[Dimension, str], str] = {}
    for text in texts:
        name, colon, value = text.partition(":")
        whole = bool(value.strip()) or name in SAID
        if not colon or not whole or name not in DIMENSIONS or len(value) > _LONGEST:
            said = {"words": ", ".join(DIMENSIONS), "value": text[:64]}
            faults.append(
                Fault(
                    "where",
                    mark("where: expected a field and a value such as source:google (%(words)s), not %(value)s"),
                    said,
                )
            )
        else:
            field: Dimension = _word("where", name, list(DIMENSIONS), "source", faults)
            found[field, value if field in SAID else ""] = value if field in SAID else value.strip()
    where = [(field, value) for (field, _), value in found.items()]
    if _crowded(where):
        faults.append(Fault("where", mark("where: expected at most %(most)s conditions"), {"most": _MOST}))
    return tuple(where)


def _crowded(where: Sequence[tuple[str, str]]) -> bool:
    return len({field for field, _ in where}) > _MOST or len(where) > _VALUES


def _condition(dimension: Dimension, value: str) -> list[Any]:
    if dimension in PATHS and "*" in value:
        return [dimension, "regex", f"^{glob(value)}$"]
    if value != MISSING:
        return [dimension, "eq", value]
    return [dimension, "in", _NONE[dimension]] if dimension in _NONE else [dimension, "missing"]


def _link(filters: Filters) -> str:
    return "?" + (filters.query() or "range=30d")  # a page without a query opens with its first view
