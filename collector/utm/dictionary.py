"""The dictionary: the names a team agreed on, read from a TOML text such as `config/utm.toml`.

The collector keeps what a link said; the dictionary says what was meant. Correcting it corrects the past too,
because the canonical values are worked out from the kept ones each time.
"""

from __future__ import annotations

import datetime
import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from . import macros
from .channel import CONDITIONS, RULE_SETS, RuleSet, own
from .query import Tags
from .registry import FIELDS
from .sentences import Notice
from .template import Template, compiled

RESERVED: Final = frozenset({"(direct)", "(none)", "(not set)", "null", "undefined", "none", "nan", "test"})
"""Words that tools use for the absence of a value, or people for trials."""

_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "Œ": "OE", "Æ": "AE"})
_FIELD_KEYS: Final[dict[str, type]] = {
    "required": bool,
    "open": bool,
    "values": list,
    "aliases": dict,
    "case": str,
    "separator": str,
    "ascii": bool,
    "pattern": str,
    "max_length": int,
    "template": str,
}
_TOP_KEYS: Final = ("version", "effective", "codes", "when", "channels", *FIELDS)
_WHEN_KEYS: Final = ("require", "en", "fr", *FIELDS)


class Field(NamedTuple):
    """What is agreed about one field. `values` empty, or `open`: any value. `aliases` are in canonical
    spelling."""

    required: bool = False
    open: bool = False
    values: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = {}
    case: str = "keep"
    separator: str = ""
    ascii: bool = False
    pattern: re.Pattern[str] | None = None
    max_length: int = 0
    template: Template | None = None

    def spelt(self, value: str) -> str:
        """`value` in the agreed spelling: trimmed, composed, case, separators, without accents if so
        agreed."""
        text = unicodedata.normalize("NFC", value).strip()
        if self.ascii and not text.isascii():
            text = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
            text = "".join(char for char in text if not unicodedata.combining(char))
        if self.case == "lower":
            text = text.lower()
        if self.separator:
            # A template gives - and _ a meaning of their own: only blanks are replaced then.
            text = re.sub(r"[\s+]+" if self.template else r"[\s+_-]+", self.separator, text)
        return text

    def canonical(self, value: str) -> str:
        """What `value` means: its spelling agreed, its alias replaced."""
        spelt = self.spelt(value)
        return self.aliases.get(spelt, spelt)


class Condition(NamedTuple):
    """When every field of `where` has one of its values, `require` must be there; or `advice` is given."""

    where: Mapping[str, tuple[str, ...]]
    require: tuple[str, ...]
    advice: Mapping[str, str]

    def applies(self, values: Mapping[str, str]) -> bool:
        """Whether `values` (canonical, by field) are the case meant."""
        return all(values.get(field) in allowed for field, allowed in self.where.items())

    def __str__(self) -> str:
        return ", ".join(f"{field} = {' | '.join(allowed)}" for field, allowed in self.where.items())


class Dictionary(NamedTuple):
    """A team's dictionary, of one version. `channels`: its own rule set, when it has one."""

    version: str
    effective: datetime.date | None
    fields: Mapping[str, Field]
    conditions: tuple[Condition, ...]
    channels: RuleSet | None = None

    def canonical(self, field: str, value: str) -> str:
        """What `value` of `field` means. A field the dictionary says nothing about keeps its value, and so does a macro
        that no platform filled in: its spelling is the platform's."""
        known = self.fields.get(field)
        return known.canonical(value) if known and not macros.found(value) else value

    def apply(self, tags: Tags) -> Tags:
        """`tags` with every field canonical; extras and click id as they are."""
        s, m, c, t, n, i = (self.canonical(f, v) if (v := getattr(tags, f)) else None for f in FIELDS)
        return Tags(s, m, c, t, n, i, tags.extra, tags.click_id)

    def columns(self, field: str, value: str) -> dict[str, str]:
        """The columns that the field's template reads in `value`; {} without a template or when it does not
        fit."""
        known = self.fields.get(field)
        found = known.template.read(known.canonical(value)) if known and known.template else None
        return found or {}

    def problems(self, tags: Tags) -> list[Notice]:
        """Everything in `tags` that the dictionary does not allow; [] when all is well."""
        values = {field: getattr(tags, field) or "" for field in FIELDS}
        found = [notice for name, field in self.fields.items() for notice in _faults(name, field, values[name])]
        canonical = {field: self.canonical(field, value) for field, value in values.items()}
        return found + [n for c in self.conditions if c.applies(canonical) for n in _unmet(c, canonical)]


def read_dictionary(text: str) -> Dictionary:
    """The dictionary written as TOML in `text`.

    Raises ValueError with one sentence naming the key and what was expected.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"the dictionary is not TOML: {error}") from None
    except RecursionError:
        raise ValueError("the dictionary is nested too deeply") from None
    _refuse_unknown(data, _TOP_KEYS, "the dictionary")
    version = data.get("version")
    if not isinstance(version, str) or not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ValueError(f'version must be text such as "1.0.0", not {version!r}')
    effective = data.get("effective")
    if effective is not None and not isinstance(effective, datetime.date):
        raise ValueError(f"effective must be a date such as 2026-01-31, not {effective!r}")
    codes, when = data.get("codes", {}), data.get("when", [])
    if not isinstance(codes, dict) or not all(isinstance(labels, dict) for labels in codes.values()):
        raise ValueError("codes must be a table of tables: column, code = label")
    if not isinstance(when, list):
        raise ValueError("when must be a list of tables, each written [[when]]")
    for row in when:
        if not isinstance(row, dict):
            raise ValueError(f"when must be a list of tables, each written [[when]], not {row!r}")
    fields = {name: _field(name, data[name], codes) for name in FIELDS if name in data}
    channels = _channels(data["channels"]) if "channels" in data else None
    return Dictionary(version, effective, fields, tuple(_condition(row) for row in when), channels)


def _channels(table: Any) -> RuleSet:
    if not isinstance(table, dict):
        raise ValueError(f"channels must be a table, not {table!r}")
    _refuse_unknown(table, ("otherwise", "rule"), "channels")
    rows, otherwise = table.get("rule", []), table.get("otherwise", "ga4")
    if otherwise not in ("", *RULE_SETS):
        raise ValueError(f'channels.otherwise must be one of {", ".join(RULE_SETS)} or "", not {otherwise!r}')
    if not isinstance(rows, list) or not rows:
        raise ValueError("channels.rule must be a list of tables, each written [[channels.rule]]")
    return own([_channel(row) for row in rows], otherwise)


def _channel(row: Any) -> dict[str, list[str]]:
    if not isinstance(row, dict):
        raise ValueError(f"channels.rule must be a table, not {row!r}")
    _refuse_unknown(row, ("channel", *CONDITIONS), "channels.rule")
    listed = {key: value if isinstance(value, list) else [value] for key, value in row.items()}
    for key, values in listed.items():
        _refuse_type(f"channels.rule.{key}", values, list)
        if not values:
            raise ValueError(f"channels.rule.{key} must name something, not nothing")
    if len(listed.get("channel", ())) != 1 or len(listed) == 1:
        raise ValueError(f"channels.rule needs one channel and a condition: one of {', '.join(CONDITIONS)}")
    return listed


def _field(name: str, row: dict[str, Any], codes: dict[str, dict[str, str]]) -> Field:
    if not isinstance(row, dict):
        raise ValueError(f"{name} must be a table, not {row!r}")
    _refuse_unknown(row, tuple(_FIELD_KEYS), name)
    for key, value in row.items():
        _refuse_type(f"{name}.{key}", value, _FIELD_KEYS[key])
    if row.get("case", "keep") not in ("keep", "lower"):
        raise ValueError(f'{name}.case must be "keep" or "lower", not {row["case"]!r}')
    if name == "id" and row.get("case") == "lower":
        raise ValueError('id.case must be "keep": platforms tell a campaign\'s ids apart by their case')
    kinds = {**row, "values": frozenset(row.get("values", ()))}
    try:
        kinds["pattern"] = re.compile(row["pattern"]) if "pattern" in row else None
        kinds["template"] = compiled(row["template"], codes) if "template" in row else None
    except (re.error, ValueError) as error:
        raise ValueError(f"{name}: {error}") from None
    field = Field(**kinds)
    for value in sorted(field.values | set(field.aliases.values())):
        if field.spelt(value) != value:
            raise ValueError(f"{name} lists {value!r}, which its own spelling writes {field.spelt(value)!r}")
    return field._replace(aliases=_aliases(name, field))


def _aliases(name: str, field: Field) -> dict[str, str]:
    """The aliases in the field's own spelling."""
    aliases = {field.spelt(alias): meant for alias, meant in field.aliases.items()}
    for alias, meant in aliases.items():
        if field.values and not field.open and meant not in field.values:
            raise ValueError(f"{name}.aliases.{alias} leads to {meant!r}, which is not among {name}.values")
    return aliases


def _condition(row: dict[str, Any]) -> Condition:
    _refuse_unknown(row, _WHEN_KEYS, "when")
    where = {
        field: tuple(row[field]) if isinstance(row[field], list) else (row[field],) for field in FIELDS if field in row
    }
    require = tuple(row.get("require", ()))
    if not where or not (require or {"en", "fr"} <= row.keys()):
        raise ValueError("when needs a field to look at, and either require or a sentence in en and in fr")
    for field in require:
        if field not in FIELDS:
            raise ValueError(f"when.require must name one of {', '.join(FIELDS)}, not {field!r}")
    return Condition(where, require, {key: row[key] for key in ("en", "fr") if key in row})


def _refuse_type(key: str, value: Any, kind: type) -> None:
    if not isinstance(value, kind):
        raise ValueError(f"{key} must be of type {kind.__name__}, not {value!r}")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        if not isinstance(item, str):
            raise ValueError(f"{key} must hold text only, not {item!r}")


def _refuse_unknown(row: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in row:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(known)}"
            raise ValueError(f"{where} has the unknown key {key!r}: {hint}")


def nearest(dictionary: Dictionary, field: str, value: str) -> str:
    """The allowed value most likely meant by `value`, or ""."""
    known = dictionary.fields.get(field)
    close = difflib.get_close_matches(known.canonical(value), known.values, n=1) if known else []
    return close[0] if close else ""


def _faults(name: str, field: Field, value: str) -> Iterator[Notice]:
    if not value:
        if field.required:
            yield Notice("required", name)
        return
    if macros.found(value):  # what the platform writes there is not known yet
        return
    meant = field.canonical(value)
    if meant.lower() in RESERVED:
        yield Notice("reserved_word", name, {"found": repr(value)})
    elif field.values and not field.open and meant not in field.values:
        close = difflib.get_close_matches(meant, field.values, n=1)
        yield Notice("not_a_value", name, {"found": repr(value), "nearest": close[0] if close else ""})
    elif meant != value:
        yield Notice("not_canonical", name, {"found": repr(value), "expected": repr(meant)})
    if field.template and field.template.read(meant) is None:
        yield Notice("off_pattern", name, {"found": repr(value), "expected": field.template.text})
    if field.pattern and not field.pattern.fullmatch(meant):
        yield Notice("off_pattern", name, {"found": repr(value), "expected": field.pattern.pattern})
    if field.max_length and len(meant) > field.max_length:
        yield Notice("over_length", name, {"found": len(meant), "expected": field.max_length})


def _unmet(condition: Condition, values: Mapping[str, str]) -> Iterator[Notice]:
    for field in condition.require:
        if not values.get(field):
            yield Notice("required_when", field, {"condition": str(condition)})
    if condition.advice:
        yield Notice("discouraged", next(iter(condition.where)), condition.advice)
