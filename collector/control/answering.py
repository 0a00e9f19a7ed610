"""The server's side: what is asked of it over the socket in its data folder, and what becomes of it."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from typing import Any, Final

import msgspec
import orjson

from collector.control.office import Office
from collector.event import Event
from collector.journal import (
    Count,
    Draft,
    Folder,
    SiteError,
    SiteOptions,
    UnavailableError,
    UnknownError,
)
from collector.journal.access import AccessError, Order
from collector.journal.views import View

log = logging.getLogger("balise")
LIMIT: Final = 64 * 1024 * 1024  # a line: an import's chunk with room to spare


@asynccontextmanager
async def listening(office: Office, folder: Folder) -> AsyncIterator[None]:
    """Serve commands while the context is open."""
    folder.socket.unlink(missing_ok=True)
    directory = os.open(folder.path, os.O_RDONLY)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):  # the server ends; asyncio would tell its log where each one stood
            await _converse(office, reader, writer)

    umask = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(serve, short(folder, directory), limit=LIMIT)
    finally:
        os.umask(umask)
    try:
        yield
    finally:
        server.close()
        folder.socket.unlink(missing_ok=True)
        os.close(directory)


def short(folder: Folder, directory: int) -> str:
    """The socket's path through an open directory where that works: a path of a socket holds 107 bytes at most."""
    short = f"/proc/self/fd/{directory}"
    return f"{short}/{folder.socket.name}" if os.path.isdir(short) else str(folder.socket)  # noqa: PTH112


async def _converse(office: Office, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer), suppress(ConnectionError, ValueError):  # the command went away, or never was one
        while line := await reader.readline():
            writer.write(orjson.dumps(await _done(office, orjson.loads(line))) + b"\n")
            await writer.drain()


async def _done(office: Office, request: dict[str, Any]) -> dict[str, Any]:
    try:
        return await _work(office, request)
    except UnavailableError as error:
        return {"error": {"code": "unavailable", "message": str(error), "detail": error.code}}
    except SiteError as error:
        return {"error": {"code": "site", "message": str(error), "detail": error.field}}
    except AccessError as error:
        return {"error": {"code": "access", "message": str(error), "detail": error.field}}
    except UnknownError as error:
        return {"error": {"code": "unknown", "message": str(error)}}
    except Exception as error:
        log.exception("a command failed")
        return {"error": {"code": "failed", "message": f"the server could not do it: {error}"}}


# Commands that hand over what they were given as it is: their arguments, and the name of their answer.
_PLAIN: Final[dict[str, tuple[tuple[str, ...], str | None]]] = {
    "remove_site": (("name",), None),
    "remove_link": (("code",), None),
    "unlink": (("site", "one", "other", "undo"), None),
    "save_funnel": (("site", "name", "spec"), None),
    "drop_funnel": (("site", "name"), "there"),
    "drop_view": (("site", "number"), "there"),
    "rebuild": ((), "files"),
    "seal": ((), "files"),
}


async def _work(office: Office, request: dict[str, Any]) -> dict[str, Any]:
    match request.get("do"):
        case "keep":
            events = msgspec.convert(request["events"], list[Event])
            counts = {Count(*count): n for *count, n in request["counts"]}
            return (await office.keep(request["site"], events, counts, request.get("days")))._asdict()
        case "add_site":
            await office.add_site(request["name"], msgspec.convert(request["options"], SiteOptions))
        case "change_site":
            await office.change_site(request["name"], **request["options"])
        case "add_links":
            drafts = msgspec.convert(request["links"], list[Draft])
            return {"outcomes": [[*outcome] for outcome in await office.add_links(drafts)]}
        case "save_view" | "settle" as what:
            view = what == "save_view"
            done = office.save_view(msgspec.convert(request["view"], View)) if view else _settled(office, request)
            return {"number": await done}
        case str(name) if name in _PLAIN:
            arguments, said = _PLAIN[name]
            answer = await getattr(office, name)(*(request[argument] for argument in arguments))
            return {said: answer} if said is not None else {}
        case other:
            return {"error": {"code": "unknown", "message": f"unknown command {other!r}"}}
    return {}


async def _settled(office: Office, request: dict[str, Any]) -> int:
    return await office.settle(msgspec.convert(request["order"], Order))
