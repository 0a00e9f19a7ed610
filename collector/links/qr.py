"""QR codes of links, as SVG or PNG.

Level M (15 % may be lost) and a quiet zone of four modules, as ISO/IEC 18004 asks; black on white, whatever the page
around them looks like: half of the readers take nothing else.
"""

from __future__ import annotations

import io
from typing import Any, Final, Literal

from collector.links.remark import Remark

MAX_TEXT: Final = 512  # characters: version 18; finer modules no longer survive small print
_QUIET: Final = 4


class QRError(ValueError):
    """No code can be made; `remark` says why."""

    def __init__(self, remark: Remark) -> None:
        super().__init__(remark.say())
        self.remark = remark


def drawn(text: str, kind: Literal["svg", "png"], scale: int = 8) -> bytes:
    """The code of `text`; `scale` is the size of a module in pixels, 1 to 40. Raises `QRError`."""
    if len(text) > MAX_TEXT:
        raise QRError(Remark("qr_long", "url", {"length": len(text), "limit": MAX_TEXT}))
    out = io.BytesIO()
    options: dict[str, Any] = {"xmldecl": False, "svgns": True, "nl": False} if kind == "svg" else {}
    _code(text).save(out, kind=kind, scale=scale, border=_QUIET, dark="#000", light="#fff", **options)
    return out.getvalue()


def inline(text: str) -> str:
    """The code as an element of a page, as large as its place. Raises `QRError`."""
    if len(text) > MAX_TEXT:
        raise QRError(Remark("qr_long", "url", {"length": len(text), "limit": MAX_TEXT}))
    out = io.BytesIO()
    _code(text).save(out, kind="svg", border=_QUIET, dark="#000", light="#fff", xmldecl=False, svgns=False, nl=False,
                     omitsize=True, svgclass=None, lineclass=None)  # fmt: skip
    return out.getvalue().decode()


def _code(text: str) -> Any:
    try:
        import segno  # noqa: PLC0415  an extra
    except ImportError:
        raise QRError(Remark("qr_extra", "url")) from None
    return segno.make_qr(text, error="m", boost_error=True)
