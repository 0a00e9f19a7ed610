"""Who may ask: one bearer token in a file of the data folder, compared in constant time."""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from starlette.requests import Request

from collector.web.limits import network

TOKEN_FILE = "token"  # noqa: S105  a file's name


def token(folder: Path) -> str:
    """The folder's token; made at first use, readable by the owner only. Raises `OSError` if it cannot be made."""
    path = folder / TOKEN_FILE
    if not _read(path):
        _make(path)
    return _read(path)


def _make(path: Path) -> None:
    """Whole or not at all, and never in the place of another's: a full disk would leave an empty token."""
    made = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
        if not _read(path):
            path.unlink(missing_ok=True)
        with suppress(FileExistsError):
            os.link(made, path)
    finally:
        made.unlink(missing_ok=True)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return ""


def local(request: Request) -> bool:
    """Whether the machine itself asks, with no proxy in between that said otherwise."""
    direct = not {"x-forwarded-for", "forwarded"} & set(request.headers)
    return direct and request.client is not None and network(request.client.host) is None


def allowed(request: Request, expected: str) -> bool:
    """Whether the request carries the token."""
    return bears(request.headers.get("authorization", ""), expected)


def bears(header: str, expected: str) -> bool:
    """Whether an Authorization header carries the token; an empty one opens nothing."""
    scheme, _, given = header.partition(" ")
    return (
        bool(expected) and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), expected.encode())
    )
