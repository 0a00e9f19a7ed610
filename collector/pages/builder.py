"""The funnel's form: what its fields hold, the question they make, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from collector.pages.filters import Fault, Filters
from collector.pages.words import mark
from collector.reports.parts import MAX_STEPS
from collector.reports.spec import SpecError, duration, question

OWN: Final = ("step", "window", "order", "scope", "breakdown", "trend", "saved", "sample", "name", "new")
WINDOWS: Final = {
    "30m": mark("30 minutes"), "1h": mark("1 hour"), "1d": mark("1 day"), "7d": mark("7 days"),
    "14d": mark("14 days"), "30d": mark("30 days"), "90d": mark("90 days"), "none": mark("any time"),
}  # fmt: skip
ORDERS: Final = {
    "ordered": mark("in this order, anything in between"), "strict": mark("one right after the other"),
    "unordered": mark("in any order"),
}  # fmt: skip
SCOPES: Final = {"person": mark("people, across all their sessions"), "session": mark("sessions, each on its own")}
TRENDS: Final = {"day": mark("by day"), "week": mark("by week"), "none": mark("none")}
BREAKDOWNS: Final = {
    "": mark("nothing"), "device": mark("Device"), "country": mark("Country"), "browser": mark("Browser"),
    "channel": mark("Channel"), "touch_source": mark("Source"), "touch_medium": mark("Medium"),
    "touch_campaign": mark("Campaign"),
}  # fmt: skip
_FIELD: Final = re.compile(r"steps\[(\d+)\]")
_NAME: Final = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")
_LONG: Final = 120  # days of a range above which the trend goes by week


class Form(NamedTuple):
    """What the fields hold. A step that begins with `/` is a page's path, any other an event's name; `saved` is the
    funnel that was opened; `faults` by field, `step-0` for the first step."""

    steps: tuple[str, ...]
    window: str
    order: str
    scope: str
    breakdown: str
    trend: str
    saved: str
    faults: Mapping[str, Fault]

    @property
    def asks(self) -> bool:
        """Whether there is something to ask."""
        return bool(self.steps or self.saved) and not self.faults


def form(filters: Filters) -> Form:
    """The form as the address fills it."""
    steps = tuple(text.strip() for text in filters.all("step") if text.strip())
    found = Form(
        steps,
        filters.one("window", "7d"),
        filters.one("order", "ordered"),
        filters.one("scope", "person"),
        filters.one("breakdown"),
        filters.one("trend", _interval(filters)),
        "" if steps else filters.one("saved"),
        {},
    )
    return found._replace(faults=_faults(found, filters))


def spec(found: Form, filters: Filters) -> dict[str, Any]:
    """The question that the form asks; of a saved funnel only what the address changes in it."""
    asked = filters.part()
    given = {name for name, _ in filters.own}
    if found.saved:
        asked["saved"] = found.saved
    else:
        asked["steps"] = [step(text) for text in found.steps]
    for name, value in (
        ("window", None if found.window == "none" else found.window),
        ("order", found.order),
        ("scope", found.scope),
        ("breakdown", {"field": found.breakdown} if found.breakdown else None),
    ):
        if name in given:
            asked[name] = value
    if found.trend != "none":
        asked["trend"] = {"interval": "1d" if found.trend == "day" else "7d"}
    if earlier := filters.earlier():
        asked["compare"] = earlier.spec()
    return asked


def kept(found: Form) -> dict[str, Any]:
    """What is saved of the form: the funnel, whatever the view's range and segment are."""
    asked: dict[str, Any] = {"steps": [step(text) for text in found.steps], "order": found.order, "scope": found.scope}
    asked["window"] = None if found.window == "none" else found.window
    return asked | ({"breakdown": {"field": found.breakdown}} if found.breakdown else {})


def misnamed(name: str) -> dict[str, Fault]:
    """What is wrong with a name to save a funnel under."""
    if _NAME.match(name):
        return {}
    sentence = mark("Name: expected 1 to 64 of a-z, 0-9, - and _, not %(value)s")
    return {"name": Fault("name", sentence, {"value": name[:64]})}


def step(text: str) -> dict[str, str]:
    """A page by its path, or an event by its name."""
    return {"path": text} if text.startswith("/") else {"name": text}


def written(steps: Sequence[Mapping[str, Any]]) -> tuple[str, ...] | None:
    """A spec's steps as the form writes them; None if one of them says more than the form can hold."""
    texts = []
    for one in steps:
        said = {key for key, value in one.items() if value} - {"label"}
        path, name = one.get("path"), one.get("name")
        if path and said <= {"path", "name"} and name in (None, "page_view"):
            texts.append(path)
        elif name and said == {"name"} and not name.startswith("/"):
            texts.append(name)
        else:
            return None
    return tuple(texts)


def _interval(filters: Filters) -> str:
    first, last = filters.span
    return "day" if first and last and (last - first).days <= _LONG else "week"


def _faults(found: Form, filters: Filters) -> dict[str, Fault]:
    faults = {
        name: Fault(name, mark("%(field)s: expected one of %(words)s, not %(value)s"),
                    {"field": name, "words": ", ".join(words), "value": value[:64]})
        for name, value, words in (("order", found.order, ORDERS), ("scope", found.scope, SCOPES),
                                   ("trend", found.trend, TRENDS))
        if value not in words
    }  # fmt: skip
    if found.window != "none" and duration(found.window) is None:
        sentence = mark("Window: expected a duration such as 30m or 7d, not %(value)s")
        faults["window"] = Fault("window", sentence, {"value": found.window[:64]})
    if len(found.steps) > MAX_STEPS:
        sentence = mark("Steps: expected at most %(most)s, not %(n)s")
        faults["step-0"] = Fault("step", sentence, {"most": MAX_STEPS, "n": len(found.steps)})
    return faults or (faulty("funnel", spec(found, filters)) if found.steps else {})


def faulty(report: str, asked: dict[str, Any]) -> dict[str, Fault]:
    """What is wrong with a question made of steps, by field: `step-0` for the first step."""
    try:
        question(report, asked)
    except SpecError as error:
        at = _FIELD.match(error.field)
        name = f"step-{at[1]}" if at else error.field.partition(".")[0]
        return {name: Fault(name, error.sentence, error.values)}
    return {}


def opened(filters: Filters, saved: Collection[str]) -> Filters:
    """The view with the first saved funnel, where the address names no steps and asks for no new one."""
    if not saved or any(name in ("step", "saved", "new") for name, _ in filters.own):
        return filters
    return filters._replace(own=(("saved", next(iter(saved))), *filters.own))
