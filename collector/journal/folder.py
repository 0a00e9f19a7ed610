"""The data folder: what lies where in it, and who holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FolderHeldError(RuntimeError):
    """Another process writes to this folder. `pid` is the holder's, or None if it has not written it yet."""

    def __init__(self, path: Path, pid: int | None) -> None:
        super().__init__(f"the data folder {path} is in use by process {pid or '?'}")
        self.pid = pid


class FolderMissingError(RuntimeError):
    """There is no log here to read."""


class Folder:
    """Paths inside one data folder. Nothing is created before `create`."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).absolute()
        self.log = self.path / "log.sqlite"
        self.highwater = self.path / "highwater"
        self.proven = self.path / "receipts"  # the same mark for the consent log
        self.lock = self.path / "lock"
        self.socket = self.path / "control.sock"
        self.address = self.path / "address"  # where the server that holds the folder listens
        self.segments = self.path / "segments"
        self.spill = self.path / "spill"

    def create(self) -> None:
        """Make the folder, readable by its owner only."""
        for path in (self.path, self.segments, self.spill):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def demand(self) -> None:
        """Raise `FolderMissingError` if there is no log in it."""
        if not self.log.exists():
            raise FolderMissingError(f"there is no data in {self.path}: start with `balise site add`")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for writing; raises `FolderHeldError` with the holder's pid. The kernel frees it at exit."""
        self.create()
        descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(descriptor, 32, 0).strip()
            os.close(descriptor)
            raise FolderHeldError(self.path, int(pid) if pid.isdigit() else None) from None
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(descriptor)
