"""Commands that write, beside a running server: they hand their work to it over a socket in the data folder.

One JSON object a line each way: {"do": name, …} → {…} or {"error": {"code", "message"}}. The socket is the owner's
only. `Office` does the work, in the server or, when there is none, in the command's own process.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from typing import Any, Final, Protocol

import msgspec
import orjson

from collector.dictionary import Options as NameOptions
from collector.engines.duckdb.connecting import Options as EngineOptions
from collector.event import Event, Site
from collector.follower import Follower
from collector.follower import Options as SegmentOptions
from collector.journal import (
    Count,
    Draft,
    Folder,
    FolderHeldError,
    Journal,
    Kept,
    Outcome,
    SiteError,
    SiteOptions,
    UnavailableError,
    UnknownError,
    UnknownSiteError,
    snapshot,
)
from collector.journal.links import remove, store
from collector.journal.log import Options as LogOptions
from collector.journal.sites import checked, new_key

log = logging.getLogger("balise")
_LIMIT = 64 * 1024 * 1024  # a line: an import's chunk with room to spare
_LINKS = 250  # links in one transaction


class Writer(Protocol):
    """What a command may ask of whoever holds the data folder."""

    async def keep(self, site: int, events: Sequence[Event], counts: dict[Count, int]) -> Kept:
        """Store events and book counts; see `Journal.keep`."""

    async def add_site(self, name: str, options: SiteOptions) -> None:
        """Add a site; raises `SiteError`."""

    async def change_site(self, name: str, **options: object) -> None:
        """Change options of a site; raises `UnknownSiteError`, `SiteError`."""

    async def remove_site(self, name: str) -> None:
        """Stop collecting for a site; its events stay. Raises `UnknownSiteError`."""

    async def add_links(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Issue links; one outcome each."""

    async def remove_link(self, code: str) -> None:
        """Take a link back; its clicks stay, its code is not given out again. Raises `UnknownLinkError`."""

    async def unlink(self, site: str, one: str, other: str, undo: bool) -> None:
        """Never take a device and a user, or two users, for one person; or do so again. Raises `UnknownSiteError`."""

    async def save_funnel(self, site: str, name: str, spec: str) -> None:
        """Keep a funnel's spec (JSON) under a name, in place of an earlier one. Raises `UnknownSiteError`."""

    async def drop_funnel(self, site: str, name: str) -> bool:
        """Forget a saved funnel; whether there was one. Raises `UnknownSiteError`."""

    async def rebuild(self) -> int:
        """Make all segments anew from the log; returns their number."""

    async def seal(self) -> int:
        """Seal the whole tail; returns the number of new segments."""


class Office:
    """Does the work with the journal and the follower of this process; keeps the sites in memory for the server."""

    def __init__(self, folder: Folder, journal: Journal, follower: Follower) -> None:
        self._folder, self._journal, self._follower = folder, journal, follower
        self.sites: dict[str, Site] = {}
        self.reload()

    def reload(self) -> None:
        """Look the sites up again."""
        with snapshot(self._folder) as view:
            sites = {site.name: site for site in view.sites()}
        self.sites.clear()
        self.sites.update(sites)

    async def keep(self, site: int, events: Sequence[Event], counts: dict[Count, int]) -> Kept:
        """Store events; when the queue is full, wait for it instead of giving up."""
        while True:
            try:
                return await self._journal.keep(site, events, counts)
            except UnavailableError as error:
                if error.code != "queue_full":
                    raise
                await asyncio.sleep(0.05)

    async def add_site(self, name: str, options: SiteOptions) -> None:
        """Add a site; raises `SiteError`."""
        if name in self.sites:
            raise SiteError("name", f"there is a site named {name} already; `balise site show {name}` shows it")
        stored = msgspec.json.encode(checked(name, options)).decode()
        await self._journal.execute(
            ("INSERT INTO site (name, key, options) VALUES (?, ?, ?)", (name, new_key(), stored)),
        )
        self.reload()

    async def change_site(self, name: str, **options: object) -> None:
        """Change options of a site; raises `UnknownSiteError`, `SiteError`. Segments keep what was true when sealed."""
        if name not in self.sites:
            raise UnknownSiteError(name, list(self.sites))
        site = self.sites[name]
        now = {field: getattr(site, field) for field in SiteOptions.__struct_fields__} | options
        try:
            read = msgspec.convert(now, SiteOptions)
        except msgspec.ValidationError as error:
            raise SiteError("options", str(error)) from None
        stored = msgspec.json.encode(checked(name, read)).decode()
        await self._journal.execute(("UPDATE site SET options = ? WHERE number = ?", (stored, site.number)))
        self.reload()

    async def remove_site(self, name: str) -> None:
        """Stop collecting for a site."""
        if name not in self.sites:
            raise UnknownSiteError(name, list(self.sites))
        await self._journal.execute(("UPDATE site SET removed = 1 WHERE number = ?", (self.sites[name].number,)))
        self.reload()

    async def add_links(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Issue links, some at a time: events are kept in between."""
        outcomes: list[Outcome] = []
        for done in range(0, len(drafts), _LINKS):
            outcomes += await self._journal.transact(store, drafts[done : done + _LINKS], int(time.time() * 1000))
        return outcomes

    async def remove_link(self, code: str) -> None:
        """Take a link back; twice is once."""
        if not await self._journal.transact(remove, code, int(time.time() * 1000)):
            with snapshot(self._folder) as view:
                view.link(code)

    async def unlink(self, site: str, one: str, other: str, undo: bool) -> None:
        """Never take these two for one person; or do so again."""
        number = self._number(site)
        sql = "INSERT OR IGNORE INTO unlink (at, site, one, other) VALUES (?, ?, ?, ?)"
        values: tuple[object, ...] = (int(time.time() * 1000), number, one, other)
        if undo:
            sql, values = "DELETE FROM unlink WHERE site = ? AND one = ? AND other = ?", (number, one, other)
        await self._journal.execute((sql, values))

    async def save_funnel(self, site: str, name: str, spec: str) -> None:
        """Keep a funnel under a name."""
        sql = "INSERT OR REPLACE INTO funnel (site, name, spec, at) VALUES (?, ?, ?, ?)"
        await self._journal.execute((sql, (self._number(site), name, spec, int(time.time() * 1000))))

    async def drop_funnel(self, site: str, name: str) -> bool:
        """Forget a saved funnel."""
        number = self._number(site)
        with snapshot(self._folder) as view:
            there = name in view.funnels(number)
        await self._journal.execute(("DELETE FROM funnel WHERE site = ? AND name = ?", (number, name)))
        return there

    def _number(self, site: str) -> int:
        if site not in self.sites:
            raise UnknownSiteError(site, list(self.sites))
        return self.sites[site].number

    async def rebuild(self) -> int:
        """Make all segments anew."""
        return await self._follower.rebuild()

    async def seal(self) -> int:
        """Seal the whole tail."""
        return await self._follower.seal()


class Remote:
    """The same, asked of the server that holds the folder."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def keep(self, site: int, events: Sequence[Event], counts: dict[Count, int]) -> Kept:
        """See `Writer`."""
        books = [[*count, n] for count, n in counts.items()]
        answer = await self._ask({"do": "keep", "site": site, "events": msgspec.to_builtins(events), "counts": books})
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

    async def rebuild(self) -> int:
        """See `Writer`."""
        return int((await self._ask({"do": "rebuild"}))["files"])

    async def seal(self) -> int:
        """See `Writer`."""
        return int((await self._ask({"do": "seal"}))["files"])

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self._writer.write(orjson.dumps(request) + b"\n")
        await self._writer.drain()
        line = await self._reader.readline()
        if not line:
            raise UnavailableError("stopped", "the server stopped while it worked; ask again")
        answer: dict[str, Any] = orjson.loads(line)
        if "error" in answer:
            raise _error(answer["error"])
        return answer


@asynccontextmanager
async def listening(office: Office, folder: Folder) -> AsyncIterator[None]:
    """Serve commands while the context is open."""
    folder.socket.unlink(missing_ok=True)
    directory = os.open(folder.path, os.O_RDONLY)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _converse(office, reader, writer)

    umask = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(serve, _short(folder, directory), limit=_LIMIT)
    finally:
        os.umask(umask)
    try:
        yield
    finally:
        server.close()
        folder.socket.unlink(missing_ok=True)
        os.close(directory)


@asynccontextmanager
async def writing(
    folder: Folder, log: LogOptions, segments: SegmentOptions, engine: EngineOptions, names: NameOptions | None = None
) -> AsyncIterator[Writer]:
    """Whoever can write to the folder: the server that holds it, else this process."""
    try:
        with folder.held():
            async with opened(folder, log, segments, engine, names) as (_, follower, office):
                if names and names.dictionary:  # a command without settings does not undo what the server was told
                    await follower.adopt()
                yield office
                await follower.seal(segments.at_once)
            return
    except FolderHeldError as error:
        held = error
    async with _remote(folder, held) as remote:
        yield remote


@asynccontextmanager
async def opened(
    folder: Folder, log: LogOptions, segments: SegmentOptions, engine: EngineOptions, names: NameOptions | None = None
) -> AsyncIterator[tuple[Journal, Follower, Office]]:
    """Journal, follower and office of a held folder, closed in reverse."""
    journal = await Journal.open(folder, log)
    try:
        follower = Follower(folder, journal, segments, engine, names)
        yield journal, follower, Office(folder, journal, follower)
    finally:
        await journal.close()


@asynccontextmanager
async def _remote(folder: Folder, held: FolderHeldError) -> AsyncIterator[Remote]:
    directory = os.open(folder.path, os.O_RDONLY)
    try:
        try:
            reader, writer = await asyncio.open_unix_connection(_short(folder, directory), limit=_LIMIT)
        except OSError:
            raise held from None
        try:
            yield Remote(reader, writer)
        finally:
            writer.close()
    finally:
        os.close(directory)


def _short(folder: Folder, directory: int) -> str:
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
    "rebuild": ((), "files"),
    "seal": ((), "files"),
}


async def _work(office: Office, request: dict[str, Any]) -> dict[str, Any]:
    match request.get("do"):
        case "keep":
            events = msgspec.convert(request["events"], list[Event])
            counts = {Count(site, outcome, reason): n for site, outcome, reason, n in request["counts"]}
            return (await office.keep(request["site"], events, counts))._asdict()
        case "add_site":
            await office.add_site(request["name"], msgspec.convert(request["options"], SiteOptions))
        case "change_site":
            await office.change_site(request["name"], **request["options"])
        case "add_links":
            drafts = msgspec.convert(request["links"], list[Draft])
            return {"outcomes": [[*outcome] for outcome in await office.add_links(drafts)]}
        case str(name) if name in _PLAIN:
            arguments, said = _PLAIN[name]
            answer = await getattr(office, name)(*(request[argument] for argument in arguments))
            return {said: answer} if said is not None else {}
        case other:
            return {"error": {"code": "unknown", "message": f"unknown command {other!r}"}}
    return {}


def _error(error: dict[str, str]) -> Exception:
    match error["code"]:
        case "unavailable":
            return UnavailableError(error["detail"], error["message"])
        case "site":
            return SiteError(error["detail"], error["message"])
        case "unknown":
            return UnknownError(error["message"])
        case _:
            return RemoteError(error["message"])


class RemoteError(RuntimeError):
    """The server refused a command; the sentence is its own."""
