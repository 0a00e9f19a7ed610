"""How the bytes of a file that people saved are written."""

from __future__ import annotations


def encoding(data: bytes) -> str:
    """As their mark says (which stays part of the text), else the first that fits them: UTF-8, what Windows and Excel
    save in Western Europe (cp1252), latin-1, which fits all. Bytes behind the mark of UTF-16 may be none."""
    if data[:2] == b"\xff\xfe":
        return "utf-16-le"
    if data[:2] == b"\xfe\xff":
        return "utf-16-be"
    for name in ("utf-8", "cp1252"):
        try:
            data.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return "latin-1"
