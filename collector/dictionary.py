"""The dictionary's file, where the operator put it. Read again when it changes: a correction needs no restart."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from collector.utm import Dictionary, read_dictionary


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Section [utm]."""

    dictionary: str = ""  # a file such as config/utm.toml; empty: every name is allowed
    rules: Literal["ga4", "plausible", "matomo", "own"] = "ga4"  # of channels; own: the dictionary's


class DictionaryError(ValueError):
    """The dictionary cannot be used; the sentence names the file and the key at fault."""


def dictionary(options: Options) -> Dictionary | None:
    """Today's dictionary, None if there is none. Raises `DictionaryError`."""
    return dictionary_in(Path(options.dictionary)) if options.dictionary else None


def text_of(options: Options) -> str:
    """The text of today's dictionary, checked together with the rule set; "" if there is none. Raises
    `DictionaryError`."""
    book = dictionary(options)
    if options.rules == "own" and not (book and book.channels):
        raise DictionaryError('utm.rules: "own" needs a dictionary with [channels]')
    return Path(options.dictionary).read_text(encoding="utf-8") if book else ""


def dictionary_in(path: Path) -> Dictionary:
    """The dictionary in a file. Raises `DictionaryError`."""
    try:
        state = path.stat()
        return _read(path, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise DictionaryError(f"the dictionary {path} cannot be read: {error.strerror}") from None
    except ValueError as error:  # not UTF-8, not TOML, or not a dictionary
        raise DictionaryError(f"the dictionary {path}: {error}") from None


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int, _size: int) -> Dictionary:
    return read_dictionary(path.read_text(encoding="utf-8"))
