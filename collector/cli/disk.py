"""Which errors say that a disk is full, and what a command says then."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collector.journal import Folder

OUTPUT: Final = "standard output"
_FULL: Final = 13  # SQLITE_FULL
_FAILED: Final = 10  # SQLITE_IOERR, with its extended codes above the lowest byte
_LEAST: Final = 1_000_000  # bytes; a log that is opened takes 32 kB for its index, and some for its journal


def abandon_output(error: Exception) -> None:
    """Let go of what waits for standard output, where that is full: it is not tried again at the end."""
    if getattr(error, "errno", None) == errno.ENOSPC and _named(error) == OUTPUT:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)


def full(error: Exception, folder: Folder) -> OSError | None:
    """What is said where the disk is full; None if it is not. A log that finds no room for its index calls that an I/O
    error: then it is told by what is left."""
    import shutil  # noqa: PLC0415  a command starts without it

    if getattr(error, "errno", None) == errno.ENOSPC and (name := _elsewhere(error, folder)):
        return OSError(f"{name} cannot be written: there is no room left there")
    if not folder.path.exists():
        return None
    free = shutil.disk_usage(folder.path).free
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if not (full or code == _FULL or (code == _FAILED and free < _LEAST)):
        return None
    told = f"{free // 1_000} kB" if free < 10_000_000 else f"{free // 1_000_000} MB"
    return OSError(
        f"nothing more can be written to {folder.path}: the disk is full ({told} free); make room, then try again"
    )


def _elsewhere(error: Exception, folder: Folder) -> str:
    """What is full where it is not the data folder: the file that was to be written, or standard output."""
    name = _named(error)
    return "" if name and name != OUTPUT and Path(name).absolute().is_relative_to(folder.path.absolute()) else name


def _named(error: Exception) -> str:
    """What could not be written, as the error names it or where it comes from tells; empty if nothing does."""
    if name := getattr(error, "filename", None):
        return str(name)
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == "click.utils":  # its `echo`
            return OUTPUT
        trace = trace.tb_next
    return ""
