"""Bodies of requests: read to a cap, and into their type; what does not fit is told with its field."""

from __future__ import annotations

import asyncio
import re
from difflib import get_close_matches
from typing import Final, Literal, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from collector.intake.validate import fault
from collector.utm.sentences import Language
from collector.web.language import preferred

MAX_JSON = 262_144
FORM_SECONDS: Final = 10.0  # for the few bytes of a form, which anybody may send
_UPLOAD: Final = 60.0  # for those who signed in: a sheet of links on a slow line
_T = TypeVar("_T", bound=msgspec.Struct)

RuleSetName = Literal["ga4", "plausible", "matomo", "own"]


class AskedError(ValueError):
    """A body that cannot be worked with."""

    def __init__(self, status: int, code: str, message: str, field: str | None = "body") -> None:
        super().__init__(message)
        self.status, self.code, self.field = status, code, field


class Campaign(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A link as it is wanted. `set`: further parameters by name; empty values are left out."""

    url: str
    source: str = ""
    medium: str = ""
    campaign: str = ""
    term: str = ""
    content: str = ""
    id: str = ""
    set: dict[str, str] = {}
    policy: Literal["replace", "keep", "error", "fill"] = "replace"
    platform: str | None = None
    encoded: bool | Literal["auto"] = False
    in_fragment: bool = False
    assume_https: bool = False

    def values(self) -> dict[str, str]:
        """The parameters that are not empty."""
        six = ("source", "medium", "campaign", "term", "content", "id")
        return {name: getattr(self, name) for name in six if getattr(self, name)} | self.set


class Wanted(Campaign, forbid_unknown_fields=True, kw_only=True):
    """A link to be issued. `expires`: 2026-12-31, a time, 30d or never. `ignore`: rules it may break.

    `dry_run`: say what would become of it, and issue nothing.
    """

    code: str = ""
    note: str = ""
    author: str = ""
    expires: str = ""
    ignore: list[str] = []
    dry_run: bool = False


class Landed(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A landing page's address and its referrer."""

    url: str
    referrer: str | None = None
    own_hosts: list[str] = []
    rules: RuleSetName | None = None


class Tagged(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A source, a medium and what came with them."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    click_id: str | None = None
    rules: RuleSetName | None = None


class Examined(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Addresses to check. `ignore`: rules to leave out; `own_hosts`: hosts of your site."""

    urls: list[str]
    ignore: list[str] = []
    own_hosts: list[str] = []


class Drawn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A text to be drawn as a QR code; `scale`: pixels of a module, 1 to 40."""

    text: str
    format: Literal["svg", "png"] = "svg"
    scale: int = 8


def whole(text: str, field: str, least: int, most: int) -> int:
    """A whole number of a query; raises `AskedError` outside of `least` to `most`. Digits are 0 to 9 alone."""
    if not re.fullmatch("[0-9]{1,6}", text) or not least <= int(text) <= most:
        raise AskedError(400, field, f"{field}: expected {least} to {most}, not {text[:64]!r}", field)
    return int(text)


async def content(request: Request, most: int, seconds: float = _UPLOAD) -> bytes:
    """The whole body, kept for who asks again: a guard that looks for a form's own field reads before the endpoint.

    Raises `AskedError` when it is larger than `most` bytes, slower than `seconds`, or was cut off.
    """
    if not hasattr(request.state, "body"):
        request.state.body = await _read(request, most, seconds)
    body: bytes = request.state.body
    if len(body) > most:
        raise _larger(most)
    return body


def _larger(most: int) -> AskedError:
    return AskedError(413, "too_large", f"body: expected at most {most} bytes")


async def _read(request: Request, most: int, seconds: float) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise _larger(most)
    except ClientDisconnect:
        raise AskedError(400, "cut_off", "body: the request ended early") from None
    except TimeoutError:
        raise AskedError(408, "body_too_slow", f"body: expected whole within {seconds:g} s") from None
    return bytes(body)


async def asked(request: Request, kind: type[_T]) -> _T:
    """The body as JSON of this type. Raises `AskedError` with the field and what was expected."""
    body = await content(request, MAX_JSON)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise _invalid(error, kind) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise AskedError(400, "json", f"body: expected a JSON object: {error}") from None


def language(request: Request) -> Language:
    """The language that Accept-Language asks for, of the two there are."""
    return "fr" if preferred(request.headers.get("accept-language", ""), ("en", "fr")) == "fr" else "en"


def _invalid(error: msgspec.ValidationError, kind: type[msgspec.Struct]) -> AskedError:
    """The complaint with its field; for an unknown one with the nearest known one."""
    drop = fault(error)
    field, expected = drop.field or "body", drop.expected or ""
    _, unknown, name = expected.partition("unknown field `")
    if unknown:
        field = name.rstrip("`")
        near = get_close_matches(field, kind.__struct_fields__, n=1, cutoff=0.0)
        return AskedError(400, "invalid", f"unknown key {field!r}; the nearest known one is {near[0]}", field)
    return AskedError(400, "invalid", f"{field}: {expected}", field)
