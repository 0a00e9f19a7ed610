"""QR codes as pixels, and what a reader that is not ours makes of them."""

from __future__ import annotations

import re
import struct
import zlib
from typing import Any

import numpy as np
import zxingcpp


def read(pixels: Any) -> str:
    """The text of the one code in an image of shades of grey, read at 1:1."""
    found = zxingcpp.read_barcodes(pixels)
    assert [str(code.format) for code in found] in (["QR Code"], ["QRCode"], ["BarcodeFormat.QRCode"])
    return str(found[0].text)


def of_png(content: bytes) -> Any:
    """The pixels of a PNG of one bit a pixel whose lines are stored whole or as what changed from the one above."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, colour = struct.unpack(">IIBB", content[16:26])
    assert (depth, colour) == (1, 0)
    at, packed = 8, b""
    while at < len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        packed += content[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, -1)
    rows = np.zeros((height, lines.shape[1] - 1), np.uint8)
    for n, (kind, *_) in enumerate(lines):
        assert kind in (0, 2)
        rows[n] = lines[n, 1:] + (rows[n - 1] if kind == 2 and n else 0)
    return np.unpackbits(rows, axis=1)[:, :width].astype(np.uint8) * 255


def of_svg(content: bytes, scale: int = 4) -> Any:
    """The pixels of an SVG of runs of dark modules, such as `M4 4.5h7m1 0h1`: what we write."""
    text = content.decode()
    found = re.search(r'<path class="qrline" stroke="#000" d="([^"]+)"', text)
    size = re.search(r'<path fill="#fff" d="M0 0h(\d+)', text)
    assert found
    assert size
    pixels = np.full((int(size[1]), int(size[1])), 255, np.uint8)
    x = y = 0.0
    for command, one, _, other in re.findall(r"([Mmh])(-?[\d.]+)( (-?[\d.]+))?", found[1]):
        if command == "h":
            pixels[int(y), int(x) : int(x + float(one))] = 0
            x += float(one)
        elif command == "M":
            x, y = float(one), float(other)
        else:
            x, y = x + float(one), y + float(other)
    return pixels.repeat(scale, 0).repeat(scale, 1)
