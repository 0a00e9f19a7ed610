"""balise utm build | parse | channel."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from collector.cli import Place, RefusedError, balise
from collector.cli.language import spoken
from collector.utm import (
    EMPTY_TAGS,
    RULE_SETS,
    BuildError,
    Dictionary,
    Options,
    Parsed,
    Referrer,
    RuleSet,
    Tags,
    build,
    classify,
    parse,
    verdict,
)
from collector.utm.destination import host_of
from collector.utm.registry import FIELDS, click_id
from collector.utm.sentences import Language
from collector.utm.telling import facts, preview

_CORE = ("source", "medium", "campaign")


class Sentence(click.Command):
    """A command whose wrong usage is told in one sentence too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments read; raises `RefusedError`."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            raise RefusedError(" ".join(error.format_message().split())) from None


@balise.group()
def utm() -> None:
    """Campaign links: build, read, classify and check them. Needs no data folder."""


def shared(command: Callable[..., None]) -> Callable[..., None]:
    """The options that every command here has."""
    for option in (
        click.option("--lang", "language", type=click.Choice(["en", "fr"]), help="Of messages; LANG tells by default."),
        click.option("--dictionary", "book", metavar="FILE", help="The agreed names; config/utm.toml is an example."),
    ):
        command = option(command)
    return command


_ruled = click.option(
    "--rules", type=click.Choice([*RULE_SETS, "own"]), help="Of channels; own: the dictionary's. Default: ga4."
)


@utm.command("build", cls=Sentence)
@click.argument("url")
@click.option("--source", help="Who sends the visit: google, newsletter.")
@click.option("--medium", help="How: cpc, email, social.")
@click.option("--campaign", help="The campaign's name.")
@click.option("--term", help="The search term or audience.")
@click.option("--content", help="What tells two links of one campaign apart.")
@click.option("--id", "id_", help="The campaign's id; its case is kept.")
@click.option("--set", "others", multiple=True, metavar="NAME=VALUE", help="A further parameter: utm_x=y.")
@click.option("--column", "columns", multiple=True, metavar="NAME=VALUE", help="A column of the campaign's template.")
@click.option(
    "--policy", type=click.Choice(["replace", "keep", "error", "fill"]), default="replace", show_default=True,
    help="When the link has tags already.",
)  # fmt: skip
@click.option("--platform", help="Whose macros the values hold: meta, google, mailchimp …")
@click.option(
    "--encoded", type=click.Choice(["no", "yes", "auto"]), default="no", help="Whether values are %XX already."
)
@click.option("--in-fragment", is_flag=True, help="Put them into the route behind #.")
@click.option("--scheme", "schemes", multiple=True, help="An address may begin with this too: myapp.")
@click.option("--assume-https", is_flag=True, help="Complete shop.example/x instead of refusing it.")
@click.option("--json", "as_json", is_flag=True, help="The link, its channels and warnings as JSON.")
@shared
@click.pass_obj
def build_(
    place: Place, /, url: str, others: Sequence[str], columns: Sequence[str], as_json: bool, book: str | None,
    language: Language | None, **given: Any,
) -> None:  # fmt: skip
    """Print URL with campaign parameters; every other byte stays as it is.

    \b
    balise utm build https://shop.example/ --source letter --medium email \\
        --campaign spring
    """
    language = spoken(language)
    dictionary = known(place, book)
    campaign: dict[str, str] = {name: given[name] for name in (*_CORE, "term", "content") if given[name] is not None}
    campaign |= {"id": given["id_"]} if given["id_"] is not None else {}
    options = _options(given, dictionary)
    try:
        if columns:
            campaign["campaign"] = _named(dictionary, _pairs(columns, "--column"))
        campaign |= _pairs(others, "--set")
        _complete(url, campaign)
        link = build(url, campaign, options)
    except BuildError as error:
        raise RefusedError(error.say(language)) from None
    for notice in link.warnings:
        click.echo(f"balise: {notice.say(language)}", err=True)
    click.echo(_as_json(preview(link.url, link.warnings, dictionary, language)) if as_json else link.url)


@utm.command("parse", cls=Sentence)
@click.argument("url")
@click.option("--referrer", help="Where the visitor came from: an address, or android-app://….")
@click.option("--own-host", "own_hosts", multiple=True, help="A host of the site; the address's own is known.")
@_ruled
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@shared
@click.pass_obj
def parse_(
    place: Place, url: str, referrer: str | None, own_hosts: Sequence[str], rules: str | None, as_json: bool,
    book: str | None, language: Language | None,
) -> None:  # fmt: skip
    """Tell what a landing page's address and its referrer say of the visit."""
    dictionary = known(place, book)
    hosts = [host for host in (host_of(url), *own_hosts) if host]
    found = parse(
        url, referrer, own_hosts=hosts, rules=chosen(place, rules, dictionary), dictionary=dictionary,
        language=spoken(language),
    )  # fmt: skip
    _tell(found, as_json)


@utm.command("channel", cls=Sentence)
@click.option("--source", default="", help="google, facebook.com, newsletter …")
@click.option("--medium", default="", help="cpc, email, social …")
@click.option("--campaign", default="", help="The campaign's name.")
@click.option("--click-id", help="The name of a click id that came along: gclid.")
@_ruled
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@shared
@click.pass_obj
def channel_(
    place: Place, source: str, medium: str, campaign: str, click_id: str | None, rules: str | None, as_json: bool,
    book: str | None, language: Language | None,
) -> None:  # fmt: skip
    """Tell which channel a source and a medium lead to, and by which rule."""
    dictionary = known(place, book)
    rule_set = chosen(place, rules, dictionary)
    said = Tags(source.strip() or None, medium.strip() or None, campaign.strip() or None, click_id=_click(click_id))
    meant = dictionary.apply(said) if dictionary else said
    touch = classify(meant, None, rules=rule_set)
    explained = verdict(touch, rule_set).say(spoken(language))
    _tell(Parsed(said, meant, touch, Referrer(), (explained,)), as_json)


def known(place: Place, book: str | None) -> Dictionary | None:
    """The dictionary named on the command line or in the settings; None without one. Raises `DictionaryError`."""
    path = book or (place.settings.utm.dictionary if place.configured else "")
    if not path:
        return None
    from collector.dictionary import dictionary_in  # noqa: PLC0415  commands without one start sooner

    return dictionary_in(Path(path))


def chosen(place: Place, rules: str | None, dictionary: Dictionary | None) -> str | RuleSet:
    """The rule set asked for, here or in the settings; raises `RefusedError` when there is none of one's own."""
    rules = rules or (place.settings.utm.rules if place.configured else "ga4")
    if rules != "own":
        return rules
    if dictionary and dictionary.channels:
        return dictionary.channels
    raise RefusedError("--rules own needs a dictionary with [channels]: name it with --dictionary FILE")


def _options(given: dict[str, Any], dictionary: Dictionary | None) -> Options:
    encoded = {"no": False, "yes": True, "auto": "auto"}[given["encoded"]]
    schemes = ("https", "http", *given["schemes"])
    return Options(
        given["policy"], given["platform"], encoded, given["in_fragment"], schemes,  # type: ignore[arg-type]
        given["assume_https"], dictionary,
    )  # fmt: skip


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """`name=value` texts; raises `RefusedError` for one without =."""
    found: dict[str, str] = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark or not name.strip():
            raise RefusedError(f"{option} must be written NAME=VALUE, not {text!r}")
        found[name.strip()] = value
    return found


def _named(dictionary: Dictionary | None, columns: dict[str, str]) -> str:
    field = dictionary.fields.get("campaign") if dictionary else None
    if field is None or field.template is None:
        raise RefusedError("--column needs a dictionary whose campaign has a template: name it with --dictionary FILE")
    return field.template.build(columns)


def _complete(url: str, campaign: dict[str, str]) -> None:
    """Source, medium and campaign must be told, here or by the link itself; raises `RefusedError`."""
    there = parse(url).tags if isinstance(url, str) else EMPTY_TAGS
    family = any(name.removeprefix("utm_") not in FIELDS for name in campaign if not name.startswith("utm_"))
    for name in _CORE:
        told = campaign.get(name) or campaign.get(f"utm_{name}") or getattr(there, name)
        if not family and not (told and told.strip()):
            _missing(name)


def _missing(name: str) -> NoReturn:
    example = {"source": "newsletter", "medium": "email", "campaign": "spring"}[name]
    raise RefusedError(f"--{name} is missing: expected a {name} such as --{name} {example}")


def _click(name: str | None) -> str | None:
    if name is None:
        return None
    found = click_id(name)
    if found is None:
        raise RefusedError(f"--click-id must be the name of a known click id such as gclid, not {name!r}")
    return found.name


def _tell(found: Parsed, as_json: bool) -> None:
    told = facts(found)
    if as_json:
        click.echo(_as_json(told))
        return
    for name in (*FIELDS, "channel", "click_id"):
        if told[name] is not None:
            click.echo(f"{name:<10}{told[name]}")
    for sentence in found.explain:
        click.echo(f"{'':<10}{sentence}")


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
