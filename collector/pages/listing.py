"""An answer's rows as a table of a page: titles, formatted cells, links that narrow the view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from collector.charts import Drawing
from collector.pages.filters import OFFERED, Dimension
from collector.pages.question import Question
from collector.pages.sight import Sight
from collector.pages.words import NOTHING, Words, mark
from collector.reports.headings import HEADINGS
from collector.reports.small import Hidden

_SHOWN: Final = (
    "day", "visitors", "sessions", "page_views", "events", "purchases", "bounce_rate", "engagement_rate",
    "avg_duration_ms", "path", "views", "entrances", "exits", "avg_time_ms", "timed", "conversions", "conversion_rate",
    "low", "high", "state", "policy", "receipts", "share", "outcome", "reason", "n", "finding", "field", "value",
    "nearest", "code", "target", "parameter", "expected", "clicks", "score", "granted", "withdrawn", "withdrawal_rate",
)  # fmt: skip
TITLES: Final[dict[str, str]] = {  # of the columns that a page shows
    **{name: HEADINGS[name] for name in _SHOWN}, **{str(name): title for name, title in OFFERED.items()},
    "converted": mark("Sessions with a purchase"),  # which other reports have of other things
    "before": mark("Before"), "change": mark("Change"), "shift": mark("Change of the rate, in points"),
}  # fmt: skip
DEVICES: Final[dict[str, str]] = {
    "mobile": mark("mobile"), "desktop": mark("desktop"), "tablet": mark("tablet"), "tv": mark("television"),
}  # fmt: skip
CHANNELS: Final[dict[str, str]] = {
    "Direct": mark("Direct"), "Referral": mark("Referral"), "Organic Search": mark("Organic Search"),
    "Paid Search": mark("Paid Search"), "Organic Social": mark("Organic Social"), "Paid Social": mark("Paid Social"),
    "Email": mark("Email"), "Affiliates": mark("Affiliates"), "Display": mark("Display"),
    "Unassigned": mark("Unassigned"), "AI Assistant": mark("AI Assistant"), "Organic Video": mark("Organic Video"),
    "Paid Video": mark("Paid Video"), "Organic Shopping": mark("Organic Shopping"),
    "Paid Shopping": mark("Paid Shopping"), "Paid Other": mark("Paid Other"), "SMS": mark("SMS"),
    "Cross-network": mark("Cross-network"), "Audio": mark("Audio"),
    "Mobile Push Notifications": mark("Mobile Push Notifications"),
    "AI Assistants": mark("AI Assistants"), "Campaigns": mark("Campaigns"), "Direct Entry": mark("Direct Entry"),
    "Search Engines": mark("Search Engines"), "Social Networks": mark("Social Networks"), "Websites": mark("Websites"),
}  # fmt: skip
TEXTS: Final[dict[str, str]] = {  # words of our own that stand in rows
    **DEVICES, **CHANNELS,
    "received": mark("received"), "accepted": mark("accepted"), "duplicate": mark("duplicate"),
    "dropped": mark("dropped"), "refused": mark("refused"), "flag": mark("corrected"), "bot": mark("bot"),
    "granted": mark("granted"), "withdrawn": mark("withdrawn"), "denied": mark("refused by the visitor"),
    "no_consent": mark("not answered"), "exempt": mark("exempt"), "joined": mark("exempt, before a grant"),
    "gpc": mark("Global Privacy Control"), "dnt": mark("Do Not Track"), "opt_out": mark("objection"),
    "not_exempt": mark("more than the exemption allows"), "policy_changed": mark("grant to another notice"),
    "receipt_expired": mark("grant too old"), "invalid": mark("wrong field"), "malformed": mark("not readable"),
    "late": mark("arrived late"), "clamped": mark("clock set wrong"), "truncated": mark("text too long"),
    "masked": mark("personal data masked"), "ai": mark("AI crawler"), "search": mark("search engine"),
    "seo": mark("SEO tool"), "monitor": mark("monitoring"), "preview": mark("link preview"),
    "headless": mark("headless browser"), "library": mark("HTTP library"), "crawler": mark("other crawler"),
}  # fmt: skip
# Columns in which nothing stands where there was none; in any other it is not known.
_GIVEN: Final = frozenset({"source", "medium", "campaign", "utm.source", "utm.medium", "utm.campaign", "referrer",
                           "entry", "exit", "path", "policy", "currency", "reason"})  # fmt: skip
FINDINGS: Final[dict[str, str]] = {  # of the audit
    "campaign": mark("a campaign"),
    "link": mark("an issued link"),
    "unissued": mark("a name that no issued link has"),
    "lost": mark("a parameter was lost on the way"),
    "lost_all": mark("visits on its page, none with its parameters"),
    "no_session": mark("clicks, but no visit"),
    "outside": mark("not in the dictionary"),
    "spelling": mark("spelt differently from the dictionary"),
    "near_duplicate": mark("nearly the same as another name"),
    "macro": mark("a placeholder that was not replaced"),
    "internal": mark("a tag on a link inside the site"),
}
_OURS: Final = frozenset({"device", "state", "outcome", "reason", "channel"})
_RATES: Final = frozenset({"low", "high", "share"})
_CHANGES: Final = frozenset({"change", "shift"})  # texts that are numbers


class Rows(NamedTuple):
    """What a table is made of. `name`: the question that it answers; `links`: columns whose value narrows the view to
    it; `ways`: a column whose cells lead where the rows' `way` says; `bars`: the column whose values are seen as bars
    too; `notes`: what the report says of itself."""

    name: str
    caption: str
    columns: Sequence[str]
    rows: Iterable[Mapping[str, Any]]
    links: Mapping[str, Dimension] = {}
    bars: str = ""
    notes: Iterable[str] = ()
    ways: str = ""


class Cell(NamedTuple):
    """A cell: its text, a link that narrows the view, and how much of the column's largest value it is (0 to 1)."""

    text: str
    link: str | None = None
    share: float | None = None


class Head(NamedTuple):
    """A column: its title, and whether it holds numbers."""

    title: str
    numeric: bool


class Listing(NamedTuple):
    """A table: its caption, its columns, its rows; `question` is what it answers, `name` its place on the page;
    `chart`: what is drawn above it, where the page draws it nowhere else; `drawn`: its title, if not the caption."""

    caption: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    name: str
    question: Question
    notes: Sequence[str] = ()
    chart: Drawing | None = None
    drawn: str = ""


def listing(sight: Sight, told: Rows) -> Listing:
    """Rows as a table."""
    rows = list(told.rows)
    most = max((length(row.get(told.bars)) or 0 for row in rows), default=0) if told.bars else 0
    heads = [Head(sight.words(TITLES.get(column, column)), _numeric(column, rows)) for column in told.columns]
    cells = [
        [_cell(sight, row, column, told, most if column == told.bars else 0) for column in told.columns] for row in rows
    ]
    said = [note for note in told.notes if getattr(note, "code", "") != "bounce" or "bounce_rate" in told.columns]
    notes = [sight.words.note(note) for note in said]
    return Listing(told.caption, heads, cells, told.name, sight.questions[told.name], notes)


def length(value: object, most: float = 1) -> float | None:
    """How much of the largest value one is; None for what is hidden or not known."""
    return value / most if isinstance(value, int | float) else None


def written(words: Words, column: str, value: Any) -> str:
    """A value as its column writes it; see `collector.pages.words` for what stands where there is none."""
    if isinstance(value, Hidden):
        return words.untold(value)
    if value in (None, "") or (isinstance(value, str) and value in NOTHING):
        return words.none if column in _GIVEN else words.untold(None)
    if column == "country" and isinstance(value, str):
        return words.country(value)
    if column == "day" and isinstance(value, str):
        return words.day(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(words, column, value)
    text = words.named(str(value)) if column in _GIVEN else str(value)
    known = FINDINGS if column == "finding" else TEXTS if column in _OURS else {}
    return words(known[text]) if text in known else text


def _number(words: Words, column: str, value: float) -> str:
    if column.endswith("_ms"):
        return words.duration(value)
    if column.endswith("rate") or column in _RATES:
        return words.percent(value)
    return words.number(value, 0 if isinstance(value, int) else 2)


def _cell(sight: Sight, row: Mapping[str, Any], column: str, told: Rows, most: float) -> Cell:
    value = row.get(column)
    text = written(sight.words, column, value)
    none = column in _GIVEN and value in NOTHING  # a click on the word means all that it stands for
    link = None
    if column in told.links and not sight.facts.printed:
        link = sight.filters.narrowed(told.links[column], None if none else value)
    elif column == told.ways and not sight.facts.printed:
        link = row.get("way")
    return Cell(text, link, (length(value, most) or 0) if most else None)


def _numeric(column: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    values = [row[column] for row in rows if row.get(column) is not None]
    return column in _CHANGES or (bool(values) and all(isinstance(value, int | float | Hidden) for value in values))
