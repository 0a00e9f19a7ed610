"""Rows with their verdicts, as a table in Markdown and in the README."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_HEAD = ("what", "measured", "beside it, in the same run", "ratio", "bar", "holds")


class Row(NamedTuple):
    """One number to hold. `beside` is its limit or its peer, measured in the same run; `ratio` is to that."""

    what: str
    measured: str
    beside: str
    ratio: str
    bar: str
    holds: bool

    def cells(self) -> tuple[str, ...]:
        """The row as texts; a row that falls short says so."""
        return (*self[:-1], "yes" if self.holds else "**NO**")


class MarkError(RuntimeError):
    """The README has no block to replace."""


def markdown(rows: Sequence[Row], preface: str) -> str:
    """The preface and the table."""
    lines = [_HEAD, ("---",) * len(_HEAD), *(row.cells() for row in rows)]
    return preface + "\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(readme: Path, text: str, mark: str = "bench") -> None:
    """Replace what stands between the marks; raises `MarkError` if they are not there, in this order."""
    before, after = around(readme, mark)
    readme.write_text(f"{before}<!-- {mark} -->\n{text}<!-- /{mark} -->{after}", encoding="utf-8")


def around(readme: Path, mark: str = "bench") -> tuple[str, str]:
    """What stands before and after the block of this mark; raises `MarkError` if there is none."""
    before, begin, rest = readme.read_text(encoding="utf-8").partition(f"<!-- {mark} -->")
    _, end, after = rest.partition(f"<!-- /{mark} -->")
    if not begin or not end:
        raise MarkError(f"{readme.name} has no block <!-- {mark} --> … <!-- /{mark} --> to put the table into")
    return before, after


def amount(n: float) -> str:
    """A number of rows in short: 10 M, 300 k, 512."""
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if n >= size:
            return f"{n / size:.3g}{unit}"
    return f"{n:.3g}"


def duration(seconds: float) -> str:
    """Seconds with three digits, in s, ms or µs."""
    for size, unit in ((1, "s"), (1e-3, "ms")):
        if seconds >= 0.9995 * size:  # what three digits round up to it
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"
