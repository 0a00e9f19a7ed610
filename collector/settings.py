"""All options in one place: each room owns its own, this composes them from a file and the environment.

`config/balise.toml` shows every option at its default. `BALISE_SERVER_PORT=9000` sets `[server] port`; the environment
wins over the file. An unknown key is an error that names it and the nearest known one; what an orchestrator says there
of a service named `balise` is none of ours.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from collector import dictionary, follower, journal, links
from collector.engines import duckdb
from collector.web import options as web

_ENVIRONMENT = "BALISE_"
# Known elsewhere; BALISE_TOKEN is what the calls carry that pages hand out to be copied.
_RESERVED = frozenset(
    {"BALISE_DATA", "BALISE_CONFIG", "BALISE_TOKEN", "BALISE_CRASH_AT", "BALISE_COMPLETE", "_BALISE_COMPLETE"}
)
# What Kubernetes (and Docker's old links) put there of services whose names begin with `balise`: addresses of others.
_SERVICE = re.compile(r"_SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$")
_ADDRESS = re.compile(r"^(?:tcp|udp|sctp)://")


class SettingsError(ValueError):
    """An option that cannot be; the sentence names it and what was expected."""


class Settings(msgspec.Struct, frozen=True):
    """The options of every room, complete."""

    server: web.Options = web.Options()
    log: journal.Options = journal.Options()
    segments: follower.Options = follower.Options()
    reports: duckdb.Options = duckdb.Options()
    links: links.Options = links.Options()
    utm: dictionary.Options = dictionary.Options()


def load(file: Path | None, environment: Mapping[str, str]) -> Settings:
    """Read the file (None: defaults only) and the environment; raises `SettingsError`."""
    values = _file(file) if file else {}
    for name, text in environment.items():
        if name.startswith(_ENVIRONMENT) and name not in _RESERVED and not _of_a_service(name, text):
            section, option = _option(name)
            values.setdefault(section, {})[option] = _value(text)
    sections = {}
    for section, options in values.items():
        sections[section] = _section(section, options)
    settings = Settings(**sections)
    return msgspec.structs.replace(settings, reports=duckdb.enough(settings.reports))


def sections() -> dict[str, type[msgspec.Struct]]:
    """Every section's name and type."""
    return {field.name: field.type for field in msgspec.structs.fields(Settings)}


def _file(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"the settings file {path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {path} is not TOML: {error}") from None
    for section, options in values.items():
        _known(section, list(sections()), f"section [{section}]")
        if not isinstance(options, dict):
            raise SettingsError(f"{section}: expected a section [{section}], not a value")
    return values


def _of_a_service(name: str, text: str) -> bool:
    """Whether an orchestrator speaks of a service: `BALISE_SERVICE_HOST`, `BALISE_PORT=tcp://10.0.0.1:8787`."""
    return bool(_SERVICE.search(name) or (name.endswith("_PORT") and _ADDRESS.match(text)))


def _option(name: str) -> tuple[str, str]:
    """`BALISE_SERVER_PORT` → (server, port)."""
    section, _, option = name.removeprefix(_ENVIRONMENT).lower().partition("_")
    known = [f"{_ENVIRONMENT}{s}_{o}".upper() for s, kind in sections().items() for o in kind.__struct_fields__]
    _known(name, known, f"environment variable {name}")
    return section, option


def _value(text: str) -> Any:
    """A TOML value as in the file; anything else is the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _section(section: str, options: dict[str, Any]) -> Any:
    kind = sections()[section]
    for option in options:
        _known(option, list(kind.__struct_fields__), f"option {section}.{option}")
    try:
        return msgspec.convert(options, kind)
    except msgspec.ValidationError as error:
        sentence, _, path = str(error).partition(" - at `$")
        raise SettingsError(f"{section}{path.rstrip('`') or ''}: {sentence[0].lower()}{sentence[1:]}") from None


def _known(name: str, names: list[str], what: str) -> None:
    if name in names:
        return
    near = get_close_matches(name, names, n=1, cutoff=0.0)
    raise SettingsError(f"unknown {what}; the nearest known one is {near[0]}")
