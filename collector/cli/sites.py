"""balise site add | change | list | show | remove."""

from __future__ import annotations

import asyncio
from typing import Any

import click
import msgspec

from collector.cli import Place, balise
from collector.control import writing
from collector.event import Profile, Site
from collector.journal import SiteOptions, snapshot
from collector.web.snippet import fits, pinned_tag, tag


@balise.group()
def site() -> None:
    """The sites that collect, and their script tags."""


_BUILD = click.option(
    "--build",
    type=click.Choice(["lite", "standard", "default", "full"]),
    default="default",
    show_default=True,
    help="Which snippet the tag names.",
)


@site.command()
@click.argument("name")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    required=True,
    help="Where its pages live, such as https://shop.example; repeat for more.",
)
@click.option(
    "--profile",
    type=click.Choice(["required", "exempt", "hybrid", "off"]),
    default="required",
    show_default=True,
    help="What is collected before and after consent.",
)
@click.option("--timezone", default="UTC", show_default=True, help="The zone of its days, such as Europe/Paris.")
@click.option(
    "--session-timeout",
    type=click.IntRange(60, 86_400),
    default=1800,
    show_default=True,
    help="Seconds of silence that end a session.",
)
@click.option("--parameter", "parameters", multiple=True, help="A query parameter to keep beside the campaign's.")
@click.option(
    "--own-host",
    "own_hosts",
    multiple=True,
    help="A host that is never a referrer: a payment page, a linked site.",
)
@click.option("--hash-routes", is_flag=True, help="Pages are told apart by what follows #.")
@click.option("--policy", help="The notice's version; a grant to another one is void.")
@click.option("--receipt-days", default=390, show_default=True, help="An older grant is void.")
@_BUILD
@click.pass_obj
def add(
    place: Place, name: str, origins: tuple[str, ...], profile: Profile, timezone: str, session_timeout: int,
    parameters: tuple[str, ...], own_hosts: tuple[str, ...], hash_routes: bool, policy: str | None, receipt_days: int,
    build: str,
) -> None:  # fmt: skip
    """Add a site and print the script tag to paste into its pages."""
    _known(build, profile)
    values = {
        "origins": origins, "profile": profile, "timezone": timezone, "session_timeout": session_timeout * 1000,
        "parameters": parameters, "own_hosts": own_hosts, "hash_routes": hash_routes,
        "policy": policy, "receipt_days": receipt_days,
    }  # fmt: skip
    try:
        options = msgspec.convert(values, SiteOptions)
    except msgspec.ValidationError as error:
        raise click.UsageError(str(error)) from None

    async def work() -> None:
        settings = place.settings
        async with writing(place.folder, settings.log, settings.segments, settings.reports, settings.utm) as writer:
            await writer.add_site(name, options)

    asyncio.run(work())
    _show(place, name, build)


@site.command()
@click.argument("name")
@click.option("--profile", type=click.Choice(["required", "exempt", "hybrid", "off"]), help="What is collected.")
@click.option("--policy", help="The notice's new version; grants to any other are void from now on.")
@click.option("--receipt-days", type=int, help="A grant older than that is void.")
@click.option("--origin", "origins", multiple=True, help="Where its pages live now: all of them; repeat for more.")
@click.option("--timezone", help="The zone of its days; also for the days that have passed.")
@click.option("--session-timeout", type=click.IntRange(60, 86_400), help="Seconds of silence that end a session.")
@click.option("--parameter", "parameters", multiple=True, help="Query parameters kept from now on: all of them.")
@click.option(
    "--own-host", "own_hosts", multiple=True, help="Hosts that are never a referrer from now on: all of them."
)
@click.pass_obj
def change(place: Place, /, name: str, **options: Any) -> None:
    """Change a site's options. What was collected stays as it is."""
    changes = {key: value for key, value in options.items() if value not in (None, ())}
    if not changes:
        raise click.UsageError("expected an option to change: --profile, --policy, --receipt-days, --origin …")
    if "session_timeout" in changes:
        changes["session_timeout"] *= 1000
    with snapshot(place.folder) as view:
        view.site(name, removed=False)

    async def work() -> None:
        settings = place.settings
        async with writing(place.folder, settings.log, settings.segments, settings.reports, settings.utm) as writer:
            await writer.change_site(name, **changes)

    asyncio.run(work())
    _show(place, name, "default")


@site.command(name="list")
@click.pass_obj
def list_(place: Place) -> None:
    """All sites, one a line."""
    with snapshot(place.folder) as view:
        for found in view.sites():
            click.echo(f"{found.name:<20} {found.profile:<9} {found.timezone:<18} {' '.join(found.origins)}")


@site.command()
@click.argument("name")
@_BUILD
@click.pass_obj
def show(place: Place, name: str, build: str) -> None:
    """A site's options and its script tag."""
    _show(place, name, build)


@site.command()
@click.argument("name")
@click.confirmation_option(prompt="Stop collecting for this site? Its events stay.")
@click.pass_obj
def remove(place: Place, name: str) -> None:
    """Stop collecting for a site; its events stay."""

    async def work() -> None:
        settings = place.settings
        async with writing(place.folder, settings.log, settings.segments, settings.reports, settings.utm) as writer:
            await writer.remove_site(name)

    asyncio.run(work())
    click.echo(f"{name} no longer collects")


def _show(place: Place, name: str, build: str) -> None:
    with snapshot(place.folder) as view:
        found = view.site(name)
    profile, policy = _known(build, found.profile), found.policy
    prefix, collector = place.settings.server.prefix, place.origin()
    for label, value in _facts(found):
        click.echo(f"{label:<16} {value}")
    click.echo("\nPaste this into every page (behind a proxy, with the proxy's own origin):\n")
    click.echo(f"  {tag(name, collector, prefix, profile, build, policy)}\n")
    click.echo("Or, with a fixed version and its integrity:\n")
    click.echo(f"  {pinned_tag(name, collector, prefix, profile, build, policy)}")


def _known(build: str, profile: Profile) -> Profile:
    """The profile, if the build can keep it."""
    if not fits(build, profile):
        raise click.UsageError(f"--build {build} does not know the profile {profile}: use standard, default or full")
    return profile


def _facts(found: Site) -> list[tuple[str, str]]:
    return [
        ("name", found.name),
        ("origins", " ".join(found.origins)),
        ("profile", found.profile),
        ("timezone", found.timezone),
        ("session timeout", f"{found.session_timeout // 1000} s"),
        ("parameters", " ".join(found.parameters) or "–"),
        ("own hosts", " ".join(found.own_hosts) or "–"),
        ("hash routes", "yes" if found.hash_routes else "no"),
        ("policy", found.policy or "– (any)"),
        ("receipt days", "–" if found.receipt_days is None else str(found.receipt_days)),
    ]
