"""Secrets of those who may ask: not in clear on the disk, not in any log, not in what commands print a second time."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from tests.conftest import ORIGIN, Server, command
from tests.web.visitors import PASSWORD, cookie, form, login
from tests.web.wire import Answer, once, request

WRONG = "a wrong password that nobody has"


def files(data: Path, *logs: Path) -> dict[str, bytes]:
    """Every byte that is kept, by file; sockets hold none."""
    return {str(path): path.read_bytes() for path in [*data.rglob("*"), *logs] if path.is_file()}


def found(secrets: dict[str, str], kept: dict[str, bytes]) -> list[tuple[str, str]]:
    """Which secrets stand where, whole or the half that would do."""
    return [
        (name, path)
        for name, secret in secrets.items()
        for path, content in kept.items()
        if secret.encode() in content or secret[: len(secret) // 2].encode() in content
    ]


def ask(server: Server, path: str, **headers: str) -> Answer:
    return once(server.port, request(b"", "GET", path, headers))


def test_no_secret_is_kept_or_logged_in_clear(tmp_path: Path) -> None:
    data = tmp_path / "data"
    command(data, "site", "add", "shop", "--origin", ORIGIN)
    server = Server(data)
    said = server.log.read_text()
    setup = re.findall(r"/setup/([A-Za-z0-9_-]{43})", said)[0]
    secrets = {"password": PASSWORD, "wrong": WRONG}
    secrets["first session"] = cookie(form(server, f"/setup/{setup}", {"name": "anna", "password": PASSWORD}))[15:]
    secrets["session"] = cookie(login(server, name="anna", password=PASSWORD))[15:]
    secrets["folder session"] = cookie(login(server, token=command(data, "token").strip()))[15:]
    secrets["program"] = command(data, "token", "add", "erp", "--action", "read").strip()
    secrets["share"] = command(data, "share", "add", "quality", "--site", "shop").strip().rpartition("/")[2]
    assert login(server, name="anna", password=WRONG).status == 401
    assert ask(server, "/api/sites", Authorization=f"Bearer {secrets['program']}").status == 200
    assert ask(server, "/api/sites", Cookie=f"balise_session={secrets['session']}").status == 200
    assert ask(server, f"/share/{secrets['share']}").status == 200
    for path in (f"/share/{secrets['share']}x", f"/setup/{setup}", f"/login?next=/share/{secrets['share']}"):
        ask(server, path)  # what is asked in vain is logged no more than the rest

    running = files(data, server.log)
    assert found(secrets, running) == []
    server.stop(signal.SIGKILL)  # nothing is tidied up
    later = Server(data)
    listed = "".join(command(data, *words, "list") for words in (("user",), ("token",), ("share",)))
    assert ask(later, "/api/sites", Authorization=f"Bearer {secrets['program']}").status == 200
    assert ask(later, "/api/sites", Cookie=f"balise_session={secrets['session']}").status == 200  # a restart ends none
    later.stop()

    kept = files(data, later.log)
    assert found(secrets, kept | {"listed": listed.encode()}) == []
    assert "anna" in listed
    token = (data / "token").read_bytes().strip()
    assert [path for path, content in kept.items() if token in content] == [str(data / "token")]
    on_disk = {path: content for path, content in kept.items() if path != str(later.log)}
    assert found({"set-up": setup}, on_disk) == []
    assert kept[str(later.log)].count(setup.encode()) == 1  # printed once, by the start that made it, and used since
