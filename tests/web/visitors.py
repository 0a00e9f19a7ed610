"""Who comes to the doors in the tests: users with their sessions, programs with their tokens, and nobody."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from collector.access.secret import hashed, kept
from collector.control import writing
from collector.journal import Folder
from collector.journal.access import AddAccount, AddToken, Order
from collector.settings import load
from tests.conftest import Server
from tests.web.wire import Answer, once, request

PASSWORD = "correct horse battery"
SITE = 1  # the number of `shop` in a new folder


class Visitor(NamedTuple):
    """The headers that a browser or a program of somebody sends."""

    name: str
    role: str
    headers: dict[str, str]
    csrf: str = ""
    actions: frozenset[str] = frozenset()
    sites: tuple[int, ...] | None = None


def settle(data: Path, *orders: Order) -> None:
    """Change who may ask in a folder, by whoever holds it."""

    async def work() -> None:
        settings = load(None, {})
        async with writing(Folder(data), settings.log, settings.segments, settings.reports) as writer:
            for order in orders:
                await writer.settle(order)

    asyncio.run(work())


def users(data: Path, *roles: str) -> None:
    """A user named after each role."""
    settle(data, *(AddAccount(role, hashed(PASSWORD), role) for role in roles))  # type: ignore[arg-type]


def program(data: Path, name: str, actions: Sequence[str], sites: tuple[int, ...] | None = None) -> dict[str, str]:
    """The headers of a program with a new token."""
    settle(data, AddToken(name, kept(f"secret {name}"), sites, tuple(actions)))  # type: ignore[arg-type]
    return {"Authorization": f"Bearer secret {name}"}


def login(server: Server, headers: dict[str, str] | None = None, **fields: str) -> Answer:
    """What the form of the page /login gets."""
    return form(server, "/login", fields, headers)


def form(
    server: Server, path: str, fields: Mapping[str, str], headers: Mapping[str, str | None] | None = None
) -> Answer:
    """What a form gets that a browser sends from a page of this server; a header that is None is left out."""
    body = "&".join(f"{name}={value.replace(' ', '+').replace('&', '%26')}" for name, value in fields.items())
    own = {"Host": f"127.0.0.1:{server.port}", "Origin": server.url, "Sec-Fetch-Site": "same-origin",
           "Content-Type": "application/x-www-form-urlencoded"}  # fmt: skip
    return once(server.port, request(body.encode(), "POST", path, {**own, **(headers or {})}))


def cookie(answer: Answer) -> str:
    """The session that an answer begins, as a browser sends it back."""
    found = re.match(r"(balise_session=[^;]+);", answer.header("set-cookie") or "")
    assert found is not None, answer
    return found[1]


def signed_in(server: Server, role: str) -> dict[str, str]:
    """The cookie of a user named after the role."""
    return {"Cookie": cookie(login(server, name=role, password=PASSWORD))}
