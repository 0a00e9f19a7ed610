"""balise serve | demo."""

from __future__ import annotations

from typing import Any

import click
import msgspec
import uvloop

from collector.app import serve as serving
from collector.cli import Place, balise
from collector.settings import Settings


@balise.command()
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port; 0 takes any free one.")
@click.pass_obj
def serve(place: Place, host: str | None, port: int | None) -> None:
    """Collect and answer until stopped (SIGTERM, Ctrl+C)."""
    settings = listening(place.settings, host, port)

    def ready(actual: int) -> None:
        click.echo(f"collecting on http://{settings.server.host}:{actual} into {place.folder.path}")

    uvloop.run(serving(place.folder, settings, ready))


def listening(settings: Settings, host: str | None, port: int | None) -> Settings:
    """The settings with the command's own host and port."""
    given = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    server: Any = msgspec.structs.replace(settings.server, **given)
    return msgspec.structs.replace(settings, server=server)
