"""Random secrets and passwords, and what is kept of them.

A random secret holds 256 bits: nobody guesses it, so a plain hash is enough. A password is guessed easily, so it is
kept as Argon2id, with the second of the settings that OWASP's password storage sheet recommends (19 MiB, 2 rounds).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from functools import cache
from typing import TYPE_CHECKING, Final

from collector.journal.access import AccessError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 10, 200  # characters of a password; there is no rule but its length
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")


def new_secret(kind: str = "") -> str:
    """A random secret; a `kind` in front says where it belongs to whoever finds it lying about."""
    return f"{kind}{secrets.token_urlsafe(32)}"


def token() -> tuple[str, bytes]:
    """A new token of a program, and what is kept of it."""
    made = new_secret("balise_")
    return made, kept(made)


def kept(secret: str, also: str = "") -> bytes:
    """What is kept of a random secret; it is good only together with `also`, which is kept elsewhere."""
    return hashlib.sha256(f"{also}\n{secret}".encode()).digest()


def derived(secret: str, purpose: str) -> str:
    """Another secret that follows from this one and does not lead back to it."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def named(name: str) -> str:
    """A user's or a token's name as it may be; raises `AccessError`."""
    if not _NAME.fullmatch(name):
        raise AccessError("name", f"name: expected 1 to 64 of A-Z, a-z, 0-9 and . _ @ + -, not {name!r}")
    return name


def hashed(password: str) -> str:
    """A password as it is kept; raises `AccessError`, which does not repeat it. Takes 20 ms and 19 MiB on purpose."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccessError("password", f"password: expected {SHORTEST} to {LONGEST} characters, not {len(password)}")
    return _hasher().hash(password)


def matches(password: str, kept_password: str | None) -> bool:
    """Whether this is the password; for nobody's (None) it takes as long, and is not."""
    from argon2.exceptions import VerificationError  # noqa: PLC0415  see `_hasher`

    try:
        return _hasher().verify(kept_password or _nobodys(), password[: LONGEST + 1]) and kept_password is not None
    except VerificationError:
        return False


@cache
def _hasher() -> PasswordHasher:
    """Loaded at the first password: most commands never see one."""
    from argon2 import PasswordHasher  # noqa: PLC0415

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_hex(16))
