"""GET /m/optout: the page on which a visitor objects to the reduced measure, or takes that back, by a form that goes to
POST /m/optout/choice. No script.

The choice is a cookie that says nothing but that (`m_optout=1`), kept for 390 days; it is no secret, and the snippet's
`optout` command writes the same. A form of another site cannot make
it: the request must come from this page's own host or from one of the sites' origins, which may also show the page in
a frame of theirs.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from collector.event import Site
from collector.intake.consent import OPT_OUT_COOKIE, objection
from collector.utm.sentences import printed
from collector.web.ask import error
from collector.web.asked import FORM_SECONDS, content
from collector.web.guard import came_from

MAX_AGE: Final = 33_696_000  # 390 days, as every cookie of ours
_MOST: Final = 1_024  # bytes of a form
_TEXTS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "title": "Audience measurement: your choice",
        "what": "This site counts its visits for itself only. Without your consent it does so without a cookie and "
        "without an identifier: your network and your browser’s name become a code that changes every day and that "
        "nobody can turn back. You may object to that too.",
        "in": "You are counted in the audience measurement.",
        "out": "You are not counted in the audience measurement.",
        "signal": "Your browser asks not to be tracked (Global Privacy Control or Do Not Track): you are not counted, "
        "whatever you choose here.",
        "object": "Do not count me",
        "return": "Count me again",
        "kept": "Your objection is kept on this device for 13 months, in a cookie that says only that "
        "(m_optout). If you delete your cookies, object again.",
        "other": "Français",
    },
    "fr": {
        "title": "Mesure d’audience : votre choix",
        "what": "Ce site compte ses visites pour lui seul. Sans votre consentement, il le fait sans cookie et sans "
        "identifiant : votre réseau et le nom de votre navigateur deviennent un code qui change chaque jour et que "
        "personne ne peut retrouver. Vous pouvez vous y opposer aussi.",
        "in": "Vous êtes compté·e dans la mesure d’audience.",
        "out": "Vous n’êtes pas compté·e dans la mesure d’audience.",
        "signal": "Votre navigateur demande à ne pas être suivi (Global Privacy Control ou Do Not Track) : vous n’êtes "
        "pas compté·e, quel que soit votre choix ici.",
        "object": "Ne pas me compter",
        "return": "Me compter de nouveau",
        "kept": "Votre opposition est gardée 13 mois sur cet appareil, dans un cookie qui ne dit rien d’autre "
        "(m_optout). Si vous effacez vos cookies, opposez-vous de nouveau.",
        "other": "English",
    },
}
_STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:0 auto;padding:1.5rem}"
    "h1{font-size:1.4rem;line-height:1.25}"
    "p[role=status]{font-weight:600}"
    "button{font:inherit;padding:.6rem 1.2rem;border:1px solid;border-radius:.4rem;cursor:pointer}"
    "small{display:block;margin:1rem 0}"
)
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def page(request: Request, sites: Mapping[str, Site]) -> Response:
    """The page, as the visitor's choice stands."""
    return HTMLResponse(_page(request, _language(request)), headers=_headers(sites.values()))


async def choice(request: Request, sites: Mapping[str, Site]) -> Response:
    """What the form says, as a cookie; then the page again."""
    origin = request.headers.get("origin", "")
    if not _own(origin, request.headers.get("host", ""), sites.values()):
        return error(403, "origin_not_allowed", "expected a form of this page", "origin")
    out = (await _form(request)).get("choice") == ["out"]
    answer = Response(status_code=303, headers={"Location": f"../optout?lang={_language(request)}"})
    answer.headers["Cache-Control"] = "no-store"
    secure = "" if origin.startswith("http://") else "; Secure"
    value = f"1; Max-Age={MAX_AGE}" if out else "; Max-Age=0"
    answer.headers["Set-Cookie"] = f"{OPT_OUT_COOKIE}={value}; Path=/; SameSite=Lax{secure}"
    return answer


def _own(origin: str, host: str, sites: Iterable[Site]) -> bool:
    """Whether a form was sent from this page, or from a site's own."""
    return bool(origin) and (came_from(origin).netloc == host or any(origin in site.origins for site in sites))


async def _form(request: Request) -> dict[str, list[str]]:
    return parse_qs((await content(request, _MOST, FORM_SECONDS)).decode("latin-1"))


def _language(request: Request) -> str:
    """The one asked for, else the first of ours that the browser names, else English."""
    asked = [request.query_params.get("lang", "")]
    asked += [part.strip()[:2].lower() for part in request.headers.get("accept-language", "").split(",")]
    return next((language for language in asked if language in _TEXTS), "en")


def _headers(sites: Iterable[Site]) -> dict[str, str]:
    """Nothing but this page's own style and form; the sites may frame it. The referrer policy lets the form say where
    it comes from, and tells nobody else."""
    frames = " ".join(sorted({origin for site in sites for origin in site.origins}))
    return {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
        f"base-uri 'none'; frame-ancestors 'self' {frames}".rstrip(),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Vary": "Cookie, Accept-Language",
    }


def _page(request: Request, language: str) -> str:
    said = {key: escape(printed(text, language)) for key, text in _TEXTS[language].items()}
    refused = objection({name.lower(): value for name, value in request.headers.raw})
    state, other_way, label = ("out", "in", "return") if refused == "opt_out" else ("in", "out", "object")
    form = (
        f'<form method="post" action="optout/choice?lang={language}">'
        f'<input type="hidden" name="choice" value="{other_way}">'
        f"<button>{said[label]}</button></form>"
    )
    other = "fr" if language == "en" else "en"
    status = said["signal"] if refused in ("gpc", "dnt") else said[state]
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{said["title"]}</title>'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<style>{_STYLE}</style></head><body><main><h1>{said['title']}</h1><p>{said['what']}</p>"
        f'<p role="status">{status}</p>'
        f"{'' if refused in ('gpc', 'dnt') else form}<small>{said['kept']}</small>"
        f'<p><a href="optout?lang={other}" lang="{other}" hreflang="{other}">{said["other"]}</a></p>'
        "</main></body></html>"
    )
