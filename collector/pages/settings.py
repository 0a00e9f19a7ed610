"""Settings: the sites and their tags, what is kept how long, and the names that a team agreed on. They are read here,
and changed where the data lies, by `balise site change`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.event import Site
from collector.pages.panel import Panel
from collector.pages.sight import Sight
from collector.pages.words import UNKNOWN, mark
from collector.reports.answer import Answer

_PROFILES: Final = {
    "required": mark("nothing before a grant"),
    "exempt": mark("the reduced measure, without a grant"),
    "hybrid": mark("the reduced measure until a grant"),
    "off": mark("everything, without asking (intranets)"),
}


def _tag(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:  # noqa: ARG001  it asks nothing
    return {"tags": sight.facts.tags, "proxied": f"{sight.facts.prefix}/"}


def _site(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:  # noqa: ARG001
    return {"facts": list(_facts(sight, sight.site)), "change": f"balise site change {sight.filters.site} --help"}


def _facts(sight: Sight, site: Site) -> Any:
    words = sight.words
    yield words(mark("Origins")), ", ".join(site.origins)
    yield words(mark("Consent profile")), words.pair(site.profile, words(_PROFILES[site.profile]))
    yield words(mark("Time zone")), site.timezone
    yield words(mark("A session ends after")), words.duration(site.session_timeout)
    yield words(mark("Version of the notice in force")), site.policy or UNKNOWN
    days = site.receipt_days
    yield words(mark("A grant is good for")), words.many("%(n)s day", "%(n)s days", days) if days else UNKNOWN
    yield words(mark("Parameters kept beside the campaign’s")), ", ".join(site.parameters) or UNKNOWN
    yield words(mark("Hosts that are never a source")), ", ".join(sorted(site.hosts)) or UNKNOWN


def _sites(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:  # noqa: ARG001
    return {"sites": sight.facts.sites}


def _kept(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:  # noqa: ARG001
    return {"dictionary": sight.facts.dictionary, "rules": sight.facts.rules}


PANELS: Final = (
    Panel("tag", mark("The tag to paste"), lambda filters: {}, _tag, "tag"),
    Panel("site", mark("This site"), lambda filters: {}, _site, "facts", half=True),
    Panel("sites", mark("Sites"), lambda filters: {}, _sites, "sites", half=True),
    Panel("kept", mark("Retention and names"), lambda filters: {}, _kept, "kept", half=True),
)
