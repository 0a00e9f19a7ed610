"""Naming templates: `{date:%Y-%m}_{geo:ISO2}_{brand}` builds a campaign name and reads one back into
columns."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from .sentences import BuildError

_TOKEN: Final = re.compile(r"\{([a-z][a-z0-9_]*)(?::([^{}]*))?\}")
_DATE: Final = {"Y": r"\d{4}", "y": r"\d\d", "m": r"(?:0[1-9]|1[0-2])", "d": r"(?:0[1-9]|[12]\d|3[01])"}
_DAY: Final = {"Y": "2026", "y": "26", "m": "01", "d": "31"}
_EXAMPLES: Final = {"ISO2": "FR", "ISO3": "FRA", "number": "42"}
_KINDS: Final = {"ISO2": r"[A-Za-z]{2}", "ISO3": r"[A-Za-z]{3}", "number": r"\d+"}


class Token(NamedTuple):
    """One column of a template. `codes`: label → short code, for columns whose values are written short. `example`:
    what its values look like, for people; "" where anything without the separators will do."""

    name: str
    pattern: str
    codes: Mapping[str, str]
    example: str = ""

    def write(self, value: str) -> str:
        """`value` (a label or a code) as it stands in the name. Raises BuildError when it does not fit."""
        code = self.codes.get(value, value)
        if self.codes and code not in self.codes.values():
            close = difflib.get_close_matches(value, [*self.codes, *self.codes.values()], n=1)
            raise BuildError("token_unknown", self.name, found=repr(value), nearest=close[0] if close else "")
        if not re.fullmatch(self.pattern, code):
            raise BuildError("token_shape", self.name, found=repr(value), pattern=self.example or self.pattern)
        return code

    def label(self, code: str) -> str:
        """What the code stands for; the code itself when it has no label."""
        return next((label for label, known in self.codes.items() if known == code), code)


class Template(NamedTuple):
    """A compiled template: `read(build(columns)) == columns`, and building what was read gives the same
    name."""

    text: str
    tokens: tuple[Token, ...]
    shape: re.Pattern[str]

    def build(self, columns: Mapping[str, str]) -> str:
        """The name made of `columns`. Raises BuildError for a column missing, unknown or of another shape."""
        names = [token.name for token in self.tokens]
        for extra in columns.keys() - set(names):
            raise BuildError("token_extra", extra, allowed=", ".join(names))
        written = {}
        for token in self.tokens:
            if not columns.get(token.name):
                raise BuildError("token_missing", token.name, template=self.text)
            written[token.name] = token.write(columns[token.name])
        return _TOKEN.sub(lambda found: written[found.group(1)], self.text)

    def read(self, name: str) -> dict[str, str] | None:
        """The columns of `name`, codes replaced by their labels; None when it does not follow the
        template."""
        found = self.shape.fullmatch(name)
        if not found:
            return None
        columns = {token.name: token.label(found[token.name]) for token in self.tokens}
        known = all(not t.codes or found[t.name] in t.codes.values() for t in self.tokens)
        return columns if known else None


def compiled(text: str, codes: Mapping[str, Mapping[str, str]]) -> Template:
    """The template written as `text`; `codes`: column → code → label.

    A column is `{name}` (anything without the template's own separators), `{name:ISO2}`, `{name:ISO3}`,
    `{name:number}`, or a date of %Y %y %m %d. Raises ValueError when two columns touch, repeat or are of no
    kind.
    """
    literals = "".join(_TOKEN.split(text)[::3])
    if "{" in literals or "}" in literals:
        raise ValueError(f"template {text!r} has a brace that opens or closes no column")
    free = f"[^{re.escape(''.join(sorted(set(literals))))}]+" if literals else ".+"
    tokens: list[Token] = []
    shape, end = "", 0
    for found in _TOKEN.finditer(text):
        name, kind = found.group(1), found.group(2)
        literal = text[end : found.start()]
        if any(token.name == name for token in tokens):
            raise ValueError(f"template {text!r} uses the column {name} twice")
        if tokens and not literal:
            raise ValueError(f"template {text!r} needs a separator before {{{name}}}")
        pattern = _pattern(kind, free, text)
        labels = {label: code for code, label in codes.get(name, {}).items()}
        tokens.append(Token(name, pattern, labels, _example(kind)))
        shape += f"{re.escape(literal)}(?P<{name}>{pattern})"
        end = found.end()
    if not tokens:
        raise ValueError(f"template {text!r} has no column: expected something like {{date:%Y-%m}}_{{brand}}")
    return Template(text, tuple(tokens), re.compile(shape + re.escape(text[end:])))


def _example(kind: str | None) -> str:
    if kind is None:
        return ""
    return _EXAMPLES.get(kind) or re.sub(r"%([Yymd])", lambda found: _DAY[found.group(1)], kind)


def _pattern(kind: str | None, free: str, text: str) -> str:
    if kind is None:
        return free
    if kind in _KINDS:
        return _KINDS[kind]
    if "%" in kind and all(directive in _DATE for directive in re.findall(r"%(.?)", kind)):
        return re.sub(r"%([Yymd])", lambda found: _DATE[found.group(1)], re.escape(kind).replace(r"\%", "%"))
    raise ValueError(f"template {text!r} has the kind {kind!r}: expected {', '.join(_KINDS)} or %Y %y %m %d")
