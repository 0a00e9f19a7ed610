"""A sheet of links into the registry, by the command, QR codes off."""

from __future__ import annotations

import io
import time
from pathlib import Path

from tests.bench.dataset import ORIGIN
from tests.bench.table import Row, duration
from tests.conftest import command

_COLUMNS = ("url", "source", "medium", "campaign", "content", "note")
_BAR = 5.0


def sheets(place: Path, links: int) -> Row:
    """A sheet as CSV, beside the same as XLSX; each into an empty folder, from the command's start to its end."""
    place.mkdir(parents=True)
    rows = [
        (f"{ORIGIN}/product/p{n}", "newsletter", "email", "202611_fr_acme_acq", f"banner{n}", f"note {n}")
        for n in range(links)
    ]
    text = "\n".join(",".join(row) for row in [_COLUMNS, *rows])
    plain = _imported(place, "csv", text.encode())
    packed = _imported(place, "xlsx", _workbook([_COLUMNS, *rows]))
    holds = max(plain, packed) <= _BAR
    beside = f"as XLSX: {duration(packed)}"
    return Row(
        f"bulk: {links:,} links from CSV", duration(plain), beside, f"{plain / packed:.2f}", f"≤ {_BAR:g} s", holds
    )


def _imported(place: Path, kind: str, content: bytes) -> float:
    file, names = place / f"links.{kind}", Path(__file__).parents[2] / "config" / "utm.toml"
    file.write_bytes(content)
    begin = time.perf_counter()
    command(place / kind, "links", "import", str(file), "--dictionary", str(names))
    return time.perf_counter() - begin


def _workbook(rows: list[tuple[str, ...]]) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet = book.create_sheet("links")
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
