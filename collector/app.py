"""The only wiring: opens journal → follower → office → server in order, closes in reverse."""

from __future__ import annotations

import asyncio
import gc
import logging
import select
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from collector.control import Office, listening, opened
from collector.engines.duckdb import close_waiting, stop_questions
from collector.intake.agents import families
from collector.journal import Folder, Journal, refusal
from collector.salts import Salts, place
from collector.settings import Settings, SettingsError, load
from collector.web.application import Web, make_app
from collector.web.protocol import limited

_MIB = 1024 * 1024
_LOOK = 10.0  # seconds between two looks at the salts
_BACKLOG = 2_048  # connections that stand in line until the loop lets them in
# Seconds that a busy thread keeps the interpreter while others wait for it. Python's own 5 ms are paid again at each of
# a commit's statements while a report counts rows.
_TURN = 0.0002
# Objects kept between two looks for cycles. Python's own 700 cost an ack 6 % of its
# instructions, and what the start made is looked through with each full one.
_YOUNG = 50_000

log = logging.getLogger("balise")


class House:
    """Everything that runs over one data folder."""

    def __init__(self, folder: Folder, settings: Settings, journal: Journal, office: Office, salts: Salts) -> None:
        self.folder, self.settings, self.journal, self.office = folder, settings, journal, office
        self.salts = salts

    def counted(self, code: str) -> None:
        """Book a request that was refused before anybody could tell whose it was."""
        self.journal.count(refusal(code))


@asynccontextmanager
async def running(folder: Folder, settings: Settings) -> AsyncIterator[House]:
    """A house whose follower follows and whose control socket listens; the folder must be held."""
    salts = Salts(_salted(folder, settings))
    async with opened(folder, settings.log, settings.segments, settings.reports, settings.utm) as (
        journal,
        follower,
        office,
    ):
        following = asyncio.create_task(follower.run(), name="follower")
        forgetting = asyncio.create_task(expiring(salts, office), name="salts")
        try:
            async with listening(office, folder):
                yield House(folder, settings, journal, office, salts)
        finally:
            forgetting.cancel()
            follower.stop()
            await following
            close_waiting()


def _salted(folder: Folder, settings: Settings) -> Path | None:
    try:
        return place(settings.server.salt_folder, folder.path)
    except ValueError as error:
        raise SettingsError(str(error)) from None


async def expiring(salts: Salts, office: Office) -> None:
    """Destroy salts that have had their day, also of sites that nobody visits."""
    while True:
        salts.expire(office.sites.values(), int(time.time() * 1000))
        await asyncio.sleep(_LOOK)


class Server(uvicorn.Server):
    """uvicorn's server, which leaves the signals to us: it would raise them again before the house is closed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let in who stands in line, one a turn of the loop, as it does: a listener that closes cuts them off
        unanswered, whatever they have sent."""
        for _ in range(_BACKLOG):
            if not _waiting(sockets or []):
                break
            await asyncio.sleep(0)
        await super().shutdown(sockets)


def _waiting(listeners: Sequence[socket.socket]) -> bool:
    """Whether somebody has connected whom nobody has let in."""
    look = select.poll()
    for listener in listeners:
        look.register(listener, select.POLLIN)
    return bool(look.poll(0))


async def serve(folder: Folder, settings: Settings, ready: Callable[[int, House], object]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is told the port. What arrived is answered, at most `stop_seconds` long.

    Raises `OSError` if the port is taken, `FolderHeldError` if another process holds the folder.
    """
    with folder.held(), bound(settings.server.host, settings.server.port) as listener:
        async with running(folder, settings) as house:
            await until_stopped(Server(config(house)), listener, lambda port: ready(port, house))


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket; port 0 takes any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]  # behind it the address again
        raise OSError(f"{host}:{port} cannot be listened on ({reason}): choose another with --port") from None
    with listener:
        yield listener


async def until_stopped(
    server: uvicorn.Server, listener: socket.socket, ready: Callable[[int], object], also: Sequence[uvicorn.Server] = ()
) -> None:
    """Run the server until a signal, which stops `also` those beside it; `ready` is called once it accepts."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stop_questions()  # a report may take a minute; who asked gets a 503
        for running in (server, *also):
            running.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():  # noqa: ASYNC110  the server has no event to wait for
        await asyncio.sleep(0.005)
    if server.started:
        sys.setswitchinterval(_TURN)
        gc.freeze()
        gc.set_threshold(_YOUNG)
        ready(int(listener.getsockname()[1]))
    await serving
    gc.unfreeze()  # or libraries find at the end what nobody threw away, and say so at length


def config(house: House, application: ASGIApp | None = None) -> uvicorn.Config:
    """The server's own options: no access log (it would write addresses), no headers of its own, our limits."""
    options = house.settings.server
    return uvicorn.Config(
        application or application_of(house),
        http=limited(options, house.counted),
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="error",  # a warning is a line for each request that is no HTTP: whoever likes could fill the disk
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=options.stop_seconds,
    )


def application_of(house: House) -> ASGIApp:
    """The collector as an ASGI application over a running house."""
    options = house.settings.server
    families("Mozilla/5.0")  # the first look at a user agent compiles every pattern
    enough = room(house.folder, options.free_mb)
    return make_app(Web(house.folder, house.journal, house.office, house.settings, enough, house.salts))


class Embedded:
    """The collector as a part of another Starlette or FastAPI application: mount it, and run its `lifespan`.

    What happens below ASGI is the other server's business: limits on a request's head, and the access log, which writes
    addresses unless it is turned off.
    """

    def __init__(self, data: Path | str, settings: Settings | None = None) -> None:
        self._folder, self._settings = Folder(data), settings or load(None, {})
        self._application: ASGIApp = _closed

    @asynccontextmanager
    async def lifespan(self, app: object = None) -> AsyncIterator[None]:  # noqa: ARG002  a lifespan is told whose it is
        """Open the house, and close it at the end; raises `FolderHeldError` if another process holds the folder."""
        with self._folder.held():
            async with running(self._folder, self._settings) as house:
                self._application = application_of(house)
                try:
                    yield
                finally:
                    self._application = _closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._application(scope, receive, send)


async def _closed(scope: Scope, receive: Receive, send: Send) -> None:
    """Before the house is open, and after."""
    answer = Response("balise is not open: run the lifespan of collector.app.Embedded with the application", 503)
    await answer(scope, receive, send)


def room(folder: Folder, free_mb: int, every: float = 1.0) -> Callable[[], bool]:
    """Whether the disk has space left to write and to clean up; looked at once a second at most."""
    seen = (0.0, True)

    def enough() -> bool:
        nonlocal seen
        now = asyncio.get_running_loop().time()
        if now - seen[0] > every:
            seen = (now, shutil.disk_usage(folder.path).free >= free_mb * _MIB)
        return seen[1]

    return enough
