"""What somebody asks for, made into a draft for the registry: built, checked, judged. Every fault is told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlencode

from collector import utm
from collector.journal.links import NEVER, Draft
from collector.links.remark import Remark, Ruled, Sentence
from collector.links.target import Places, objection
from collector.reports.spec import duration, moment
from collector.utm import macros
from collector.utm.destination import value_intruder
from collector.utm.landing import fragment_query, query_of
from collector.utm.registry import FIELDS

MAX_NOTE: Final = 300
MAX_AUTHOR: Final = 80
MAX_TEXT: Final = 4_096  # characters of anything asked for: a link has half of that
_CODE: Final = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])")
_RESERVED: Final = frozenset({"bulk", "template"})  # paths of the API beside the links' own
_DAY: Final = 86_400_000
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_SHOWN: Final = 60  # characters of a value in a fault

# Rules of the checker that the builder or the dictionary answer for already, or that are no reason to refuse.
_ELSEWHERE: Final = frozenset({"L03", "L13", "L19"})
_ADVICE: Final = frozenset({"not_canonical", "discouraged"})


class Order(NamedTuple):
    """A link that somebody wants. `campaign`: {"source": …} or {"utm_source": …}. `expires` as it was typed.

    `ignore`: rules of the checker that this link may break.
    """

    url: str
    campaign: Mapping[str, str] = {}
    code: str = ""
    note: str = ""
    author: str = ""
    expires: str = ""
    options: utm.Options = utm.Options()
    ignore: tuple[str, ...] = ()


class Desk(NamedTuple):
    """What a link is held against: the dictionary, where it may lead, the time (ms UTC).

    `day_first`: whether a last day may be typed as 31/12/2026, as French does.
    """

    dictionary: utm.Dictionary | None
    places: Places
    now: int
    day_first: bool = False


class Fault(NamedTuple):
    """What cannot be: the field, what stood there (shortened), and what was expected."""

    field: str
    value: str
    sentence: Sentence


class Made(NamedTuple):
    """A draft, and what is worth knowing about it."""

    draft: Draft
    warnings: tuple[Sentence, ...]


class Refused(ValueError):  # noqa: N818  the field's word
    """An order that cannot be met; `faults` has one or more. `target` is what was built, where that went well."""

    def __init__(self, faults: list[Fault], target: str = "") -> None:
        super().__init__("; ".join(fault.sentence.say() for fault in faults))
        self.faults, self.target = faults, target


def draft(order: Order, desk: Desk) -> Made:
    """The draft of an order. Raises `Refused` with all its faults."""
    faults = [*_oversized(order)]
    if faults:
        raise Refused(faults)
    campaign, warnings = _canonical(order, desk.dictionary)
    expires = _expires(order.expires, desk)
    faults += [
        fault for fault in (_code(order.code), _note(order), _author(order), expires) if isinstance(fault, Fault)
    ]
    try:
        built = utm.build(order.url, campaign, order.options)
    except utm.BuildError as error:
        faults.append(Fault(_short(error.field), shown(_asked(order, error.field)), error.notice))
        tags = utm.tags(urlencode({f"utm_{_short(name)}": value for name, value in campaign.items()}, errors="replace"))
        faults += [fault for fault in _unlisted(tags, desk.dictionary, []) if fault.field != _short(error.field)]
        raise Refused(faults) from None
    warnings += built.warnings
    faults += _judged(built.url, order, desk, warnings)
    if faults:
        raise Refused(faults, built.url)
    version = desk.dictionary.version if desk.dictionary else ""
    assert not isinstance(expires, Fault)
    made = Draft(built.url, order.code.strip().lower(), order.author.strip(), version, order.note.strip(), expires)
    return Made(made, tuple(_unique(warnings)))


def shown(value: str) -> str:
    """A value as it may stand in a message: short, and on one line whatever it holds."""
    text = value if value.isprintable() else ascii(value)[1:-1]
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def refusal(what: str, code: str) -> Fault:
    """The fault of a draft that the registry did not take."""
    return Fault("code", code, Remark("code_taken" if what == "taken" else "code_removed", "code", {"found": code}))


def _oversized(order: Order) -> Iterator[Fault]:
    texts = {"url": order.url, "expires": order.expires, "code": order.code, **order.campaign}
    for field, value in texts.items():
        if len(value) > MAX_TEXT:
            yield Fault(_short(field), shown(value[:_SHOWN]), _long(_short(field), len(value), MAX_TEXT))


def _canonical(order: Order, dictionary: utm.Dictionary | None) -> tuple[dict[str, str], list[Sentence]]:
    """The campaign as the dictionary writes it, and what it corrected."""
    campaign = {name: value for name, value in order.campaign.items() if value.strip()}
    corrections: list[Sentence] = []
    for name, value in campaign.items() if dictionary else ():
        field = _short(name)
        if field in FIELDS and dictionary and not macros.found(value):
            meant = dictionary.canonical(field, value)
            if meant != value.strip():
                corrections.append(utm.Notice("written_as", field, {"found": shown(value), "meant": meant}))
            campaign[name] = meant
    return campaign, corrections


def _judged(url: str, order: Order, desk: Desk, warnings: list[Sentence]) -> Iterator[Fault]:
    """What the place, the dictionary and the checker say of a built link; mere advice goes to `warnings`."""
    if sentence := objection(url, desk.places):
        yield Fault("url", shown(order.url), sentence)
    if found := macros.found(url):
        warnings.append(Remark("macro_short", "url", {"macro": found[0]}))
    tags = utm.tags("&".join((query_of(url), fragment_query(url))))
    yield from _unlisted(tags, desk.dictionary, warnings)
    skipped = {*_ELSEWHERE, *order.ignore, *(["L15"] if order.options.platform else [])}
    for finding in utm.check(url, ignore=skipped):
        rule = Ruled(finding.rule, finding.field, finding.reason("en"), finding.reason("fr"))
        if finding.severity == "error":
            yield Fault(_short(finding.field) or "url", shown(finding.found), rule)
        else:
            warnings.append(rule)


def _unlisted(tags: utm.Tags, dictionary: utm.Dictionary | None, warnings: list[Sentence]) -> Iterator[Fault]:
    """What the dictionary does not have of a link's tags; mere advice goes to `warnings`."""
    for notice in dictionary.problems(tags) if dictionary else ():
        value = getattr(tags, notice.field, None) or ""
        if notice.code in _ADVICE:
            warnings.append(notice)
        elif not macros.found(value):
            yield Fault(notice.field, shown(value), notice)


def _code(typed: str) -> Fault | None:
    code = typed.strip().lower()
    if code in _RESERVED:
        return Fault("code", code, Remark("code_reserved", "code", {"found": code}))
    if not code or _CODE.fullmatch(code):
        return None
    return Fault("code", shown(typed), Remark("code_shape", "code", {"found": repr(shown(typed))}))


def _note(order: Order) -> Fault | None:
    return _text("note", order.note, MAX_NOTE)


def _author(order: Order) -> Fault | None:
    return _text("author", order.author, MAX_AUTHOR)


def _text(field: str, typed: str, most: int) -> Fault | None:
    text = typed.strip()
    if len(text) > most:
        return Fault(field, shown(text), _long(field, len(text), most))
    if what := value_intruder(text):
        return Fault(field, shown(text), utm.Notice("value_inside", field, {"what": what}))
    return None


def _expires(typed: str, desk: Desk) -> int | Fault | None:
    """ms UTC; a date is over with its last moment, in UTC. None: nothing said."""
    text = typed.strip()
    if not text:
        return None
    if text.lower() == "never":
        return NEVER
    found = _moment(_iso(text) if desk.day_first else text, desk.now)
    if found is None:
        return Fault("expires", shown(typed), Remark("expires_shape", "expires", {"found": repr(shown(typed))}))
    if found <= desk.now:
        return Fault("expires", shown(typed), Remark("expires_past", "expires", {"found": shown(typed)}))
    return found


def _iso(typed: str) -> str:
    """31/12/2026 as 2026-12-31; anything else as it is."""
    found = _DAY_FIRST.fullmatch(typed)
    return f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}" if found else typed


def _moment(text: str, now: int) -> int | None:
    span = duration(text)
    if span is not None:  # to the end of that day: the same sheet twice on one day asks for the same
        return (now + span) // _DAY * _DAY + _DAY if 0 < span < 100 * 365 * _DAY else None
    try:
        found = moment(text, "UTC")
    except (OverflowError, OSError):
        return None
    if found is None or found > 4_102_444_800_000:  # the year 2100
        return None
    return found + _DAY if re.fullmatch(r"[\d-]+", text) else found


def _asked(order: Order, field: str) -> str:
    asked = {"url": order.url, **order.campaign}
    return str(asked.get(field, asked.get(_short(field), asked.get(f"utm_{field}", ""))))


def _short(field: str) -> str:
    return field.removeprefix("utm_") if field.removeprefix("utm_") in FIELDS else field


def _long(field: str, length: int, limit: int) -> Remark:
    return Remark("text_long", field, {"length": length, "limit": limit})


def _unique(sentences: list[Sentence]) -> list[Sentence]:
    key: Callable[[Sentence], tuple[str, str]] = lambda one: (one.code, one.field)  # noqa: E731
    return list({key(one): one for one in sentences}.values())
