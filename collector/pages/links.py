"""Links: one made, seen as it will be, drawn; those that were issued and what they brought; many from a sheet.

The form is a question as every other: its fields stand in the address, so that a link to be made can be handed on. Only
what issues, takes back or reads a sheet is sent by POST.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from markupsafe import Markup

from collector.charts import Point, Tick, line
from collector.pages.filters import Filters
from collector.pages.issued import Issued, Sheet, Tried
from collector.pages.listing import TEXTS, Cell, Head, Listing
from collector.pages.notes import many
from collector.pages.panel import Panel
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.timeline import ticks
from collector.pages.words import Words, mark
from collector.reports.answer import Answer

MAIN: Final = ("url", "source", "medium", "campaign")
MORE: Final = ("term", "content", "id")
ISSUE: Final = ("code", "expires", "note", "author")
FIELDS: Final = (*MAIN, *MORE, *ISSUE)
OWN: Final = (*FIELDS, "q", "show", "made", "tried")
SHOWN: Final = 50  # links of the table
_MENDED: Final = 100  # rows of a sheet to mend, or to look at, that are shown; its file has them all
_LIMIT: Final = 2_000  # rows of the audit
_TAGS: Final = re.compile(r"((?<=[?&#])(?:utm|mtm|at)_[^=&#]*=[^&#]*)")
TITLES: Final = {
    "url": mark("Page"), "source": mark("Source"), "medium": mark("Medium"), "campaign": mark("Campaign"),
    "term": mark("Keyword"), "content": mark("Content"), "id": mark("Campaign id"), "code": mark("Short code"),
    "expires": mark("Ends"), "note": mark("Note"), "author": mark("Your name"),
}  # fmt: skip
_HINTS: Final = {
    "url": mark("The address that visitors arrive at, as you would type it."),
    "source": mark("Who sends them: newsletter, google."), "medium": mark("How: email, cpc, social."),
    "campaign": mark("What for: spring_sale."), "term": mark("The keyword of an advert."),
    "content": mark("Which of several links: banner, footer."), "id": mark("Capital letters count."),
    "code": mark("Letters, digits, - and _. If left empty, a random one is chosen."),
    "expires": mark("A last day such as 2026-12-31, or a span such as 30d."),
    "note": mark("What the link is for. Not part of it."),
    "author": mark("Kept with the link, so that others know whom to ask."),
}  # fmt: skip
_RULES: Final = {"ga4": "GA4", "plausible": "Plausible", "matomo": "Matomo"}
_MADE: Final = {
    "added": mark("Your short link is ready"), "known": mark("This link exists already: here it is"),
    "changed": mark("This link existed already; its note or end is changed"),
    "removed": mark("The link is withdrawn: it leads nowhere now"),
}  # fmt: skip
_OUTCOMES: Final = {
    "added": many("link created", "links created"), "known": many("link known already", "links known already"),
    "changed": many("link changed", "links changed"), "refused": many("row refused", "rows refused"),
}  # fmt: skip
_OUTLOOK: Final = _OUTCOMES | {  # only looked at
    "added": many("link to be created", "links to be created"),
    "changed": many("link to be changed", "links to be changed"),
}


class Field(NamedTuple):
    """A field of the form: what it holds, what may be chosen, what is wrong with it."""

    name: str
    title: str
    hint: str
    value: str
    values: Sequence[str]
    required: bool
    faults: Sequence[str]


def _ask_none(_: Filters) -> dict[str, Question]:
    return {}


def _registry(sight: Sight) -> Issued:
    return sight.facts.links or Issued()


def _may(sight: Sight) -> bool:
    return sight.facts.role in ("analyst", "admin") and bool(sight.facts.csrf)


def _form(sight: Sight, _: Mapping[str, Answer]) -> dict[str, Any]:
    found = {name: _field(sight, name) for name in FIELDS}
    view = sight.filters._replace(own=())
    return {
        "main": [found[name] for name in MAIN], "more": [found[name] for name in MORE],
        "issue": [found[name] for name in ISSUE], "shared": view.pairs(), "clear": "?" + view.query(),
        "opened": any(found[name].value or found[name].faults for name in MORE),
    }  # fmt: skip


def _field(sight: Sight, name: str) -> Field:
    registry, words, value = _registry(sight), sight.words, sight.filters.one(name)
    agreed = registry.agreed.get(name, {})
    hint = words(_HINTS[name])
    if template := agreed.get("template"):
        hint = f"{words(mark('Built as %(template)s.'), template=template)} {hint}"
    tried = registry.tried.faults.get(name, ()) if registry.tried else ()
    faults = [_called(words, name, sentence) for sentence in tried]
    faults = faults if value or sight.filters.one("tried") else []  # an empty field is no fault while one types
    if name == "author" and not sight.filters.own:
        value = sight.facts.user
    required = name == "url" or bool(agreed.get("required"))
    return Field(name, words(TITLES[name]), hint, value, agreed.get("values", ()), required, faults)


def _called(words: Words, name: str, sentence: str) -> str:
    """What is said of a field, which the page calls otherwise than commands and sheets do."""
    if name not in TITLES or not re.match(rf"{name}\b", sentence):
        return sentence
    return words(mark("The address") if name == "url" else TITLES[name]) + sentence.removeprefix(name)


def _link(sight: Sight, _: Mapping[str, Answer]) -> dict[str, Any]:
    """The link that is opened, else the one that is typed."""
    registry, own = _registry(sight), dict(sight.filters.own)
    made = _MADE.get(sight.filters.one("made"))
    shown: dict[str, Any] = {
        "made": sight.words(made) if made else "", "may": _may(sight), "root": sight.facts.root,
        "code": Markup(registry.code), "opened": None, "tried": None,  # noqa: S704  drawn by us of modules
    }  # fmt: skip
    if registry.opened:
        return shown | _opened(sight, registry.opened)
    if registry.tried is None:
        return shown
    return shown | _tried(sight, registry.tried) | {"values": [(name, own.get(name, "")) for name in FIELDS]}


def _tried(sight: Sight, tried: Tried) -> dict[str, Any]:
    chips = [
        (_RULES.get(rules) or sight.words(mark("Your rules")), sight.words(TEXTS[name]) if name in TEXTS else name)
        for rules, name in tried.channels.items()
    ]
    faults = [_called(sight.words, name, sentence) for name, listed in tried.faults.items() for sentence in listed]
    return {"tried": tried, "parts": _TAGS.split(tried.target), "chips": chips, "faults": faults}


def _opened(sight: Sight, link: Mapping[str, Any]) -> dict[str, Any]:
    words, days = sight.words, link["days"]
    people = [Point(words.day(day["day"], "short"), day["human"],
                    words.pair(words.day(day["day"], "long"), words.number(day["human"]))) for day in days]  # fmt: skip
    marks = [Tick(value, words.number(value)) for value in ticks(max((day["human"] for day in days), default=0))]
    caption = words(mark("People who followed it, by day (UTC)"))
    return {
        "opened": link, "parts": _TAGS.split(link["target"]), "until": _until(sight, link),
        "alike": "?" + urlencode([*sight.filters._replace(own=()).pairs(), *_alike(link)]) + "#builder",
        "counts": [(words(title), words.number(n)) for title, n in _counts(link)],
        "chart": line(caption, people, marks) if len(people) > 1 and marks else "", "caption": caption,
    }  # fmt: skip


def _alike(link: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fields of a form that makes a link of the same campaign."""
    said = dict(parse_qsl(urlsplit(link["target"]).query))
    fields = [("url", link["target"])]
    return fields + [(name, said[f"utm_{name}"]) for name in (*MAIN[1:], *MORE) if said.get(f"utm_{name}")]


def _counts(link: Mapping[str, Any]) -> list[tuple[str, int]]:
    programs = link["preview"] + link["bot"]
    return [(mark("People"), link["human"]), (mark("Repeats"), link["repeat"]), (mark("Bots"), programs),
            (mark("Too late"), link["late"])]  # fmt: skip


def _until(sight: Sight, link: Mapping[str, Any]) -> str:
    words = sight.words
    if link["removed"]:
        return words(mark("withdrawn on %(date)s"), date=words.day(link["removed"][:10]))
    if not link["expires"]:
        return ""
    over = link["over"]
    return words(mark("ended on %(date)s") if over else mark("until %(date)s"), date=words.day(link["last"]))


def _ask_issued(filters: Filters) -> dict[str, Question]:
    return {"audit": Question("utm_audit", filters.spec(limit=_LIMIT))}


def _issued(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Each link with who followed it, and what the visits were that it began."""
    words, registry = sight.words, _registry(sight)
    brought = {row["field"]: row for row in answers["audit"].rows if row["finding"] == "link"}
    titles = (mark("Short link"), mark("Campaign"), mark("Note"), mark("People"), mark("Repeats"), mark("Bots"),
              mark("Sessions"), mark("With a purchase"))  # fmt: skip
    rows = [_row(sight, link, brought.get(link["code"], {})) for link in registry.listed]
    told = {"shown": words.number(len(rows))}
    caption = words.many("%(n)s link", "%(n)s links", registry.total)
    if registry.total > len(rows):
        caption = words(mark("The newest %(shown)s of %(n)s links"), n=words.number(registry.total), **told)
    heads = [Head(words(title), n > 2) for n, title in enumerate(titles)]
    asked = sight.filters.one("q")
    return {
        "table": Listing(caption, heads, rows, "audit", sight.questions["audit"]),
        "asked": asked, "shared": sight.filters._replace(own=()).pairs(), "root": sight.facts.root,
        "empty": words(mark("No link matches.") if asked else mark("No link has been issued yet.")),
    }  # fmt: skip


def _row(sight: Sight, link: Mapping[str, Any], brought: Mapping[str, Any]) -> list[Cell]:
    words = sight.words
    numbers = (*(n for _, n in _counts(link)[:3]), brought.get("sessions"), brought.get("converted"))
    campaign = " · ".join(value for name, value in _alike(link)[1:] if name in (*MAIN, "content"))
    about = " · ".join(text for text in (campaign or _bare(link["target"]), _until(sight, link)) if text)
    return [
        Cell(_bare(link["short"]), "?" + sight.filters._replace(own=(("show", link["code"]),)).query() + "#link"),
        Cell(about), Cell(link["note"] or words.none), *(Cell(words.number(n)) for n in numbers),
    ]  # fmt: skip


def _bare(address: str) -> str:
    return address.partition("://")[2] or address


def _sheet(sight: Sight, _: Mapping[str, Answer]) -> dict[str, Any]:
    sheet = _registry(sight).sheet
    shown = {"may": _may(sight), "root": sight.facts.root, "sheet": sheet}
    return shown | (_outcome(sight.words, sheet) if sheet else {})


def _outcome(words: Words, sheet: Sheet) -> dict[str, Any]:
    told = {"file": sheet.file or words(mark("the sheet"))}
    done = mark("Checked %(file)s; nothing is created yet.") if sheet.dry else mark("%(file)s processed.")
    outcomes = _OUTLOOK if sheet.dry else _OUTCOMES
    counts = [(title, sheet.counts.get(name, 0)) for name, title in outcomes.items()]
    return {
        "done": words(done, **told),
        "counts": [(words.counted(title, n), words.number(n)) for title, n in counts],
        "mend": sheet.faults[:_MENDED], "look": sheet.warnings[:_MENDED],
        "caption": _first(words, words(mark("To correct in the sheet")), len(sheet.faults)),
        "looked": _first(words, words(mark("Worth checking, though these rows are accepted")), len(sheet.warnings)),
        "file": base64.b64encode(("\ufeff" + sheet.csv).encode()).decode(),
    }  # fmt: skip


def _first(words: Words, caption: str, n: int) -> str:
    """The caption of a table of which only so many rows are shown."""
    if n <= _MENDED:
        return caption
    told = {"most": words.number(_MENDED), "all": words.number(n)}
    return words.pair(caption, words(mark("the first %(most)s of %(all)s"), **told))


PANELS: Final = (
    Panel("builder", mark("New link"), _ask_none, _form, "linkform", half=True),
    Panel("link", mark("The link"), _ask_none, _link, "link", half=True),
    Panel("issued", mark("Issued links"), _ask_issued, _issued, "issued", rests=False),
    Panel("sheet", mark("Many links from a sheet"), _ask_none, _sheet, "sheet"),
)
