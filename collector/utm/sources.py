"""Who a referrer is: host (and path) → source, medium, category, out of `sources.toml`.

A host matches by whole labels only, so `google.com.evil.example` and `notperplexity.ai` are nobody.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from .query import decode

MEDIUMS: Final = {
    "search": "organic",
    "social": "social",
    "video": "referral",
    "shopping": "referral",
    "email": "email",
    "cpc": "cpc",
    "affiliate": "affiliate",
    "unknown": "referral",
    "ai-assistant": "ai-assistant",
    "payment": "referral",
}
"""Category of a source → the medium of an untagged visit from it."""

# The part of a host after its name: .fr, .com, .co.uk, .com.br.
_COUNTRY: Final = re.compile(r"(.+?)\.(?:com|(?:com?\.)?[a-z]{2})")
_DOORS: Final = ("www.", "m.", "mobile.", "amp.")
_AMP_CACHE: Final = ".cdn.ampproject.org"
_AMP_CACHED: Final = re.compile(r"/[a-z]+/(?:s/)?(?P<host>[^/.]+(?:\.[^/.]+)+)(?P<path>/.*)?")
_AMP_VIEWED: Final = re.compile(r"/amp/(?:s/)?(?P<host>[^/.]+(?:\.[^/.]+)+)(?P<path>/.*)?")
_LONGEST: Final = 253  # a host's letters at most (RFC 1035); a longer one is nobody, and would take its time
_TERMS: Final = ("q", "query")


class Source(NamedTuple):
    """A known source. `term` is what was searched for, where the engine still tells.

    `label` is how people call it, or the part of it ("Google Images"); `name` is what reports group by.
    """

    name: str
    medium: str
    category: str
    term: str | None = None
    label: str = ""


class _Entry(NamedTuple):
    path: str
    deep: bool
    source: Source


class _Table(NamedTuple):
    hosts: dict[str, list[_Entry]]
    names: dict[str, Source]
    aliases: dict[str, str]
    terms: dict[str, list[str]]


def find(host: str, path: str | None = None, query: str = "") -> Source | None:
    """The source behind a referrer's `host` (a port, `www.` and capitals do no harm), or None when nobody
    knows it.

    `path` decides where one host has several sources (x.com/i/grok). `query` (raw) only serves to read the
    term. An application's package id stands in for the host. The longest match wins.
    """
    host = bare_host(host)
    if len(host) > _LONGEST:
        return None
    table = _table()
    for suffix, whole in _suffixes(host):
        for entry in table.hosts.get(suffix, ()):
            if (whole or entry.deep) and _is_under(path or "/", entry.path):
                return entry.source._replace(term=_term(entry.source.name, query, table)) if query else entry.source
    return None


def named(source: str) -> Source | None:
    """The source that a `utm_source` means: a name ("facebook"), a label ("Hacker News"), an alias ("fb") or a host
    ("l.facebook.com")."""
    table = _table()
    name = source.strip().lower()
    if known := table.names.get(table.aliases.get(name, name)):
        return known
    host, _, path = name.removeprefix("https://").removeprefix("http://").partition("/")
    return find(host, "/" + path) if "." in host else None


def bare_host(host: str) -> str:
    """`host` lower-case, without port, final dot and `www.`."""
    host = host.strip().lower()
    if not host.startswith("["):
        host = host.partition(":")[0]
    return host.rstrip(".").removeprefix("www.")


def amp_page(host: str, path: str | None) -> tuple[str, str] | None:
    """The host and path of the page that an AMP cache or viewer shows at `host` and `path`; None for any other.

    A cache's subdomain is the page's host with its dots as - and its dashes as --; long hosts are hashed there, and
    only the path tells them.
    """
    path = path or "/"
    cached, viewer = host.endswith(_AMP_CACHE), host in ("bing.com", "google.com") or host.startswith("google.")
    if not cached and not viewer:
        return None
    shown = (_AMP_CACHED if cached else _AMP_VIEWED).match(path)
    if shown:
        return bare_host(shown["host"]), shown["path"] or "/"
    if not cached:
        return None
    label = host.removesuffix(_AMP_CACHE)
    page = label.replace("--", "\0").replace("-", ".").replace("\0", "-")
    return (bare_host(page), "/") if "." in page else None


def is_own(host: str, own_hosts: Collection[str]) -> bool:
    """Whether the bare `host` is one of the bare `own_hosts` or below one."""
    return any(host == own or host.endswith("." + own) for own in own_hosts)


def _suffixes(host: str) -> Iterator[tuple[str, bool]]:
    """Keys to look up, longest first, each with whether it stands for the whole host."""
    trimmed = host
    for door in _DOORS:
        trimmed = trimmed.removeprefix(door)
    country = _COUNTRY.fullmatch(host)
    stem = country.group(1) if country else ""
    suffix = host
    while suffix:
        whole = suffix in (host, trimmed)
        yield suffix, whole
        if stem:
            yield stem + ".*", whole
            stem = stem.partition(".")[2]
        suffix = suffix.partition(".")[2]


def _is_under(path: str, prefix: str) -> bool:
    return not prefix or path == prefix or path.startswith(prefix + "/")


def _term(name: str, query: str, table: _Table) -> str | None:
    found: dict[str, str] = {}
    for key, _, raw in (pair.partition("=") for pair in query.split("&")):
        # A page that leads on has its target there: google.com/url?q=https://shop.example/
        if (value := decode(raw)) and not value.startswith(("https://", "http://")):
            found.setdefault(decode(key), value)
    return next((found[key] for key in table.terms.get(name, _TERMS) if key in found), None)


@cache
def _table() -> _Table:
    data = tomllib.loads(Path(__file__).with_name("sources.toml").read_text("utf-8"))
    labels, parts = data.pop("labels"), data.pop("parts")
    table = _Table({}, {}, data.pop("aliases"), data.pop("terms"))
    for category, sources in data.items():
        for name, hosts in sources.items():
            source = Source(name, MEDIUMS[category], category, None, labels.get(name) or name.replace("-", " ").title())
            table.names.setdefault(name, source)
            for pattern in hosts:
                host, slash, path = pattern.removeprefix(".").partition("/")
                known = source._replace(label=parts[pattern]) if pattern in parts else source
                table.hosts.setdefault(host, []).append(_Entry(slash + path, pattern.startswith("."), known))
    for source in [*table.names.values()]:
        table.names.setdefault(source.label.lower(), source)
    for entries in table.hosts.values():
        entries.sort(key=lambda entry: -len(entry.path))
    return table
