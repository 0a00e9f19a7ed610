"""What the link that began a session said, letter by letter: conditions that tables lead to and nobody types.

In an address a field may have several values, one of which it was then; an empty one is that the link lacked it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from collector.pages.words import mark

if TYPE_CHECKING:
    from collector.pages.filters import Dimension

SAID: Final[dict[Dimension, str]] = {
    "link": mark("Began with a tagged link"), "link.source": mark("Source exactly as in the link"),
    "link.medium": mark("Medium exactly as in the link"), "link.campaign": mark("Campaign exactly as in the link"),
    "link.term": mark("Term exactly as in the link"), "link.content": mark("Content exactly as in the link"),
    "link.id": mark("Campaign id exactly as in the link"),
}  # fmt: skip


def condition(name: Dimension, values: Sequence[str]) -> list[Any]:
    """The condition that a link said one of these values, as a spec writes it."""
    if name == "link":
        return [name, "exists", None]
    if "" in values:
        return [name, "missing", None]
    return [name, "eq", values[0]] if len(values) == 1 else [name, "in", list(values)]


def texts(name: Dimension, operator: str, value: Any) -> list[str]:
    """A condition of a report's row as values of an address; none for what an address has another word for."""
    if operator == "missing":
        return [""] if name in SAID else []
    return ["yes"] if operator == "exists" else value if isinstance(value, list) else [value]
