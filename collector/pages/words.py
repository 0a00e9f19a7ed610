"""One language: its sentences, and numbers, dates and durations as it writes them.

English sentences are the keys of the catalogues (`fr/*.po`, one a page), which are read when a language is first
wanted. Formats are those of Unicode's CLDR, by Babel.

That there is no value is told in two ways, the same on every page, in every chart, filter and printed report:

- `(none)`, `(aucun)`: there was none. The link had no such tag, the visit no link or no referrer; nothing was set or
  noted. Reports call it null, `(none)` or `(not set)`: `Words.named` says all three so.
- `–`, read out as “not available”: it cannot be known (a country, a device), or there is nothing to divide by.

`hidden` is neither: there is a value. Files, the API and commands keep the values of the reports.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from io import BytesIO
from typing import Any, Final, Literal, get_args
from zoneinfo import ZoneInfo

from babel import dates, numbers
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from msgspec.structs import replace

from collector.pages.notes import NOTES, THINGS, WHAT, WHY, Said
from collector.reports.answer import Answer
from collector.reports.parts import SpecError, mark
from collector.reports.remark import Remark
from collector.reports.small import Hidden
from collector.utm.sentences import typeset

__all__ = ["LANGUAGES", "NOTHING", "UNKNOWN", "Language", "Words", "known", "mark", "words"]

Language = Literal["en", "fr"]
LANGUAGES: Final[dict[str, str]] = {"en": "English", "fr": "Français"}
UNKNOWN: Final = "–"  # not known, or not defined
NOTHING: Final = frozenset({"(none)", "(not set)"})  # what reports write where there was none
_LOCALES: Final = {"en": "en_GB", "fr": "fr_FR"}
_COUNTED: Final = {"model": "days"}  # the value that tells singular from plural, where it is not `n`
_FIRST: Final = re.compile(r"\b1(?=\s[^\W\d])")  # of a month, as CLDR writes it in French: its name follows
_DURATIONS: Final = {"en": ("s", "min", "h", "d"), "fr": ("s", "min", "h", "j")}


class Words:
    """What pages say in one language. Called with an English sentence it says it, with values put in."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self.locale = _LOCALES[language]
        self._said = catalogue(language)

    def __call__(self, sentence: str, /, **values: object) -> str:
        said = self._said.gettext(sentence) if sentence else ""
        return said % values if values else said

    def many(self, one: str, several: str, n: int, /, **values: object) -> str:
        """A sentence about `n` things; `%(n)s` is the number as it is written."""
        return self._said.ngettext(one, several, n) % ({"n": self.number(n)} | values)

    def counted(self, title: Said, n: int | None) -> str:
        """The title of so many, which stands beside their number."""
        return self(title) if isinstance(title, str) else self.many(*title, n or 0)

    def inside(self, title: str) -> str:
        """A title as it stands inside a sentence."""
        said = self(title)
        return said[:1].lower() + said[1:]

    def pair(self, name: str, value: str) -> str:
        """A name and what is told of it."""
        return f"{name}{self(mark(':'))} {value}"

    def untold(self, value: object) -> str:
        """What stands for a value that is not known, or hidden."""
        return self(mark("hidden")) if isinstance(value, Hidden) else UNKNOWN

    @property
    def none(self) -> str:
        """What is said where there was none: see above."""
        return self(mark("(none)"))

    def named(self, name: str) -> str:
        """A name of a campaign, a source or a medium, or several with ` / ` between them, as they are shown."""
        ours = dict.fromkeys(NOTHING, self.none) | {"(other)": self(mark("(other)"))}
        return " / ".join(ours.get(part, part) for part in name.split(" / "))

    def number(self, value: float | Hidden | None, decimals: int = 0) -> str:
        """1234.5 → 1,234.5 (at most so many decimals); what is hidden is said to be, here and below."""
        if value is None or isinstance(value, Hidden):
            return self.untold(value)
        return str(numbers.format_decimal(round(value, decimals), format=f"#,##0.{'#' * decimals}", locale=self.locale))

    def tenths(self, value: float | Hidden | None) -> str:
        """58 → 58.0: as many decimals as its neighbours in a column of parts."""
        if value is None or isinstance(value, Hidden):
            return self.untold(value)
        return str(numbers.format_decimal(round(value, 1), format="#,##0.0", locale=self.locale))

    def percent(self, share: float | Hidden | None) -> str:
        """0.2345 → 23.5%, 0.04 → 4.0%: one decimal wherever a share is told, so that those of a column compare."""
        return self.untold(share) if share is None or isinstance(share, Hidden) else self._percent(share, "0.0")

    def tick(self, share: float) -> str:
        """0.04 → 4%, 0.025 → 2.5%: a round figure at an axis."""
        return self._percent(share, "0.##")

    def _percent(self, share: float, digits: str) -> str:
        blank = "" if self.language == "en" else "\N{NARROW NO-BREAK SPACE}"
        return str(numbers.format_percent(share, format=f"#,##{digits}{blank}%", locale=self.locale))

    def change(self, share: float | None) -> str:
        """0.12 → +12.0%."""
        return UNKNOWN if share is None else _signed(round(share, 3), self.percent)

    def points(self, share: float) -> str:
        """A share's change: 0.041 → +4.1."""
        return _signed(round(share * 100, 1), self.tenths)

    def money(self, amount: str | float | Decimal, currency: str) -> str:
        """12.5, EUR → €12.50; a currency that CLDR does not know is written as it is."""
        return str(numbers.format_currency(Decimal(str(amount)), currency, locale=self.locale))

    def moneys(self, amounts: dict[str, str] | None) -> list[str]:
        """Amounts by currency, the largest number first."""
        listed = sorted((amounts or {}).items(), key=lambda item: -Decimal(item[1]))
        return [self.money(amount, currency) for currency, amount in listed]

    def duration(self, ms: float | Hidden | None) -> str:
        """312000 → 5 min 12 s."""
        if ms is None or isinstance(ms, Hidden):
            return self.untold(ms)
        second, minute, hour, day = _DURATIONS[self.language]
        seconds = round(ms / 1000)
        if seconds < 60:
            return f"{self.number(ms / 1000, 1 if ms < 10_000 else 0)}\N{NO-BREAK SPACE}{second}"
        pairs = ((86_400, day, 3_600, hour), (3_600, hour, 60, minute), (60, minute, 1, second))
        size, name, less, rest = next(pair for pair in pairs if seconds >= pair[0])
        left = seconds % size // less
        return f"{seconds // size} {name}".replace(" ", "\N{NO-BREAK SPACE}") + (
            f" {left}\N{NO-BREAK SPACE}{rest}" if left else ""
        )

    def day(self, day: date | str, style: str = "medium") -> str:
        """A date: `medium` (22 Nov 2026), `short` (22 Nov) or `long` (Sunday 22 November)."""
        read = date.fromisoformat(day) if isinstance(day, str) else day
        if style == "medium":
            return self._first(dates.format_date(read, "medium", locale=self.locale))
        return self._first(dates.format_skeleton("MMMd" if style == "short" else "MMMMEEEEd", read, locale=self.locale))

    def moment(self, ms: int | None, zone: str, style: Literal["short", "medium"] = "short") -> str:
        """A moment (ms UTC) in a zone."""
        if ms is None:
            return UNKNOWN
        at = datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZoneInfo(zone))
        return self._first(dates.format_datetime(at, style, locale=self.locale))

    def _first(self, written: str) -> str:
        """A date with an ordinal on the first of a month, as French has it: 1er nov."""
        return _FIRST.sub("1er", str(written)) if self.language == "fr" else str(written)

    def clock(self, ms: int, zone: str, style: Literal["short", "medium"] = "medium") -> str:
        """The time of day; `short` without seconds."""
        at = datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZoneInfo(zone))
        return str(dates.format_time(at, style, locale=self.locale))

    def country(self, code: str) -> str:
        """FR → France; a code that CLDR does not know is written as it is."""
        return self.countries().get(code, code)

    def countries(self) -> dict[str, str]:
        """The name of every country by its code."""
        from babel import Locale  # noqa: PLC0415  its names are read once asked for

        return {code: name for code, name in Locale.parse(self.locale).territories.items() if len(code) == 2}

    def note(self, note: str) -> str:
        """A report's remark in this language; a sentence of our own that is none, likewise."""
        if not isinstance(note, Remark):
            return self(note)
        said = NOTES[note.code]
        values = {name: self.number(value) if isinstance(value, int) else value for name, value in note.values.items()}
        if note.code == "few":
            counted = WHAT[values["what"]]
            values["what"] = self.many(*counted, note.values["n"])
        elif "what" in values:
            values["what"] = self(THINGS.get(values["what"], values["what"]))
        if note.code == "stopped":
            values["why"] = self(WHY[note.values["code"]])
        if isinstance(said, str):
            return self(said, **values) if values else self(said)
        return self.many(*said, note.values[_COUNTED.get(note.code, "n")], **values)

    def fault(self, error: Exception) -> str:
        """What a question's error says, in this language where its sentence is known."""
        if isinstance(error, SpecError):
            return self(error.sentence, **error.values)
        return self(str(error))

    def told(self, answer: Answer) -> Answer:
        """The answer with its remarks in this language; those of a report are English already."""
        if self.language == "en":
            return answer
        return replace(answer, notes=[note.said(self.note(note)) for note in answer.notes])


def _signed(value: float, written: Callable[[float], str]) -> str:
    """The value with its sign; what is nothing as it is written has none."""
    return ("+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else "±") + written(abs(value))


@lru_cache
def words(language: Language) -> Words:
    """The one of each language."""
    return Words(language)


def known(language: str) -> Language | None:
    """The language of that name, if there is one."""
    return next((one for one in get_args(Language) if one == language), None)


def _kept(text: Any) -> Any:
    """The text, a sign kept on the line of the word it belongs to: no line begins with a colon."""
    return typeset(text) if isinstance(text, str) else tuple(map(_kept, text))


@lru_cache
def catalogue(language: Language) -> NullTranslations:
    """The sentences of a language; English has them already."""
    if language == "en":
        return NullTranslations()
    said = Catalog(locale=language)
    for file in sorted(resources.files("collector.pages").joinpath(language).iterdir(), key=lambda file: file.name):
        for message in read_po(BytesIO(file.read_bytes()), locale=language):
            if message.id:
                said[message.id] = message
                message.string = _kept(message.string)
    compiled = BytesIO()
    write_mo(compiled, said)
    compiled.seek(0)
    return GNUTranslations(compiled)
