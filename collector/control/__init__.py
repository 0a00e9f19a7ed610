"""Commands that write, beside a running server: they hand their work to it over a socket in the data folder.

office     does the work, in the server or, when there is none, in the command's own process
answering  the server's end of the socket
remote     the command's end

One JSON object a line each way: {"do": name, …} → {…} or {"error": {"code", "message"}}. The socket is the owner's
only.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from collector.control.answering import LIMIT, listening, short
from collector.control.office import Office, Writer
from collector.control.remote import Remote, RemoteError
from collector.dictionary import Options as NameOptions
from collector.engines.duckdb.connecting import Options as EngineOptions
from collector.follower import Follower
from collector.follower import Options as SegmentOptions
from collector.journal import Folder, FolderHeldError, Journal
from collector.journal.log import Options as LogOptions

__all__ = ["Office", "Remote", "RemoteError", "Writer", "listening", "opened", "writing"]


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
            reader, writer = await asyncio.open_unix_connection(short(folder, directory), limit=LIMIT)
        except OSError:
            raise held from None
        try:
            yield Remote(reader, writer)
        finally:
            writer.close()
    finally:
        os.close(directory)
