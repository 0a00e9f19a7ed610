"""What the page of links is made of: what was typed and what would become of it, links that were issued, a sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Tried(NamedTuple):
    """A link as far as it can be built: its channels by rule set, sentences by the field they are about, and others."""

    target: str = ""
    channels: Mapping[str, str] = {}
    faults: Mapping[str, Sequence[str]] = {}
    warnings: Sequence[str] = ()


class Sheet(NamedTuple):
    """What became of a sheet: how many rows of each outcome, (row, column, value, sentence) of those to mend,
    (row, column, sentence) of those that are worth a look though nothing stops them, and every row as CSV.
    `refused`: why it could not be read at all."""

    file: str
    dry: bool
    counts: Mapping[str, int] = {}
    faults: Sequence[tuple[str, str, str, str]] = ()
    warnings: Sequence[tuple[str, str, str]] = ()
    csv: str = ""
    refused: str = ""


class Issued(NamedTuple):
    """`agreed`: what the dictionary says of a field, as the API tells it. `opened`: one link with its clicks by day.
    `listed`: the newest `len(listed)` of `total` links with their clicks by kind. `code`: the QR code, as SVG, of the
    link that is opened or tried. Clicks are those of the view's days, by UTC day."""

    agreed: Mapping[str, Mapping[str, Any]] = {}
    tried: Tried | None = None
    opened: Mapping[str, Any] | None = None
    listed: Sequence[Mapping[str, Any]] = ()
    total: int = 0
    code: str = ""
    sheet: Sheet | None = None
