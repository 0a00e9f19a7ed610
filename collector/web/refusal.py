"""What is refused at the collecting endpoints: an answer other than 2xx, and how it is put."""

from __future__ import annotations

import math
from typing import TypeAlias

import orjson

from collector.event import Site

Headers: TypeAlias = list[tuple[bytes, bytes]]


class Refusal(Exception):  # noqa: N818  the field's word
    """An answer other than 2xx. `site` and `events` say what was refused, once that is known."""

    site, events = 0, 1

    def __init__(self, status: int, code: str, message: str, field: str | None = None, retry_after: float = 0) -> None:
        super().__init__(message)
        self.status, self.code, self.field, self.retry_after = status, code, field, retry_after

    def of(self, site: Site, events: int) -> Refusal:
        """The same, of so many events of a site."""
        self.site, self.events = site.number, events
        return self


def too_large(most: int) -> Refusal:
    """A body of more bytes than that."""
    return Refusal(413, "too_large", f"expected at most {most} bytes", "body")


def token() -> Refusal:
    """One that carries a wrong token is refused, not taken for a page."""
    return Refusal(401, "token", "expected the header Authorization: Bearer TOKEN; `balise token` prints it")


def foreign() -> Refusal:
    """An origin that is not the site's, or a site that is not known: they look the same."""
    return Refusal(403, "origin_not_allowed", "this origin is not one of the site's: see `balise site show`", "site")


def answered(refused: Refusal) -> tuple[int, bytes, Headers]:
    """Its status, its body and what is said beside them."""
    error = {"code": refused.code, "message": str(refused), "field": refused.field}
    extra: Headers = []
    if refused.status in (429, 503):
        extra.append((b"retry-after", str(max(1, math.ceil(refused.retry_after))).encode()))
    if refused.status in (408, 413):
        extra.append((b"connection", b"close"))
    if refused.status == 405:
        extra.append((b"allow", b"POST, OPTIONS"))
    return refused.status, orjson.dumps({"error": error}), extra
