"""balise serve | demo."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Final

import click
import msgspec
import uvloop

from collector.app import House, bound, running
from collector.app import serve as serving
from collector.cli import Place, balise
from collector.cli.language import spoken
from collector.cli.rows import progress
from collector.demo.comparison import table
from collector.demo.stage import Run, Stage
from collector.demo.stage import serve as put_on
from collector.dictionary import text_of
from collector.journal import snapshot
from collector.saved import from_file
from collector.settings import Settings
from collector.web.guard import token

_SEEDING: Final = {
    "en": "Making the shop's traffic and bringing it in …",
    "fr": "Création du trafic de la boutique et import …",
}
_SEEDED: Final = {"en": "The shop's traffic is there already.", "fr": "Le trafic de la boutique est déjà là."}
_WELCOME: Final = {
    "en": """
  The shop       {shop}
  The dashboard  {front}setup/{code}
                 opens once; afterwards {front} with the token
                 {token}

  Walk through the shop, accept the banner or refuse it, buy something, and ask:

    {balise} report funnel --site demo --step '/*' --step '/*/product/*' --step '/*/cart' \\
      --step '/*/checkout/address' --step purchase

  Ctrl+C stops.""",
    "fr": """
  La boutique         {shop}
  Le tableau de bord  {front}setup/{code}
                      s’ouvre une fois ; ensuite {front} avec le jeton
                      {token}

  Parcourez la boutique, acceptez ou refusez le bandeau, achetez quelque chose, puis demandez :

    {balise} report funnel --site demo --step '/*' --step '/*/product/*' --step '/*/cart' \\
      --step '/*/checkout/address' --step purchase

  Ctrl+C pour arrêter.""",
}


@balise.command()
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port; 0 takes any free one.")
@click.pass_obj
def serve(place: Place, host: str | None, port: int | None) -> None:
    """Collect and answer until stopped (SIGTERM, Ctrl+C)."""
    settings = listening(place.settings, host, port)
    from_file(settings.reports.funnels)  # a mistake in it is told now, not at the first question
    text_of(settings.utm)  # a dictionary at fault is told before anything starts

    def ready(actual: int, house: House) -> None:
        place.folder.address.write_text(settings.server.origin(actual), encoding="ascii")
        with snapshot(place.folder) as view:
            if not view.sites():
                click.echo("there is no site yet: balise site add NAME --origin https://…")
        if not house.office.access.rows.accounts:
            code = house.office.access.invite("setup")
            click.echo(
                f"there is no user yet: {settings.server.origin(actual)}/setup/{code} makes the first, once, today"
            )
        click.echo(f"collecting on {settings.server.origin(actual)} into {place.folder.path}")

    uvloop.run(serving(place.folder, settings, ready))


@balise.command()
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The collector's and dashboard's port.")
@click.option("--shop-port", type=click.IntRange(0, 65_535), default=8788, show_default=True, help="The shop's port.")
@click.option("--visitors", type=click.IntRange(1), default=6000, show_default=True, help="People in the traffic.")
@click.option("--days", type=click.IntRange(1, 400), default=90, show_default=True, help="Days of traffic up to now.")
@click.option("--lang", type=click.Choice(["en", "fr"]), help="Language of the comparison; LANG tells by default.")
@click.option("--once", is_flag=True, help="Make the traffic, compare, and stop.")
@click.pass_obj
def demo(
    place: Place,
    host: str | None,
    port: int | None,
    shop_port: int,
    visitors: int,
    days: int,
    lang: str | None,
    once: bool,
) -> None:
    """A shop to walk through, with 90 days of traffic whose truth is known."""
    settings = listening(place.settings, host, port)
    place.folder.create()
    stage = Stage(place.folder, Run(int(time.time() * 1000), visitors, days))
    lang = spoken(lang)
    agreed = uvloop.run(_demo(place, settings, stage, shop_port, lang, once))
    raise SystemExit(0 if agreed else 1)


async def _demo(place: Place, settings: Settings, stage: Stage, shop_port: int, lang: str, once: bool) -> bool:
    host = settings.server.host
    with place.folder.held(), bound(host, settings.server.port) as front, bound(host, shop_port) as window:
        ports = [int(listener.getsockname()[1]) for listener in (front, window)]
        origins = tuple(f"http://{name}:{ports[1]}" for name in ("127.0.0.1", "localhost"))
        async with running(place.folder, settings) as house:
            click.echo(_SEEDING[lang] if stage.fresh else _SEEDED[lang])
            with progress(None, quiet=not (stage.fresh and sys.stderr.isatty())) as advance:
                tally = await stage.seed(house, origins, advance)
            lines = await asyncio.to_thread(stage.compared, house, tally)
            click.echo(table(lines, lang))
            if not once:
                await put_on(
                    house, front, window, lambda: _welcome(place, house.office.access.invite("login"), ports, lang)
                )
    return all(line.agrees for line in lines)


def _welcome(place: Place, code: str, ports: list[int], lang: str) -> None:
    front, shop = (f"http://127.0.0.1:{port}" for port in ports)
    place.folder.address.write_text(front, encoding="ascii")
    shown = {"shop": f"{shop}/{lang}", "front": f"{front}/", "code": code, "token": token(place.folder.path)}
    shown["balise"] = _typed(place)
    click.echo(_WELCOME[lang].format(**shown))


def _typed(place: Place) -> str:
    """The command as it can be typed here: by its path where the shell does not find it, with an unusual folder."""
    found = "balise" if shutil.which("balise") else os.path.relpath(sys.argv[0])
    data = place.folder.path
    return found if data == Path("balise-data").absolute() else f"{found} --data {data}"


def listening(settings: Settings, host: str | None, port: int | None) -> Settings:
    """The settings with the command's own host and port."""
    given = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    server: Any = msgspec.structs.replace(settings.server, **given)
    return msgspec.structs.replace(settings, server=server)
