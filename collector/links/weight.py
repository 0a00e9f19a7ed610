"""How much a part of a workbook makes its reader hold: 4 bytes of XML, `<x/>`, are 70 to 400 bytes in memory.

Counted as the part streams by, before openpyxl sees it. It lets go of what is in a row or a shared string once that is
read, and keeps the rest until the end.
"""

from __future__ import annotations

from typing import IO, Final
from xml.parsers import expat

MOST: Final = 2_000_000  # elements of one part: 50,000 rows of 10 columns are 1,050,000
_HELD: Final = 100_000  # at once: Excel has at most 65,530 links in a sheet, and 16,384 cells in a row
_FREED: Final = 300_000  # rows, or shared strings: 50,000 rows of 6 texts that no other cell has
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STREAMED: Final = {f"{_MAIN} worksheet": f"{_MAIN} row", f"{_MAIN} sst": f"{_MAIN} si"}
_CHUNK: Final = 65_536
TAG: Final = 1_000_000  # bytes of one tag or comment: the reader takes it in whole, and 30 MB of attributes take 9 s


class HeavyError(ValueError):
    """There are more elements than the `limit`."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"more than {limit} elements")


class LongError(ValueError):
    """One tag or comment has more bytes than `TAG`."""


class _Count:
    """Elements as a parser meets them. Raises `HeavyError` at the first one that is too many."""

    def __init__(self) -> None:
        self._all = self._held = self._freed = self._depth = 0
        self._freeing = ""  # the element whose inside is let go of, in this part
        self._inside: tuple[int, int] | None = None  # such a one that is open: its depth, and what was held before

    def begin(self, name: str, _: object) -> None:
        self._freeing = self._freeing if self._depth else _STREAMED.get(name, "")
        if name == self._freeing and self._inside is None:
            self._inside = (self._depth, self._held)
            self._freed += 1
        else:
            self._held += 1
        self._all += 1
        self._depth += 1
        for number, limit in ((self._all, MOST), (self._held, _HELD), (self._freed, _FREED)):
            if number > limit:
                raise HeavyError(limit)

    def end(self, _: str) -> None:
        self._depth -= 1
        if self._inside is not None and self._inside[0] == self._depth:
            self._held, self._inside = self._inside[1], None


def weigh(part: IO[bytes]) -> None:
    """Read a part to its end, or to where it is no XML any more. Raises `HeavyError` and `LongError`."""
    count, parser, read = _Count(), expat.ParserCreate(namespace_separator=" "), 0
    parser.StartElementHandler, parser.EndElementHandler = count.begin, count.end
    try:
        while chunk := part.read(_CHUNK):
            parser.Parse(chunk)
            read += len(chunk)
            if read - parser.CurrentByteIndex > TAG:  # what is not over yet waits
                raise LongError(f"a tag of more than {TAG} bytes")
    except (expat.ExpatError, LookupError):  # the last one: an encoding that is none
        return
