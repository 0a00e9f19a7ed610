"""Attribution: which channels conversions are owed to, by several models side by side; assists and paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from collector.charts import Bar, Drawing, Group, sides
from collector.pages import behind, comparison
from collector.pages.asked import faults
from collector.pages.filters import Fault, Filters
from collector.pages.listing import Cell, Head, Listing, length, written
from collector.pages.panel import Panel
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.words import Words, mark
from collector.reports.answer import Answer
from collector.reports.attribution import NONE
from collector.reports.models import DIRECT
from collector.utm import channel

OWN: Final = ("model", "per", "conversion", "lookback", "currency")
MODELS: Final = {
    "first": mark("first touch"), "last": mark("last touch"), "last_non_direct": mark("last non-direct touch"),
    "linear": mark("linear"), "position": mark("position-based"), "time_decay": mark("time decay"),
    "markov": mark("Markov chain"), "shapley": mark("Shapley value"),
}  # fmt: skip
USUAL: Final = ("first", "last_non_direct", "linear", "position")
PERS: Final = {"source": mark("Source / medium"), "channel": mark("Channel")}
_BY: Final = {"source": "source_medium"}  # sources as the other pages count them
_DIRECT: Final = f"{channel.DIRECT} / {channel.NONE}"
_CREDIT: Final = {"source": mark("Conversions by source / medium and model"),
                  "channel": mark("Conversions by channel and model")}  # fmt: skip
_WORTH: Final = {"source": mark("Value by source / medium and model"), "channel": mark("Value by channel and model")}
LOOKBACKS: Final = {"7d": mark("7 days"), "30d": mark("30 days"), "90d": mark("90 days")}
SHOWN: Final = 8  # channels in the picture
PATHS: Final = 15
ByModel = Mapping[str, Mapping[str, Any]]  # by model and channel: a number, or what is hidden or not known
_SPARED: Final = ("conversions go to touches", "values are missing")  # notes that the page makes needless


def _models(filters: Filters) -> list[str]:
    asked = filters.all("model")
    return [model for model in MODELS if model in asked] or list(USUAL)


def _spec(filters: Filters, **more: Any) -> dict[str, Any]:
    per = filters.one("per", "source")
    asked = {"by": _BY.get(per, per), "lookback": filters.one("lookback", "90d")}
    asked |= {name: filters.one(name) for name in ("conversion", "currency") if filters.one(name)}
    return filters.part(**asked, **more)


def _faults(filters: Filters) -> dict[str, Fault]:
    unknown = [model for model in filters.all("model") if model not in MODELS]
    found = faults("attribution", _spec(filters))
    if unknown:
        said = {"field": "model", "words": ", ".join(MODELS), "value": unknown[0][:64]}
        found["model"] = Fault("model", mark("%(field)s: expected one of %(words)s, not %(value)s"), said)
    if "by" in found:
        found["per"] = found.pop("by")
    return found


def _ask_none(_: Filters) -> dict[str, Question]:
    return {}


def _form(sight: Sight, _: Mapping[str, Answer]) -> dict[str, Any]:
    filters = sight.filters
    lookback = filters.one("lookback", "90d")
    return {
        "shared": filters._replace(own=()).pairs(),
        "models": [(name, title, name in _models(filters)) for name, title in MODELS.items()],
        "held": {"conversion": filters.one("conversion", "purchase"), "per": filters.one("per", "source"),
                 "lookback": lookback, "currency": filters.one("currency")},
        "pers": PERS,
        "lookbacks": LOOKBACKS if lookback in LOOKBACKS else {**LOOKBACKS, lookback: lookback},
        "faults": _faults(filters),
    }  # fmt: skip


def _ask(filters: Filters) -> dict[str, Question]:
    models = [] if _faults(filters) else _models(filters)
    return {model: Question("attribution", _spec(filters, model=model)) for model in models}


def _show(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    if not answers:
        return {"found": None}
    models = {model: answers[model] for model in _models(sight.filters)}
    words, first = sight.words, next(iter(models.values()))
    credit = {model: found.totals["credit"] for model, found in models.items()}
    worth = {model: found.totals["value"] for model, found in models.items()}
    before = comparison.earlier(answers, next(iter(models)))
    currencies = first.totals.get("currencies", [])
    currency = sight.filters.one("currency") or (currencies[0] if len(currencies) == 1 else "")
    conversions = first.totals["conversions"]
    told = {"n": words.number(conversions, 2), "touches": words.number(first.totals["touches"], 2)}
    return {
        "found": first,
        "empty": not conversions,
        "summary": words(mark("Conversions: %(n)s, with %(touches)s touches each on average."), **told),
        "compared": _compared(words, conversions, before.totals["conversions"]) if before else "",
        "chart": _chart(sight, credit),
        "credit": _table(sight, _captioned(sight, _CREDIT), credit, None),
        "worth": _table(sight, _captioned(sight, _WORTH), worth, currency) if currency else None,
        "currencies": [(name, sight.filters.with_own(currency=name) + "#models", name == currency)
                       for name in currencies] if len(currencies) > 1 else [],
        "notes": [words.note(note) for note in dict.fromkeys(note for one in models.values() for note in one.notes)
                  if not note.startswith(_SPARED)],
    }  # fmt: skip


def _compared(words: Words, now: float, then: float) -> str:
    told = {"before": words.number(then, 2), "told": comparison.number(words, now, then).told}
    return words(mark("Before: %(before)s (%(told)s)."), **told)


def _order(by_model: ByModel) -> list[str]:
    """The channels, those with most by all models first; those of which a part is hidden or not known last, by name."""
    names = {name for found in by_model.values() for name in found}

    def place(name: str) -> tuple[bool, float, str]:
        known = [_number(found.get(name, 0)) for found in by_model.values()]
        told = [n for n in known if n is not None]
        return len(told) < len(known), -sum(told) if len(told) == len(known) else 0, name

    return sorted(names, key=place)


def _number(value: float | str | None) -> float | None:
    """A number that is told."""
    return value if isinstance(value, int | float) else None


def _chart(sight: Sight, credit: ByModel) -> Drawing:
    words = sight.words
    most = max((n for found in credit.values() for m in found.values() if (n := _number(m))), default=0) or 1
    titles = {model: words(title) for model, title in MODELS.items()}

    def bar(model: str, n: Any) -> Bar:
        known = _number(n)
        return Bar(titles[model], None if known is None else known / most, words.number(n, 1))

    groups = [
        Group(_label(sight, name), [bar(model, found.get(name, 0)) for model, found in credit.items()])
        for name in _order(credit)[:SHOWN]
    ]
    return sides(_captioned(sight, _CREDIT), groups)


def _label(sight: Sight, name: str) -> str:
    """What conversions are owed to, as the other pages call it."""
    words, per = sight.words, sight.filters.one("per", "source")
    if name == NONE:
        return words(mark("no touch in time"))
    if name == DIRECT:
        return written(words, "channel", "Direct") if per == "channel" else words.named(_DIRECT)
    return written(words, "channel", name) if per == "channel" else words.named(name)


def _by(sight: Sight) -> str:
    """The title of what conversions are parted by."""
    return PERS.get(sight.filters.one("per", "source"), PERS["channel"])


def _captioned(sight: Sight, said: Mapping[str, str]) -> str:
    return sight.words(said.get(sight.filters.one("per", "source"), said["channel"]))


def _table(sight: Sight, caption: str, by_model: ByModel, currency: str | None) -> Listing:
    words = sight.words
    titles = {model: words(title) for model, title in MODELS.items()}

    def shown(n: Any) -> str:
        return words.money(f"{n:.2f}", currency) if currency and _number(n) is not None else words.tenths(n)

    rows = [
        [Cell(_label(sight, name)), *(Cell(shown(found.get(name, 0))) for found in by_model.values())]
        for name in _order(by_model)
    ]
    heads = [Head(words(_by(sight)), numeric=False), *(Head(titles[model], numeric=True) for model in by_model)]
    name = next(iter(by_model))
    return Listing(caption, heads, rows, name, sight.questions[name])


def _parted(answer: Answer) -> Answer:
    """The answer, and its currency where it is the only one."""
    currencies = answer.totals.get("currencies", [])
    return replace(answer, totals=answer.totals | {"currency": currencies[0] if len(currencies) == 1 else ""})


def _told_models(sight: Sight, answers: Mapping[str, Answer]) -> list[Listing]:
    """The tables of the models side by side, and their picture; worth in one currency, as on the page."""
    words, models = sight.words, {model: answers[model] for model in _models(sight.filters)}
    credit, worth = (
        {model: {row["channel"]: row[column] for row in found.rows} for model, found in models.items()}
        for column in ("credit", "value")
    )
    first = next(iter(models.values()))
    currency = sight.filters.one("currency") or first.totals["currency"]
    tables = [_table(sight, _captioned(sight, _CREDIT), credit, None)]
    tables += [_table(sight, _captioned(sight, _WORTH), worth, currency)] if currency else []
    notes = [words.note(note) for note in first.notes if not note.startswith(_SPARED)]
    several = any(note.startswith("values are missing") for note in first.notes)
    notes += (
        [words(mark("Conversions are in several currencies: choose one, and share the page then."))] if several else []
    )
    tables[0] = tables[0]._replace(chart=_chart(sight, credit))
    return [*tables[:-1], tables[-1]._replace(notes=notes)]


def _ask_assists(filters: Filters) -> dict[str, Question]:
    return {} if _faults(filters) else {"assists": Question("attribution", _spec(filters))}


def _assists(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found = answers.get("assists")
    if found is None:
        return {"found": None}
    listed = sorted(found.rows, key=lambda row: (-row["assisted"], row["channel"]))
    before = comparison.earlier(answers, "assists")
    earlier = _earlier(sight.words, found, before, "channel", "credit") if before else None
    return {"found": found, "table": _helpers(sight, listed, earlier)}


def _earlier(
    words: Words, found: Answer, before: Answer, key: str, count: str, whole: bool = True
) -> dict[str, list[Cell]]:
    """By channel or path what its conversions were, in cells; `whole`: whether the earlier rows are all there were, so
    that one that is not among them was none."""
    known = {row[key]: row[count] for row in before.rows}
    wholes = found.totals["conversions"], before.totals["conversions"]
    return {
        row[key]: [Cell(text) for text in comparison.part(
            words, (row[count], wholes[0]),
            None if not whole and row[key] not in known else (known.get(row[key], 0), wholes[1]),
        )]
        for row in found.rows
    }  # fmt: skip


def _helpers(
    sight: Sight, listed: Sequence[Mapping[str, Any]], earlier: Mapping[str, Sequence[Cell]] | None = None
) -> Listing:
    words = sight.words
    titles = (_by(sight), mark("Credited"), *(comparison.PART if earlier is not None else ()), mark("Assisted"),
              mark("Last touch"), mark("Assisted / last touch"))  # fmt: skip
    rows = [
        [Cell(_label(sight, row["channel"])), Cell(words.number(row["credit"], 2)),
         *((earlier or {}).get(row["channel"], ())),
         *(Cell(words.number(row[name])) for name in ("assisted", "last")), Cell(words.number(row["assist_ratio"], 2))]
        for row in listed
    ]  # fmt: skip
    return _listed(sight, "assists", words(mark("Credited and assisted conversions")), titles, rows)


def _told_assists(sight: Sight, answers: Mapping[str, Answer]) -> list[Listing]:
    return [_helpers(sight, answers["assists"].rows)]


def _ask_paths(filters: Filters) -> dict[str, Question]:
    return {} if _faults(filters) else {"paths": Question("attribution", _spec(filters, rows="paths", limit=PATHS))}


def _paths(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    found, before = answers.get("paths"), comparison.earlier(answers, "paths")
    if found is None:
        return {"found": None}
    earlier = _earlier(sight.words, found, before, "path", "conversions", _known(before)) if before else None
    notes = comparison.cut(sight.words, _known(before))
    return {"found": found, "table": _ways(sight, found, earlier)._replace(notes=notes)}


def _told_paths(sight: Sight, answers: Mapping[str, Answer]) -> list[Listing]:
    return [_ways(sight, answers["paths"])]


def _ways(sight: Sight, found: Answer, earlier: Mapping[str, Sequence[Cell]] | None = None) -> Listing:
    words = sight.words
    shares = comparison.PART if earlier is not None else ()
    titles = (mark("Path"), mark("Conversions"), *shares[:2], mark("Share"), *shares[2:], mark("Touches"),
              mark("Median time"), mark("90% within"))  # fmt: skip
    most = max((length(row["share"]) or 0 for row in found.rows), default=0) or 1
    rows = [
        [
            Cell(" > ".join(_label(sight, name) for name in row["path"].split(" > "))),
            Cell(words.number(row["conversions"], 2)),
            *(was := (earlier or {}).get(row["path"], ()))[:2],
            Cell(words.percent(row["share"]), None, length(row["share"], most)),
            *was[2:],
            Cell(words.number(row["touches"])),
            *(Cell(_days(words, row[name])) for name in ("days_p50", "days_p90")),
        ]
        for row in found.rows
    ]
    return _listed(sight, "paths", words(mark("The most frequent paths to a conversion")), titles, rows)


def _known(before: Answer | None) -> bool:
    """Whether the paths of the earlier time are all that there were."""
    return before is None or len(before.rows) < comparison.MOST


def _days(words: Words, days: float | None) -> str:
    return words.untold(days) if _number(days) is None else words.duration((days or 0) * 86_400_000)


def _listed(sight: Sight, name: str, caption: str, titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Listing:
    heads = [Head(sight.words(title), n > 0) for n, title in enumerate(titles)]
    return Listing(caption, heads, rows, name, sight.questions[name])


PANELS: Final = (
    Panel("owed", mark("Attribution settings"), _ask_none, _form, "owed"),
    Panel(
        "models",
        mark("Model comparison"),
        comparison.beside(_ask, 1),
        _show,
        "models",
        told=_told_models,
        parted=_parted,
    ),
    Panel("assists", mark("Assists"), comparison.beside(_ask_assists), _assists, "credited", told=_told_assists),
    Panel("paths", mark("Paths"), comparison.beside(_ask_paths), _paths, "credited", told=_told_paths),
    behind.PANEL,
)
