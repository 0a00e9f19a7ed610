"""`Remote` asks the work of the server that holds the folder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
import orjson

from collector.event import Event
from collector.journal import (
    Count,
    Draft,
    Kept,
    Outcome,
    SiteError,
    SiteOptions,
    UnavailableError,
    UnknownError,
)
from collector.journal.access import AccessError, Order
from collector.journal.views import View


class Remote:
    """The same, asked of the server that holds the folder."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def keep(
        self, site: int, events: Sequence[Event], counts: dict[Count, int], days: Sequence[int] | None = None
    ) -> Kept:
        """See `Writer`."""
        books = [[*count, n] for count, n in counts.items()]
        told = {"events": msgspec.to_builtins(events), "counts": books, "days": days}
        answer = await self._ask({"do": "keep", "site": site, **told})
        return Kept(answer["accepted"], answer["duplicate"])

    async def add_site(self, name: str, options: SiteOptions) -> None:
        """See `Writer`."""
        await self._ask({"do": "add_site", "name": name, "options": msgspec.to_builtins(options)})

    async def change_site(self, name: str, **options: object) -> None:
        """See `Writer`."""
        await self._ask({"do": "change_site", "name": name, "options": options})

    async def remove_site(self, name: str) -> None:
        """See `Writer`."""
        await self._ask({"do": "remove_site", "name": name})

    async def add_links(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """See `Writer`."""
        answer = await self._ask({"do": "add_links", "links": msgspec.to_builtins(drafts)})
        return [Outcome(*outcome) for outcome in answer["outcomes"]]

    async def remove_link(self, code: str) -> None:
        """See `Writer`."""
        await self._ask({"do": "remove_link", "code": code})

    async def unlink(self, site: str, one: str, other: str, undo: bool) -> None:
        """See `Writer`."""
        await self._ask({"do": "unlink", "site": site, "one": one, "other": other, "undo": undo})

    async def save_funnel(self, site: str, name: str, spec: str) -> None:
        """See `Writer`."""
        await self._ask({"do": "save_funnel", "site": site, "name": name, "spec": spec})

    async def drop_funnel(self, site: str, name: str) -> bool:
        """See `Writer`."""
        return bool((await self._ask({"do": "drop_funnel", "site": site, "name": name}))["there"])

    async def save_view(self, view: View) -> int:
        """See `Writer`."""
        return int((await self._ask({"do": "save_view", "view": msgspec.to_builtins(view)}))["number"])

    async def drop_view(self, site: str, number: int) -> bool:
        """See `Writer`."""
        return bool((await self._ask({"do": "drop_view", "site": site, "number": number}))["there"])

    async def settle(self, order: Order) -> int:
        """See `Writer`."""
        return int((await self._ask({"do": "settle", "order": msgspec.to_builtins(order)}))["number"])

    async def rebuild(self) -> int:
        """See `Writer`."""
        return int((await self._ask({"do": "rebuild"}))["files"])

    async def seal(self) -> int:
        """See `Writer`."""
        return int((await self._ask({"do": "seal"}))["files"])

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        line = b""
        with suppress(ConnectionError):  # it went before all was said
            self._writer.write(orjson.dumps(request) + b"\n")
            await self._writer.drain()
            line = await self._reader.readline()
        if not line.endswith(b"\n"):
            raise UnavailableError("stopped", "the server stopped while it worked; ask again")
        answer: dict[str, Any] = orjson.loads(line)
        if "error" in answer:
            raise _error(answer["error"])
        return answer


def _error(error: dict[str, str]) -> Exception:
    match error["code"]:
        case "unavailable":
            return UnavailableError(error["detail"], error["message"])
        case "site":
            return SiteError(error["detail"], error["message"])
        case "access":
            return AccessError(error["detail"], error["message"])
        case "unknown":
            return UnknownError(error["message"])
        case _:
            return RemoteError(error["message"])


class RemoteError(RuntimeError):
    """The server refused a command; the sentence is its own."""
