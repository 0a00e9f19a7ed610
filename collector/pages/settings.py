"""Settings: what a site is, its tags, who may ask, what is shared, what is kept how long, and who changed that.

What may be changed here is what an admin can take back with another click: origins, the profile (but for `off`), the
time zone, the session's end, parameters, own hosts, users, tokens, shares. By command alone, where the data lies: the
profile `off`, another version of the notice and the age of grants (both void what visitors answered), routes after `#`
(they tell pages apart from then on), adding and removing sites.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, Final

from collector.event import Site
from collector.pages.filters import Filters
from collector.pages.household import Deed, Told
from collector.pages.labels import DEEDS, DONE, FIELDS, PROFILES, ROLES, TERMS, TOKEN_ACTIONS, signed
from collector.pages.panel import Panel
from collector.pages.question import Question, as_request
from collector.pages.sight import Sight
from collector.pages.words import Words, mark
from collector.reports.answer import Answer


def _none(_: Filters) -> dict[str, Question]:
    return {}


def _tag(sight: Sight, _: Mapping[str, Answer]) -> dict[str, Any]:
    return {"tags": sight.facts.tags, "proxied": f"{sight.facts.prefix}/"}


def _site(sight: Sight, _: Mapping[str, Answer]) -> dict[str, Any]:
    site, told = sight.site, sight.facts.told
    held = {
        "origins": "\n".join(site.origins), "profile": site.profile, "timezone": site.timezone,
        "minutes": str(site.session_timeout // 60_000), "parameters": " ".join(site.parameters),
        "own_hosts": " ".join(site.own_hosts),
    }  # fmt: skip
    profiles = {name: text for name, text in PROFILES.items() if name != "off" or site.profile == "off"}
    return {
        **_said(sight, "site"),
        "may": sight.facts.role == "admin" and bool(sight.facts.csrf),
        "facts": list(_facts(sight, site)),
        "held": {name: told.kept("site", "change", name, value) for name, value in held.items()},
        "profiles": profiles,
        "ways": (_call(site, sight.facts.origin + sight.facts.root), _command(site, sight.facts.program)),
    }


def _facts(sight: Sight, site: Site) -> Any:
    words = sight.words
    yield words(mark("Origins")), ", ".join(site.origins)
    yield words(mark("Consent profile")), words.pair(site.profile, words(PROFILES[site.profile]))
    yield words(mark("Time zone")), site.timezone
    yield words(mark("Session timeout")), words.duration(site.session_timeout)
    yield words(mark("Parameters kept beside the campaign’s")), ", ".join(site.parameters) or words.none
    yield words(mark("Hosts that are never a source")), ", ".join(sorted(site.own_hosts)) or words.none
    yield from commanded(words, site)


def commanded(words: Words, site: Site) -> Any:
    """What is changed by command alone."""
    yield words(mark("Version of the notice in force")), site.policy or words.none
    days = site.receipt_days
    yield words(mark("A grant is good for")), words.many("%(n)s day", "%(n)s days", days) if days else words.none
    yield words(mark("Pages distinguished by what follows #")), words(mark("yes") if site.hash_routes else mark("no"))


def _call(site: Site, origin: str) -> str:
    options = ("origins", "profile", "timezone", "session_timeout", "parameters", "own_hosts")
    body = {name: getattr(site, name) for name in options}
    return as_request(f"{origin}/api/sites/{site.name}", body, "PUT")


def _command(site: Site, program: str) -> str:
    said = ["site", "change", site.name, "--profile", site.profile, "--timezone", site.timezone]
    said += ["--session-timeout", str(site.session_timeout // 1000)]
    for option, values in (("origin", site.origins), ("parameter", site.parameters), ("own-host", site.own_hosts)):
        said += [part for value in values for part in (f"--{option}", value)]
    return f"{program} {shlex.join(said)}"


def _account(sight: Sight, _: Mapping[str, Answer]) -> dict[str, Any]:
    role = sight.words(ROLES.get(sight.facts.role, sight.facts.role))
    return {**_said(sight, "account"), "role": role, "may": bool(sight.facts.user and sight.facts.csrf)}


def _users(sight: Sight, _: Mapping[str, Answer]) -> dict[str, Any]:
    house = sight.facts.household
    return {**_said(sight, "users"), "users": house.users, "guests": house.guests, "roles": ROLES,
            "moment": _moment(sight)}  # fmt: skip


def _tokens(sight: Sight, _: Mapping[str, Answer]) -> dict[str, Any]:
    tokens = [
        (one, ", ".join(sight.words(TOKEN_ACTIONS.get(action, action)) for action in one.actions))
        for one in sight.facts.household.tokens
    ]
    return {**_said(sight, "tokens"), "tokens": tokens, "actions": TOKEN_ACTIONS, "terms": TERMS,
            "sites": [site.name for site in sight.facts.sites], "moment": _moment(sight)}  # fmt: skip


def _shares(sight: Sight, _: Mapping[str, Answer]) -> dict[str, Any]:
    return {**_said(sight, "shares"), "shares": sight.facts.household.shares, "moment": _moment(sight)}


def _history(sight: Sight, _: Mapping[str, Answer]) -> dict[str, Any]:
    words, moment = sight.words, _moment(sight)
    rows = [
        (moment(deed.at), signed(words, deed.who), words(DEEDS.get(deed.what, deed.what)), _about(words, deed),
         deed.site, deed.what.startswith("share_"))
        for deed in sight.facts.household.deeds
    ]  # fmt: skip
    return {"rows": rows}


def _about(words: Words, deed: Deed) -> str:
    if deed.what != "site_changed":
        return deed.about
    return ", ".join(words(FIELDS.get(field, field)) for field in deed.about.split()) or words.none


def _ask_kept(filters: Filters) -> dict[str, Question]:  # noqa: ARG001  all there is
    # Programs' events are kept like people's. Of all reports this one looks at least: of two million events at their
    # names alone, 65 ms of CPU where the quality of the data takes 140 ms.
    return {"kept": Question("events", {"bots": "include", "limit": 1})}


def _kept(sight: Sight, answers: Mapping[str, Answer]) -> dict[str, Any]:
    data, words = answers["kept"].data, sight.words
    first, last = (words.moment(at, sight.filters.zone) for at in (data.start, data.stop))
    return {"n": data.events, "first": first, "last": last, "sums": words.number(data.events)}


def _agreed(sight: Sight, _: Mapping[str, Answer]) -> dict[str, Any]:
    agreed = sight.facts.household.agreed
    return {"agreed": agreed, "since": _moment(sight)(agreed.since), "fields": FIELDS}


def _sites(sight: Sight, _: Mapping[str, Answer]) -> dict[str, Any]:
    return {"sites": sight.facts.sites}


def _moment(sight: Sight) -> Any:
    return lambda ms: sight.words.moment(ms, sight.filters.zone)


def _said(sight: Sight, panel: str) -> dict[str, Any]:
    """What the forms of a panel are given: where they are sent, and what became of one that was."""
    told = sight.facts.told
    here = f"{sight.facts.root}/sites/{sight.filters.site}/settings/{panel}"
    mine = told if told.panel == panel else Told("")
    return {"action": here, "told": told, "done": DONE.get(mine.done, ""), "secret": mine.secret}


PANELS: Final = (
    Panel("tag", mark("The tag to paste"), _none, _tag, "tag"),
    Panel("site", mark("This site"), _none, _site, "site", half=True),
    Panel("account", mark("Your account"), _none, _account, "account", half=True),
    Panel("users", mark("Users"), _none, _users, "users", role="admin"),
    Panel("tokens", mark("API tokens"), _none, _tokens, "tokens", role="admin"),
    Panel("shares", mark("Shared pages"), _none, _shares, "shares", role="analyst"),
    Panel("kept", mark("Retention"), _ask_kept, _kept, "kept", half=True, rests=False),
    Panel("agreed", mark("Campaign dictionary"), _none, _agreed, "agreed", half=True),
    Panel("history", mark("Who changed what"), _none, _history, "history", role="admin"),
    Panel("sites", mark("Sites"), _none, _sites, "sites"),
)
